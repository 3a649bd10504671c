"""J01: meter values at fixed times, and signed ones."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv

from .meters import ABC, REGISTER, TWO, Rich, aligned, at, events, measurands, sampled, set_at, told


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


@pytest.mark.requirement(
    "J01.FR.01", "J01.FR.02", "J01.FR.05", "J01.FR.06", "J01.FR.07", "J01.FR.08", "J01.FR.14"
)
async def test_j01_every_evse_tells_its_measurands_at_the_interval(two: Any) -> None:
    await aligned(two, Interval="60", Measurands=f"{REGISTER},Voltage")
    await two.advance(180)

    sent = two.sent("MeterValues")
    times = sorted({at(each["meterValue"][0]) for each in sent})
    assert [each["evseId"] for each in sent] == [1, 2] * 3
    assert all(each.second == 0 for each in times)
    assert [b - a for a, b in pairwise(times)] == [timedelta(minutes=1)] * 2
    for each in sent:
        assert measurands(each["meterValue"]) == {REGISTER, "Voltage"}
        assert {value["context"] for value in told(each["meterValue"])} == {"Sample.Clock"}


@pytest.mark.requirement("J01.FR.03", "J01.FR.04", "J01.FR.09", "J01.FR.14")
async def test_j01_the_main_meter_tells_of_the_station(rich: Any) -> None:
    await aligned(rich, Interval="60", Measurands=f"{REGISTER},Voltage")
    rich.hardware.set_meter(1, energy_wh=2_000_000)
    await rich.advance(60)

    first = next(each for each in rich.sent("MeterValues") if each["evseId"] == 0)
    (value,) = told(first["meterValue"])
    assert (value["measurand"], value["value"]) == (REGISTER, 2_000_000)
    assert value["location"] == "Inlet"


@pytest.mark.requirement(
    "J01.FR.09",
    "J01.FR.10",
    "J01.FR.11",
    "J01.FR.17",
    "J02.FR.05",
    "J02.FR.06",
    "J02.FR.07",
)
async def test_j01_every_place_and_phase_of_a_measurand_is_told(rich: Any) -> None:
    await aligned(rich, Interval="60", Measurands="Current.Import")
    await rich.hardware.arrive(SimulatedEv())
    await rich.station.evse(1).token_presented(ABC)
    await rich.advance(60)

    (event,) = events(rich, "MeterValueClock")
    (value,) = event["meterValue"]
    places = [(each.get("phase"), each.get("location")) for each in value["sampledValue"]]
    assert places == [("L1", None), ("L2", None), ("L3", None), (None, "Inlet")]


@pytest.mark.requirement("J01.FR.22")
async def test_j01_within_a_transaction_they_are_events(two: Any) -> None:
    await aligned(two, Interval="60", Measurands="Voltage")
    await two.charge()
    await two.advance(120)

    found = events(two, "MeterValueClock")
    assert len(found) == 2
    assert all(measurands(each["meterValue"]) == {"Voltage"} for each in found)
    assert all(each["context"] == "Sample.Clock" for e in found for each in told(e["meterValue"]))
    assert {each["evseId"] for each in two.sent("MeterValues")} == {2}


@pytest.mark.requirement("J01.FR.19")
async def test_j01_an_evse_that_tells_in_idle_only_is_silent_in_its_transaction(two: Any) -> None:
    await aligned(two, Interval="60")
    await set_at(two, "AlignedDataCtrlr", "SendDuringIdle", 1, "true")
    await two.charge()
    await two.advance(120)

    assert events(two, "MeterValueClock") == []
    assert {each["evseId"] for each in two.sent("MeterValues")} == {2}


@pytest.mark.requirement("J01.FR.20")
async def test_j01_a_station_that_tells_in_idle_only_is_silent_in_any_transaction(
    rich: Any,
) -> None:
    await aligned(rich, Interval="60", SendDuringIdle="true")
    await rich.charge()
    await rich.advance(120)
    during = len(rich.sent("MeterValues"))
    await rich.station.evse(1).token_presented(ABC)
    await rich.hardware.depart()
    await rich.advance(60)

    assert during == 0
    assert events(rich, "MeterValueClock") == []
    assert [each["evseId"] for each in rich.sent("MeterValues")] == [1, 0]


@pytest.mark.parametrize("off", [{"Interval": "0"}, {"Enabled": "false"}, {"Measurands": ""}])
async def test_j01_none_are_told_where_they_are_off(two: Any, off: dict[str, str]) -> None:
    await aligned(two, **{"Interval": "60", **off})
    await two.advance(180)

    assert two.sent("MeterValues") == []


@pytest.mark.requirement("J01.FR.21", "J02.FR.21")
@pytest.mark.parametrize("component", ["AlignedDataCtrlr", "SampledDataCtrlr"])
@pytest.mark.parametrize("wanted", ["true", "false"])
async def test_j02_values_are_signed_where_that_is_wanted(
    rich: Any, component: str, wanted: str
) -> None:
    trigger = "MeterValueClock" if component == "AlignedDataCtrlr" else "MeterValuePeriodic"
    await rich.set_variable(component, "SignReadings", wanted)
    await aligned(rich, Interval="60", Measurands=REGISTER)
    await sampled(rich, TxUpdatedInterval="60", TxUpdatedMeasurands=REGISTER)
    await rich.charge()
    await rich.advance(60)

    signed = ["signedMeterValue" in each for each in told(events(rich, trigger)[0]["meterValue"])]
    assert any(signed) is (wanted == "true")


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("EveryMeterValue", [True, True, True, True]),
        ("OncePerTransaction", [True, False, False, False]),
        ("Never", [False, False, False, False]),
    ],
)
async def test_j02_the_public_key_goes_along_as_configured(
    rich: Any, when: str, expected: list[bool]
) -> None:
    status = await rich.set_variable("OCPPCommCtrlr", "PublicKeyWithSignedMeterValue", when)
    await sampled(
        rich,
        TxStartedMeasurands=REGISTER,
        TxUpdatedMeasurands=REGISTER,
        TxEndedMeasurands=REGISTER,
        TxUpdatedInterval="60",
    )
    await rich.charge()
    await rich.advance(60)
    await rich.station.evse(1).token_presented(ABC)
    await rich.settle()

    keys = [
        each["signedMeterValue"]["publicKey"]
        for event in rich.sent("TransactionEvent")
        for each in told(event.get("meterValue", []))
        if "signedMeterValue" in each
    ]
    key = base64.b64encode(b"key").decode()
    assert status == "Accepted"
    assert keys == [key if there else "" for there in expected]


async def test_j01_a_key_is_never_told_outside_of_transactions_where_it_never_is(
    rich: Any,
) -> None:
    await rich.set_variable("OCPPCommCtrlr", "PublicKeyWithSignedMeterValue", "Never")
    await rich.call("TriggerMessage", requestedMessage="MeterValues", evse={"id": 1})

    (value,) = [
        each["signedMeterValue"]
        for each in told(rich.sent("MeterValues")[0]["meterValue"])
        if "signedMeterValue" in each
    ]
    assert value["publicKey"] == ""


async def test_j02_a_meter_that_does_not_sign_has_no_such_variable(two: Any) -> None:
    statuses = {
        await two.set_variable("AlignedDataCtrlr", "SignReadings", "true"),
        await two.set_variable("SampledDataCtrlr", "SignReadings", "true"),
        await two.set_variable("OCPPCommCtrlr", "PublicKeyWithSignedMeterValue", "Never"),
    }

    assert statuses == {"UnknownVariable"}


@pytest.mark.requirement("J01.FR.14")
async def test_what_a_meter_showed_before_it_fell_silent_bears_the_time_of_then(two: Any) -> None:
    await aligned(two, Interval="60")
    await two.advance(120)
    read = at(two.sent("MeterValues")[-1]["meterValue"][0])
    two.hardware.meter = None
    await two.advance(120)

    times = {at(each["meterValue"][0]) for each in two.sent("MeterValues")[-2:]}
    assert times == {read}
