"""One architecture, one emulator, one Result. What architecture or app do wrong is data, never an exception."""

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from dataclasses import dataclass, field

from lsqm.errors import Unavailable
from lsqm.model.emulator import EmulatorIdentity
from lsqm.model.result import Cause, Drift, PhaseName, PhaseOutcome, Pins, Result, Status, TestResult
from lsqm.ports.cage import Cage
from lsqm.ports.clock import Clock
from lsqm.ports.commands import CommandResult
from lsqm.ports.emulator import Emulator, EmulatorFailed, RunningEmulator, StartRequest
from lsqm.validate import api_calls, classify, terraform, testing
from lsqm.validate.drift import read_plan
from lsqm.validate.policy import violations
from lsqm.validate.recorder import PhaseNote, Recorder
from lsqm.validate.request import Trial, TrialRequest
from lsqm.validate.signature import of_phase
from lsqm.validate.state import outputs_document, state_document
from lsqm.validate.still_there import askable, still_there
from lsqm.validate.turn import Turn, Waiting
from lsqm.validate.workdir import WorkDirectory, read_untrusted, work_directory

_AWS = "registry.terraform.io/hashicorp/aws"
_PROVIDER_LOG_LIMIT = 64 << 20
_MESSAGE_LIMIT = 500
_DRIFT_EXIT = 2
_NO_EMULATOR = "http://127.0.0.1:9"
"""What `init` is told, which asks nothing of an emulator."""
ENGINE_SERVICES = frozenset({"lambda", "ecs", "eks", "ecr", "batch", "codebuild", "sagemaker"})
"""Services that LocalStack runs in sibling containers, for which it needs the engine's socket."""


@dataclass(slots=True)
class _Evidence:
    """What the phases find, until it becomes a Result."""

    verdict: classify.Verdict | None = None
    tests: tuple[TestResult, ...] = ()
    test_calls: api_calls.ApiCalls = field(default_factory=dict)
    provider_calls: list[api_calls.Call] = field(default_factory=list)
    plan_is_empty: bool | None = None
    drift: tuple[Drift, ...] = ()
    leaks: tuple[str, ...] = ()
    providers: dict[str, str] = field(default_factory=dict)
    terraform_log: list[bytes] = field(default_factory=list)
    pytest_log: bytes = b""
    emulator_log: bytes = b""


BeforeDestroy = Callable[[RunningEmulator, WorkDirectory], None]


def go_on(running: RunningEmulator, work: WorkDirectory) -> None:
    """The usual `before_destroy`: nobody wants to look."""


def run_trial(
    request: TrialRequest,
    *,
    emulator: Emulator,
    cage: Cage,
    clock: Clock,
    on_step: Callable[[PhaseName], None],
    before_destroy: BeforeDestroy = go_on,
    turn: Turn = nullcontext,
) -> Trial:
    """Start an emulator, apply, plan again, test, destroy, look for leaks, stop.

    Args:
        request: what is tried, with what.
        emulator: starts the emulator.
        cage: runs Terraform and the app.
        clock: times the phases.
        on_step: told each phase as it begins.
        before_destroy: called when everything is applied and tested, or could not be, for a person to look around.
        turn: taken when emulator and providers are ready, given back when all is destroyed. Waiting for it counts in
            no phase and not in the trial's seconds.

    Raises:
        Interrupted: lsqm is being stopped; the emulator and the work directory are gone by then.
        EmulatorFailed: only with `whole_run`: no further architecture would fare better.
    """
    recorder = Recorder(clock, on_step)
    waiting = Waiting(turn, clock)
    started_at, started = clock.now(), clock.monotonic()
    evidence = _Evidence()
    identity = EmulatorIdentity(kind=emulator.kind, product="", version="")
    unsafe = violations(request.architecture.files)
    if unsafe:
        evidence.verdict = _error(Cause.CAGE, "policy", "unsafe: " + "; ".join(unsafe[:5]))
    else:
        identity = _run_phases(request, evidence, recorder, emulator, cage, identity, before_destroy, waiting)
    verdict = evidence.verdict or classify.PASSED
    calls = api_calls.count(api_calls.from_emulator_log(evidence.emulator_log.decode(errors="replace")))
    if not calls:
        calls = api_calls.merge(api_calls.count(evidence.provider_calls), evidence.test_calls)
    result = Result(
        architecture=request.architecture.hash,
        status=verdict.status,
        cause=verdict.cause,
        signature=verdict.signature,
        phases=recorder.in_order(),
        tests=evidence.tests,
        api_calls=calls,
        plan_is_empty=evidence.plan_is_empty,
        emulator=identity,
        pins=_pins(request, evidence, cage),
        started_at=started_at.isoformat(timespec="seconds"),
        seconds=round(clock.monotonic() - started - waiting.seconds, 3),
        drift=evidence.drift,
        leaks=evidence.leaks,
        message=verdict.message[:_MESSAGE_LIMIT],
    )
    logs = {"terraform": b"".join(evidence.terraform_log), "pytest": evidence.pytest_log}
    logs["emulator"] = evidence.emulator_log
    return Trial(result=result, logs={kind: text for kind, text in logs.items() if text})


def _run_phases(
    request: TrialRequest,
    evidence: _Evidence,
    recorder: Recorder,
    emulator: Emulator,
    cage: Cage,
    identity: EmulatorIdentity,
    before_destroy: BeforeDestroy,
    waiting: Waiting,
) -> EmulatorIdentity:
    with work_directory(request.scratch, request.run, request.architecture, request.app, request.owner) as work:
        steps = _Steps(request, evidence, recorder, cage, work)
        # `init` asks nothing of the emulator, so both are got ready at once.
        with ThreadPoolExecutor(1, thread_name_prefix="lsqm-init") as helper:
            running, initialised = _start(request, evidence, recorder, emulator, lambda: helper.submit(steps.init))
        if running is None:
            return identity
        try:
            if initialised.result():
                with waiting.over():
                    steps.all(running, before_destroy)
        except Unavailable as error:
            evidence.verdict = _error(Cause.CAGE, "cage", str(error))
        finally:
            with recorder.phase(PhaseName.STOP):
                evidence.emulator_log = running.logs()
                running.stop()
        return running.identity


def _start(
    request: TrialRequest,
    evidence: _Evidence,
    recorder: Recorder,
    emulator: Emulator,
    meanwhile: "Callable[[], Future[bool]]",
) -> "tuple[RunningEmulator | None, Future[bool]]":
    """The emulator, None when it cannot be had, and what was begun `meanwhile`."""
    deadline = request.deadlines.start
    with recorder.phase(PhaseName.START, deadline) as note:
        begun = meanwhile()
        try:
            wanted = StartRequest(
                run=request.run,
                architecture=request.architecture.hash,
                deadline_seconds=deadline,
                needs_engine=not ENGINE_SERVICES.isdisjoint(request.architecture.metadata.services),
            )
            return emulator.start(wanted), begun
        except EmulatorFailed as error:
            if error.whole_run:
                raise
            wait([begun])  # its verdict is overruled
            note.outcome, note.message = PhaseOutcome.ERROR, str(error)
            evidence.emulator_log = error.logs
            evidence.verdict = _error(Cause(error.cause), "start", str(error))
    return None, begun


class _Steps:
    """The phases between start and stop, each leaving its findings in the evidence."""

    def __init__(
        self,
        request: TrialRequest,
        evidence: _Evidence,
        recorder: Recorder,
        cage: Cage,
        work: WorkDirectory,
    ) -> None:
        self._request = request
        self._deadlines = request.deadlines
        self._evidence = evidence
        self._recorder = recorder
        self._cage = cage
        self._work = work
        self._running: RunningEmulator | None = None

    def all(self, running: RunningEmulator, before_destroy: BeforeDestroy) -> None:
        """Everything after `init`, in order; what depends on a failed phase is skipped, cleaning up is not."""
        self._running = running
        applied = self._apply()
        try:
            # An emulator that died says nothing more; its tests would only wait for it.
            if applied and running.is_alive():
                self._replan()
                if running.is_alive():
                    self._test(running)
            before_destroy(running, self._work)
        finally:
            if running.is_alive():
                self._destroy(running, fair=applied)
        self._check_alive(running)

    def init(self) -> bool:
        """`terraform init`; whether it went well."""
        with self._recorder.phase(PhaseName.INIT, self._deadlines.init) as note:
            result = self._terraform(
                "init", "-input=false", "-no-color", "-json", deadline=self._deadlines.init, internet=True
            )
            self._settle(note, result)
            self._evidence.providers = dict(terraform.provider_versions(self._work))
            if not note.ok:
                self._blame(PhaseName.INIT, note, result)
            return note.ok

    def _apply(self) -> bool:
        with self._recorder.phase(PhaseName.APPLY, self._deadlines.apply) as note:
            log = self._log("apply")
            result = self._terraform(
                "apply", "-auto-approve", "-input=false", "-json", deadline=self._deadlines.apply, log=log
            )
            self._settle(note, result)
            calls = self._count_calls(log)
            if not note.ok:
                self._blame(PhaseName.APPLY, note, result, calls)
            return note.ok

    def _replan(self) -> None:
        with self._recorder.phase(PhaseName.REPLAN, self._deadlines.replan) as note:
            log = self._log("replan")
            result = self._terraform(
                "plan",
                "-detailed-exitcode",
                "-input=false",
                "-json",
                f"-out={terraform.PLAN_FILE}",
                deadline=self._deadlines.replan,
                log=log,
            )
            self._settle(note, result, fine=(0, _DRIFT_EXIT))
            self._count_calls(log)
            if not note.ok:
                errors = terraform.read_report(result.stdout).errors
                note.message = note.message or (errors[0].summary if errors else "the second plan failed")
                return
            self._evidence.plan_is_empty = result.exit_code == 0
            if result.exit_code == _DRIFT_EXIT:
                shown = self._cage.run(
                    terraform.show_plan(self._request, self._work, self._deadlines.replan),
                    terraform.access(self._request, self._work, None),
                )
                found = read_plan(shown.stdout, self._evidence.providers.get(_AWS, "")) if shown.ok else None
                if found is None:
                    note.message = "the second plan is not empty, and its details cannot be read"
                else:
                    self._evidence.drift = found
                    self._evidence.plan_is_empty = not found

    def _test(self, running: RunningEmulator) -> None:
        with self._recorder.phase(PhaseName.TEST, self._deadlines.tests) as note:
            applied = terraform.read_state(self._work)
            self._work.state_document.write_text(json.dumps(state_document(applied)), encoding="utf-8")
            self._work.outputs_document.write_text(json.dumps(outputs_document(applied)), encoding="utf-8")
            result = self._cage.run(
                testing.command(self._request, self._work, self._cage.inner_endpoint(running.endpoint)),
                testing.access(self._request, self._work, running),
            )
            self._evidence.pytest_log = result.stderr
            told = testing.read_story(result.stdout, self._request.app.files, result.stderr)
            report = testing.mark_unproven(told, self._request.app.record.proof.tests)
            self._evidence.tests = report.tests
            self._evidence.test_calls = report.calls
            self._evidence.verdict = verdict = classify.of_tests(report)
            note.exit_code = report.exit_codes[-1] if report.exit_codes else result.exit_code
            note.message = verdict.message
            if verdict.status is Status.TIMEOUT or result.timed_out:
                note.outcome = PhaseOutcome.TIMEOUT
            elif verdict.status is Status.ERROR:
                note.outcome = PhaseOutcome.ERROR
            elif verdict.status is not Status.PASSED:
                note.outcome = PhaseOutcome.FAILED

    def _destroy(self, running: RunningEmulator, *, fair: bool) -> None:
        applied = askable(terraform.read_state(self._work)) if fair else ()
        deadline = self._deadlines.destroy if fair else min(self._deadlines.destroy, self._deadlines.destroy_ruin)
        with self._recorder.phase(PhaseName.DESTROY, deadline) as note:
            log = self._log("destroy")
            result = self._terraform(
                "destroy", "-auto-approve", "-input=false", "-refresh=false", "-json", deadline=deadline, log=log
            )
            self._settle(note, result)
            self._count_calls(log)
            report = terraform.read_report(result.stdout)
            if not note.ok:
                said = report.errors[0].summary if report.errors else "destroy failed"
                note.message = note.message + report.waiting if result.timed_out else said
        why = terraform.excuse(result, report) if fair else "apply failed"
        if why:
            self._recorder.skip(PhaseName.LEAK_CHECK, f"{why}, so what is left says nothing")
            return
        with self._recorder.phase(PhaseName.LEAK_CHECK) as note:
            kept = terraform.resources_in_state(self._work)
            # What Terraform could not destroy says so itself; of the rest the emulator is asked.
            self._evidence.leaks = kept or still_there(applied, running)
            if self._evidence.leaks:
                note.outcome, note.message = PhaseOutcome.FAILED, f"{len(self._evidence.leaks)} resources are left"

    def _check_alive(self, running: RunningEmulator) -> None:
        if not running.is_alive():
            verdict = _error(Cause.EMULATOR_DIED, "trial", "the emulator died during the trial")
            if self._evidence.verdict is None or self._evidence.verdict.cause is not Cause.TEST_DEFECT:
                self._evidence.verdict = verdict

    def _terraform(self, *arguments: str, deadline: float, log: str = "", internet: bool = False) -> CommandResult:
        endpoint = self._running.endpoint if self._running else _NO_EMULATOR
        inner = self._cage.inner_endpoint(endpoint)
        command = terraform.command(
            self._request,
            self._work,
            *arguments,
            endpoint=inner,
            deadline=deadline,
            log=self._work.terraform / log if log else None,
        )
        result = self._cage.run(command, terraform.access(self._request, self._work, self._running, internet=internet))
        heading = f"$ tflocal {' '.join(arguments)}\n".encode()
        self._evidence.terraform_log += [heading, result.stdout, result.stderr, b"\n"]
        return result

    @staticmethod
    def _log(phase: str) -> str:
        return f"lsqm-provider-{phase}.log"

    def _count_calls(self, log: str) -> list[api_calls.Call]:
        text = read_untrusted(self._work.terraform / log, _PROVIDER_LOG_LIMIT).decode(errors="replace")
        calls = list(api_calls.from_provider_log(text))
        self._evidence.provider_calls += calls
        return calls

    @staticmethod
    def _settle(note: PhaseNote, result: CommandResult, fine: tuple[int, ...] = (0,)) -> None:
        note.exit_code = result.exit_code
        if result.timed_out:
            note.outcome = PhaseOutcome.TIMEOUT
            note.message = f"stopped at its deadline after {result.seconds:.0f} s"
        elif result.exit_code not in fine:
            note.outcome = PhaseOutcome.FAILED

    def _blame(
        self, phase: PhaseName, note: PhaseNote, result: CommandResult, calls: list[api_calls.Call] | None = None
    ) -> None:
        report = terraform.read_report(result.stdout)
        if result.timed_out:
            failing = next((call for call in reversed(calls or []) if call.failed), None)
            last = f"; last failing operation {failing.operation} {failing.status}" if failing else ""
            note.message += report.waiting + last
            operation = f"{failing.operation} {failing.status}" if failing else ""
            stuck = operation or ", ".join(
                sorted({name.rsplit(".", 2)[-2] for name in report.unfinished if "." in name})
            )
            self._evidence.verdict = classify.Verdict(
                status=Status.TIMEOUT,
                cause=Cause.TIMEOUT,
                signature=of_phase(phase, f"timeout {stuck}".strip()),
                message=f"{phase} {note.message}",
            )
            return
        output = (result.stderr or result.stdout).decode(errors="replace")
        verdict = classify.of_terraform(phase, report.errors, output)
        note.message = verdict.message
        self._evidence.verdict = verdict


def _error(cause: Cause, phase: str, message: str) -> classify.Verdict:
    return classify.Verdict(status=Status.ERROR, cause=cause, signature=of_phase(phase, message), message=message)


def _pins(request: TrialRequest, evidence: _Evidence, cage: Cage) -> Pins:
    return Pins(
        terraform=request.tools.terraform_version,
        tflocal=request.tools.tflocal_version,
        providers=evidence.providers,
        app=request.app.record.digest,
        python=request.tools.python_version,
        packages=request.tools.packages,
        cage=cage.name,
    )
