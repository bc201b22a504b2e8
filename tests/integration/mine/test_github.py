"""GitHub sources against the hub: a real server, real git, real archives."""

from dataclasses import replace

import pytest

from lsqm.adapters.hub import Fault
from lsqm.adapters.hub.faults import secondary_limit
from lsqm.mine.archive import Limits
from lsqm.mine.github import GitHubSource
from lsqm.mine.run import MiningRun
from lsqm.mine.source import NoteKind, Seen
from lsqm.model.architecture import Candidate
from tests.mining import again, detect, mine

TEMPLATE = {"app/template.yaml": "Resources: {}", "infra/main.tf": "x", "README.md": "hello"}


@pytest.fixture
def organisation(tmp_path, host):
    def make(**options) -> GitHubSource:
        return GitHubSource(
            name="github-org:acme", owner="acme", host=host, work=tmp_path / "fetched", detect=detect, **options
        )

    return make


def asked(hub) -> list[str]:
    """What was asked since the last time, without the query."""
    targets = [line.partition("?")[0] for line in hub.asked]
    hub.asked.clear()
    return targets


def test_every_repository_costs_a_head_a_tree_and_a_tarball(hub, publish, organisation, tmp_path):
    first, second = publish("acme/one", TEMPLATE), publish("acme/two", {"main.tf": "y"})
    run, candidates, _ = mine(organisation())
    assert [(item.origin.url, item.origin.commit) for item in candidates] == [
        ("github.com/acme/two//.", second),
        ("github.com/acme/one//app/template.yaml", first),
        ("github.com/acme/one//infra", first),
    ]
    assert asked(hub) == [
        "GET /api/orgs/acme/repos",
        "GET /api/repos/acme/two/commits/main",
        f"GET /api/repos/acme/two/git/trees/{second}",
        f"GET /api/repos/acme/two/tarball/{second}",
        f"GET /codeload/acme/two/legacy.tar.gz/{second}",
        "GET /api/repos/acme/one/commits/main",
        f"GET /api/repos/acme/one/git/trees/{first}",
        f"GET /api/repos/acme/one/tarball/{first}",
        f"GET /codeload/acme/one/legacy.tar.gz/{first}",
    ]
    assert not [path for path in (tmp_path / "fetched").rglob("*") if path.is_file()]
    assert run.state.repositories["github.com/acme/one"].complete


def test_a_second_run_asks_for_each_page_once_and_nothing_else(hub, http, publish, organisation):
    for number in range(3):
        publish(f"acme/r{number}", TEMPLATE)
    first, _, _ = mine(organisation())
    asked(hub)
    second, candidates, _ = mine(organisation(), again(first))
    assert candidates == []
    assert asked(hub) == ["GET /api/orgs/acme/repos"]
    assert second.summaries[0].known == 6
    assert second.state == first.state


def test_a_repository_that_is_a_source_of_its_own_is_not_counted_twice(hub, publish, organisation):
    publish("acme/one", TEMPLATE)
    publish("acme/two", TEMPLATE)
    both, _, _ = mine(organisation())
    publish("acme/two", {"infra/main.tf": "changed"})  # so that the listing is another one
    source = replace(organisation(), elsewhere=frozenset({"acme/one"}))
    run, candidates, notes = mine(source, again(both))
    assert [item.origin.repository for item in candidates] == ["github.com/acme/two"]
    assert run.summaries[0].known == 1, "one of two entries of acme/two, and none of acme/one"
    assert [note.message for note in notes if note.url.endswith("/one")] == ["a source of its own"]


def test_a_push_costs_only_its_repository_and_offers_only_what_changed(hub, publish, organisation):
    publish("acme/one", TEMPLATE)
    publish("acme/two", TEMPLATE)
    first, _, _ = mine(organisation())
    head = publish("acme/one", {"infra/main.tf": "changed"})
    asked(hub)
    second, candidates, _ = mine(organisation(), again(first))
    assert [(item.entry, item.origin.commit) for item in candidates] == [("infra", head)]
    assert not [target for target in asked(hub) if "/two" in target]
    assert second.summaries[0].known == 3


def test_a_push_that_changes_no_design_downloads_nothing(hub, publish, organisation):
    publish("acme/one", TEMPLATE)
    first, _, _ = mine(organisation())
    publish("acme/one", {"README.md": "better"})
    asked(hub)
    second, candidates, _ = mine(organisation(), again(first))
    assert candidates == []
    assert not [target for target in asked(hub) if "tarball" in target]
    _, nothing, _ = mine(organisation(), again(second))
    assert nothing == []
    assert asked(hub) == ["GET /api/orgs/acme/repos"]


def test_a_repository_without_designs_is_never_downloaded(hub, publish, organisation):
    publish("acme/library", {"setup.py": "x", ".github/workflows/ci.yml": "on: push", "package.json": "{}"})
    run, candidates, notes = mine(organisation())
    assert candidates == []
    assert [note.message for note in notes] == ["nothing to deploy in it"]
    assert not [target for target in asked(hub) if "tarball" in target]
    assert run.state.repositories["github.com/acme/library"].complete


def test_pages_are_followed_to_the_end(hub, publish, organisation, host, monkeypatch):
    original = type(host).owner_page

    def small_pages(self, owner, *, follows="", etag=""):
        return original(self, owner, follows=follows or f"orgs/{owner}/repos?sort=pushed&per_page=2", etag=etag)

    monkeypatch.setattr(type(host), "owner_page", small_pages)
    for number in range(5):
        publish(f"acme/r{number}", {"main.tf": str(number)})
    first, candidates, _ = mine(organisation())
    assert [item.origin.repository[-2:] for item in candidates] == ["r4", "r3", "r2", "r1", "r0"]
    asked(hub)
    mine(organisation(), again(first))
    assert asked(hub) == ["GET /api/orgs/acme/repos"] * 3


def test_a_user_is_mined_like_an_organisation(hub, publish, tmp_path, http, monkeypatch, organisation):
    hub.faults.append(Fault(pattern="^/api/orgs/", status=404))
    publish("acme/one", TEMPLATE)
    _, candidates, _ = mine(organisation())
    assert len(candidates) == 2


def test_what_a_limited_run_did_not_reach_is_taken_up_by_the_next_even_if_the_page_is_unchanged(
    hub, publish, organisation
):
    for number in range(3):
        publish(f"acme/r{number}", {"main.tf": str(number)})
    first, some, _ = mine(organisation(per_run=2))
    second, rest, _ = mine(organisation(per_run=2), again(first))
    assert [item.origin.repository[-2:] for item in some + rest] == ["r2", "r1", "r0"]
    asked(hub)
    mine(organisation(per_run=2), again(second))
    assert asked(hub) == ["GET /api/orgs/acme/repos"]


def test_a_repository_that_fails_is_reported_and_tried_again(hub, publish, organisation):
    publish("acme/bad", TEMPLATE)
    publish("acme/good", {"main.tf": "x"})
    hub.faults.append(Fault(pattern="/bad/tarball", status=404))
    first, candidates, notes = mine(organisation())
    assert [item.origin.url for item in candidates] == ["github.com/acme/good//."]
    assert [(note.kind, note.url) for note in notes] == [(NoteKind.FAILED, "github.com/acme/bad")]
    _, retried, _ = mine(organisation(), again(first))
    assert {item.origin.repository for item in retried} == {"github.com/acme/bad"}


def test_an_outage_of_the_host_fails_the_source_and_keeps_what_was_known(hub, publish, organisation):
    publish("acme/one", TEMPLATE)
    first, _, _ = mine(organisation())
    hub.faults.append(Fault(pattern="", status=502, times=1000))
    second, candidates, _ = mine(organisation(), again(first))
    assert candidates == []
    assert "HTTP 502" in second.summaries[0].failed[0]
    assert second.state == first.state


def test_a_host_that_fails_again_and_again_is_left_alone_and_everything_is_tried_next_time(hub, publish, organisation):
    for number in range(6):
        publish(f"acme/r{number}", {"main.tf": str(number)})
    hub.faults.append(Fault(pattern="/git/trees/", status=500, times=1000))
    first, candidates, _ = mine(organisation())
    assert candidates == []
    assert "3 repositories in a row" in first.summaries[0].failed[-1]
    assert len({line for line in asked(hub) if "/git/trees/" in line}) == 3
    hub.faults.clear()
    _, rest, _ = mine(organisation(), again(first))
    assert len(rest) == 6


def test_a_secondary_limit_is_waited_out_as_long_as_asked(hub, publish, organisation, clock):
    publish("acme/one", TEMPLATE)
    hub.faults.append(secondary_limit("/git/trees/", seconds=42))
    _, candidates, _ = mine(organisation())
    assert len(candidates) == 2
    assert clock.slept == [42.0]


def test_a_used_up_rate_limit_ends_the_source_at_once_and_the_next_run_goes_on(hub, publish, organisation, clock):
    for number in range(4):
        publish(f"acme/r{number}", {"main.tf": str(number)})
    hub.rate_limit = 5
    first, some, notes = mine(organisation())
    assert len(some) == 1
    (failed,) = [note.message for note in notes if note.kind is NoteKind.FAILED]
    assert "rate limit used up until 01:00:01 UTC" in failed
    assert "GITHUB_TOKEN" in failed
    assert clock.slept == []
    hub.rate_limit = 5000
    clock.sleep(3602)
    _, rest, _ = mine(organisation(), again(first))
    assert {item.origin.repository[-2:] for item in some + rest} == {"r0", "r1", "r2", "r3"}


def test_a_short_wait_until_the_limit_is_refilled_is_worth_it(hub, publish, organisation, clock):
    publish("acme/one", TEMPLATE)
    hub.rate_limit, hub.rate_window_seconds = 2, 90
    _, candidates, _ = mine(organisation())
    assert len(candidates) == 2
    assert clock.slept == [91.0]


def test_a_tree_that_the_host_cut_short_is_read_from_the_archive(hub, publish, organisation):
    publish("acme/one", TEMPLATE)
    hub.tree_limit = 1
    first, candidates, _ = mine(organisation())
    assert len(candidates) == 2
    publish("acme/one", {"infra/main.tf": "changed"})
    _, changed, _ = mine(organisation(), again(first))
    assert [item.entry for item in changed] == ["infra"]


def test_an_archive_over_the_limits_is_left_out_with_its_reason(hub, publish, organisation):
    publish("acme/bomb", TEMPLATE | {"zeros.txt": "0" * 100_000})
    publish("acme/good", {"main.tf": "x"})
    _, candidates, notes = mine(organisation(limits=Limits(total_bytes=50_000, members=5)))
    assert [item.origin.url for item in candidates] == ["github.com/acme/good//."]
    assert "archive was refused" in notes[0].message


def test_a_download_that_breaks_off_is_reported_not_used(hub, publish, organisation):
    publish("acme/one", TEMPLATE)
    hub.faults.append(Fault(pattern="^/codeload", status=200, cut_after_bytes=100, times=10))
    run, candidates, _ = mine(organisation())
    assert candidates == []
    assert run.summaries[0].failed
    assert not run.state.repositories["github.com/acme/one"].complete


def test_a_download_that_breaks_off_once_is_begun_again(hub, publish, organisation):
    publish("acme/one", TEMPLATE)
    hub.faults.append(Fault(pattern="^/codeload", status=200, cut_after_bytes=100))
    run, candidates, _ = mine(organisation())
    assert len(candidates) == 2
    assert run.summaries[0].failed == ()


def test_one_repository_by_name_costs_one_request_when_unchanged(hub, publish, tmp_path, host):
    source = GitHubSource(
        name="github:acme/one", repository="acme/one", host=host, work=tmp_path / "fetched", detect=detect
    )
    publish("acme/one", TEMPLATE)
    first, candidates, _ = mine(source)
    assert len(candidates) == 2
    asked(hub)
    second, nothing, _ = mine(source, again(first))
    assert nothing == []
    assert asked(hub) == ["GET /api/repos/acme/one"]
    assert second.summaries[0].known == 2


def test_a_repository_that_does_not_exist_is_a_failure_of_its_source(tmp_path, host):
    source = GitHubSource(name="github:a/b", repository="a/b", host=host, work=tmp_path, detect=detect)
    run, _, _ = mine(source)
    assert "HTTP 404: Not Found" in run.summaries[0].failed[0]


def test_the_address_of_a_mirror_is_no_part_of_an_origin(hub, publish, organisation, host):
    publish("acme/one", TEMPLATE)
    candidates = [item for item in MiningRun([organisation()], Seen()) if isinstance(item, Candidate)]
    assert all(item.origin.repository == "github.com/acme/one" for item in candidates)
