"""Block E, transactions: events that the CSMS does not take."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ocppkit.conformance.answers import SILENCE, Answer
from ocppkit.conformance.case import Case, case
from ocppkit.conformance.checks import Check, Found, fields
from ocppkit.conformance.states import authorized, ev_connected_pre_session
from ocppkit.errors import CallError, ErrorCode
from ocppkit.v201 import (
    ChargingStateEnumType,
    TransactionEventRequest,
    TransactionEventResponse,
    TriggerReasonEnumType,
)

__all__ = ["tc_e_41_cs", "tc_e_42_cs", "tc_e_50_cs", "tc_e_51_cs"]

_ATTEMPTS: Final = "OCPPCommCtrlr.MessageAttempts[TransactionEvent]"
_INTERVAL: Final = "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]"
_TIMEOUT: Final = "OCPPCommCtrlr.MessageTimeout[Default]"
_ERROR: Final = CallError(ErrorCode.INTERNAL_ERROR, "not now")
_BEFORE: Final = frozenset(
    {
        TriggerReasonEnumType.AUTHORIZED,
        TriggerReasonEnumType.CABLE_PLUGGED_IN,
        TriggerReasonEnumType.EV_DETECTED,
        TriggerReasonEnumType.REMOTE_START,
        TriggerReasonEnumType.SIGNED_DATA_RECEIVED,
    }
)
_WAITING: Final = (ChargingStateEnumType.EV_CONNECTED, ChargingStateEnumType.SUSPENDED_EVSE)


@case
async def tc_e_41_cs(t: Case) -> None:
    """An event is never answered, and is sent as often as it may be."""
    await _play(t, SILENCE, taken=None)


@case
async def tc_e_42_cs(t: Case) -> None:
    """An event is answered at the second time, and is sent no more."""
    await _play(t, SILENCE, taken=2)


@case
async def tc_e_50_cs(t: Case) -> None:
    """An event is always answered with an error, and is sent as often as it may be."""
    await _play(t, _ERROR, taken=None)


@case
async def tc_e_51_cs(t: Case) -> None:
    """An event is answered with an error but at the second time, and is sent no more."""
    await _play(t, _ERROR, taken=2)


async def _play(t: Case, refusal: Answer, *, taken: int | None) -> None:
    """Refuse the event of the transfer of energy, and see how often and when it is sent.

    Args:
        t: the case.
        refusal: how.
        taken: at which time it is taken nevertheless; None for never.
    """
    attempts = max(t.settings.message_attempts_transaction_event, 2 if taken is None else 3)
    interval = t.settings.message_attempt_interval
    await t.configure({_ATTEMPTS: attempts, _INTERVAL: interval})
    unheard = float(t.inventory.value(_TIMEOUT, "0")) if refusal is SILENCE else 0.0
    begin = len(t.kit.mailbox.received)
    t.answer(TransactionEventRequest, _refusing(t, refusal, taken))
    await authorized(t)
    await ev_connected_pre_session(t)

    event = _had(t, begin) or await t.expect(TransactionEventRequest, 5, where=_of_energy)
    same = fields(
        transaction_info__transaction_id=event.transaction_info.transaction_id,
        seq_no=event.seq_no,
    )
    times = taken or attempts
    for sent in range(1, times):
        event = await _again(t, event, same, interval * sent + unheard)
    further = interval * times + unheard + t.settings.time_deviation
    await t.nothing(TransactionEventRequest, 5, where=same, seconds=further)
    total = [each for each in t.kit.mailbox.received[begin:] if _is(each.request, same)]
    if len(total) != times:
        t.deviate(5, "TransactionEvent", f"sent {times} times", f"sent {len(total)} times")


async def _again(
    t: Case, event: TransactionEventRequest, same: Check, gap: float
) -> TransactionEventRequest:
    """Wait for the next time it is sent, and see that it is in time."""
    last = t.came(event).at
    within = gap + t.settings.message_timeout
    following = await t.expect(TransactionEventRequest, 5, where=same, within=within)
    came = t.came(following).at - last
    if abs(came - gap) > t.settings.time_deviation:
        t.deviate(5, "TransactionEvent", f"again after {gap:g} s", f"after {came:g} s")
    return following


def _refusing(t: Case, refusal: Answer, taken: int | None) -> Callable[[object], Answer]:
    """The answers to events: `refusal` to what tells of energy, but at the time it is taken."""
    chosen: list[tuple[str, int]] = []

    def answer(request: object) -> Answer:
        if not isinstance(request, TransactionEventRequest):
            return refusal
        name = (request.transaction_info.transaction_id, request.seq_no)
        if not _of_energy(request) and (not chosen or name == chosen[0]):
            chosen.append(name)
            if len(chosen) != taken:
                return refusal
        return t.default_answer(request, TransactionEventResponse)

    return answer


def _of_energy(event: object) -> tuple[Found, ...]:
    """Holds for what comes after the steps that the CSMS takes."""
    if not isinstance(event, TransactionEventRequest):
        return ()
    state = event.transaction_info.charging_state
    if state is ChargingStateEnumType.CHARGING:  # whichever its trigger: RemoteStart, E02
        return ()
    if event.trigger_reason in _BEFORE or state in _WAITING:
        return (Found(path="trigger_reason", expected="energy to flow", came=str(state)),)
    return ()


def _had(t: Case, begin: int) -> TransactionEventRequest | None:
    """The event that is refused, where the state EVConnectedPreSession took it for its own."""
    for came in t.kit.mailbox.received[begin:]:
        event = came.request
        if came.taken and isinstance(event, TransactionEventRequest) and not _of_energy(event):
            return event
    return None


def _is(request: object, same: Check) -> bool:
    return isinstance(request, TransactionEventRequest) and not same(request)
