"""B01-B04: registration, and the time without a CSMS."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import EvseDescription, IdToken, StationDescription
from ocppkit.station.boot import BootReason
from ocppkit.station.hardware import RebootReason, StartReason
from ocppkit.station.reservations import Reservation
from ocppkit.station.transaction import Cause

V201 = Version.V201
TWO = StationDescription(vendor="ocppkit", model="Two", evses=(EvseDescription(),) * 2)


def reasons(it: Any) -> list[str]:
    """Why it booted, each time."""
    return [each["reason"] for each in it.sent("BootNotification")]


@pytest.mark.requirement("B01.FR.01", "B01.FR.09")
async def test_b01_it_tells_what_it_is_and_why_it_boots(world: Any) -> None:
    told = StationDescription(
        vendor="ocppkit", model="M", serial_number="S-1", firmware_version="1.2"
    )
    it = world(V201, description=told)
    async with it.running():
        pass

    assert it.calls[0] == (
        "BootNotification",
        {
            "reason": "PowerUp",
            "chargingStation": {
                "model": "M",
                "vendorName": "ocppkit",
                "serialNumber": "S-1",
                "firmwareVersion": "1.2",
            },
        },
    )


@pytest.mark.requirement("B01.FR.04")
@pytest.mark.parametrize(("interval", "beats"), [(60, 60), (0, 300)])
async def test_b01_the_interval_is_that_of_heartbeats_unless_it_is_0(
    world: Any, interval: int, beats: int
) -> None:
    it = world(V201)
    it.boot = {"status": "Accepted", "interval": interval}
    async with it.running():
        value = it.station.setting("OCPPCommCtrlr.HeartbeatInterval").current()

    assert value == str(beats)


@pytest.mark.requirement("B01.FR.05")
async def test_b01_after_its_boot_it_tells_of_every_connector(world: Any) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        pass

    told = it.sent("StatusNotification")
    assert [(each["evseId"], each["connectorStatus"]) for each in told] == [
        (1, "Available"),
        (2, "Available"),
    ]


@pytest.mark.requirement("B01.FR.06")
async def test_b01_the_clock_is_the_csmss_even_while_it_is_pending(world: Any) -> None:
    it = world(V201)
    ahead = timedelta(hours=3)

    def boot(_: object) -> dict[str, Any]:
        now = it.clock.utc_now() + ahead
        return {"status": "Pending", "interval": 60, "currentTime": now.isoformat()}

    it.script["BootNotification"] = boot
    async with it.running():
        off = it.station.core.now() - it.clock.utc_now()

    assert off == ahead


@pytest.mark.requirement("B01.FR.08", "B02.FR.02")
async def test_b01_what_waits_from_before_goes_only_once_it_is_accepted(world: Any) -> None:
    it = world(V201)
    async with it.running():
        await it.charge()
        it.down = True
        await it.drop()
        await it.station.evse(1).token_presented(IdToken("ABC"))
        await it.settle()
        it.down = False
        before = len(it.calls)
        it.boot = {"status": "Pending", "interval": 60}
        it.station.core.link.boot.start(BootReason.WATCHDOG, it.clock.monotonic())
        await it.advance(60)
        pending = {action for action, _ in it.calls[before:]}
        it.boot = {"status": "Accepted", "interval": 300}
        await it.advance(60)

    assert pending == {"BootNotification"}
    assert it.events()[-1][0] == "Ended"


@pytest.mark.requirement("B01.FR.13")
async def test_b01_what_was_reserved_is_so_after_the_reboot(world: Any) -> None:
    it = world(V201)
    async with it.running():
        until = it.clock.utc_now() + timedelta(hours=1)
        reservation = Reservation(id=1, evse=1, holder="XYZ", expires=until)
        await it.station.core.reservations.make(reservation)
        await it.call("Reset", type="OnIdle")
        await it.settle()

    assert it.statuses()[-1] == "Reserved"
    assert reasons(it) == ["PowerUp", "RemoteReset"]


@pytest.mark.requirement("B01.FR.09", "B01.FR.03")
@pytest.mark.parametrize(
    "reason", [each for each in StartReason if each is not StartReason.POWER_UP]
)
async def test_b01_the_equipment_knows_why_it_started(world: Any, reason: StartReason) -> None:
    it = world(V201)
    it.hardware.system.reason = reason
    it.boot = {"status": "Pending", "interval": 30}
    async with it.running():
        await it.advance(30)

    assert reasons(it) == [reason.value, reason.value]


@pytest.mark.requirement("B01.FR.09")
@pytest.mark.parametrize(
    ("why", "asked", "told"),
    [
        (RebootReason.SOFT_RESET, BootReason.REMOTE_RESET, "RemoteReset"),
        (RebootReason.SOFT_RESET, BootReason.SCHEDULED_RESET, "ScheduledReset"),
        (RebootReason.SOFT_RESET, BootReason.LOCAL_RESET, "LocalReset"),
        (RebootReason.FIRMWARE_UPDATE, BootReason.FIRMWARE_UPDATE, "FirmwareUpdate"),
    ],
)
async def test_b01_a_boot_that_is_tried_again_bears_the_reason_of_the_first(
    world: Any, why: RebootReason, asked: BootReason, told: str
) -> None:
    it = world(V201)
    async with it.running():
        answers = iter([None, "InternalError", "Rejected", "Pending", "Accepted"])

        def boot(_: object) -> Any:
            status = next(answers)
            if status in {None, "InternalError"}:
                return status
            now = it.clock.utc_now().isoformat()
            return {"status": status, "interval": 60, "currentTime": now}

        it.script["BootNotification"] = boot
        await it.station.core.reset(why, Cause.SOFT_RESET, asked)
        await it.advance(30)  # no answer within the call timeout
        for _ in range(4):
            await it.advance(60)
        online = it.station.online

    assert reasons(it) == ["PowerUp"] + [told] * 5
    assert online


@pytest.mark.requirement("B02.FR.01", "B02.FR.05", "B02.FR.06")
async def test_b02_pending_it_is_configured_and_reports_but_charges_for_nobody(
    world: Any,
) -> None:
    it = world(V201)
    it.boot = {"status": "Pending", "interval": 600}
    token = {"idToken": "ABC", "type": "Central"}
    async with it.running():
        written = await it.set_variable("OCPPCommCtrlr", "HeartbeatInterval", "77")
        report = await it.call("GetBaseReport", requestId=1, reportBase="ConfigurationInventory")
        start = await it.call("RequestStartTransaction", remoteStartId=1, evseId=1, idToken=token)
        stop = await it.call("RequestStopTransaction", transactionId="tx-1")
        await it.advance(500)
        connected = it.station.connected

    assert written == "Accepted"
    assert report["status"] == "Accepted"
    assert it.sent("NotifyReport")
    assert (start["status"], stop["status"]) == ("Rejected", "Rejected")
    assert connected
    assert it.dials == 1


@pytest.mark.requirement("B02.FR.04", "B02.FR.08")
async def test_b02_pending_it_boots_at_the_interval_or_when_it_is_told(world: Any) -> None:
    it = world(V201)
    it.boot = {"status": "Pending", "interval": 100}
    async with it.running():
        await it.advance(99)
        early = reasons(it)
        answer = await it.call("TriggerMessage", requestedMessage="BootNotification")
        triggered = reasons(it)
        await it.advance(100)

    assert early == ["PowerUp"]
    assert answer == {"status": "Accepted"}
    assert triggered == ["PowerUp", "Triggered"]
    assert reasons(it) == ["PowerUp", "Triggered", "PowerUp"]


@pytest.mark.requirement("B02.FR.07", "B03.FR.05")
@pytest.mark.parametrize("status", ["Pending", "Rejected"])
async def test_b02_without_an_interval_it_takes_its_own(world: Any, status: str) -> None:
    it = world(V201, boot_interval=45)
    it.boot = {"status": status, "interval": 0}
    async with it.running():
        await it.advance(44)
        early = len(reasons(it))
        await it.advance(1)

    assert early == 1
    assert len(reasons(it)) == 2


@pytest.mark.requirement("B03.FR.02", "B03.FR.06")
async def test_b03_rejected_it_says_nothing_until_the_interval_is_over(world: Any) -> None:
    it = world(V201)
    it.boot = {"status": "Rejected", "interval": 100}
    async with it.running():
        await it.hardware.arrive(SimulatedEv())
        await it.station.evse(1).token_presented(IdToken("ABC"))
        await it.advance(99)
        silent = it.actions()
        it.boot = {"status": "Accepted", "interval": 300}
        await it.advance(1)
        online = it.station.online

    assert silent == ["BootNotification"]
    assert online


@pytest.mark.requirement("B03.FR.08")
async def test_b03_rejected_it_answers_with_an_error_of_the_right_name(world: Any) -> None:
    it = world(V201)
    it.boot = {"status": "Rejected", "interval": 100}
    async with it.running():
        answer = await it.call("Reset", type="Immediate")
        await it.advance(1)

    assert answer == "SecurityError"
    assert it.hardware.reboots == []


@pytest.mark.requirement("B04.FR.01", "B04.FR.02")
@pytest.mark.parametrize(
    ("away", "told"), [(61, [(1, "Occupied"), (2, "Available")]), (30, [(1, "Occupied")])]
)
async def test_b04_after_an_absence_it_tells_of_all_or_of_what_changed(
    world: Any, away: int, told: list[tuple[int, str]]
) -> None:
    it = world(V201, description=TWO)
    async with it.running():
        await it.set_variable("OCPPCommCtrlr", "OfflineThreshold", "60")
        before = len(it.sent("StatusNotification"))
        it.station.go_offline()
        await it.settle()
        await it.hardware.arrive(SimulatedEv())
        await it.advance(away)
        it.station.go_online()
        await it.settle()

    news = it.sent("StatusNotification")[before:]
    assert [(each["evseId"], each["connectorStatus"]) for each in news] == told


@pytest.mark.requirement("B04.FR.02")
async def test_b04_where_nothing_changed_nothing_is_told(world: Any) -> None:
    it = world(V201)
    async with it.running():
        before = len(it.sent("StatusNotification"))
        it.station.go_offline()
        await it.settle()
        it.station.go_online()
        await it.settle()

    assert it.sent("StatusNotification")[before:] == []
    assert len(reasons(it)) == 1


@pytest.mark.requirement("B02.FR.03", "B03.FR.01")
@pytest.mark.parametrize("status", ["Pending", "Rejected"])
async def test_b02_a_charge_before_it_is_accepted_is_told_once_it_is(
    world: Any, status: str
) -> None:
    it = world(V201)
    async with it.running():
        for name in ("OfflineTxForUnknownIdEnabled", "LocalAuthorizeOffline"):
            await it.set_variable("AuthCtrlr", name, "true")
        it.boot = {"status": status, "interval": 60}
        it.station.core.link.boot.start(BootReason.WATCHDOG, it.clock.monotonic())
        it.station.core.link.update()
        it.station.core.hurry.set()
        await it.settle()
        await it.charge()
        charging = it.station.evse(1).transaction is not None
        before = it.events()
        it.boot = {"status": "Accepted", "interval": 300}
        await it.advance(60)

    assert charging
    assert before == []
    assert it.events()[0][0] == "Started"
    assert it.sent("TransactionEvent")[0]["offline"]
