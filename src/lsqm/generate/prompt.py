"""What is asked of the model. The system prompt is the same for all; its digest says which generation an app is of."""

import functools
import hashlib
import json
import re
import tomllib
from collections.abc import Sequence
from importlib.resources import files as package_files

from lsqm.errors import DataError
from lsqm.generate.beside import beside
from lsqm.generate.comments import strip_comments
from lsqm.generate.configuration import ResourceBlock
from lsqm.generate.extract import SCHEMA
from lsqm.generate.files import own_conftest
from lsqm.generate.template import template
from lsqm.model.architecture import Architecture
from lsqm.ports.text_model import Role, Turn

CLAUDE_RULES = "claude-2"
"""Version of policy and ladder. A newer one makes older apps stale."""

MOST_CHARACTERS = 200_000
"""Of Terraform in one prompt; about 70,000 tokens."""
_MOST_ERRORS = 20
_MOST_ERROR_CHARACTERS = 6_000
_MOST_OUTPUT_CHARACTERS = 4_000


@functools.cache
def system_prompt() -> str:
    """How a good app looks: fixed, so that it is cached."""
    policy = tomllib.loads((package_files("lsqm.generate") / "policy.toml").read_text(encoding="utf-8"))
    modules = ", ".join(f"`{name}`" for name in policy["modules"]["allowed"])
    return template("system.md").replace("{modules}", modules)


@functools.cache
def prompt_digest() -> str:
    """Identifies the prompt generation: system prompt, schema, fixtures and rules."""
    text = json.dumps([system_prompt(), SCHEMA, own_conftest(), CLAUDE_RULES], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def question(architecture: Architecture, blocks: Sequence[ResourceBlock]) -> Turn:
    """The architecture as the model sees it: Terraform without comments, then the addresses to use.

    Raises:
        DataError: it is too long to be asked about.
    """
    sources = {
        path: strip_comments(content.decode("utf-8", errors="replace"))
        for path, content in sorted(architecture.files.items())
        if path.endswith((".tf", ".tfvars"))
    } | {
        path: content.decode("utf-8", errors="replace")
        for path, content in sorted(architecture.files.items())
        if path.endswith((".tf.json", ".tfvars.json"))
    }
    shown, others = beside({path: text for path, text in architecture.files.items() if path not in sources})
    length = sum(map(len, sources.values()))
    if length > MOST_CHARACTERS:
        raise DataError(
            f"{architecture.metadata.name}: {length} characters of Terraform do not fit a prompt of {MOST_CHARACTERS}",
            hint="use --generator builtin for it",
        )
    text = "\n".join(
        [
            "<architecture>",
            *(f'<file path="{path}">\n{_inert(content)}</file>' for path, content in sources.items()),
            *(f'<file path="{_inert(path)}">\n{_inert(content)}\n</file>' for path, content in shown.items()),
            "</architecture>",
            "",
            f"Services: {', '.join(architecture.metadata.services) or 'unknown'}",
            f"Other files beside it, contents not shown: {', '.join(map(_inert, others)) or 'none'}",
            "Addresses for `resources(...)`:",
            *(f"- {_inert(block.address)}" for block in blocks),
            "",
            "Write the app for this architecture.",
        ]
    )
    return Turn(role=Role.USER, text=text)


def repair(errors: Sequence[str], outputs: str = "") -> Turn:
    """Asks for all four files again, with what was wrong: exact, and trimmed."""
    shown: list[str] = []
    room = _MOST_ERROR_CHARACTERS
    for error in errors[:_MOST_ERRORS]:
        piece = error[-room:]
        shown.append(f"- {_inert(piece)}")
        room -= len(piece)
        if room <= 0:
            break
    left = len(errors) - len(shown)
    parts = [
        "These problems were found, by a program and on an emulator to which the architecture was applied:",
        "<problems>",
        *shown,
        *([f"- and {left} more"] if left else []),
        "</problems>",
    ]
    if outputs.strip() not in ("", "{}"):
        parts += ["`terraform output -json` was:", "<outputs>", _inert(outputs[:_MOST_OUTPUT_CHARACTERS]), "</outputs>"]
    parts += [
        "Mend what breaks a rule, and answer with all four files again. The emulator is no judge of AWS, so look at",
        "each test that failed on it:",
        "- AWS does not promise what it asserts, or this Terraform does not make it true: remove it.",
        "- It is beside what this architecture is for: remove it as well.",
        "- It is what this architecture is for, and you are certain that AWS would pass: keep it, under the same name.",
        "  It is then set aside, and accuses nobody until an emulator passes it.",
        "  What passed in it may become a test of its own.",
        "An answer that changes nothing is right when you stand by all of it.",
    ]
    return Turn(role=Role.USER, text="\n".join(parts))


def _inert(text: str) -> str:
    """Text that cannot close the tags around it."""
    return re.sub(r"</(?=(architecture|file|problems|outputs))", r"<\\/", text)
