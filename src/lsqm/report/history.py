"""Looking back from one run: which run came before, since when something fails, how an architecture fared."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lsqm.model.ids import ArchitectureHash, RunId
from lsqm.model.trend import NOT_RUN_LETTER, RunPoint, Trends

SHOWN_RUNS = 12
"""FR-035."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Since:
    """The first run of an unbroken series that ends now."""

    run: RunId
    emulator: str
    started_at: str
    runs: int
    """How many runs of the series there are, this one included."""
    is_now: bool
    """It began with this run."""
    at_least: bool
    """The series reaches back to the oldest run that is known: it may be older."""


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """The runs up to and including the one reported; later ones are not its business."""

    points: tuple[RunPoint, ...]
    histories: Mapping[ArchitectureHash, str]

    @classmethod
    def until(cls, trends: Trends, run: RunId) -> "History":
        points = tuple(point for point in trends.runs.points if point.run <= run)
        return cls(
            points=points,
            histories={name: letters[: len(points)] for name, letters in trends.runs.histories.items()},
        )

    @property
    def now(self) -> RunPoint:
        return self.points[-1]

    @property
    def shown(self) -> tuple[RunPoint, ...]:
        """The last runs, oldest first, this one included."""
        return self.points[-SHOWN_RUNS:]

    def previous(self, baseline: RunId | None) -> RunPoint | None:
        """The run to measure differences against: the baseline when it is known, else the last one with a verdict."""
        earlier = self.points[:-1]
        for point in earlier:
            if point.run == baseline:
                return point
        return next((point for point in reversed(earlier) if point.counts.pass_rate is not None), None)

    def strip(self, architecture: ArchitectureHash) -> str:
        """The letters of the last runs, oldest first."""
        letters = self.histories.get(architecture, "")
        return letters[-SHOWN_RUNS:] if letters else NOT_RUN_LETTER * len(self.shown)

    def failing_since(self, architecture: ArchitectureHash) -> Since | None:
        """Since when it has not passed; runs in which it had no fair trial neither begin nor break the series."""
        letters = self.histories.get(architecture, "")
        return self._series(
            [
                None if letter in {NOT_RUN_LETTER, "E"} else letter != "P"
                for letter in letters.ljust(len(self.points), "-")
            ]
        )

    def signature_since(self, signature: str, architectures: Collection[ArchitectureHash]) -> Since | None:
        """Since when `signature` is seen; a run that tried none of `architectures` does not break the series."""
        tried = [self.histories.get(architecture, "") for architecture in architectures]
        verdicts: list[bool | None] = []
        for place, point in enumerate(self.points):
            if signature in point.signatures:
                verdicts.append(True)
            else:
                fair = any(place < len(letters) and letters[place] not in {NOT_RUN_LETTER, "E"} for letters in tried)
                verdicts.append(False if fair else None)
        return self._series(verdicts)

    def _series(self, verdicts: list[bool | None]) -> Since | None:
        first: int | None = None
        runs = 0
        broken = False
        for place in range(len(verdicts) - 1, -1, -1):
            if verdicts[place] is False:
                broken = True
                break
            if verdicts[place]:
                first, runs = place, runs + 1
        if first is None:
            return None
        point = self.points[first]
        return Since(
            run=point.run,
            emulator=point.emulator,
            started_at=point.started_at,
            runs=runs,
            is_now=first == len(self.points) - 1,
            at_least=not broken,
        )

    def like_for_like(self, previous: RunPoint) -> tuple[int, float] | None:
        """Architectures fairly tried in both runs, and the difference of their pass rates; None without any."""
        place = next(position for position, point in enumerate(self.points) if point.run == previous.run)
        pairs = [
            (letters[place], letters[-1])
            for letters in self.histories.values()
            if len(letters) == len(self.points) and not {letters[place], letters[-1]} & {NOT_RUN_LETTER, "E"}
        ]
        if not pairs:
            return None
        gained = sum((now == "P") - (before == "P") for before, now in pairs)
        return len(pairs), gained / len(pairs)
