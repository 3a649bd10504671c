"""C07: the contracts of EVs (ISO 15118 Plug & Charge).

What it takes is loaded once ISO15118Ctrlr.PnCEnabled is true: stations without it stay small.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ocppkit.authorization import Entry
from ocppkit.message import Version
from ocppkit.station.contract import Contract, ContractAnswer, ContractPolicy
from ocppkit.station.core import StationCore
from ocppkit.station.id_token import IdToken
from ocppkit.station.signing_policy import SigningPolicy
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.station.v201.c_variables import contract_variables
from ocppkit.station.v201.variables import Variable
from ocppkit.v201 import SignCertificateRequest

if TYPE_CHECKING:
    from ocppkit.station.iso15118 import Iso15118
    from ocppkit.station.v2g_credentials import V2GCredentials
    from ocppkit.v201 import Get15118EVCertificateRequest, Get15118EVCertificateResponse

__all__ = ["ContractBlock"]

_LONGEST_ID_TOKEN = 36  # characters (IdTokenType)


class ContractBlock:
    """Plug & Charge; `ocppkit.station.contract.Contracts`."""

    def __init__(
        self,
        *,
        core: StationCore,
        renewals: SigningPolicy,
        learn: Callable[[IdToken, Entry], Awaitable[None]],
    ) -> None:
        """Do nothing until it is switched on.

        Args:
            core: the station.
            renewals: what the variables say of renewals; changed in place.
            learn: takes up what the CSMS says of a contract's id.
        """
        self._core = core
        self._renewals = renewals
        self._learn = learn
        self._policy = ContractPolicy()
        self._possible = find_spec("cryptography") is not None
        self._made: Iso15118 | None = None
        self._switched = asyncio.Event()
        _ = core.events.subscribe(lambda _: self.wake())
        core.link.on_clock_set(lambda _: self.wake())

    @property
    def enabled(self) -> bool:
        """Whether it is switched on, and can be."""
        return self._possible and self._policy.enabled

    @property
    def renews_own(self) -> bool:
        """Whether the certificate that EVs are shown is renewed by the CSMS."""
        return self.enabled and self._policy.installs_own

    @property
    def country(self) -> str | None:
        """Of the certificates that EVs are shown: two letters (ISO 3166-1)."""
        return self._policy.country or self._core.config.plug_and_charge.secc_country

    def forgotten(self) -> None:
        """A certificate was deleted: nobody is asked about it any more."""
        if self._made is not None:
            self._made.forgotten()

    def variables(self) -> list[Variable]:
        """Its variables; none where the extra ``security`` is missing."""
        if not self._possible:
            return []
        told = self._core.config.plug_and_charge
        return contract_variables(self._policy, told=told, changed=self.wake)

    def wake(self) -> None:
        """Look anew at what is due."""
        if self.enabled:
            self._switched.set()
        if self._made is not None:
            self._made.wake()

    async def run(self) -> None:
        """Do what goes on in the background, once it is switched on, for ever."""
        await self._switched.wait()
        await self.iso15118.run()

    async def online(self, contract: Contract) -> ContractAnswer:
        """Judge a contract while the CSMS is there; raises OcppError."""
        await self.iso15118.load()
        return await self.iso15118.authorizing.online(contract)

    async def offline(
        self, contract: Contract, known: Callable[[IdToken], AuthorizationAnswer]
    ) -> ContractAnswer:
        """Judge a contract while the CSMS is away."""
        await self.iso15118.load()
        return await self.iso15118.authorizing.offline(contract, known)

    async def credentials(self) -> tuple[V2GCredentials, ...]:
        """What EVs are shown; raises OSError."""
        return await self.iso15118.credentials()

    async def ev_certificate(
        self, request: Get15118EVCertificateRequest
    ) -> Get15118EVCertificateResponse:
        """Ask for a contract certificate on behalf of an EV (M01, M02).

        Raises:
            OcppError: the CSMS did not answer, or not so that it can be understood.
            ValueError: it is switched off.
        """
        if not (self.enabled and self._policy.installs_contracts):
            msg = (
                "EVs get no contracts here: ISO15118Ctrlr.PnCEnabled,"
                " ISO15118Ctrlr.ContractCertificateInstallationEnabled"
            )
            raise ValueError(msg)
        return await self._core.link.call(request)

    @property
    def iso15118(self) -> Iso15118:
        """What it takes, made by now; there is none without the extra ``security``."""
        if self._made is None:
            from ocppkit.station.iso15118 import Iso15118  # noqa: PLC0415  # large, and an extra

            self._made = Iso15118(
                core=self._core,
                policy=self._policy,
                renewals=self._renewals,
                call=self._core.link.call,
                ready=self._ready,
                learn=self._learn,
                longest=_LONGEST_ID_TOKEN,
            )
        return self._made

    def _ready(self, asked: bool) -> bool:
        link = self._core.link
        speaks = link.session is not None and link.session.version is Version.V201
        return speaks and link.may_send(SignCertificateRequest.ACTION, asked=asked)
