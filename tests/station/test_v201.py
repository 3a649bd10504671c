"""How the station behaves towards a 2.0.1 CSMS, message by message."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import Fault, FaultKind, IdToken, TokenOutcome

ABC = IdToken("ABC")


@pytest.fixture
async def world(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V201).running() as running:
        yield running


@pytest.mark.requirement("B01.FR.05")
async def test_after_its_boot_it_tells_of_every_connector(world: Any) -> None:
    assert world.actions() == [
        "BootNotification",
        "SecurityEventNotification",
        "StatusNotification",
    ]
    assert world.sent("BootNotification")[0]["reason"] == "PowerUp"


@pytest.mark.requirement("E02.FR.01")
@pytest.mark.requirement("E02.FR.06")
async def test_cable_first(world: Any) -> None:
    await world.charge()

    assert world.events() == [
        ("Started", "CablePluggedIn"),
        ("Updated", "Authorized"),
        ("Updated", "ChargingStateChanged"),
    ]
    assert world.statuses() == ["Available", "Occupied"]
    tokens = ["idToken" in each for each in world.sent("TransactionEvent")]
    assert tokens == [False, True, False]
    states = [each["transactionInfo"]["chargingState"] for each in world.sent("TransactionEvent")]
    assert states == ["EVConnected", "EVConnected", "Charging"]


@pytest.mark.requirement("E01.FR.07")
async def test_sequence_numbers_count_from_zero_in_each_transaction(world: Any) -> None:
    await world.charge()
    await world.station.evse(1).token_presented(ABC)
    await world.hardware.depart()
    await world.hardware.arrive(SimulatedEv())
    await world.settle()

    numbers = [
        (each["transactionInfo"]["transactionId"], each["seqNo"])
        for each in world.sent("TransactionEvent")
    ]
    assert numbers == [("tx-1", 0), ("tx-1", 1), ("tx-1", 2), ("tx-1", 3), ("tx-2", 0)]


@pytest.mark.requirement("E03.FR.01")
async def test_token_first(world: Any) -> None:
    await world.station.evse(1).token_presented(ABC)
    await world.hardware.arrive(SimulatedEv())
    await world.settle()

    assert world.events() == [("Started", "Authorized"), ("Updated", "CablePluggedIn")]
    first, second = world.sent("TransactionEvent")
    assert first["idToken"] == {"idToken": "ABC", "type": "ISO14443"}
    assert "connectorId" not in first["evse"]
    assert second["evse"] == {"id": 1, "connectorId": 1}


@pytest.mark.requirement("E01.FR.16")
async def test_the_connector_is_told_once(world: Any) -> None:
    await world.charge()

    assert ["evse" in each for each in world.sent("TransactionEvent")] == [True, False, False]


@pytest.mark.requirement("E03.FR.05")
async def test_without_a_cable_the_transaction_times_out(world: Any) -> None:
    await world.station.evse(1).token_presented(ABC)
    await world.advance(120)

    assert world.events()[-1] == ("Ended", "EVConnectTimeout")
    assert world.sent("TransactionEvent")[-1]["transactionInfo"]["stoppedReason"] == "Timeout"


@pytest.mark.requirement("E07.FR.02")
@pytest.mark.requirement("E06.FR.11")
async def test_the_same_token_stops(world: Any) -> None:
    await world.charge()
    outcome = await world.station.evse(1).token_presented(ABC)
    await world.settle()

    last = world.sent("TransactionEvent")[-1]
    assert outcome is TokenOutcome.STOPPED
    assert world.events()[-1] == ("Ended", "StopAuthorized")
    assert last["transactionInfo"]["stoppedReason"] == "Local"
    assert last["idToken"]["idToken"] == "ABC"
    contexts = [value["sampledValue"][0]["context"] for value in last["meterValue"]]
    assert contexts == ["Transaction.Begin", "Transaction.End"]
    assert len(world.sent("Authorize")) == 1


@pytest.mark.requirement("E09.FR.01")
async def test_unplugging_ends_it(world: Any) -> None:
    await world.charge()
    await world.station.evse(1).unplugged()
    await world.settle()

    assert world.events()[-1] == ("Ended", "EVCommunicationLost")
    info = world.sent("TransactionEvent")[-1]["transactionInfo"]
    assert (info["chargingState"], info["stoppedReason"]) == ("Idle", "EVDisconnected")


@pytest.mark.requirement("E06.FR.02")
async def test_with_another_stop_point_it_outlives_the_driver(world: Any) -> None:
    status = await world.set_variable("TxCtrlr", "TxStopPoint", "EVConnected")
    await world.charge()
    await world.station.evse(1).token_presented(ABC)
    await world.settle()
    after_token = world.events()[-1]
    await world.hardware.depart()
    await world.settle()

    assert status == "Accepted"
    assert after_token == ("Updated", "StopAuthorized")
    assert world.events()[-1] == ("Ended", "EVCommunicationLost")
    assert world.sent("TransactionEvent")[-1]["transactionInfo"]["stoppedReason"] == "Local"


@pytest.mark.requirement("E01.FR.05")
async def test_with_another_start_point_it_begins_with_the_power_path(world: Any) -> None:
    await world.set_variable("TxCtrlr", "TxStartPoint", "PowerPathClosed")
    await world.hardware.arrive(SimulatedEv())
    await world.settle()
    before = world.events()
    await world.station.evse(1).token_presented(ABC)
    await world.settle()

    assert before == []
    assert world.events() == [("Started", "Authorized")]
    assert "idToken" in world.sent("TransactionEvent")[0]


@pytest.mark.requirement("J02.FR.11")
async def test_meter_values_come_at_the_interval(world: Any) -> None:
    await world.charge()
    await world.set_variable("SampledDataCtrlr", "TxUpdatedInterval", "10")
    await world.advance(30)

    samples = [
        e for e in world.sent("TransactionEvent") if e["triggerReason"] == "MeterValuePeriodic"
    ]
    assert len(samples) == 3
    values = samples[-1]["meterValue"][0]["sampledValue"]
    assert [(value["measurand"], value.get("phase")) for value in values] == [
        ("Energy.Active.Import.Register", None),
        ("Power.Active.Import", None),
        ("Power.Active.Import", "L1"),
        ("Power.Active.Import", "L2"),
        ("Power.Active.Import", "L3"),
    ]


@pytest.mark.requirement("E05.FR.10")
async def test_a_driver_whom_the_csms_refuses_later_loses_the_transaction(world: Any) -> None:
    world.script["TransactionEvent"] = lambda p: (
        {"idTokenInfo": {"status": "Invalid"}} if "idToken" in p else {}
    )
    await world.charge()

    assert world.events()[-1] == ("Ended", "Deauthorized")
    info = world.sent("TransactionEvent")[-1]["transactionInfo"]
    assert info["stoppedReason"] == "DeAuthorized"
    assert world.hardware.locked(1)


@pytest.mark.requirement("E05.FR.02")
async def test_or_only_the_energy_where_so_configured(world: Any) -> None:
    await world.set_variable("TxCtrlr", "StopTxOnInvalidId", "false")
    world.script["TransactionEvent"] = lambda p: (
        {"idTokenInfo": {"status": "Invalid"}} if "idToken" in p else {}
    )
    await world.charge()

    last = world.sent("TransactionEvent")[-1]
    assert world.events()[-1] == ("Updated", "ChargingStateChanged")
    assert last["transactionInfo"]["chargingState"] == "SuspendedEVSE"


@pytest.mark.requirement("C01.FR.21")
async def test_a_token_for_other_evses_is_refused_here(world: Any) -> None:
    world.script["Authorize"] = lambda _: {"idTokenInfo": {"status": "Accepted", "evseId": [2]}}

    assert await world.station.evse(1).token_presented(ABC) is TokenOutcome.REFUSED


@pytest.mark.requirement("E06.FR.16")
async def test_a_fault_ends_the_transaction(world: Any) -> None:
    await world.charge()
    await world.station.evse(1).fault(Fault(kind=FaultKind.OVER_CURRENT_FAILURE))
    await world.settle()

    info = world.sent("TransactionEvent")[-1]["transactionInfo"]
    assert world.events()[-1] == ("Ended", "AbnormalCondition")
    assert info["stoppedReason"] == "OvercurrentFault"
    assert world.statuses()[-1] == "Faulted"
