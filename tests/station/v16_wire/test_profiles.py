"""Scenarios of the other feature profiles over real websockets, part of them with TLS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ocppkit.station import TokenOutcome

from .driver import BASIC, MUTUAL, PLAIN, TLS, bench

ACCEPTED = {"status": "Accepted"}


def soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def profile(number: int, purpose: str, limit: float) -> dict[str, Any]:
    return {
        "chargingProfileId": number,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": {
            "startSchedule": soon(-60),
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        },
    }


@pytest.mark.requirement("1.6 §5.13", "1.6 §4.8")
async def test_5_13_a_reserved_connector_waits_for_its_driver(tmp_path: Path) -> None:
    async with bench(tmp_path, TLS) as it:
        reserved = await it.ask(
            "ReserveNow", connectorId=1, expiryDate=soon(60), idTag="ABC", reservationId=42
        )
        await it.status("Reserved")
        await it.plug()
        other = await it.card("XYZ")
        await it.card("ABC")
        await it.told("StartTransaction", id_tag="ABC", reservation_id=42)
        gone = await it.ask("CancelReservation", reservationId=42)

    assert (reserved, gone) == (ACCEPTED, {"status": "Rejected"})
    assert other is TokenOutcome.REFUSED


@pytest.mark.requirement("1.6 §5.1", "1.6 §5.13")
async def test_5_1_a_reservation_is_cancelled_or_expires(tmp_path: Path) -> None:
    async with bench(tmp_path, PLAIN) as it:
        told = {"connectorId": 1, "idTag": "ABC", "reservationId": 1}
        await it.ask("ReserveNow", **told, expiryDate=soon(60))
        await it.status("Reserved")
        cancelled = await it.ask("CancelReservation", reservationId=1)
        await it.status("Available")
        await it.ask("ReserveNow", **told, expiryDate=soon(0.3))
        await it.status("Reserved")
        await it.status("Available")

    assert cancelled == ACCEPTED


@pytest.mark.requirement("1.6 §5.15", "1.6 §5.10", "1.6 §3.5.2")
async def test_5_15_a_driver_on_the_list_starts_without_being_asked_for(tmp_path: Path) -> None:
    keys = {"LocalAuthListEnabled": "true", "LocalPreAuthorize": "true"}
    async with bench(tmp_path, MUTUAL, keys) as it:
        entry = {"idTag": "ABC", "idTagInfo": {"status": "Accepted"}}
        full = await it.ask(
            "SendLocalList", listVersion=3, updateType="Full", localAuthorizationList=[entry]
        )
        version = await it.ask("GetLocalListVersion")
        await it.charge()
        asked = it.count("Authorize")
        blocked = {"idTag": "ABC", "idTagInfo": {"status": "Blocked"}}
        stale = await it.ask(
            "SendLocalList", listVersion=2, updateType="Differential", localAuthorizationList=[]
        )
        changed = await it.ask(
            "SendLocalList",
            listVersion=4,
            updateType="Differential",
            localAuthorizationList=[blocked],
        )

    assert (full, changed) == (ACCEPTED, ACCEPTED)
    assert version == {"listVersion": 3}
    assert stale == {"status": "VersionMismatch"}
    assert asked == 0


@pytest.mark.requirement("1.6 §5.16", "1.6 §5.7", "1.6 §5.5")
async def test_5_16_profiles_limit_what_the_car_draws(tmp_path: Path) -> None:
    async with bench(tmp_path, TLS) as it:
        for connector, each in (
            (0, profile(1, "ChargePointMaxProfile", 20)),
            (1, profile(2, "TxDefaultProfile", 12)),
        ):
            answer = await it.ask(
                "SetChargingProfile", connectorId=connector, csChargingProfiles=each
            )
            assert answer == ACCEPTED
        await it.charge()
        drawn = it.hardware.status()["evses"][0]["ev"]["power_w"]
        told = await it.ask(
            "GetCompositeSchedule", connectorId=1, duration=60, chargingRateUnit="A"
        )
        cleared = await it.ask("ClearChargingProfile", id=2)
        after = await it.ask(
            "GetCompositeSchedule", connectorId=1, duration=60, chargingRateUnit="A"
        )
        nothing = await it.ask("ClearChargingProfile", id=2)

    assert drawn == pytest.approx(12 * 3 * 230)
    limits = [
        [period["limit"] for period in each["chargingSchedule"]["chargingSchedulePeriod"]]
        for each in (told, after)
    ]
    assert limits == [[12], [20]]
    assert (cleared, nothing) == (ACCEPTED, {"status": "Unknown"})


@pytest.mark.requirement("1.6 §5.17")
async def test_5_17_each_message_is_sent_when_it_is_triggered(tmp_path: Path) -> None:
    async with bench(tmp_path, BASIC) as it:
        for message in (
            "Heartbeat",
            "MeterValues",
            "DiagnosticsStatusNotification",
            "FirmwareStatusNotification",
            "StatusNotification",
        ):
            answer = await it.ask("TriggerMessage", requestedMessage=message)
            assert answer == ACCEPTED, message
            await it.told(message)
        booted = await it.ask("TriggerMessage", requestedMessage="BootNotification")
        wrong = await it.ask("TriggerMessage", requestedMessage="MeterValues", connectorId=9)

        assert it.count("BootNotification") == 1
    assert booted == wrong == {"status": "Rejected"}


@pytest.mark.requirement("1.6 ExtendedTriggerMessage")
async def test_extended_triggers_are_obeyed_under_a_client_certificate(tmp_path: Path) -> None:
    async with bench(tmp_path, MUTUAL) as it:
        for message, follows in (
            ("Heartbeat", "Heartbeat"),
            ("StatusNotification", "StatusNotification"),
            ("LogStatusNotification", "LogStatusNotification"),
            ("SignChargePointCertificate", "SignCertificate"),
        ):
            answer = await it.ask("ExtendedTriggerMessage", requestedMessage=message)
            assert answer == ACCEPTED, message
            await it.told(follows)


@pytest.mark.requirement("1.6 §3.16", "1.6 §4.7")
async def test_3_16_what_was_sampled_is_told_at_the_end_too(tmp_path: Path) -> None:
    keys = {
        "MeterValueSampleInterval": "1",
        "MeterValuesSampledData": "Energy.Active.Import.Register,Power.Active.Import",
        "StopTxnSampledData": "Energy.Active.Import.Register",
    }
    async with bench(tmp_path, PLAIN, keys) as it:
        number = await it.charge()
        sample = await it.told("MeterValues", transaction_id=number)
        await it.hardware.depart(force=True)
        stop = await it.told("StopTransaction", transaction_id=number, reason="EVDisconnected")

    assert {each.context for each in sample.meter_value[0].sampled_value} == {"Sample.Periodic"}
    contexts = [value.context for each in stop.transaction_data for value in each.sampled_value]
    assert contexts[0] == "Transaction.Begin"
    assert contexts[-1] == "Transaction.End"
    assert "Sample.Periodic" in contexts
