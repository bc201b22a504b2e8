"""A debugger that measures without disturbing: playwright also listens to the network, which copies every byte."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.report.browser import FLAGS, chromium_path

TIMES = """(() => {
  const { ready, loaded } = document.documentElement.dataset;
  return ready && loaded ? [Number(ready), Number(loaded)] : null;
})()"""


@dataclass(kw_only=True, slots=True)
class DevTools:
    """Chromium's debugging protocol over a pipe: messages end with a zero byte."""

    write: int
    read: int
    number: int = 0
    buffer: bytes = field(default=b"")

    def call(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters} | (
            {"sessionId": session} if session else {}
        )
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.buffer:
                more = os.read(self.read, 1 << 20)
                if not more:
                    raise EOFError("the browser is gone")
                self.buffer += more
            raw, self.buffer = self.buffer.split(b"\0", 1)
            answer = json.loads(raw)
            if answer.get("id") == self.number:
                result: dict[str, Any] = answer["result"]
                return result

    def load(self, url: str) -> tuple[float, float, float]:
        """Open `url` in a new tab: milliseconds until interactive, until loaded, and of main-thread CPU."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Performance.enable", session, timeDomain="threadTicks")
        self.call("Page.navigate", session, url=url)
        deadline = time.monotonic() + 60
        times = None
        while not times:
            if time.monotonic() > deadline:
                raise TimeoutError(url)
            time.sleep(0.05)
            times = self.call("Runtime.evaluate", session, expression=TIMES, returnByValue=True)["result"].get("value")
        metrics = {item["name"]: item["value"] for item in self.call("Performance.getMetrics", session)["metrics"]}
        self.call("Target.closeTarget", targetId=target)
        return times[0], times[1], metrics["TaskDuration"] * 1000


@contextmanager
def devtools() -> Iterator[DevTools]:
    """A running browser with a fresh profile, connected."""
    browser_reads, we_write = os.pipe()
    we_read, browser_writes = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            chromium_path() or "chromium",
            "--headless",
            *FLAGS,
            "--remote-debugging-pipe",
            "--window-size=1366,768",
        ]
        with subprocess.Popen(
            # the protocol is spoken on descriptors 3 and 4
            [
                "sh",
                "-c",
                f'exec "$@" 3<&{browser_reads} 4>&{browser_writes}',
                "sh",
                *command,
                f"--user-data-dir={profile}",
            ],
            pass_fds=(browser_reads, browser_writes),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as browser:
            os.close(browser_reads)
            os.close(browser_writes)
            try:
                yield DevTools(write=we_write, read=we_read)
            finally:
                browser.terminate()
                browser.wait(timeout=30)
                os.close(we_write)
                os.close(we_read)


def measure(page: Path, times: int) -> list[tuple[float, float, float]]:
    """`times` loads in one browser, without the first, which warms it up as a reader's browser is."""
    with devtools() as connected:
        return [connected.load(page.resolve().as_uri()) for _ in range(times + 1)][1:]
