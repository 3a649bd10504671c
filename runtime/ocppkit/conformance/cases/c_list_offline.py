"""Block C, authorization: the local list while nobody listens."""

from __future__ import annotations

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._c_helpers import NO_METER_VALUES
from ocppkit.conformance.cases._offline import (
    allow_known_offline,
    judge_queue,
    let_in,
    prepare_offline,
)
from ocppkit.conformance.checks import fields
from ocppkit.conformance.settings import Token
from ocppkit.conformance.states import (
    id_token_in_local_list,
    list_entry,
    offline_transaction_started,
    parking_bay_unoccupied,
    presents,
)
from ocppkit.v201 import (
    AuthorizationStatusEnumType,
    TransactionEventEnumType,
    TransactionEventRequest,
    TriggerReasonEnumType,
)

__all__ = ["tc_c_21_cs", "tc_c_22_cs", "tc_c_23_cs", "tc_c_24_cs"]

_Status = AuthorizationStatusEnumType
_Event = TransactionEventEnumType


@case
async def tc_c_21_cs(t: Case) -> None:
    """A driver whom the list accepts starts while nobody listens, and stops afterwards."""
    await allow_known_offline(t)
    _ = await id_token_in_local_list(t)
    begin = len(t.kit.mailbox.received)
    await offline_transaction_started(t)

    await presents(t, t.settings.valid_idtoken)
    _ = await t.expect(TransactionEventRequest, 1, where=fields(event_type=_Event.STARTED))
    stop = fields(trigger_reason=TriggerReasonEnumType.STOP_AUTHORIZED)
    _ = await t.expect(TransactionEventRequest, 1, where=stop)
    _ = judge_queue(t, 1, begin)
    t.session().stopped = True
    await parking_bay_unoccupied(t)


@case
async def tc_c_22_cs(t: Case) -> None:
    """A driver whom the list calls invalid starts nothing while nobody listens."""
    await _refused(t, t.settings.invalid_idtoken, _Status.INVALID)


@case
async def tc_c_23_cs(t: Case) -> None:
    """A driver whom the list blocks starts nothing while nobody listens."""
    await _refused(t, t.settings.blocked_idtoken, _Status.BLOCKED)


@case
async def tc_c_24_cs(t: Case) -> None:
    """A driver whom the list calls expired starts nothing while nobody listens."""
    await _refused(t, t.settings.expired_idtoken, _Status.EXPIRED)


async def _refused(t: Case, token: Token, status: AuthorizationStatusEnumType) -> None:
    await allow_known_offline(t)
    _ = await prepare_offline(t)
    _ = await id_token_in_local_list(t, list_entry(token, status))

    begin = len(t.kit.mailbox.received)
    async with t.offline():
        await let_in(t, token)
        await t.kit.clock.sleep(t.settings.optional_wait)
    await t.kit.clock.sleep(t.settings.message_timeout)
    detected = fields(offline=True, trigger_reason=TriggerReasonEnumType.EV_DETECTED)
    for came in t.kit.mailbox.received[begin:]:
        if isinstance(came.request, TransactionEventRequest) and not NO_METER_VALUES(came.request):
            t.check(5, came.request, detected)
            came.taken = True
