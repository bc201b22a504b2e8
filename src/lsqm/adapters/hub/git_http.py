"""Cloning from the hub: `git http-backend` does the talking, reading only."""

import subprocess

from lsqm.adapters.hub.answer import Answer, Question
from lsqm.adapters.hub.repositories import Shelf, git_environment


def answer(question: Question, shelf: Shelf, method: str, body: bytes) -> Answer:
    """`/OWNER/NAME(.git)/info/refs` and `/git-upload-pack`; everything else is missing."""
    match question.path:
        case (owner, name, "info", "refs") if question.query.get("service") == "git-upload-pack":
            tail = "info/refs"
        case (owner, name, "git-upload-pack") if method == "POST":
            tail = "git-upload-pack"
        case _:
            return Answer.missing()
    repository = shelf.find(owner, name)
    if repository is None:
        return Answer.missing()
    settings = {"GIT_CONFIG_KEY_1": "uploadpack.allowAnySHA1InWant", "GIT_CONFIG_VALUE_1": "true"}
    environment = git_environment() | {
        "GIT_PROJECT_ROOT": str(repository.path.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{repository.path.name}/{tail}",
        "REQUEST_METHOD": method,
        "QUERY_STRING": "&".join(f"{key}={value}" for key, value in question.query.items()),
        "CONTENT_TYPE": question.headers.get("content-type", ""),
        "HTTP_CONTENT_ENCODING": question.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": question.headers.get("git-protocol", ""),
        "CONTENT_LENGTH": str(len(body)),
        **settings,
        "GIT_CONFIG_COUNT": "2",
    }
    done = subprocess.run(
        ["git", "http-backend"], env=environment, input=body, capture_output=True, check=False, timeout=600
    )
    head, _, rest = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
    status = int(headers.pop("Status", "200").split()[0])
    return Answer(status=status, body=rest, headers=headers)
