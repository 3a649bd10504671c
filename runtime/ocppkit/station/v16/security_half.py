"""The security extension of a 1.6 station, put together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ocppkit.message import Handler, Version
from ocppkit.station.core import StationCore
from ocppkit.station.deferred import Deferred
from ocppkit.station.hardware import SecurityEvent
from ocppkit.station.renewal import Renewal
from ocppkit.station.security import told_number
from ocppkit.station.security_notifier import SecurityNotifier
from ocppkit.station.signing_policy import LARGEST_CHAIN, SigningPolicy
from ocppkit.station.v16.configuration import Key
from ocppkit.station.v16.security_keys import security_keys
from ocppkit.station.v16.security_notification import notification
from ocppkit.v16 import (
    GenericStatusEnumType,
    MessageTriggerEnumType,
    SecurityEventNotificationRequest,
    SignCertificateRequest,
    StationSecurityHandler,
)

if TYPE_CHECKING:
    from ocppkit.station.certificate_signing import CertificateSigning
    from ocppkit.station.v16.security import ExtendedTriggers, SecurityExtension

__all__ = ["SecurityHalf"]

_VERSION = Version.V16
_SIGN = MessageTriggerEnumType.SIGN_CHARGE_POINT_CERTIFICATE

Triggered = Callable[[int | None], Awaitable[None]]


class SecurityHalf:
    """What a 1.6 station has of the extension; certificates where it has a place for them.

    Attributes:
        policy: of renewals.
    """

    def __init__(self, *, core: StationCore) -> None:
        config = core.config
        self._core = core
        self._listeners: list[Callable[[], None]] = []
        size = told_number(config, "CertificateSignedMaxChainSize", LARGEST_CHAIN)
        self.policy = SigningPolicy(
            organization=config.certificates.organization or "",
            max_chain_size=min(size, LARGEST_CHAIN),
            renew_before=timedelta(days=config.certificates.renew_before),
        )
        self._notifier = SecurityNotifier(core=core, version=_VERSION, request=self._notification)
        self._renewal: Renewal[CertificateSigning] | None = None
        folders = config.certificates
        placed = core.security.certificates.has_store, folders.csms_ca, folders.own
        if any(placed) and find_spec("cryptography") is not None:
            self._renewal = Renewal(self._signing, core=core)
            _ = core.events.subscribe(lambda _: self._wake())
        core.link.on_clock_set(self._clock_set)

    def keys(self) -> list[Key]:
        """The configuration keys (whitepaper §7)."""
        return security_keys(self._core, self.policy, wake=self._wake)

    def on_wake(self, listener: Callable[[], None]) -> None:
        """Tell somebody, too, when what renewals go by may be another."""
        self._listeners.append(listener)

    def handlers(
        self,
        messages: Mapping[MessageTriggerEnumType, Triggered],
        *,
        has_connector: Callable[[int], bool],
    ) -> list[Handler]:
        """What answers the CSMS.

        Args:
            messages: what can be triggered beside the extension's own messages.
            has_connector: whether there is such a connector.
        """
        renewal = self._renewal
        own = {} if renewal is None else {_SIGN: self._send_signing}

        def make() -> ExtendedTriggers:
            from ocppkit.station.v16.security import ExtendedTriggers  # noqa: PLC0415  # rare

            return ExtendedTriggers(
                messages={**own, **messages}, possible=self._possible, has_connector=has_connector
            )

        triggers = Deferred(make, StationSecurityHandler.on_extended_trigger_message)
        if renewal is None:
            return [triggers]
        extension = Deferred(
            lambda: self._extension(renewal.made),
            StationSecurityHandler.on_certificate_signed,
            StationSecurityHandler.on_delete_certificate,
            StationSecurityHandler.on_get_installed_certificate_ids,
            StationSecurityHandler.on_install_certificate,
        )
        return [triggers, extension]

    async def run(self) -> None:
        """Tell of security events and renew the station's certificate, for ever."""
        await self._core.security.started()
        async with asyncio.TaskGroup() as tasks:
            _ = tasks.create_task(self._notifier.run(), name="security events")
            if self._renewal is not None:
                _ = tasks.create_task(self._renewal.run(), name="certificate renewal")

    def _extension(self, signing: CertificateSigning) -> SecurityExtension:
        from ocppkit.station.certificate_management import (  # noqa: PLC0415  # at need
            CertificateManagement,
        )
        from ocppkit.station.v16.security import SecurityExtension  # noqa: PLC0415  # at need

        core = self._core
        management = CertificateManagement(
            certificates=core.security.certificates,
            events=core.security.events,
            now=core.now,
            secured=self._secured,
        )
        return SecurityExtension(management=management, signing=signing)

    def _signing(self) -> CertificateSigning:
        from ocppkit.station.certificate_signing import (  # noqa: PLC0415  # an extra
            CertificateSigning,
        )
        from ocppkit.station.signing_use import StationUse  # noqa: PLC0415  # an extra

        core = self._core
        certificates = core.security.certificates
        return CertificateSigning(
            use=StationUse(
                policy=self.policy,
                certificates=certificates,
                name=core.hardware.description.serial_number or core.config.identity,
                shows=lambda: self._spoken and core.security.change.in_use == 3,
                reconnect=lambda: core.keeper.reconnect("the station's certificate is another"),
            ),
            policy=self.policy,
            certificates=certificates,
            events=core.security.events,
            key_values=core.store.key_values,
            ask=self._ask,
            ready=self._ready,
            now=core.now,
            sleep=core.environment.sleep,
        )

    def _wake(self) -> None:
        if self._renewal is not None:
            self._renewal.wake()
        for listener in self._listeners:
            listener()

    def _clock_set(self, jump: timedelta) -> None:
        self._wake()
        if not self._spoken:
            return
        told = SecurityEvent(
            type="SettingSystemTime", tech_info=f"by {jump.total_seconds():+.0f} s"
        )
        self._core.launch(self._core.security.events.add(told), name="security event")

    @property
    def _spoken(self) -> bool:
        """Whether 1.6 is: a station with another version has another half, too."""
        return self._core.dialect.version is _VERSION

    def _secured(self) -> bool:
        profile = self._core.link.profile
        return profile is not None and profile.url.startswith("wss:")

    def _notification(self, event: SecurityEvent) -> SecurityEventNotificationRequest | None:
        return notification(event, profile=self._core.security.current)

    def _ready(self, asked: bool) -> bool:
        link = self._core.link
        speaks = link.session is not None and link.session.version is _VERSION
        return speaks and link.may_send(SignCertificateRequest.ACTION, asked=asked)

    async def _ask(self, csr: str, asked: bool) -> bool:
        response = await self._core.link.call(SignCertificateRequest(csr=csr), asked=asked)
        return response.status is GenericStatusEnumType.ACCEPTED

    def _possible(self, message: MessageTriggerEnumType) -> bool:
        if message is MessageTriggerEnumType.BOOT_NOTIFICATION:
            return not self._core.link.boot.settled  # (errata §3.35)
        if message is _SIGN:
            return self._renewal is not None and self._renewal.made.able
        return True

    async def _send_signing(self, connector: int | None) -> None:  # noqa: ARG002  # not about one
        if self._renewal is not None:
            await self._renewal.made.request()
