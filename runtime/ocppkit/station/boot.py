"""Registration with the CSMS: when to boot, and what may pass before it accepts.

A state machine without IO (B01-B03; 1.6 §4.2)::

    UNKNOWN ──> ACCEPTED        an answer decides; every state but ACCEPTED boots again at `due`
       ├──────> PENDING
       └──────> REJECTED
    any ──────> UNKNOWN         the station restarts, or meets another CSMS
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final

from attrs import frozen

from ocppkit.message import Version
from ocppkit.value import Value

__all__ = ["RULES", "Answers", "Boot", "BootAnswer", "BootReason", "Registration", "Rule", "Sends"]


class BootReason(StrEnum):
    """Why the station boots (BootReasonEnumType; 1.6 does not tell)."""

    APPLICATION_RESET = "ApplicationReset"
    FIRMWARE_UPDATE = "FirmwareUpdate"
    LOCAL_RESET = "LocalReset"
    POWER_UP = "PowerUp"
    REMOTE_RESET = "RemoteReset"
    SCHEDULED_RESET = "ScheduledReset"
    TRIGGERED = "Triggered"
    UNKNOWN = "Unknown"
    WATCHDOG = "Watchdog"


class Registration(StrEnum):
    """What the CSMS made of the BootNotification (RegistrationStatus)."""

    UNKNOWN = "unknown"
    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


@frozen(kw_only=True, eq=False, repr=False)
class BootAnswer(Value):
    """What the CSMS says to a BootNotification.

    Attributes:
        registration: whether it takes the station in.
        interval: of heartbeats, or until the next BootNotification; in seconds, 0 for no wish.
        current_time: the CSMS's.
    """

    registration: Registration
    interval: int
    current_time: datetime


class Sends(Enum):
    """What the station may send."""

    BOOTS = "BootNotification"
    ASKED = "BootNotification, and what the CSMS asked for"
    ALL = "everything"


class Answers(Enum):
    """What becomes of the CSMS's CALLs."""

    ALL = "they are handled"
    SECURITY_ERROR = "they are refused with SecurityError"
    NOTHING = "they are not answered"


@frozen(kw_only=True, eq=False, repr=False)
class Rule(Value):
    """What may pass in a state of registration."""

    sends: Sends
    answers: Answers


_COMMON: Final[Mapping[Registration, Rule]] = {
    # Not even what the CSMS asks for, until it has answered the boot (B01.FR.08; 1.6 §4.2).
    Registration.UNKNOWN: Rule(sends=Sends.BOOTS, answers=Answers.ALL),
    # (B02.FR.01, B02.FR.02; 1.6 §4.2)
    Registration.PENDING: Rule(sends=Sends.ASKED, answers=Answers.ALL),
    Registration.ACCEPTED: Rule(sends=Sends.ALL, answers=Answers.ALL),
}
RULES: Final[Mapping[Version, Mapping[Registration, Rule]]] = {
    Version.V16: {  # (1.6 §4.2: "shall not respond")
        **_COMMON,
        Registration.REJECTED: Rule(sends=Sends.BOOTS, answers=Answers.NOTHING),
    },
    Version.V201: {  # (B03.FR.02, B03.FR.08)
        **_COMMON,
        Registration.REJECTED: Rule(sends=Sends.BOOTS, answers=Answers.SECURITY_ERROR),
    },
}


class Boot:
    """When a BootNotification is due, for what reason, and what came of the last one.

    Attributes:
        registration: what the CSMS made of the last boot.
        due: when to send the next BootNotification, in the seconds that the methods are told; None
            for not at all.
        own_interval: between BootNotifications where the CSMS has no wish, in seconds
            (B02.FR.07, B03.FR.05).
    """

    def __init__(
        self, *, now: float, own_interval: float, reason: BootReason = BootReason.POWER_UP
    ) -> None:
        """Boot as soon as there is a connection.

        Args:
            now: the time, in seconds.
            own_interval: between BootNotifications where the CSMS has no wish, in seconds.
            reason: why the station has started.
        """
        self.own_interval = own_interval
        self.registration = Registration.UNKNOWN
        self.due: float | None = now
        self._reason = reason
        self._triggered = False
        self._wish = 0
        self._csms: Hashable = None
        self._settled = False

    @property
    def reason(self) -> BootReason:
        """Why the station has started; also of the BootNotifications that repeat it (B01.FR.09)."""
        return self._reason

    @property
    def settled(self) -> bool:
        """Whether the CSMS has accepted a boot over the present connection (1.6 errata §3.35)."""
        return self._settled and self.registration is Registration.ACCEPTED

    @property
    def silent_until(self) -> float | None:
        """Until when a connection is of no use (B03.FR.04); None where it is of use now."""
        return self.due if self.registration is Registration.REJECTED else None

    def rule(self, version: Version) -> Rule:
        """What may pass now."""
        return RULES[version][self.registration]

    def start(self, reason: BootReason, now: float) -> None:
        """The station has started anew: it boots at once (B01.FR.03)."""
        self._reason = reason
        self._begin(now)

    def connected(self, csms: Hashable, now: float) -> None:
        """There is a connection; it boots if that leads to another CSMS (B10.FR.10).

        It boots neither because the connection was lost meanwhile (2.0.1 Part 4 §5.3), nor earlier
        than the same CSMS wishes (B02.FR.04). The reason is that of the last start: there was none
        since.

        Args:
            csms: what tells one CSMS from another: version, slot, URL.
            now: the time, in seconds.
        """
        self._settled = False
        if self._csms is not None and csms != self._csms:
            self._begin(now)
        self._csms = csms

    def trigger(self, now: float) -> None:
        """The CSMS asks for a BootNotification: it goes at once (B02.FR.04)."""
        self._triggered = True
        self.due = now

    def sent(self) -> BootReason:
        """A BootNotification goes out now; returns its reason.

        ``Triggered`` is the reason of that one message: those that follow bear the station's own.
        """
        reason = BootReason.TRIGGERED if self._triggered else self._reason
        self._triggered = False
        self.due = None
        return reason

    def answered(self, registration: Registration, interval: int, now: float) -> None:
        """The CSMS has answered (B01.FR.04, B02.FR.08, B03.FR.06).

        Args:
            registration: whether it takes the station in.
            interval: that it wishes; in seconds, 0 or less for no wish.
            now: the time, in seconds.
        """
        self.registration = registration
        if registration is Registration.ACCEPTED:
            self._settled = True
            self._triggered = False  # (F06.FR.17)
            self._wish = 0
            self.due = None
        else:
            self._wish = max(0, interval)
            self._wait(now)

    def failed(self, now: float) -> None:
        """The CSMS did not answer, or with an error: what it said before still holds (B02, B03)."""
        if self.registration is not Registration.ACCEPTED:
            self._wait(now)

    def interrupted(self, now: float) -> None:
        """The connection went before the answer came: the next one brings it again."""
        if self.registration is not Registration.ACCEPTED and self.due is None:
            self.due = now

    def _begin(self, now: float) -> None:
        self.registration = Registration.UNKNOWN
        self.due = now
        self._triggered = False
        self._wish = 0

    def _wait(self, now: float) -> None:
        if not self._triggered:
            self.due = now + (self._wish or self.own_interval)
