"""`lsqm status`."""

from collections import Counter

from lsqm.cli.invocation import Invocation
from lsqm.cli.options import lsqm_command, sync_option


@lsqm_command("status", epilog="Example: lsqm status --json | jq .last_run.counts")
@sync_option
def command(invocation: Invocation, no_sync: bool) -> int:
    """Show what there is: architectures by dialect, skips by reason, apps, runs and the last results."""
    from lsqm.artifacts.documents import adapter
    from lsqm.cli.wiring import open_store
    from lsqm.model.run import RunManifest

    if invocation.dry_run:
        return invocation.would(["read the artifact repository and print statistics"])
    store = open_store(invocation, sync=not no_sync)
    index = store.load_index()
    current = {key: entry for key, entry in index.architectures.items() if entry.superseded_by is None}
    runs = store.run_ids()
    last = store.load_manifest(runs[-1]) if runs else None
    records = [record for key in current if (record := store.load_app_record(key))]
    value = {
        "artifact_repository": str(store.root),
        "architectures": len(current),
        "by_dialect": dict(Counter(entry.dialect.value for entry in current.values())),
        "by_source": dict(Counter(entry.source for entry in current.values())),
        "skipped": dict(Counter(skip.reason.value for skip in index.skipped.values())),
        "apps": {"total": len(records), "by_generator": dict(Counter(record.generator.value for record in records))},
        "without_app": len(current) - len(records),
        "runs": len(runs),
        "ledger": len(store.load_ledger()),
        "last_run": adapter(RunManifest).dump_python(last, mode="json") if last else None,
    }
    lines = [
        f"artifact repository  {store.root}",
        f"architectures        {len(current)}  ({_spread(value['by_dialect'])})",
        f"skipped              {len(index.skipped)}  ({_spread(value['skipped'])})",
        f"apps                 {len(records)}  ({len(current) - len(records)} architectures without one)",
        f"runs                 {len(runs)} kept, {value['ledger']} in the ledger",
    ]
    if last:
        counts = last.counts
        rate = f", pass rate {counts.pass_rate:.0%}" if counts.pass_rate is not None else ""
        lines += [
            f"last run             {last.run}{'' if last.complete else ' (interrupted)'}",
            (
                f"                     {counts.passed} passed, {counts.partial} partial, {counts.failed} failed, "
                f"{counts.timeout} timeout, {counts.error} error, {counts.not_run} not run{rate}"
            ),
        ]
    else:
        lines.append("No run yet: `lsqm demo` shows one, `lsqm run` makes one.")
    invocation.result(value, "\n".join(lines))
    return 0


def _spread(counts: object) -> str:
    assert isinstance(counts, dict)
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items())) or "none"
