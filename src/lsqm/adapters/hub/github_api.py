"""GitHub's REST API over a shelf of repositories: what is needed to list, look and download."""

import hashlib
from typing import Any

from lsqm.adapters.hub.answer import Answer, Question
from lsqm.adapters.hub.repositories import BareRepository, Shelf

TREE_LIMIT = 100_000
"""Entries after which GitHub truncates a recursive tree."""


def answer(question: Question, shelf: Shelf, *, tree_limit: int = TREE_LIMIT) -> Answer:
    """Answer a request below the API's base path."""
    match question.path:
        case ("rate_limit",):
            return Answer.json({"resources": {}})
        case ("orgs" | "users", owner):
            found = shelf.repositories(owner)
            return Answer.json({"login": owner, "public_repos": len(found)}) if found else Answer.missing()
        case ("orgs" | "users", owner, "repos"):
            return _owned(question, shelf, owner)
        case ("repos", owner, name, *rest):
            repository = shelf.find(owner, name)
            return _one(question, repository, tuple(rest), tree_limit) if repository else Answer.missing()
        case _:
            return Answer.missing()


def archive(shelf: Shelf, owner: str, name: str, ref: str) -> Answer:
    """The tarball itself, served elsewhere than the API."""
    repository = shelf.find(owner, name)
    commit = repository.commit(ref) if repository else ""
    if not repository or not commit:
        return Answer.missing()
    body = repository.archive(commit, f"{owner}-{repository.name}-{commit[:7]}")
    if not body:
        return Answer.json({"message": "git could not pack this commit: are objects missing?"}, status=500)
    return Answer(body=body, headers={"Content-Type": "application/x-gzip", "ETag": f'"{commit}"'})


def _owned(question: Question, shelf: Shelf, owner: str) -> Answer:
    found = shelf.repositories(owner)
    if not found:
        return Answer.missing()
    match question.query.get("sort"):
        case "full_name" | None:
            found.sort(key=lambda repository: repository.full_name.lower())
        case _:
            pass
    if question.query.get("direction") == "asc" and question.query.get("sort") == "pushed":
        found.reverse()
    size = question.number("per_page", 30, most=100) or 30
    page = question.number("page", 1) or 1
    last = max(1, -(-len(found) // size))
    links = []
    for relation, number in (("prev", page - 1), ("next", page + 1), ("last", last), ("first", 1)):
        if 1 <= number <= last and not (relation in ("last", "first") and number == page):
            query = "&".join(
                [f"{key}={value}" for key, value in question.query.items() if key != "page"] + [f"page={number}"]
            )
            links.append(f'<{question.base}/{"/".join(("api", *question.path))}?{query}>; rel="{relation}"')
    shown = [_repository(repository, question.base) for repository in found[(page - 1) * size : page * size]]
    return Answer.json(shown, headers={"Link": ", ".join(links)} if links else None)


def _one(question: Question, repository: BareRepository, rest: tuple[str, ...], tree_limit: int) -> Answer:
    match rest:
        case ():
            return Answer.json(_repository(repository, question.base))
        case ("commits", *ref):
            commit = repository.commit("/".join(ref) or "HEAD")
            if not commit:
                return Answer.json({"message": f"No commit found for SHA: {'/'.join(ref)}"}, status=422)
            if "vnd.github.sha" in question.headers.get("accept", ""):
                headers = {"Content-Type": "application/vnd.github.sha", "ETag": f'"{commit}"'}
                return Answer(body=commit.encode(), headers=headers)
            return Answer.json({"sha": commit, "commit": {"tree": {"sha": repository.tree_id(commit)}}})
        case ("branches", *ref):
            commit = repository.commit("/".join(ref))
            return Answer.json({"name": "/".join(ref), "commit": {"sha": commit}}) if commit else Answer.missing()
        case ("git", "ref", "heads", *ref):
            commit = repository.commit("/".join(ref))
            document = {"ref": f"refs/heads/{'/'.join(ref)}", "object": {"type": "commit", "sha": commit}}
            return Answer.json(document) if commit else Answer.missing()
        case ("git", "trees", *ref):
            return _tree(question, repository, "/".join(ref), tree_limit)
        case ("tarball", *ref):
            commit = repository.commit("/".join(ref) or "HEAD")
            if not commit:
                return Answer.missing()
            target = f"{question.base}/codeload/{repository.full_name}/legacy.tar.gz/{commit}"
            return Answer(status=302, headers={"Location": target})
        case _:
            return Answer.missing()


def _tree(question: Question, repository: BareRepository, ref: str, tree_limit: int) -> Answer:
    commit = repository.commit(ref)
    if not commit:
        return Answer.missing()
    entries = repository.tree(commit)
    if question.query.get("recursive") in (None, ""):
        entries = tuple(entry for entry in entries if "/" not in entry.path)
    listed: list[dict[str, Any]] = []
    for entry in entries[:tree_limit]:
        facts = {"path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
        listed.append(facts | ({"size": entry.size} if entry.kind == "blob" else {}))
    truncated = len(entries) > tree_limit
    return Answer.json({"sha": repository.tree_id(commit), "tree": listed, "truncated": truncated})


def _repository(repository: BareRepository, base: str) -> dict[str, Any]:
    name = repository.full_name
    number = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
    return {
        "id": number,
        "name": repository.name,
        "full_name": name,
        "owner": {"login": repository.owner, "type": "Organization"},
        "private": False,
        "fork": False,
        "archived": False,
        "disabled": False,
        "html_url": f"{base}/{name}",
        "clone_url": f"{base}/{name}.git",
        "default_branch": repository.branch,
        "pushed_at": repository.pushed_at,
        "size": 1,
        "license": None,
    }
