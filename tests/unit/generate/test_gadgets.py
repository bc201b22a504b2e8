"""Replies of ordinary words that would do more than they say. None is executed here: each is refused by reading it."""

import json

import pytest

from lsqm.artifacts.store import ArtifactStore
from lsqm.generate import GenerateOptions, GeneratePorts, GeneratorChoice, generate
from lsqm.generate.extract import extract
from lsqm.generate.files import conftest
from lsqm.generate.ladder import Climb, climb_static
from tests.unit.generate.architectures import architecture
from tests.unit.generate.models import GOOD_TEST, Listener, ScriptedModel, StillClock, answer, good

CLIENT = {
    "globals merged by wraps": (
        "from functools import wraps\ndef f(g):\n    wraps(g, updated=('__glob' + 'als__',))(f)",
        "wraps takes one function",
    ),
    "globals merged by wraps and keywords": (
        "from functools import wraps\ndef f(g):\n    wraps(g, **{'up' + 'dated': ('x',)})(f)",
        "wraps takes one function",
    ),
    "wraps by another name": ("from functools import wraps as w", "imported by its own name"),
    "globals merged by update_wrapper": (
        "import functools\ndef f(g):\n    functools.update_wrapper(f, g, updated=('x',))",
        ".update_wrapper is not allowed",
    ),
    "class with dunders as text": (
        "def f():\n    return type('X', (), {'__annot' + 'ations__': {}})",
        "type is only for asking",
    ),
    "class made by the type of a type": ("def f():\n    return type(int)('X', (), {})", "type is only for asking"),
    "type as a value": ("def f():\n    make = type\n    return make('X', (), {})", "type is only for asking"),
    "text run by a dataclass": (
        "from dataclasses import dataclass\ndef f(x):\n    return dataclass(x)",
        "only decorates a class without bases",
    ),
    "text run by an inherited field": (
        (
            "import dataclasses\n@dataclasses.dataclass\nclass A:\n    x: int\n\n\ndef f():\n"
            "    dataclasses.fields(A)[0].name = 'x if 1 else 2'\n\n"
            "    @dataclasses.dataclass\n    class B(A):\n        pass"
        ),
        "only decorates a class without bases",
    ),
    "attribute read by a pattern": (
        "def f(x, M):\n    match x:\n        case M(g):\n            return g['__builtins__']",
        "no positions",
    ),
    "standard library changed for everybody": ("import json\njson.dumps = print", "json is imported"),
    "standard library changed later": (
        "import hashlib\ndef f():\n    hashlib.sha256 = print",
        "hashlib is imported",
    ),
    "class of the standard library changed": (
        "from json import JSONDecoder\ndef f():\n    JSONDecoder.decode = print",
        "JSONDecoder is imported",
    ),
    "table of the standard library changed": (
        "import json\ndef f():\n    json.encoder.ESCAPE_DCT['a'] = 'b'",
        "json is imported",
    ),
    "module handed on": ("import json\ndef f(g):\n    return g(json)", "json is a module"),
    "module from a package handed on": ("from urllib import parse\ndef f(g):\n    return g(parse)", "a module"),
    "members written into any module": ("import enum\ndef f(e):\n    return enum.global_enum(e)", ".global_enum"),
    "any part of sys set by a context": (
        "import contextlib\nclass R(contextlib.redirect_stdout):\n    _stream = 'path'",
        ".redirect_stdout",
    ),
    "object of an error": (
        "def f(g):\n    try:\n        g()\n    except AttributeError as error:\n        return error.obj",
        ".obj is not allowed",
    ),
    "clock set": ("import time\ndef f():\n    time.clock_settime(0, 0)", ".clock_settime"),
    "programs asked for an address": ("import uuid\ndef f():\n    return uuid.uuid1()", ".uuid1"),
    "everything ended": ("def f():\n    raise SystemExit(0)", "SystemExit"),
    "run interrupted": ("def f():\n    raise KeyboardInterrupt", "KeyboardInterrupt"),
    "emulator stopped": ("def f(http):\n    http('POST', '/_localstack/health', '{}')", "a page of the emulator"),
    "emulator emptied": ("def f(http):\n    http('POST', '/_ministack/reset')", "a page of the emulator"),
    "emulator emptied by f-string": ("def f(http, x):\n    http('POST', f'/_ministack/{x}')", "a page of the emulator"),
    "file by a path from elsewhere": ("def f(x):\n    return x.read_text()", ".read_text"),
    "enumeration that runs while it is made": (
        "import enum\nclass E(enum.Enum):\n    A = 1\n\n    def __init__(self, x):\n        while x:\n            x = 1",
        "would run while the class is made",
    ),
    "enumeration by another name": (
        "import enum\nB = enum.Enum\n\n\nclass E(B):\n    A = 1\n\n    def __init__(self, x):\n        f(x)",
        "would run while the class is made",
    ),
    "enumeration by inheritance": (
        "import enum\nclass B(enum.Enum):\n    pass\n\n\nclass E(B):\n    A = 1\n\n    def __init__(self, x):\n        f(x)",
        "would run while the class is made",
    ),
    "enumeration that counts": (
        "import enum\nclass E(enum.Enum):\n    def _generate_next_value_(*a):\n        f(a)\n\n    A = enum.auto()",
        "would run while the class is made",
    ),
    "endless power": ("X = 9 ** 9 ** 9", "too large"),
    "endless power of a constant": ("N = 10**30\nX = 7**N", "too large"),
    "endless comprehension": ("X = [0 for _ in range(10 ** 12)]", "a range of more than"),
    "endless range of a constant": ("N = 1_000_000_000_000\nX = sum(range(N))", "a range of more than"),
    "endless default": ("def f(x=sum(range(10**15))):\n    pass", "a range of more than"),
    "endless decorator": (
        "import pytest\n@pytest.mark.parametrize('a', range(10**15))\ndef f(a):\n    pass",
        "a range of more than",
    ),
    "all memory": ("X = 'x' * 100_000_000_000", "more than 10000000 times"),
    "all memory in a class": ("class X:\n    y = [0] * (1 << 40)", "more than 10000000 times"),
    "shift without end": ("X = 1 << 10_000_000_000", "too large"),
}
TEST = {
    "pytest's configuration by a scope": (
        "@pytest.fixture(scope=lambda fixture_name, config: config.option)\ndef x():\n    return 1",
        "the scope of a fixture",
    ),
    "pytest's configuration by a named scope": (
        "def own(fixture_name, config):\n    return config\n\n\n@pytest.fixture(scope=own)\ndef x():\n    return 1",
        "the scope of a fixture",
    ),
    "files by a traceback": (
        (
            "def test_x(client):\n    with pytest.raises(Exception) as caught:\n        client('sns').publish()\n"
            "    assert caught.traceback[0].path"
        ),
        ".traceback is not allowed",
    ),
    "frames by an exception": (
        (
            "def test_x(client):\n    with pytest.raises(Exception) as caught:\n        client('sns').publish()\n"
            "    assert caught.tb"
        ),
        ".tb is not allowed",
    ),
    "the test module from pytest": ("def setup_module(module):\n    module.x = 1", "setup_module is a hook"),
    "the test function from pytest": ("teardown_function = print", "teardown_function is not allowed"),
    "pytest by way of a module": ("import app\n\n\ndef g():\n    return app.pytest", ".pytest is not allowed"),
    "fixture by alias": ("from app import fake as state", "state is one of lsqm's fixtures"),
    "fixture among others": ("state, b = 1, 2", "state is one of lsqm's fixtures"),
    "fixture by walrus": ("X = [client := 1]", "client is one of lsqm's fixtures"),
    "fixture by star": ("*http, b = 1, 2", "http is one of lsqm's fixtures"),
    "fixture of a class": ("class TestX:\n    resources = {}", "resources is one of lsqm's fixtures"),
}
CONFTEST = {
    "lsqm's helper replaced": ("def _document(variable):\n    return {}", "_document is lsqm's own"),
    "os replaced by a class": ("class os:\n    environ = {}", "os is lsqm's own"),
    "os replaced by an alias": ("import json as os", "os is lsqm's own"),
    "boto3 replaced by the app": ("import app as boto3", "boto3 is lsqm's own"),
    "json replaced by the app": ("from app import fake as json", "json is lsqm's own"),
    "files replaced by the app": ("from app import Path", "Path is lsqm's own"),
    "settings replaced": ("SETTINGS = None", "SETTINGS is lsqm's own"),
    "tests left out": ("collect_ignore = ['test_app.py']", "collect_ignore is not allowed"),
    "tests left out by pattern": ("collect_ignore_glob = ['*.py']", "collect_ignore_glob is not allowed"),
    "plugins": ("pytest_plugins = ('pytester',)", "pytest_plugins is not allowed"),
}
NAMES = [
    "pytest.ini", "tox.ini", "pyproject.toml", "sitecustomize.py", "conftest.py/", "./app.py", "apps/../../app.py", "~/.netrc",
    "C:\\app.py", "..\\..\\app.py", "..%2fapp.py", "app.py:stream", "\u202eyp.ppa", "app\u200b.py", "app\uff0epy", "..\u2215app.py", "\ud800.py",
]  # fmt: skip


def climbed(**files: str) -> Climb:
    raw = extract(answer(**files))
    return climb_static({**raw, "conftest.py": conftest(raw["conftest.py"])}, ("sns",))


def refused_for(found: Climb, why: str) -> None:
    assert not found.may_be_saved
    assert why in found.errors[0]


@pytest.mark.parametrize(("code", "why"), CLIENT.values(), ids=CLIENT.keys())
def test_client_code_with_a_hidden_purpose_is_refused(code, why):
    refused_for(climbed(app_py=f"{code}\n"), why)


@pytest.mark.parametrize(("code", "why"), TEST.values(), ids=TEST.keys())
def test_tests_with_a_hidden_purpose_are_refused(code, why):
    refused_for(climbed(test_app_py=f"import pytest\n\n{GOOD_TEST}\n\n{code}\n"), why)


@pytest.mark.parametrize(("code", "why"), CONFTEST.values(), ids=CONFTEST.keys())
def test_what_is_lsqms_own_cannot_be_taken_from_it(code, why):
    refused_for(climbed(conftest_py=f"{code}\n"), why)


def replies() -> dict[str, str]:
    """Every hostile reply of this file, whole."""
    return {
        **{name: answer(app_py=f"{code}\n") for name, (code, _) in CLIENT.items()},
        **{name: answer(test_app_py=f"import pytest\n\n{GOOD_TEST}\n\n{code}\n") for name, (code, _) in TEST.items()},
        **{name: answer(conftest_py=f"{code}\n") for name, (code, _) in CONFTEST.items()},
        **{ascii(name): json.dumps({**json.loads(answer()), name: "x"}) for name in NAMES},
        "ten thousand names": json.dumps({**json.loads(answer()), **{f"{n}.py": "" for n in range(10_000)}}),
        "5 MB": answer(test_app_py=GOOD_TEST + "#" * 5_000_000),
        "a name of 50,000 letters": answer(app_py=f"def f():\n    return x.__{'a' * 50_000}\n"),
        "a host with signs for a terminal": answer(app_py="def f():\n    return 'http://\\x1b[31mx\\x9b\\u202e/'\n"),
    }


def test_each_hostile_reply_leaves_one_short_reason_and_nothing_else(tmp_path):
    said = replies()
    store = ArtifactStore(tmp_path / "artifacts")
    model = ScriptedModel(lambda _request, number: good(list(said.values())[number]))
    ports = GeneratePorts(clock=StillClock(), observer=Listener(), keep=store.save_app, model=model)
    design = architecture('resource "aws_sns_topic" "t" {}\n', services=("sns",))
    for name in said:
        options = GenerateOptions(parallel=1, repairs=0, generator=GeneratorChoice.CLAUDE)
        (item,) = generate([design], known={}, options=options, ports=ports).items
        assert item.outcome in ("malformed", "against-policy"), (name, item)
        assert 0 < len(item.reason) < 1_000, (name, len(item.reason))
        assert item.reason.isprintable(), (name, item.reason)
    assert len(model.requests) == len(said)
    assert list(tmp_path.rglob("*")) == []


def test_ordinary_code_that_looks_alike_is_allowed():
    client = '''"""Client."""

import enum
import json
from dataclasses import dataclass
from functools import wraps

SIZE = 5 * 1024**2
BODY = "x" * 300_000
CASES = [n for n in range(3)]


class Colour(enum.Enum):
    RED = "red"


class Refused(Exception):
    def __init__(self, order):
        self.order = order


@dataclass(frozen=True)
class Order:
    colour: Colour

    def shown(self):
        match self.colour:
            case Colour.RED:
                return json.dumps({"colour": type(self).__name__})
            case str(real=1):
                return ""


def retried(function):
    @wraps(function)
    def again(*arguments):
        found = {}
        found["x"] = function(*arguments)
        return found

    return again
'''
    fixtures = "import json\n\nimport pytest\n\n\n@pytest.fixture(scope='module')\ndef order(client):\n    state = json.dumps({})\n    return state\n"
    assert climbed(app_py=client, conftest_py=fixtures).errors == ()
