"""The Serverless Framework's configuration → CloudFormation, without the framework."""

from lsqm.normalize.serverless.convert import ServerlessConversion, convert_serverless
from lsqm.normalize.serverless.document import ServerlessFileError
from lsqm.normalize.serverless.plumbing import without_plumbing

__all__ = ["ServerlessConversion", "ServerlessFileError", "convert_serverless", "without_plumbing"]
