"""Architecture in, App out: test code worth trusting, and the ladder that proves it."""
