"""Block J, meter values: aligned to the clock, and sampled in transactions."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._e_helpers import starts_at
from ocppkit.conformance.cases._j_helpers import (
    CLOCK,
    PERIODIC,
    Values,
    begins,
    check_interval,
    check_locations,
    check_measured,
    check_quiet,
    check_signed,
    ended_of,
    long_enough,
    moments,
    needs,
    values_by_event,
    values_by_message,
)
from ocppkit.conformance.checks import PRESENT, fields
from ocppkit.conformance.inventory import VariableName
from ocppkit.conformance.states import (
    energy_transfer_started,
    ev_connected_pre_session,
    leave,
    parking_bay_occupied,
)
from ocppkit.v201 import (
    MeterValuesRequest,
    ReadingContextEnumType,
    TransactionEventRequest,
    TriggerReasonEnumType,
)

__all__ = [
    "tc_j_01_cs",
    "tc_j_02_cs",
    "tc_j_03_cs",
    "tc_j_04_cs",
    "tc_j_06_cs",
    "tc_j_07_cs",
    "tc_j_08_cs",
    "tc_j_09_cs",
    "tc_j_10_cs",
    "tc_j_11_cs",
]

_Context = ReadingContextEnumType
_Trigger = TriggerReasonEnumType

_ALIGNED: Final = "AlignedDataCtrlr.Measurands"
_ALIGNED_INTERVAL: Final = "AlignedDataCtrlr.Interval"
_ALIGNED_ENDED: Final = "AlignedDataCtrlr.TxEndedMeasurands"
_ALIGNED_ENDED_INTERVAL: Final = "AlignedDataCtrlr.TxEndedInterval"
_IDLE_ONLY: Final = "AlignedDataCtrlr.SendDuringIdle"
_WITHOUT_PHASES: Final = "SampledDataCtrlr.RegisterValuesWithoutPhases"
_STARTED: Final = "SampledDataCtrlr.TxStartedMeasurands"
_UPDATED: Final = "SampledDataCtrlr.TxUpdatedMeasurands"
_UPDATED_INTERVAL: Final = "SampledDataCtrlr.TxUpdatedInterval"
_ENDED: Final = "SampledDataCtrlr.TxEndedMeasurands"
_ENDED_INTERVAL: Final = "SampledDataCtrlr.TxEndedInterval"


@case
async def tc_j_01_cs(t: Case) -> None:
    """An idle station tells its meters' values at fixed times of the day."""
    interval = t.settings.aligned_interval
    await t.configure({_ALIGNED_INTERVAL: interval})
    needs(t, _ALIGNED)

    _check_aligned(t, 1, await _told_three_times(t), interval, least=3)
    check_locations(t)


async def _told_three_times(t: Case) -> dict[int, Values]:
    """Wait for the meters' values of three moments, and give all that came, by EVSE."""
    since = len(t.log)
    patience = t.settings.aligned_interval + t.settings.message_timeout
    while len(moments(_all_of(values_by_message(t, since)))) < 3:
        _ = await t.expect(MeterValuesRequest, 1, within=patience)
    await t.kit.clock.sleep(t.settings.aligned_interval / 2)  # the last moment's other messages
    return values_by_message(t, since)


def _all_of(told: dict[int, Values]) -> Values:
    return [value for values in told.values() for value in values]


def _check_aligned(
    t: Case, step: int, told: dict[int, Values], interval: float, *, least: int = 2
) -> None:
    """Look at what MeterValues told: of all EVSEs at the same moments."""
    check_interval(t, step, _all_of(told), interval, least=least)
    for values in told.values():
        check_measured(t, step, values, CLOCK, _ALIGNED)


@case
async def tc_j_02_cs(t: Case) -> None:
    """In a transaction the meters' values are told at fixed times of the day as well."""
    interval = t.settings.aligned_interval
    wanted: dict[VariableName, object] = {
        _ALIGNED_INTERVAL: interval,
        _IDLE_ONLY: False,
        _WITHOUT_PHASES: False,
    }
    await t.configure(wanted, optional=[_IDLE_ONLY, _WITHOUT_PHASES])
    needs(t, _ALIGNED)
    await energy_transfer_started(t)

    since = len(t.log)
    await t.kit.clock.sleep(long_enough(t, interval))
    told = values_by_message(t, since)
    if told:
        _check_aligned(t, 1, told, interval)
    in_events = values_by_event(t, _Trigger.METER_VALUE_CLOCK)
    if in_events:
        check_interval(t, 3, in_events, interval)
        check_measured(t, 3, in_events, CLOCK, _ALIGNED)
    elif not told.keys() & {0, t.session().evse}:
        t.deviate(3, "TransactionEvent", "the values of the EVSE that charges", "nothing")
    check_locations(t)


@case
async def tc_j_03_cs(t: Case) -> None:
    """The end of a transaction tells what its meter showed at fixed times of the day."""
    interval = t.settings.aligned_interval_ended
    wanted: dict[VariableName, object] = {
        _ALIGNED_ENDED_INTERVAL: interval,
        _ENDED: "",
        _IDLE_ONLY: False,
    }
    await t.configure(wanted, optional=[_IDLE_ONLY])
    needs(t, _ALIGNED_ENDED)

    values = await _charged(t, interval)
    check_interval(t, "post", values, interval)
    check_measured(t, "post", values, CLOCK, _ALIGNED_ENDED)
    check_locations(t)


async def _charged(t: Case, interval: float) -> Values:
    """Have a whole visit, and give what the end of its transaction tells."""
    await energy_transfer_started(t)
    transaction = t.session().transaction

    await t.kit.clock.sleep(long_enough(t, interval))
    await leave(t)
    return ended_of(t, transaction.requests if transaction else ())


@case
async def tc_j_04_cs(t: Case) -> None:
    """What was measured at fixed times of the day is signed."""
    interval = t.settings.aligned_interval_ended
    signs = "AlignedDataCtrlr.SignReadings"
    wanted: dict[VariableName, object] = {
        _ALIGNED_ENDED_INTERVAL: interval,
        _IDLE_ONLY: False,
        signs: True,
    }
    await t.configure(wanted, optional=[_IDLE_ONLY])
    needs(t, _ALIGNED_ENDED)

    values = await _charged(t, interval)
    aligned = [*filter(begins(_Context.SAMPLE_CLOCK), values)]
    check_interval(t, "post", aligned, interval)
    check_measured(t, "post", aligned, CLOCK, _ALIGNED_ENDED)
    check_signed(t, "post", aligned)
    check_locations(t)


@case
async def tc_j_06_cs(t: Case) -> None:
    """A station that shall do so tells values at fixed times only while nobody charges."""
    interval = t.settings.aligned_interval
    await t.configure({_ALIGNED_INTERVAL: interval, _IDLE_ONLY: True})
    needs(t, _ALIGNED)

    _check_aligned(t, 1, await _told_three_times(t), interval, least=3)
    await energy_transfer_started(t)
    transaction = t.session().transaction
    await t.kit.clock.sleep(interval + 5)
    await leave(t)
    check_quiet(t, 4, transaction)
    _check_aligned(t, 7, await _told_three_times(t), interval, least=3)
    check_locations(t)


@case
async def tc_j_07_cs(t: Case) -> None:
    """The beginning of a transaction tells what the meter shows."""
    points = ("EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer", "DataSigned")
    needs(t, _STARTED)
    await starts_at(t, *points, without=["ParkingBayOccupancy"])
    await parking_bay_occupied(t)

    await ev_connected_pre_session(t)
    await energy_transfer_started(t)
    transaction = t.session().transaction
    first = transaction.requests[:1] if transaction else []
    _check_begin(t, first)


def _check_begin(t: Case, events: list[TransactionEventRequest]) -> None:
    """See that an event tells what the meter showed when the transaction began."""
    values = [value for event in events for value in event.meter_value or ()]
    if not values:
        t.deviate("post", "TransactionEvent", "meterValue", "nothing")
    check_measured(t, "post", values, [_Context.TRANSACTION_BEGIN], _STARTED)
    check_locations(t)


@case
async def tc_j_08_cs(t: Case) -> None:
    """The first event that knows the EVSE tells what its meter shows."""
    needs(t, _STARTED)
    await starts_at(t, "Authorized", "ParkingBayOccupancy")

    await energy_transfer_started(t)
    transaction = t.session().transaction
    events = transaction.requests if transaction else []
    _check_begin(t, [each for each in events if each.evse is not None][:1])


@case
async def tc_j_09_cs(t: Case) -> None:
    """A transaction tells at an interval what its meter shows."""
    interval = t.settings.meter_interval_updated
    await t.configure({_UPDATED_INTERVAL: interval})
    needs(t, _UPDATED)
    await energy_transfer_started(t)

    _ = await t.expect(TransactionEventRequest, 1, where=_PERIODICALLY)
    await t.kit.clock.sleep(long_enough(t, interval))
    values = values_by_event(t, _Trigger.METER_VALUE_PERIODIC)
    check_interval(t, "post", values, interval, least=3)
    check_measured(t, 1, values, PERIODIC, _UPDATED)
    check_locations(t)


_PERIODICALLY: Final = fields(trigger_reason=_Trigger.METER_VALUE_PERIODIC, meter_value=PRESENT)


@case
async def tc_j_10_cs(t: Case) -> None:
    """The end of a transaction tells what its meter showed at an interval."""
    interval = t.settings.meter_interval_ended
    await t.configure({_ENDED_INTERVAL: interval, _ALIGNED_ENDED: ""})
    needs(t, _ENDED)

    _check_sampled(t, await _charged(t, interval), interval)


def _check_sampled(t: Case, values: Values, interval: float) -> None:
    """See that there are samples of the whole transaction; the end is one, the beginning may be."""
    periodic = [*filter(begins(_Context.SAMPLE_PERIODIC), values)]
    end = [*filter(begins(_Context.TRANSACTION_END), values)]
    check_interval(t, "post", periodic, interval)
    if len(moments(end)) != 1:
        t.deviate("post", "context", "Transaction.End once", f"{len(moments(end))} of them")
    expected = [_Context.SAMPLE_PERIODIC, _Context.TRANSACTION_BEGIN, _Context.TRANSACTION_END]
    check_measured(t, "post", values, expected, _ENDED)
    check_locations(t)


@case
async def tc_j_11_cs(t: Case) -> None:
    """What was sampled in a transaction is signed."""
    interval = t.settings.meter_interval_ended
    await t.configure({_ENDED_INTERVAL: interval, "SampledDataCtrlr.SignReadings": True})
    needs(t, _ENDED)

    values = [
        each for each in await _charged(t, interval) if not begins(_Context.SAMPLE_CLOCK)(each)
    ]
    _check_sampled(t, values, interval)
    check_signed(t, "post", values)
