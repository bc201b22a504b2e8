"""GitHub's REST API for issues as far as lsqm uses it: repository, issues, comments, labels, pages, ETags, permissions."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.web import FakeService, Request, Response

TOKEN = "ghp_fake"


@dataclass
class Repository:
    name: str
    archived: bool = False
    has_issues: bool = True
    can_label: bool = True
    can_write: bool = True
    """False: a token that may read issues and not write them."""
    issues: list[dict[str, Any]] = field(default_factory=list)
    comments: dict[int, list[str]] = field(default_factory=dict)


class FakeGitHub(FakeService):
    """Knows some repositories. Listing is consistent at once, as GitHub's is (its search is not, and is not offered)."""

    def __init__(self, *repositories: Repository) -> None:
        super().__init__()
        self.repositories = {repository.name: repository for repository in repositories}

    def answer(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Response(status=401, content={"message": "Bad credentials"})
        parts = urlsplit(request.path)
        match = re.fullmatch(r"/repos/([^/]+/[^/]+)((?:/.*)?)", parts.path)
        repository = self.repositories.get(match[1]) if match else None
        if match is None or repository is None:
            return Response(status=404, content={"message": "Not Found"})
        rest = [part for part in match[2].split("/") if part]
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match request.method, rest:
            case "GET", []:
                return Response(content=_shown_repository(repository))
            case "GET", ["issues"]:
                return self._page(request, _listed(repository, query), query)
            case "GET", ["issues", number]:
                found = _numbered(repository, number)
                return Response(content=found) if found else Response(status=404, content={"message": "Not Found"})
            case "GET", ["issues", number, "comments"]:
                bodies = repository.comments.get(int(number), [])
                return self._page(request, [{"body": body} for body in bodies], query)
            case _:
                pass
        if repository.archived:
            return Response(status=403, content={"message": "Repository was archived so is read-only."})
        if not repository.has_issues:
            return Response(status=410, content={"message": "Issues are disabled for this repo"})
        if not repository.can_write:
            return Response(status=403, content={"message": "Resource not accessible by personal access token"})
        match request.method, rest:
            case "POST", ["issues"]:
                return self._opened(repository, request.json())
            case "PATCH", ["issues", number]:
                found = _numbered(repository, number)
                assert found
                found.update({key: value for key, value in request.json().items() if key == "state"})
                return Response(content=found)
            case "POST", ["issues", number, "comments"]:
                body = request.json()["body"]
                if len(body) > 65536:
                    return Response(status=422, content={"message": "body is too long (maximum is 65536 characters)"})
                repository.comments.setdefault(int(number), []).append(body)
                return Response(status=201, content={"body": body})
            case _:
                pass
        return Response(status=404, content={"message": "Not Found"})

    def _opened(self, repository: Repository, sent: dict[str, Any]) -> Response:
        if len(sent["title"]) > 256 or len(sent["body"]) > 65536 or any(len(name) > 50 for name in sent["labels"]):
            return Response(status=422, content={"message": "Validation Failed"})
        number = len(repository.issues) + 1
        issue = {
            "number": number,
            "html_url": f"{self.url}/{repository.name}/issues/{number}",
            "state": "open",
            "title": sent["title"],
            "body": sent["body"],
            # Who may not label gets an issue without labels and no word about it.
            "labels": [{"name": name} for name in sent["labels"]] if repository.can_label else [],
        }
        repository.issues.append(issue)
        return Response(status=201, content=issue)

    def _page(self, request: Request, elements: list[dict[str, Any]], query: dict[str, str]) -> Response:
        size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
        shown = elements[(page - 1) * size : page * size]
        etag = f'"{hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:16]}"'
        headers = {"ETag": etag}
        if page * size < len(elements):
            path, _, _ = request.path.partition("&page=")
            headers["Link"] = f'<{self.url}{path}&page={page + 1}>; rel="next", <{self.url}{path}&page=9>; rel="last"'
        if request.headers.get("if-none-match") == etag:
            return Response(status=304, headers=headers)
        return Response(content=shown, headers=headers)


def _shown_repository(repository: Repository) -> dict[str, Any]:
    return {
        "full_name": repository.name,
        "archived": repository.archived,
        "has_issues": repository.has_issues,
        "permissions": {"pull": True, "triage": repository.can_label, "push": repository.can_label},
    }


def _numbered(repository: Repository, number: str) -> dict[str, Any] | None:
    return next((issue for issue in repository.issues if issue["number"] == int(number)), None)


def _listed(repository: Repository, query: dict[str, str]) -> list[dict[str, Any]]:
    wanted = set(query["labels"].split(",")) if "labels" in query else set()
    found = [
        issue
        for issue in repository.issues
        if wanted <= {label["name"] for label in issue["labels"]}
        and query.get("state", "open") in {"all", issue["state"]}
    ]
    return found if query.get("direction") == "asc" else found[::-1]
