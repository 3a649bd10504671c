"""Plug & Charge put together, in the messages of 2.0.1, which 1.6 carries too.

Needs the extra ``security``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from ocppkit.authorization import Entry
from ocppkit.message import R, Request
from ocppkit.security.entries import OwnUse
from ocppkit.station.certificate_management import CertificateManagement
from ocppkit.station.certificate_signing import CertificateSigning
from ocppkit.station.contract import ContractPolicy
from ocppkit.station.contract_authorizing import ContractAuthorizing
from ocppkit.station.contract_validation import ContractValidation
from ocppkit.station.core import StationCore
from ocppkit.station.id_token import IdToken
from ocppkit.station.ocsp_cache import OcspCache
from ocppkit.station.ocsp_refreshing import OcspRefreshing, V2GChain
from ocppkit.station.signing_policy import SigningPolicy, V2GSubject
from ocppkit.station.signing_use import V2GUse
from ocppkit.station.v2g_credentials import V2GCredentials
from ocppkit.v201 import (
    CertificateSigningUseEnumType,
    GenericStatusEnumType,
    SignCertificateRequest,
)

__all__ = ["Call", "Iso15118"]


class Call(Protocol):
    """Asks the CSMS, as `Link.call`."""

    async def __call__(self, request: Request[R], *, asked: bool = False) -> R:
        """Ask; raises OcppError."""
        ...


class Iso15118:
    """What a station needs for Plug & Charge, in no version's wrapping.

    Attributes:
        authorizing: judges contracts.
        management: of the roots.
        signing: of the certificate that EVs are shown.
    """

    def __init__(
        self,
        *,
        core: StationCore,
        policy: ContractPolicy,
        renewals: SigningPolicy,
        renews: Callable[[], bool],
        call: Call,
        ready: Callable[[bool], bool],
        learn: Callable[[IdToken, Entry], Awaitable[None]],
        longest: int,
    ) -> None:
        """Put everything together; see `run`.

        Args:
            core: the station.
            policy: what the configuration says of contracts; changed in place.
            renewals: what it says of renewals; changed in place.
            renews: whether the certificate that EVs are shown is renewed.
            call: asks the CSMS.
            ready: whether a request can go that the CSMS has asked for, or not.
            learn: takes up what the CSMS says of a contract's id.
            longest: how many characters of an id transactions can carry.
        """
        certificates, told = core.security.certificates, core.config.plug_and_charge
        description = core.hardware.description
        self._core = core
        self._policy = policy
        self._call = call
        self._certificates = certificates
        self._cache = OcspCache(key_values=core.store.key_values, now=core.now)
        self._loading = asyncio.Lock()
        self._loaded = False
        self.management = CertificateManagement(
            certificates=certificates,
            events=core.security.events,
            now=core.now,
            secured=self._secured,
        )
        self.authorizing = ContractAuthorizing(
            policy=policy,
            validation=ContractValidation(certificates=certificates, now=core.now),
            cache=self._cache,
            ask=call,
            learn=learn,
            longest=longest,
        )

        def subject() -> V2GSubject:
            return V2GSubject(
                common_name=policy.secc_id
                or told.secc_common_name
                or description.serial_number
                or core.config.identity,
                organization=policy.organization or told.secc_organization or renewals.organization,
                country=policy.country or told.secc_country,
            )

        self.signing = CertificateSigning(
            use=V2GUse(
                subject=subject,
                certificates=certificates,
                enabled=renews,
                renewed=self.renewed,
            ),
            policy=renewals,
            certificates=certificates,
            events=core.security.events,
            key_values=core.store.key_values,
            ask=self._sign,
            ready=lambda asked: renews() and ready(asked),
            now=core.now,
            sleep=core.environment.sleep,
        )
        self._refreshing = OcspRefreshing(
            cache=self._cache,
            chains=self._chains,
            ask=call,
            ready=lambda: (policy.enabled or renews()) and ready(False),
            interval=timedelta(seconds=told.ocsp_refresh),
            now=core.now,
            sleep=core.environment.sleep,
        )

    def wake(self) -> None:
        """Look anew at what is due."""
        self.signing.wake()
        self._refreshing.wake()

    async def run(self) -> None:
        """Renew the certificate and what OCSP says of it, for ever."""
        await self.load()
        async with asyncio.TaskGroup() as tasks:
            _ = tasks.create_task(self.signing.run(), name="V2G certificate renewal")
            _ = tasks.create_task(self._refreshing.run(), name="OCSP")

    async def load(self) -> None:
        """Take up what was known before the restart, once."""
        async with self._loading:
            if not self._loaded:
                await self._cache.load()
                self._loaded = True

    async def credentials(self) -> tuple[V2GCredentials, ...]:
        """What EVs are shown: of each V2G root the newest certificate.

        Raises:
            OSError: they cannot be read.
        """
        store = self._certificates.store
        if store is None:
            return ()
        await self.load()
        return tuple(
            V2GCredentials(
                files=entry.files,
                ocsp=tuple(
                    self._cache.response(certificate, issuer)
                    for certificate, issuer in zip(
                        entry.chain, (*entry.chain[1:], entry.root), strict=True
                    )
                ),
            )
            for entry in (await store.read()).v2g_in_use()
        )

    def forgotten(self) -> None:
        """A certificate was deleted: nobody is asked about it any more."""
        self._refreshing.wake()

    async def _chains(self) -> list[V2GChain]:
        store = self._certificates.store
        if store is None:
            return []
        found = (await store.read()).own_for(OwnUse.V2G)
        return [(*entry.chain, entry.root) for entry in found]

    async def renewed(self) -> None:
        """EVs are shown another certificate: ask about it (M06.FR.07)."""
        self._refreshing.renewed()

    async def _sign(self, csr: str, asked: bool) -> bool:
        """Ask the CSMS to have a certificate signed; whether it does (A02.FR.02)."""
        use = CertificateSigningUseEnumType.V2G_CERTIFICATE
        request = SignCertificateRequest(csr=csr, certificate_type=use)
        response = await self._call(request, asked=asked)
        return response.status is GenericStatusEnumType.ACCEPTED

    def _secured(self) -> bool:
        profile = self._core.link.profile
        return profile is not None and profile.url.startswith("wss:")
