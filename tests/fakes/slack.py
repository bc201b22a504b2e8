"""A Slack incoming webhook: its limits, its plain-text answers."""

import json
from typing import Any

from tests.fakes.web import FakeService, Request, Response

PATH = "/services/T000/B000/s3cretPart"


class FakeSlack(FakeService):
    """Keeps what was posted."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self.says: tuple[int, bytes] | None = None

    @property
    def webhook(self) -> str:
        return self.url + PATH

    def answer(self, request: Request) -> Response:
        if request.path != PATH:
            return Response(status=404, content=b"no_service")
        if self.says:
            return Response(status=self.says[0], content=self.says[1])
        message = json.loads(request.body)
        complaint = complaint_about(message)
        if complaint:
            return Response(status=400, content=complaint.encode())
        self.messages.append(message)
        return Response(content=b"ok")


def complaint_about(message: dict[str, Any]) -> str:
    """What Slack would say about a message, empty for ok."""
    blocks = message.get("blocks", [])
    if not message.get("text"):
        return "no_text"
    if len(blocks) > 50:
        return "invalid_blocks"
    total = 0
    for block in blocks:
        limit, most = {"header": (150, 0), "section": (3000, 10), "context": (3000, 10)}[block["type"]]
        parts = block.get("fields", block.get("elements", []))
        limits = [(block["text"], limit)] if "text" in block else []
        limits += [(part, 2000) for part in parts]
        if len(parts) > most or not limits:
            return "invalid_blocks"
        for part, longest in limits:
            if not 0 < len(part["text"]) <= longest:
                return "invalid_blocks"
            total += len(part["text"])
    return "msg_blocks_too_long" if total > 13_200 else ""
