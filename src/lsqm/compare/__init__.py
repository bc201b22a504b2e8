"""Two runs and a history in, Comparison out. Pure: sees results, never logs."""
