"""Runs inside a cage and prints, as a JSON list of sentences, everything that it could do and should not."""

import json
import os
import resource
import socket
import sys
from pathlib import Path
from typing import Any

_TIMEOUT_SECONDS = 1.5
_OUTSIDE = (("1.1.1.1", 53), ("8.8.8.8", 443), ("169.254.169.254", 80))


def _connects(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=_TIMEOUT_SECONDS).close()
    except OSError:
        return False
    return True


def _writes(path: str) -> bool:
    try:
        Path(path).write_text("x")
        Path(path).unlink()
    except OSError:
        return False
    return True


def _holes(hints: dict[str, Any]) -> list[str]:
    found = [f"it reaches {host}:{port} on the internet" for host, port in _OUTSIDE if _connects(host, port)]
    found += [
        f"it reaches the host's services at {a}" for a in hints["addresses"] if _connects(a, hints["service_port"])
    ]
    if not _connects("127.0.0.1", hints["allowed_port"]) and hints["reaches_emulator"]:
        found.append("it does not reach the emulator")
    try:
        Path(hints["secret_file"]).read_text()
        found.append("it reads the host's temporary files")
    except OSError:
        pass
    found += [f"it sees {path}" for path in hints["boot_files"] if os.path.lexists(path)]
    found += [f"it writes to {place}" for place in ("/usr", "/etc", "/") if _writes(f"{place}/lsqm-probe")]
    if not _writes("/tmp/lsqm-probe"):  # noqa: S108
        found.append("it cannot write to /tmp, which programs need")
    if os.getuid() == 0:
        found.append("it is root")
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    if int(status.get("CapEff", "0"), 16):
        found.append("it has capabilities")
    if status.get("NoNewPrivs", "0") != "1":
        found.append("it can gain privileges through setuid programs")
    if len([name for name in os.listdir("/proc") if name.isdigit()]) > 20:  # noqa: PTH208
        found.append("it sees the host's processes")
    if resource.getrlimit(resource.RLIMIT_NPROC)[0] in {-1, resource.RLIM_INFINITY}:
        found.append("it may start any number of processes")
    secrets = [name for name in os.environ if name.endswith(("_TOKEN", "_KEY", "_SECRET", "_URL"))]
    found += [f"it sees the variable {name}" for name in secrets]
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_holes(json.loads(sys.argv[1]))))
