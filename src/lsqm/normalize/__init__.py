"""Candidates in, Architectures or Skips out: every dialect becomes Terraform that needs nothing from outside.

detect         which designs a tree holds           terraform       Terraform as others wrote it
cloudformation templates, SAM included              serverless      the Serverless Framework's configuration
services       what is used and what is offered     fingerprint     the content hash
accept         one candidate through all of it
"""

from lsqm.normalize.accept import RULES, normalize
from lsqm.normalize.detect import detect_entries
from lsqm.normalize.fingerprint import fingerprint

__all__ = ["RULES", "detect_entries", "fingerprint", "normalize"]
