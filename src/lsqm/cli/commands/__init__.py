"""One file per command; each is thin: parse, wire, call, print."""
