"""Scenarios of the Core profile over real websockets, part of them with TLS."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ocppkit import v16
from ocppkit.message import Version
from ocppkit.station import EvseDescription, Fault, FaultKind, StationDescription, TokenOutcome
from ocppkit.station.data_transfer import DataTransferAnswer, DataTransferMessage
from ocppkit.testing import ScriptedCsms

from .driver import BASIC, MUTUAL, PLAIN, TLS, bench

TWO = StationDescription(vendor="ocppkit", model="Wire", evses=(EvseDescription(),) * 2)


def booting(*statuses: str) -> ScriptedCsms:
    """A CSMS that answers boots like this, one after the other, each for a second."""
    csms = ScriptedCsms(Version.V16)
    left = iter(statuses)

    def answer(_: v16.BootNotificationRequest) -> v16.BootNotificationResponse:
        status = v16.RegistrationStatus(next(left))
        return v16.BootNotificationResponse(
            status=status, interval=1, current_time=datetime.now(UTC)
        )

    csms.answer(v16.BootNotificationRequest, answer)
    return csms


@pytest.mark.requirement("1.6 §4.2", "1.6 §5.17")
async def test_4_2_a_pending_station_answers_and_boots_when_it_is_triggered(tmp_path: Path) -> None:
    csms = booting("Pending", "Accepted")
    async with bench(tmp_path, TLS, csms=csms, begin=False) as it:
        await it.told("BootNotification")
        changed = await it.ask("ChangeConfiguration", key="ConnectionTimeOut", value="7")
        before = it.count("StatusNotification")
        triggered = await it.ask("TriggerMessage", requestedMessage="BootNotification")
        await it.told("BootNotification")
        await it.status("Available")

    assert (changed, triggered) == ({"status": "Accepted"}, {"status": "Accepted"})
    assert before == 0


@pytest.mark.requirement("1.6 §4.2")
async def test_4_2_a_rejected_station_says_nothing_until_its_next_boot(tmp_path: Path) -> None:
    async with bench(tmp_path, csms=booting("Rejected", "Accepted"), begin=False) as it:
        await it.csms.expect(v16.BootNotificationRequest)
        await it.csms.expect_nothing(0.3)
        await it.csms.expect(v16.BootNotificationRequest, within=3)
        await it.status("Available")

        assert it.station.online


@pytest.mark.requirement("1.6 §3.5.1", "1.6 §4.1")
async def test_3_5_1_a_known_driver_starts_from_the_cache(tmp_path: Path) -> None:
    keys = {"AuthorizationCacheEnabled": "true", "LocalPreAuthorize": "true"}
    async with bench(tmp_path, MUTUAL, keys) as it:
        first = await it.charge()
        await it.card("ABC")
        ended = await it.told("StopTransaction", transaction_id=first)
        await it.hardware.depart()
        await it.status("Available")
        again = await it.charge()
        cleared = await it.ask("ClearCache")

        assert again == 2
        assert it.count("Authorize") == 1
    assert (ended.reason, ended.id_tag) in {(None, "ABC"), ("Local", "ABC")}
    assert cleared == {"status": "Accepted"}


@pytest.mark.requirement("1.6 §4.1")
async def test_4_1_a_driver_who_is_blocked_does_not_charge(tmp_path: Path) -> None:
    csms = ScriptedCsms(Version.V16)
    blocked = v16.IdTagInfo(status=v16.AuthorizationStatus.BLOCKED)
    csms.answer(v16.AuthorizeRequest, v16.AuthorizeResponse(id_tag_info=blocked))
    async with bench(tmp_path, BASIC, csms=csms) as it:
        await it.plug()
        await it.status("Preparing")
        outcome = await it.card("ABC")

        assert outcome is TokenOutcome.REFUSED
        assert it.count("StartTransaction") == 0


@pytest.mark.requirement("1.6 §5.11", "1.6 §5.12", "1.6 §4.7")
async def test_5_11_a_remote_start_with_a_profile_and_a_remote_stop(tmp_path: Path) -> None:
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10}],
        },
    }
    keys = {"MeterValueSampleInterval": "1", "MeterValuesSampledData": "Power.Active.Import"}
    async with bench(tmp_path, TLS, keys) as it:
        await it.plug()
        await it.status("Preparing")
        started = await it.ask(
            "RemoteStartTransaction", connectorId=1, idTag="ABC", chargingProfile=profile
        )
        start = await it.told("StartTransaction", connector_id=1, id_tag="ABC")
        await it.status("Charging")
        sample = await it.told("MeterValues", connector_id=1, transaction_id=1)
        stopped = await it.ask("RemoteStopTransaction", transactionId=1)
        stop = await it.told("StopTransaction", transaction_id=1, reason="Remote")

    [power] = [each for each in sample.meter_value[0].sampled_value if each.phase is None]
    assert (started, stopped) == ({"status": "Accepted"}, {"status": "Accepted"})
    assert (power.measurand, float(power.value)) == ("Power.Active.Import", 6900)
    assert stop.meter_stop >= start.meter_start


@pytest.mark.requirement("1.6 §5.14", "1.6 §4.10")
@pytest.mark.parametrize(("kind", "profile"), [("Soft", MUTUAL), ("Hard", PLAIN)])
async def test_5_14_a_reset_ends_the_transaction_and_boots_anew(
    tmp_path: Path, kind: str, profile: int
) -> None:
    async with bench(tmp_path, profile) as it:
        number = await it.charge()
        answer = await it.ask("Reset", type=kind)
        await it.told("StopTransaction", transaction_id=number, reason=f"{kind}Reset")
        await it.told("BootNotification")
        again = await it.told("StatusNotification", connector_id=1)

        assert answer == {"status": "Accepted"}
        assert again.status in {"Finishing", "Preparing"}
        assert [reason.value for reason in it.hardware.reboots] == [f"{kind}Reset"]


@pytest.mark.requirement("1.6 §5.18")
async def test_5_18_a_connector_is_unlocked_and_its_transaction_ends(tmp_path: Path) -> None:
    async with bench(tmp_path, TLS) as it:
        number = await it.charge()
        unlocked = await it.ask("UnlockConnector", connectorId=1)
        await it.told("StopTransaction", transaction_id=number, reason="UnlockCommand")
        nowhere = await it.ask("UnlockConnector", connectorId=9)

    assert unlocked == {"status": "Unlocked"}
    assert nowhere == {"status": "NotSupported"}


@pytest.mark.requirement("1.6 §5.2")
async def test_5_2_a_connector_in_use_is_put_out_of_use_afterwards(tmp_path: Path) -> None:
    async with bench(tmp_path, PLAIN) as it:
        await it.charge()
        later = await it.ask("ChangeAvailability", connectorId=1, type="Inoperative")
        await it.card("ABC")
        await it.told("StopTransaction")
        await it.hardware.depart()
        await it.status("Unavailable")
        back = await it.ask("ChangeAvailability", connectorId=1, type="Operative")
        await it.status("Available")

    assert (later, back) == ({"status": "Scheduled"}, {"status": "Accepted"})


@pytest.mark.requirement("1.6 §5.3", "1.6 §5.8")
async def test_5_3_keys_are_read_and_changed(tmp_path: Path) -> None:
    async def change(key: str, value: str) -> str:
        answer = await it.ask("ChangeConfiguration", key=key, value=value)
        return str(answer["status"])

    async with bench(tmp_path, TLS) as it:
        outcomes = [
            await change("HeartbeatInterval", "90"),
            await change("HeartbeatInterval", "soon"),
            await change("NumberOfConnectors", "2"),
            await change("Nonsense", "1"),
        ]
        some = await it.ask("GetConfiguration", key=["HeartbeatInterval", "Nonsense"])
        everything = await it.ask("GetConfiguration")

    assert outcomes == ["Accepted", "Rejected", "Rejected", "NotSupported"]
    [key] = some["configurationKey"]
    assert key == {"key": "HeartbeatInterval", "readonly": False, "value": "90"}
    assert some["unknownKey"] == ["Nonsense"]
    assert len(everything["configurationKey"]) > 40


@pytest.mark.requirement("1.6 §4.3", "1.6 §5.6")
async def test_5_6_data_is_transferred_both_ways(tmp_path: Path) -> None:
    async with bench(tmp_path, BASIC) as it:
        unknown = await it.ask("DataTransfer", vendorId="com.example", data="?")

        async def answer(message: DataTransferMessage) -> DataTransferAnswer:
            return DataTransferAnswer(data=f"{message.data}!")

        it.station.on_data_transfer(answer, vendor_id="com.example")
        known = await it.ask("DataTransfer", vendorId="com.example", data="?")
        it.csms.answer(
            v16.DataTransferRequest,
            lambda request: v16.DataTransferResponse(
                status=v16.DataTransferStatus.ACCEPTED, data=request.data
            ),
        )
        request = v16.DataTransferRequest(vendor_id="com.example", data="up")
        sent = await it.station.core.link.call(request)
        told = await it.told("DataTransfer", vendor_id="com.example", data="up")

    assert unknown == {"status": "UnknownVendorId"}
    assert known == {"status": "Accepted", "data": "?!"}
    assert (sent.data, told.message_id) == ("up", None)


@pytest.mark.requirement("1.6 §4.9")
async def test_4_9_a_fault_is_told_and_ends_the_transaction(tmp_path: Path) -> None:
    async with bench(tmp_path, MUTUAL) as it:
        await it.charge()
        fault = Fault(kind=FaultKind.GROUND_FAILURE, info="leaks")
        await it.hardware.set_fault(fault, evse=1)
        await it.status("Faulted", error_code="GroundFailure", info="leaks")
        await it.hardware.clear_fault(evse=1)
        calm = await it.told("StatusNotification", connector_id=1, error_code="NoError")

    assert calm.status in {"Finishing", "Charging", "SuspendedEV", "Preparing"}


@pytest.mark.requirement("1.6 §3.7")
@pytest.mark.parametrize("profile", [PLAIN, TLS])
async def test_3_7_what_happens_offline_is_told_afterwards_and_in_order(
    tmp_path: Path, profile: int
) -> None:
    keys = {"AllowOfflineTxForUnknownId": "true", "MinimumStatusDuration": "0"}
    async with bench(tmp_path, profile, keys) as it:
        it.station.go_offline()
        await it.plug()
        outcome = await it.card("ABC")
        await it.card("ABC")
        await it.hardware.depart()
        it.station.go_online()
        start = await it.told("StartTransaction")
        stop = await it.told("StopTransaction", transaction_id=1)
        await it.station.wait_delivered()

        assert outcome is TokenOutcome.ACCEPTED
        assert it.count("StartTransaction") == it.count("StopTransaction") == 1
    assert start.timestamp <= stop.timestamp


@pytest.mark.requirement("1.6 §3.8")
async def test_3_8_two_connectors_charge_at_the_same_time(tmp_path: Path) -> None:
    async with bench(tmp_path, TLS, description=TWO) as it:
        for number, id_tag in ((1, "ABC"), (2, "XYZ")):
            await it.plug(number)
            await it.card(id_tag, number)
            await it.told("StartTransaction", connector_id=number, id_tag=id_tag)
        answers = [await it.ask("RemoteStopTransaction", transactionId=each) for each in (2, 1, 3)]
        stopped = [await it.told("StopTransaction", reason="Remote") for _ in range(2)]

    assert [answer["status"] for answer in answers] == ["Accepted", "Accepted", "Rejected"]
    assert {stop.transaction_id for stop in stopped} == {1, 2}


@pytest.mark.requirement("1.6-J §4.2.3")
async def test_j_4_2_3_what_breaks_the_schema_is_refused_and_the_connection_stays(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path) as it:
        for text in ("no JSON", "[]", '[3,"nobody asked",{}]', '[9,"x"]'):
            await it.csms.send_text(text)
        codes = [
            await it.refused("Reset", type="Soft", odd=1),
            await it.refused("Reset", type="Gently"),
            await it.refused("Reset", type=1),
            await it.refused("Reset"),
            await it.refused("Dance"),
            await it.refused("Heartbeat"),
        ]
        answer = await it.ask("GetLocalListVersion")

    assert codes == [
        "FormationViolation",
        "PropertyConstraintViolation",
        "TypeConstraintViolation",
        "OccurenceConstraintViolation",
        "NotImplemented",
        "NotImplemented",
    ]
    assert answer == {"listVersion": 0}
