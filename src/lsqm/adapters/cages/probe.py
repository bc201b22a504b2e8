"""Proving a cage by trying to break out of it with harmless means, before any foreign code runs in it."""

import json
import socket
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from lsqm.ports.cage import Access, Cage, Limits
from lsqm.ports.commands import Command

_INTRUDER = Path(__file__).with_name("intruder.py")
_DEADLINE_SECONDS = 60.0


def probe(cage: Cage, *, network: str = "", reaches_emulator: bool = True) -> tuple[str, ...]:
    """One sentence per hole found: sets up a service and a secret that the cage must hide, then runs intruder.py.

    Raises:
        Unavailable: the cage cannot be built.
    """
    with (
        tempfile.TemporaryDirectory(prefix="lsqm-probe-") as folder,
        socket.create_server(("", 0)) as host_service,
        socket.create_server(("127.0.0.1", 0)) as allowed,
    ):
        base = Path(folder)
        (base / "secret").write_text("the host's own")
        (base / "inside").mkdir()
        (base / "inside/intruder.py").write_bytes(_INTRUDER.read_bytes())
        outer = f"http://127.0.0.1:{allowed.getsockname()[1]}"
        hints = {
            "secret_file": str(base / "secret"),
            "service_port": host_service.getsockname()[1],
            "allowed_port": urlsplit(cage.inner_endpoint(outer)).port,
            "reaches_emulator": reaches_emulator,
            "boot_files": [str(Path.home() / ".aws"), "/var/run/docker.sock", "/run/docker.sock", "/root/.ssh"],
            "addresses": _addresses(),
        }
        result = cage.run(
            Command(
                argv=[sys.executable, "-I", str(base / "inside/intruder.py"), json.dumps(hints)],
                cwd=base / "inside",
                env={"PATH": "/usr/bin:/bin", "HOME": "/tmp"},  # noqa: S108
                deadline_seconds=_DEADLINE_SECONDS,
            ),
            Access(
                endpoint=outer,
                network=network,
                read_only=(Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable)),
                copied=(base / "inside",),
                limits=Limits(memory_bytes=1 << 30, processes=64, file_bytes=1 << 20, cpu_seconds=60),
            ),
        )
    try:
        holes = json.loads(result.stdout)
    except ValueError:
        holes = [
            f"the probe did not finish (exit code {result.exit_code}): {result.stderr[-300:].decode(errors='replace')}"
        ]
    return tuple(str(hole) for hole in holes)


def _addresses() -> list[str]:
    """Addresses under which this machine's services could be reached."""
    found = {"127.0.0.1", "172.17.0.1"}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))  # a datagram socket sends nothing by connecting
            found.add(sock.getsockname()[0])
        except OSError:
            pass
    return sorted(found)
