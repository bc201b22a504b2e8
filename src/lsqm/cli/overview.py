"""What `lsqm status` says: everything there is, what waits, and what the next run would do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from lsqm.artifacts.documents import adapter
from lsqm.artifacts.store import ArtifactStore
from lsqm.cli.choosing import NO_RUN
from lsqm.cli.planning import advice, clock, cost, counted
from lsqm.config import Settings
from lsqm.errors import DataError
from lsqm.model.app import AppRecord
from lsqm.model.ids import RunId
from lsqm.model.result import Status
from lsqm.model.run import RunManifest
from lsqm.pipeline.judging import load_quarantine
from lsqm.pipeline.planning import Plan, PlanOptions, plan_run
from lsqm.pipeline.telling import load_issues

_SHOWN = 10
"""Lines of any one list in the text; `--json` has all."""


class Overview:
    """Reads once, tells as JSON and as text."""

    def __init__(self, store: ArtifactStore, settings: Settings) -> None:
        self.store, self.settings = store, settings
        index = store.load_index()
        self.entries = {key: entry for key, entry in index.architectures.items() if entry.superseded_by is None}
        self.names = {key: entry.name for key, entry in index.architectures.items()}
        self.skipped = index.skipped
        self.records = [record for key in self.entries if (record := store.load_app_record(key))]
        self.runs = [manifest for run in store.run_ids() if (manifest := self._manifest(run)) is not None]
        self.last = self.runs[-1] if self.runs else None
        self.quarantine = load_quarantine(store).entries
        self.issues = load_issues(store)
        self.options = PlanOptions(
            shards=1,
            slots=settings.parallel,
            deadline=settings.run_deadline,
            growth=10,
            generator=settings.generator,
            token_budget=settings.anthropic_token_budget,
        )
        self.plan: Plan = plan_run(store, NO_RUN, self.options)

    def _manifest(self, run: RunId) -> RunManifest | None:
        try:
            return self.store.load_manifest(run)
        except DataError:
            return None

    def as_json(self) -> dict[str, Any]:
        usage = spent(self.records)
        return {
            "artifact_repository": str(self.store.root),
            "architectures": len(self.entries),
            "by_dialect": dict(Counter(entry.dialect.value for entry in self.entries.values())),
            "by_source": dict(Counter(entry.source for entry in self.entries.values())),
            "skipped": dict(Counter(skip.reason.value for skip in self.skipped.values())),
            "apps": {
                "total": len(self.records),
                "by_generator": dict(Counter(record.generator.value for record in self.records)),
            },
            "without_app": len(self.entries) - len(self.records),
            "runs": len(self.store.run_ids()),
            "resumable": [manifest.run for manifest in self.runs if not manifest.complete],
            "ledger": len(self.store.load_ledger()),
            "last_run": adapter(RunManifest).dump_python(self.last, mode="json") if self.last else None,
            "last_results": self._last_results(),
            "quarantine": {
                key: {"name": self.names.get(key, ""), "since": entry.since, "reason": entry.reason}
                for key, entry in self.quarantine.items()
            },
            "outbox": {
                "issues": {
                    key: {"title": waiting.draft.title, "why": waiting.why, "attempts": waiting.attempts}
                    for key, waiting in self.issues.outbox.items()
                },
                "comments": len(self.issues.comments),
            },
            "open_issues": [record.url for record in self.issues.records.values() if record.fixed_in is None],
            "budget": {"tokens_budget": self.settings.anthropic_token_budget, **usage},
            "next_run": {
                "architectures": self.plan.architectures,
                "never_ran": self.plan.never_ran,
                "apps_to_write": self.plan.without_app,
                "expected_seconds": round(self.plan.total_seconds, 1),
                "fits": self.plan.total_seconds <= self.options.deadline,
                "tokens": self.plan.tokens,
                "apps_usd": self.plan.token_cost,
                "weeks_left": self.plan.growth.weeks_left,
            },
        }

    def as_text(self) -> str:
        value = self.as_json()
        generators = value["apps"]["by_generator"]
        lines = [
            f"artifact repository  {self.store.root}",
            f"architectures        {len(self.entries)}  ({spread(value['by_dialect'])})",
            f"skipped              {len(self.skipped)}  ({spread(value['skipped'])})",
            f"apps                 {len(self.records)}  ({spread(generators)}), {value['without_app']} missing",
            f"runs                 {value['runs']} kept, {value['ledger']} in the ledger",
        ]
        if self.last is None:
            lines.append("No run yet: `lsqm demo` shows one, `lsqm run` makes one.")
        else:
            lines += self._last_lines(self.last)
        lines += _list(
            "quarantine", [f"{self.names.get(key, key[:12])}: {entry.reason}" for key, entry in self.quarantine.items()]
        )
        waiting = [f"{item.draft.title}{f' ({item.why})' if item.why else ''}" for item in self.issues.outbox.values()]
        if self.issues.comments:
            waiting.append(f"{len(self.issues.comments)} comments on open issues")
        lines += _list("outbox", waiting)
        budget = value["budget"]
        lines.append(
            f"budget               {budget['tokens_budget']:,} tokens a run; "
            f"the apps so far took {budget['tokens_spent']:,} ({budget['usd_spent']:.2f} dollars)"
        )
        return "\n".join([*lines, *self._next_lines()])

    def _last_results(self) -> list[dict[str, str]]:
        if self.last is None:
            return []
        return [
            {
                "architecture": key,
                "name": self.names.get(key, ""),
                "status": result.status.value,
                "cause": result.cause.value if result.cause else "",
                "message": result.message,
            }
            for key, result in self.store.load_results(self.last.run).items()
        ]

    def _last_lines(self, last: RunManifest) -> list[str]:
        counts = last.counts
        rate = f", pass rate {counts.pass_rate:.0%}" if counts.pass_rate is not None else ""
        lines = [
            f"last run             {last.run}{'' if last.complete else ' (interrupted)'}",
            (
                f"                     {counts.passed} passed, {counts.partial} partial, {counts.failed} failed, "
                f"{counts.timeout} timeout, {counts.error} error, {counts.not_run} not run{rate}"
            ),
            *(f"                     {gap.sentence()}" for gap in last.gaps),
        ]
        if not last.complete:
            lines.append(f"                     go on with it: lsqm run --resume {last.run}")
        troubled = [f"{each.stage}: {each.outcome}, {each.message}" for each in last.stages if each.outcome != "ok"]
        if troubled:
            lines += _list("stages", troubled)
        bad = [one for one in self._last_results() if one["status"] != Status.PASSED]
        return lines + _list(
            "not passed", [f"{one['name'] or one['architecture'][:12]}: {one['status']} {one['cause']}" for one in bad]
        )

    def _next_lines(self) -> list[str]:
        plan = self.plan
        if not plan.architectures and not plan.without_app:
            return ["next run             nothing but mining: there is no architecture yet"]
        apps = f", after {plan.without_app} apps are written" if plan.without_app else ""
        first = f"{plan.never_ran} of them for the first time{apps}"
        return [
            f"next run             {counted(plan.architectures, 'architecture')}, {first}",
            f"                     {clock(plan.total_seconds)} here, {cost(plan)}",
            f"                     {advice(plan.growth, self.options)}",
        ]


def spent(records: Sequence[AppRecord]) -> dict[str, Any]:
    """Tokens and dollars that the present apps took."""
    return {
        "tokens_spent": sum(record.usage.total for record in records),
        "usd_spent": round(sum(record.cost_usd for record in records), 2),
    }


def spread(counts: Mapping[str, int]) -> str:
    """`3 sam, 2 terraform`."""
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items())) or "none"


def _list(title: str, items: Sequence[str]) -> list[str]:
    lines = [
        f"{'' if number else title:21}{' '.join(item.split())[:110]}" for number, item in enumerate(items[:_SHOWN])
    ]
    if len(items) > _SHOWN:
        lines.append(f"{'':21}and {len(items) - _SHOWN} more: --json")
    return lines or [f"{title:21}none"]
