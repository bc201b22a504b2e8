"""Fixtures of the mining tests, with a hub to mine."""

from tests.mining import clock, commit, git, host, http, hub, packages, publish

__all__ = ["clock", "commit", "git", "host", "http", "hub", "packages", "publish"]
