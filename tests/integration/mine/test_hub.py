"""What only the hub promises; the sources' tests exercise the rest of it."""

import io
import json
import tarfile
import urllib.error
import urllib.request

import pytest

from lsqm.adapters.hub import Fault, Hub
from lsqm.errors import UsageError


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as reply:
            return reply.status, dict(reply.headers), reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def test_git_clones_from_it_shallow_or_whole(hub, publish, git, tmp_path):
    publish("acme/one", {"f": "1"})
    head = publish("acme/one", {"f": "2"})
    git.run(tmp_path, ["clone", "--quiet", f"{hub.url}/acme/one.git", "whole"])
    git.run(tmp_path, ["clone", "--quiet", "--depth=1", f"{hub.url}/acme/one", "shallow"])
    assert (tmp_path / "whole/f").read_text() == "2"
    assert git.run(tmp_path / "whole", ["rev-list", "--count", "HEAD"]).strip() == "2"
    assert git.run(tmp_path / "shallow", ["rev-list", "HEAD"]).split() == [head]


def test_nobody_pushes_to_it(hub, publish, git, tmp_path):
    publish("acme/one", {"f": "1"})
    git.run(tmp_path, ["clone", "--quiet", f"{hub.url}/acme/one", "work"])
    with pytest.raises(Exception, match="404|not found"):
        git.run(tmp_path / "work", ["push", "origin", "HEAD:other"])


def test_answers_are_conditional_and_limits_are_told(hub, publish):
    publish("acme/one", {"f": "1"})
    url = f"{hub.url}/api/repos/acme/one"
    status, headers, body = get(url)
    assert (status, json.loads(body)["default_branch"]) == (200, "main")
    assert headers["X-RateLimit-Remaining"] == "4999"
    status, headers, body = get(url, **{"If-None-Match": headers["ETag"]})
    assert (status, body, headers["X-RateLimit-Remaining"]) == (304, b"", "4999")


def test_a_mirror_without_its_largest_files_serves_the_rest(hub, publish, git, tmp_path):
    publish("acme/one", {"a.tf": "1", "deep/b.tf": "2", "film.mp4": "long " * 99})
    (hub.folder / "acme/one.git/hooks").mkdir(exist_ok=True)
    (tmp_path / "work-trees/acme/one/link.tf").symlink_to("a.tf")
    commit = publish("acme/one", {})
    film = git.run(hub.folder / "acme/one.git", ["rev-parse", f"{commit}:film.mp4"]).strip()
    (hub.folder / "acme/one.git/objects" / film[:2] / film[2:]).unlink()
    status, _, body = get(f"{hub.url}/api/repos/acme/one/tarball/main")
    assert status == 200
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        assert tar.pax_headers["comment"] == commit
        names = {member.name.partition("/")[2]: member for member in tar.getmembers()}
        assert sorted(names) == ["a.tf", "deep/b.tf", "link.tf"]
        assert names["link.tf"].linkname == "a.tf"
        content = tar.extractfile(names["deep/b.tf"])
        assert content is not None
        assert content.read() == b"2"


def test_a_used_up_limit_is_403_until_its_window_ends(hub, publish, clock):
    publish("acme/one", {"f": "1"})
    hub.rate_limit = 1
    url = f"{hub.url}/api/repos/acme/one"
    assert get(url)[0] == 200
    status, headers, body = get(url)
    assert (status, headers["X-RateLimit-Remaining"]) == (403, "0")
    assert "rate limit exceeded" in json.loads(body)["message"]
    clock.sleep(3601)
    assert get(url)[0] == 200


def test_pages_link_to_each_other(hub, publish):
    for number in range(3):
        publish(f"acme/r{number}", {"f": str(number)})
    _, headers, body = get(f"{hub.url}/api/orgs/acme/repos?per_page=2&sort=pushed")
    assert [item["name"] for item in json.loads(body)] == ["r2", "r1"]
    assert f'<{hub.url}/api/orgs/acme/repos?per_page=2&sort=pushed&page=2>; rel="next"' in headers["Link"]
    _, headers, body = get(f"{hub.url}/api/orgs/acme/repos?per_page=2&sort=pushed&page=2")
    assert [item["name"] for item in json.loads(body)] == ["r0"]
    assert 'rel="next"' not in headers["Link"]


def test_a_large_tree_is_cut_and_says_so(hub, publish):
    publish("acme/one", {f"{number}.txt": "x" for number in range(5)})
    hub.tree_limit = 3
    _, _, body = get(f"{hub.url}/api/repos/acme/one/git/trees/main?recursive=1")
    document = json.loads(body)
    assert (len(document["tree"]), document["truncated"]) == (3, True)


@pytest.mark.parametrize(
    "path",
    ["/api/repos/acme/nothing", "/api/orgs/nobody/repos", "/api/repos/../etc/passwd", "/api/orgs/../repos", "/x"],
)
def test_what_is_not_there_is_404(hub, publish, path):
    publish("acme/one", {"f": "1"})
    assert get(hub.url + path)[0] == 404


def test_faults_are_answered_as_often_as_asked_for(hub, publish):
    publish("acme/one", {"f": "1"})
    hub.faults.append(Fault(pattern="/acme/", status=503, times=2, headers={"Retry-After": "7"}))
    url = f"{hub.url}/api/repos/acme/one"
    answers = [get(url) for _ in range(3)]
    assert [status for status, _, _ in answers] == [503, 503, 200]
    assert answers[0][1]["Retry-After"] == "7"


def test_a_folder_that_is_none_is_said_at_the_start(tmp_path):
    with pytest.raises(UsageError, match="is not a folder"):
        Hub(folder=tmp_path / "nothing").start()
