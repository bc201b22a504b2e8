"""The one way in which lsqm reads Python code as a tree: safely from many threads."""

import ast
import threading

_TURN = threading.RLock()
"""Reentrant: garbage that is collected while a tree is built may run code that builds another."""


def parse_python(text: str) -> ast.Module:
    """The syntax tree of a module.

    One at a time: CPython counts the depth of all trees being built in one place, and up to 3.12 raises SystemError
    (AST constructor recursion depth mismatch, python/cpython#106905) when two threads take turns in the middle.

    Raises:
        SyntaxError, ValueError: it is not Python, or contains a NUL character.
        RecursionError, MemoryError: it is nested too deeply.
    """
    with _TURN:
        return ast.parse(text)
