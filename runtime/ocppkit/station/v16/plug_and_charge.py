"""Plug & Charge of a 1.6 station, over DataTransfer (Plug & Charge note).

What it takes is loaded once ISO15118PnCEnabled is true: stations without it stay small.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from ocppkit.authorization import Entry
from ocppkit.message import Version
from ocppkit.station.contract import Contract, ContractAnswer, ContractPolicy
from ocppkit.station.core import StationCore
from ocppkit.station.data_transfer import (
    DataTransferAnswer,
    DataTransferMessage,
    DataTransferOutcome,
)
from ocppkit.station.id_token import IdToken
from ocppkit.station.settings.values import KeyValue
from ocppkit.station.signing_policy import SigningPolicy
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.station.v16.configuration import Key
from ocppkit.station.v16.plug_and_charge_keys import plug_and_charge_keys
from ocppkit.v16 import DataTransferRequest

if TYPE_CHECKING:
    from ocppkit.station.iso15118 import Call, Iso15118
    from ocppkit.station.v2g_credentials import V2GCredentials
    from ocppkit.station.v16.plug_and_charge_messages import PlugAndChargeMessages
    from ocppkit.v201 import Get15118EVCertificateRequest, Get15118EVCertificateResponse

__all__ = ["VENDOR", "PlugAndCharge"]

VENDOR: Final = "org.openchargealliance.iso15118pnc"
_LONGEST_ID_TAG: Final = 20  # characters (CiString20Type)
_VERSION: Final = Version.V16
_KEYS: Final = frozenset(
    {"centralcontractvalidationallowed", "contractvalidationoffline", "iso15118pncenabled"}
)


class PlugAndCharge:
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
            renewals: what the configuration says of renewals; changed in place.
            learn: takes up what the CSMS says of a contract's id.
        """
        self._core = core
        self._renewals = renewals
        self._learn = learn
        self._policy = ContractPolicy()
        self._possible = find_spec("cryptography") is not None
        self._made: tuple[Iso15118, Call, PlugAndChargeMessages] | None = None
        self._switched = asyncio.Event()
        if self._possible:
            _ = core.data_transfers.handle(self._answer, vendor_id=VENDOR)
        _ = core.events.subscribe(lambda _: self.wake())
        core.link.on_clock_set(lambda _: self.wake())

    @property
    def enabled(self) -> bool:
        """Whether it is switched on, and can be."""
        return self._possible and self._policy.enabled

    def keys(self) -> list[Key]:
        """The configuration keys; none where the extra ``security`` is missing."""
        return plug_and_charge_keys(self._policy, changed=self.wake) if self._possible else []

    def counts(self, told: KeyValue) -> bool:
        """Whether what the station was told may count: it must not claim what it cannot do."""
        return self._possible or told.name.lower() not in _KEYS

    def wake(self) -> None:
        """Look anew at what is due."""
        if self.enabled:
            self._switched.set()
        if self._made is not None:
            self._made[0].wake()

    async def run(self) -> None:
        """Do what goes on in the background, once it is switched on, for ever."""
        await self._switched.wait()
        await self._parts[0].run()

    async def online(self, contract: Contract) -> ContractAnswer:
        """Judge a contract while the CSMS is there; raises OcppError."""
        await self._parts[0].load()
        return await self._parts[0].authorizing.online(contract)

    async def offline(
        self, contract: Contract, known: Callable[[IdToken], AuthorizationAnswer]
    ) -> ContractAnswer:
        """Judge a contract while the CSMS is away."""
        await self._parts[0].load()
        return await self._parts[0].authorizing.offline(contract, known)

    async def credentials(self) -> tuple[V2GCredentials, ...]:
        """What EVs are shown; raises OSError."""
        return await self._parts[0].credentials()

    async def ev_certificate(
        self, request: Get15118EVCertificateRequest
    ) -> Get15118EVCertificateResponse:
        """Ask for a contract certificate on behalf of an EV (M01, M02).

        Raises:
            OcppError: the CSMS did not answer, or not so that it can be understood.
            ValueError: Plug & Charge is off.
        """
        if not self.enabled:
            msg = "Plug & Charge is off: ISO15118PnCEnabled"
            raise ValueError(msg)
        return await self._parts[1](request)

    @property
    def _parts(self) -> tuple[Iso15118, Call, PlugAndChargeMessages]:
        if self._made is None:
            self._made = self._make()
        return self._made

    def _make(self) -> tuple[Iso15118, Call, PlugAndChargeMessages]:
        from ocppkit.station.iso15118 import Iso15118  # noqa: PLC0415  # large, and an extra
        from ocppkit.station.v16.plug_and_charge_messages import (  # noqa: PLC0415  # as above
            InnerCalls,
            PlugAndChargeMessages,
        )

        call = InnerCalls(self._core.link)
        iso15118 = Iso15118(
            core=self._core,
            policy=self._policy,
            renewals=self._renewals,
            call=call,
            ready=self._ready,
            learn=self._learn,
            longest=_LONGEST_ID_TAG,
        )
        messages = PlugAndChargeMessages(iso15118, self._core.security.certificates)
        return iso15118, call, messages

    def _ready(self, asked: bool) -> bool:
        link = self._core.link
        speaks = link.session is not None and link.session.version is _VERSION
        return speaks and link.may_send(DataTransferRequest.ACTION, asked=asked)

    async def _answer(self, message: DataTransferMessage) -> DataTransferAnswer | None:
        if self._core.dialect.version is not _VERSION:
            return None
        if not self.enabled:
            return DataTransferAnswer(outcome=DataTransferOutcome.UNKNOWN_VENDOR_ID)
        return await self._parts[2].answer(message)
