"""Block E, transactions: what is queued while nobody listens."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._offline import (
    goes_away,
    judge_queue,
    prepare_offline,
    with_samples,
)
from ocppkit.conformance.checks import PRESENT, fields
from ocppkit.conformance.states import (
    energy_transfer_started,
    id_token_cached,
    id_token_in_local_list,
    list_entry,
    transaction_events_in_queue_ended,
)
from ocppkit.v201 import TransactionEventEnumType, TransactionEventRequest

__all__ = ["tc_e_40_cs", "tc_e_43_cs", "tc_e_44_cs", "tc_e_45_cs"]

_STARTED: Final = fields(event_type=TransactionEventEnumType.STARTED)
_UPDATED: Final = fields(event_type=TransactionEventEnumType.UPDATED, meter_value=PRESENT)
_ENDED: Final = fields(event_type=TransactionEventEnumType.ENDED)
_OFFLINE: Final = "AuthCtrlr.LocalAuthorizeOffline"
_UNKNOWN: Final = "AuthCtrlr.OfflineTxForUnknownIdEnabled"


@case
async def tc_e_40_cs(t: Case) -> None:
    """The connection is lost during a transaction, and its samples are queued."""
    wait = await with_samples(t)
    await energy_transfer_started(t)

    begin = len(t.kit.mailbox.received)
    async with t.offline():
        await t.kit.clock.sleep(wait)
    _ = await t.expect(TransactionEventRequest, 3)
    await t.kit.clock.sleep(t.settings.optional_wait)
    _ = judge_queue(t, 3, begin, _UPDATED)


@case
async def tc_e_43_cs(t: Case) -> None:
    """A whole transaction passes while nobody listens, and is told of afterwards."""
    if t.kit.features.has("C-49"):
        await id_token_cached(t)
    if t.kit.features.has("LA"):
        _ = await id_token_in_local_list(t)
    await t.configure({_OFFLINE: True, _UNKNOWN: True}, optional=(_OFFLINE, _UNKNOWN))
    begin = len(t.kit.mailbox.received)
    await transaction_events_in_queue_ended(t)

    _ = await t.expect(TransactionEventRequest, 1, where=_STARTED)
    _ = await t.expect(TransactionEventRequest, 1, where=_ENDED)
    _ = judge_queue(t, 1, begin, over=True)


@case
async def tc_e_44_cs(t: Case) -> None:
    """The driver stops and leaves while nobody listens."""
    _ = await prepare_offline(t)
    await energy_transfer_started(t)

    begin = len(t.kit.mailbox.received)
    async with t.offline():
        await goes_away(t, t.settings.valid_idtoken)
    _ = await t.expect(TransactionEventRequest, 3, where=_ENDED)
    _ = judge_queue(t, 3, begin, over=True)


@case
async def tc_e_45_cs(t: Case) -> None:
    """Another driver of the group stops and leaves while nobody listens."""
    mine, other = t.settings.valid_idtoken, t.settings.valid_idtoken2
    _ = await prepare_offline(t)
    for token in (mine, other):
        about = evolve(t.settings.about(token), group_id_token=t.settings.group_id.wire)
        t.think(token, about)
    if t.kit.features.has("C-49"):
        await id_token_cached(t, other)
    if t.kit.features.has("LA"):
        _ = await id_token_in_local_list(t, list_entry(other, group=t.settings.group_id))
    await energy_transfer_started(t, token=mine)

    begin = len(t.kit.mailbox.received)
    async with t.offline():
        await goes_away(t, other)
    _ = await t.expect(TransactionEventRequest, 3, where=_ENDED)
    _ = judge_queue(t, 3, begin, over=True)
