"""`${…}`: what each source gives, and what stands in for what cannot be known."""

from typing import Any

import pytest

from lsqm.normalize.serverless.document import ServerlessFileError
from lsqm.normalize.serverless.report import Report
from lsqm.normalize.serverless.syntax import Literal, Source, Variable, parse
from lsqm.normalize.serverless.variables import NeedsScript, Resolver


def resolver(root: dict[str, Any], files: dict[str, bytes] | None = None) -> Resolver:
    report = Report(file="serverless.yml", lines={})
    return Resolver(root=root, read=(files or {}).get, stage="dev", region="eu-west-1", report=report)


def resolve(value: Any, *, root: dict[str, Any] | None = None, files: dict[str, bytes] | None = None) -> Any:
    return resolver(root or {}, files).resolve(value, ("custom", "x", "y"))


def test_parse_splits_text_sources_and_literals() -> None:
    assert parse("a-${opt:stage, self:provider.stage, 'dev'}-b") == [
        "a-",
        Variable(
            sources=(
                Source(type="opt", address="stage"),
                Source(type="self", address="provider.stage"),
                Literal(value="dev"),
            )
        ),
        "-b",
    ]


@pytest.mark.parametrize("text", ["${AWS::Region}", "${Table}", "${Table.Arn}", "$[x]", "100 $", "${", "${open:x"])
def test_what_is_no_variable_stays(text: str) -> None:
    assert resolve(text) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${opt:stage}", "dev"),
        ("${opt:region}-x", "eu-west-1-x"),
        ("${sls:stage}", "dev"),
        ("${aws:accountId}", "000000000000"),
        ("${opt:nothing, 'it''s'}", "it''s"),
        ("${self:provider.stage}", "dev"),
        ("${self:provider.stage, 'prod'}", "prod"),
        ("${opt:nothing, 3}", 3),
        ("${opt:nothing, true}", True),
        ("${opt:nothing, ${self:word}}", "hello"),
        ("${opt:nothing, ${opt:none, 'deep'}}", "deep"),
        ("${self:word}", "hello"),
        ("${self:list.1}", 2),
        ("${self:map}", {"a": "hello"}),
        ("${self:by.${opt:stage}.size}", 7),
        ("n${self:by.dev.size}", "n7"),
        ("${self:flag}/", "true/"),
        ("\\${opt:stage}", "${opt:stage}"),
        ("${strToBool(true)}", True),
        ("${param:who}", "me"),
    ],
)
def test_sources(text: str, value: Any) -> None:
    root = {
        "word": "hello",
        "list": [1, 2],
        "flag": True,
        "map": {"a": "${self:word}"},
        "by": {"dev": {"size": 7}},
        "params": {"default": {"who": "anybody"}, "dev": {"who": "me"}},
    }
    assert resolve(text, root=root) == value


def test_files_of_every_kind() -> None:
    files = {
        "a.yml": b"x: {y: '${opt:stage}'}\nz: !Ref Table\n",
        "b.json": b'{"k": [1]}',
        "note.txt": b"plain\n",
        "../up.yml": b"up: 1",
    }
    assert resolve("${file(./a.yml):x.y}", files=files) == "dev"
    assert resolve("${file(a.yml):z}", files=files) == {"Ref": "Table"}
    assert resolve("${file(b.json)}", files=files) == {"k": [1]}
    assert resolve("${file(./note.txt)}", files=files) == "plain\n"
    assert resolve("${file(../up.yml):up}", files=files) == 1


def test_missing_values_get_recorded_stand_ins() -> None:
    one = resolver({})
    assert one.resolve("${env:TABLE_NAME}", ("custom", "x", "y")) == "table-name"
    assert one.resolve("db-${ssm:/prod/db/id}", ("custom", "x", "z")) == "db-id-value"
    codes = [(found.code, found.effect) for found in one.report.found]
    assert codes == [
        ("missing-value", "'table-name' stands in for it"),
        ("missing-value", "'id-value' stands in for it"),
    ]


def test_missing_structure_is_left_out() -> None:
    one = resolver({})
    assert one.resolve("${file(gone.yml)}", ("resources",)) is None
    assert next(iter(one.report.found)).effect == "left out"


def test_a_program_is_never_run() -> None:
    assert resolve("${file(secret.js):key}") == "key"
    with pytest.raises(NeedsScript, match=r"make\.js"):
        resolver({}).resolve("${file(make.js):tables}", ("resources", 0))


def test_a_circle_ends() -> None:
    root = {"a": "${self:b}", "b": "${self:a}"}
    assert isinstance(resolve("${self:a}", root=root), str)
    assert resolver({"a": {"b": "${self:a}"}}).resolve("${self:a}", ("custom", "x", "y")) is not None


def test_a_broken_file_is_named() -> None:
    with pytest.raises(ServerlessFileError, match=r"bad\.yml:1"):
        resolve("${file(bad.yml)}", files={"bad.yml": b"a: [1"})


def test_nothing_outside_is_read_by_absolute_path() -> None:
    files = {"/etc/passwd": b"root:x:0:0"}
    assert resolve("${file(/etc/passwd)}", files=files) == "passwd"
