"""A: security: password, certificates of the station, security events, security profile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from ocppkit.message import Handler, Version
from ocppkit.security.uses import OwnUse
from ocppkit.station.config import StationConfig
from ocppkit.station.core import StationCore
from ocppkit.station.deferred import Deferred
from ocppkit.station.hardware import SecurityEvent
from ocppkit.station.renewal import Renewal
from ocppkit.station.security_notifier import SecurityNotifier
from ocppkit.station.signing_policy import SigningPolicy
from ocppkit.station.v201.a_variables import ClockPolicy, most_of_chain, security_variables
from ocppkit.station.v201.c_contract import ContractBlock
from ocppkit.station.v201.variables import Variable
from ocppkit.v201 import (
    EVSEType,
    MessageTriggerEnumType,
    SecurityEventNotificationRequest,
    StationCertificateManagementHandler,
    StationSecurityHandler,
)
from ocppkit.v201.codes import SecurityEvent as Named

if TYPE_CHECKING:
    from ocppkit.station.certificate_signing import CertificateSigning
    from ocppkit.station.v201.a_certificates import SignedCertificates, StationSigning
    from ocppkit.station.v201.f_remote_control import Triggered
    from ocppkit.station.v201.m_certificates import Certificates

__all__ = ["SecurityBlock", "notification", "signing_policy"]

_VERSION: Final = Version.V201
_NAMES: Final = frozenset(Named)
_LONGEST_INFO: Final = 255  # characters (SecurityEventNotificationRequest)
_LONGEST_TYPE: Final = 50
_WAIT, _REPEATS = 60, 5  # until the CSMS says otherwise: six requests in about an hour


def signing_policy(config: StationConfig) -> SigningPolicy:
    """What the configuration says of renewals, until the CSMS says otherwise."""
    return SigningPolicy(
        organization=config.certificates.organization or "",
        wait_minimum=_WAIT,
        repeat_times=_REPEATS,
        max_chain_size=most_of_chain(config),
        renew_before=timedelta(days=config.certificates.renew_before),
        awaits_start=False,
    )


def notification(event: SecurityEvent) -> SecurityEventNotificationRequest | None:
    """The message for a security event; None for one that is only logged (A04.FR.01).

    What is in no table is sent: its maker knows why it was told.
    """
    known = Named(event.type) if event.type in _NAMES else None
    if (known is not None and not known.critical) or event.at is None:
        return None
    info = event.tech_info
    return SecurityEventNotificationRequest(
        type=event.type[:_LONGEST_TYPE],
        timestamp=event.at,
        tech_info=None if info is None else info[:_LONGEST_INFO],
    )


class SecurityBlock:
    """What a station has of block A; certificates where it has a place for them."""

    def __init__(
        self, *, core: StationCore, policy: SigningPolicy, contracts: ContractBlock
    ) -> None:
        """Put it together; see `run`.

        Args:
            core: the station.
            policy: of renewals; changed in place.
            contracts: renews what EVs are shown.
        """
        self._core = core
        self._policy = policy
        self._contracts = contracts
        self._clock = ClockPolicy()
        self._notifier = SecurityNotifier(core=core, version=_VERSION, request=notification)
        self._possible = find_spec("cryptography") is not None
        self._renewal: Renewal[StationSigning] | None = None
        folders = core.config.certificates
        placed = core.security.certificates.has_store, folders.csms_ca, folders.own
        if any(placed) and self._possible:
            self._renewal = Renewal(self._signing, core=core)
            _ = core.events.subscribe(lambda _: self._wake())
        core.link.on_clock_set(self._clock_set)

    def variables(self) -> list[Variable]:
        """Its variables."""
        return security_variables(self._core, self._policy, self._clock, wake=self._wake)

    def handlers(self) -> list[Handler]:
        """What answers the CSMS; nothing of certificates without the extra ``security``."""
        if not self._possible:
            return []
        managed = Deferred(
            self._certificates,
            StationCertificateManagementHandler.on_delete_certificate,
            StationCertificateManagementHandler.on_get_installed_certificate_ids,
            StationCertificateManagementHandler.on_install_certificate,
        )
        renewal = self._renewal
        if renewal is None:
            return [managed]
        signed = Deferred(
            lambda: self._signed(renewal.made), StationSecurityHandler.on_certificate_signed
        )
        return [managed, signed]

    def messages(self) -> Mapping[MessageTriggerEnumType, Triggered]:
        """What can be triggered (F06)."""
        return {kind: self._sender(use) for kind, use in self._kinds().items()}

    def able(self) -> Mapping[MessageTriggerEnumType, Callable[[], bool]]:
        """Whether each of those can be sent now."""
        return {kind: self._able(use) for kind, use in self._kinds().items()}

    async def run(self) -> None:
        """Tell of security events and renew the station's certificate, for ever."""
        await self._core.security.started()
        async with asyncio.TaskGroup() as tasks:
            _ = tasks.create_task(self._notifier.run(), name="security events")
            if self._renewal is not None:
                _ = tasks.create_task(self._renewal.run(), name="certificate renewal")

    def _kinds(self) -> dict[MessageTriggerEnumType, OwnUse]:
        if self._renewal is None:
            return {}
        return {
            MessageTriggerEnumType.SIGN_CHARGING_STATION_CERTIFICATE: OwnUse.CHARGING_STATION,
            MessageTriggerEnumType.SIGN_COMBINED_CERTIFICATE: OwnUse.COMBINED,
            MessageTriggerEnumType.SIGN_V2G_CERTIFICATE: OwnUse.V2G,
        }

    def _of(self, use: OwnUse) -> CertificateSigning | None:
        """What renews a certificate, where that can be asked for now."""
        found = None if self._renewal is None else self._renewal.made.of(use)
        return found if found is not None and found.able else None

    def _able(self, use: OwnUse) -> Callable[[], bool]:
        return lambda: self._of(use) is not None

    def _sender(self, use: OwnUse) -> Triggered:
        async def send(where: EVSEType | None) -> None:  # noqa: ARG001  # not about one
            signing = self._of(use)
            if signing is not None:
                await signing.request()

        return send

    def _signing(self) -> StationSigning:
        from ocppkit.station.v201.a_certificates import (  # noqa: PLC0415  # an extra
            StationSigning,
        )

        return StationSigning(core=self._core, policy=self._policy, contracts=self._contracts)

    @staticmethod
    def _signed(signing: StationSigning) -> SignedCertificates:
        return signing.handler()

    def _certificates(self) -> Certificates:
        from ocppkit.station.v201.m_certificates import Certificates  # noqa: PLC0415  # at need

        return Certificates(core=self._core, deleted=self._contracts.contracting.forgotten)

    def _wake(self) -> None:
        if self._renewal is not None:
            self._renewal.wake()
        self._contracts.contracting.wake()

    def _clock_set(self, jump: timedelta) -> None:
        self._wake()
        seconds = jump.total_seconds()
        if self._core.dialect.version is _VERSION and abs(seconds) > self._clock.threshold:
            told = SecurityEvent(type=Named.SETTING_SYSTEM_TIME, tech_info=f"by {seconds:+.0f} s")
            self._core.launch(self._core.security.events.add(told), name="security event")
