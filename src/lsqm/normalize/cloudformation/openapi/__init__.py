"""An API's OpenAPI document written out as Terraform resources.

A document is either understood to its last key and becomes parts (`rest.py`, `http.py`), or `NotUnderstood` says what
stood in the way and the API keeps its `body`. What API Gateway itself ignores at an import (types of parameters,
`servers` and `basePath` with the settings that it has by default) is left out; documentation becomes a comment.
"""
