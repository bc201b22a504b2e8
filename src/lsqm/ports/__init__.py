"""Protocols for everything outside the process, one file per thing. No code; `lsqm.adapters` implements them."""
