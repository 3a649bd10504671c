"""What a 2.0.1 CSMS may ask of the station: control, availability, variables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import IdToken

ABC = IdToken("ABC")


@pytest.fixture
async def world(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V201).running() as running:
        yield running


@pytest.mark.requirement("F01.FR.13")
@pytest.mark.requirement("F01.FR.19")
async def test_a_remote_start_takes_up_the_transaction_that_waits(world: Any) -> None:
    await world.hardware.arrive(SimulatedEv())
    answer = await world.call(
        "RequestStartTransaction",
        idToken={"idToken": "R", "type": "ISO14443"},
        remoteStartId=5,
        evseId=1,
    )

    last = world.sent("TransactionEvent")[-1]
    assert answer == {"status": "Accepted", "transactionId": "tx-1"}
    assert world.events()[-1] == ("Updated", "RemoteStart")
    assert last["transactionInfo"]["remoteStartId"] == 5
    assert world.sent("Authorize") == [{"idToken": {"idToken": "R", "type": "ISO14443"}}]


@pytest.mark.requirement("F02.FR.26")
async def test_a_remote_start_is_rejected_where_somebody_charges(world: Any) -> None:
    await world.charge()
    token = {"idToken": "R", "type": "Central"}
    answer = await world.call("RequestStartTransaction", idToken=token, remoteStartId=5, evseId=1)

    assert answer == {"status": "Rejected"}


@pytest.mark.requirement("F03.FR.03")
@pytest.mark.requirement("F03.FR.08")
async def test_a_remote_stop_ends_the_transaction_that_it_names(world: Any) -> None:
    await world.charge()
    wrong = await world.call("RequestStopTransaction", transactionId="nope")
    right = await world.call("RequestStopTransaction", transactionId="tx-1")

    last = world.sent("TransactionEvent")[-1]
    assert (wrong["status"], right["status"]) == ("Rejected", "Accepted")
    assert world.events()[-1] == ("Ended", "RemoteStop")
    assert last["transactionInfo"]["stoppedReason"] == "Remote"
    assert "idToken" not in last


@pytest.mark.requirement("B12.FR.04")
async def test_an_immediate_reset_ends_transactions_first(world: Any) -> None:
    await world.charge()
    answer = await world.call("Reset", type="Immediate")
    await world.advance(1)

    assert answer == {"status": "Accepted"}
    assert world.events()[-1] == ("Ended", "ResetCommand")
    assert [boot["reason"] for boot in world.sent("BootNotification")] == ["PowerUp", "RemoteReset"]


@pytest.mark.requirement("B12.FR.01")
@pytest.mark.requirement("B12.FR.03")
async def test_a_reset_on_idle_waits_for_the_end(world: Any) -> None:
    await world.charge()
    answer = await world.call("Reset", type="OnIdle")
    early = list(world.hardware.reboots)
    await world.station.evse(1).token_presented(ABC)
    await world.advance(1)

    assert answer == {"status": "Scheduled"}
    assert early == []
    assert world.events()[-1] == ("Ended", "StopAuthorized")
    assert world.sent("BootNotification")[-1]["reason"] == "ScheduledReset"


@pytest.mark.requirement("F05.FR.02")
@pytest.mark.requirement("F05.FR.03")
async def test_a_cable_is_not_unlocked_under_a_driver(world: Any) -> None:
    free = await world.call("UnlockConnector", evseId=1, connectorId=1)
    unknown = await world.call("UnlockConnector", evseId=1, connectorId=2)
    await world.charge()
    busy = await world.call("UnlockConnector", evseId=1, connectorId=1)

    assert free["status"] == "Unlocked"
    assert unknown["status"] == "UnknownConnector"
    assert busy["status"] == "OngoingAuthorizedTransaction"


@pytest.mark.requirement("G04.FR.08")
async def test_the_whole_station_goes_and_comes_back(world: Any) -> None:
    await world.call("ChangeAvailability", operationalStatus="Inoperative")
    away = world.statuses()[-1]
    await world.call("ChangeAvailability", operationalStatus="Operative")

    assert away == "Unavailable"
    assert world.statuses()[-1] == "Available"


@pytest.mark.requirement("B06.FR.06")
@pytest.mark.requirement("B06.FR.07")
@pytest.mark.requirement("B06.FR.08")
async def test_variables_are_read_or_said_to_be_unknown(world: Any) -> None:
    def asked(component: str, variable: str, **more: str) -> dict[str, Any]:
        return {"component": {"name": component}, "variable": {"name": variable}, **more}

    answer = await world.call(
        "GetVariables",
        getVariableData=[
            asked("TxCtrlr", "EVConnectionTimeOut"),
            asked("Nonsense", "EVConnectionTimeOut"),
            asked("TxCtrlr", "Nonsense"),
            asked("TxCtrlr", "EVConnectionTimeOut", attributeType="Target"),
        ],
    )

    results = answer["getVariableResult"]
    assert [each["attributeStatus"] for each in results] == [
        "Accepted",
        "UnknownComponent",
        "UnknownVariable",
        "NotSupportedAttributeType",
    ]
    assert results[0]["attributeValue"] == "120"
    assert results[0]["attributeType"] == "Actual"
    assert all("attributeValue" not in each for each in results[1:])


@pytest.mark.parametrize(
    ("component", "variable", "value", "status"),
    [
        ("OCPPCommCtrlr", "HeartbeatInterval", "60", "Accepted"),
        ("OCPPCommCtrlr", "HeartbeatInterval", "0", "Rejected"),
        ("TxCtrlr", "TxStartPoint", "DataSigned", "Rejected"),
        ("TxCtrlr", "TxStartPoint", "", "Rejected"),
        ("TxCtrlr", "StopTxOnInvalidId", "maybe", "Rejected"),
        ("TxCtrlr", "StopTxOnEVSideDisconnect", "false", "Accepted"),
        ("TxCtrlr", "StopTxOnEVSideDisconnect", "no", "Rejected"),
        ("OCPPCommCtrlr", "RetryBackOffRepeatTimes", "31", "Rejected"),
        ("OCPPCommCtrlr", "HeartbeatInterval", "9" * 400, "Rejected"),
        ("AlignedDataCtrlr", "Interval", "86401", "Rejected"),
        ("SampledDataCtrlr", "TxEndedMeasurands", "Voltage,SoC", "Accepted"),
        ("Nonsense", "Nonsense", "1", "UnknownComponent"),
        ("TxCtrlr", "Nonsense", "1", "UnknownVariable"),
    ],
)
async def test_a_variable_takes_only_what_fits(
    world: Any, component: str, variable: str, value: str, status: str
) -> None:
    assert await world.set_variable(component, variable, value) == status


@pytest.mark.requirement("B07.FR.03")
@pytest.mark.requirement("B07.FR.10")
async def test_a_report_comes_in_numbered_parts(world: Any) -> None:
    answer = await world.call("GetBaseReport", requestId=3, reportBase="FullInventory")

    reports = world.sent("NotifyReport")
    assert answer == {"status": "Accepted"}
    assert [report["seqNo"] for report in reports] == list(range(len(reports)))
    assert [report["tbc"] for report in reports] == [True] * (len(reports) - 1) + [False]
    assert {report["requestId"] for report in reports} == {3}


@pytest.mark.requirement("B07.FR.07")
async def test_the_configuration_holds_what_can_be_set(world: Any) -> None:
    await world.call("GetBaseReport", requestId=3, reportBase="ConfigurationInventory")

    rows = [row for report in world.sent("NotifyReport") for row in report["reportData"]]
    assert {row["variableAttribute"][0]["mutability"] for row in rows} == {
        "ReadWrite",
        "WriteOnly",
    }


@pytest.mark.parametrize(
    ("message", "evse"),
    [("Heartbeat", None), ("MeterValues", None), ("StatusNotification", (1, 1))],
)
async def test_messages_come_when_triggered(world: Any, message: str, evse: Any) -> None:
    before = len(world.sent(message))
    where = {"evse": {"id": evse[0], "connectorId": evse[1]}} if evse else {}
    answer = await world.call("TriggerMessage", requestedMessage=message, **where)

    assert answer == {"status": "Accepted"}
    assert len(world.sent(message)) == before + 1


@pytest.mark.requirement("F06.FR.07")
async def test_a_triggered_transaction_event_bears_the_meter(world: Any) -> None:
    idle = await world.call("TriggerMessage", requestedMessage="TransactionEvent")
    await world.charge()
    await world.call("TriggerMessage", requestedMessage="TransactionEvent")

    last = world.sent("TransactionEvent")[-1]
    assert idle == {"status": "Rejected"}
    assert last["triggerReason"] == "Trigger"
    assert last["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"


@pytest.mark.requirement("F06.FR.08")
@pytest.mark.requirement("F06.FR.12")
@pytest.mark.requirement("F06.FR.17")
async def test_what_cannot_be_triggered_is_said_so(world: Any) -> None:
    unknown = await world.call("TriggerMessage", requestedMessage="SignCombinedCertificate")
    boot = await world.call("TriggerMessage", requestedMessage="BootNotification")
    nowhere = await world.call("TriggerMessage", requestedMessage="StatusNotification")

    assert unknown == {"status": "NotImplemented"}
    assert boot == {"status": "Rejected"}
    assert nowhere == {"status": "Rejected"}


async def test_a_transaction_is_known_by_its_id(world: Any) -> None:
    await world.charge()

    assert await world.call("GetTransactionStatus", transactionId="tx-1") == {
        "ongoingIndicator": True,
        "messagesInQueue": False,
    }
    assert await world.call("GetTransactionStatus") == {"messagesInQueue": False}


@pytest.mark.requirement("P01.FR.05")
async def test_what_it_has_not_it_says(world: Any) -> None:
    assert await world.call("DataTransfer", vendorId="x") == {"status": "UnknownVendorId"}
