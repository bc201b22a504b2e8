"""Registry sources and packages against the hub."""

import io
import re
import tarfile

import pytest

from lsqm.adapters.hub import Fault
from lsqm.adapters.terraform_registry import TerraformRegistry
from lsqm.errors import UsageError
from lsqm.mine.build import Tools, build_sources
from lsqm.mine.packages import Address, PackageError, parse_address
from lsqm.mine.source import NoteKind
from lsqm.mine.spec import FAMILIES
from lsqm.mine.terraform_registry import Family, RegistrySource, family
from lsqm.ports.module_registry import ModuleListing, ModulePage, ModuleVersion
from tests.mining import again, detect, mine


def module(provider: str = ">= 5.0", **examples: str) -> dict[str, str]:
    versions = f'terraform {{\n  required_providers {{\n    aws = {{\n      version = "{provider}"\n    }}\n  }}\n}}\n'
    return {"main.tf": "x", "versions.tf": versions} | {
        f"examples/{key}/main.tf": text for key, text in examples.items()
    }


@pytest.fixture
def queues(packages):
    """The family that takes in what is called sqs."""
    return RegistrySource(
        name="registry-family:sqs",
        registry=packages.registry,
        packages=packages,
        detect=detect,
        family=Family(search="sqs", names=re.compile("(.+-)?sqs(-.+)?"), namespaces=("acme", "nobody")),
    )


def again_with_new_answers(source: RegistrySource) -> RegistrySource:
    """The next run asks anew."""
    source.registry._answers.clear()  # type: ignore[attr-defined]
    source.packages._fetched.clear()
    return source


def test_every_example_of_every_module_of_a_family_is_a_candidate(hub, publish, queues):
    commit = publish("acme/terraform-aws-sqs", module(simple="1", complete="2"), tag="v1.0.0")
    publish("acme/terraform-aws-sns", module(simple="1"), tag="v1.0.0")
    publish("acme/terraform-google-sqs", module(simple="1"), tag="v1.0.0")
    _, candidates, notes = mine(queues)
    assert [(item.origin.url, item.origin.commit) for item in candidates] == [
        ("registry.terraform.io/acme/sqs/aws//examples/complete", commit),
        ("registry.terraform.io/acme/sqs/aws//examples/simple", commit),
    ]
    assert (candidates[0].tree / "main.tf").is_file()
    assert notes == []


def test_the_newest_version_that_fits_the_provider_is_mined(publish, queues):
    publish("acme/terraform-aws-sqs", module("< 5.0", old="1"), tag="v1.0.0")
    fitting = publish("acme/terraform-aws-sqs", module(">= 5.0", good="1"), tag="v2.9.0")
    publish("acme/terraform-aws-sqs", module(">= 5.79", liar="1"), tag="v3.0.0")
    publish("acme/terraform-aws-sqs", module(">= 6.0", later="1"), tag="v3.1.0")
    run, candidates, _ = mine(queues)
    assert {item.origin.commit for item in candidates} == {fitting}
    state = run.state.repositories["registry.terraform.io/acme/sqs/aws"]
    assert (state.branch, state.note) == ("3.1.0", "2.9.0")


def test_a_second_run_asks_only_for_the_listings(hub, publish, queues):
    publish("acme/terraform-aws-sqs", module(simple="1"), tag="v1.0.0")
    first, _, _ = mine(queues)
    hub.asked.clear()
    second, candidates, _ = mine(again_with_new_answers(queues), again(first))
    assert candidates == []
    assert second.summaries[0].known == 1
    assert [line.split("?")[0] for line in hub.asked] == [
        "GET /v1/modules/search",
        "GET /v1/modules/acme",
        "GET /v1/modules/nobody",
    ]


def test_a_release_that_changes_one_example_offers_that_one(hub, publish, queues):
    publish("acme/terraform-aws-sqs", module(a="1", b="1"), tag="v1.0.0")
    first, _, _ = mine(queues)
    publish("acme/terraform-aws-sqs", {"examples/b/main.tf": "2"}, tag="v1.1.0")
    second, candidates, _ = mine(again_with_new_answers(queues), again(first))
    assert [item.entry for item in candidates] == ["examples/b"]
    publish("acme/terraform-aws-sqs", module(">= 6.0", a="3"), tag="v2.0.0")
    _, nothing, _ = mine(again_with_new_answers(queues), again(second))
    assert nothing == []


def test_modules_come_as_archives_too(hub, publish, queues):
    hub.archive_modules = True
    publish("acme/terraform-aws-sqs", module(simple="1"), tag="v1.0.0")
    _, (candidate,), _ = mine(queues)
    assert candidate.entry == "examples/simple"
    assert candidate.origin.commit.startswith("sha256:")


def test_a_module_without_examples_is_left_out_with_its_reason(publish, queues):
    publish("acme/terraform-aws-sqs", module(), tag="v1.0.0")
    run, candidates, notes = mine(queues)
    assert candidates == []
    assert [note.message for note in notes] == ["a module without examples"]
    assert run.state.repositories["registry.terraform.io/acme/sqs/aws"].complete


def test_one_module_that_cannot_be_had_does_not_stop_the_family(hub, publish, queues):
    publish("acme/terraform-aws-sqs", module(simple="1"), tag="v1.0.0")
    publish("acme/terraform-aws-sqs-more", module(simple="1"), tag="v1.0.0")
    hub.faults.append(Fault(pattern="/sqs/aws/1.0.0/download", status=500, times=5))
    run, candidates, notes = mine(queues)
    assert {item.origin.repository for item in candidates} == {"registry.terraform.io/acme/sqs-more/aws"}
    assert [note.kind for note in notes] == [NoteKind.FAILED]
    _, retried, _ = mine(again_with_new_answers(queues), again(run))
    assert {item.origin.repository for item in retried} == {"registry.terraform.io/acme/sqs/aws"}


class StuckRegistry:
    """Repeats its second page for ever, as the public search does past some offset."""

    host = "registry.terraform.io"

    def __init__(self) -> None:
        self.asked: list[int] = []

    def search(self, words: str, *, offset: int = 0) -> ModulePage:
        self.asked.append(offset)
        names = ["a-sqs", "b-sqs"] if offset == 0 else ["c-sqs"]
        listed = [ModuleListing(id=f"x/{name}/aws", version="1.0.0", verified=name == "b-sqs") for name in names]
        return ModulePage(modules=tuple(listed), next_offset=offset + 2)

    def namespace(self, name: str, *, offset: int = 0) -> ModulePage:
        return ModulePage()

    def versions(self, module: str) -> tuple[ModuleVersion, ...]:
        return ()

    def location(self, module: str, version: str) -> str:
        raise AssertionError


def test_a_search_that_repeats_itself_is_noticed_and_verified_modules_come_first(packages):
    stuck = StuckRegistry()
    packages.registry = stuck
    source = RegistrySource(
        name="registry-family:sqs",
        registry=stuck,
        packages=packages,
        detect=detect,
        family=Family(search="sqs", names=re.compile(".*"), namespaces=()),
    )
    _, _, notes = mine(source)
    assert stuck.asked == [0, 2, 4]
    assert [note.url for note in notes] == [
        f"registry.terraform.io/x/{name}/aws" for name in ("b-sqs", "a-sqs", "c-sqs")
    ]


def test_an_outage_of_the_registry_fails_the_source(hub, queues):
    hub.faults.append(Fault(pattern="", status=503, times=1000))
    run, _, _ = mine(queues)
    assert "HTTP 503" in run.summaries[0].failed[0]
    asked = len(hub.asked)
    mine(queues)
    assert len(hub.asked) == asked


def test_a_module_can_be_named(tmp_path, git, host, packages, publish):
    publish("acme/terraform-aws-anything", module(simple="1"), tag="v1.0.0")
    tools = Tools(
        base=tmp_path, starter=tmp_path, work=tmp_path / "w", git=git, detect=detect, host=host, packages=packages
    )
    (source,) = build_sources(["registry:acme/anything/aws"], tools)
    _, (candidate,), _ = mine(source)
    assert candidate.origin.source == "registry:acme/anything/aws"


def test_without_a_registry_the_source_is_refused(tmp_path, git):
    tools = Tools(base=tmp_path, starter=tmp_path, work=tmp_path, git=git, detect=detect)
    with pytest.raises(UsageError, match="not available"):
        build_sources(["registry-family:sqs"], tools)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_that_can_be_written_has_a_row_and_takes_its_own_name(name):
    found = family(name)
    spelled = {"apigateway": "apigateway-v2", "dynamodb": "dynamodb-table", "s3": "s3-bucket"}.get(name, name)
    assert found.names.fullmatch(spelled)
    assert not found.names.fullmatch("eks")


def test_discovery_says_where_the_modules_are(http, hub):
    assert TerraformRegistry(http=http, url=hub.url).namespace("nobody").modules == ()
    assert hub.asked[0] == "GET /.well-known/terraform.json"


@pytest.mark.parametrize(
    ("source", "address"),
    [
        (
            "git::https://github.com/o/r?ref=abc",
            Address(kind="git", url="https://github.com/o/r", ref="abc"),
        ),
        (
            "git::https://example.org/o/r.git//modules/x?ref=v1",
            Address(kind="git", url="https://example.org/o/r.git", ref="v1", folder="modules/x"),
        ),
        ("github.com/o/r", Address(kind="git", url="https://github.com/o/r.git")),
        ("github.com/o/r//m?ref=v2", Address(kind="git", url="https://github.com/o/r.git", ref="v2", folder="m")),
        ("git@example.org:o/r.git", Address(kind="git", url="ssh://git@example.org/o/r.git")),
        ("https://example.org/m.zip", Address(kind="archive", url="https://example.org/m.zip")),
        (
            "https://example.org/m//*?archive=tar.gz&token=1",
            Address(kind="archive", url="https://example.org/m?token=1", folder="*"),
        ),
    ],
)
def test_module_sources_are_read_as_terraform_reads_them(source, address):
    assert parse_address(source) == address


@pytest.mark.parametrize("source", ["s3::https://s3.amazonaws.com/b/k.zip", "hg::http://x/y", "bitbucket.org/a/b", "x"])
def test_other_kinds_of_sources_are_refused(source):
    with pytest.raises(PackageError, match="neither git nor an archive"):
        parse_address(source)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/m.zip",
        "file:///etc/m.zip",
        "https://127.0.0.1/m.zip",
        "https://169.254.169.254/m.zip",
        "https://[::1]/m.zip",
        "https://10.0.0.1:8080/m.zip",
        "https://localhost/m.zip",
        "https://metadata.internal/m.zip",
        "https://intranet/m.zip",
    ],
)
def test_nothing_on_this_machine_or_beside_it_is_fetched_for_a_stranger(packages, hub, url):
    for kind in ("archive", "git"):
        with pytest.raises(PackageError, match=r"only https and ssh|not a public host"):
            packages.get(Address(kind=kind, url=url))
    assert hub.asked == []


def test_vendoring_chooses_by_constraint_and_fetches_each_package_once(hub, publish, packages):
    for version in ("1.0.0", "1.5.0", "2.0.0"):
        publish("acme/terraform-aws-vpc", module() | {"version.txt": version}, tag=f"v{version}")
    folder = packages.vendor("acme/vpc/aws", "~> 1.0")
    assert (folder / "version.txt").read_text() == "1.5.0"
    asked = len(hub.asked)
    assert packages.vendor("registry.terraform.io/acme/vpc/aws", "~> 1.0") == folder
    assert not [line for line in hub.asked[asked:] if "tarball" in line or "codeload" in line]


def test_vendoring_takes_git_sources_through_the_mirror_of_their_host(publish, packages):
    publish("acme/tools", {"modules/x/main.tf": "1"}, tag="v1")
    publish("acme/tools", {"modules/x/main.tf": "2"})
    assert (packages.vendor("github.com/acme/tools?ref=v1", "") / "modules/x/main.tf").read_text() == "1"
    assert (packages.vendor("git::https://github.com/acme/tools.git", "") / "modules/x/main.tf").read_text() == "2"


def test_what_cannot_be_vendored_is_none_and_an_outage_is_counted(hub, packages):
    assert packages.vendor("acme/nothing/aws", "") is None
    assert packages.vendor("s3::https://s3.amazonaws.com/b/k.zip", "") is None
    assert packages.vendor("example.org/a/b/c", "") is None
    assert packages.outages == []
    hub.faults.append(Fault(pattern="", status=503, times=1000))
    assert packages.vendor("acme/other/aws", "") is None
    asked = len(hub.asked)
    assert packages.vendor("acme/other/aws", "") is None
    first, second = packages.outages
    assert first == second
    assert first.startswith("the module acme/other/aws could not be fetched: ")
    assert len(hub.asked) == asked, "what was just refused is not asked for again"


def test_a_package_cannot_name_a_folder_above_itself(packages, monkeypatch, tmp_path):
    def download(url, into, limit_bytes):
        with tarfile.open(into, "w") as out:
            out.addfile(tarfile.TarInfo("f"), io.BytesIO())

    packages.download = download
    with pytest.raises(PackageError, match="no folder"):
        packages.get(Address(kind="archive", url="https://example.org/m.tar", folder="../../.."))
