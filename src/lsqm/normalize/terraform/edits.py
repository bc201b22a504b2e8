"""Precise changes to a file's text: everything that is not changed stays as its author wrote it."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """Put `replacement` where `start:end` of the text is."""

    start: int
    end: int
    replacement: str = ""


@dataclass(kw_only=True, slots=True)
class Edits:
    """What is to change, by file, and the sentences that say so."""

    by_file: dict[str, list[Edit]] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)

    def add(self, path: str, edit: Edit) -> None:
        """Note an edit; one inside another that is already there is dropped when they are applied."""
        self.by_file.setdefault(path, []).append(edit)

    def say(self, sentence: str) -> None:
        """Note what is changed, once."""
        if sentence not in self.changes:
            self.changes.append(sentence)

    def apply(self, path: str, text: str) -> str:
        """The text of `path` with its edits."""
        return apply(text, self.by_file.get(path, ()))


def apply(text: str, edits: Iterable[Edit]) -> str:
    """`text` with `edits`; of edits that overlap, the outermost wins, and of two for one place the first noted."""
    pieces: list[str] = []
    done = 0
    for edit in sorted(dict.fromkeys(edits), key=lambda edit: (edit.start, -edit.end)):
        if edit.start < done:
            continue
        pieces += [text[done : edit.start], edit.replacement]
        done = edit.end
    return "".join([*pieces, text[done:]])


def without(text: str, start: int, end: int) -> Edit:
    """Remove a block or an argument, with its line break when it has the lines to itself."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end
    if not text[line_start:start].strip() and not text[end:line_end].split("#", maxsplit=1)[0].split("//", maxsplit=1)[
        0
    ].strip(" \t\r,"):
        return Edit(start=line_start, end=min(line_end + 1, len(text)))
    return Edit(start=start, end=end)
