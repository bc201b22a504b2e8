"""Values in, text out: the dashboard and its siblings for programs. Pure: no files, no clock, no ports."""

from lsqm.report.build import build_annotations, build_report
from lsqm.report.given import Links, ReportInput
from lsqm.report.trends import update_trends

__all__ = ["Links", "ReportInput", "build_annotations", "build_report", "update_trends"]
