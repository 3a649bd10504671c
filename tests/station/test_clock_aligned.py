"""Meter values at fixed times of the day, as told and as kept for the end of a transaction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import EvseDescription, IdToken, StationDescription
from ocppkit.station.clock_aligned import is_aligned, next_aligned

V16, V201 = Version.V16, Version.V201
TWO = StationDescription(vendor="ocppkit", model="Two", evses=(EvseDescription(),) * 2)
ENERGY = "Energy.Active.Import.Register"
PERIODIC = {None, "MeterValuePeriodic"}
NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "interval", "expected"),
    [
        (NOON, 900, NOON + timedelta(minutes=15)),
        (NOON + timedelta(microseconds=1), 900, NOON + timedelta(minutes=15)),
        (NOON - timedelta(microseconds=1), 900, NOON),
        (NOON.replace(hour=23, minute=59), 900, NOON.replace(hour=0) + timedelta(days=1)),
        (NOON, 86_400, NOON.replace(hour=0) + timedelta(days=1)),
        (NOON.replace(hour=23), 25_200, NOON.replace(hour=0) + timedelta(days=1)),
    ],
)
@pytest.mark.requirement("1.6 §3.16.2")
def test_the_next_time_is_a_multiple_since_midnight(
    now: datetime, interval: int, expected: datetime
) -> None:
    assert next_aligned(now, interval) == expected
    assert is_aligned(expected, interval)


def test_what_lies_between_is_no_such_time() -> None:
    assert not is_aligned(NOON + timedelta(seconds=1), 900)
    assert not is_aligned(NOON, 0)


async def to_next(world: Any, interval: int) -> None:
    """Let time pass until the next multiple of an interval."""
    now = world.clock.utc_now()
    await world.advance((next_aligned(now, interval) - now).total_seconds())


async def align(world: Any, interval: int) -> None:
    if world.version is V16:
        answer = await world.call(
            "ChangeConfiguration", key="ClockAlignedDataInterval", value=str(interval)
        )
        assert answer == {"status": "Accepted"}
    else:
        assert await world.set_variable("AlignedDataCtrlr", "Interval", str(interval)) == "Accepted"


def contexts(meter_values: list[dict[str, Any]]) -> set[str]:
    return {value["context"] for each in meter_values for value in each["sampledValue"]}


@pytest.mark.requirement("J01.FR.14")
@pytest.mark.parametrize("version", [V16, V201])
async def test_without_a_transaction_each_evse_tells_at_each_time(
    world: Any, version: Version
) -> None:
    async with world(version, TWO).running() as it:
        await it.advance(100)
        await align(it, 900)
        await to_next(it, 900)
        await it.advance(1800)

        sent = it.sent("MeterValues")
        where = "connectorId" if version is V16 else "evseId"
        times = [datetime.fromisoformat(each["meterValue"][0]["timestamp"]) for each in sent]
        assert sorted(each[where] for each in sent) == [1, 1, 1, 2, 2, 2]
        assert all(is_aligned(at.replace(microsecond=0), 900) for at in times)
        assert len(set(times)) == 3
        assert all(contexts(each["meterValue"]) == {"Sample.Clock"} for each in sent)
        assert all("transactionId" not in each for each in sent)


@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.requirement("1.6 key ClockAlignedDataInterval")
async def test_with_an_interval_of_0_nothing_is_told(world: Any, version: Version) -> None:
    async with world(version).running() as it:
        await align(it, 60)
        await to_next(it, 60)
        before = len(it.sent("MeterValues"))
        await align(it, 0)
        await it.advance(600)

        assert before == 1
        assert len(it.sent("MeterValues")) == 1


@pytest.mark.parametrize(("queue", "told"), [(False, 0), (True, 3)])
async def test_without_the_csms_only_what_is_queued_is_told_later(
    world: Any, queue: bool, told: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(V201, aligned_interval=600, queue_all_messages=queue).running() as it:
        it.down = True
        await it.drop()
        await to_next(it, 600)
        await it.advance(1200)
        it.down = False
        await it.advance(300)

        assert len(it.sent("MeterValues")) == told
        assert "MeterValues does not reach" not in caplog.text


@pytest.mark.requirement(
    "1.6 §3.16.2",
    "1.6 errata 3.16",
    "1.6 key MeterValuesAlignedData",
    "1.6 key ClockAlignedDataInterval",
)
async def test_in_1_6_a_transaction_tells_under_its_number(world: Any) -> None:
    async with world(V16).running() as it:
        await align(it, 60)
        await it.call("ChangeConfiguration", key="MeterValuesAlignedData", value="Voltage")
        await it.charge()
        await to_next(it, 60)

        [told] = it.sent("MeterValues")
        assert told["transactionId"] == 7
        assert contexts(told["meterValue"]) == {"Sample.Clock"}
        values = told["meterValue"][0]["sampledValue"]
        assert {each["measurand"] for each in values} == {"Voltage"}


@pytest.mark.requirement("J01.FR.22")
async def test_in_2_0_1_a_transaction_tells_by_its_events(world: Any) -> None:
    async with world(V201).running() as it:
        await align(it, 60)
        await it.charge()
        await to_next(it, 60)

        assert it.sent("MeterValues") == []
        last = it.sent("TransactionEvent")[-1]
        assert (last["eventType"], last["triggerReason"]) == ("Updated", "MeterValueClock")
        assert contexts(last["meterValue"]) == {"Sample.Clock"}


async def test_without_measurands_no_event_is_wasted(world: Any) -> None:
    async with world(V201).running() as it:
        await align(it, 60)
        await it.set_variable("AlignedDataCtrlr", "Measurands", "")
        await it.charge()
        before = len(it.sent("TransactionEvent"))
        await it.advance(300)

        assert len(it.sent("TransactionEvent")) == before


@pytest.mark.parametrize(
    ("evse", "told"),
    [
        pytest.param({"evse": {"id": 1}}, [2], marks=pytest.mark.requirement("J01.FR.19")),
        pytest.param({}, [], marks=pytest.mark.requirement("J01.FR.20")),
    ],
)
async def test_where_wished_only_the_idle_tell(
    world: Any, evse: dict[str, Any], told: list[int]
) -> None:
    async with world(V201, TWO).running() as it:
        await align(it, 60)
        data = {
            "component": {"name": "AlignedDataCtrlr", **evse},
            "variable": {"name": "SendDuringIdle"},
            "attributeValue": "true",
        }
        answer = await it.call("SetVariables", setVariableData=[data])
        await it.charge()
        events = len(it.sent("TransactionEvent"))
        await to_next(it, 60)

        assert answer["setVariableResult"][0]["attributeStatus"] == "Accepted"
        assert [each["evseId"] for each in it.sent("MeterValues")] == told
        assert len(it.sent("TransactionEvent")) == events


async def test_the_times_follow_the_clock_of_the_csms(world: Any) -> None:
    it = world(V201, aligned_interval=900)
    async with it.running():
        now = it.clock.utc_now()
        ahead = next_aligned(now, 900) - timedelta(seconds=5)
        it.script["Heartbeat"] = lambda _: {"currentTime": ahead.isoformat()}
        await it.call("TriggerMessage", requestedMessage="Heartbeat")
        before = it.sent("MeterValues")
        await it.advance(6)

        assert before == []
        assert len(it.sent("MeterValues")) == 1


async def clock_back(world: Any, by: timedelta) -> None:
    """Have the CSMS set the clock back."""
    world.script["Heartbeat"] = lambda _: {"currentTime": (world.clock.utc_now() - by).isoformat()}
    await world.call("TriggerMessage", requestedMessage="Heartbeat")


@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.parametrize("back", [5, 600])
@pytest.mark.requirement("1.6 key ClockAlignedDataInterval", "J01.FR.14")
async def test_a_time_that_comes_again_is_told_once(
    world: Any, version: Version, back: int
) -> None:
    it = world(version, aligned_interval=900)
    async with it.running():
        await to_next(it, 900)
        await clock_back(it, timedelta(seconds=back))
        await it.advance(back + 1)
        again = len(it.sent("MeterValues"))
        await it.advance(900)

        assert again == 1
        assert len(it.sent("MeterValues")) == 2


@pytest.mark.requirement("1.6 key ClockAlignedDataInterval", "J01.FR.14")
async def test_where_the_clock_was_far_ahead_no_time_is_left_out_after_it(world: Any) -> None:
    it = world(V16, aligned_interval=900)
    async with it.running():
        await to_next(it, 900)
        await clock_back(it, timedelta(days=100, seconds=5))
        await it.advance(6)

        assert len(it.sent("MeterValues")) == 2


@pytest.mark.parametrize(("beyond", "told"), [(2, 1), (100, 0), (10_900, 0)])
async def test_a_time_that_the_clock_jumps_over_is_made_up_for_at_once_or_not_at_all(
    world: Any, beyond: int, told: int
) -> None:
    it = world(V201, aligned_interval=900)
    async with it.running():
        ahead = next_aligned(it.clock.utc_now(), 900) + timedelta(seconds=beyond)
        it.script["Heartbeat"] = lambda _: {"currentTime": ahead.isoformat()}
        await it.call("TriggerMessage", requestedMessage="Heartbeat")
        await it.advance(6)

        assert len(it.sent("MeterValues")) == told


@pytest.mark.requirement("J01.FR.14")
async def test_the_configured_interval_counts_from_the_start(world: Any) -> None:
    async with world(V16, aligned_interval=60).running() as it:
        await to_next(it, 60)

        assert len(it.sent("MeterValues")) == 1


@pytest.mark.requirement(
    "1.6 errata 3.14", "1.6 key StopTxnAlignedData", "1.6 key StopTxnSampledData"
)
async def test_in_1_6_the_end_tells_what_was_kept_for_it(world: Any) -> None:
    async with world(V16, sample_interval=0).running() as it:
        for key, value in (
            ("StopTxnSampledData", "Energy.Active.Import.Register"),
            ("MeterValueSampleInterval", "100"),
            ("MeterValuesSampledData", ""),
            ("StopTxnAlignedData", "Voltage"),
            ("ClockAlignedDataInterval", "900"),
            ("MeterValuesAlignedData", ""),
        ):
            answer = await it.call("ChangeConfiguration", key=key, value=value)
            assert answer == {"status": "Accepted"}
        await it.charge()
        await it.advance(1000)
        await it.station.evse(1).token_presented(IdToken("ABC"))
        await it.settle()

        [stop] = it.sent("StopTransaction")
        data = stop["transactionData"]
        times = [each["timestamp"] for each in data]
        told = [contexts([each]).pop() for each in data]
        assert it.sent("MeterValues") == []
        assert times == sorted(times)
        assert (told[0], told[-1]) == ("Transaction.Begin", "Transaction.End")
        assert told.count("Sample.Periodic") == 10
        assert told.count("Sample.Clock") == 1


@pytest.mark.requirement("1.6 §3.16.5")
async def test_in_1_6_the_end_tells_nothing_where_nothing_is_asked_for(world: Any) -> None:
    async with world(V16).running() as it:
        await it.charge()
        await it.station.evse(1).token_presented(IdToken("ABC"))
        await it.settle()

        assert "transactionData" not in it.sent("StopTransaction")[0]


@pytest.mark.requirement("E06.FR.11")
async def test_in_2_0_1_the_end_tells_what_was_kept_for_it(world: Any) -> None:
    async with world(V201, ended_sample_interval=100).running() as it:
        assert await it.set_variable("AlignedDataCtrlr", "TxEndedInterval", "900") == "Accepted"
        await it.charge()
        await it.advance(1000)
        await it.station.evse(1).token_presented(IdToken("ABC"))
        await it.settle()

        updated = [each for each in it.sent("TransactionEvent") if each["eventType"] == "Updated"]
        ended = it.sent("TransactionEvent")[-1]
        told = [contexts([each]).pop() for each in ended["meterValue"]]
        assert not any("meterValue" in each for each in updated)
        assert (told[0], told[-1]) == ("Transaction.Begin", "Transaction.End")
        assert (told.count("Sample.Periodic"), told.count("Sample.Clock")) == (10, 1)


@pytest.mark.requirement("J02.FR.20")
@pytest.mark.requirement("1.6 key StopTransactionMaxMeterValues")
async def test_of_too_much_every_second_goes_but_neither_end(world: Any) -> None:
    async with world(V201, ended_sample_interval=10).running() as it:
        await it.charge()
        await it.advance(10 * 150)
        kept = [each.at for each in it.station.evse(1).transaction.sampled]
        await it.station.evse(1).token_presented(IdToken("ABC"))
        await it.settle()

        ended = it.sent("TransactionEvent")[-1]
        assert 50 <= len(kept) <= 100
        assert kept == sorted(kept)
        assert len(ended["meterValue"]) == len(kept) + 2
        begin = datetime.fromisoformat(ended["meterValue"][0]["timestamp"])
        assert kept[0] - begin == timedelta(seconds=10)
        assert kept[-1] - begin == timedelta(seconds=1500)


@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.parametrize("by", [timedelta(hours=1), timedelta(hours=-1)])
@pytest.mark.requirement("1.6 §3.16", "J02.FR.11")
async def test_samples_go_on_at_their_pace_where_the_clock_is_set(
    world: Any, version: Version, by: timedelta
) -> None:
    it = world(version, sample_interval=60)
    async with it.running():
        await it.charge()
        await it.advance(58)
        await clock_back(it, by)
        await it.advance(241)
        action = "MeterValues" if version is V16 else "TransactionEvent"
        told = [each for each in it.sent(action) if each.get("triggerReason") in PERIODIC]
        times = [datetime.fromisoformat(each["meterValue"][0]["timestamp"]) for each in told]

        assert len(times) == 5
        assert {later - earlier for earlier, later in pairwise(times)} == {timedelta(seconds=60)}


@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.requirement("1.6 §4.8", "E06.FR.11")
async def test_the_end_tells_samples_as_they_were_taken_where_the_clock_was_set_back(
    world: Any, version: Version
) -> None:
    it = world(version, sample_interval=100, ended_sample_interval=100, aligned_interval=200)
    async with it.running():
        if version is V16:
            for key in ("StopTxnSampledData", "StopTxnAlignedData"):
                await it.call("ChangeConfiguration", key=key, value=ENERGY)
        else:
            await it.set_variable("AlignedDataCtrlr", "TxEndedInterval", "200")
        await it.charge()
        await it.advance(250)
        await clock_back(it, timedelta(hours=1))
        await it.advance(700)
        await it.station.evse(1).token_presented(IdToken("ABC"))
        await it.settle()

        last = it.sent("StopTransaction" if version is V16 else "TransactionEvent")[-1]
        told = last["transactionData" if version is V16 else "meterValue"]
        registers = [
            float(value["value"])
            for each in told
            for value in each["sampledValue"]
            if value.get("measurand", ENERGY) == ENERGY
        ]
        assert len(registers) == 15
        assert registers == sorted(registers)


@pytest.mark.parametrize("version", [V16, V201])
async def test_intervals_are_reckoned_from_the_registers(world: Any, version: Version) -> None:
    async with world(version, sample_interval=60).running() as it:
        wanted = "Energy.Active.Import.Interval,Energy.Active.Import.Register"
        if version is V16:
            await it.call("ChangeConfiguration", key="MeterValuesSampledData", value=wanted)
        else:
            await it.set_variable("SampledDataCtrlr", "TxUpdatedMeasurands", wanted)
        await it.hardware.arrive(SimulatedEv(start_delay=1))
        await it.station.evse(1).token_presented(IdToken("ABC"))
        await it.advance(180)

        action = "MeterValues" if version is V16 else "TransactionEvent"
        values = [
            {v["measurand"]: float(v["value"]) for v in each["meterValue"][0]["sampledValue"]}
            for each in it.sent(action)
            if each.get("meterValue") and each.get("eventType") != "Started"
        ]
        registers = [each["Energy.Active.Import.Register"] for each in values]
        intervals = [each["Energy.Active.Import.Interval"] for each in values]
        assert len(values) == 3
        assert intervals[1:] == pytest.approx(
            [after - before for before, after in pairwise(registers)],
            abs=0.01,
        )
