"""One spelling per failure: whatever differs between two runs of the same thing is replaced by a placeholder."""

import re

_LIMIT = 240

_RULES = (
    (re.compile(r"\x1b\[[0-9;]*[A-Za-z]"), ""),
    (re.compile(r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"), "<uuid>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\b\d{8}T\d{6}Z\b"), "<time>"),
    (re.compile(r"\b(?:https?)://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?"), "<endpoint>"),
    (re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b"), "<ip>"),
    (re.compile(r"\b(?:localhost|localhost\.localstack\.cloud):\d+"), "<endpoint>"),
    (re.compile(r"(?<![\w./])/(?:tmp|var|home|root|Users|private|work|builds|runner)/[^\s'\"),:]*"), "<path>"),
    (re.compile(r"\b0x[0-9a-fA-F]+\b"), "<hex>"),
    (re.compile(r"\barn:aws[\w-]*:[^\s'\"),]+"), "<arn>"),
    (re.compile(r"\b(?:[a-z]{1,10}-)(?=[0-9a-f]*\d)[0-9a-f]{8,17}\b"), "<id>"),
    (re.compile(r"\b(?=[0-9a-fA-F]*\d)(?=[0-9a-fA-F]*[a-fA-F])[0-9a-fA-F]{12,64}\b"), "<hex>"),
    (re.compile(r"\b\d{12}\b"), "<account>"),
    (re.compile(r"\bRequestID: [^,\s]*,?\s*|\bHostID: [^,\s]*,?\s*|\(Request ID: [^)]*\)", re.IGNORECASE), ""),
    (re.compile(r"\b\d+(?:\.\d+)?(?:ms|s|m(?:\d+(?:\.\d+)?s)?)\b"), "<duration>"),
    (re.compile(r"\b\d{4,}\b"), "<number>"),
    (re.compile(r"\s+"), " "),
)


def normalise(message: str) -> str:
    """The first 240 characters of `message` with ids, ports, times, hex, accounts, addresses and paths made equal."""
    for pattern, replacement in _RULES:
        message = pattern.sub(replacement, message)
    message = message.strip()
    return message if len(message) <= _LIMIT else message[: _LIMIT - 1].rstrip() + "…"


def of_call(operation: str, status: str, code: str, message: str) -> str:
    """`service.Operation status code normalised-message`."""
    return " ".join(part for part in (operation, status, code, normalise(message)) if part)


def of_phase(phase: str, message: str) -> str:
    """Phase and normalised message, for what cannot be laid at one operation's door."""
    return f"{phase}: {normalise(message)}"
