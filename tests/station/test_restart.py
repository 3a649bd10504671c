"""What a station still knows after a power cut."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ocppkit import v16, v201
from ocppkit.connection import Session
from ocppkit.errors import NegotiationFailed
from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import ChargingStation, IdToken, SecurityEvent, StationConfig
from ocppkit.station.settings.behaviour import AfterPowerLoss, Storage
from ocppkit.station.settings.equipment import StationTable
from ocppkit.station.settings.values import KeyValue, VariableId, VariableValue
from ocppkit.store import Draft, IncidentKind, Store
from ocppkit.store import files as store_files
from ocppkit.testing import settle
from ocppkit.variable import Mutability

from .power import Plant, virtual

V16, V201 = Version.V16, Version.V201
ABC = IdToken("ABC")
END = Storage(after_power_loss=AfterPowerLoss.END)


async def charge(plant: Plant, station: ChargingStation, seconds: float) -> None:
    await station.wait_online()
    await plant.hardware.arrive(SimulatedEv(start_delay=1))
    await station.evse(1).token_presented(ABC)
    await asyncio.sleep(seconds)
    await settle()


def events(plant: Plant) -> list[dict[str, Any]]:
    return [payload for action, payload in plant.ledger.messages if action == "TransactionEvent"]


def stops(plant: Plant) -> list[dict[str, Any]]:
    return [payload for action, payload in plant.ledger.messages if action == "StopTransaction"]


def boots(plant: Plant) -> list[dict[str, Any]]:
    return [payload for action, payload in plant.ledger.others if action == "BootNotification"]


def statuses(plant: Plant, field: str, **where: int) -> list[str]:
    return [
        payload[field]
        for action, payload in plant.ledger.others
        if action == "StatusNotification" and where.items() <= payload.items()
    ]


@virtual
async def test_a_transaction_goes_on_where_its_ev_is_still_there(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V201)
    async with plant.live() as station:
        await charge(plant, station, 90)
    before = len(events(plant))
    async with plant.live() as station:
        await station.wait_online()
        await asyncio.sleep(130)
        outcome = await station.evse(1).token_presented(ABC)
        await station.wait_delivered()

    after = events(plant)[before:]
    assert outcome == "stopped"
    assert {each["transactionInfo"]["transactionId"] for each in events(plant)} == {"tx-1"}
    assert [each["seqNo"] for each in events(plant)] == list(range(before + len(after)))
    assert [each["triggerReason"] for each in after] == [
        "AbnormalCondition",
        "MeterValuePeriodic",
        "MeterValuePeriodic",
        "StopAuthorized",
    ]
    assert "evse" not in after[0]
    begin = events(plant)[0]["meterValue"][0]["sampledValue"][0]["value"]
    assert after[-1]["meterValue"][0]["sampledValue"][0]["value"] == begin


@virtual
@pytest.mark.requirement("1.6 §5.12")
async def test_after_the_cut_the_csms_still_stops_a_1_6_transaction_by_its_number(
    tmp_path: Path,
) -> None:
    plant = Plant(tmp_path, V16)
    async with plant.live() as station:
        await charge(plant, station, 70)
    async with plant.live() as station:
        await station.wait_online()
        answer = await plant.ledger.call("RemoteStopTransaction", transactionId=100)
        await station.wait_delivered()

    assert answer == {"status": "Accepted"}
    assert [(each["transactionId"], each["reason"]) for each in stops(plant)] == [(100, "Remote")]


@pytest.mark.parametrize("version", [V16, V201])
@virtual
async def test_a_transaction_whose_ev_is_gone_ends_as_it_was_last_known(
    tmp_path: Path, version: Version
) -> None:
    plant = Plant(tmp_path, version)
    async with plant.live() as station:
        await charge(plant, station, 110)  # one sample
    await plant.hardware.depart(force=True)
    await asyncio.sleep(3600)
    async with plant.live() as station:
        await station.wait_online()
        await station.wait_delivered()
        await settle()

    *_, (_, sampled), (action, last) = plant.ledger.messages
    reading = sampled["meterValue"][0]
    assert last["timestamp"] == reading["timestamp"]
    if version is V16:
        assert (action, last["reason"]) == ("StopTransaction", "PowerLoss")
        energy = reading["sampledValue"][0]["value"]
        assert last["meterStop"] == round(float(energy))
    else:
        assert (last["eventType"], last["offline"]) == ("Ended", True)
        assert last["transactionInfo"]["stoppedReason"] == "PowerLoss"
        assert last["meterValue"][-1]["sampledValue"][0]["context"] == "Transaction.End"
        energy = reading["sampledValue"][0]["value"]
        assert last["meterValue"][-1]["sampledValue"][0]["value"] == energy


@virtual
async def test_where_configured_a_transaction_ends_though_its_ev_is_there(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V16, storage=END)
    async with plant.live() as station:
        await charge(plant, station, 70)
    async with plant.live() as station:
        await station.wait_online()
        await station.wait_delivered()
        transaction = station.evse(1).transaction

    assert transaction is None
    assert [each["reason"] for each in stops(plant)] == ["PowerLoss"]


@pytest.mark.requirement("E11.FR.07")
@pytest.mark.requirement("E11.FR.02")
@virtual
async def test_what_waited_while_there_was_no_connection_says_so(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V201, sample_interval=0)
    async with plant.live() as station:
        await charge(plant, station, 5)
        plant.network.down = True
        plant.network.cut("CS001")
        await settle()
        await station.evse(1).token_presented(ABC)
        plant.network.down = False
        await station.wait_online()
        await station.wait_delivered()
        await plant.hardware.depart(force=True)
        await plant.hardware.arrive(SimulatedEv(start_delay=1))
        await station.wait_delivered()

    flags = [(each["eventType"], each.get("offline", False)) for each in events(plant)]
    assert flags == [
        ("Started", False),
        ("Updated", False),
        ("Updated", False),
        ("Ended", True),
        ("Started", False),
    ]


@pytest.mark.requirement("E11.FR.07")
@virtual
async def test_what_was_not_delivered_when_the_connection_went_says_so_too(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V201, sample_interval=0)
    plant.ledger.refuse.add("TransactionEvent")
    async with plant.live() as station:
        await charge(plant, station, 2)
        plant.ledger.refuse.clear()
        plant.network.cut("CS001")
        await station.wait_online()
        await station.wait_delivered()

    assert [each.get("offline", False) for each in events(plant)] == [True, True, True]


@virtual
@pytest.mark.requirement("1.6 §5.14")
async def test_a_reset_waits_until_the_csms_has_what_is_due(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V16)
    async with plant.live() as station:
        await charge(plant, station, 5)
        plant.network.delay = 3.0
        await plant.ledger.call("Reset", type="Soft")
        known = len(stops(plant))
        while len(boots(plant)) < 2:
            known = len(stops(plant))
            await asyncio.sleep(1)

    assert known == 1
    assert stops(plant)[0]["reason"] == "SoftReset"


@virtual
async def test_a_message_that_waits_for_its_next_attempt_holds_up_no_other(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V201, queue_all_messages=True)
    plant.ledger.refuse.add("TransactionEvent")
    async with plant.live() as station:
        await charge(plant, station, 1)
        event = v201.SecurityEventNotificationRequest(
            type="Custom", timestamp=plant.clock.utc_now()
        )
        posted = await station._core.delivery.post(event, version=V201)
        await asyncio.sleep(1)
        told = [action for action, _ in plant.ledger.others]
        refused = list(plant.ledger.refused)
        plant.ledger.refuse.clear()
        await asyncio.sleep(120)
        await settle()

    assert posted
    assert refused == ["TransactionEvent"]
    assert "SecurityEventNotification" in told
    assert [each["seqNo"] for each in events(plant)][:3] == [0, 1, 2]


@virtual
@pytest.mark.requirement("1.6 §3.7")
async def test_a_message_of_no_transaction_outlasts_a_cut_where_all_are_queued(
    tmp_path: Path,
) -> None:
    plant = Plant(tmp_path, V16, queue_all_messages=True)
    plant.network.down = True
    async with plant.live() as station:
        request = v16.DataTransferRequest(vendor_id="acme", data="1")
        kept = await station._core.delivery.post(request, version=V16)
    plant.network.down = False
    async with plant.live() as station:
        await station.wait_online()
        await station.wait_delivered()

    sent = [payload for action, payload in plant.ledger.others if action == "DataTransfer"]
    assert kept
    assert sent == [{"vendorId": "acme", "data": "1"}]


@virtual
async def test_a_message_of_no_transaction_goes_now_or_never_otherwise(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V16)
    plant.network.down = True
    async with plant.live() as station:
        request = v16.DataTransferRequest(vendor_id="acme", data="1")
        offline = await station._core.delivery.post(request, version=V16)
        plant.network.down = False
        await station.wait_online()
        online = await station._core.delivery.post(request, version=V16)

    sent = [payload for action, payload in plant.ledger.others if action == "DataTransfer"]
    assert (offline, online, len(sent)) == (False, True, 1)


@pytest.mark.requirement("G03.FR.08")
@pytest.mark.requirement("G04.FR.09")
@pytest.mark.requirement("B01.FR.07")
@virtual
async def test_what_is_out_of_use_stays_so_over_a_power_cut(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V201)
    async with plant.live() as station:
        await station.wait_online()
        answer = await plant.ledger.call(
            "ChangeAvailability", operationalStatus="Inoperative", evse={"id": 1}
        )
    async with plant.live() as station:
        await station.wait_online()
        await settle()
        usable = station.evse(1).usable

    assert answer == {"status": "Accepted"}
    assert not usable
    assert statuses(plant, "connectorStatus") == ["Available", "Unavailable", "Unavailable"]


@virtual
@pytest.mark.requirement("1.6 §4.9", "1.6 §5.2")
async def test_a_1_6_connector_stays_out_of_use_over_a_power_cut(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V16)
    async with plant.live() as station:
        await station.wait_online()
        await plant.ledger.call("ChangeAvailability", connectorId=0, type="Inoperative")
        await plant.ledger.call("ChangeAvailability", connectorId=1, type="Operative")
    async with plant.live() as station:
        await station.wait_online()
        await settle()
        flags = station._core.operative, station.evse(1).connectors[1].operative

    assert flags == (False, True)


async def _key(plant: Plant, name: str) -> dict[str, Any]:
    answer = await plant.ledger.call("GetConfiguration", key=[name])
    found: dict[str, Any] = answer["configurationKey"][0]
    return found


@virtual
async def test_configuration_keys_outlast_a_cut_and_win_over_new_factory_defaults(
    tmp_path: Path,
) -> None:
    plant = Plant(tmp_path, V16)
    async with plant.live() as station:
        await station.wait_online()
        for key, value in (("ConnectionTimeOut", "33"), ("MeterValuesSampledData", "SoC")):
            answer = await plant.ledger.call("ChangeConfiguration", key=key, value=value)
            assert answer == {"status": "Accepted"}
    plant.config = StationConfig(
        identity="CS001",
        csms_url="ws://nowhere",
        versions=(V16,),
        connection_timeout=99,
        configuration=(KeyValue(name="ConnectionTimeOut", value="77"),),
    )
    async with plant.live() as station:
        await station.wait_online()
        timeout = (await _key(plant, "ConnectionTimeOut"))["value"]
        measurands = (await _key(plant, "MeterValuesSampledData"))["value"]

    assert (timeout, measurands) == ("33", "SoC")


@virtual
async def test_a_kept_value_that_does_not_fit_any_more_is_reported_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plant = Plant(tmp_path, V16)
    async with Store(plant.path) as store:
        await store.key_values.put(
            "v16.configuration",
            {"ConnectionTimeOut": "soon", "Gone": "1", "HeartbeatInterval": "7"},
        )
        await store.key_values.put("availability", {"7.0": "Inoperative", "x": "y"})
        await store.key_values.put("network", {"last_good": "{"})
    async with plant.live() as station:
        await station.wait_online()
        timeout = (await _key(plant, "ConnectionTimeOut"))["value"]
        heartbeat = (await _key(plant, "HeartbeatInterval"))["value"]

    assert (timeout, heartbeat) == ("120", "7")
    for name in ("ConnectionTimeOut", "Gone", "7.0", "network profile"):
        assert name in caplog.text


@virtual
async def test_a_station_has_the_keys_and_mutabilities_that_it_was_told(tmp_path: Path) -> None:
    told = (
        KeyValue(name="ConnectionTimeOut", value="60", mutability=Mutability.READ_ONLY),
        KeyValue(name="Acme", value="a", custom=True),
        KeyValue(name="GetConfigurationMaxKeys", value="10", mutability=Mutability.READ_WRITE),
        KeyValue(name="Secret", value="s", custom=True, mutability=Mutability.WRITE_ONLY),
    )
    plant = Plant(tmp_path, V16, configuration=told)
    async with plant.live() as station:
        await station.wait_online()
        found = [await _key(plant, each.name) for each in told]
        changed = [
            (await plant.ledger.call("ChangeConfiguration", key=each.name, value="50"))["status"]
            for each in told
        ]
    async with plant.live() as station:
        await station.wait_online()
        acme = await _key(plant, "acme")

    assert [each.get("value") for each in found] == ["60", "a", "10", None]
    assert [each["readonly"] for each in found] == [True, False, False, False]
    assert changed == ["Rejected", "Accepted", "Accepted", "Accepted"]
    assert acme["value"] == "50"


async def _variable(plant: Plant, component: str, name: str, value: str | None = None) -> Any:
    named = {"component": {"name": component}, "variable": {"name": name}}
    if value is None:
        answer = await plant.ledger.call("GetVariables", getVariableData=[named])
        result = answer["getVariableResult"][0]
        return result["attributeStatus"], result.get("attributeValue")
    answer = await plant.ledger.call(
        "SetVariables", setVariableData=[{**named, "attributeValue": value}]
    )
    return answer["setVariableResult"][0]["attributeStatus"]


@virtual
async def test_variables_outlast_a_cut_as_they_were_told_and_set(tmp_path: Path) -> None:
    def told(component: str, name: str, value: str, **more: Any) -> VariableValue:
        return VariableValue(id=VariableId(component=component, variable=name), value=value, **more)

    variables = (
        told("TxCtrlr", "EVConnectionTimeOut", "61", mutability=Mutability.READ_ONLY),
        told("TxCtrlr", "StopTxOnInvalidId", "false"),
        told("Acme", "Colour", "red", custom=True),
        told("Acme", "Pin", "1", custom=True, mutability=Mutability.WRITE_ONLY),
    )
    plant = Plant(tmp_path, V201, variables=variables)
    async with plant.live() as station:
        await station.wait_online()
        before = [await _variable(plant, each.id.component, each.id.variable) for each in variables]
        read_only = await _variable(plant, "TxCtrlr", "EVConnectionTimeOut", "5")
        colour = await _variable(plant, "Acme", "Colour", "blue")
        points = await _variable(plant, "TxCtrlr", "TxStopPoint", "EVConnected")
    async with plant.live() as station:
        await station.wait_online()
        after = await _variable(plant, "Acme", "Colour")
        stop_points = await _variable(plant, "TxCtrlr", "TxStopPoint")

    assert before == [
        ("Accepted", "61"),
        ("Accepted", "false"),
        ("Accepted", "red"),
        ("Rejected", None),
    ]
    assert (read_only, colour, points) == ("Rejected", "Accepted", "Accepted")
    assert (after, stop_points) == (("Accepted", "blue"), ("Accepted", "EVConnected"))


@virtual
async def test_the_heartbeat_interval_of_the_csms_outlasts_a_cut(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V201)
    async with plant.live() as station:
        await station.wait_online()
        await station._core.dialect.adopt_heartbeat(17)
    async with plant.live() as station:
        interval = station._core.policy.heartbeat_interval

    assert interval == 17


@virtual
async def test_a_store_that_is_no_store_is_set_aside_and_told_of(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V201)
    plant.path.parent.mkdir(parents=True)
    plant.path.write_bytes(b"not a database" * 1000)
    told: list[SecurityEvent] = []

    async def sink(occurred: SecurityEvent) -> None:
        told.append(occurred)

    plant.sinks.append(sink)
    async with plant.live() as station:
        await charge(plant, station, 5)
        incidents = [each.kind for each in station.incidents]

    assert incidents == [IncidentKind.SET_ASIDE]
    assert [each.type for each in told] == ["StoreSetAside"]
    assert len(list(plant.path.parent.glob("*.db*"))) > 1
    assert len(events(plant)) == 3


@virtual
async def test_on_a_full_disk_the_station_goes_on_in_memory(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V201)
    async with plant.live() as station:
        await charge(plant, station, 5)
        plant.mains.full = True
        await station.evse(1).token_presented(ABC)
        await plant.hardware.depart(force=True)
        await plant.hardware.arrive(SimulatedEv(start_delay=1))
        await station.evse(1).token_presented(ABC)
        await station.wait_delivered()
        incidents = [each.kind for each in station.incidents]

    assert incidents == [IncidentKind.DEGRADED]
    assert [each["seqNo"] for each in events(plant)] == [0, 1, 2, 3, 0, 1]


@virtual
async def test_what_cannot_be_read_in_the_store_is_no_end_of_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plant = Plant(tmp_path, V201)
    plant.network.down = True
    async with plant.live() as station:
        await plant.hardware.arrive(SimulatedEv(start_delay=1))
        await station.evse(1).token_presented(ABC)
        await settle()
    with sqlite3.connect(plant.path) as database:
        database.execute("UPDATE outbox SET payload = '{}' WHERE sequence = 0")
        database.execute("UPDATE open_transactions SET state = 'x'")
    database.close()
    plant.network.down = False
    async with plant.live() as station:
        await station.wait_online()
        await station.wait_delivered()

    assert "cannot be read" in caplog.text
    assert "cannot be taken up" in caplog.text
    assert [each["transactionInfo"]["transactionId"] for each in events(plant)] == ["tx-1", "tx-2"]
    assert events(plant)[0]["transactionInfo"]["stoppedReason"] == "PowerLoss"


@pytest.mark.parametrize("version", [V16, V201])
@virtual
async def test_a_transaction_that_cannot_be_read_in_full_is_ended(
    tmp_path: Path, version: Version
) -> None:
    plant = Plant(tmp_path, version)
    async with plant.live() as station:
        await charge(plant, station, 90)
    with sqlite3.connect(plant.path) as database:
        (state,) = database.execute("SELECT state FROM open_transactions").fetchone()
        other = json.dumps({**json.loads(state), "state": "of another program version"})
        database.execute("UPDATE open_transactions SET state = ?", (other,))
    database.close()
    await plant.hardware.depart(force=True)
    async with plant.live() as station:
        await station.wait_online()
        await station.wait_delivered()
        going_on = station.evse(1).transaction

    assert going_on is None
    if version is V16:
        (stop,) = stops(plant)
        assert (stop["transactionId"], stop["reason"]) == (100, "PowerLoss")
        assert stop["meterStop"] > 0
    else:
        ended = events(plant)[-1]
        assert (ended["eventType"], ended["triggerReason"]) == ("Ended", "AbnormalCondition")
        assert [each["seqNo"] for each in events(plant)] == list(range(len(events(plant))))


@virtual
async def test_a_boot_tells_all_that_the_configuration_says_of_the_station(tmp_path: Path) -> None:
    table = StationTable(
        identity="CS001",
        charge_box_serial_number="CB",
        iccid="8931",
        imsi="2040",
        meter_type="M",
        meter_serial_number="MS",
    )
    for version in (V16, V201):
        plant = Plant(tmp_path / version.value, version, station=table)
        async with plant.live() as station:
            await station.wait_online()
        (boot,) = boots(plant)
        if version is V16:
            names = ("chargeBoxSerialNumber", "iccid", "imsi", "meterType", "meterSerialNumber")
            assert [boot[name] for name in names] == ["CB", "8931", "2040", "M", "MS"]
        else:
            assert boot["chargingStation"]["modem"] == {"iccid": "8931", "imsi": "2040"}


@virtual
async def test_what_the_end_is_to_tell_outlasts_a_cut_with_the_last_record(tmp_path: Path) -> None:
    plant = Plant(tmp_path, V201, ended_sample_interval=25)
    async with plant.live() as station:
        await charge(plant, station, 90)
    async with plant.live() as station:
        await station.wait_online()
        await station.evse(1).token_presented(ABC)
        await station.wait_delivered()

    ended = events(plant)[-1]
    contexts = [each["sampledValue"][0]["context"] for each in ended["meterValue"]]
    # Of 25, 50 and 75 s the last came after the record of 60 s.
    assert contexts == [
        "Transaction.Begin",
        "Sample.Periodic",
        "Sample.Periodic",
        "Transaction.End",
    ]


async def test_a_large_store_that_is_spoiled_is_found_while_the_station_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_files, "_CHECKED_WHOLE", 64 << 10)
    path = tmp_path / "station.db"
    text = json.dumps("x" * 700)
    async with Store(path) as store:
        drafts = [
            Draft(lane="other", name="Nothing", payload=text, created_at=datetime.now(UTC))
            for _ in range(1000)
        ]
        await asyncio.gather(*[store.journal.append(each) for each in drafts])
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 4096 // 2 * 4096)
        file.write(b"\xff" * 4096)
    told: asyncio.Queue[str] = asyncio.Queue()

    async def sink(occurred: SecurityEvent) -> None:
        await told.put(occurred.type)

    async def refuse(*_: object) -> Session:
        raise NegotiationFailed("nobody there")

    config = StationConfig(
        identity="CS001", csms_url="ws://nowhere", storage=Storage(state_dir=tmp_path)
    )
    station = ChargingStation(config, hardware=SimulatedHardware(), dial=refuse)
    station._core.equipment.on_security_event(sink)
    async with asyncio.timeout(10), station:
        at_start = [each.kind for each in station.incidents]
        while await told.get() != "StoreSetAside":
            pass

    assert at_start == []
    [set_aside] = [each for each in station.incidents if each.kept_as is not None]
    assert set_aside.kept_as is not None
    assert set_aside.kept_as.name.startswith("station.db.corrupt-")


@pytest.mark.parametrize("version", [V16, V201])
@pytest.mark.parametrize(("power_w", "state"), [(7000.0, "Charging"), (0.0, "SuspendedEV")])
@virtual
async def test_until_the_equipment_says_more_charging_goes_on_as_it_was_before_the_cut(
    tmp_path: Path, version: Version, power_w: float, state: str
) -> None:
    plant = Plant(tmp_path, version)
    async with plant.live() as station:
        await charge(plant, station, 90)
        await plant.hardware.ev_power(1, power_w)
        await settle()
    before = len(plant.ledger.others)
    async with plant.live() as station:
        await station.wait_online()
        await settle()
        now = station.evse(1).state
    del plant.ledger.others[:before]

    assert now == state
    if version is V16:
        assert statuses(plant, "status", connectorId=1) == [state]
