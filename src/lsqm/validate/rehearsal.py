"""Trying an app before it is trusted: one applied architecture, an empty emulator beside it, as many runs as it takes.

A trial gives a verdict about an emulator; a rehearsal gives one about the app (the ladder of DESIGN section 6).
"""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from lsqm.errors import Unavailable
from lsqm.model.app import APP_FILES, App, AppRecord, Generator, Proof, Rung
from lsqm.model.architecture import Architecture
from lsqm.model.emulator import EmulatorKind
from lsqm.model.result import TestOutcome
from lsqm.ports.app_trial import TrialImpossible, TrialReport
from lsqm.ports.cage import Cage
from lsqm.ports.commands import Command, CommandResult
from lsqm.ports.emulator import Emulator, EmulatorFailed, RunningEmulator, StartRequest
from lsqm.validate import terraform, testing
from lsqm.validate.policy import violations
from lsqm.validate.request import PhaseDeadlines, Toolchain, TrialRequest
from lsqm.validate.state import outputs_document, state_document
from lsqm.validate.workdir import WorkDirectory, remove_tree, work_directory, write_tree

EMPTY_EACH_SECONDS = 30.0
EMPTY_TOTAL_SECONDS = 120.0
"""Against an empty emulator a test only has to fail; one that waits longer for what is not there has failed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsals:
    """Implements `AppTrials` with the same emulator, cage and programs as a trial."""

    emulator: Emulator
    cage: Cage
    tools: Toolchain
    scratch: Path
    run: str
    owner: str = ""
    deadlines: PhaseDeadlines = field(default_factory=PhaseDeadlines)

    @contextmanager
    def open(self, architecture: Architecture) -> Iterator["Rehearsal"]:
        """Start an emulator and apply; the empty one is started when it is first needed."""
        if unsafe := violations(architecture.files):
            raise TrialImpossible(f"the architecture may not run: {unsafe[0]}")
        if self.emulator.kind is EmulatorKind.EXTERNAL:
            raise TrialImpossible("an emulator that somebody else runs is never surely empty")
        request = TrialRequest(
            architecture=architecture,
            app=_nothing(architecture),
            run=self.run,
            tools=self.tools,
            scratch=self.scratch,
            owner=self.owner,
            deadlines=self.deadlines,
            record_api_calls=False,
        )
        with ExitStack() as stack:
            work = stack.enter_context(work_directory(self.scratch, self.run, architecture, request.app, self.owner))
            rehearsal = Rehearsal(request, work, self.emulator, self.cage, stack)
            rehearsal.apply()
            yield rehearsal


class Rehearsal:
    """Implements `AppTrial`."""

    def __init__(
        self, request: TrialRequest, work: WorkDirectory, emulator: Emulator, cage: Cage, stack: ExitStack
    ) -> None:
        self._request = request
        self.work = work
        self._emulator = emulator
        self._cage = cage
        self._stack = stack
        self._empty: RunningEmulator | None = None
        self.running = self._start()

    @property
    def outputs(self) -> str:
        """`terraform output -json` of what was applied."""
        return self._shown(self.work.outputs_document.read_text(encoding="utf-8"))

    def apply(self) -> None:
        """Apply the architecture. Raises TrialImpossible with Terraform's own first error."""
        deadlines = self._request.deadlines
        for arguments, deadline in (
            (("init", "-input=false", "-no-color", "-json"), deadlines.init),
            (("apply", "-auto-approve", "-input=false", "-json"), deadlines.apply),
        ):
            result = self.terraform(*arguments, deadline=deadline)
            if not result.ok:
                errors = terraform.read_report(result.stdout).errors
                said = errors[0].text if errors else (result.stderr or result.stdout).decode(errors="replace")
                why = "outran its deadline" if result.timed_out else said.strip()[:300]
                raise TrialImpossible(f"terraform {arguments[0]}: {why}")
        applied = terraform.read_state(self.work)
        self.work.state_document.write_text(json.dumps(state_document(applied)), encoding="utf-8")
        self.work.outputs_document.write_text(json.dumps(outputs_document(applied)), encoding="utf-8")

    def command(self, *arguments: str, deadline: float, endpoint: str = "") -> Command:
        """`tflocal ARGUMENTS` on the applied side, or through `endpoint` to it."""
        inner = endpoint or self._cage.inner_endpoint(self.running.endpoint)
        return terraform.command(self._request, self.work, *arguments, endpoint=inner, deadline=deadline)

    def terraform(self, *arguments: str, deadline: float) -> CommandResult:
        """Run one command of tflocal."""
        internet = arguments[0] == "init"
        access = terraform.access(self._request, self.work, self.running, internet=internet)
        try:
            return self._cage.run(self.command(*arguments, deadline=deadline), access)
        except Unavailable as error:
            raise TrialImpossible(str(error)) from error

    def collect(self, app: App) -> TrialReport:
        """Collect the tests and run none."""
        return self._pytest(app, self.running, self._request.deadlines, only_collect=True)

    def run(self, app: App, *, applied: bool) -> TrialReport:
        """Run all tests, on what was applied or, with the same state, on an emulator that holds nothing."""
        if applied:
            return self._pytest(app, self.running, self._request.deadlines)
        if self._empty is None:
            self._empty = self._start()
        deadlines = replace(self._request.deadlines, each_test=EMPTY_EACH_SECONDS, tests=EMPTY_TOTAL_SECONDS)
        return self._pytest(app, self._empty, deadlines)

    def _start(self) -> RunningEmulator:
        request = StartRequest(
            run=self._request.run,
            architecture=self._request.architecture.hash,
            deadline_seconds=self._request.deadlines.start,
        )
        try:
            running = self._emulator.start(request)
        except EmulatorFailed as error:
            raise TrialImpossible(f"the reference emulator: {error}") from error
        self._stack.callback(running.stop)
        return running

    def _pytest(
        self, app: App, running: RunningEmulator, deadlines: PhaseDeadlines, *, only_collect: bool = False
    ) -> TrialReport:
        request = replace(self._request, app=app, deadlines=deadlines)
        remove_tree(self.work.app)
        write_tree(self.work.app, {name: text.encode() for name, text in app.files.items()})
        command = testing.command(
            request, self.work, self._cage.inner_endpoint(running.endpoint), only_collect=only_collect
        )
        try:
            result = self._cage.run(command, testing.access(request, self.work, running))
        except Unavailable as error:
            raise TrialImpossible(str(error)) from error
        if only_collect:
            return _collected(result, app)
        report = _report(testing.read_story(result.stdout, app.files), result)
        return replace(report, errors={test: self._shown(text) for test, text in report.errors.items()})

    def _shown(self, text: str) -> str:
        """Text without what differs from one rehearsal to the next: ports, folders, addresses in memory."""
        for running in (self.running, self._empty):
            if running is not None:
                for endpoint in (running.endpoint, self._cage.inner_endpoint(running.endpoint)):
                    text = text.replace(endpoint.removeprefix("http://"), "emulator:4566")
        text = text.replace(f"{self.work.root}/", "")
        return re.sub(r"\b0x[0-9a-f]{6,}", "0x…", text)


def _collected(result: CommandResult, app: App) -> TrialReport:
    found = testing.read_collection(result.stdout)
    missing = testing.declared_tests(app.files) - {testing.function_of(test) for test in found.tests}
    trouble = list(found.errors)
    if not found.tests and not trouble:
        trouble.append(_tail(result))
    elif missing and not trouble:
        trouble.append(f"test {min(missing)} of test_app.py is not collected")
    return TrialReport(
        tests=dict.fromkeys(found.tests, TestOutcome.PASSED), errors={"": "\n".join(trouble)} if trouble else {}
    )


def _report(report: testing.TestReport, result: CommandResult) -> TrialReport:
    errors = {
        test.id: test.details or test.message or str(test.outcome)
        for test in report.tests
        if test.outcome not in {TestOutcome.PASSED, TestOutcome.SKIPPED}
    }
    if report.defect:
        errors[""] = report.defect if report.tests else f"{report.defect}\n{_tail(result)}"
    return TrialReport(tests={test.id: test.outcome for test in report.tests}, errors=errors)


def _tail(result: CommandResult) -> str:
    return result.stderr.decode(errors="replace")[-2_000:].strip() or "pytest said nothing"


def _nothing(architecture: Architecture) -> App:
    """An app without tests, for the time before there is one."""
    record = AppRecord(
        architecture=architecture.hash,
        generator=Generator.BUILTIN,
        rules="",
        digest="",
        proof=Proof(rung=Rung.PARSES),
    )
    return App(record=record, files=dict.fromkeys(APP_FILES, ""))
