"""What is under way at the EVSEs, as the kit did it and the station told it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from attrs import define, field

from ocppkit.conformance.mailbox import Received
from ocppkit.v201 import (
    ChargingStateEnumType,
    ConnectorStatusEnumType,
    IdTokenType,
    NotifyEventRequest,
    StatusNotificationRequest,
    TransactionEventEnumType,
    TransactionEventRequest,
)

__all__ = ["STATES", "Session", "Sessions", "Transaction", "connector_states"]

STATES: Final = {each.value: each for each in ConnectorStatusEnumType}
"""The states of connectors, by their spelling."""


@define(kw_only=True, eq=False)
class Transaction:
    """A transaction, as its events tell it.

    Attributes:
        id: the station's.
        evse: where; None until an event says so.
        events: in the order in which they came.
    """

    id: str
    evse: int | None = None
    events: list[Received] = field(factory=list)

    @property
    def requests(self) -> list[TransactionEventRequest]:
        """Its events, in the order in which they came."""
        told = (each.request for each in self.events)
        return [each for each in told if isinstance(each, TransactionEventRequest)]

    @property
    def ended(self) -> bool:
        """Whether its end was told."""
        return any(each.event_type is TransactionEventEnumType.ENDED for each in self.requests)


@define(kw_only=True, eq=False)
class Session:
    """A driver's visit to an EVSE.

    Attributes:
        evse: where.
        bay: whether the kit had an EV driven in.
        plugged: whether the kit plugged it in.
        authorized: whether the driver was accepted.
        transferring: whether energy flows, or did.
        stopped: whether the driver was allowed to stop.
        remote_start_id: of the request that started it: the first event of a transaction that
            follows has to tell it.
        token: with which the driver was let in; the same holds for it.
        transaction: of this visit; None until its first event.
    """

    evse: int
    bay: bool = False
    plugged: bool = False
    authorized: bool = False
    transferring: bool = False
    stopped: bool = False
    remote_start_id: int | None = None
    token: IdTokenType | None = None
    transaction: Transaction | None = None

    @property
    def had(self) -> list[TransactionEventRequest]:
        """The events of its transaction that the case has had, in the order of arrival."""
        events = self.transaction.events if self.transaction else []
        return [
            each.request
            for each in events
            if each.taken and isinstance(each.request, TransactionEventRequest)
        ]

    @property
    def started(self) -> bool:
        """Whether the case has had an event of its transaction."""
        return bool(self.had)

    @property
    def ended(self) -> bool:
        """Whether the case has had the end of its transaction."""
        return any(each.event_type is TransactionEventEnumType.ENDED for each in self.had)

    @property
    def running(self) -> bool:
        """Whether its transaction has started and not ended, as far as the case has seen."""
        return self.started and not self.ended

    @property
    def charging_state(self) -> ChargingStateEnumType | None:
        """The last one that the case has had."""
        told = (each.transaction_info.charging_state for each in reversed(self.had))
        return next((state for state in told if state is not None), None)

    def renew(self) -> None:
        """Begin the next visit where the transaction of this one has ended."""
        if self.ended:
            self.forget()

    def forget(self) -> None:
        """Begin the next visit; what is plugged in stays so."""
        self.transaction = None
        self.authorized = self.transferring = self.stopped = False
        self.remote_start_id = self.token = None


@define(kw_only=True, eq=False)
class Sessions:
    """The visits of all EVSEs.

    Attributes:
        evse: where cases charge unless they say otherwise.
        transactions: all, by their ids.
    """

    evse: int
    transactions: dict[str, Transaction] = field(factory=dict)
    _by_evse: dict[int, Session] = field(factory=dict, init=False)

    def at(self, evse: int | None = None) -> Session:
        """The visit at an EVSE."""
        number = self.evse if evse is None else evse
        return self._by_evse.setdefault(number, Session(evse=number))

    def __iter__(self) -> Iterator[Session]:
        """All of them."""
        return iter(self._by_evse.values())

    @property
    def plugged(self) -> list[Session]:
        """Where the kit has plugged in."""
        return [session for session in self._by_evse.values() if session.plugged]

    @property
    def running(self) -> list[Transaction]:
        """What has not ended."""
        return [each for each in self.transactions.values() if not each.ended]

    def saw(self, came: Received) -> None:
        """Take up an event."""
        request = came.request
        if not isinstance(request, TransactionEventRequest):
            return
        number = request.transaction_info.transaction_id
        transaction = self.transactions.get(number)
        if transaction is None:
            transaction = self.transactions[number] = Transaction(id=number)
        transaction.events.append(came)
        if request.evse is not None:
            transaction.evse = request.evse.id
        session = self.at(transaction.evse)
        if session.transaction is not transaction and not transaction.ended:
            self._leave(transaction)
            session.transaction = transaction
        elif session.transaction is None:
            session.transaction = transaction

    def _leave(self, transaction: Transaction) -> None:
        """Where it was thought to be until its EVSE was told."""
        for session in self._by_evse.values():
            if session.transaction is transaction:
                session.transaction = None


def connector_states(came: Received) -> dict[tuple[int, int], ConnectorStatusEnumType]:
    """What a message tells of connectors, by EVSE and connector."""
    match came.request:
        case StatusNotificationRequest() as told:
            return {(told.evse_id, told.connector_id): told.connector_status}
        case NotifyEventRequest() as told:
            return {
                (place.id, place.connector_id): STATES[event.actual_value]
                for event in told.event_data
                if event.variable.name == "AvailabilityState"
                if event.component.name == "Connector"
                if (place := event.component.evse) is not None and place.connector_id is not None
                if event.actual_value in STATES
            }
    return {}
