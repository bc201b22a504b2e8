"""A pytest plugin that tells the supervisor, line by line, what really happened.

It looks at the exception of each call itself, not at the report, so that a `conftest.py` which rewrites reports
deceives only pytest. It also counts the AWS calls of each test, as botocore makes them.
"""

import faulthandler
import json
import os
import signal
import socket
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

_MESSAGE_LIMIT = 500
_DETAILS_LIMIT = 8_000

_events = os.fdopen(int(os.environ.pop("LSQM_EVENTS_FD")), "w", encoding="utf-8", buffering=1)
_done: frozenset[str] = frozenset(json.loads(os.environ.pop("LSQM_DONE", "[]")))
_calls: dict[str, dict[str, int]] = {}
_failed_calls: list[dict[str, str]] = []
_seen: dict[str, dict[str, Any]] = {}
_finished = 0

faulthandler.register(signal.SIGUSR1, file=sys.stderr.fileno(), all_threads=True)


def _tell(event: str, **fields: Any) -> None:
    _events.write(json.dumps({"event": event, **fields}) + "\n")
    _events.flush()


def _watch_botocore() -> None:
    try:
        from botocore.client import BaseClient  # noqa: PLC0415  an app may do without boto3
        from botocore.exceptions import ClientError  # noqa: PLC0415
    except ImportError:
        return
    original = BaseClient._make_api_call  # noqa: SLF001  the one place every call passes

    def _make_api_call(self: Any, operation_name: str, api_params: Any) -> Any:
        __tracebackhide__ = True
        name = f"{self.meta.service_model.service_name}.{operation_name}"
        try:
            answer = original(self, operation_name, api_params)
        except ClientError as error:
            status = str(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            _count(name, status)
            details = error.response.get("Error", {})
            _failed_calls.append(
                {
                    "call": name,
                    "status": status,
                    "code": str(details.get("Code", "")),
                    "message": str(details.get("Message", ""))[:_MESSAGE_LIMIT],
                }
            )
            raise
        except Exception:
            _count(name, "0")
            raise
        _count(name, str(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)))
        return answer

    BaseClient._make_api_call = _make_api_call  # noqa: SLF001


def _resolve_emulator_names() -> None:
    """LocalStack hands out URLs below localhost.localstack.cloud; they lead to the emulator, also without DNS."""
    emulator = urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname
    original = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        ours = isinstance(host, str) and host.endswith("localhost.localstack.cloud")
        return original(emulator if ours and emulator else host, *arguments, **options)

    socket.getaddrinfo = getaddrinfo


def _count(name: str, status: str) -> None:
    statuses = _calls.setdefault(name, {})
    statuses[status] = statuses.get(status, 0) + 1


def pytest_itemcollected(item: pytest.Item) -> None:
    if item.nodeid not in _done:
        _tell("collected", test=item.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = [item for item in items if item.nodeid not in _done]


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        _tell("collect-error", where=report.nodeid, message=str(report.longrepr)[-_DETAILS_LIMIT:])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logstart(nodeid: str) -> None:
    _calls.clear()
    _failed_calls.clear()
    _seen[nodeid] = {"outcome": "", "message": "", "details": "", "started": time.monotonic()}
    _tell("start", test=nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    seen = _seen.setdefault(item.nodeid, {"outcome": "", "message": "", "details": "", "started": time.monotonic()})
    if call.excinfo is None:
        if call.when == "call" and not seen["outcome"]:
            seen["outcome"] = "passed"
        return
    error = call.excinfo.value
    if seen["outcome"] in {"failed", "error"}:  # the first failure is the one that matters
        return
    if isinstance(error, pytest.skip.Exception | pytest.xfail.Exception) or (
        call.when == "call" and item.get_closest_marker("xfail") is not None
    ):
        seen["outcome"], seen["message"] = "skipped", str(error)[:_MESSAGE_LIMIT]
        return
    seen["outcome"] = "failed" if call.when == "call" else "error"
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    seen["message"] = text.strip()[:_MESSAGE_LIMIT]
    seen["type"] = type(error).__name__
    seen["calls"] = list(_failed_calls[-1:])
    try:
        seen["details"] = str(item.repr_failure(call.excinfo))[-_DETAILS_LIMIT:]
    except Exception as broken:  # noqa: BLE001  an exception whose repr raises must not hide the failure
        seen["details"] = f"{text}\n(its traceback cannot be rendered: {type(broken).__name__})"


@pytest.hookimpl(trylast=True)
def pytest_runtest_logfinish(nodeid: str) -> None:
    global _finished  # noqa: PLW0603  one process, one session
    seen = _seen.pop(nodeid, None)
    if seen is None:
        return
    _finished += 1
    _tell(
        "finish",
        test=nodeid,
        outcome=seen["outcome"] or "error",
        seconds=round(time.monotonic() - seen["started"], 3),
        message=seen["message"],
        details=seen["details"],
        type=seen.get("type", ""),
        failed_calls=seen.get("calls", []),
        calls=_calls,
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(exitstatus: int) -> None:
    _tell("end", exit=int(exitstatus), finished=_finished)


_watch_botocore()
_resolve_emulator_names()
