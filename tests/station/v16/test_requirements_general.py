"""What the general chapters of 1.6 and single keys ask for, beside what each profile has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import EvseDescription, IdToken, StationDescription
from ocppkit.station.settings.behaviour import SmartCharging, Storage

ABC = IdToken("ABC")
TWO = StationDescription(vendor="v", model="m", evses=(EvseDescription(),) * 2)


@pytest.fixture
async def one(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V16).running() as running:
        yield running


async def change(it: Any, key: str, value: str) -> str:
    answer = await it.call("ChangeConfiguration", key=key, value=value)
    status: str = answer["status"]
    return status


async def value(it: Any, key: str) -> str:
    answer = await it.call("GetConfiguration", key=[key])
    (found,) = answer["configurationKey"]
    text: str = found["value"]
    return text


@pytest.mark.parametrize("text", ["x", "Ärger & <Co>", "0" * 20, "a b/c%20d#?"])
async def test_3_9_an_id_tag_is_told_as_it_is_whatever_it_says(one: Any, text: str) -> None:
    await one.hardware.arrive(SimulatedEv())
    await one.station.evse(1).token_presented(IdToken(text))
    await one.settle()

    assert one.sent("Authorize") == [{"idTag": text}]
    assert [each["idTag"] for each in one.sent("StartTransaction")] == [text]


async def test_4_2_1_what_happened_before_a_restart_is_told_once_the_boot_is_accepted(
    world: Any, tmp_path: Path
) -> None:
    storage = Storage(state_dir=tmp_path)
    async with world(Version.V16, storage=storage).running() as before:
        await before.charge()
        before.down = True
        await before.drop()
        await before.station.evse(1).token_presented(ABC)
        await before.settle()
    it = world(Version.V16, storage=storage)
    it.boot = {"status": "Pending", "interval": 10}
    async with it.running():
        await it.advance(5)
        pending = it.actions()
        it.boot = {"status": "Accepted", "interval": 300}
        await it.advance(10)

    assert before.sent("StopTransaction") == []
    assert pending == ["BootNotification"]
    assert it.actions()[:2] == ["BootNotification", "BootNotification"]
    assert [stop["transactionId"] for stop in it.sent("StopTransaction")] == [7]


async def test_7_31_registers_rise_from_start_to_stop(one: Any) -> None:
    await change(one, "MeterValueSampleInterval", "10")
    await change(one, "MeterValuesSampledData", "Energy.Active.Import.Register")
    await one.charge()
    await one.advance(60)
    await one.station.evse(1).token_presented(ABC)
    await one.settle()

    [start], [stop] = one.sent("StartTransaction"), one.sent("StopTransaction")
    samples = [
        float(sampled["value"])
        for message in one.sent("MeterValues")
        for meter_value in message["meterValue"]
        for sampled in meter_value["sampledValue"]
    ]
    told = [start["meterStart"], *samples, stop["meterStop"]]
    assert len(samples) == 6
    assert told == sorted(told)
    assert told[0] < told[-1]


async def test_errata_3_46_a_triggered_meter_values_holds_what_the_key_lists_as_it_is_now(
    one: Any,
) -> None:
    await change(one, "MeterValuesSampledData", "Power.Active.Import,Energy.Active.Import.Register")
    await change(one, "MeterValueSampleInterval", "0")
    await one.charge()
    seen = []
    for _ in range(2):
        await one.advance(360)
        await one.call("TriggerMessage", requestedMessage="MeterValues", connectorId=1)
        seen.append(one.sent("MeterValues")[-1])

    values = [
        {each["measurand"]: float(each["value"]) for each in told["meterValue"][0]["sampledValue"]}
        for told in seen
    ]
    assert [told["transactionId"] for told in seen] == [7, 7]
    assert [set(each) for each in values] == [
        {"Power.Active.Import", "Energy.Active.Import.Register"}
    ] * 2
    risen = values[1]["Energy.Active.Import.Register"] - values[0]["Energy.Active.Import.Register"]
    assert risen == pytest.approx(1100, abs=1)  # 11 kW for six minutes


@pytest.mark.parametrize("number", [0, -5, 2**31 - 1])
async def test_errata_3_54_any_number_names_a_transaction(one: Any, number: int) -> None:
    one.script["StartTransaction"] = lambda _: {
        "idTagInfo": {"status": "Accepted"},
        "transactionId": number,
    }
    await one.charge()
    answer = await one.call("RemoteStopTransaction", transactionId=number)

    assert answer == {"status": "Accepted"}
    assert [stop["transactionId"] for stop in one.sent("StopTransaction")] == [number]


@pytest.mark.requirement("1.6-J §4.2.3")
async def test_an_unknown_action_is_answered_under_its_own_id_and_disturbs_no_other(
    one: Any,
) -> None:
    unknown = await one.call("Dance", tempo=3)
    of_the_other_side = await one.call("StartTransaction")
    known = await one.call("GetLocalListVersion")

    assert (unknown, of_the_other_side) == ("NotImplemented", "NotImplemented")
    assert known == {"listVersion": 0}


@pytest.mark.requirement("1.6 §3.16.1")
async def test_a_transaction_that_goes_on_after_a_restart_is_sampled_as_before(
    world: Any, tmp_path: Path
) -> None:
    storage = Storage(state_dir=tmp_path)
    async with world(Version.V16, storage=storage).running() as before:
        await change(before, "MeterValueSampleInterval", "10")
        await before.charge()
        await before.advance(25)
    it = world(Version.V16, storage=storage)
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    async with it.running():
        await it.advance(31)
        stopped = await it.call("RemoteStopTransaction", transactionId=7)

    assert it.sent("StartTransaction") == []
    assert [each["transactionId"] for each in it.sent("MeterValues")] == [7, 7, 7]
    assert stopped == {"status": "Accepted"}


@pytest.mark.requirement(
    "1.6 key ConnectorPhaseRotationMaxLength", "1.6 key ConnectorPhaseRotation"
)
async def test_as_many_phase_rotations_are_taken_as_there_may_be(world: Any) -> None:
    async with world(Version.V16, TWO).running() as it:
        most = int(await value(it, "ConnectorPhaseRotationMaxLength"))
        status = await change(it, "ConnectorPhaseRotation", "0.RST,1.RTS,2.SRT")

        assert (most, status) == (3, "Accepted")
        assert await value(it, "ConnectorPhaseRotation") == "0.RST,1.RTS,2.SRT"


@pytest.mark.parametrize("switches", [False, True])
@pytest.mark.requirement("1.6 key ConnectorSwitch3to1PhaseSupported")
async def test_whether_three_phases_may_become_one_is_told(world: Any, switches: bool) -> None:
    settings = SmartCharging(phases_3_to_1=switches)
    async with world(Version.V16, smart_charging=settings).running() as it:
        assert await value(it, "ConnectorSwitch3to1PhaseSupported") == str(switches).lower()
        assert await change(it, "ConnectorSwitch3to1PhaseSupported", "true") == "Rejected"


@pytest.mark.requirement("1.6 key CustomMultiLanguageMessages")
async def test_a_station_with_a_display_takes_texts_of_several_languages(one: Any) -> None:
    assert await value(one, "CustomMultiLanguageMessages") == "true"


@pytest.mark.parametrize("key", ["BlinkRepeat", "LightIntensity", "MessageTimeout"])
@pytest.mark.requirement("1.6 §5.3", "1.6 §5.8")
async def test_optional_keys_that_mean_nothing_here_are_not_there(one: Any, key: str) -> None:
    told = await one.call("GetConfiguration", key=[key])

    assert told.get("unknownKey") == [key]
    assert await change(one, key, "3") == "NotSupported"
