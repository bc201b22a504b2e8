"""Architectures in, apps out: by Claude within a budget, or by the builtin generator."""

from lsqm.generate.builtin import generate_builtin
from lsqm.generate.proving import is_waiting, prove_waiting
from lsqm.generate.stage import (
    AppOutcome,
    GenerateOptions,
    GenerateOutcome,
    GeneratePorts,
    GeneratorChoice,
    generate,
)
from lsqm.generate.stale import is_current

__all__ = [
    "AppOutcome",
    "GenerateOptions",
    "GenerateOutcome",
    "GeneratePorts",
    "GeneratorChoice",
    "generate",
    "generate_builtin",
    "is_current",
    "is_waiting",
    "prove_waiting",
]
