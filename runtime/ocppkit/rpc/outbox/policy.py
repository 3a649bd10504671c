"""How often a message is tried, whether it is kept, and how much may wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from attrs import frozen

from ocppkit.value import Value

__all__ = ["Excess", "Keep", "Lane", "Limits", "OtherMessages", "Retry", "Totals"]

_LONGEST_WAIT: Final = timedelta(days=366)  # whatever the CSMS configures


class Lane(StrEnum):
    """What a message must not overtake."""

    TRANSACTION = "transaction"
    OTHER = "other"


class Keep(StrEnum):
    """What becomes of a message of no transaction that cannot go now."""

    NEVER = "never"
    LATEST = "latest"  # of its name and topic
    ALL = "all"


class Totals(Protocol):
    """How full the journal is."""

    @property
    def id(self) -> int:
        """Of the message that was appended last, ever."""
        ...

    @property
    def entries(self) -> int:
        """How many wait."""
        ...

    @property
    def size(self) -> int:
        """Of their payloads, in octets."""
        ...


@frozen(kw_only=True, eq=False, repr=False)
class Retry(Value):
    """How often a message is tried.

    Attributes:
        attempts: in all; at least one is made (TransactionMessageAttempts, MessageAttempts).
        interval: times the attempts so far is the wait before the next, in seconds
            (TransactionMessageRetryInterval, MessageAttemptInterval).
    """

    attempts: int
    interval: float

    def exhausted(self, failures: int) -> bool:
        """Whether a message that failed so often is given up."""
        return failures >= self.attempts

    def due(self, failures: int, last: datetime) -> datetime:
        """When a message that failed so often, and then for the last time, may go again."""
        seconds = min(max(0.0, self.interval) * failures, _LONGEST_WAIT.total_seconds())
        return last + timedelta(seconds=seconds)


@frozen(kw_only=True, eq=False, repr=False)
class OtherMessages(Value):
    """Which messages of no transaction wait for the CSMS (QueueAllMessages).

    Attributes:
        rules: by the message's name.
        queue_all: whether those without a rule are kept, all of them; else none is.
        discard: names that are never kept, whatever the rest says.
    """

    rules: Mapping[str, Keep]
    queue_all: bool
    discard: frozenset[str]

    def keep(self, name: str) -> Keep:
        """What becomes of a message that cannot go now."""
        if name in self.discard:
            return Keep.NEVER
        return self.rules.get(name, Keep.ALL if self.queue_all else Keep.NEVER)


@frozen(kw_only=True, eq=False, repr=False)
class Excess(Value):
    """What waits beyond the limits; false where nothing does.

    Attributes:
        entries: so many messages.
        size: so many octets of payload.
    """

    entries: int
    size: int

    def __bool__(self) -> bool:
        return self.entries > 0 or self.size > 0


@frozen(kw_only=True, eq=False, repr=False)
class Limits(Value):
    """How much may wait before messages give way; what is essential is never among them.

    Attributes:
        entries: so many messages.
        size: so many octets of payload.
    """

    entries: int
    size: int

    def excess(self, totals: Totals) -> Excess:
        """What is too much."""
        return Excess(
            entries=max(0, totals.entries - self.entries), size=max(0, totals.size - self.size)
        )
