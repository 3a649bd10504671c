"""F06: messages because the CSMS asks for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.simulation.hardware import SimulatedHardware
from ocppkit.station import EvseDescription, IdToken, StationDescription
from ocppkit.station.capabilities import Capability
from ocppkit.station.log_upload import LogOrder

from ..v16.test_firmware_management import PLACE, FakeTransfers

TWO = StationDescription(vendor="ocppkit", model="Two", evses=(EvseDescription(),) * 2)


@pytest.fixture
async def two(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V201, description=TWO).running() as running:
        yield running


async def trigger(world: Any, message: str, **evse: int) -> str:
    where = {"evse": evse} if evse else {}
    answer = await world.call("TriggerMessage", requestedMessage=message, **where)
    status: str = answer["status"]
    return status


def contexts(values: list[dict[str, Any]]) -> set[str]:
    return {sampled["context"] for value in values for sampled in value["sampledValue"]}


def measurands(values: list[dict[str, Any]]) -> set[str]:
    return {sampled["measurand"] for value in values for sampled in value["sampledValue"]}


@pytest.mark.requirement("F06.FR.02", "F06.FR.05", "F06.FR.06", "F06.FR.09")
async def test_f06_meter_values_of_one_evse(two: Any) -> None:
    await two.set_variable("AlignedDataCtrlr", "Measurands", "Voltage")
    status = await trigger(two, "MeterValues", id=2)

    (sent,) = two.sent("MeterValues")
    assert status == "Accepted"
    assert sent["evseId"] == 2
    assert contexts(sent["meterValue"]) == {"Trigger"}
    assert measurands(sent["meterValue"]) == {"Voltage"}
    assert sent["meterValue"][0]["timestamp"].startswith(two.clock.utc_now().isoformat()[:19])


@pytest.mark.requirement("F06.FR.11")
async def test_f06_meter_values_of_all_evses(two: Any) -> None:
    status = await trigger(two, "MeterValues")

    assert status == "Accepted"
    assert [each["evseId"] for each in two.sent("MeterValues")] == [1, 2]


@pytest.mark.requirement("F06.FR.05")
async def test_f06_meter_values_of_no_meter_are_rejected(two: Any) -> None:
    assert await trigger(two, "MeterValues", id=3) == "Rejected"
    assert await trigger(two, "MeterValues", id=0) == "Rejected"
    assert two.sent("MeterValues") == []


@pytest.mark.requirement("F06.FR.11", "J01.FR.03")
async def test_f06_meter_values_of_the_main_meter(world: Any) -> None:
    it = world(Version.V201)
    it.equipment = it.hardware = SimulatedHardware(
        it.hardware.description, environment=it.environment, main_meter=True
    )
    async with it.running():
        await trigger(it, "MeterValues", id=0)
        await trigger(it, "MeterValues")

        assert [each["evseId"] for each in it.sent("MeterValues")] == [0, 0, 1]


@pytest.mark.requirement("F06.FR.07")
async def test_f06_transaction_events_of_one_evse_and_of_all(two: Any) -> None:
    await two.set_variable("SampledDataCtrlr", "TxUpdatedMeasurands", "Voltage")
    for evse in (1, 2):
        await two.hardware.arrive(SimulatedEv(start_delay=1), evse=evse)
        await two.station.evse(evse).token_presented(IdToken(f"T{evse}"))
    await two.advance(1)
    before = len(two.events())
    one = await trigger(two, "TransactionEvent", id=2)
    between = len(two.events())
    both = await trigger(two, "TransactionEvent")

    events = two.sent("TransactionEvent")[before:]
    assert (one, both) == ("Accepted", "Accepted")
    assert (between - before, len(events)) == (1, 3)
    assert {each["triggerReason"] for each in events} == {"Trigger"}
    assert {each["transactionInfo"]["chargingState"] for each in events} == {"Charging"}
    assert all(contexts(each["meterValue"]) == {"Trigger"} for each in events)
    assert all(measurands(each["meterValue"]) == {"Voltage"} for each in events)


async def test_f06_a_transaction_event_where_there_is_none_is_rejected(two: Any) -> None:
    await two.charge()

    assert await trigger(two, "TransactionEvent", id=2) == "Rejected"


@pytest.mark.requirement("F06.FR.03", "F06.FR.04", "F06.FR.10")
@pytest.mark.parametrize(
    "message", ["Heartbeat", "LogStatusNotification", "FirmwareStatusNotification"]
)
async def test_f06_an_evse_that_is_not_relevant_is_ignored(two: Any, message: str) -> None:
    before = len(two.sent(message))
    status = await trigger(two, message, id=9, connectorId=9)

    assert status == "Accepted"
    assert len(two.sent(message)) == before + 1


@pytest.mark.requirement("F06.FR.12")
@pytest.mark.parametrize("evse", [{}, {"id": 1}, {"id": 1, "connectorId": 2}, {"id": 3}])
async def test_f06_a_status_is_asked_of_a_connector_only(two: Any, evse: dict[str, int]) -> None:
    before = len(two.sent("StatusNotification"))

    assert await trigger(two, "StatusNotification", **evse) == "Rejected"
    assert len(two.sent("StatusNotification")) == before


@pytest.mark.requirement("F06.FR.02", "F06.FR.09")
async def test_f06_a_status_is_the_present_one(two: Any) -> None:
    await two.hardware.arrive(SimulatedEv(), evse=2)
    await trigger(two, "StatusNotification", id=2, connectorId=1)

    last = two.sent("StatusNotification")[-1]
    assert (last["evseId"], last["connectorId"]) == (2, 1)
    assert last["connectorStatus"] == "Occupied"


@pytest.mark.requirement("F06.FR.15", "F06.FR.16")
async def test_f06_uploads_and_updates_that_are_not_are_idle(two: Any) -> None:
    await trigger(two, "LogStatusNotification")
    await trigger(two, "FirmwareStatusNotification")

    assert two.sent("LogStatusNotification") == [{"status": "Idle"}]
    assert two.sent("FirmwareStatusNotification") == [{"status": "Idle"}]


@pytest.mark.requirement("F06.FR.14")
async def test_f06_an_upload_that_is_under_way_is_told_by_its_number(two: Any) -> None:
    core = two.station._core
    core.files.use(FakeTransfers(core.environment.sleep))
    await core.files.logs.request(LogOrder(location=f"{PLACE}/log", request_id=4))
    core.files.logs.begin()
    await two.advance(5)
    await trigger(two, "LogStatusNotification")

    assert two.sent("LogStatusNotification")[-1] == {"status": "Uploading", "requestId": 4}


@pytest.mark.requirement("F06.FR.08")
@pytest.mark.parametrize(
    "message", ["SignCombinedCertificate", "PublishFirmwareStatusNotification"]
)
async def test_f06_what_it_has_not_is_not_implemented(two: Any, message: str) -> None:
    assert await trigger(two, message) == "NotImplemented"


@pytest.mark.requirement("F06.FR.08")
async def test_f06_nor_is_the_firmwares_status_where_none_is_taken(world: Any) -> None:
    it = world(Version.V201)
    it.equipment = it.hardware = SimulatedHardware(
        it.hardware.description,
        environment=it.environment,
        without=frozenset({Capability.FIRMWARE}),
    )
    async with it.running():
        assert await trigger(it, "FirmwareStatusNotification") == "NotImplemented"


@pytest.mark.requirement("F06.FR.17")
async def test_f06_a_boot_is_asked_for_only_until_one_is_accepted(world: Any) -> None:
    it = world(Version.V201)
    it.boot = {"status": "Pending", "interval": 600}
    async with it.running():
        pending = await trigger(it, "BootNotification")
        boots = [each["reason"] for each in it.sent("BootNotification")]
        it.boot = {"status": "Accepted", "interval": 300}
        await trigger(it, "BootNotification")
        accepted = await trigger(it, "BootNotification")

    assert (pending, accepted) == ("Accepted", "Rejected")
    assert boots == ["PowerUp", "Triggered"]


@pytest.mark.requirement("F06.FR.05", "F06.FR.10")
async def test_f06_meter_values_of_no_measurand_are_rejected(two: Any) -> None:
    await two.set_variable("AlignedDataCtrlr", "Measurands", "")

    assert await trigger(two, "MeterValues", id=1) == "Rejected"
    assert await trigger(two, "MeterValues") == "Rejected"
    assert two.sent("MeterValues") == []


@pytest.mark.requirement("F06.FR.04")
@pytest.mark.parametrize(
    "message",
    ["Heartbeat", "LogStatusNotification", "MeterValues", "StatusNotification", "TransactionEvent"],
)
async def test_f06_the_answer_comes_before_the_message(two: Any, message: str) -> None:
    await two.charge()
    unanswered: list[int] = []
    answer = two.script.get(message, lambda _: {"currentTime": two.clock.utc_now().isoformat()})

    def notes(payload: dict[str, Any]) -> Any:
        unanswered.append(len(two._answers))
        return answer(payload) if message in {"Heartbeat", "TransactionEvent"} else {}

    two.script[message] = notes
    await trigger(two, message, id=1, connectorId=1)

    assert unanswered == [0]


@pytest.mark.requirement("F06.FR.05", "F06.FR.10")
async def test_f06_meter_values_are_rejected_where_the_meter_has_nothing_to_tell(two: Any) -> None:
    await two.set_variable("AlignedDataCtrlr", "Measurands", "SoC")
    empty = [await trigger(two, "MeterValues", id=1), await trigger(two, "MeterValues")]
    await two.hardware.arrive(SimulatedEv(start_delay=1))
    await two.station.evse(1).token_presented(IdToken("ABC"))
    await two.advance(2)
    sent = len(two.sent("MeterValues"))
    there = [await trigger(two, "MeterValues", id=1), await trigger(two, "MeterValues")]
    other = await trigger(two, "MeterValues", id=2)

    assert (empty, sent) == (["Rejected", "Rejected"], 0)
    assert (there, other) == (["Accepted", "Accepted"], "Rejected")
    assert [each["evseId"] for each in two.sent("MeterValues")] == [1, 1]
