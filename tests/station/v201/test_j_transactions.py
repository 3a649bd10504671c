"""J02: meter values of transactions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import MeterReading

from .meters import ABC, REGISTER, TWO, Rich, aligned, at, events, measurands, sampled, told


@pytest.fixture
async def two(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V201, description=TWO).running() as running:
        yield running


@pytest.fixture
async def rich(world: Any) -> AsyncIterator[Any]:
    it = world(Version.V201)
    it.equipment = it.hardware = Rich(
        it.hardware.description,
        environment=it.environment,
        meter_start_wh=1_000_000,
        main_meter=True,
    )
    async with it.running():
        yield it


@pytest.mark.requirement("J02.FR.01", "J02.FR.02", "J02.FR.03", "J02.FR.04", "J02.FR.11")
async def test_j02_samples_come_at_the_interval_with_their_measurands(two: Any) -> None:
    await sampled(two, TxUpdatedInterval="30", TxUpdatedMeasurands=f"{REGISTER},Voltage")
    await two.charge()
    await two.advance(90)

    found = events(two, "MeterValuePeriodic")
    times = [at(each) for each in found]
    assert [b - a for a, b in pairwise(times)] == [timedelta(seconds=30)] * 2
    for each in found:
        assert each["eventType"] == "Updated"
        assert measurands(each["meterValue"]) == {REGISTER, "Voltage"}
        assert {value["context"] for value in told(each["meterValue"])} == {"Sample.Periodic"}


@pytest.mark.requirement("J02.FR.10", "J02.FR.18")
async def test_j02_only_the_end_tells_of_more_than_its_own_moment(two: Any) -> None:
    await sampled(two, TxUpdatedInterval="30", TxEndedInterval="20")
    await aligned(two, Interval="60", TxEndedInterval="60")
    await two.charge()
    await two.advance(70)
    await two.station.evse(1).token_presented(ABC)
    await two.settle()

    sent = two.sent("TransactionEvent")
    for event in sent[:-1]:
        values = event.get("meterValue", [])
        assert len(values) <= 1
        assert all(at(value) == at(event) for value in values)
    assert len(sent[-1]["meterValue"]) > 3


async def test_j02_the_end_tells_each_series_with_its_own_measurands(two: Any) -> None:
    await sampled(two, TxEndedInterval="20", TxEndedMeasurands="Voltage")
    await aligned(two, TxEndedInterval="30", TxEndedMeasurands=REGISTER)
    await two.charge()
    await two.advance(60)
    await two.station.evse(1).token_presented(ABC)
    await two.settle()

    values = two.sent("TransactionEvent")[-1]["meterValue"]
    found = {(each["context"], each["measurand"]) for each in told(values)}
    assert found == {
        ("Transaction.Begin", "Voltage"),
        ("Sample.Periodic", "Voltage"),
        ("Sample.Clock", REGISTER),
        ("Transaction.End", "Voltage"),
    }
    times = [at(value) for value in values]
    assert times == sorted(times)


@pytest.mark.requirement("J02.FR.20")
async def test_j02_of_too_many_samples_those_in_between_go(two: Any) -> None:
    await sampled(two, TxEndedInterval="1", TxEndedMeasurands=REGISTER)
    await two.charge()
    await two.advance(140)
    await two.station.evse(1).token_presented(ABC)
    await two.settle()

    values = two.sent("TransactionEvent")[-1]["meterValue"]
    periodic = [v for v in values if v["sampledValue"][0]["context"] == "Sample.Periodic"]
    gaps = [b - a for a, b in pairwise(map(at, periodic))]
    assert 50 <= len(periodic) <= 100
    assert at(periodic[0]) - at(values[0]) <= timedelta(seconds=2)
    assert at(values[-1]) - at(periodic[-1]) <= timedelta(seconds=2)
    assert max(gaps) <= timedelta(seconds=2)


@pytest.mark.requirement("J02.FR.16", "J02.FR.17")
async def test_j02_registers_are_told_as_the_meter_shows_them(rich: Any) -> None:
    await sampled(rich, TxUpdatedInterval="30", TxUpdatedMeasurands=REGISTER)
    await rich.charge()
    await rich.advance(90)
    await rich.station.evse(1).token_presented(ABC)
    await rich.settle()

    values = [
        each["value"]
        for event in rich.sent("TransactionEvent")
        for each in told(event.get("meterValue", []))
        if each["measurand"] == REGISTER and "phase" not in each
    ]
    first = rich.sent("TransactionEvent")[-1]["meterValue"][0]["sampledValue"][0]["value"]
    assert first == 1_000_000
    assert values[0] == 1_000_000
    assert values[1:-2] == sorted(values[1:-2])
    assert values[-1] > 1_000_000


@pytest.mark.requirement("J02.FR.22")
async def test_j02_an_event_tells_of_its_own_evse(two: Any) -> None:
    two.hardware.set_meter(2, energy_wh=5.0)
    await sampled(two, TxUpdatedInterval="30", TxUpdatedMeasurands=REGISTER)
    await two.hardware.arrive(SimulatedEv(), evse=2)
    await two.station.evse(2).token_presented(ABC)
    await two.advance(30)

    assert two.sent("TransactionEvent")[0]["evse"]["id"] == 2
    (value,) = told(events(two, "MeterValuePeriodic")[0]["meterValue"])
    assert value["value"] < 1000


async def test_j02_the_register_may_be_told_without_phases(rich: Any) -> None:
    await sampled(rich, TxUpdatedInterval="30", TxUpdatedMeasurands=REGISTER)
    await rich.charge()
    await rich.advance(30)
    await sampled(rich, RegisterValuesWithoutPhases="true")
    await rich.advance(30)

    with_phases, without = (
        [each.get("phase") for each in told(event["meterValue"])]
        for event in events(rich, "MeterValuePeriodic")[:2]
    )
    assert with_phases == [None, "L1"]
    assert without == [None]


async def test_j02_values_bear_their_unit(two: Any) -> None:
    await sampled(two, TxUpdatedInterval="30", TxUpdatedMeasurands=f"{REGISTER},Voltage,SoC")
    await two.charge()
    await two.advance(30)

    values = told(events(two, "MeterValuePeriodic")[0]["meterValue"])
    units = {each["measurand"]: each["unitOfMeasure"]["unit"] for each in values}
    assert units == {REGISTER: "Wh", "Voltage": "V", "SoC": "Percent"}


async def test_j02_none_are_told_where_sampling_is_off(two: Any) -> None:
    await sampled(two, TxUpdatedInterval="30", Enabled="false")
    await two.charge()
    await two.advance(90)
    await two.station.evse(1).token_presented(ABC)
    await two.settle()

    assert events(two, "MeterValuePeriodic") == []
    assert all("meterValue" not in event for event in two.sent("TransactionEvent"))


@pytest.mark.requirement("J01.FR.13", "J02.FR.09")
async def test_j02_the_phase_rotation_is_that_of_the_grid(two: Any) -> None:
    async def rotation(value: str) -> str:
        data = {
            "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
            "variable": {"name": "PhaseRotation"},
        }
        status = await two.call("SetVariables", setVariableData=[{**data, "attributeValue": value}])
        read = await two.call("GetVariables", getVariableData=[data])
        told: str = status["setVariableResult"][0]["attributeStatus"]
        return f"{told} {read['getVariableResult'][0].get('attributeValue')}"

    assert await rotation("STR") == "Accepted STR"
    assert await rotation("Rxx") == "Rejected STR"


@pytest.mark.requirement("J02.FR.11")
async def test_j02_without_measurands_no_event_is_sent_at_the_interval(two: Any) -> None:
    await sampled(two, TxUpdatedInterval="30", TxUpdatedMeasurands="")
    await two.charge()
    await two.advance(60)
    before = len(events(two, "MeterValuePeriodic"))
    await sampled(two, TxUpdatedMeasurands="Voltage")
    await two.advance(60)

    assert before == 0
    assert len(events(two, "MeterValuePeriodic")) == 2


async def test_j02_a_measurand_that_is_listed_twice_is_told_once(two: Any) -> None:
    await sampled(two, TxStartedMeasurands=f"{REGISTER},{REGISTER}")
    await two.charge()

    assert len(told(two.sent("TransactionEvent")[0]["meterValue"])) == 1


class Failing(Rich):
    """Equipment whose meter stops to answer."""

    fails = False

    async def meter(self, evse: int) -> MeterReading:
        if self.fails:
            raise OSError("no answer")
        return await super().meter(evse)


@pytest.mark.requirement("J02.FR.21")
async def test_j02_what_was_signed_for_one_occasion_is_not_told_of_another(world: Any) -> None:
    it = world(Version.V201)
    it.equipment = it.hardware = Failing(it.hardware.description, environment=it.environment)
    async with it.running():
        await sampled(it, TxUpdatedInterval="30", TxUpdatedMeasurands=REGISTER)
        await sampled(it, TxEndedMeasurands=REGISTER)
        await it.charge()
        await it.advance(60)
        it.hardware.fails = True
        await it.station.evse(1).token_presented(ABC)
        await it.settle()

    signed = {
        each["context"]
        for each in told(it.sent("TransactionEvent")[-1]["meterValue"])
        if "signedMeterValue" in each
    }
    assert signed == {"Transaction.Begin"}
