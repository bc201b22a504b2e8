"""The page in a real browser, opened from a file: as its readers do."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lsqm.model.comparison import Change
from lsqm.model.result import Status
from lsqm.report import ReportInput, build_report
from tests.integration.report.browser import chromium
from tests.unit.report.corpus import corpus
from tests.unit.report.make import comparison, given, hash_of, history, record, result
from tests.unit.report.test_files import CASES, built

pytestmark = pytest.mark.chromium

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(corpus(runs=14, architectures=300, failures=60, log_kilobytes=8), tmp_path_factory.mktemp("large"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind of element, few of each: the accessibility rules look at each node."""
    return write(corpus(runs=4, architectures=24, failures=8, log_kilobytes=1), tmp_path_factory.mktemp("small"))


def write(report: ReportInput, folder: Path) -> Path:
    page = folder / "index.html"
    page.write_bytes(build_report(report)["index.html"])
    return page


class Tab:
    """A page, everything it complained about, and every address it asked for."""

    def __init__(self, browser: Any, path: Path, *, fragment: str = "", **options: Any) -> None:
        self.context = browser.new_context(**({"viewport": {"width": 1366, "height": 768}} | options))
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri() + fragment)
        self.page.wait_for_selector("html[data-ready]")

    def rows(self) -> Any:
        return self.page.locator("#table tr.row")

    def column(self, css: str) -> list[str]:
        self.page.locator("#architectures").scroll_into_view_if_needed()
        self.rows().first.wait_for()
        texts: list[str] = self.page.locator(f"#table tr.row td.{css}").all_inner_texts()
        return texts


@pytest.fixture
def open_tab(browser: Any) -> Iterator[Any]:
    tabs: list[Tab] = []

    def opened(path: Path, **options: Any) -> Tab:
        tabs.append(Tab(browser, path, **options))
        return tabs[-1]

    yield opened
    for tab in tabs:
        tab.context.close()
        assert tab.complaints == []
        assert all(url.startswith(("file:", "data:", "blob:")) for url in tab.requests), tab.requests


def test_the_first_screen_says_whether_how_much_and_why_without_scrolling(open_tab, large):
    tab = open_tab(large)
    for selector in ("h1", ".undecided", ".rate .big", ".tiles", "#causes ol li >> nth=0"):
        box = tab.page.locator(selector).first.bounding_box()
        assert box["y"] >= 0, selector
        assert box["y"] + box["height"] <= 768, selector
    assert "confirmed regression" in tab.page.locator("h1").inner_text()


def test_sorting_by_name_and_back(open_tab, large):
    tab = open_tab(large)
    tab.column("name")
    head = tab.page.locator("#table th.c-name")
    head.locator("button").click()
    up = [text.split("\n")[0] for text in tab.column("name")]
    assert head.get_attribute("aria-sort") == "ascending"
    assert up == sorted(up)
    head.locator("button").click()
    down = [text.split("\n")[0] for text in tab.column("name")]
    assert head.get_attribute("aria-sort") == "descending"
    assert down == sorted(down, reverse=True)
    assert down[0] != up[0]


def test_sorting_the_service_matrix(open_tab, large):
    tab = open_tab(large)
    tab.page.locator("#services th:has-text('Failed') button").click()
    failed = [int(text) for text in tab.page.locator("#services tbody td:nth-child(7)").all_text_contents()]
    assert failed == sorted(failed, reverse=True)
    assert failed[0] > failed[-1]


def test_filters_narrow_the_table_and_stand_in_the_address(open_tab, large):
    tab = open_tab(large)
    tab.column("status")
    tab.page.locator("#status-chips button", has_text="PARTIAL").click()
    statuses = tab.column("status")
    total = int(re.findall(r"\d+", tab.page.locator("#status-chips button", has_text="PARTIAL").inner_text())[0])
    assert set(statuses) == {"PARTIAL"}
    assert len(statuses) == total > 0
    tab.page.locator("#f-service").select_option("s3")
    assert all("s3" in services.split(", ") for services in tab.column("services"))
    address = tab.page.evaluate("location.hash")
    again = open_tab(large, fragment=address)
    assert again.column("name") == tab.column("name")
    again.page.locator("#reset").click()
    assert again.page.locator("#count").inner_text() == "300 rows"


def test_searching_finds_by_name_hash_and_cause(open_tab, large):
    tab = open_tab(large)
    tab.column("name")
    tab.page.keyboard.press("/")
    short = tab.rows().nth(2).get_attribute("id").removeprefix("r-")[:10]
    tab.page.keyboard.type(short)
    assert len(tab.column("name")) == 1
    tab.page.keyboard.press("Escape")
    assert tab.page.locator("#count").inner_text() == "300 rows"
    tab.page.locator("#search").fill("nothing is called like this")
    assert tab.page.locator("#table .empty").inner_text() == "Nothing matches these filters."


def test_a_root_cause_leads_to_its_architectures(open_tab, large):
    tab = open_tab(large)
    cause = tab.page.locator("#causes li").nth(0)
    blocked = int(cause.locator("b").first.inner_text())
    signature = cause.locator("code").inner_text()
    cause.locator("a.blocks").click()
    assert len(tab.column("why")) == blocked
    assert all(signature[:20] in text for text in tab.column("why"))


def test_expanding_shows_phases_tests_calls_and_logs(open_tab, large):
    tab = open_tab(large)
    tab.column("status")
    toggle = tab.rows().first.locator(".toggle")
    toggle.focus()
    tab.page.keyboard.press("Enter")
    detail = tab.page.locator(".detail")
    detail.wait_for()
    assert toggle.get_attribute("aria-expanded") == "true"
    titles = detail.locator("h3").all_inner_texts()
    assert {title.split(" ")[0] for title in titles} >= {"Change", "Tests", "Logs", "Replay", "Phases", "API", "Facts"}
    log = detail.locator("pre").last
    assert "localstack.request.aws" in detail.locator("details[open] pre").first.inner_text()
    assert "\x1b" not in log.text_content()
    tab.page.keyboard.press("Enter")
    assert detail.count() == 0


def test_a_deep_link_opens_its_row(open_tab, large):
    first = open_tab(large)
    first.column("name")
    wanted = first.rows().nth(40).get_attribute("id").removeprefix("r-")
    for fragment in (f"#{wanted}", f"#{wanted[:12]}"):
        tab = open_tab(large, fragment=fragment)
        tab.page.locator(f"#d-{wanted} .detail").wait_for()
        box = tab.page.locator(f"#r-{wanted}").bounding_box()
        assert 0 <= box["y"] <= 200
        assert tab.page.evaluate("document.activeElement.closest('tr')?.id") == f"r-{wanted}"


def test_a_deep_link_to_something_unknown_says_so(open_tab, large):
    tab = open_tab(large, fragment="#" + "0" * 64)
    assert tab.page.locator("#count").inner_text() == "No architecture 000000000000… in this run"


@pytest.mark.parametrize("section", ["services", "operations", "architectures", "provenance"])
def test_the_sections_are_where_the_links_say(open_tab, large, section):
    tab = open_tab(large)
    tab.page.locator(f"nav a[href='#{section}']").click()
    tab.page.wait_for_timeout(300)
    top = tab.page.locator(f"#{section}").bounding_box()["y"]
    height = tab.page.evaluate("document.documentElement.scrollHeight - scrollY")
    assert 0 <= top <= 120 or height <= 769


def test_rows_are_drawn_as_they_are_needed_and_all_on_demand(open_tab, large):
    tab = open_tab(large)
    assert tab.rows().count() == 0
    tab.column("name")
    assert 0 < tab.rows().count() < 300
    tab.page.locator("#more button").click()
    assert tab.rows().count() == 300


def test_charts_tell_values_to_pointer_and_keyboard(open_tab, large):
    tab = open_tab(large)
    chart = tab.page.locator("svg.chart").first
    chart.scroll_into_view_if_needed()
    chart.focus()
    last = tab.page.locator("#tip b").inner_text()
    assert re.fullmatch(r"[\d.]+%", last)
    tab.page.keyboard.press("Home")
    assert tab.page.locator("#tip b").inner_text() != last
    chart.blur()
    assert tab.page.locator("#tip").is_hidden()
    box = chart.locator(".hit").nth(3).bounding_box()
    tab.page.mouse.move(box["x"] + 3, box["y"] + 20)
    assert tab.page.locator("#tip").is_visible()


def test_dark_and_light_follow_the_system_and_the_reader(open_tab, large):
    def paper(tab: Tab) -> Any:
        return tab.page.evaluate("getComputedStyle(document.body).backgroundColor")

    dark, light = open_tab(large, color_scheme="dark"), open_tab(large, color_scheme="light")
    assert paper(dark) == "rgb(15, 19, 23)"
    assert paper(light) == "rgb(246, 246, 243)"
    light.page.locator("#theme").click()
    assert paper(light) == "rgb(15, 19, 23)"


@pytest.mark.parametrize("width", [320, 390, 768, 1366])
def test_nothing_sticks_out_sideways(open_tab, large, width):
    tab = open_tab(large, viewport={"width": width, "height": 800})
    tab.column("name")
    tab.rows().first.locator(".toggle").click()
    tab.page.locator(".detail").wait_for()
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("scheme", "width"), [("light", 1366), ("dark", 1366), ("dark", 390)])
def test_accessibility_rules_hold(open_tab, small, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    tab = open_tab(small, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    tab.column("name")
    tab.rows().first.locator(".toggle").click()
    tab.page.locator(".detail").wait_for()
    for section in ("services", "trends", "operations", "architectures", "skipped", "provenance"):
        tab.page.locator(f"#{section}").scroll_into_view_if_needed()
    found = Axe().run(
        tab.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    faults = [(fault["id"], [node["target"] for node in fault["nodes"]][:3]) for fault in found.response["violations"]]
    assert faults == []


def test_hostile_names_stay_text(open_tab, tmp_path):
    names = [HOSTILE, "\u202egnp.exe\u202c", "x" * 5000, "🧨🪦 emoji", "عمارة تجريبية"]
    failing = [
        result(
            name,
            Status.FAILED,
            signature=f"s3.Put {HOSTILE}",
            message=HOSTILE,
            logs={"terraform": f"logs/{place}.gz"},
        )
        for place, name in enumerate(names)
    ]
    report = given(
        *failing,
        names=names,
        trends=history([44], names),
        comparison=comparison(record(HOSTILE, Change.REGRESSED, reason=HOSTILE)),
        logs=lambda _path: f"\x1b[31m{HOSTILE}\x1b[0m\n\u2028".encode(),
        notices=(HOSTILE,),
    )
    tab = open_tab(write(report, tmp_path))
    tab.column("name")
    for place in range(len(names)):
        tab.rows().nth(place).locator(".toggle").click()
    for name in names:
        tab.page.locator(f"#d-{hash_of(name)}").wait_for()
    assert "owned" not in tab.page.title()
    assert tab.page.locator("img").count() == 0
    assert tab.page.locator("script").count() == 3
    assert HOSTILE in tab.page.locator(f"#r-{hash_of(HOSTILE)}").inner_text()
    assert HOSTILE in tab.page.locator(f"#d-{hash_of(HOSTILE)} pre").inner_text()


def test_the_policy_stops_what_would_slip_through(browser, tmp_path):
    page = write(given(result("a"), names=["a"]), tmp_path)
    text = page.read_text(encoding="utf-8")
    injected = (
        "<script>document.title='owned'</script><img src='http://127.0.0.1:9/x' onerror=\"document.title='owned'\">"
    )
    page.write_text(text.replace("<footer", injected + "<footer"), encoding="utf-8")
    tab = Tab(browser, page)
    assert tab.page.title() != "owned"
    assert tab.complaints, "the browser says what it refused"
    tab.context.close()


def test_an_empty_run_opens_clean(open_tab, tmp_path):
    tab = open_tab(write(given(), tmp_path))
    assert tab.page.locator("h1").inner_text() == "No architecture was tested"
    tab.page.locator("#architectures").scroll_into_view_if_needed()
    assert tab.page.locator("#table .empty").inner_text() == "Nothing to show."


@pytest.mark.parametrize("case", CASES)
def test_every_kind_of_run_opens_clean_and_tells_its_verdict(open_tab, tmp_path, case):
    page = tmp_path / "index.html"
    page.write_bytes(built(case)["index.html"])
    tab = open_tab(page)
    summary = json.loads(built(case)["summary.json"])
    tab.page.locator("#architectures").scroll_into_view_if_needed()
    if summary["counts"]["total"]:
        tab.rows().first.locator(".toggle").click()
        tab.page.locator(".detail").wait_for()
    assert tab.page.locator("h1").inner_text() in tab.page.title()
    assert tab.page.locator(".undecided").inner_text()
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 1366
    assert tab.page.locator(".banner.calm").count() == 0 or case not in {"nothing", "errors", "interrupted"}
