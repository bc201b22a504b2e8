"""One run in a cage: what the app is given, and what is made of what it leaves."""

import dataclasses
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lsqm.model.architecture import SkipReason
from lsqm.normalize.cdk import CdkFileError, synthesize
from lsqm.ports.cage import Access
from lsqm.ports.cdk import CdkTools
from lsqm.ports.commands import Command, CommandResult

BUCKET = {"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}


class ScriptedCage:
    """Stands in for the jail: `act` is what the app does with its output directory."""

    name = "scripted"

    def __init__(self, act: Callable[[Path], None], *, exit_code: int | None = 0, stderr: str = "") -> None:
        self.act, self.exit_code, self.stderr = act, exit_code, stderr
        self.seen: list[tuple[Command, Access]] = []

    def run(self, command: Command, access: Access) -> CommandResult:
        self.seen.append((command, access))
        self.act(Path(command.env["CDK_OUTDIR"]))
        timed_out = self.exit_code is None
        return CommandResult(
            exit_code=self.exit_code, stdout=b"", stderr=self.stderr.encode(), seconds=1, timed_out=timed_out
        )

    def inner_endpoint(self, endpoint: str) -> str:
        return endpoint

    def probe(self) -> tuple[str, ...]:
        return ()


def writes(files: Mapping[str, object]) -> Callable[[Path], None]:
    def act(out: Path) -> None:
        for name, content in files.items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_text(content if isinstance(content, str) else json.dumps(content))

    return act


def assembly(stacks: Mapping[str, object], *, missing: tuple[str, ...] = ()) -> dict[str, object]:
    artifacts = {
        name: {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.template.json"}}
        for name in stacks
    }
    manifest = {"artifacts": artifacts, "missing": [{"key": key} for key in missing]}
    return {"manifest.json": manifest} | {f"{name}.template.json": one for name, one in stacks.items()}


@pytest.fixture
def tools(tmp_path: Path) -> CdkTools:
    home = tmp_path / "tools"
    entry = home / "jsii" / "lib" / "1.0" / "abc"
    entry.mkdir(parents=True)
    (entry / ".jsii-runtime-package-cache").touch()
    (entry / "index.js").write_text("big")
    (entry / ".jsii.gz").write_text("named by .jsii")
    return CdkTools(
        node=Path("/opt/node/bin/node"),
        node_modules=home / "node_modules",
        python=home / "bin/python",
        jsii_cache=home / "jsii",
        read_only=(home,),
        pin="sha256:0",
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / "apps/one/cdk").mkdir(parents=True)
    (tree / "apps/one/code").mkdir()
    (tree / "apps/one/code/handler.py").write_text("x")
    (tree / "apps/one/cdk/app.py").write_text("x")
    (tree / "apps/one/cdk/cdk.json").write_text('{"app": "python3 app.py", "context": {"k": 1}}')
    (tree / "apps/one/cdk/node_modules").mkdir()
    (tree / "apps/two").mkdir()
    (tree / "apps/two/cdk.json").write_text("{}")
    return tree


def run(tree: Path, tools: CdkTools, cage: ScriptedCage, cache: Path | None = None):
    scratch = tree.parent / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    return synthesize(tree, "apps/one/cdk/cdk.json", tools=tools, cage=cage, scratch=scratch, cache=cache)


def test_the_app_gets_a_copy_with_what_lies_beside_it(tree: Path, tools: CdkTools) -> None:
    cage = ScriptedCage(writes(assembly({"S": BUCKET})))
    made = run(tree, tools, cage)
    assert [one.template for one in made.templates] == [BUCKET]
    ((command, access),) = cage.seen
    work = tree.parent / "scratch/work"
    assert command.argv == [str(tools.python), "app.py"]
    assert command.cwd == work / "app/cdk"
    assert (work / "app/code/handler.py").is_file()
    assert not (work / "app/cdk/node_modules").exists()
    assert access.writable == (work,)
    assert access.read_only == tools.read_only
    assert (access.endpoint, access.internet) == ("", False)
    assert (work / "jsii/lib/1.0/abc/index.js").is_symlink()
    assert not (work / "jsii/lib/1.0/abc/.jsii-runtime-package-cache").is_symlink()
    assert not (work / "jsii/lib/1.0/abc/.jsii.gz").is_symlink(), (
        "jsii refuses a redirect that leads out of its package"
    )
    assert (work / "jsii/lib/1.0/abc/.jsii.gz").read_text() == "named by .jsii"


def test_context_turns_bundling_off_and_answers_zones(tree: Path, tools: CdkTools) -> None:
    cage = ScriptedCage(writes(assembly({"S": BUCKET})))
    run(tree, tools, cage)
    env = cage.seen[0][0].env
    context = json.loads(env["CDK_CONTEXT_JSON"])
    assert context["k"] == 1
    assert context["aws:cdk:bundling-stacks"] == []
    assert context["availability-zones:account=000000000000:region=us-east-1"][0] == "us-east-1a"
    assert not {name for name in env if "TOKEN" in name or "KEY" in name or "SECRET" in name}


def test_stacks_come_in_the_order_of_deployment_with_stages_and_nested_ones(tree: Path, tools: CdkTools) -> None:
    parent = {"Resources": {"N": {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": "n.json"}}}}
    files = assembly({"B": BUCKET, "A": parent}) | {"n.json": BUCKET}
    manifest = files["manifest.json"]
    assert isinstance(manifest, dict)
    manifest["artifacts"]["B"]["dependencies"] = ["A"]
    manifest["artifacts"]["Stage"] = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "stage"}}
    files |= {f"stage/{name}": content for name, content in assembly({"C": BUCKET}).items()}
    made = run(tree, tools, ScriptedCage(writes(files)))
    assert [one.stack for one in made.templates] == ["A", "B", "C"]
    assert made.templates[0].nested["N"].template == BUCKET


def test_look_ups_are_reported(tree: Path, tools: CdkTools) -> None:
    made = run(tree, tools, ScriptedCage(writes(assembly({"S": BUCKET}, missing=("vpc-provider:account=1",)))))
    assert [(one.code, one.subject) for one in made.diagnostics] == [("context-lookup", "vpc-provider:account=1")]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, SkipReason.UNPARSABLE),
        (assembly({"S": "{"}), SkipReason.UNPARSABLE),
        (assembly({"S": {"Outputs": {}}}), SkipReason.NOTHING_TO_CREATE),
        (
            {
                "manifest.json": {
                    "artifacts": {
                        "S": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "../../home/x"}}
                    }
                }
            },
            SkipReason.UNPARSABLE,
        ),
    ],
)
def test_unusable_assemblies(tree: Path, tools: CdkTools, files: dict[str, object], reason: SkipReason) -> None:
    made = run(tree, tools, ScriptedCage(writes(files)))
    assert made.skip is not None
    assert made.skip.reason is reason


def test_a_link_out_of_the_assembly_is_not_followed(tree: Path, tools: CdkTools) -> None:
    secret = tree.parent / "secret.json"
    secret.write_text(json.dumps(BUCKET))

    def act(out: Path) -> None:
        writes(assembly({"S": BUCKET}))(out)
        (out / "S.template.json").unlink()
        (out / "S.template.json").symlink_to(secret)

    made = run(tree, tools, ScriptedCage(act))
    assert made.skip is not None
    assert "not in the assembly" in made.skip.detail


@pytest.mark.parametrize(
    ("stderr", "reason", "named"),
    [
        ("Traceback\nModuleNotFoundError: No module named 'pandas'", SkipReason.NEEDS_TOOL, "pandas"),
        ("Error: Cannot find module '@acme/x'\nRequire stack:", SkipReason.NEEDS_TOOL, "@acme/x"),
        ("Error: spawnSync docker ENOENT", SkipReason.NEEDS_TOOL, "docker"),
        ("«X» Cannot use undefined value for attribute `domainName`", SkipReason.NEEDS_INPUT, "domainName"),
        ("KeyError: 'DOMAIN_NAME'", SkipReason.NEEDS_INPUT, "DOMAIN_NAME"),
        ("Error: getaddrinfo EAI_AGAIN api.example.org", SkipReason.NEEDS_NETWORK, "network"),
        ("Error: Context value 'vpc' is required", SkipReason.NEEDS_INPUT, "vpc"),
        ("arn is empty! Please provide it via the cdk context", SkipReason.NEEDS_INPUT, "arn is empty"),
        ("Error: sourceRegion must be specified.\n  at x", SkipReason.NEEDS_INPUT, "sourceRegion must be specified"),
        ("throw 1;\nError: vpcId and subnetIds are required", SkipReason.NEEDS_INPUT, "vpcId and subnetIds"),
        ("please note\nTypeError: x is not set up", SkipReason.UNPARSABLE, "TypeError: x is not set up"),
        ("warn\nTypeError: bad thing", SkipReason.UNPARSABLE, "TypeError: bad thing"),
        ("x\n«NoDefault» Rather not.\n  at y", SkipReason.UNPARSABLE, "«NoDefault» Rather not."),
        ("", SkipReason.UNPARSABLE, "printed nothing"),
    ],
)
def test_failures_have_reasons(tree: Path, tools: CdkTools, stderr: str, reason: SkipReason, named: str) -> None:
    made = run(tree, tools, ScriptedCage(lambda _: None, exit_code=1, stderr=stderr))
    assert made.skip is not None
    assert (made.skip.reason, named in made.skip.detail) == (reason, True)


def test_a_deadline_is_a_reason(tree: Path, tools: CdkTools) -> None:
    made = run(tree, tools, ScriptedCage(lambda _: None, exit_code=None))
    assert made.skip is not None
    assert made.skip.reason is SkipReason.TOO_LARGE


def test_a_broken_file_is_an_error(tree: Path, tools: CdkTools) -> None:
    (tree / "apps/one/cdk/cdk.json").write_text("{")
    with pytest.raises(CdkFileError, match=r"apps/one/cdk/cdk\.json"):
        run(tree, tools, ScriptedCage(lambda _: None))


def test_a_kept_result_is_used_until_the_app_or_the_environment_changes(tree: Path, tools: CdkTools) -> None:
    cache = tree.parent / "cache"
    nested = {"Resources": {"N": {"Type": "AWS::CloudFormation::Stack", "Metadata": {"aws:asset:path": "n.json"}}}}
    cage = ScriptedCage(writes(assembly({"S": nested}, missing=("vpc:1",)) | {"n.json": BUCKET}))
    first = run(tree, tools, cage, cache)
    assert run(tree, tools, cage, cache) == first
    assert len(cage.seen) == 1
    (tree / "apps/one/code/handler.py").write_text("y")
    run(tree, tools, cage, cache)
    assert len(cage.seen) == 2
    run(tree, dataclasses.replace(tools, pin="sha256:1"), cage, cache)
    assert len(cage.seen) == 3


def test_a_reason_is_kept_but_a_deadline_is_not(tree: Path, tools: CdkTools) -> None:
    cache = tree.parent / "cache"
    failing = ScriptedCage(lambda _: None, exit_code=1, stderr="KeyError: 'NAME'")
    assert run(tree, tools, failing, cache) == run(tree, tools, failing, cache)
    assert len(failing.seen) == 1
    (tree / "apps/one/code/handler.py").write_text("z")
    slow = ScriptedCage(lambda _: None, exit_code=None)
    assert run(tree, tools, slow, cache) == run(tree, tools, slow, cache)
    assert len(slow.seen) == 2


def test_an_app_that_takes_too_long_gets_three_tries_before_it_is_held_against_it(
    tree: Path, tools: CdkTools, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    slow = ScriptedCage(lambda _: None, exit_code=None)
    tries = [run(tree, tools, slow, cache) for _ in range(4)]
    assert [one.again for one in tries] == [True, True, False, False]
    assert {one.skip.reason for one in tries if one.skip} == {SkipReason.TOO_LARGE}
    assert len(slow.seen) == 4, "no try was answered from what was kept"
    (tree / "apps/one/cdk/app.py").write_text("faster")
    assert run(tree, tools, slow, cache).again, "another app, another count"
    assert run(tree, tools, slow).again, "where nothing is kept nothing can be counted"


def test_a_quiet_machine_makes_good_for_a_busy_one(tree: Path, tools: CdkTools, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert run(tree, tools, ScriptedCage(lambda _: None, exit_code=None), cache).again
    made = run(tree, tools, ScriptedCage(writes(assembly({"S": BUCKET}))), cache)
    assert (made.skip, made.again, len(made.templates)) == (None, False, 1)
