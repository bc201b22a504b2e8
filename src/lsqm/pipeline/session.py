"""One run in the making: its id, its manifest on disk from the first second on, its timings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from lsqm.artifacts.store import ArtifactStore
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
    not_run: dict[ArchitectureHash, str] = field(default_factory=dict)
    new: int = 0

    @classmethod
    def begin(
        cls,
        store: ArtifactStore,
        recorder: StageRecorder,
        *,
        lsqm_version: str,
        configuration: Mapping[str, str],
        versions: Mapping[str, str],
    ) -> "Session":
        """Give the run its id. Nothing is written until the first `save`."""
        now = recorder.clock.now()
        manifest = RunManifest(
            run=new_run_id(now, recorder.clock.entropy(3)),
            started_at=iso(now),
            lsqm_version=lsqm_version,
            configuration=dict(configuration),
            versions=dict(versions),
        )
        return cls(store=store, recorder=recorder, manifest=manifest, began=recorder.clock.monotonic())

    @property
    def run(self) -> RunId:
        return self.manifest.run

    def uses(self, emulator: EmulatorIdentity) -> None:
        """Record what the run validates on."""
        self.manifest = replace(self.manifest, emulator=emulator)

    def save(self, *, complete: bool) -> RunManifest:
        """Bring `run.json` up to date with what is known now, and when complete, the ledger too."""
        results = self.store.load_results(self.run)
        skipped = len(self.store.load_index().skipped)
        self.manifest = replace(
            self.manifest,
            stages=tuple(self.recorder.timings),
            counts=count(results.values(), not_run=len(self.not_run), skipped=skipped, new=self.new),
            not_run=dict(sorted(self.not_run.items())),
            finished_at=iso(self.recorder.clock.now()),
            seconds=round(self.recorder.clock.monotonic() - self.began, 3),
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
