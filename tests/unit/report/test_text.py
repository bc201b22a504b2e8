import json

import pytest

from lsqm.report import text


def test_terminal_codes_control_characters_and_bidi_marks_do_not_survive():
    raw = "\x1b[31mred\x1b[0m\x1b]0;title\x07 a\x00b\x85c \u202egnp.exe\u2069 \ud800"
    assert (
        text.clean(raw)
        == "red a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c \\u202egnp.exe\\u2069 \N{REPLACEMENT CHARACTER}"
    )


@pytest.mark.parametrize("start", ["\x1b]0;title", "\x1b[", "\x1bPdata", "\x1b"])
def test_an_unfinished_terminal_code_swallows_at_most_its_own_line(start):
    assert text.clean(f"before\n{start}\nafter").endswith("\nafter")


@pytest.mark.parametrize(
    "secret",
    [
        "ghp_" + "a1B2" * 9,
        "github_pat_" + "a1B2_" * 9,
        "sk-ant-" + "api03-" + "x" * 30,
        "xoxb-" + "1234567890-abc",
        "https://hooks.slack.com/services/" + "T000/B000/XXX",
        "ls-" + "abcdefgh-1234-5678-9012-abcdefghijkl",
    ],
)
def test_what_looks_like_a_credential_is_redacted(secret):
    assert secret not in text.clean(f"token={secret} end")
    assert text.REDACTED in text.clean(f"token={secret} end")


def test_credentials_in_a_url_are_redacted_but_the_host_stays():
    assert text.clean("git clone https://me:secret@host/x") == f"git clone https://{text.REDACTED}@host/x"


def test_json_for_a_script_element_can_neither_end_it_nor_open_a_comment():
    hostile = "</script><!--<script>\u2028\u2029&"
    encoded = text.for_script({"name": hostile})
    assert not set("<>&\u2028\u2029") & set(encoded)
    assert json.loads(encoded) == {"name": hostile}


def test_markdown_is_inert():
    escaped = text.for_markdown("[x](http://e.example) <b> | `y` @someone #1\nnext")
    assert "\n" not in escaped
    assert all(harmless in escaped for harmless in (r"\[x\]", r"\<b\>", r"\|", r"\`y\`", r"\#1"))
    assert not any(live in escaped for live in ("@s", "://"))


def test_code_cells_hold_any_text():
    assert text.code("a`b|c<script>@you") == "<code>a&#96;b&#124;c&lt;script&gt;&#64;you</code>"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://u:p@h/", "data:x", 'https://h/"x', "https://h/ x", ""])
def test_only_plain_web_addresses_become_links(url):
    assert text.safe_url(url) == ""


def test_a_plain_address_is_kept():
    assert text.safe_url("https://example.com/a?b=c#d") == "https://example.com/a?b=c#d"


@pytest.mark.parametrize(
    ("share", "shown"),
    [(None, "–"), (0.0, "0%"), (1.0, "100%"), (0.9999, "99.9%"), (0.0001, "0.1%"), (0.7841, "78.4%")],
)
def test_percent_never_claims_all_or_nothing_falsely(share, shown):
    assert text.percent(share) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.4, "0.4 s"), (48, "48 s"), (720, "12 min"), (7500, "2 h 05 min"), (5399, "1 h 30 min")]
)
def test_durations_read_well(seconds, shown):
    assert text.duration(seconds) == shown


def test_shorten_says_that_it_cut():
    assert text.one_line("x" * 5000, 10) == "x" * 9 + "…"


def test_a_time_that_is_none_is_shown_as_it_is():
    assert text.minute("yesterday") == "yesterday"
    assert text.minute("2026-11-15T01:04:00+01:00") == "15 Nov 2026, 00:04 UTC"
