"""`junit.xml`: one suite, one case per architecture of the run, for every CI that draws test results."""

from xml.etree import ElementTree as ET

from lsqm.model.result import Status
from lsqm.report.rows import NOT_RUN, Row
from lsqm.report.text import clean, one_line
from lsqm.report.view import View


def render_junit(view: View) -> bytes:
    """FAILED, PARTIAL and TIMEOUT are failures, ERROR is an error, what did not run is skipped."""
    counts = view.counts
    suite = ET.Element(
        "testsuite",
        name=f"lsqm {view.emulator}".strip(),
        tests=str(len(view.rows)),
        failures=str(counts.partial + counts.failed + counts.timeout),
        errors=str(counts.error),
        skipped=str(sum(1 for row in view.rows if row.status == NOT_RUN)),
        time=f"{view.given.run.seconds:.1f}",
        timestamp=view.given.run.started_at,
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("run", view.given.run.run),
        ("emulator.digest", view.digest),
        ("verdict", view.headline.title),
    ):
        ET.SubElement(properties, "property", name=name, value=one_line(value))
    for row in view.rows:
        _case(suite, row, view)
    ET.indent(suite)
    root = ET.Element("testsuites")
    root.append(suite)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _case(suite: ET.Element, row: Row, view: View) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        classname=".".join(filter(None, ("lsqm", row.dialect, *row.services[:1]))),
        name=f"{row.name} ({row.architecture[:12]})",
        time=f"{row.seconds:.1f}",
    )
    if row.status == Status.PASSED:
        return
    if row.status == NOT_RUN:
        ET.SubElement(case, "skipped", message=row.message)
        return
    kind = "error" if row.status == Status.ERROR else "failure"
    found = ET.SubElement(case, kind, type=row.cause or "unknown", message=row.signature or row.message or row.status)
    result = view.given.results[row.architecture]
    failing = [
        f"{test.id}: {one_line(test.message)}" for test in result.tests if test.outcome not in {"passed", "skipped"}
    ]
    lines = [f"{row.status} {row.change}".strip(), result.message, *failing[:50]]
    found.text = clean("\n".join(filter(None, lines)), 20_000)
