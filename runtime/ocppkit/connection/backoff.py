"""How long a station waits before it connects again: plain arithmetic, no clock, no dice."""

from __future__ import annotations

from attrs import field, frozen, validators

from ocppkit.value import Value

__all__ = ["Backoff"]


@frozen(kw_only=True, eq=False, repr=False)
class Backoff(Value):
    """The waits between a station's attempts to reconnect (2.0.1 Part 4 §5.3, errata §4.12).

    Every wait is a base that doubles from attempt to attempt, plus a random part that is drawn
    anew each time and is not doubled. After a connection the count of attempts starts over.

    Attributes:
        wait_minimum_s: the base of the first wait (RetryBackOffWaitMinimum).
        random_range_s: the largest random part (RetryBackOffRandomRange).
        repeat_times: how often the base doubles before it stays (RetryBackOffRepeatTimes).
    """

    wait_minimum_s: float = field(validator=validators.ge(0))
    random_range_s: float = field(validator=validators.ge(0))
    repeat_times: int = field(validator=validators.ge(0))

    def delay(self, attempt: int, random: float) -> float:
        """How long to wait before an attempt, in seconds.

        Args:
            attempt: which attempt since the connection was lost; the first is 1.
            random: a fresh random number in [0, 1).

        Raises:
            ValueError: for an attempt below 1 or a number outside [0, 1).
        """
        if attempt < 1:
            msg = f"attempts count from 1, got {attempt}"
            raise ValueError(msg)
        if not 0 <= random < 1:
            msg = f"the random number is in [0, 1), got {random}"
            raise ValueError(msg)
        doublings = min(attempt - 1, self.repeat_times)
        return self.wait_minimum_s * (1 << doublings) + self.random_range_s * random
