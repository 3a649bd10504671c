"""Plug & Charge of a 1.6 station, over DataTransfer (Plug & Charge note)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from ocppkit.authorization import Entry
from ocppkit.message import Version
from ocppkit.station.contracting import Contracting, ContractingTerms
from ocppkit.station.core import StationCore
from ocppkit.station.data_transfer import (
    DataTransferAnswer,
    DataTransferMessage,
    DataTransferOutcome,
)
from ocppkit.station.id_token import IdToken
from ocppkit.station.settings.values import KeyValue
from ocppkit.station.signing_policy import SigningPolicy
from ocppkit.station.v16.configuration import Key
from ocppkit.station.v16.plug_and_charge_keys import plug_and_charge_keys
from ocppkit.v16 import DataTransferRequest

if TYPE_CHECKING:
    from ocppkit.station.iso15118 import Call
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
    """Wraps Plug & Charge into DataTransfer.

    Attributes:
        contracting: does what it is about, in no version's wrapping.
    """

    def __init__(
        self,
        *,
        core: StationCore,
        renewals: SigningPolicy,
        learn: Callable[[IdToken, Entry], Awaitable[None]],
    ) -> None:
        """Do nothing until ISO15118PnCEnabled is true.

        Args:
            core: the station.
            renewals: what the configuration says of renewals; changed in place.
            learn: takes up what the CSMS says of a contract's id.
        """
        self._core = core
        self._call: Call | None = None
        self._messages: PlugAndChargeMessages | None = None
        terms = ContractingTerms(
            version=_VERSION,
            carrier=DataTransferRequest.ACTION,
            longest=_LONGEST_ID_TAG,
            call=self._calling,
        )
        self.contracting = Contracting(core=core, terms=terms, renewals=renewals, learn=learn)
        if self.contracting.possible:
            _ = core.data_transfers.handle(self._answer, vendor_id=VENDOR)

    def keys(self) -> list[Key]:
        """The configuration keys; none where the extra ``security`` is missing."""
        if not self.contracting.possible:
            return []
        return plug_and_charge_keys(self.contracting.policy, changed=self.contracting.wake)

    def counts(self, told: KeyValue) -> bool:
        """Whether what the station was told may count: it must not claim what it cannot do."""
        return self.contracting.possible or told.name.lower() not in _KEYS

    async def ev_certificate(
        self, request: Get15118EVCertificateRequest
    ) -> Get15118EVCertificateResponse:
        """Ask for a contract certificate on behalf of an EV (M01, M02).

        Raises:
            OcppError: the CSMS did not answer, or not so that it can be understood.
            ValueError: Plug & Charge is off.
        """
        if not self.contracting.enabled:
            msg = "Plug & Charge is off: ISO15118PnCEnabled"
            raise ValueError(msg)
        return await self._calling()(request)

    def _calling(self) -> Call:
        if self._call is None:
            from ocppkit.station.v16.plug_and_charge_messages import (  # noqa: PLC0415  # large
                InnerCalls,
            )

            self._call = InnerCalls(self._core.link)
        return self._call

    async def _answer(self, message: DataTransferMessage) -> DataTransferAnswer | None:
        if self._core.dialect.version is not _VERSION:
            return None
        if not self.contracting.enabled:
            return DataTransferAnswer(outcome=DataTransferOutcome.UNKNOWN_VENDOR_ID)
        if self._messages is None:
            from ocppkit.station.v16.plug_and_charge_messages import (  # noqa: PLC0415  # large
                PlugAndChargeMessages,
            )

            certificates = self._core.security.certificates
            self._messages = PlugAndChargeMessages(self.contracting.iso15118, certificates)
        return await self._messages.answer(message)
