"""The five files: well-formed whatever they are fed, true to each other, the same for the same input."""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from lsqm.model.comparison import Change
from lsqm.model.result import Status, TestOutcome, TestResult
from lsqm.report import Links, ReportInput, build_report
from lsqm.report.bundles import BUDGET, excerpt
from lsqm.report.markdown import LIMIT
from tests.unit.report.corpus import corpus
from tests.unit.report.make import comparison, error, given, hash_of, history, manifest, record, result, skip

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><!--",
    '"><img src=x onerror=alert(1)>',
    "a\u202eb\u2066c",
    "x" * 5000,
    "\x1b[31mred\x00\x0b\ufffe\ud800",
    "🧨 | `tick` [link](javascript:x) @team\n# heading",
    "${jndi:ldap://x}{{ 7*7 }}{% raw %}",
)


def hostile() -> ReportInput:
    failing = [
        result(
            name,
            Status.FAILED,
            signature=name,
            message=name,
            api_calls={name: {name: 1}},
            tests=(TestResult(id=name, outcome=TestOutcome.FAILED, seconds=0.1, message=name, details=name),),
            logs={name: f"logs/{place}"},
            leaks=(name,),
        )
        for place, name in enumerate(HOSTILE)
    ]
    skips = {name: skip(name, details=(name,)) for name in HOSTILE}
    report = given(
        *failing,
        names=HOSTILE,
        trends=history([44], HOSTILE),
        logs=lambda _path: "\n".join(HOSTILE).encode(errors="replace"),
    )
    return ReportInput(
        run=manifest(45, configuration=dict.fromkeys(HOSTILE, HOSTILE[0]), lsqm_version=HOSTILE[2]),
        results=report.results,
        index=type(report.index)(architectures=report.index.architectures, skipped=skips),
        comparison=comparison(*(record(name, Change.REGRESSED, reason=name) for name in HOSTILE)),
        trends=report.trends,
        logs=report.logs,
        links=Links(report="javascript:alert(1)", run="https://ci.example/1", issues={hash_of(HOSTILE[0]): "data:x"}),
        notices=HOSTILE,
    )


def interrupted() -> ReportInput:
    run = manifest(45, complete=False, finished_at="", seconds=0.0, stages=(), not_run={hash_of("b"): "interrupted"})
    return given(result("a"), names=["a", "b"], run=run)


CASES: dict[str, Callable[[], ReportInput]] = {
    "nothing": given,
    "one": lambda: given(result("a"), names=["a"]),
    "errors": lambda: given(error("a"), error("b"), names=["a", "b"]),
    "unknown": lambda: given(result("a", Status.FAILED)),
    "interrupted": interrupted,
    "no emulator": lambda: given(run=manifest(45, emulator=None)),
    "hostile": hostile,
    "twelve": lambda: corpus(runs=12, architectures=20, failures=5, log_kilobytes=1),
    "sixty": lambda: corpus(runs=60, architectures=12, failures=4, log_kilobytes=1),
}


@cache
def built(case: str) -> Mapping[str, bytes]:
    return build_report(CASES[case]())


@pytest.fixture(params=CASES)
def files(request) -> Mapping[str, bytes]:
    return built(request.param)


class Page(HTMLParser):
    """The elements of a page and what stands in its scripts."""

    def __init__(self, html: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.style = ""
        self.inside = ""
        self.feed(html.decode("ascii"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag if tag in {"script", "style"} else ""
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts[-1] += data
        elif self.inside == "style":
            self.style += data


def digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def bundles(page: Page) -> dict[str, Any]:
    lines = [line.split() for line in page.scripts[2].strip().splitlines()]
    return {name: json.loads(gzip.decompress(base64.b64decode(packed))) for name, packed in lines}


def test_the_page_is_one_file_that_asks_nobody_for_anything(files):
    page = Page(files["index.html"])
    assert {tag for tag, _ in page.tags} & {
        "img",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "audio",
        "video",
    } == set()
    assert all((attributes["href"] or "").startswith("data:") for tag, attributes in page.tags if tag == "link")
    assert not any("src" in attributes or "style" in attributes for _, attributes in page.tags)
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert "@import" not in page.style
    assert "url(" not in page.style


def test_the_policy_knows_exactly_this_script_and_this_style(files):
    page = Page(files["index.html"])
    metas = {attributes.get("http-equiv"): attributes.get("content") for tag, attributes in page.tags if tag == "meta"}
    policy = metas["Content-Security-Policy"] or ""
    assert f"script-src '{digest(page.scripts[1])}'" in policy
    assert f"style-src '{digest(page.style)}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_only_our_scripts_are_there_and_their_data_can_be_read(files):
    page = Page(files["index.html"])
    assert [a.get("type") for tag, a in page.tags if tag == "script"] == ["application/json", None, "text/plain"]
    data = json.loads(page.scripts[0])
    assert set(bundles(page)) == {line[0] for line in data["rows"]["lines"]}


def test_links_lead_to_this_page_or_to_the_web(files):
    page = Page(files["index.html"])
    targets = [attributes.get("href") or "" for tag, attributes in page.tags if tag == "a"]
    assert all(target.startswith(("#", "https://")) for target in targets)


def test_ids_are_unique(files):
    ids = [attributes["id"] for _, attributes in Page(files["index.html"]).tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_the_junit_file_is_xml_and_counts_as_the_summary_does(files):
    suite = ET.fromstring(files["junit.xml"])[0]
    counts = json.loads(files["summary.json"])["counts"]
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase")) == counts["total"]
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
    assert int(suite.attrib["errors"]) == len(suite.findall("testcase/error")) == counts["error"]
    assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped")) == counts["not_run"]


JUNIT: dict[str, tuple[tuple[str, ...], set[str], set[str]]] = {
    # element: its children in order, the attributes it must have, the others it may have
    "testsuites": (("testsuite",), set(), set()),
    "testsuite": (
        ("properties", "testcase"),
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
        set(),
    ),
    "properties": (("property",), set(), set()),
    "property": ((), {"name", "value"}, set()),
    "testcase": (("skipped", "error", "failure"), {"name", "classname", "time"}, set()),
    "failure": ((), {"type", "message"}, set()),
    "error": ((), {"type", "message"}, set()),
    "skipped": ((), {"message"}, set()),
}
"""The part of the JUnit format that every reader of it understands."""


def test_the_junit_file_keeps_to_the_format(files):
    root = ET.fromstring(files["junit.xml"])
    assert root.tag == "testsuites"
    for element in root.iter():
        children, needed, allowed = JUNIT[element.tag]
        places = [children.index(child.tag) for child in element]
        assert places == sorted(places), f"{element.tag} has its children in another order"
        assert needed <= set(element.attrib) <= needed | allowed
        if "time" in element.attrib:
            assert re.fullmatch(r"\d+\.\d", element.attrib["time"])
    cases = [(case.attrib["classname"], case.attrib["name"]) for case in root.iter("testcase")]
    assert len(set(cases)) == len(cases), "readers take two cases of one name for one"
    assert all(len(case) <= 1 for case in root.iter("testcase"))
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"]) for suite in root)


def test_the_badge_has_the_endpoint_format(files):
    badge = json.loads(files["badge.json"])
    assert badge["schemaVersion"] == 1
    assert badge["label"]
    assert badge["message"]
    assert badge["color"] in {"red", "yellow", "brightgreen", "lightgrey"}


def test_markdown_fits_and_its_tables_are_whole(files):
    text = files["summary.md"].decode()
    assert len(files["summary.md"]) <= LIMIT
    assert not re.search(r"(?<!\\)<(?!/?(?:code|details|summary|sub)>)", text), "only our own elements are alive"
    rows = [line for line in text.splitlines() if line.startswith("|")]
    blocks = re.split(r"\n(?!\|)", "\n".join(line if line.startswith("|") else "" for line in text.splitlines()))
    assert rows
    for block in blocks:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines() if line}
        assert len(widths) <= 1, block


@pytest.mark.parametrize("case", ["hostile", "twelve"])
def test_the_same_input_gives_the_same_bytes(case):
    assert build_report(CASES[case]()) == built(case)


def test_nothing_foreign_becomes_an_element():
    files = built("hostile")
    page = Page(files["index.html"])
    assert not any("onerror" in attributes for _, attributes in page.tags)
    assert "alert(1)" not in page.scripts[1]
    details = bundles(page)[hash_of(HOSTILE[5])]
    assert "\x1b" not in json.dumps(details)
    assert "{{ 7*7 }}" in files["index.html"].decode("ascii")


def test_a_cut_summary_says_so_and_keeps_the_worst():
    many = [
        result(f"n{number}-" + "y" * 200, Status.FAILED, signature=f"s3.Op{number} " + "z" * 250)
        for number in range(400)
    ]
    changes = comparison(*(record(f"n{number}-" + "y" * 200, Change.REGRESSED) for number in range(300)))
    names = [f"n{number}-" + "y" * 200 for number in range(400)]
    text = build_report(given(*many, names=names, comparison=changes))["summary.md"].decode()
    assert "300 confirmed regressions" in text
    assert "and 250 more" in text
    assert len(text.encode()) <= LIMIT


def test_markdown_that_does_not_fit_is_cut_at_a_line_and_says_so(monkeypatch):
    monkeypatch.setattr("lsqm.report.markdown.LIMIT", 1500)
    text = build_report(corpus(runs=2, architectures=20, failures=9, log_kilobytes=1))["summary.md"].decode()
    assert len(text.encode()) <= 1500
    assert "Cut here" in text


def test_logs_are_in_the_bundle_of_what_failed():
    page = Page(
        build_report(
            given(result("a", Status.FAILED), result("b"), names="ab", logs=lambda _path: b"\x1b[1mboom\x1b[0m")
        )["index.html"]
    )
    found = bundles(page)
    assert found[hash_of("a")]["logs"] == [["terraform", f"logs/{hash_of('a')}/terraform.log.gz", "boom"]]
    assert "logs" not in found[hash_of("b")]


def test_a_log_that_is_gone_leaves_its_path():
    page = Page(build_report(given(result("a", Status.FAILED), names="a"))["index.html"])
    assert bundles(page)[hash_of("a")]["logs"] == [["terraform", f"logs/{hash_of('a')}/terraform.log.gz", ""]]


def test_the_log_of_what_failed_comes_first():
    logs = dict.fromkeys(("emulator", "pytest", "terraform"), "logs/x")
    page = Page(build_report(given(result("a", Status.FAILED, logs=logs), names="a"))["index.html"])
    assert [kind for kind, _, _ in bundles(page)[hash_of("a")]["logs"]] == ["terraform", "emulator", "pytest"]


def test_an_excerpt_has_head_and_tail_and_says_what_is_missing():
    text = excerpt(lambda _path: b"HEAD" + b"." * 1000 + b"TAIL", "logs/x", (4, 4))
    assert text.startswith("HEAD\n\n[… 1,000 bytes are left out here; the whole log is logs/x")
    assert text.endswith("TAIL")


def test_logs_never_make_the_page_too_large_and_the_worst_keep_theirs(monkeypatch):
    monkeypatch.setattr("lsqm.report.bundles.BUDGET", 60_000)
    failing = [result(f"app-{number}", Status.FAILED) for number in range(20)]

    def logs(path: str) -> bytes:
        return b"".join(hashlib.sha512(f"{path}{place}".encode()).hexdigest().encode() for place in range(100))

    changes = comparison(record("app-13", Change.REGRESSED))
    page = Page(
        build_report(given(*failing, names=[f"app-{n}" for n in range(20)], comparison=changes, logs=logs))[
            "index.html"
        ]
    )
    found = bundles(page)
    with_logs = {name for name, details in found.items() if details["logs"][0][2]}
    assert hash_of("app-13") in with_logs
    assert 1 < len(with_logs) < 20
    assert len(page.scripts[2]) < 60_000 + 20 * 80
    assert BUDGET < 6_000_000


@pytest.mark.parametrize("budget", [0, 1])
def test_every_failure_without_its_logs_is_counted(monkeypatch, budget):
    monkeypatch.setattr("lsqm.report.bundles.BUDGET", budget)
    failing = [result(f"app-{number}", Status.FAILED) for number in range(20)]
    page = Page(build_report(given(*failing, logs=lambda path: path.encode() * 40))["index.html"])
    without = sum(not details["logs"][0][2] for details in bundles(page).values())
    assert without > 0
    said = build_report(given(*failing, logs=lambda path: path.encode() * 40))["index.html"].decode("ascii")
    assert f"The logs of {without} architectures do not fit into this page" in said


def test_an_unfinished_run_is_never_green():
    run = manifest(45, complete=False)
    badge = json.loads(
        build_report(given(result("a"), names="a", run=run, comparison=comparison(record("a", Change.UNCHANGED))))[
            "badge.json"
        ]
    )
    assert badge["color"] == "lightgrey"
    assert "unfinished" in badge["message"]


def test_origins_on_a_known_host_become_links_and_others_stay_text():
    from lsqm.report.rows import origin_link

    commit = "0123456789abcdef"
    assert (
        origin_link("github.com/aws-samples/x//infra/template.yaml", commit)
        == f"https://github.com/aws-samples/x/tree/{commit}/infra/template.yaml"
    )
    assert origin_link("github.com/aws-samples/x//.", commit) == f"https://github.com/aws-samples/x/tree/{commit}"
    assert origin_link('github.com/a/b"onclick=x//y', commit) == ""
    assert origin_link("/home/me/corpus//main.tf", commit) == ""
