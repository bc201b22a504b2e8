"""The Serverless Framework's configuration → CloudFormation, without the framework."""

from lsqm.normalize.serverless.convert import LeftOut, ServerlessConversion, convert_serverless
from lsqm.normalize.serverless.document import ServerlessFileError
from lsqm.normalize.serverless.plumbing import without_plumbing

__all__ = ["LeftOut", "ServerlessConversion", "ServerlessFileError", "convert_serverless", "without_plumbing"]
