"""AWS CDK apps → CloudFormation, by running them in a cage."""

from lsqm.normalize.cdk.assembly import Template
from lsqm.normalize.cdk.command import CdkFileError
from lsqm.normalize.cdk.join import joined
from lsqm.normalize.cdk.store import Synthesis
from lsqm.normalize.cdk.synthesize import synthesize
from lsqm.ports.cdk import CdkTools

__all__ = ["CdkFileError", "CdkTools", "Synthesis", "Template", "joined", "synthesize"]
