"""What changed between runs, and which losses may be called regressions. Pure."""
