import dataclasses

from lsqm.adapters.docker_engine import labels
from lsqm.adapters.owner import Owner, this_process


def test_a_living_process_is_not_gone():
    assert not this_process().is_gone


def test_another_process_under_a_reused_id_is_gone():
    assert dataclasses.replace(this_process(), started="1").is_gone


def test_a_process_that_ended_is_gone():
    assert dataclasses.replace(this_process(), pid=2**22 + 1).is_gone


def test_everything_before_the_last_boot_is_gone():
    assert dataclasses.replace(this_process(), boot="another").is_gone


def test_nothing_is_claimed_about_other_machines():
    assert not dataclasses.replace(this_process(), host="elsewhere", boot="another", pid=1).is_gone


def test_labels_name_run_architecture_and_owner():
    marks = labels(this_process(), "20260104T000000Z-3f9a2c", "ab" * 32)
    assert marks["lsqm.run"] == "20260104T000000Z-3f9a2c"
    assert marks["lsqm.architecture"] == "ab" * 32
    assert Owner.parse(marks["lsqm.owner"]) == this_process()
