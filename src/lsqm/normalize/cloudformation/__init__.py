"""CloudFormation and SAM to Terraform: load → SAM → resolve → lower → emit. Bytes in, bytes out."""

from lsqm.normalize.cloudformation.convert import Conversion, convert_document, convert_template, detect
from lsqm.normalize.cloudformation.load import TemplateError

__all__ = ["Conversion", "TemplateError", "convert_document", "convert_template", "detect"]
