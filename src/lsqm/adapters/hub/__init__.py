"""A local stand-in for GitHub and the Terraform Registry, served from a folder of bare git repositories.

For mirroring a corpus and for tests. It reads and never writes; it is not made for the open internet.
"""

from lsqm.adapters.hub.faults import Fault
from lsqm.adapters.hub.server import Hub

__all__ = ["Fault", "Hub"]
