"""No cage: for machines that offer none. Results say so."""

from lsqm.ports.cage import Access
from lsqm.ports.commands import Command, CommandResult, CommandRunner


class NoCage:
    """Runs commands as they are: clean environment and deadlines, but the host's files and network are in reach."""

    name = "none"

    def __init__(self, runner: CommandRunner) -> None:
        self._runner = runner

    def inner_endpoint(self, endpoint: str) -> str:
        """The same."""
        return endpoint

    def run(self, command: Command, access: Access) -> CommandResult:
        """Run it; `access` is not enforced."""
        del access
        return self._runner.run(command)

    def probe(self) -> tuple[str, ...]:
        """Says in one sentence that nothing is held back."""
        return ("foreign code can reach the network, the host's files and other processes",)
