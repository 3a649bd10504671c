"""What holds at the end of every case, whatever it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ocppkit.conformance.case import Case
from ocppkit.conformance.checks import said
from ocppkit.conformance.mailbox import Received
from ocppkit.conformance.sessions import Transaction
from ocppkit.v201 import (
    GetBaseReportRequest,
    GetReportRequest,
    NotifyReportRequest,
    TransactionEventEnumType,
    TransactionEventRequest,
    TriggerReasonEnumType,
)

__all__ = ["finish"]

_UNASKED: Final = frozenset({"Authorize", "BootNotification"})
"""What no case lets come without expecting or allowing it, beside the beginnings and ends of
transactions."""

_SELF_EVIDENT: Final = frozenset(
    {
        TriggerReasonEnumType.METER_VALUE_PERIODIC,
        TriggerReasonEnumType.METER_VALUE_CLOCK,
        TriggerReasonEnumType.CHARGING_RATE_CHANGED,
    }
)


def finish(t: Case) -> None:
    """Note what deviates from what every case asks for."""
    for came in t.log:
        if not came.taken and not t.allowed(came) and (_surprising(came) or _goes_on(t, came)):
            t.deviate("", came.action, "no such message", _told(came))
    before = {*_named(t.kit.mailbox.received[: t.mark])}
    for transaction in t.sessions.transactions.values():
        _look_at(t, transaction, began_here=transaction.id not in before)


def _surprising(came: Received) -> bool:
    if came.action in _UNASKED:
        return True
    request = came.request
    if not isinstance(request, TransactionEventRequest):
        return False
    if request.trigger_reason in _SELF_EVIDENT:
        return False
    return request.event_type is not TransactionEventEnumType.UPDATED


def _goes_on(t: Case, came: Received) -> bool:
    """Whether it belongs to a report of which the case has had what said that it was the last."""
    reports = [
        each for each in t.calls if isinstance(each, (GetBaseReportRequest, GetReportRequest))
    ]
    return isinstance(came.request, NotifyReportRequest) and came.request.request_id in {
        each.request_id for each in reports
    }


def _told(came: Received) -> str:
    request = came.request
    if isinstance(request, TransactionEventRequest):
        state = request.transaction_info.charging_state
        return f"{request.event_type} {request.trigger_reason} {state or ''}".rstrip()
    return said(request or came.payload)


def _named(log: Iterable[Received]) -> Iterator[str]:
    """The transactions that messages tell of."""
    for came in log:
        if isinstance(came.request, TransactionEventRequest):
            yield came.request.transaction_info.transaction_id


def _look_at(t: Case, transaction: Transaction, *, began_here: bool) -> None:
    events = sorted(transaction.requests, key=lambda each: each.seq_no)
    first = events[0]
    name = f"TransactionEvent of {transaction.id}"
    if began_here and first.event_type is not TransactionEventEnumType.STARTED:
        t.deviate("", f"{name}, the first", "Started", first.event_type)
    started = [each for each in events if each.event_type is TransactionEventEnumType.STARTED]
    if len({each.seq_no for each in started}) > 1:
        t.deviate("", name, "one beginning", f"{len(started)} of them")
    if transaction.ended:
        numbers = sorted({each.seq_no for each in events})
        if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
            t.deviate("", f"{name}: seq_no", "numbers without a gap", str(numbers))
        if events[-1].event_type is not TransactionEventEnumType.ENDED:
            t.deviate("", f"{name}, the last", "Ended", events[-1].event_type)
    for came in transaction.events:
        request = came.request
        if isinstance(request, TransactionEventRequest):
            ahead = (request.timestamp - came.time).total_seconds()
            if ahead > t.settings.time_deviation:
                t.deviate("", f"{name}: timestamp", "no later than now", f"{ahead:g} s ahead")
