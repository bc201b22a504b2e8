"""Texts that go into apps and prompts, kept as files of their own kind in `templates/`."""

import functools
from importlib.resources import files


@functools.cache
def template(name: str) -> str:
    """The text of one file in `lsqm/generate/templates`."""
    return (files("lsqm.generate") / "templates" / name).read_text(encoding="utf-8")
