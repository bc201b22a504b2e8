"""Smart HTTP git with Basic authentication: `git http-backend` behind a few lines of CGI."""

import base64
import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from tests.fakes.web import FakeService, Request, Response

TOKEN = "ghp_s3cretToken"


class GitServer(FakeService):
    """Serves the bare repositories below a folder to whoever has the token."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def answer(self, request: Request) -> Response:
        expected = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
        if request.headers.get("authorization", "").removeprefix("Basic ") != expected:
            return Response(status=401, content=b"", headers={"WWW-Authenticate": 'Basic realm="git"'})
        parts = urlsplit(request.path)
        done = subprocess.run(
            ["git", "-c", "http.receivepack=true", "http-backend"],
            input=request.body,
            capture_output=True,
            check=True,
            env={
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": str(self.folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "REQUEST_METHOD": request.method,
                "PATH_INFO": parts.path,
                "QUERY_STRING": parts.query,
                "CONTENT_TYPE": request.headers.get("content-type", ""),
                "CONTENT_LENGTH": str(len(request.body)),
                "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
                "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
                "REMOTE_USER": "lsqm",
            },
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(headers.pop("Status", "200").split()[0])
        return Response(status=status, content=body, headers=headers)
