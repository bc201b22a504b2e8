"""Places in, Candidates out: one file per source. Does not read what it found; that is `normalize`."""
