"""An archive of a commit some of whose files are not at hand: partial clones, snapshots without their largest files.

`git archive` refuses such a commit; a mirror made with `--filter=blob:limit=1m` is still worth mining.
"""

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsqm.adapters.hub.repositories import TreeEntry

_LINK = "120000"


def archive_of_what_is_there(
    repository: Path, commit: str, entries: "Sequence[TreeEntry]", *, prefix: str, environment: Mapping[str, str]
) -> bytes:
    """A tar.gz with every file that the repository holds, empty when it holds none."""
    wanted = [entry for entry in entries if entry.kind == "blob"]
    contents = _contents(repository, [entry.sha for entry in wanted], environment)
    packed = io.BytesIO()
    taken = 0
    with tarfile.open(
        fileobj=packed, mode="w:gz", format=tarfile.PAX_FORMAT, compresslevel=1, pax_headers={"comment": commit}
    ) as tar:
        for entry in wanted:
            content = contents.get(entry.sha)
            if content is None:
                continue
            taken += 1
            member = tarfile.TarInfo(f"{prefix}/{entry.path}")
            member.mode = int(entry.mode, 8) & 0o777
            if entry.mode == _LINK:
                member.type, member.linkname = tarfile.SYMTYPE, content.decode(errors="surrogateescape")
                tar.addfile(member)
            else:
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return packed.getvalue() if taken else b""


def _contents(repository: Path, ids: Sequence[str], environment: Mapping[str, str]) -> dict[str, bytes]:
    """Blob id → content of those that are there."""
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as told:
        asked.write("".join(f"{sha}\n" for sha in dict.fromkeys(ids)).encode())
        asked.seek(0)
        subprocess.run(
            ["git", "--no-optional-locks", "cat-file", "--batch"],
            cwd=repository,
            env={**environment, "GIT_DIR": str(repository)},
            stdin=asked,
            stdout=told,
            stderr=subprocess.DEVNULL,
            check=False,
            timeout=300,
        )
        told.seek(0)
        found: dict[str, bytes] = {}
        while header := told.readline():
            sha, *facts = header.decode().split()
            if len(facts) == 2:  # else: missing
                found[sha] = told.read(int(facts[1]))
                told.read(1)
        return found
