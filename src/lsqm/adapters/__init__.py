"""One file per outside thing, each implementing a port."""
