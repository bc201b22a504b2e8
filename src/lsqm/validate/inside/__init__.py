"""The two files that run inside the cage, beside the app: standard library and pytest only."""
