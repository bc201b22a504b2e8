"""One run in the making: its id, its manifest on disk from the first second on, its timings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lsqm.artifacts.store import ArtifactStore
from lsqm.errors import Unavailable
from lsqm.model.emulator import EmulatorIdentity
from lsqm.model.ids import ArchitectureHash, RunId, new_run_id
from lsqm.model.run import LedgerLine, RunManifest
from lsqm.pipeline.counting import count
from lsqm.pipeline.stage import StageRecorder, iso


@dataclass(slots=True)
class Session:
    """State of the run that is being made; every change is on disk before the next step begins."""

    store: ArtifactStore
    recorder: StageRecorder
    manifest: RunManifest
    began: float
    corpus: ArtifactStore
    """Where architectures, apps and history lie; `store` itself, but for a shard."""
    not_run: dict[ArchitectureHash, str] = field(default_factory=dict)
    new: int = 0
    before: float = 0.0
    """Seconds that the run took before it was resumed."""

    @classmethod
    def begin(
        cls,
        store: ArtifactStore,
        recorder: StageRecorder,
        *,
        lsqm_version: str,
        configuration: Mapping[str, str],
        versions: Mapping[str, str],
        run: RunId | None = None,
        corpus: ArtifactStore | None = None,
    ) -> "Session":
        """Give the run its id, unless it has one already. Nothing is written until the first `save`."""
        now = recorder.clock.now()
        manifest = RunManifest(
            run=run or new_run_id(now, recorder.clock.entropy(3)),
            started_at=iso(now),
            lsqm_version=lsqm_version,
            configuration=dict(configuration),
            versions=dict(versions),
        )
        began = recorder.clock.monotonic()
        return cls(store=store, recorder=recorder, manifest=manifest, began=began, corpus=corpus or store)

    @classmethod
    def resume(
        cls, store: ArtifactStore, recorder: StageRecorder, run: RunId, *, corpus: ArtifactStore | None = None
    ) -> "Session":
        """Go on with a run that has a manifest. Results that cannot be read are removed, so that they are made again.

        Raises:
            DataError: the manifest cannot be read.
        """
        manifest = store.load_manifest(run)
        recorder.timings[:0] = manifest.stages
        lost = dict.fromkeys(store.drop_unreadable_results(run), "its result could not be read")
        return cls(
            store=store,
            recorder=recorder,
            manifest=manifest,
            began=recorder.clock.monotonic(),
            corpus=corpus or store,
            not_run={**{ArchitectureHash(key): why for key, why in manifest.not_run.items()}, **lost},
            new=manifest.counts.new,
            before=manifest.seconds,
        )

    @property
    def is_resumed(self) -> bool:
        """Whether an earlier process began it."""
        return self.manifest.emulator is not None

    @property
    def run(self) -> RunId:
        return self.manifest.run

    def uses(self, emulator: EmulatorIdentity, versions: Mapping[str, str]) -> None:
        """Record what the run validates on and with."""
        self.manifest = replace(self.manifest, emulator=emulator, versions=dict(versions))

    def must_use(self, emulator: EmulatorIdentity) -> None:
        """Refuse to go on with another emulator than the run began with. Raises Unavailable."""
        began = self.manifest.emulator
        if began is not None and began.build != emulator.build:
            raise Unavailable(
                f"run {self.run} began on {began.product} {began.version} {began.digest[:19]}, "
                f"and here is {emulator.product} {emulator.version} {emulator.digest[:19]}",
                hint="A run never mixes emulators: give the same --emulator and --localstack-version, or a new run.",
            )

    def expects(self, selected: Sequence[ArchitectureHash]) -> None:
        """Write down what is to be validated before it begins, so that a killed run knows what it lacks.

        What a resumed run lacks and is not selected now stays lacking.
        """
        self.lacks(dict.fromkeys(selected, "the run ended before its turn"))

    def lacks(self, reasons: Mapping[ArchitectureHash, str]) -> None:
        """Say of architectures why they did not run; what has a result by the next `save` is not counted."""
        self.not_run |= reasons

    def save(self, *, complete: bool) -> RunManifest:
        """Bring `run.json` up to date with what is known now, and when complete, the ledger too."""
        results = self.store.load_results(self.run)
        skipped = len(self.corpus.load_index().skipped)
        not_run: dict[str, str] = {key: why for key, why in sorted(self.not_run.items()) if key not in results}
        self.manifest = replace(
            self.manifest,
            stages=tuple(self.recorder.timings),
            counts=count(results.values(), not_run=len(not_run), skipped=skipped, new=self.new),
            not_run=not_run,
            finished_at=iso(self.recorder.clock.now()),
            seconds=round(self.before + self.recorder.clock.monotonic() - self.began, 3),
            complete=complete,
        )
        self.store.save_manifest(self.manifest)
        return self.manifest


def ledger_line(store: ArtifactStore, manifest: RunManifest, regressed: tuple[str, ...]) -> LedgerLine:
    """What stays of a run for ever (SC-009)."""
    emulator = manifest.emulator
    return LedgerLine(
        run=manifest.run,
        started_at=manifest.started_at,
        finished_at=manifest.finished_at,
        lsqm_version=manifest.lsqm_version,
        emulator=" ".join(part for part in (emulator.product, emulator.version, emulator.digest) if part)
        if emulator
        else "",
        counts=manifest.counts,
        regressed=regressed,
        results_digest=store.results_digest(manifest.run),
        complete=manifest.complete,
    )
