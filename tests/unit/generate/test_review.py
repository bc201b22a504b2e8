"""Code from a model is hostile until it is read."""

import pytest

from lsqm.generate.extract import Malformed, extract
from lsqm.generate.files import PINNED, conftest, requirements
from lsqm.generate.ladder import climb_static
from lsqm.generate.review import review_policy, review_requirements, review_syntax
from lsqm.model.app import Rung
from tests.unit.generate.models import GOOD_TEST, answer


def app(test: str = GOOD_TEST, *, client: str = "", fixtures: str = "", packages: str = "boto3\n") -> dict[str, str]:
    return {
        "conftest.py": conftest(fixtures),
        "app.py": client,
        "test_app.py": test,
        "requirements.txt": packages,
    }


@pytest.mark.parametrize(
    "code",
    [
        "import os",
        "import os.path",
        "from os import environ",
        "import subprocess as s",
        "import socket",
        "import pathlib",
        "import requests",
        "import boto3",
        "import urllib.request",
        "from urllib import request",
        "from conftest import os",
        "from . import x",
        "from json import *",
        "from json import codecs",
        "from io import open",
        "import io",
        "def f():\n    import shutil",
        "def f():\n    return open('/etc/passwd')",
        "def f():\n    return eval('1')",
        "def f():\n    return getattr(f, 'x')",
        "def f():\n    return __import__('os')",
        "def f():\n    return __builtins__",
        "def f():\n    return ().__class__.__base__.__subclasses__()",
        "def f(e):\n    match e:\n        case object(__globals__=g):\n            return g",
        "import uuid\ndef f():\n    return uuid.os.system('id')",
        "import random\ndef f():\n    return random._os",
        "import json\ndef f():\n    return json.codecs.open('/etc/passwd')",
        "import urllib.parse\ndef f():\n    return urllib.request.urlopen('x')",
        "import urllib.parse\ndef f():\n    u = urllib\n    return u.request",
        "import boto3.dynamodb.conditions\ndef f():\n    return boto3.client('s3', endpoint_url='http://x')",
        "def f(client):\n    return client('s3', endpoint_url='http://x')",
        "def f(client):\n    return client('s3', 'eu-west-1', 'http://x')",
        "def f(client):\n    return client('s3', 'x.example.com/')",
        "def f(client, x):\n    return client(*x)",
        "def f(client, x):\n    return client(**x)",
        "import operator\ndef f(x):\n    return operator.attrgetter('a.b')(x)",
        "import string\ndef f(x):\n    return string.Formatter().get_field('0.__class__', (x,), {})",
        "def f(x):\n    return (i for i in x).gi_frame.f_builtins",
        "def f(s3):\n    s3.upload_file('/etc/passwd', 'b', 'k')",
        "def f(s3):\n    s3.meta.events.register('before-send', print)",
        "def f():\n    return 'http://evil.example/steal'",
        "def f():\n    return 'https://user@attacker.io/'",
        "def f():\n    return 'http://169.254.169.254/latest/meta-data'",
        "import time\ndef f():\n    time.sleep(3600)",
        "def f():\n    while True:\n        pass",
        "for x in []:\n    pass",
        "print('at import')",
        "def test_a(tmp_path):\n    assert tmp_path",
        "def test_a(monkeypatch):\n    assert monkeypatch",
        "import pytest\n@pytest.mark.usefixtures('monkeypatch')\ndef test_a():\n    assert f",
        "import pytest\ndef f():\n    pytest.main([])",
        "pytest_plugins = ['pytester']",
    ],
)
def test_what_reaches_for_more_than_the_emulator_is_refused(code):
    assert review_policy(app(client=code))


@pytest.mark.parametrize(
    "fixtures",
    [
        "def pytest_runtest_makereport(item):\n    return None",
        "import pytest\n@pytest.fixture\ndef client():\n    return None",
        "def f():\n    return os.environ",
        "def f():\n    return Path('/etc/passwd').read_text()",
        "def f():\n    return boto3.client('s3', endpoint_url='http://x')",
        "def f():\n    return _document('HOME')",
        "def f():\n    return urllib.request",
    ],
)
def test_fixtures_may_not_use_what_lsqms_own_part_imports(fixtures):
    assert review_policy(app(fixtures=fixtures))


def test_the_own_part_of_conftest_must_be_untouched():
    files = app()
    files["conftest.py"] = files["conftest.py"].replace("AWS_ENDPOINT_URL", "HOME")
    assert review_policy(files) == ("conftest.py: its first part is not lsqm's own",)


def test_ordinary_client_code_keeps_the_policy():
    client = '''"""Client."""

import json
import time
from io import BytesIO
from urllib.parse import quote
from uuid import uuid4

import pytest
from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

WAIT = 20


class Shop:
    def __init__(self, sqs):
        self.sqs = sqs


def poll(probe):
    end = time.monotonic() + WAIT
    while True:
        if probe() or time.monotonic() > end:
            return
        time.sleep(0.5)


def save(s3, bucket):
    s3.upload_fileobj(BytesIO(b"x"), bucket, quote("https://example.com/a"))
    return {"ns": "http://s3.amazonaws.com/doc/2006-03-01/", "id": str(uuid4()), "k": Key("a").eq(json.dumps(1))}
'''
    fixtures = "import pytest\n\n\n@pytest.fixture\ndef shop(client):\n    return client('sqs')\n"
    assert review_policy(app(client=client, fixtures=fixtures)) == ()


@pytest.mark.parametrize("region", ["'eu-west-1'", "arn.split(':')[3]", "region_of(arn)"])
def test_a_client_may_be_asked_for_in_a_region_that_is_read_from_the_state(region):
    assert review_policy(app(client=f"def logs(client, arn, region_of):\n    return client('logs', {region})\n")) == ()


@pytest.mark.parametrize(
    "line",
    [
        "requests",
        "boto3 @ https://evil/x.whl",
        "-r /etc/passwd",
        "--index-url https://evil",
        "./local",
        "boto3; import os",
    ],
)
def test_requirements_are_plain_names_from_the_list(line):
    assert review_requirements(f"pytest\n{line}\n")


def test_own_requirements_are_allowed_and_pinned():
    assert review_requirements(requirements()) == []
    assert requirements() == "".join(f"{name}=={PINNED[name]}\n" for name in sorted(PINNED))


def test_broken_python_is_told_with_its_line():
    assert review_syntax({"app.py": "x = (\n", "notes.txt": "("}) == (
        "app.py:1: '(' was never closed (app.py, line 1)",
    )
    assert review_syntax({"app.py": "x = 'a\0b'"})


@pytest.mark.parametrize(
    ("test", "why"),
    [
        ("def test_a(client):\n    client('sns')\n", "test_a asserts nothing"),
        ("def test_a(client):\n    client('sns')\n    assert True\n", "test_a asserts nothing"),
        ("def test_a(client):\n    assert client('s3').list_buckets()\n", "no test uses client"),
        ("X = 1\n", "there is no test"),
    ],
)
def test_an_app_must_assert_something_about_a_service_of_the_plan(test, why):
    found = climb_static(app(test), ("sns",))
    assert found.rung is Rung.POLICY
    assert any(why in error for error in found.errors)


def test_a_good_app_has_nothing_to_mend():
    assert climb_static(app(), ("sns",)).errors == ()
    assert climb_static(app(client="import os"), ()).may_be_saved is False
    assert climb_static(app(client="x = ("), ()).rung is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        '{"app.py": ""}',
        answer()[:-5],
        answer().replace('"app.py"', '"../../app.py"'),
        answer(app_py="x" * 5_000_000),
        answer(app_py="\0"),
        answer().replace('"boto3\\npytest\\n"', "7"),
        answer(app_py="\ud800"),
        "[" * 100_000,
        f"Here you are: {answer()}",
    ],
    ids=range(12),
)
def test_malformed_replies_are_refused_with_a_reason(text):
    with pytest.raises(Malformed) as caught:
        extract(text)
    assert len(str(caught.value)) < 500


def test_a_reply_may_stand_in_one_fence():
    assert extract(f"```json\n{answer()}\n```\n") == extract(answer())
