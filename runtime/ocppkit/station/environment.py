"""What a station takes from the world around it: time, ids, chance."""

from __future__ import annotations

import random
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime

from attrs import frozen

from ocppkit.clock import SystemClock
from ocppkit.value import Value

__all__ = ["Environment"]


_clock = SystemClock()


def _new_id() -> str:
    return str(uuid.uuid4())


@frozen(kw_only=True, eq=False, repr=False)
class Environment(Value):
    """The world as it is; tests put another in its place.

    Attributes:
        utc_now: the time of day.
        monotonic: seconds that only go forward.
        sleep: waits for so many seconds of ``monotonic``.
        new_id: an id that no station ever makes twice, at most 36 characters (E01.FR.08).
        random: a number in [0, 1).
    """

    utc_now: Callable[[], datetime] = _clock.utc_now
    monotonic: Callable[[], float] = _clock.monotonic
    sleep: Callable[[float], Awaitable[None]] = _clock.sleep
    new_id: Callable[[], str] = _new_id
    random: Callable[[], float] = random.random
