"""Whether a stored app is still the one that this lsqm would write (FR-016)."""

from lsqm.generate.builtin import BUILTIN_RULES
from lsqm.generate.prompt import CLAUDE_RULES, prompt_digest
from lsqm.model.app import AppRecord, Generator
from lsqm.model.ids import ArchitectureHash


def is_current(record: AppRecord | None, architecture: ArchitectureHash, *, generator: Generator) -> bool:
    """True while architecture, rules and prompt generation agree and the app comes from `generator` or a better one.

    A Claude app is current for the builtin generator too: it is never replaced by less.
    """
    if record is None or record.architecture != architecture:
        return False
    match record.generator:
        case Generator.BUILTIN:
            return generator is Generator.BUILTIN and record.rules == BUILTIN_RULES
        case Generator.CLAUDE:
            return record.rules == CLAUDE_RULES and record.prompt_digest == prompt_digest()
