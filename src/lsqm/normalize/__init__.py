"""Candidates in, Architectures or Skips out: every dialect becomes Terraform that needs nothing from outside.

detect         which designs a tree holds           terraform       Terraform as others wrote it
cloudformation templates, SAM included              serverless      the Serverless Framework's configuration
services       what is used and what is offered     fingerprint     the content hash
accept         one candidate through all of it

Nothing is imported here: `lsqm convert` starts with the compiler alone.
"""
