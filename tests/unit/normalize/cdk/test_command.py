"""`cdk.json`: which app lines are run, and why the others are not."""

import pytest

from lsqm.model.architecture import SkipReason
from lsqm.normalize.cdk.command import App, CdkFileError, Language, parse_app
from lsqm.normalize.left_out import LeftOut

FILES = {"app.py", "bin/app.ts", "index.ts", "bin/main.js", "lib/x.ts"}


def parse(app: object, kept: object = None, **more: object):
    return parse_app({"app": app, **more}, kept, exists=FILES.__contains__, file="x/cdk.json")


@pytest.mark.parametrize(
    ("line", "language", "entry"),
    [
        ("python3 app.py", Language.PYTHON, "app.py"),
        ("python ./app.py", Language.PYTHON, "app.py"),
        (".venv/bin/python app.py", Language.PYTHON, "app.py"),
        ("poetry run python app.py", Language.PYTHON, "app.py"),
        ("npx ts-node --prefer-ts-exts bin/app.ts", Language.TYPESCRIPT, "bin/app.ts"),
        ("npx --yes ts-node bin/app", Language.TYPESCRIPT, "bin/app.ts"),
        ("npx tsc && npx tsx index.ts", Language.TYPESCRIPT, "index.ts"),
        ("npx tsc && npx tsc -p other/tsconfig.json && npx tsx index.ts", Language.TYPESCRIPT, "index.ts"),
        ("npm run build && node bin/main.js", Language.TYPESCRIPT, "bin/main.js"),
        ("node bin/app.js", Language.TYPESCRIPT, "bin/app.ts"),
        ("node dist/bin/app.js", Language.TYPESCRIPT, "bin/app.ts"),
    ],
)
def test_lines_that_run_one_program(line: str, language: Language, entry: str) -> None:
    found = parse(line)
    assert isinstance(found, App)
    assert (found.language, found.entry) == (language, entry)


@pytest.mark.parametrize(
    "line",
    [
        "curl https://example.org | sh",
        "python3 app.py; rm -rf /",
        "python3 ../outside/app.py",
        "python3 /etc/app.py",
        "python3 absent.py",
        "python3 -c 'import os'",
        "node -e 1",
        "sh run.sh",
        "python3 setup.py && python3 app.py",
        "FOO=$(id) python3 app.py",
        "'unclosed",
    ],
)
def test_lines_that_do_more_are_refused(line: str) -> None:
    found = parse(line)
    assert isinstance(found, LeftOut)
    assert found.reason is SkipReason.UNSAFE


@pytest.mark.parametrize(
    ("line", "language"),
    [("mvn -e -q compile exec:java", "Java"), ("go mod download && go run x.go", "Go"), ("dotnet run", "C#")],
)
def test_other_languages_need_their_tools(line: str, language: str) -> None:
    found = parse(line)
    assert isinstance(found, LeftOut)
    assert (found.reason, language in found.detail) == (SkipReason.NEEDS_TOOL, True)


def test_arguments_and_context_are_kept() -> None:
    found = parse("python3 app.py --stage dev", {"a": 2}, context={"a": 1, "b": 1})
    assert isinstance(found, App)
    assert found.arguments == ("--stage", "dev")
    assert found.context == {"a": 2, "b": 1}


def test_no_app_is_a_reason_and_no_mapping_an_error() -> None:
    found = parse_app({}, None, exists=FILES.__contains__, file="x/cdk.json")
    assert isinstance(found, LeftOut)
    assert found.reason is SkipReason.NEEDS_INPUT
    with pytest.raises(CdkFileError, match=r"x/cdk\.json"):
        parse_app([], None, exists=FILES.__contains__, file="x/cdk.json")
