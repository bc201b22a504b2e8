"""What can go wrong on purpose, so that clients can be tried against it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(kw_only=True, slots=True)
class Fault:
    """Answer the next `times` requests whose path and query match `pattern` with this instead."""

    pattern: str
    status: int
    times: int = 1
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "injected"
    cut_after_bytes: int | None = None
    """Send the real answer, but break the connection after this many bytes of it."""

    def takes(self, target: str) -> bool:
        """Whether this request is one of them; counts it."""
        if self.times <= 0 or not re.search(self.pattern, target):
            return False
        self.times -= 1
        return True


def secondary_limit(pattern: str = "", *, times: int = 1, seconds: int = 1) -> Fault:
    """GitHub's answer to who asks too fast."""
    return Fault(
        pattern=pattern,
        status=403,
        times=times,
        headers={"Retry-After": str(seconds)},
        message="You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
    )
