"""What a protocol version does for the station: the port between it and all that is neutral."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from ocppkit.message import Handler, Request, Response, Version
from ocppkit.station.boot import BootAnswer, BootReason
from ocppkit.station.contract import Contracts
from ocppkit.station.data_transfer import DataTransferAnswer, DataTransferMessage
from ocppkit.station.id_token import IdToken
from ocppkit.station.on_site import Setting, SettingName
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.station.transaction import Policy, Sample, TransactionRecord

if TYPE_CHECKING:
    from ocppkit.v201 import Get15118EVCertificateRequest, Get15118EVCertificateResponse

__all__ = ["BootReason", "Dialect"]


class Dialect(Protocol):
    """A version's half of a station; lives as long as the station does."""

    @property
    def version(self) -> Version:
        """Which version."""
        ...

    @property
    def policy(self) -> Policy:
        """What its configuration says."""
        ...

    @property
    def contracts(self) -> Contracts | None:
        """Who judges the contracts of EVs; None where this version does not."""
        ...

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the settings that may only be written, in lower case: no log holds them."""
        ...

    def handlers(self) -> Iterable[Handler]:
        """What answers the CSMS."""
        ...

    def setting(self, name: SettingName, *, attribute: str = "Actual") -> Setting:
        """A configuration key, or a variable's attribute; raises UnknownSetting."""
        ...

    def restore(self) -> None:
        """Take up what OCPP set before the restart."""
        ...

    async def run(self) -> None:
        """Do what goes on in the background, for ever."""
        ...

    async def boot(self, reason: BootReason) -> BootAnswer:
        """Send a BootNotification; raises OcppError."""
        ...

    async def heartbeat(self) -> datetime:
        """Send a Heartbeat; the CSMS's time. Raises OcppError."""
        ...

    def online(self, *, booted: bool) -> None:
        """The CSMS can be talked to.

        Args:
            booted: whether it has just accepted a boot; otherwise the connection was lost and
                found again.
        """
        ...

    def changed(self, evse: int) -> None:
        """Something about an EVSE is different; 0 for the station itself."""
        ...

    async def authorize(self, token: IdToken) -> AuthorizationAnswer:
        """Ask the CSMS whether a driver may charge; raises OcppError."""
        ...

    async def ev_certificate(
        self, request: Get15118EVCertificateRequest
    ) -> Get15118EVCertificateResponse:
        """Ask the CSMS for a contract certificate on behalf of an EV (M01, M02).

        Raises:
            OcppError: it did not answer, or not so that it can be understood.
            ValueError: this version cannot ask for it now.
        """
        ...

    async def adopt_heartbeat(self, interval: int) -> None:
        """Take over the interval between heartbeats that the CSMS wishes (B01.FR.04; 1.6 §4.2).

        Args:
            interval: in seconds, above 0.
        """
        ...

    def introduction(
        self, record: TransactionRecord, number: int | None
    ) -> TransactionRecord | None:
        """What the CSMS has to learn first: the start of a transaction that began otherwise.

        Args:
            record: of the transaction.
            number: by which the CSMS knew the transaction last; None for none.

        Returns:
            The start; None where the CSMS knows it, or never will.
        """
        ...

    def translate(self, record: TransactionRecord, number: int | None) -> Request[Any] | None:
        """The message for a record; None where this version has none.

        Args:
            record: what happened.
            number: that the CSMS gave to the transaction; None where it has given none.
        """
        ...

    async def tell_aligned(self, evse: int, sample: Sample) -> None:
        """Tell what the meter of an EVSE without a transaction shows at a fixed time (J01)."""
        ...

    async def data_transfer(self, message: DataTransferMessage) -> DataTransferAnswer:
        """Send a vendor's message to the CSMS; raises OcppError."""
        ...

    def place(self, evse: int, connector: int | None) -> int:
        """The number under which charging profiles know an EVSE; its connector's in 1.6.

        Args:
            evse: its number.
            connector: which of its connectors is used; None for none.
        """
        ...

    def transaction_name(self, transaction_id: str) -> str | None:
        """What the CSMS calls a transaction; None while it does not know it."""
        ...

    def number(self, response: Response) -> int | None:
        """The CSMS's number of a transaction, where an answer gives one."""
        ...

    def refuses(self, record: TransactionRecord, response: Response) -> bool:
        """Whether the CSMS's answer to a record refuses the driver of its transaction."""
        ...

    async def delivered(self, record: TransactionRecord, response: Response) -> None:
        """Take note of the CSMS's answer to a record."""
        ...

    def abandoned(self, record: TransactionRecord) -> None:
        """Take note that the CSMS never took a record."""
        ...
