"""Which AWS services a design uses and which an emulator's plan offers (FR-068 to FR-070).

types    resource type → service, for Terraform and CloudFormation
plans    service → plan: the supported-services table
refresh  the same table from a running emulator or from LocalStack's published coverage
"""

from lsqm.normalize.services.plans import plan_names, supported, unsupported
from lsqm.normalize.services.types import service_of, services_of

__all__ = ["plan_names", "service_of", "services_of", "supported", "unsupported"]
