"""Provider blocks with an alias, where `tflocal` can find them.

`tflocal` reads the root's files with python-hcl2 and points every alias it finds at the emulator. A file that
python-hcl2 cannot read (a space after the end of a heredoc is enough) hides its aliases, whose resources would then
ask the real AWS. From such a file the blocks move to one of their own.
"""

from collections.abc import Mapping

from lsqm.normalize.hcl.parse import parse
from lsqm.normalize.terraform.edits import Edit, apply, without

FILE = "lsqm_providers.tf"


def expose(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The root's files that change, and the sentences that say so."""
    changed: dict[str, bytes] = {}
    moved: list[str] = []
    changes: list[str] = []
    for path, content in files.items():
        if not path.endswith(".tf") or "/" in path or b"alias" not in content:
            continue
        text = content.decode()
        blocks = [block for block in parse(text, file=path).of_type("provider") if block.body.attribute("alias")]
        if not blocks or _is_readable(text):
            continue
        edits: list[Edit] = [without(text, block.start, block.end) for block in blocks]
        moved += [text[block.start : block.end] + "\n" for block in blocks]
        changed[path] = apply(text, edits).encode()
        changes.append(f"Moved the provider aliases of {path} to {FILE}: tflocal cannot read that file.")
    if moved:
        changed[FILE] = "\n".join(moved).encode()
    return changed, tuple(changes)


def _is_readable(text: str) -> bool:
    import hcl2  # noqa: PLC0415  slow to import, rarely needed

    try:
        hcl2.loads(text)
    except Exception:  # noqa: BLE001  whatever it raises, tflocal passes the file over
        return False
    return True
