"""Sync and push over ssh: a stand-in for `ssh` runs on this machine what the real one would run on the other."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from lsqm.publish.push import push
from lsqm.publish.remote import remote_for
from lsqm.publish.sync import sync
from tests.integration.publish.places import GIT, Place, StillClock, bare, initialise, run_name

SSH = """#!/bin/sh
echo "$@" >>"$0.log"
while [ $# -gt 1 ]; do shift; done
exec sh -c "$1"
"""


@pytest.mark.parametrize("shape", ["ssh://git:hunter2@host.example:2222{path}", "git@host.example:{path}"])
def test_two_machines_push_over_ssh_and_no_password_goes_with_it(tmp_path: Path, shape: str):
    bare(tmp_path)
    shim = tmp_path / "ssh"
    shim.write_text(SSH)
    shim.chmod(0o755)
    git = replace(GIT, environment={**GIT.environment, "GIT_SSH_COMMAND": str(shim), "GIT_SSH_VARIANT": "ssh"})
    text = shape.format(path=tmp_path / "remote.git")
    remote = remote_for(text, workspace=tmp_path, directory=tmp_path, server_url="https://github.com")
    for number in (1, 2):
        place = Place(checkout=tmp_path / f"c{number}" / "artifacts", remote=remote)
        sync(place.checkout, remote, git=git, clock=StillClock(), initialise=initialise)
        place.add_run(run_name(number))
        outcome = push(place.checkout, remote, git=git, clock=StillClock(), message="Add a run")
        assert outcome.pushed, outcome
    third = Place(checkout=tmp_path / "c3" / "artifacts", remote=remote)
    sync(third.checkout, remote, git=git, clock=StillClock(), initialise=initialise)
    assert third.ledger() == [run_name(1), run_name(2)]
    asked = (tmp_path / "ssh.log").read_text()
    assert "host.example" in asked
    assert "git-receive-pack" in asked
    for folder, _, names in os.walk(tmp_path):
        for name in names:
            assert b"hunter2" not in Path(folder, name).read_bytes(), Path(folder, name)
