"""What the accepting handlers leave open."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeAlias

from attrs import field, frozen, validators

from ocppkit.clock import SystemClock

__all__ = ["Authorize", "Policy"]

Authorize: TypeAlias = Callable[[str, str], bool | Awaitable[bool]]
"""Whether a token may charge at a station: called with the station's identity and the token.

Tokens are the same in upper and lower case (1.6 CiString20Type, 2.0.1 identifierString).
"""


def _everyone(_identity: str, _token: str) -> bool:
    return True


@frozen(kw_only=True)
class Policy:
    """How the accepting handlers decide.

    Attributes:
        authorize: says which tokens may charge, all unless told otherwise.
        heartbeat_interval: what an accepted station is told, in seconds.
        now: the clock.
    """

    authorize: Authorize = _everyone
    heartbeat_interval: int = field(default=300, validator=validators.gt(0))
    now: Callable[[], datetime] = SystemClock().utc_now

    async def allows(self, identity: str, token: str) -> bool:
        """Whether a token may charge at a station."""
        answer = self.authorize(identity, token)
        return await answer if inspect.isawaitable(answer) else answer
