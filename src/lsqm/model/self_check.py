"""How often lsqm would have cried wolf: the outcome of `lsqm validate --self-check`."""

from dataclasses import dataclass

from lsqm.model.ids import ArchitectureHash, RunId


@dataclass(frozen=True, kw_only=True, slots=True)
class SelfCheck:
    """The same corpus twice on the same emulator build."""

    first: RunId
    second: RunId
    compared: int
    """Architectures with a fair trial both times."""
    alarms: tuple[ArchitectureHash, ...] = ()
    """Those that looked like a regression."""
    confirmed: tuple[ArchitectureHash, ...] = ()
    """Those that confirmation would have let through."""

    @property
    def sentence(self) -> str:
        """Both rates in words."""
        before, after = self.rate_before, self.rate_after
        if before is None or after is None:
            return "nothing could be compared: no architecture had a fair trial both times"
        return (
            f"false alarms before confirmation: {len(self.alarms)} of {self.compared} ({before:.1%}), "
            f"after confirmation: {len(self.confirmed)} of {self.compared} ({after:.1%})"
        )

    @property
    def rate_before(self) -> float | None:
        """Share of false alarms without confirmation, None when nothing could be compared."""
        return len(self.alarms) / self.compared if self.compared else None

    @property
    def rate_after(self) -> float | None:
        """Share of false alarms after confirmation."""
        return len(self.confirmed) / self.compared if self.compared else None
