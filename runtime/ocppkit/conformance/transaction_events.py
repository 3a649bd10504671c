"""The events of transactions: waited for by what they tell, of the visit that is under way."""

from __future__ import annotations

from typing import Any, Final

from ocppkit.conformance.case import Case
from ocppkit.conformance.checks import Check, Matcher, fields, one_of
from ocppkit.conformance.sessions import Session
from ocppkit.v201 import (
    TransactionEventEnumType,
    TransactionEventRequest,
    TriggerReasonEnumType,
)

__all__ = ["of_this_visit", "transaction_event"]

_Trigger = TriggerReasonEnumType


async def transaction_event(
    t: Case,
    step: int | str,
    trigger: TriggerReasonEnumType | Matcher,
    *,
    evse: int | None = None,
    where: Check | None = None,
    **wanted: object,
) -> TransactionEventRequest:
    """Wait for an event by its trigger; after a remote start the first one may say RemoteStart.

    Args:
        t: the case.
        step: of its text.
        trigger: one, or a matcher.
        evse: where; the configured one unless told otherwise.
        where: what else tells it from others.
        **wanted: what it has to say besides, as `checks.fields` takes it.

    Raises:
        Missing: it did not come.
    """
    session = t.session(evse)
    may_be_remote = session.remote_start_id is not None and not session.transferring
    reason = one_of(trigger, _Trigger.REMOTE_START) if may_be_remote else trigger

    def chosen(request: TransactionEventRequest) -> tuple[Any, ...]:
        if _of_another_visit(t, session, request):
            return fields(transaction_info__transaction_id=_THIS_VISIT)(request)
        elsewhere = request.evse is not None and request.evse.id != session.evse
        other = () if not elsewhere else fields(evse__id=session.evse)(request)
        return (*fields(trigger_reason=reason)(request), *other, *(where(request) if where else ()))

    event = await t.expect(TransactionEventRequest, step, where=chosen)
    if _is_first(session, event):
        t.check(step, event, event_type=TransactionEventEnumType.STARTED)
        if session.authorized and session.token is not None:
            t.check(step, event, id_token=session.token)
        if session.authorized and session.remote_start_id is not None:  # (F02.FR.01)
            number = session.remote_start_id
            t.check(step, event, transaction_info__remote_start_id=number)
    t.check(step, event, **wanted)
    return event


_THIS_VISIT: Final = Matcher(words="a transaction of this visit", fits=lambda _: False)


def _of_another_visit(t: Case, session: Session, event: TransactionEventRequest) -> bool:
    transaction = t.sessions.transactions.get(event.transaction_info.transaction_id)
    if transaction is None or transaction is session.transaction:
        return False
    return transaction.ended or transaction.evse not in (None, session.evse)


def of_this_visit(t: Case, session: Session) -> Check:
    """Holds for events of the visit, and of none before it; values of the meter are no matter."""

    def look(event: TransactionEventRequest) -> tuple[Any, ...]:
        if _of_another_visit(t, session, event):
            return fields(transaction_info__transaction_id=_THIS_VISIT)(event)
        return fields(trigger_reason=_NO_SAMPLE)(event)

    return look


_NO_SAMPLE: Final = Matcher(
    words="no meter values",
    fits=lambda reason: reason not in (_Trigger.METER_VALUE_PERIODIC, _Trigger.METER_VALUE_CLOCK),
)


def _is_first(session: Session, event: TransactionEventRequest) -> bool:
    transaction = session.transaction
    return transaction is not None and transaction.requests[0] is event
