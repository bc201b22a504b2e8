"""The command line: the composition root, where settings meet adapters."""
