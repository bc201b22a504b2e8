"""Servers and tokens: GitHub, the artifact repository, the tracker, Claude, Slack; and the clock, which they tell."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pydantic import SecretStr

from lsqm.cli import wiring
from lsqm.cli.checks.check import SYNCING, Check
from lsqm.config import Settings
from lsqm.errors import LsqmError

_SKEW_SECONDS = 120
_SLACK = re.compile(r"https://hooks\.slack(-gov)?\.com/(services|workflows|triggers)/[A-Za-z0-9/_-]+")
_LOCAL = re.compile(r"http://(127\.0\.0\.1|localhost)[:/]")


def checks(settings: Settings, environment: Mapping[str, str]) -> Iterator[Check]:
    """All of them. They ask each server once, briefly."""
    del environment
    yield from github(settings)
    yield artifact_repository(settings)
    yield tracker(settings)
    yield from claude(settings)
    yield slack(settings.slack_webhook_url.get_secret_value())


def github(settings: Settings) -> Iterator[Check]:
    """Token, its scopes, its end, what is left of its limit; and our clock against GitHub's."""
    from lsqm.adapters.http import HttpError

    token = settings.github_token.get_secret_value()
    client = wiring.http_client(settings, brief=True)
    try:
        reply = client.get(f"{settings.github_api_url.rstrip('/')}/rate_limit", fine={401, 403, 404})
    except HttpError as error:
        yield Check(
            name="GITHUB_TOKEN",
            found=f"{'set' if token else 'not set'}; {error}",
            consequence="GitHub is neither mined nor told",
            remedy="Check the network, HTTPS_PROXY and GITHUB_API_URL.",
        )
        yield Check(
            name="clock", found="not checked: no server answered", consequence="a wrong clock goes unnoticed",
            remedy="Run `lsqm doctor` again while online.",
        )  # fmt: skip
        return
    finally:
        client.close()
    yield _token(token, reply.status, reply.headers, _core(reply.body))
    yield clock(reply.headers.get("date", ""), datetime.now(UTC))


def _core(body: bytes) -> Mapping[str, int]:
    import json

    try:
        core = json.loads(body)["resources"]["core"]
        return {key: int(core[key]) for key in ("limit", "remaining", "reset")}
    except (ValueError, KeyError, TypeError):
        return {}


def _token(token: str, status: int, headers: Mapping[str, str], core: Mapping[str, int]) -> Check:
    left = ""
    if core:
        reset = datetime.fromtimestamp(core["reset"], UTC)
        left = f"{core['remaining']} of {core['limit']} requests left until {reset:%H:%M} UTC"
    if status == 401:
        return Check(
            name="GITHUB_TOKEN",
            found="set, but GitHub does not accept it",
            consequence="mining GitHub fails, nothing can be pushed or filed",
            remedy="Make a new token; fine-grained ones end by themselves.",
            stops=SYNCING | {"mine"},
        )
    if not token:
        return Check(
            name="GITHUB_TOKEN",
            found=f"not set; {left or 'limit unknown'}",
            consequence="mining GitHub is limited to 60 requests an hour, no issues are opened",
            remedy="Set GITHUB_TOKEN; a fine-grained one needs Contents read and write on the artifact repository and "
            "Issues read and write on the tracker.",
        )
    scopes = headers.get("x-oauth-scopes")
    ends = headers.get("github-authentication-token-expiration", "")
    kind = f"scopes: {scopes or 'none'}" if scopes is not None else "fine-grained: GitHub does not tell its rights"
    found = "; ".join(part for part in (f"accepted, {kind}", left, f"ends {ends}" if ends else "") if part)
    granted = {scope.strip() for scope in (scopes or "").split(",")}
    if scopes is not None and not granted & {"repo", "public_repo"}:
        return Check(
            name="GITHUB_TOKEN",
            found=found,
            consequence="it can read public repositories, but neither push nor open issues",
            remedy="Give it the scope repo (or public_repo when everything is public).",
        )
    if core and core["remaining"] < 100:
        return Check(
            name="GITHUB_TOKEN",
            found=found,
            consequence="mining stops until the limit is refilled, and goes on with the next run",
            remedy="Wait, or use another token.",
        )
    return Check(name="GITHUB_TOKEN", found=found)


def clock(date: str, now: datetime) -> Check:
    """Ours against the `Date` header of a server."""
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return Check(
            name="clock", found="not checked: the server told no time", consequence="a wrong clock goes unnoticed",
            remedy="Nothing to do where a time service keeps it.",
        )  # fmt: skip
    off = (now - theirs).total_seconds()
    found = f"{abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} GitHub's"
    if abs(off) <= _SKEW_SECONDS:
        return Check(name="clock", found=found)
    return Check(
        name="clock",
        found=found,
        consequence="run ids sort wrongly, TLS and AWS signatures fail",
        remedy="Let a time service keep it: sudo timedatectl set-ntp true.",
    )


def artifact_repository(settings: Settings) -> Check:
    """Whether the remote answers with the token we have."""
    from lsqm.ports.git import GitError
    from lsqm.publish.remote import unavailable

    name, consequence = "artifact repository", "results can be neither fetched nor pushed"
    try:
        remote = wiring.remote_of(settings)
    except LsqmError as error:
        return Check(name=name, found=str(error), consequence=consequence, remedy=error.hint, stops=SYNCING)
    if remote.bare is not None:
        return Check(name=name, found=f"in the workspace: {remote.bare} (ARTIFACT_REPO is not set)")
    folder = settings.workspace
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        heads = wiring.git_for(settings, remote).run(folder, ("ls-remote", "--heads", remote.url))
    except GitError as error:
        problem = unavailable(remote, error)
        return Check(name=name, found=str(problem), consequence=consequence, remedy=problem.hint, stops=SYNCING)
    branches = len(heads.splitlines())
    return Check(name=name, found=f"{remote.url}: {f'{branches} branches' if branches else 'empty, ready to begin'}")


def tracker(settings: Settings) -> Check:
    """Whether issues can be filed in ISSUE_REPO."""
    from lsqm.adapters.github_issues import GitHubIssues

    client = wiring.http_client(settings, brief=True)
    has_token = bool(settings.github_token.get_secret_value())
    issues = GitHubIssues(name=settings.issue_repo, client=client, api_url=settings.github_api_url, has_token=has_token)
    try:
        health = issues.probe()
    finally:
        client.close()
    if health.usable:
        return Check(name="issue tracker", found=f"{settings.issue_repo} takes issues")
    return Check(
        name="issue tracker",
        found=health.reason,
        consequence="confirmed regressions go to the artifact repository's own issues, or wait in the outbox",
        remedy="Set ISSUE_REPO to a repository whose issues GITHUB_TOKEN may write."
        if has_token
        else "Set GITHUB_TOKEN to a token that may write issues there.",
    )


def claude(settings: Settings) -> Iterator[Check]:
    """Whether the key is one, asked of the API without spending a token."""
    from lsqm.adapters.http import HttpError

    key = settings.anthropic_api_key.get_secret_value()
    name = "ANTHROPIC_API_KEY"
    stops = frozenset({"generate", "run"}) if settings.generator == "claude" else frozenset[str]()
    if settings.generator == "builtin":
        return
    if not key:
        yield Check(
            name=name,
            found="not set",
            consequence="apps come from the builtin generator",
            remedy="Set ANTHROPIC_API_KEY, or leave it: the builtin generator needs none.",
            stops=stops,
        )
        return
    # Without GitHub's token: it is nobody else's business, whatever the two URLs are set to.
    client = wiring.http_client(settings.model_copy(update={"github_token": SecretStr("")}), brief=True)
    headers = {"x-api-key": key, "anthropic-version": "2023-06-01"}
    try:
        reply = client.get(
            f"{settings.anthropic_base_url.rstrip('/')}/v1/models?limit=1000", headers=headers, fine={401, 403}
        )
    except HttpError as error:
        yield Check(
            name=name, found=f"set; {error}", consequence="apps come from the builtin generator",
            remedy="Check the network, HTTPS_PROXY and ANTHROPIC_BASE_URL.", stops=stops,
        )  # fmt: skip
        return
    finally:
        client.close()
    if reply.status != 200:
        yield Check(
            name=name, found="set, but the API does not accept it", consequence="apps come from the builtin generator",
            remedy="Make a new key in the Claude console.", stops=stops,
        )  # fmt: skip
        return
    budget = f"accepted; {settings.anthropic_token_budget:,} tokens a run with {settings.model}"
    yield Check(name=name, found=budget)


def slack(url: str) -> Check:
    """Only the webhook's shape: asking it would post a message."""
    if not url:
        return Check(
            name="SLACK_WEBHOOK_URL",
            found="not set",
            consequence="no Slack message is sent",
            remedy="Set SLACK_WEBHOOK_URL to an incoming webhook, or leave it.",
        )
    if _SLACK.fullmatch(url) or _LOCAL.match(url):
        return Check(name="SLACK_WEBHOOK_URL", found="set, of the right shape (nothing was posted)")
    return Check(
        name="SLACK_WEBHOOK_URL",
        found="set, but no incoming webhook: those look like https://hooks.slack.com/services/T…/B…/…",
        consequence="the Slack message will not arrive",
        remedy="Copy the webhook's URL again from Slack's app settings.",
    )
