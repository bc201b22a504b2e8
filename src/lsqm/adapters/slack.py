"""A Slack incoming webhook. Its URL is the secret, so it appears in no message, not even an error's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lsqm.adapters.http import HttpClient, HttpError
from lsqm.ports.notifier import NotifierError

_MEANING = {
    "invalid_payload": "Slack did not understand the message",
    "invalid_blocks": "Slack did not understand the message",
    "msg_blocks_too_long": "the message is too long for Slack",
    "no_service": "the webhook was revoked; make a new one and set SLACK_WEBHOOK_URL",
    "no_team": "the webhook's workspace is gone; set SLACK_WEBHOOK_URL",
    "channel_is_archived": "the webhook's channel is archived; make a new webhook and set SLACK_WEBHOOK_URL",
    "channel_not_found": "the webhook's channel is gone; make a new webhook and set SLACK_WEBHOOK_URL",
    "action_prohibited": "an administrator forbids posting there",
}
_ANSWERED = frozenset({400, 401, 403, 404, 410})


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackWebhook:
    """Implements `lsqm.ports.notifier.Notifier`."""

    url: str = field(repr=False)
    client: HttpClient

    def post(self, message: Mapping[str, Any]) -> None:
        """Post once; Retry-After is honoured by the client. Raises NotifierError."""
        try:
            # Posting a summary twice is better than not at all, so an unanswered request is repeated.
            reply = self.client.request("POST", self.url, content=dict(message), fine=_ANSWERED)
        except HttpError as error:
            what = f"HTTP {error.status}" if error.status else "no answer"
            wait = f", it asks to wait until {error.retry_at:%H:%M:%S} UTC" if error.retry_at else ""
            # The cause carries the URL, so it is not chained.
            raise NotifierError(f"{what}{wait}") from None
        said = reply.body.decode(errors="replace").strip()[:100]
        if reply.status != 200 or said != "ok":
            what = _MEANING.get(said, f"{said or 'nothing'} (HTTP {reply.status})")
            raise NotifierError(what)
