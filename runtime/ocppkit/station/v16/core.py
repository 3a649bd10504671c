"""The Core profile: what the CSMS may ask of any 1.6 station (1.6 §5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from ocppkit.errors import CallError, ErrorCode
from ocppkit.message import Answer, Then, Version
from ocppkit.station.core import StationCore
from ocppkit.station.data_transfer import (
    DataTransferAnswer,
    DataTransferMessage,
    DataTransferOutcome,
)
from ocppkit.station.evse import Evse
from ocppkit.station.hardware import RebootReason
from ocppkit.station.id_token import IdToken
from ocppkit.station.link import Link
from ocppkit.station.operability import STATION
from ocppkit.station.transaction import Authorization, Cause
from ocppkit.station.v16.configuration import Configuration, Key
from ocppkit.station.v16.connectors import Connectors
from ocppkit.station.v16.transactions import Transactions
from ocppkit.v16 import (
    AvailabilityStatus,
    AvailabilityType,
    ChangeAvailabilityRequest,
    ChangeAvailabilityResponse,
    ChangeConfigurationRequest,
    ChangeConfigurationResponse,
    ChargingProfile,
    ClearCacheRequest,
    ClearCacheResponse,
    ClearCacheStatus,
    DataTransferRequest,
    DataTransferResponse,
    DataTransferStatus,
    GetConfigurationRequest,
    GetConfigurationResponse,
    KeyValue,
    RemoteStartStopStatus,
    RemoteStartTransactionRequest,
    RemoteStartTransactionResponse,
    RemoteStopTransactionRequest,
    RemoteStopTransactionResponse,
    ResetRequest,
    ResetResponse,
    ResetStatus,
    ResetType,
    StationCoreHandler,
    UnlockConnectorRequest,
    UnlockConnectorResponse,
    UnlockStatus,
)
from ocppkit.variable_terms import Mutability

if TYPE_CHECKING:
    from ocppkit.smart_charging.model import Profile

__all__ = ["CoreProfile", "RemoteProfiles", "send_data_transfer"]


class RemoteProfiles(Protocol):
    """What takes the charging profile of a remote start: the Smart Charging profile."""

    def brought(self, connector: int, profile: ChargingProfile) -> Profile | None:
        """The profile for a connector; None where it is refused."""
        ...

    def hold(self, evse: Evse, authorization: Authorization, profile: Profile) -> None:
        """Install it once the transaction starts that an authorization permits."""
        ...


class CoreProfile(StationCoreHandler):
    """Answers the CSMS."""

    def __init__(
        self,
        *,
        core: StationCore,
        connectors: Connectors,
        transactions: Transactions,
        configuration: Configuration,
        smart_charging: Callable[[], RemoteProfiles] | None = None,
    ) -> None:
        """Answer the CSMS.

        Args:
            core: the station.
            connectors: as 1.6 counts them.
            transactions: as the CSMS numbers them.
            configuration: the keys.
            smart_charging: gives what takes the profile of a remote start, which is ignored
                without (1.6 §5.11).
        """
        self._core = core
        self._connectors = connectors
        self._transactions = transactions
        self._configuration = configuration
        self._smart_charging = smart_charging
        self._starting: set[int] = set()  # EVSEs where it is being found out who may start

    async def on_change_availability(
        self, request: ChangeAvailabilityRequest
    ) -> Answer[ChangeAvailabilityResponse]:
        """Let a connector, or all, be used or not; not before a transaction is over (1.6 §5.2)."""
        number = request.connector_id
        if number != 0 and number not in self._connectors:
            return ChangeAvailabilityResponse(status=AvailabilityStatus.REJECTED)
        operative = request.type is AvailabilityType.OPERATIVE
        numbers = range(1, len(self._connectors) + 1) if number == 0 else [number]
        places = [self._connectors.place(each) for each in numbers]
        busy = any(
            evse.transaction is not None and evse.in_use == connector for evse, connector in places
        )

        spots = [(evse.id, connector) for evse, connector in places]
        if number == 0:
            spots.append(STATION)
        await self._core.operability.keep(spots, operative=operative)

        async def change() -> None:
            self._core.set_operative(spots, operative=operative)

        status = AvailabilityStatus.ACCEPTED
        if busy and not operative:
            status = AvailabilityStatus.SCHEDULED
        return Then(ChangeAvailabilityResponse(status=status), change)

    async def on_change_configuration(
        self, request: ChangeConfigurationRequest
    ) -> Answer[ChangeConfigurationResponse]:
        """Set a key (1.6 §5.3)."""
        outcome = await self._configuration.order(request.key, request.value)
        response = ChangeConfigurationResponse(status=outcome.status)
        return response if outcome.then is None else Then(response, outcome.then)

    async def on_get_configuration(
        self, request: GetConfigurationRequest
    ) -> GetConfigurationResponse:
        """Read keys, or all (1.6 §5.8)."""
        if not request.key:
            return GetConfigurationResponse(
                configuration_key=[_key_value(key) for key in self._configuration.all()]
            )
        found = {name: self._configuration.find(name) for name in request.key}
        known = [_key_value(key) for key in found.values() if key is not None]
        unknown = [name for name, key in found.items() if key is None]
        return GetConfigurationResponse(
            configuration_key=known or None, unknown_key=unknown or None
        )

    async def on_clear_cache(self, request: ClearCacheRequest) -> ClearCacheResponse:  # noqa: ARG002  # it says nothing
        """Forget what was cached, also while that does not count (1.6 §5.4)."""
        await self._core.authorizing.books.of(Version.V16).clear_cache()
        return ClearCacheResponse(status=ClearCacheStatus.ACCEPTED)

    async def on_data_transfer(self, request: DataTransferRequest) -> Answer[DataTransferResponse]:
        """Answer a vendor's message (1.6 §5.6)."""
        answer = await self._core.data_transfers.answer(
            DataTransferMessage(
                vendor_id=request.vendor_id, message_id=request.message_id, data=request.data
            )
        )
        status = DataTransferStatus(answer.outcome.value)
        response = DataTransferResponse(status=status, data=answer.text)
        return response if answer.then is None else Then(response, answer.then)

    async def on_remote_start_transaction(
        self, request: RemoteStartTransactionRequest
    ) -> Answer[RemoteStartTransactionResponse]:
        """Start as if the driver were here (1.6 §5.11)."""
        token = IdToken(request.id_tag)  # as a reader has it: 1.6 knows no kinds
        place = self._choose(request.connector_id, token) if self._core.online else None
        if place is None:
            return RemoteStartTransactionResponse(status=RemoteStartStopStatus.REJECTED)
        evse, connector = place
        smart, profile = self._smart_charging, None
        if smart is not None and request.charging_profile is not None:
            number = self._connectors.number(evse.id, connector)
            profile = smart().brought(number, request.charging_profile)
            if profile is None:
                return RemoteStartTransactionResponse(status=RemoteStartStopStatus.REJECTED)

        async def start() -> None:
            self._starting.add(evse.id)
            try:
                await self._start(evse, connector, token, profile)
            finally:
                self._starting.discard(evse.id)

        return Then(RemoteStartTransactionResponse(status=RemoteStartStopStatus.ACCEPTED), start)

    async def _start(
        self, evse: Evse, connector: int, token: IdToken, profile: Profile | None
    ) -> None:
        """Ask whether its driver may charge, where that has to be, and let them."""
        group_id = None
        asks = self._core.reservations.depends_on_group(evse.id, token)  # (1.6 §5.13)
        if asks or self._core.policy.authorize_remote:
            answer = await self._core.authorize(token)
            if not answer.accepted:
                return
            group_id = answer.group_id
        authorization = Authorization(token=token, group_id=group_id)
        if self._smart_charging is not None and profile is not None:
            self._smart_charging().hold(evse, authorization, profile)
        await evse.authorize(authorization, Cause.REMOTE_START, connector=connector)

    async def on_remote_stop_transaction(
        self, request: RemoteStopTransactionRequest
    ) -> Answer[RemoteStopTransactionResponse]:
        """Stop as if the driver were here (1.6 §5.12)."""
        evse = self._charging(request.transaction_id) if self._core.online else None
        if evse is None:
            return RemoteStopTransactionResponse(status=RemoteStartStopStatus.REJECTED)

        own = self._transactions.find(request.transaction_id)

        async def stop() -> None:
            await evse.withdraw(Cause.REMOTE_STOP, transaction_id=own)

        return Then(RemoteStopTransactionResponse(status=RemoteStartStopStatus.ACCEPTED), stop)

    async def on_reset(self, request: ResetRequest) -> Answer[ResetResponse]:
        """Start anew, gracefully even where a hard reset need not be (1.6 §5.14).

        Rejected while a reset is under way, and while firmware is being installed, which must not
        be interrupted: 1.6 does not say, 2.0.1 does (B11.FR.06).
        """
        if self._core.resetting or self._core.files.installing:
            return ResetResponse(status=ResetStatus.REJECTED)
        hard = request.type is ResetType.HARD
        reason = RebootReason.HARD_RESET if hard else RebootReason.SOFT_RESET
        cause = Cause.HARD_RESET if hard else Cause.SOFT_RESET

        async def reset() -> None:
            self._core.launch(self._core.reset(reason, cause), name="reset")

        return Then(ResetResponse(status=ResetStatus.ACCEPTED), reset)

    async def on_unlock_connector(self, request: UnlockConnectorRequest) -> UnlockConnectorResponse:
        """Release a cable, after ending its transaction (1.6 §5.18)."""
        if request.connector_id not in self._connectors:
            return UnlockConnectorResponse(status=UnlockStatus.NOT_SUPPORTED)
        evse, connector = self._connectors.place(request.connector_id)
        if not self._core.hardware.locks(evse.id, connector):
            return UnlockConnectorResponse(status=UnlockStatus.NOT_SUPPORTED)
        if evse.transaction is not None and evse.in_use == connector:
            await evse.stop(Cause.UNLOCK_COMMAND)
        unlocked = await evse.unlock(connector)
        status = UnlockStatus.UNLOCKED if unlocked else UnlockStatus.UNLOCK_FAILED
        return UnlockConnectorResponse(status=status)

    def _choose(self, number: int | None, token: IdToken) -> tuple[Evse, int] | None:
        """Where a remote start goes: as it says, else what is reserved, else where an EV waits."""
        if number == 0:
            msg = "a transaction cannot start on connector 0"
            raise CallError(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, msg)
        numbers = range(1, len(self._connectors) + 1) if number is None else [number]
        places = [self._connectors.place(each) for each in numbers if each in self._connectors]
        reservations = self._core.reservations
        free = [
            (evse, connector)
            for evse, connector in places
            if evse.authorization is None
            and evse.id not in self._starting
            and evse.transaction is None
            and evse.in_use in {None, connector}
            and evse.usable_at(connector)
            and reservations.may_permit(evse.id, token)
        ]
        free.sort(
            key=lambda place: (
                not reservations.meant_for(place[0].id, token),
                place[0].finishing,
                place[0].plugged is None,
            )
        )
        return free[0] if free else None

    def _charging(self, number: int) -> Evse | None:
        transaction_id = self._transactions.find(number)
        for evse in self._core.evses.values():
            if evse.transaction is not None and evse.transaction.id == transaction_id:
                return evse
        return None


def _key_value(key: Key) -> KeyValue:
    value = key.get() if key.readable else None
    return KeyValue(key=key.name, readonly=key.mutability is Mutability.READ_ONLY, value=value)


async def send_data_transfer(link: Link, message: DataTransferMessage) -> DataTransferAnswer:
    """Send a vendor's message (1.6 §4.3): its data as a text, of JSON where it is none.

    Raises:
        OcppError: the central system does not answer.
    """
    data = DataTransferAnswer(data=message.data).text
    response = await link.call(
        DataTransferRequest(vendor_id=message.vendor_id, message_id=message.message_id, data=data)
    )
    return DataTransferAnswer(
        outcome=DataTransferOutcome(response.status.value), data=response.data
    )
