"""Which cage foreign code gets on this machine: the strongest that proves itself, or the one that was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from lsqm.adapters.cages.namespaces import NamespaceCage
from lsqm.adapters.cages.none import NoCage
from lsqm.adapters.subprocesses import LocalCommandRunner
from lsqm.errors import Unavailable
from lsqm.ports.cage import Cage
from lsqm.ports.commands import CommandRunner


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The cage, and why stronger ones were passed over."""

    cage: Cage
    notes: tuple[str, ...] = ()


@cache
def namespaces_hold() -> bool:
    """Whether a jail of namespaces can be built here and holds; tried once per process."""
    try:
        return not NamespaceCage(LocalCommandRunner()).probe()
    except Unavailable:
        return False


def choose_cage(runner: CommandRunner, *, wanted: str = "auto", stronger: Sequence[Cage] = ()) -> Choice:
    """Probe and pick.

    Args:
        runner: starts the jails.
        wanted: `auto` takes the strongest that holds and refuses to go on without one; a name takes exactly that one;
            `none` runs foreign code uncaged: somebody has said so in so many words.
        stronger: cages to be tried before the namespaces, such as Docker's.

    Raises:
        Unavailable: no cage that is wanted holds.
    """
    if wanted == "none":
        return Choice(cage=NoCage(runner), notes=NoCage(runner).probe())
    notes: list[str] = []
    for cage in (*stronger, NamespaceCage(runner)):
        if wanted not in {"auto", cage.name}:
            continue
        try:
            holes = cage.probe()
        except Unavailable as error:
            notes.append(f"{cage.name}: {error}")
            continue
        if not holes:
            return Choice(cage=cage, notes=tuple(notes))
        notes += [f"{cage.name}: {hole}" for hole in holes]
    raise Unavailable(
        f"no cage for foreign code holds on this machine ({'; '.join(notes) or f'there is none called {wanted}'})",
        hint="allow unprivileged user namespaces or start Docker; `--cage none` runs foreign code without a cage",
    )
