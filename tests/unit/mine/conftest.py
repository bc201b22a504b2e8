"""Fixtures of the mining tests."""

from tests.mining import clock, commit, git

__all__ = ["clock", "commit", "git"]
