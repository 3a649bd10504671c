"""The station's security, whatever version it speaks: for the blocks of each to build on."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from typing import Final

from ocppkit.connection import Session
from ocppkit.connection.network import NetworkProfile
from ocppkit.errors import NegotiationFailed
from ocppkit.message import Version
from ocppkit.security.events import tls_event
from ocppkit.security.profile import PROFILES
from ocppkit.security.secret import Secret
from ocppkit.security.tls_errors import describe_tls_error
from ocppkit.security.upgrade import ChangeRefusal, Installed, change_refusal
from ocppkit.station.certificates import StationCertificates
from ocppkit.station.config import StationConfig
from ocppkit.station.connectivity import Connectivity
from ocppkit.station.hardware import SecurityEvent
from ocppkit.station.kept import KeyValues
from ocppkit.station.security_change import SecurityChange, number_of, with_security
from ocppkit.station.security_events import SecurityEvents
from ocppkit.station.security_log import SecurityLog
from ocppkit.v201.codes import SecurityEvent as EventV201

__all__ = ["StationSecurity", "told_number"]

_logger = logging.getLogger(__name__)
_REFUSALS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_NAMESPACE: Final = "security"
_PASSWORD: Final = "password"  # noqa: S105  # its key
_MAX_ROOTS: Final = 100


class StationSecurity:
    """What guards the connection and what the CSMS is told of it.

    Attributes:
        password: for HTTP basic authentication; what is set here counts from the next dial on.
        log: all security events.
        events: what the CSMS has to be told.
        max_roots: how many roots can be installed (CertificateStoreMaxLength).
        replaces_csms_root: AdditionalRootCertificateCheck.
        certificates: what the station trusts and shows.
        change: the security profile in use, and the change to another.
    """

    def __init__(
        self,
        *,
        config: StationConfig,
        plan: Connectivity,
        now: Callable[[], datetime],
        key_values: KeyValues | None,
    ) -> None:
        """Guard a station.

        Args:
            config: of the station.
            plan: of its connecting.
            now: the time of day.
            key_values: what outlasts a restart.
        """
        self.password = config.password
        self.log = SecurityLog(key_values=key_values)
        self.events = SecurityEvents(now=now, key_values=key_values, log=self.log)
        self._startup_told = False
        self.max_roots = told_number(config, "CertificateStoreMaxLength", _MAX_ROOTS)
        self.replaces_csms_root = _flag(config, "AdditionalRootCertificateCheck")
        self.certificates = StationCertificates(
            config.certificates,
            state_dir=config.storage.state_dir,
            replace_csms_root=self.replaces_csms_root,
            # Each version counts in its own way: 2.0.1 also what the station shows.
            max_roots=self.max_roots,
            max_entries=self.max_roots if Version.V201 in config.versions else None,
        )
        self.change = SecurityChange(
            events=self.events,
            key_values=key_values,
            allow_downgrade=_flag(config, "AllowSecurityProfileDowngrade"),
        )
        self._config = config
        self._plan = plan
        self._now = now
        self._key_values = key_values

    async def begin(self) -> None:
        """Take up what was there before the restart; before anything is dialled."""
        await self.log.load()
        await self.events.load()
        await self._load_password()
        await self.change.load()
        await self.certificates.open()
        self._plan.set_profiles(self.change.network(self._plan.profiles))

    def number(self, profile: NetworkProfile, *, certificate: bool = False) -> int:
        """The security profile of a way to the CSMS.

        Args:
            profile: the way.
            certificate: whether the station has a certificate to show.
        """
        # A password that came by OCPP prepares a change of the profile: it makes none (A05).
        configured = self._config.password is not None
        return number_of(profile, password=configured, certificate=certificate)

    @property
    def current(self) -> int:
        """The security profile in use, or that of the way to be tried (SecurityProfile)."""
        in_use = self.change.in_use
        return self.number(self._plan.profile) if in_use is None else in_use

    async def set_password(self, password: Secret) -> bool:
        """Use another password from the next dial on; it outlasts a restart (A01).

        Returns:
            Whether the present connection was made with the one before.
        """
        if self._key_values is not None:  # in clear text, as it is needed (A01.FR.10)
            await self._key_values.put(_NAMESPACE, {_PASSWORD: password.reveal().hex()})
        self.password = password
        changed = EventV201.RECONFIGURATION_OF_SECURITY_PARAMETERS
        await self.events.add(SecurityEvent(type=changed, tech_info="another password"))
        return PROFILES[self.current].password

    async def _load_password(self) -> None:
        if self._key_values is None:
            return
        kept = (await self._key_values.all(_NAMESPACE)).get(_PASSWORD)
        if kept is None:
            return
        try:
            self.password = Secret(bytes.fromhex(kept))
        except ValueError:
            _logger.error("the password that the CSMS set cannot be read")  # noqa: TRY400  # no password in a traceback

    async def guarded(
        self, profile: NetworkProfile, dial: Callable[[], Awaitable[Session]]
    ) -> Session:
        """Dial where that is allowed, and take note of what becomes of it.

        Raises:
            NegotiationFailed: it is not allowed, or did not work.
        """
        try:
            certificate = profile.url.startswith("wss:") and await self.certificates.can_show()
        except OSError as error:
            raise NegotiationFailed(f"no connection: {error}") from error
        number = self.number(profile, certificate=certificate)
        refused = self.change.refusal(profile, number)
        if refused is not None:
            raise NegotiationFailed(f"no connection: {refused}")
        try:
            session = await dial()
        except NegotiationFailed as failed:
            await self._failed(profile, failed)
            raise
        try:
            await self._connected(profile, number)
        except BaseException:
            await session.close(1001)
            raise
        return session

    async def request(
        self,
        wanted: int,
        *,
        version: Version,
        target: NetworkProfile | None = None,
        switch: Callable[[NetworkProfile], None] | None = None,
    ) -> ChangeRefusal | None:
        """Change to another security profile, as `ChargingStation.change_security_profile` has it.

        Args:
            wanted: its number.
            version: that the CSMS speaks, whose rules count.
            target: the way to try.
            switch: connects by a way, at once.
        """
        current = await self._current()
        refusal = await self.refusal(wanted, version=version)
        if refusal is not None or wanted == current:
            return refusal
        target = target or self._with(wanted)
        await self.change.begin(
            target, current=current, wanted=wanted, attempts=self._plan.attempts
        )
        if switch is not None:
            switch(target)
        return None

    async def refusal(self, wanted: int, *, version: Version) -> ChangeRefusal | None:
        """Why a security profile may not be changed to; None where it may (A05).

        Args:
            wanted: its number.
            version: that the CSMS speaks, whose rules count.

        Raises:
            OSError: the certificates cannot be read.
        """
        now = self._now()
        return change_refusal(
            version=version,
            current=await self._current(),
            wanted=wanted,
            installed=Installed(
                password=self.password is not None,
                csms_root=await self.certificates.can_trust(at=now),
                certificate=await self.certificates.can_show(at=now),
            ),
            allow_downgrade=self.change.allow_downgrade,
        )

    async def started(self) -> None:
        """Take note that the station has started; of the first call only (A04)."""
        if not self._startup_told:
            self._startup_told = True
            await self.events.add(SecurityEvent(type=EventV201.STARTUP_OF_THE_DEVICE))

    async def _current(self) -> int:
        current = self.change.in_use
        if current is not None:
            return current
        shows = await self.certificates.can_show(at=self._now())
        return self.number(self._plan.profile, certificate=shows)

    def _with(self, wanted: int) -> NetworkProfile:
        """The way with a security profile: of those configured, or else the present one with it."""
        told = (each for each in self._config.network if each.security_profile == wanted)
        return next(told, None) or with_security(self._plan.profile, wanted)

    async def _failed(self, profile: NetworkProfile, failed: NegotiationFailed) -> None:
        reason = describe_tls_error(failed)
        event: str | None = None
        if reason is not None:
            event = tls_event(reason, Version.V201)
        elif failed.status in _REFUSALS:
            event = EventV201.FAILED_TO_AUTHENTICATE_AT_CSMS
        if event is not None:
            await self.events.add_once(str(event), f"slot {profile.slot}: {failed.reason}"[:255])
        await self.change.failed(profile, reason)

    async def _connected(self, profile: NetworkProfile, number: int) -> None:
        if await self.change.connected(profile, number) is not None:
            self._plan.set_profiles(self.change.network(self._plan.profiles))


def _flag(config: StationConfig, name: str) -> bool:
    """What the configuration says of a 1.6 key, or of a variable of SecurityCtrlr."""
    by_variable = any(
        each.id.component == "SecurityCtrlr" and each.id.variable == name and each.value == "true"
        for each in config.variables
    )
    return by_variable or (_key(config, name) or "").lower() == "true"


def told_number(config: StationConfig, name: str, default: int) -> int:
    """What the configuration says of a 1.6 key that is a number above 0."""
    told = _key(config, name) or ""
    return int(told) if told.isascii() and told.isdigit() and int(told) > 0 else default


def _key(config: StationConfig, name: str) -> str | None:
    values = (each.value for each in config.configuration if each.name.lower() == name.lower())
    return next(values, None)
