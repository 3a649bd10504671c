"""Which network profile to dial next, when and why: a state machine without IO.

::

    WAITING ── attempt ──> DIALING ── connected ──> CONNECTED
       ^                      │                        │
       └─────── failed ───────┴───────── lost ─────────┘

`Connectivity.switch`, `Connectivity.hang_up` and `Connectivity.go_offline` lead back to WAITING
from everywhere: whoever dials or holds a connection then looks at `Connectivity.busy` and gives up.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, StrEnum

from attrs import frozen

from ocppkit.connection.backoff import Backoff
from ocppkit.connection.network import NetworkProfile
from ocppkit.value import Value

__all__ = ["Attempt", "Connectivity", "DialReason"]


class DialReason(StrEnum):
    """Why the station dials."""

    START = "the station starts"
    LOST = "the connection was lost"
    RETRY = "the last attempt failed"
    NEXT_PROFILE = "the profile before failed"
    SWITCH = "somebody asked for this profile"
    FALL_BACK = "the profile that somebody asked for failed"
    RECONNECT = "the station hung up"
    GO_ONLINE = "somebody asked to go online"


@frozen(kw_only=True, eq=False, repr=False)
class Attempt(Value):
    """One attempt to connect.

    Attributes:
        profile: by which way.
        number: which attempt with this profile in a row; the first is 1.
        reason: why.
    """

    profile: NetworkProfile
    number: int
    reason: DialReason


class _Phase(Enum):
    WAITING = "waiting"
    DIALING = "dialing"
    CONNECTED = "connected"


class Connectivity:
    """The station's plan of connecting (B10; 2.0.1 Part 4 §5.3).

    Each profile is tried so many times before the next one. Once all have failed, the profile of
    the last connection begins the next round (B10.FR.07), and the others follow in their order
    (B10.FR.08). It is tried in every round, also once it is not in the list any more: so the
    station never strands (B10.FR.09).

    All times are in the seconds that the methods are told.

    Attributes:
        attempts: how often to try a profile before the next (NetworkProfileConnectionAttempts).
        backoff: the waits; they grow over all profiles until there is a connection.
        profile: the one that is dialled or connected, or will be.
        last_good: the profile of the last connection.
    """

    def __init__(
        self,
        *,
        profiles: Sequence[NetworkProfile],
        attempts: int,
        backoff: Backoff,
        last_good: NetworkProfile | None = None,
    ) -> None:
        """Plan; nothing is due before `begin`.

        Args:
            profiles: best first.
            attempts: how often to try a profile before the next.
            backoff: the waits.
            last_good: the profile of the last connection, as far as known from before.

        Raises:
            ValueError: there is no profile, or less than one attempt.
        """
        if attempts < 1:
            msg = f"a profile is tried at least once, not {attempts} times"
            raise ValueError(msg)
        self.attempts = attempts
        self.backoff = backoff
        self.last_good = last_good
        self._profiles = _some(profiles)
        self.profile = self._profiles[0]
        self._fallback: NetworkProfile | None = None
        self._failed: list[NetworkProfile] = []  # in this round
        self._phase = _Phase.WAITING
        self._reason = DialReason.START
        self._tries = 0
        self._waits = 0
        self._due: float | None = None
        self._away = False
        self._holds = 0

    @property
    def profiles(self) -> tuple[NetworkProfile, ...]:
        """What is tried, best first."""
        return self._profiles

    @property
    def due(self) -> float | None:
        """When to dial; None where there is nothing to dial, or nobody may."""
        idle = self._phase is _Phase.WAITING and not self._away and not self._holds
        return self._due if idle else None

    @property
    def busy(self) -> bool:
        """Whether there is an attempt under way or a connection."""
        return self._phase is not _Phase.WAITING

    @property
    def away(self) -> bool:
        """Whether the station stays offline because somebody wants it to."""
        return self._away

    def begin(self, now: float) -> None:
        """The station has started: dial the first profile at once (B10.FR.04)."""
        self._fallback = None
        self._turn_to(self._profiles[0], DialReason.START)
        self._at_once(now)

    def attempt(self, now: float) -> Attempt:
        """Take the attempt that is due.

        Raises:
            RuntimeError: none is.
        """
        due = self.due
        if due is None or due > now:
            msg = "no attempt is due"
            raise RuntimeError(msg)
        self._phase = _Phase.DIALING
        self._tries += 1
        return Attempt(profile=self.profile, number=self._tries, reason=self._reason)

    def connected(self) -> None:
        """The attempt worked: all counts start over (errata 2025-09 §4.12)."""
        self._phase = _Phase.CONNECTED
        self._tries = self._waits = 0
        self._fallback = None
        self.last_good = self.profile

    def failed(self, now: float, random: float, *, skip: bool = False) -> None:
        """The attempt did not work.

        Args:
            now: the time.
            random: a fresh random number in [0, 1).
            skip: whether the profile can do no better now, so that its turn is over.
        """
        self._reason = DialReason.RETRY
        if skip or self._tries >= self.attempts:
            if self._fallback is not None:
                self._turn_to(self._fallback, DialReason.FALL_BACK)
                self._fallback = None
            else:
                self._turn_to_next()
        self._back_off(now, random)

    def lost(self, now: float, random: float, *, not_before: float | None = None) -> None:
        """The connection is gone without the station's wish; its profile is tried first.

        Args:
            now: the time.
            random: a fresh random number in [0, 1).
            not_before: until when a connection is of no use.
        """
        self._reason = DialReason.LOST
        self._failed.clear()
        self._back_off(now, random)
        if not_before is not None and self._due is not None:
            self._due = max(self._due, not_before)

    def hang_up(self, now: float) -> None:
        """End what is under way and dial the same profile again at once."""
        self._turn_to(self.profile, DialReason.RECONNECT)
        self._at_once(now)

    def switch(self, profile: NetworkProfile, now: float) -> None:
        """Leave what is there for another profile, which may be in no list (B10.FR.06).

        After so many failed attempts the one that worked before is dialled again.
        """
        if self._fallback is None:
            self._fallback = self.last_good or self.profile
        self._turn_to(profile, DialReason.SWITCH)
        self._at_once(now)

    def go_offline(self) -> None:
        """End what is under way and stay away until `go_online`."""
        self._away = True
        self._phase = _Phase.WAITING

    def go_online(self, now: float) -> None:
        """Dial at once, without back-off; does nothing while there is a connection."""
        self._away = False
        if not self.busy:
            self._turn_to(self.profile, DialReason.GO_ONLINE)
            self._at_once(now)

    def hold(self) -> None:
        """Dial nothing until `release`; what is under way goes on. Holds add up."""
        self._holds += 1

    def release(self) -> None:
        """Take back a `hold`.

        Raises:
            RuntimeError: there is none.
        """
        if not self._holds:
            msg = "nothing is held"
            raise RuntimeError(msg)
        self._holds -= 1

    def set_profiles(self, profiles: Sequence[NetworkProfile]) -> None:
        """Try other profiles from the next start, or the next change of profile, on (B09, B10).

        Raises:
            ValueError: there is none.
        """
        self._profiles = _some(profiles)

    def _turn_to(self, profile: NetworkProfile, reason: DialReason) -> None:
        self.profile = profile
        self._reason = reason
        self._tries = 0

    def _turn_to_next(self) -> None:
        self._failed.append(self.profile)
        following = next((each for each in self._profiles if each not in self._failed), None)
        if following is None:
            self._failed.clear()
            following = self.last_good or self._profiles[0]
        reason = DialReason.RETRY if following == self.profile else DialReason.NEXT_PROFILE
        self._turn_to(following, reason)

    def _at_once(self, now: float) -> None:
        self._phase = _Phase.WAITING
        self._failed.clear()
        self._waits = 0
        self._due = now

    def _back_off(self, now: float, random: float) -> None:
        self._phase = _Phase.WAITING
        self._waits += 1
        self._due = now + self.backoff.delay(self._waits, random)


def _some(profiles: Sequence[NetworkProfile]) -> tuple[NetworkProfile, ...]:
    if not profiles:
        msg = "a station has at least one network profile"
        raise ValueError(msg)
    return tuple(profiles)
