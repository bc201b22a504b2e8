"""`lsqm generate` that is stopped while Claude thinks: nobody waits for an answer, what was written is kept."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lsqm.artifacts.store import ArtifactStore, index_entry
from lsqm.model.architecture import Index
from tests.fakes.messages_api import KEY, Answer, MessagesApi
from tests.unit.generate.architectures import architecture
from tests.unit.generate.models import answer

pytestmark = pytest.mark.timeout(120)

TOPIC = 'resource "aws_sns_topic" "t" { name = "news" }\n'
LONG = 60.0
"""Seconds that Claude thinks; far more than stopping may take."""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Three architectures and no app."""
    store = ArtifactStore(tmp_path / "w" / "artifacts")
    store.initialise()
    made = [architecture(TOPIC.replace("news", f"news-{number}"), key=f"{number:02x}") for number in range(3)]
    for one in made:
        store.save_architecture(one)
    store.save_index(Index(architectures={one.hash: index_entry(one.metadata) for one in made}))
    return tmp_path / "w"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_waits_for_no_answer_and_keeps_what_was_written(workspace: Path, how: signal.Signals) -> None:
    asked, over = threading.Event(), threading.Event()

    def script(_: Mapping[str, Any], number: int) -> Answer:
        if number == 0:
            return Answer(text=answer())
        if number == 2:
            asked.set()
        over.wait(LONG)
        return Answer(text=answer())

    executable = shutil.which("lsqm", path=str(Path(sys.executable).parent))
    assert executable
    with MessagesApi(script) as api:
        process = subprocess.Popen(
            [executable, "generate", "--no-sync", "--generator", "claude", "--workspace", str(workspace)],
            env={
                **os.environ,
                "ANTHROPIC_API_KEY": KEY,
                "ANTHROPIC_BASE_URL": api.url,
                "LSQM_PROVE": "none",
                "LSQM_PARALLEL": "2",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert asked.wait(LONG), process.communicate(timeout=5)
            process.send_signal(how)
            output, errors = process.communicate(timeout=LONG / 3)
        finally:
            over.set()
            process.kill()
    assert process.returncode == 130, errors[-2000:]
    assert "Traceback" not in output + errors
    assert len(list((workspace / "artifacts" / "apps").iterdir())) == 1
    assert api.calls.count("POST /v1/messages") == 3, "nothing is asked after a stop"
