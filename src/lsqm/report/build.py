"""One input, five files."""

from collections.abc import Mapping

from lsqm.report.annotations import render_annotations
from lsqm.report.badge import render_badge
from lsqm.report.dashboard import render_dashboard
from lsqm.report.given import ReportInput
from lsqm.report.junit import render_junit
from lsqm.report.markdown import render_markdown
from lsqm.report.summary import render_summary
from lsqm.report.view import build_view


def build_report(given: ReportInput) -> Mapping[str, bytes]:
    """File name → content of everything that belongs into `reports/latest/`."""
    view = build_view(given)
    return {
        "index.html": render_dashboard(view),
        "summary.json": render_summary(view),
        "summary.md": render_markdown(view),
        "junit.xml": render_junit(view),
        "badge.json": render_badge(view),
    }


def build_annotations(given: ReportInput) -> str:
    """The same news as workflow commands of GitHub Actions."""
    return render_annotations(build_view(given))
