"""Why a synthesis failed, judged from what the app printed."""

import re

from lsqm.model.architecture import SkipReason
from lsqm.normalize.left_out import LeftOut

_SYMPTOMS: tuple[tuple[re.Pattern[str], SkipReason, str], ...] = (
    (
        re.compile(r"(?:ModuleNotFoundError: No module named|Cannot find module|Cannot find package) '([^'\s]+)'"),
        SkipReason.NEEDS_TOOL,
        "it imports {0}, which is not in the frozen environment",
    ),
    (
        re.compile(r"ImportError: cannot import name '(\w+)' from '([\w.]+)'"),
        SkipReason.NEEDS_TOOL,
        "it needs {0} of another version of {1}",
    ),
    (
        re.compile(
            r"(?:spawnSync|spawn|not found:|No such file or directory:) '?(docker|finch|podman|mvn|go|dotnet|git)\b"
        ),
        SkipReason.NEEDS_TOOL,
        "it runs {0} while it is synthesized",
    ),
    (
        re.compile(
            r"(ENOTFOUND|EAI_AGAIN|ENETUNREACH|getaddrinfo|Temporary failure in name resolution|Network is unreachable)"
        ),
        SkipReason.NEEDS_NETWORK,
        "it asks the network while it is synthesized ({0})",
    ),
    (
        re.compile(
            r"(NoCredentialsError|Unable to locate credentials|CredentialsProviderError|EndpointConnectionError)"
        ),
        SkipReason.NEEDS_NETWORK,
        "it asks AWS while it is synthesized ({0})",
    ),
    (
        re.compile(r"KeyError: '?([A-Z][A-Z0-9_]+)'?"),
        SkipReason.NEEDS_INPUT,
        "it needs the environment variable or setting {0}",
    ),
    (
        re.compile(
            r"(?:ENOENT: no such file or directory, \w+|No such file or directory:|Cannot find asset at) '?([^'\s]+)"
        ),
        SkipReason.NEEDS_INPUT,
        "it needs {0}, which is not in the repository",
    ),
    (
        re.compile(r"Cannot use undefined value for attribute `(\w+)`"),
        SkipReason.NEEDS_INPUT,
        "it needs a value for {0}",
    ),
    (
        re.compile(
            r"((?:[Cc]ontext|[Ee]nvironment) (?:value|variable|key)?[^.\n]{0,80}"
            r"(?:required|missing|not set|must|undefined|provide)[^\n]{0,80})"
        ),
        SkipReason.NEEDS_INPUT,
        "it asks for input: {0}",
    ),
    (
        re.compile(
            r"^([^\n]*(?:[Pp]lease (?:provide|specify|set|pass|define)\b"
            r"|must be (?:specified|provided|set)\b|(?:is|are) required\b)[^\n]*)",
            re.MULTILINE,
        ),
        SkipReason.NEEDS_INPUT,
        "it asks for input: {0}",
    ),
    (
        re.compile(r"(JavaScript heap out of memory|MemoryError|ENOSPC|File size limit exceeded)"),
        SkipReason.TOO_LARGE,
        "it needs more than the cage gives ({0})",
    ),
)
_ERROR_LINE = re.compile(r"^\s*(?:(?:Uncaught )?[\w.]*(?:Error|Exception|Fault)(?: \[\w+\])?: |«\w+» ).*", re.MULTILINE)


def explain(stderr: str, *, home: str) -> LeftOut:
    """Turn an app's complaint into a reason; `home` is cut out of paths so that the same failure reads the same."""
    text = stderr.replace(home, "")
    for pattern, reason, sentence in _SYMPTOMS:
        if match := pattern.search(text):
            words = [re.sub(r"\s+", " ", group).strip()[:200] for group in match.groups()]
            return LeftOut(reason=reason, detail=sentence.format(*words))
    lines = _ERROR_LINE.findall(text) or [line for line in text.splitlines() if line.strip()] or ["it printed nothing"]
    return LeftOut(reason=SkipReason.UNPARSABLE, detail=f"the app fails: {lines[-1].strip()[:300]}")
