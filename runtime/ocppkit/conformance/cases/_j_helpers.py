"""What the cases about meter values look at: contexts, measurands, intervals, signatures."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

from ocppkit.conformance.case import Case
from ocppkit.conformance.checks import said
from ocppkit.conformance.sessions import Transaction
from ocppkit.conformance.verdict import NotApplicable
from ocppkit.v201 import (
    LocationEnumType,
    MeasurandEnumType,
    MeterValuesRequest,
    MeterValueType,
    ReadingContextEnumType,
    SampledValueType,
    TransactionEventEnumType,
    TransactionEventRequest,
    TriggerReasonEnumType,
)

__all__ = [
    "CLOCK",
    "PERIODIC",
    "begins",
    "check_interval",
    "check_locations",
    "check_measured",
    "check_quiet",
    "check_signed",
    "ended_of",
    "long_enough",
    "moments",
    "needs",
    "values_by_event",
    "values_by_message",
    "values_told",
]

Context = ReadingContextEnumType
Values = list[MeterValueType]

CLOCK: Final = frozenset({Context.SAMPLE_CLOCK})
PERIODIC: Final = frozenset({Context.SAMPLE_PERIODIC})
_SECOND: Final = 1.0  # what times are told to: those that differ by less are the same

_REGISTER: Final = MeasurandEnumType.ENERGY_ACTIVE_IMPORT_REGISTER
_PUBLIC_KEY: Final = "OCPPCommCtrlr.PublicKeyWithSignedMeterValue"


def context_of(value: SampledValueType) -> Context:
    """Why it was taken; left out it means Sample.Periodic (SampledValueType)."""
    return value.context or Context.SAMPLE_PERIODIC


def begins(*contexts: Context) -> Callable[[MeterValueType], bool]:
    """Whether a meter value begins with a sample of such a context."""
    return lambda value: context_of(value.sampled_value[0]) in contexts


def needs(t: Case, variable: str) -> None:
    """See that there is something to measure: a station without measurands has to tell nothing.

    Raises:
        NotApplicable: there is not.
    """
    if not t.inventory.members(variable):
        raise NotApplicable(f"needs {variable} to list a measurand: none is set")


def long_enough(t: Case, interval: float) -> float:
    """For how long a transaction has to last, in seconds, to have three samples taken in it."""
    return max(t.settings.transaction_duration, 3 * interval + _SECOND)


def moments(values: Iterable[MeterValueType]) -> list[datetime]:
    """When they were taken; what differs by less than a second is one moment."""
    found: list[datetime] = []
    for at in sorted(each.timestamp for each in values):
        if not found or (at - found[-1]).total_seconds() >= _SECOND:
            found.append(at)
    return found


def check_interval(
    t: Case, step: int | str, values: Iterable[MeterValueType], interval: float, *, least: int = 2
) -> None:
    """See that values were taken so often, at this interval.

    Args:
        t: the case.
        step: of its text.
        values: in any order.
        interval: in seconds.
        least: how many moments there have to be.
    """
    found = moments(values)
    if len(found) < least:
        t.deviate(step, "meterValue", f"values of {least} moments", f"{len(found)} of them")
    for former, latter in pairwise(found):
        passed = (latter - former).total_seconds()
        if abs(passed - interval) >= _SECOND:
            came = f"{passed:g} s from {said(former)} to {said(latter)}"
            t.deviate(step, "timestamp", f"{interval:g} s from one to the next", came)


def check_measured(
    t: Case,
    step: int | str,
    values: Sequence[MeterValueType],
    contexts: Iterable[Context],
    variable: str,
) -> None:
    """See that values are of a context, and hold every measurand that a variable lists.

    Args:
        t: the case.
        step: of its text.
        values: of one place; those of one moment may stand in several messages.
        contexts: of which each has to begin with one.
        variable: that lists the measurands.
    """
    wanted = [*contexts]
    for value in values:
        context = context_of(value.sampled_value[0])
        if context not in wanted:
            expected = " or ".join(said(each) for each in wanted)
            t.deviate(step, "sampledValue[0].context", expected, said(context))
    for at in moments(values):
        measured = {
            sampled.measurand or _REGISTER
            for value in values
            if abs((value.timestamp - at).total_seconds()) < _SECOND
            for sampled in value.sampled_value
        }
        for name in t.inventory.members(variable):
            if name not in measured:
                t.deviate(step, f"sampledValue at {said(at)}", name, ", ".join(sorted(measured)))


def values_by_message(t: Case, since: int = 0) -> dict[int, Values]:
    """What MeterValues told since a place in the case's log, by EVSE."""
    found: dict[int, Values] = {}
    for came in t.log[since:]:
        if isinstance(came.request, MeterValuesRequest):
            found.setdefault(came.request.evse_id, []).extend(came.request.meter_value)
    return found


def values_by_event(t: Case, trigger: TriggerReasonEnumType) -> Values:
    """What the events of the transaction told that were sent for such a reason."""
    transaction = t.session().transaction
    return [
        value
        for event in (transaction.requests if transaction else ())
        if event.trigger_reason is trigger
        for value in event.meter_value or ()
    ]


def values_told(t: Case) -> Values:
    """All that the case has heard, in messages of any kind."""
    found: Values = []
    for came in t.log:
        if isinstance(came.request, (MeterValuesRequest, TransactionEventRequest)):
            found += came.request.meter_value or ()
    return found


def check_quiet(t: Case, step: int | str, transaction: Transaction | None) -> None:
    """See that no meter's values aligned to the clock were told of the time of a transaction.

    What is sampled for other reasons is not meant: SendDuringIdle is about aligned values.
    """
    events = sorted(transaction.requests if transaction else (), key=lambda each: each.seq_no)
    if not events:
        return
    begin, end = events[0].timestamp, events[-1].timestamp
    told = [value for values in values_by_message(t).values() for value in values]
    if any(begin < value.timestamp < end for value in told):
        t.deviate(step, "MeterValues", "none of the time of a transaction", "some")
    aligned = begins(Context.SAMPLE_CLOCK)
    if any(aligned(value) for event in events for value in event.meter_value or ()):
        t.deviate(step, "TransactionEvent", "no value aligned to the clock", "some")


def ended_of(t: Case, events: Iterable[TransactionEventRequest]) -> Values:
    """What the end of a transaction tells; it has to tell something."""
    ended = [each for each in events if each.event_type is TransactionEventEnumType.ENDED]
    values = [value for event in ended for value in event.meter_value or ()]
    if not values:
        t.deviate("post", "TransactionEvent Ended", "meterValue", "nothing")
    return values


def check_locations(t: Case) -> None:
    """See that nothing but the state of charge is said to be measured in the EV (errata 6.2.58)."""
    for value in values_told(t):
        for sampled in value.sampled_value:
            if (
                sampled.location is LocationEnumType.EV
                and sampled.measurand is not MeasurandEnumType.SOC
            ):
                measurand = said(sampled.measurand or _REGISTER)
                t.deviate("post", "sampledValue.location", "EV for SoC only", measurand)


def check_signed(t: Case, step: int | str, values: Sequence[MeterValueType]) -> None:
    """See that each of these is signed, with the public key as often as is configured.

    Args:
        t: the case.
        step: of its text.
        values: of which each holds the register that meters sign.
    """
    mode = t.inventory.value(_PUBLIC_KEY, "Never")
    for value in values:
        signed = [each.signed_meter_value for each in value.sampled_value]
        if not any(signed):
            t.deviate(step, "sampledValue.signedMeterValue", "a signature", "nothing")
        for each in signed:
            if each is None:
                continue
            is_key = _is_key(each.public_key)
            fits = {"Never": not each.public_key, "EveryMeterValue": is_key}
            if not fits.get(mode, is_key or not each.public_key):
                t.deviate(step, "publicKey", f"what {mode} asks for", said(each.public_key))
    if mode == "OncePerTransaction":
        keys = [
            each.signed_meter_value.public_key
            for value in values_told(t)
            for each in value.sampled_value
            if each.signed_meter_value is not None and each.signed_meter_value.public_key
        ]
        if len(keys) != 1:
            t.deviate(step, "publicKey", "one in the transaction", f"{len(keys)} of them")


def _is_key(text: str) -> bool:
    try:
        return bool(b64decode(text, validate=True))
    except NotBase64:
        return False
