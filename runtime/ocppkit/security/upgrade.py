"""Changes of the security profile: what is allowed, what to try, when to go back (A05).

::

    Trying     connected with the wanted     Committed
               failed, attempts left         Trying
               failed, none left             Reverting
    Reverting  connected with the previous   Reverted
               failed                        Reverting

`Trying` and `Reverting` are values to be stored: a reboot amid a change goes on where it was. The
same holds for a new client certificate and a new CSMS root, which the store keeps beside the old
ones until a connection was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

from attrs import evolve, field, frozen, validators

from ocppkit.message import Version
from ocppkit.security.events import SecurityEvent, tls_event
from ocppkit.security.profile import PROFILES
from ocppkit.security.tls_errors import TlsReason
from ocppkit.v16.codes import SecurityEvent as EventV16
from ocppkit.v201.codes import SecurityEvent as EventV201
from ocppkit.value import Value

__all__ = [
    "ChangeRefusal",
    "Committed",
    "Installed",
    "ProfileChange",
    "Reverted",
    "Reverting",
    "Trying",
    "begin_change",
    "change_refusal",
    "connected",
    "failed",
    "slots_to_remove",
]


class ChangeRefusal(StrEnum):
    """Why a change of the profile is answered with Rejected."""

    UNKNOWN = "there is no such security profile"
    NOT_HIGHER = "the security profile is not higher than the current one"
    DOWNGRADE = "the security profile is lower than the current one"
    NO_PASSWORD = "there is no password"  # noqa: S105  # a reason
    NO_CSMS_ROOT = "there is no valid root to check the CSMS with"
    NO_CERTIFICATE = "there is no valid certificate of the station"


@frozen(kw_only=True, eq=False, repr=False)
class Installed(Value):
    """What is there for a profile to use.

    Attributes:
        password: whether there is one that follows the rules.
        csms_root: whether a valid CSMS root is installed.
        certificate: whether a valid certificate of the station is installed.
    """

    password: bool
    csms_root: bool
    certificate: bool


def change_refusal(  # noqa: PLR0911  # a return a rule
    *,
    version: Version,
    current: int,
    wanted: int,
    installed: Installed,
    allow_downgrade: bool = False,
) -> ChangeRefusal | None:
    """Why a CSMS may not change the profile; None where it may.

    Args:
        version: 1.6 asks for a higher profile (whitepaper A05.FR.01), 2.0.1 for one that is not
            lower (A05.FR.04), as the profile is one of a network connection profile.
        current: the profile in use.
        wanted: what SecurityProfile, or a slot of NetworkConfigurationPriority, asks for.
        installed: what is there.
        allow_downgrade: AllowSecurityProfileDowngrade: 2.0.1 may go from 3 to 2, never to 1
            (A00.FR.005, A05.FR.08, A05.FR.09, A05.FR.10).
    """
    lowest = 0 if version is Version.V16 else 1
    if not lowest <= wanted < len(PROFILES):
        return ChangeRefusal.UNKNOWN
    if version is Version.V16:
        if wanted <= current:
            return ChangeRefusal.NOT_HIGHER
    elif wanted < current and not (allow_downgrade and (current, wanted) == (3, 2)):
        return ChangeRefusal.DOWNGRADE
    if wanted == current:
        return None
    profile = PROFILES[wanted]
    if profile.password and not installed.password:
        return ChangeRefusal.NO_PASSWORD
    if profile.tls and not installed.csms_root:
        return ChangeRefusal.NO_CSMS_ROOT
    if profile.client_certificate and not installed.certificate:
        return ChangeRefusal.NO_CERTIFICATE
    return None


@frozen(kw_only=True, eq=False, repr=False)
class Trying(Value):
    """The wanted profile is being tried.

    Attributes:
        previous: the profile to go back to.
        wanted: the profile to connect with now.
        attempts_left: how often it may still fail.
        events: what to report once connected, each once (A00.FR.316).
    """

    previous: int
    wanted: int
    attempts_left: int = field(validator=validators.ge(1))
    events: tuple[SecurityEvent, ...] = ()

    @property
    def profile(self) -> int:
        """What to connect with now."""
        return self.wanted


@frozen(kw_only=True, eq=False, repr=False)
class Reverting(Value):
    """The wanted profile does not work: the station goes back, however long it takes.

    Attributes:
        previous: the profile to connect with now.
        wanted: the profile that failed.
        events: what to report once connected.
    """

    previous: int
    wanted: int
    events: tuple[SecurityEvent, ...]

    @property
    def profile(self) -> int:
        """What to connect with now."""
        return self.previous


@frozen(kw_only=True, eq=False, repr=False)
class Committed(Value):
    """The wanted profile works: store it, and never use a lower one (A05.FR.06).

    Attributes:
        profile: in use from now on.
        events: what to report now.
    """

    profile: int
    events: tuple[SecurityEvent, ...]


@frozen(kw_only=True, eq=False, repr=False)
class Reverted(Value):
    """The previous profile is in use again; the setting goes back to it (1.6 A05.FR.08).

    Attributes:
        profile: in use from now on.
        events: what to report now.
    """

    profile: int
    events: tuple[SecurityEvent, ...]


ProfileChange: TypeAlias = Trying | Reverting
"""A change that is under way."""


def begin_change(*, current: int, wanted: int, attempts: int) -> Trying:
    """Begin a change that is allowed; disconnect, then connect with the new profile.

    Args:
        current: the profile in use.
        wanted: the new one.
        attempts: how often to try (NetworkProfileConnectionAttempts in 2.0.1).
    """
    return Trying(previous=current, wanted=wanted, attempts_left=attempts)


def failed(change: ProfileChange, reason: TlsReason | None, version: Version) -> ProfileChange:
    """An attempt to connect failed.

    Args:
        change: under way.
        reason: why TLS failed; None where it was not TLS.
        version: that the station speaks.
    """
    event = None if reason is None else tls_event(reason, version)
    events = change.events
    if event is not None and event not in events:
        events = (*events, event)
    match change:
        case Trying(attempts_left=1):
            return Reverting(previous=change.previous, wanted=change.wanted, events=events)
        case Trying():
            return evolve(change, attempts_left=change.attempts_left - 1, events=events)
        case Reverting():
            return evolve(change, events=events)


def connected(change: ProfileChange, version: Version) -> Committed | Reverted:
    """The connection stands: the CSMS took the websocket, with the profile under way."""
    match change:
        case Trying():
            changed: SecurityEvent = EventV201.RECONFIGURATION_OF_SECURITY_PARAMETERS
            if version is Version.V16:
                changed = EventV16.RECONFIGURATION_OF_SECURITY_PARAMETERS
            return Committed(profile=change.wanted, events=(*change.events, changed))
        case Reverting():
            return Reverted(profile=change.previous, events=change.events)


def slots_to_remove(
    profiles: Mapping[int, int], *, in_use: int, allow_downgrade: bool = False
) -> frozenset[int]:
    """The network connection profiles that go once a higher profile works (A05.FR.06).

    Args:
        profiles: slot → its security profile.
        in_use: the security profile of the connection.
        allow_downgrade: AllowSecurityProfileDowngrade: those of profile 2 stay under profile 3.
    """
    lowest = 2 if allow_downgrade and in_use == 3 else in_use
    return frozenset(slot for slot, profile in profiles.items() if profile < lowest)
