"""Changes of the station's security profile, and what may not be used any more (A05)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit, urlunsplit

from attrs import asdict, evolve, frozen

from ocppkit.connection.network import NetworkProfile
from ocppkit.message import Version
from ocppkit.security.profile import PROFILES
from ocppkit.security.tls_errors import TlsReason
from ocppkit.security.upgrade import (
    Committed,
    ProfileChange,
    Reverting,
    Trying,
    begin_change,
    connected,
    failed,
    slots_to_remove,
)
from ocppkit.station.kept import KeyValues
from ocppkit.station.security_events import SecurityEvents
from ocppkit.v201.codes import SecurityEvent as EventV201
from ocppkit.value import Value

__all__ = ["Change", "SecurityChange", "number_of", "with_security"]

_logger = logging.getLogger(__name__)
_NAMESPACE: Final = "security_profile"

Pair: TypeAlias = tuple[int, NetworkProfile]


def number_of(profile: NetworkProfile, *, password: bool, certificate: bool) -> int:
    """The security profile of a way to the CSMS: its own, or what URL and credentials make it."""
    if profile.security_profile is not None:
        return profile.security_profile
    if urlsplit(profile.url).scheme == "ws":
        return 1 if password else 0
    return 3 if certificate and not password else 2


def with_security(profile: NetworkProfile, number: int) -> NetworkProfile:
    """The same way with another security profile (1.6: SecurityProfile)."""
    url = urlunsplit(urlsplit(profile.url)._replace(scheme=PROFILES[number].scheme))
    return evolve(profile, url=url, security_profile=number)


@frozen(kw_only=True, eq=False, repr=False)
class Change(Value):
    """A change that is under way.

    Attributes:
        state: how far it is.
        target: the way with the wanted security profile.
    """

    state: ProfileChange
    target: NetworkProfile


class SecurityChange:
    """The security profile in use and the change to another, which both outlast a restart.

    Attributes:
        allow_downgrade: AllowSecurityProfileDowngrade.
        committed: the security profile that a change has led to, and its way; None before any.
        in_use: the security profile of the last connection; None before any.
        change: None where none is under way.
        replaced: whether the CSMS has said since by which ways to connect (B09): then they are
            complete.
    """

    def __init__(
        self, *, events: SecurityEvents, key_values: KeyValues | None, allow_downgrade: bool = False
    ) -> None:
        """Begin without any change.

        Args:
            events: what the CSMS is to be told.
            key_values: where the state outlasts a restart; in memory only without it.
            allow_downgrade: AllowSecurityProfileDowngrade.
        """
        self.allow_downgrade = allow_downgrade
        self.committed: Pair | None = None
        self.in_use: int | None = None
        self.change: Change | None = None
        self.replaced = False
        self._events = events
        self._key_values = key_values

    async def load(self) -> None:
        """Take up what was there before the restart."""
        if self._key_values is None:
            return
        kept = await self._key_values.all(_NAMESPACE)
        try:
            if "committed" in kept:
                told = json.loads(kept["committed"])
                self.committed = (told["number"], _read_profile(told["network"]))
                self.in_use = told["number"]
            if "change" in kept:
                self.change = _read_change(json.loads(kept["change"]))
        except (ValueError, KeyError, TypeError):
            _logger.exception("the state of the security profile cannot be read")

    def network(self, configured: tuple[NetworkProfile, ...]) -> tuple[NetworkProfile, ...]:
        """The ways to the CSMS after a restart: what is under way first, nothing too low."""
        ways = self._remaining(configured)
        complete = self.replaced or self.committed is None
        if self.committed is not None and not complete and self.committed[1] not in ways:
            ways = (self.committed[1], *ways)
        match self.change:
            case Change(state=Trying(), target=target):
                ways = (target, *(each for each in ways if each != target))
        return ways

    def refusal(self, profile: NetworkProfile, number: int) -> str | None:
        """Why a way to the CSMS may not be used; None where it may.

        Args:
            profile: the way.
            number: its security profile.
        """
        if self._too_low(number):
            return f"security profile {number} is lower than {self.in_use}, which was in use"
        match self.change:
            case Change(state=Reverting(), target=target) if target == profile:
                return f"the change to security profile {number} has failed"
        return None

    async def begin(
        self, target: NetworkProfile, *, current: int, wanted: int, attempts: int
    ) -> None:
        """Begin a change that is allowed; connect with the target next."""
        state = begin_change(current=current, wanted=wanted, attempts=attempts)
        self.change = Change(state=state, target=target)
        await self._keep()

    async def failed(self, profile: NetworkProfile, reason: TlsReason | None) -> None:
        """An attempt to connect by a way failed."""
        match self.change:
            case Change(state=Trying() as state, target=target) if target == profile:
                # Its events are told apart from it, at once and once only.
                self.change = Change(state=failed(state, reason, Version.V201), target=target)
                await self._keep()

    async def connected(self, profile: NetworkProfile, number: int) -> NetworkProfile | None:
        """There is a connection.

        Returns:
            The target of the change that worked in this moment; None where none did.
        """
        self.in_use = number
        change = self.change
        if change is None:
            return None
        tried = change.target == profile
        if isinstance(change.state, Trying) is not tried:
            return None  # the target's turn is yet to come
        outcome = connected(change.state, Version.V201)
        self.change = None
        if not isinstance(outcome, Committed):
            _logger.warning("another security profile failed, back to %d", number)
            await self._keep()
            return None
        self.committed = (outcome.profile, profile)
        await self._keep()
        await self._events.add_once(EventV201.RECONFIGURATION_OF_SECURITY_PARAMETERS)
        return profile

    async def lower(self) -> None:
        """Let lower security profiles be used again; never at the wish of a CSMS (A00.FR.005)."""
        self.committed = self.in_use = self.change = None
        await self._keep()

    def _too_low(self, number: int) -> bool:
        if self.in_use is None:
            return False
        return bool(
            slots_to_remove({0: number}, in_use=self.in_use, allow_downgrade=self.allow_downgrade)
        )

    def _remaining(self, profiles: tuple[NetworkProfile, ...]) -> tuple[NetworkProfile, ...]:
        """The ways that say of themselves that they are high enough, or say nothing."""
        return tuple(
            each
            for each in profiles
            if each.security_profile is None or not self._too_low(each.security_profile)
        )

    async def _keep(self) -> None:
        if self._key_values is None:
            return
        committed = change = None
        if self.committed is not None:
            number, profile = self.committed
            committed = json.dumps({"number": number, "network": asdict(profile)})
        if self.change is not None:
            state = self.change.state
            told = {
                "previous": state.previous,
                "wanted": state.wanted,
                "attempts_left": state.attempts_left if isinstance(state, Trying) else 0,
                "target": asdict(self.change.target),
            }
            change = json.dumps(told)
        await self._key_values.put(_NAMESPACE, {"committed": committed, "change": change})


def _read_change(told: Mapping[str, Any]) -> Change:
    previous, wanted, left = told["previous"], told["wanted"], told["attempts_left"]
    state: ProfileChange = Reverting(previous=previous, wanted=wanted, events=())
    if left:
        state = Trying(previous=previous, wanted=wanted, attempts_left=left)
    return Change(state=state, target=_read_profile(told["target"]))


def _read_profile(told: Mapping[str, Any]) -> NetworkProfile:
    return NetworkProfile(**{**told, "versions": tuple(map(Version, told["versions"]))})
