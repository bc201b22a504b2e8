"""What an issue says: title, body and comments a maintainer can act on. Pure."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lsqm.model.comparison import ChangeRecord
from lsqm.model.emulator import EmulatorKind
from lsqm.model.ids import RunId
from lsqm.model.issue import IssueDraft, IssueRecord
from lsqm.model.result import Result
from lsqm.publish.markup import ISSUE_BODY_LIMIT, around, code, fenced, folded, head_and_tail, one_line, title

LABEL = "lsqm"
_OPERATION = re.compile(r"([a-z0-9][a-z0-9_-]*)\.([A-Z]\w*)")
_BARE_OPERATION = re.compile(r"[A-Z]\w*")
_LISTED = 30
_TERRAFORM_LIMIT, _LOG_LIMIT = 14_000, 9_000
_ROOM = 2_000
"""Characters kept free below GitHub's limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One architecture that regressed."""

    record: ChangeRecord
    result: Result
    name: str = ""
    origin: str = ""
    """Where the design came from."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Its Terraform: path → text."""
    log: str = ""
    """The log that shows the failure, redacted."""
    services: tuple[str, ...] = ()
    """What it uses of AWS."""
    new_errors: tuple[str, ...] = ()
    """Operations (`service.Operation`) that answered with an error which the baseline did not see."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """The run that speaks."""

    run: RunId
    compared: int
    """How many architectures were judged."""
    report_url: str = ""
    repository: str = ""
    """The artifact repository, for `lsqm replay`; without credentials."""


def fingerprint(signature: str, product: str) -> str:
    """Eight hex digits that name a root cause."""
    return hashlib.sha256(f"{product}\n{' '.join(signature.split())}".encode()).hexdigest()[:8]


def fingerprint_label(value: str) -> str:
    return f"{LABEL}:fp-{value}"


def fingerprint_line(value: str) -> str:
    """The visible line by which an issue is found again."""
    return f"`lsqm-fingerprint: {value}`"


def run_line(run: RunId, value: str) -> str:
    """The visible line by which a comment is found again."""
    return f"`lsqm-run: {run} {value}`"


def draft(cases: Sequence[Case], occasion: Occasion) -> IssueDraft:
    """The issue for all cases of one signature; there is at least one."""
    ordered = sorted(cases, key=lambda case: (sum(map(len, case.files.values())) or 1 << 30, case.record.architecture))
    first = ordered[0]
    product = first.result.emulator.product
    mark = fingerprint(first.result.signature, product)
    body = "\n\n".join(
        part
        for part in (
            _what_broke(first, ordered),
            _blast_radius(ordered, occasion),
            _reproduction(first, occasion),
            _evidence(first),
            _log(first),
            _footer(mark, occasion),
        )
        if part
    )
    return IssueDraft(
        fingerprint=mark,
        signature=first.result.signature,
        title=title(f"[lsqm] {_headline(ordered)} (regression in {product} {first.result.emulator.version})"),
        body=_within_limit(body, mark, occasion),
        labels=(LABEL, fingerprint_label(mark)),
        architectures=tuple(sorted(case.record.architecture for case in ordered)),
        run=occasion.run,
    )


def umbrella(drafts: Sequence[IssueDraft], run: RunId) -> IssueDraft:
    """One issue for everything beyond the cap of a run; it carries all their fingerprints."""
    mark = hashlib.sha256(f"umbrella\n{run}".encode()).hexdigest()[:8]
    room = (ISSUE_BODY_LIMIT - _ROOM) // max(1, len(drafts))
    rows = [
        f"- {fingerprint_line(each.fingerprint)} {code(each.signature, max(20, min(300, room - 160)))}, "
        f"{_count(len(each.architectures), 'architecture')}"
        for each in drafts
    ]
    body = (
        f"Run {code(run)} confirmed more regressions than it files issues for. These {len(drafts)} root causes are "
        "tracked here together; each was confirmed by repeats on both emulators.\n\n" + "\n".join(rows)
    )
    return IssueDraft(
        fingerprint=mark,
        signature="",
        title=title(f"[lsqm] {_count(len(drafts), 'more confirmed regression')} in run {run}"),
        body=f"{body}\n\n{fingerprint_line(mark)}",
        labels=(LABEL, fingerprint_label(mark), f"{LABEL}:umbrella"),
        architectures=tuple(sorted({architecture for each in drafts for architecture in each.architectures})),
        run=run,
    )


def returned(again: IssueDraft) -> str:
    """The comment for a root cause that is (still or again) confirmed."""
    names = ", ".join(code(architecture[:12]) for architecture in again.architectures[:_LISTED])
    return (
        f"Confirmed in run {code(again.run)} for {_count(len(again.architectures), 'architecture')}: {names}\n\n"
        f"{folded('Details', head_and_tail(again.body, 50_000))}\n\n{run_line(again.run, again.fingerprint)}"
    )


def fixed(record: IssueRecord, run: RunId, emulator: str) -> str:
    """The comment for a root cause that is gone."""
    return (
        f"All {_count(len(record.architectures), 'affected architecture')} work again with {code(emulator)} "
        f"(run {code(run)}).\n\n{run_line(run, record.fingerprint)}"
    )


def _headline(cases: Sequence[Case]) -> str:
    """The signature, with the service in front also where the failing test did not go through an SDK."""
    signature = cases[0].result.signature
    named = _OPERATION.match(signature) or _BARE_OPERATION.match(signature)
    called = named[0] if named else ""
    service = "" if "." in called else _service(cases, called)
    name = ".".join(part for part in (service, called) if part)
    rest = signature.removeprefix(called).strip() or ("" if signature else cases[0].result.message)
    return one_line(": ".join(part for part in (name, rest) if part), 150)


def _service(cases: Sequence[Case], operation: str) -> str:
    """The one service that can be meant, empty when there is none or more than one.

    Best first: whose operation the signature names; which alone answers with errors now; which alone all use.
    """
    called = {name for case in cases for name in case.result.api_calls}
    candidates = (
        {name.partition(".")[0] for name in called if operation and name.endswith(f".{operation}")},
        {name.partition(".")[0] for case in cases for name in case.new_errors},
        set.intersection(*(set(case.services) for case in cases)),
    )
    return next((service for found in candidates if len(found) == 1 for service in found), "")


def _what_broke(first: Case, cases: Sequence[Case]) -> str:
    before, after = first.record.before, first.record.after
    assert before is not None
    assert after is not None
    lost = [test for test, change in first.record.tests.items() if change.value == "regressed"]
    does = "does" if len(cases) == 1 else "do"
    intro = (
        f"{_count(len(cases), 'architecture')} that worked no longer {does}. The failure repeats on this version and "
        "is absent from the earlier one, today, with everything else equal."
    )
    lines = [
        "### What broke",
        intro,
        fenced(first.result.signature or first.result.message),
        "\n".join(
            (
                "| | version and digest | result |",
                "|---|---|---|",
                f"| last good | {code(before.emulator)} | {before.status} |",
                f"| first bad | {code(after.emulator)} | {after.status} ({after.cause}) |",
            )
        ),
    ]
    if first.result.message:
        lines.append(f"In the smallest one: {code(first.result.message)}")
    if lost:
        said = {test.id: test.message for test in first.result.tests}
        rows = [f"- {code(test)}" + (f": {code(said[test])}" if said.get(test) else "") for test in lost[:10]]
        more = [f"- and {len(lost) - 10} more"] if len(lost) > 10 else []
        lines.append("Tests that passed and fail now:\n\n" + "\n".join([*rows, *more]))
    return "\n\n".join(lines)


def _blast_radius(cases: Sequence[Case], occasion: Occasion) -> str:
    rows = [
        f"- {code(case.name or case.record.architecture[:12], 80)} {code(case.record.architecture[:12])}"
        + (f" from {code(case.origin, 160)}" if case.origin else "")
        for case in cases[:_LISTED]
    ]
    more = f"\n- and {len(cases) - _LISTED} more" if len(cases) > _LISTED else ""
    return (
        f"### Blast radius\n\n{len(cases)} of {_count(occasion.compared, 'architecture')} compared.\n\n"
        + "\n".join(rows)
        + more
    )


def _reproduction(case: Case, occasion: Occasion) -> str:
    emulator = case.result.emulator
    image = f"{emulator.image or emulator.product}@{emulator.digest}" if emulator.digest else emulator.image
    lines = []
    if emulator.kind is EmulatorKind.DOCKER:
        lines += [f"docker run --rm -d -p 4566:4566 -v /var/run/docker.sock:/var/run/docker.sock {image}"]
    lines += ["pip install terraform-local", "tflocal init && tflocal apply -auto-approve"]
    pins = case.result.pins
    versions = [f"terraform {pins.terraform}", f"tflocal {pins.tflocal}"]
    versions += [f"{name} {version}" for name, version in sorted(pins.providers.items())]
    parts = [
        "### Reproduce",
        "Save the Terraform below in an empty folder, then:",
        fenced("\n".join(lines), "sh"),
        "Versions: " + ", ".join(code(version) for version in versions if not version.endswith(" ")),
        "It can be applied; the failure shows in the tests, which lsqm runs against it:"
        if case.result.tests
        else "With lsqm and its artifact repository, the whole verdict again, tests included:",
        fenced(f"lsqm replay {occasion.run} {case.record.architecture}", "sh"),
    ]
    terraform = "\n\n".join(f"# {path}\n{text.strip()}" for path, text in sorted(case.files.items()))
    if terraform:
        block = fenced(head_and_tail(terraform, _TERRAFORM_LIMIT), "hcl")
        parts.append(folded("Terraform of the smallest affected architecture", block))
    return "\n\n".join(parts)


def _evidence(case: Case) -> str:
    rows = [
        f"| {'baseline' if repeat.on_baseline else 'new'} | {code(repeat.emulator)} {code(repeat.digest[:19])} "
        f"| {repeat.status} | {'fails' if repeat.reproduces else 'works'} | {code(repeat.at)} |"
        for repeat in case.record.evidence
        if repeat.reproduces is not None
    ]
    if not rows:
        return ""
    table = "| side | emulator | status | this failure | at |\n|---|---|---|---|---|\n" + "\n".join(rows)
    return f"### Confirmation\n\n{code(case.record.reason, 400)}\n\n{folded('Repeats', table)}"


def _log(case: Case) -> str:
    if not case.log.strip():
        return ""
    found = _OPERATION.match(case.result.signature)
    needles = (case.result.message, f"{found[0]} =>" if found else "", "Error:", "Traceback")
    return f"### Log around the failure\n\n{folded('Log', fenced(around(case.log, needles, _LOG_LIMIT)))}"


def _footer(mark: str, occasion: Occasion) -> str:
    lines = [f"Run {code(occasion.run)}"]
    if occasion.report_url.startswith(("https://", "http://")):
        lines.append(f"[full report]({occasion.report_url})")
    return f"---\n{', '.join(lines)}. Filed by lsqm once per root cause.\n\n{fingerprint_line(mark)}"


def _within_limit(body: str, mark: str, occasion: Occasion) -> str:
    """Cut from the end of the evidence, never the fingerprint. Rarely needed: each part has its own limit."""
    limit = ISSUE_BODY_LIMIT - _ROOM
    if len(body) <= limit:
        return body
    return f"{body[:limit].rsplit(chr(10), 1)[0]}\n\n[…]\n\n{_footer(mark, occasion)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
