"""How the station behaves towards a 1.6 CSMS, message by message."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import Fault, FaultKind, IdToken, LocalStop, RebootReason, TokenOutcome

ABC = IdToken("ABC")


@pytest.fixture
async def world(world: Any) -> AsyncIterator[Any]:
    async with world(Version.V16).running() as running:
        yield running


@pytest.mark.requirement(
    "1.6 errata 3.22", "1.6 §3.8", "1.6 BootNotification", "1.6 StatusNotification"
)
async def test_after_its_boot_it_tells_of_every_connector(world: Any) -> None:
    assert world.actions() == ["BootNotification", "StatusNotification", "StatusNotification"]
    assert [payload["connectorId"] for payload in world.sent("StatusNotification")] == [0, 1]


@pytest.mark.requirement("1.6 §4.6", "1.6 Heartbeat", "1.6 key HeartbeatInterval")
async def test_it_beats_its_heart_only_after_silence(world: Any) -> None:
    await world.advance(200)
    await world.hardware.arrive(SimulatedEv())
    await world.advance(200)
    quiet = len(world.sent("Heartbeat"))
    await world.advance(220)  # 300 s after the cable was given up (errata 3.20)

    assert quiet == 0
    assert len(world.sent("Heartbeat")) == 1


@pytest.mark.requirement("1.6 §4.1", "1.6 §4.8", "1.6 Authorize", "1.6 StartTransaction")
async def test_cable_first_starts_a_transaction_once_authorized(world: Any) -> None:
    await world.hardware.arrive(SimulatedEv(start_delay=1))
    await world.settle()
    before = world.sent("StartTransaction")
    outcome = await world.station.evse(1).token_presented(ABC)
    await world.advance(1)

    assert before == []
    assert outcome is TokenOutcome.ACCEPTED
    [start] = world.sent("StartTransaction")
    assert start["idTag"] == "ABC"
    assert start["meterStart"] == 1_000_000
    assert world.statuses() == ["Available", "Preparing", "Charging"]
    assert world.hardware.locked(1)


@pytest.mark.requirement("1.6 §4.8")
async def test_token_first_starts_a_transaction_once_plugged_in(world: Any) -> None:
    await world.station.evse(1).token_presented(ABC)
    await world.settle()
    before = world.sent("StartTransaction")
    await world.hardware.arrive(SimulatedEv())
    await world.settle()

    assert before == []
    assert world.statuses() == ["Available", "Preparing"]
    assert len(world.sent("StartTransaction")) == 1


@pytest.mark.requirement("1.6 errata 3.21", "1.6 key ConnectionTimeOut")
async def test_without_a_cable_the_connection_times_out(world: Any) -> None:
    await world.station.evse(1).token_presented(ABC)
    await world.advance(120)

    assert world.statuses() == ["Available", "Preparing", "Available"]
    assert world.sent("StartTransaction") == []


@pytest.mark.requirement("1.6 §3.4", "1.6 §4.10", "1.6 StopTransaction")
async def test_the_same_token_stops_without_being_asked_about(world: Any) -> None:
    await world.charge()
    outcome = await world.station.evse(1).token_presented(IdToken("abc"))
    await world.settle()

    assert outcome is TokenOutcome.STOPPED
    [stop] = world.sent("StopTransaction")
    assert (stop["transactionId"], stop["reason"], stop["idTag"]) == (7, "Local", "abc")
    assert len(world.sent("Authorize")) == 1
    assert world.statuses()[-1] == "Finishing"
    assert not world.hardware.locked(1)


@pytest.mark.requirement("1.6 §3.10")
async def test_a_token_of_the_same_group_stops_another_does_not(world: Any) -> None:
    groups = {"ABC": "G1", "DEF": "G1", "XYZ": "G2"}
    world.script["Authorize"] = lambda p: {
        "idTagInfo": {"status": "Accepted", "parentIdTag": groups[p["idTag"]]}
    }
    await world.charge()

    assert await world.station.evse(1).token_presented(IdToken("XYZ")) is TokenOutcome.REFUSED
    assert await world.station.evse(1).token_presented(IdToken("DEF")) is TokenOutcome.STOPPED


@pytest.mark.requirement("1.6 §4.1")
async def test_a_token_that_the_csms_refuses_starts_nothing(world: Any) -> None:
    world.script["Authorize"] = lambda _: {"idTagInfo": {"status": "Blocked"}}
    await world.charge()

    assert world.sent("StartTransaction") == []
    assert world.statuses()[-1] == "Preparing"


@pytest.mark.requirement("1.6 §4.10", "1.6 key StopTransactionOnEVSideDisconnect")
async def test_unplugging_ends_the_transaction(world: Any) -> None:
    await world.charge()
    await world.station.evse(1).unplugged()
    await world.settle()

    assert world.sent("StopTransaction")[0]["reason"] == "EVDisconnected"
    assert world.statuses()[-1] == "Available"


@pytest.mark.requirement(
    "1.6 §3.16.1", "1.6 §3.16.3", "1.6 §4.7", "1.6 MeterValues", "1.6 key MeterValueSampleInterval"
)
async def test_meter_values_come_at_the_interval_from_the_start(world: Any) -> None:
    status = await world.call("ChangeConfiguration", key="metervaluesampleinterval", value="10")
    await world.charge()
    await world.advance(30)

    assert status == {"status": "Accepted"}
    samples = world.sent("MeterValues")
    assert len(samples) == 3
    assert samples[0]["transactionId"] == 7
    energy, power, *phases = samples[-1]["meterValue"][0]["sampledValue"]
    assert energy["measurand"] == "Energy.Active.Import.Register"
    assert float(energy["value"]) > 1_000_000
    assert power["value"] == "11000"
    assert [each["phase"] for each in phases] == ["L1", "L2", "L3"]  # (errata §3.14.3)


@pytest.mark.requirement("1.6 errata 3.17", "1.6 key StopTransactionOnInvalidId")
async def test_an_id_that_is_refused_at_the_start_loses_the_transaction(world: Any) -> None:
    world.script["StartTransaction"] = lambda _: {
        "idTagInfo": {"status": "Invalid"},
        "transactionId": 8,
    }
    await world.charge()

    [stop] = world.sent("StopTransaction")
    assert (stop["transactionId"], stop["reason"]) == (8, "DeAuthorized")
    assert world.hardware.locked(1)


@pytest.mark.requirement("1.6 errata 3.5")
async def test_its_owner_gets_the_cable_back_all_the_same(world: Any) -> None:
    world.script["StartTransaction"] = lambda _: {
        "idTagInfo": {"status": "Invalid"},
        "transactionId": 8,
    }
    await world.charge()

    assert await world.station.evse(1).token_presented(ABC) is TokenOutcome.STOPPED
    assert not world.hardware.locked(1)


@pytest.mark.requirement("1.6 errata 3.17", "1.6 key StopTransactionOnInvalidId")
async def test_with_the_key_unset_it_only_loses_the_energy(world: Any) -> None:
    await world.call("ChangeConfiguration", key="StopTransactionOnInvalidId", value="false")
    world.script["StartTransaction"] = lambda _: {
        "idTagInfo": {"status": "Invalid"},
        "transactionId": 8,
    }
    await world.charge()

    assert world.sent("StopTransaction") == []
    assert world.statuses()[-1] == "SuspendedEVSE"


@pytest.mark.requirement("1.6 §4.9")
async def test_a_full_ev_suspends(world: Any) -> None:
    ev = SimulatedEv(battery_wh=1000, stored_wh=999.9, start_delay=1)
    await world.hardware.arrive(ev)
    await world.station.evse(1).token_presented(ABC)
    await world.advance(10)

    assert world.statuses()[-2:] == ["Charging", "SuspendedEV"]


@pytest.mark.requirement("1.6 §4.9", "1.6 §4.10")
async def test_a_fault_ends_the_transaction_and_shows_until_cleared(world: Any) -> None:
    await world.charge()
    await world.station.evse(1).fault(Fault(kind=FaultKind.GROUND_FAILURE, info="leak"))
    await world.settle()
    told = world.sent("StatusNotification")[-1]
    await world.station.evse(1).fault_cleared()
    await world.settle()

    assert (told["status"], told["errorCode"], told["info"]) == ("Faulted", "GroundFailure", "leak")
    assert world.sent("StopTransaction")[0]["reason"] == "Other"
    assert world.statuses()[-1] == "Finishing"


@pytest.mark.requirement(
    "1.6 §5.11", "1.6 RemoteStartTransaction", "1.6 key AuthorizeRemoteTxRequests"
)
async def test_a_remote_start_goes_as_if_the_driver_were_here(world: Any) -> None:
    await world.hardware.arrive(SimulatedEv())
    answer = await world.call("RemoteStartTransaction", idTag="REMOTE")

    assert answer == {"status": "Accepted"}
    assert world.sent("Authorize") == [{"idTag": "REMOTE"}]
    assert world.sent("StartTransaction")[0]["idTag"] == "REMOTE"


@pytest.mark.requirement("1.6 §5.12", "1.6 RemoteStopTransaction")
async def test_a_remote_stop_ends_the_transaction_that_it_names(world: Any) -> None:
    await world.charge()
    wrong = await world.call("RemoteStopTransaction", transactionId=99)
    right = await world.call("RemoteStopTransaction", transactionId=7)

    assert (wrong["status"], right["status"]) == ("Rejected", "Accepted")
    [stop] = world.sent("StopTransaction")
    assert stop["reason"] == "Remote"
    assert "idTag" not in stop


@pytest.mark.requirement("1.6 §5.14", "1.6 Reset")
async def test_a_reset_tells_of_the_end_before_it_reboots(world: Any) -> None:
    await world.charge()
    answer = await world.call("Reset", type="Soft")
    await world.advance(1)

    assert answer == {"status": "Accepted"}
    assert world.sent("StopTransaction")[0]["reason"] == "SoftReset"
    assert world.hardware.reboots == [RebootReason.SOFT_RESET]
    assert len(world.sent("BootNotification")) == 2


@pytest.mark.requirement("1.6 §5.18", "1.6 UnlockConnector")
async def test_unlocking_ends_the_transaction_first(world: Any) -> None:
    await world.charge()
    answer = await world.call("UnlockConnector", connectorId=1)
    unknown = await world.call("UnlockConnector", connectorId=9)

    assert (answer["status"], unknown["status"]) == ("Unlocked", "NotSupported")
    assert world.sent("StopTransaction")[0]["reason"] == "UnlockCommand"


@pytest.mark.requirement("1.6 §5.2", "1.6 ChangeAvailability")
async def test_unavailability_waits_for_the_transaction_and_the_cable(world: Any) -> None:
    await world.charge()
    answer = await world.call("ChangeAvailability", connectorId=0, type="Inoperative")
    await world.station.evse(1).token_presented(ABC)
    await world.settle()
    finishing = world.statuses()[-1]
    await world.hardware.depart()
    await world.settle()

    assert answer == {"status": "Scheduled"}
    assert finishing == "Finishing"
    assert world.statuses()[-1] == "Unavailable"
    assert world.statuses(0)[-1] == "Unavailable"
    assert await world.station.evse(1).token_presented(ABC) is TokenOutcome.REFUSED


@pytest.mark.requirement("1.6 §5.2")
async def test_availability_comes_back(world: Any) -> None:
    await world.call("ChangeAvailability", connectorId=1, type="Inoperative")
    away = world.statuses()[-1]
    await world.call("ChangeAvailability", connectorId=1, type="Operative")

    assert away == "Unavailable"
    assert world.statuses()[-1] == "Available"


@pytest.mark.requirement("1.6 §5.8", "1.6 GetConfiguration", "1.6 key NumberOfConnectors")
async def test_known_keys_are_read_and_unknown_ones_named(world: Any) -> None:
    answer = await world.call("GetConfiguration", key=["NumberOfConnectors", "Nonsense"])
    everything = await world.call("GetConfiguration")

    assert answer == {
        "configurationKey": [{"key": "NumberOfConnectors", "readonly": True, "value": "1"}],
        "unknownKey": ["Nonsense"],
    }
    assert len(everything["configurationKey"]) > 10


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("HeartbeatInterval", "60", "Accepted"),
        ("HeartbeatInterval", "0", "Rejected"),
        ("HeartbeatInterval", "soon", "Rejected"),
        ("NumberOfConnectors", "2", "Rejected"),
        ("StopTransactionOnInvalidId", "perhaps", "Rejected"),
        ("MeterValuesSampledData", "Voltage,SoC", "Accepted"),
        ("MeterValuesSampledData", "Voltage,Charm", "Rejected"),
        ("Nonsense", "1", "NotSupported"),
    ],
)
@pytest.mark.requirement("1.6 §5.3", "1.6 §3.16.4", "1.6 ChangeConfiguration")
async def test_a_key_takes_only_what_fits(world: Any, key: str, value: str, status: str) -> None:
    assert await world.call("ChangeConfiguration", key=key, value=value) == {"status": status}


@pytest.mark.requirement("1.6 key HeartbeatInterval")
async def test_a_new_heartbeat_interval_counts_at_once(world: Any) -> None:
    await world.call("ChangeConfiguration", key="HeartbeatInterval", value="10")
    await world.advance(10)

    assert len(world.sent("Heartbeat")) == 1


@pytest.mark.requirement("1.6 §4.3", "1.6 DataTransfer")
async def test_what_it_has_not_it_says(world: Any) -> None:
    assert await world.call("DataTransfer", vendorId="x") == {"status": "UnknownVendorId"}


@pytest.mark.parametrize("message", ["Heartbeat", "StatusNotification", "MeterValues"])
@pytest.mark.requirement("1.6 §5.17", "1.6 TriggerMessage")
async def test_messages_come_when_triggered(world: Any, message: str) -> None:
    before = len(world.sent(message))
    answer = await world.call("TriggerMessage", requestedMessage=message)

    assert answer == {"status": "Accepted"}
    assert len(world.sent(message)) > before


@pytest.mark.requirement("1.6 §5.17")
async def test_a_trigger_for_a_connector_that_it_has_not_is_rejected(world: Any) -> None:
    nowhere = await world.call(
        "TriggerMessage", requestedMessage="StatusNotification", connectorId=5
    )

    assert nowhere == {"status": "Rejected"}


@pytest.mark.requirement("1.6 errata 3.35")
async def test_a_boot_is_not_triggered_once_one_was_accepted(world: Any) -> None:
    answer = await world.call("TriggerMessage", requestedMessage="BootNotification")

    assert answer == {"status": "Rejected"}  # (errata §3.35)
    assert len(world.sent("BootNotification")) == 1


@pytest.mark.requirement("1.6 errata 3.35")
async def test_after_a_reconnect_a_boot_is_triggered_again(world: Any) -> None:
    await world.drop()
    await world.advance(60)
    answer = await world.call("TriggerMessage", requestedMessage="BootNotification")

    assert answer == {"status": "Accepted"}
    assert len(world.sent("BootNotification")) == 2


@pytest.mark.parametrize(
    ("stop", "reason"),
    [(LocalStop.EMERGENCY_STOP, "EmergencyStop"), (LocalStop.LOCAL, "Local")],
)
async def test_what_ends_a_transaction_on_site_is_its_reason(
    world: Any, stop: LocalStop, reason: str
) -> None:
    await world.charge()
    await world.station.evse(1).stopped_locally(stop)
    await world.settle()

    assert [each["reason"] for each in world.sent("StopTransaction")] == [reason]
    assert not world.hardware.locked(1)
