"""What stands beside an architecture's Terraform and can be read: definitions, templates, the code of its functions.

A model that sees what a function does can test what it does. All of it is text from strangers, and bounded.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

MOST_CHARACTERS = 16_000
"""Of all such files in one prompt; about 5,000 tokens."""
MOST_OF_ONE = 6_000
_MOST_MEMBERS = 200
_CODE = frozenset({".cjs", ".go", ".java", ".js", ".mjs", ".py", ".rb", ".ts"})
_DEFINITIONS = frozenset(
    {".asl", ".graphql", ".json", ".sql", ".tftpl", ".tpl", ".txt", ".vtl", ".xml", ".yaml", ".yml"}
)
_LOCKS = frozenset({"package-lock.json", "tsconfig.json", "yarn.lock"})
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError)
"""What `zipfile` raises for archives that are none, broken, encrypted, or packed in a way it does not know."""


def beside(files: Mapping[str, bytes]) -> tuple[dict[str, str], list[str]]:
    """The files that can be shown, by path, and the paths of the others; smallest first, while there is room.

    A file in an archive has the archive's path, an exclamation mark and its own: `src/orders.zip!index.py`.
    """
    candidates = sorted(_candidates(files), key=lambda each: (len(each[1]), each[0]))
    shown: dict[str, str] = {}
    room = MOST_CHARACTERS
    for path, text in candidates:
        if len(text) > room:
            break
        shown[path] = text
        room -= len(text)
    opened = {path.partition("!")[0] for path in shown}
    return dict(sorted(shown.items())), sorted(set(files) - opened)


def _candidates(files: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    for path, content in files.items():
        if path.endswith(".zip"):
            yield from ((f"{path}!{name}", text) for name, text in _members(content))
        elif (text := _text(path, content)) is not None:
            yield path, text


def _members(archive: bytes) -> list[tuple[str, str]]:
    found = []
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            for member in opened.infolist()[:_MOST_MEMBERS]:
                if not member.is_dir() and "node_modules/" not in member.filename:
                    with opened.open(member) as stream:  # no more than that, whatever its header says
                        text = _text(member.filename, stream.read(MOST_OF_ONE + 1))
                    if text is not None:
                        found.append((member.filename, text))
    except _UNREADABLE:
        pass
    return found


def _text(path: str, content: bytes) -> str | None:
    name = PurePosixPath(path)
    if name.suffix not in _CODE | _DEFINITIONS or name.name in _LOCKS or not 0 < len(content) <= MOST_OF_ONE:
        return None
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
