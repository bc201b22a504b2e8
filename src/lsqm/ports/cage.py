"""The jail in which foreign code runs: mined Terraform, generated tests."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from lsqm.ports.commands import Command, CommandResult

ENDED_FOR_MEMORY = "lsqm-jail: ended processes that held too much memory together"
"""What a cage says on the command's standard error when it, or the kernel for it, has done so."""


def ended_for_memory(limit_bytes: int) -> bytes:
    """The line that says so."""
    return f"\n{ENDED_FOR_MEMORY}: {limit_bytes >> 20} MiB is for all together\n".encode()


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a caged program may use; 0 means no limit of our own."""

    memory_bytes: int = 0
    """For all processes together; in a cage of namespaces also the address space of each."""
    processes: int = 0
    file_bytes: int = 0
    """Size of any one file it writes."""
    cpu_seconds: int = 0
    """Processor time per process."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """Everything of the outside that a caged program may see."""

    endpoint: str = ""
    """The emulator's URL as this machine sees it: the only address that answers. Empty: no network at all."""
    network: str = ""
    """The emulator's private network, where it has one; only a cage in a container needs it."""
    internet: bool = False
    """True only while no foreign code runs (`terraform init`)."""
    read_only: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    """Directories of the host in which what it writes stays."""
    copied: tuple[Path, ...] = ()
    """Directories it gets as a throw-away copy: what it writes or deletes there is gone with the cage."""
    limits: Limits = field(default_factory=Limits)


class Cage(Protocol):
    """Runs commands so that they see what `Access` names and nothing else, as far as its `name` promises."""

    @property
    def name(self) -> str:
        """Recorded in `Pins.cage`: `docker`, `namespaces`, or `none` when it holds nothing back."""
        ...

    def inner_endpoint(self, endpoint: str) -> str:
        """The URL under which a caged program reaches the emulator that is at `endpoint` outside."""
        ...

    def run(self, command: Command, access: Access) -> CommandResult:
        """Run to its end or its deadline; afterwards none of its processes is left.

        Raises:
            Unavailable: the cage cannot be built.
            Interrupted: lsqm is being stopped.
        """
        ...

    def probe(self) -> tuple[str, ...]:
        """Try to break out with harmless means. Returns one sentence per hole found; empty means it holds."""
        ...
