"""Frozen values, enums and pure functions: the nouns of lsqm. No I/O, no third-party imports."""
