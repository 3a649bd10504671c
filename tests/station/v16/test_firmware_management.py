"""Firmware and diagnostics as a 1.6 CSMS sees them, message by message."""

from __future__ import annotations

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve, field

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import IdToken, RebootReason
from ocppkit.station.capabilities import Capability, InstallOutcome
from ocppkit.station.file_jobs import transfer_settings
from ocppkit.station.settings.behaviour import Protocol, Storage, Transfer, UploadMethod
from ocppkit.transfer import AccessRefused, TransferFailed, TransferSettings, UnfitLocation

URL = "ftp://me:secret@files.example/new.bin"
PLACE = "https://me:secret@files.example/logs"


@define
class FakeTransfers:
    """Transfers that take their time and do what the test says.

    Attributes:
        seconds: how long each takes.
        failure: what it ends with.
        downloads: the arguments of each, but for the target.
        uploads: those of each upload, with the content.
    """

    sleep: Any
    seconds: float = 10.0
    failure: Exception | None = None
    downloads: list[dict[str, Any]] = field(factory=list)
    uploads: list[dict[str, Any]] = field(factory=list)
    files: list[Path] = field(factory=list)

    async def download(self, url: str, target: Path, **more: Any) -> None:
        self.downloads.append({"url": url, **more})
        await self._pass()
        await asyncio.to_thread(target.write_bytes, b"firmware")

    async def upload(self, source: Path, url: str, **more: Any) -> None:
        self.files.append(source)
        content = await asyncio.to_thread(source.read_bytes)
        self.uploads.append({"url": url, "content": content, **more})
        await self._pass()

    async def _pass(self) -> None:
        await self.sleep(self.seconds)
        if self.failure is not None:
            raise self.failure


@asynccontextmanager
async def started(world: Any) -> AsyncIterator[Any]:
    async with world.running() as running:
        running.files = FakeTransfers(running.environment.sleep)
        running.station.core.files.use(running.files)
        yield running


@pytest.fixture
async def station(world: Any) -> AsyncIterator[Any]:
    async with started(world(Version.V16)) as running:
        yield running


def told(world: Any) -> list[str]:
    return [each["status"] for each in world.sent("FirmwareStatusNotification")]


def uploads(world: Any) -> list[str]:
    return [each["status"] for each in world.sent("DiagnosticsStatusNotification")]


async def update(world: Any, *, after: float = 0.0, **more: Any) -> Any:
    date = world.clock.utc_now() + timedelta(seconds=after)
    payload = {"location": URL, "retrieveDate": date.isoformat(), **more}
    return await world.call("UpdateFirmware", **payload)


async def trigger(world: Any, message: str, **more: Any) -> str:
    answer = await world.call("TriggerMessage", requestedMessage=message, **more)
    status: str = answer["status"]
    return status


@pytest.mark.requirement("1.6 §5.19")
@pytest.mark.requirement(
    "1.6 §3.4",
    "1.6 §4.5",
    "1.6 errata 3.48",
    "1.6 UpdateFirmware",
    "1.6 FirmwareStatusNotification",
)
async def test_5_19_a_firmware_is_fetched_and_installed_and_each_step_is_told(
    station: Any,
) -> None:
    assert await update(station, retries=2, retryInterval=7) == {}
    assert told(station) == ["Downloading"]
    await station.advance(9)
    assert told(station) == ["Downloading"]
    await station.advance(1)
    assert told(station) == ["Downloading", "Downloaded", "Installing"]
    await station.advance(3)

    assert told(station) == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert station.hardware.system.installed == ["firmware.bin"]
    [asked] = station.files.downloads
    assert (asked["url"], asked["retries"], asked["retry_interval"]) == (URL, 2, 7)
    assert asked["limit"] > 0
    assert station.statuses() == ["Available", "Unavailable", "Available"]


@pytest.mark.requirement("1.6 §5.19")
async def test_5_19_nothing_is_fetched_before_the_retrieve_date(station: Any) -> None:
    await update(station, after=3600)
    await station.advance(3590)
    before = told(station)
    assert await trigger(station, "FirmwareStatusNotification") == "Accepted"
    await station.advance(10)

    assert before == []
    assert told(station) == ["Idle", "Downloading"]


@pytest.mark.requirement("1.6 §5.19")
async def test_5_19_a_clock_that_the_csms_sets_brings_the_retrieve_date(station: Any) -> None:
    await update(station, after=3600)
    later = (station.clock.utc_now() + timedelta(hours=2)).isoformat()
    station.script["Heartbeat"] = lambda _: {"currentTime": later}
    await trigger(station, "Heartbeat")

    assert told(station) == ["Downloading"]


@pytest.mark.requirement("1.6 §4.5")
async def test_4_5_a_download_that_fails_is_told_and_changes_nothing(
    station: Any, caplog: pytest.LogCaptureFixture
) -> None:
    station.files.failure = TransferFailed("gone")
    await update(station)
    await station.advance(10)

    assert told(station) == ["Downloading", "DownloadFailed"]
    assert station.hardware.system.installed == []
    assert station.statuses() == ["Available"]
    assert "gone" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.requirement("1.6 §4.5")
@pytest.mark.parametrize(
    "outcome", [InstallOutcome.FAILED, InstallOutcome.VERIFICATION_FAILED], ids=str
)
async def test_4_5_an_installation_that_fails_is_told_and_charging_goes_on(
    station: Any, outcome: InstallOutcome
) -> None:
    station.hardware.system.firmware_outcome = outcome
    await update(station)
    await station.advance(20)

    assert told(station)[-1] == "InstallationFailed"
    assert station.statuses()[-1] == "Available"


@pytest.mark.requirement("1.6 §5.19", "1.6 errata 3.49")
async def test_5_19_the_installation_waits_for_transactions_and_lets_none_begin(
    station: Any,
) -> None:
    await station.charge()
    await update(station)
    await station.advance(100)
    waiting = told(station)
    assert await trigger(station, "FirmwareStatusNotification") == "Accepted"
    refused = await station.call("RemoteStartTransaction", idTag="XYZ")
    during = station.statuses()[-1], station.statuses(0)[-1]
    await station.station.evse(1).token_presented(IdToken("ABC"))
    await station.advance(1)
    installing = station.statuses()[-1]
    await station.advance(10)

    assert waiting == ["Downloading", "Downloaded"]
    assert refused == {"status": "Rejected"}
    assert during == ("Charging", "Unavailable")
    assert told(station) == [*waiting, "Downloaded", "Installing", "Installed"]
    assert installing == "Finishing"
    assert station.statuses(0)[-1] == "Available"
    assert len(station.sent("StopTransaction")) == 1


@pytest.mark.requirement("1.6 §5.19")
async def test_5_19_installed_is_told_after_the_reboot_and_the_boot(station: Any) -> None:
    station.hardware.system.firmware_outcome = InstallOutcome.REBOOT_NEEDED
    await update(station)
    await station.advance(60)

    assert station.hardware.reboots == [RebootReason.FIRMWARE_UPDATE]
    actions = station.actions()
    assert told(station) == ["Downloading", "Downloaded", "Installing", "Installed"]
    last_boot = len(actions) - 1 - actions[::-1].index("BootNotification")
    last_status = len(actions) - 1 - actions[::-1].index("FirmwareStatusNotification")
    assert actions.count("BootNotification") == 2
    assert last_boot < last_status
    assert station.statuses()[-1] == "Available"


async def test_a_second_firmware_takes_the_place_of_one_that_is_fetched(station: Any) -> None:
    await update(station)
    await station.advance(5)
    assert await update(station, location="ftp://files.example/other.bin") == {}
    await station.advance(20)

    assert told(station) == [
        "Downloading",
        "Downloading",
        "Downloaded",
        "Installing",
        "Installed",
    ]
    assert len(station.hardware.system.installed) == 1
    assert station.files.downloads[-1]["url"] == "ftp://files.example/other.bin"


async def test_a_second_firmware_is_refused_while_one_is_installed(station: Any) -> None:
    await update(station)
    await station.advance(11)

    assert await update(station) == "GenericError"
    await station.advance(10)
    assert told(station)[-2:] == ["Installing", "Installed"]


@pytest.mark.requirement("1.6 §5.17")
async def test_equipment_that_takes_no_firmware_says_so(world: Any) -> None:
    plain = world(Version.V16)
    plain.equipment = plain.hardware = SimulatedHardware(
        environment=plain.environment, without=frozenset({Capability.FIRMWARE})
    )
    async with started(plain) as station:
        answer = await update(station)
        keys = await station.call("GetConfiguration", key=["SupportedFeatureProfiles"])
        of_update = {"requestedMessage": "FirmwareStatusNotification"}
        triggered = [
            await station.call(action, **of_update)
            for action in ("TriggerMessage", "ExtendedTriggerMessage")
        ]

    assert answer == "NotSupported"
    assert triggered == [{"status": "NotImplemented"}] * 2
    assert "FirmwareManagement" not in keys["configurationKey"][0]["value"]


@pytest.mark.requirement(
    "1.6 key SupportedFileTransferProtocols", "1.6 §3.3", "1.6 key SupportedFeatureProfiles"
)
@pytest.mark.requirement("1.6 errata 3.90")
async def test_the_profile_and_the_protocols_are_told(station: Any) -> None:
    names = ["SupportedFeatureProfiles", "SupportedFileTransferProtocols"]
    answer = await station.call("GetConfiguration", key=names)

    profiles, protocols = answer["configurationKey"]
    assert "FirmwareManagement" in profiles["value"].split(",")
    assert protocols == {
        "key": "SupportedFileTransferProtocols",
        "readonly": True,
        "value": "HTTPS,HTTP,FTPS,FTP",
    }


@pytest.mark.requirement("1.6 §4.5")
async def test_4_5_what_happens_while_the_csms_is_away_is_told_later_in_order(
    station: Any,
) -> None:
    await update(station)
    station.down = True
    await station.drop()
    await station.advance(30)
    before = told(station)
    station.down = False
    await station.advance(120)

    assert before == ["Downloading"]
    assert told(station) == ["Downloading", "Downloaded", "Installing", "Installed"]


async def test_a_status_that_the_csms_refuses_does_not_stop_the_update(station: Any) -> None:
    station.script["FirmwareStatusNotification"] = lambda _: "InternalError"
    await update(station)
    await station.advance(20)

    assert told(station) == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert station.hardware.system.installed == ["firmware.bin"]


@pytest.mark.requirement("1.6 §5.19")
async def test_5_19_a_firmware_that_is_to_come_outlasts_a_restart(
    world: Any, tmp_path: Path
) -> None:
    storage = Storage(state_dir=tmp_path)
    async with started(world(Version.V16, storage=storage)) as station:
        await update(station, after=3600)
        before = told(station)
    async with started(world(Version.V16, storage=storage)) as station:
        await station.advance(3700)

        assert before == []
        assert told(station) == ["Downloading", "Downloaded", "Installing", "Installed"]
        assert station.files.downloads[0]["url"] == URL


@pytest.mark.parametrize(
    ("outcome", "version", "status"),
    [
        (InstallOutcome.REBOOT_NEEDED, "2.0", "Installed"),
        (InstallOutcome.INSTALLED, "2.0", "Installed"),
        (InstallOutcome.INSTALLED, None, "InstallationFailed"),
    ],
)
@pytest.mark.requirement("1.6 §5.19")
async def test_5_19_what_became_of_it_is_told_after_the_process_has_ended(
    world: Any, tmp_path: Path, outcome: InstallOutcome, version: str | None, status: str
) -> None:
    storage = Storage(state_dir=tmp_path)
    first = world(Version.V16, storage=storage)
    async with started(first) as station:
        station.hardware.system.firmware_outcome = outcome
        await update(station)
        await station.advance(11)
        if outcome is InstallOutcome.REBOOT_NEEDED:
            station.down = True
            await station.advance(3)
        before = told(station)
    description = first.hardware.description
    if version is not None:
        description = evolve(description, firmware_version=version)
    async with started(world(Version.V16, description, storage=storage)) as station:
        await station.advance(10)

        assert before == ["Downloading", "Downloaded", "Installing"]
        assert told(station) == [status]
        assert station.statuses()[-1] == "Available"


@pytest.mark.requirement("1.6 §5.17")
@pytest.mark.parametrize("message", ["FirmwareStatusNotification", "DiagnosticsStatusNotification"])
@pytest.mark.requirement("1.6 §7.24", "1.6 §7.25")
async def test_5_17_without_anything_to_do_the_status_is_idle(station: Any, message: str) -> None:
    assert await trigger(station, message, connectorId=99) == "Accepted"
    assert station.sent(message) == [{"status": "Idle"}]


@pytest.mark.requirement("1.6 §5.17")
async def test_5_17_the_status_is_the_present_one(station: Any) -> None:
    await update(station)
    await station.call("GetDiagnostics", location=PLACE)
    await trigger(station, "FirmwareStatusNotification")
    await trigger(station, "DiagnosticsStatusNotification")

    assert told(station) == ["Downloading", "Downloading"]
    assert uploads(station) == ["Uploading", "Uploading"]


@pytest.mark.requirement("1.6 §5.9")
@pytest.mark.requirement("1.6 §4.4", "1.6 GetDiagnostics", "1.6 DiagnosticsStatusNotification")
async def test_5_9_diagnostics_are_sent_under_the_name_that_was_told(
    station: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await station.call("GetDiagnostics", location=PLACE, retries=4, retryInterval=5)
    begun = uploads(station)
    await station.advance(10)

    [sent] = station.files.uploads
    assert begun == ["Uploading"]
    assert uploads(station) == ["Uploading", "Uploaded"]
    assert answer == {"fileName": sent["name"]}
    assert (sent["url"], sent["retries"], sent["retry_interval"]) == (PLACE, 4, 5)
    with zipfile.ZipFile(BytesIO(sent["content"])) as archive:
        state = json.loads(archive.read("state.json"))
        assert b"DiagnosticsLog of a simulated station" in archive.read("equipment.log")
    assert state["identity"] == "CS001"
    assert state["evses"][0]["connectors"] == [
        {"connector": 1, "plugged": False, "operative": True, "fault": None}
    ]
    assert not any(each.exists() for each in station.files.files)
    assert "secret" not in caplog.text


@pytest.mark.requirement("1.6 §5.9")
async def test_5_9_each_file_has_a_name_of_its_own(station: Any) -> None:
    first = await station.call("GetDiagnostics", location=PLACE)
    await station.advance(20)
    second = await station.call("GetDiagnostics", location=PLACE)

    assert first["fileName"] != second["fileName"]


@pytest.mark.requirement("1.6 §4.4")
async def test_4_4_an_upload_that_fails_is_told(station: Any) -> None:
    station.files.failure = TransferFailed("refused")
    await station.call("GetDiagnostics", location=PLACE)
    await station.advance(10)
    await trigger(station, "DiagnosticsStatusNotification")

    assert uploads(station) == ["Uploading", "UploadFailed", "Idle"]


@pytest.mark.requirement("1.6 §5.9")
async def test_5_9_a_second_request_ends_the_upload_of_the_first(station: Any) -> None:
    await station.call("GetDiagnostics", location=PLACE)
    await station.advance(5)
    second = await station.call("GetDiagnostics", location=f"{PLACE}/2")
    await station.advance(30)

    assert uploads(station) == ["Uploading", "UploadFailed", "Uploading", "Uploaded"]
    assert station.files.uploads[-1]["url"] == f"{PLACE}/2"
    assert station.files.uploads[-1]["name"] == second["fileName"]


@pytest.mark.requirement("1.6 §5.9")
@pytest.mark.parametrize(
    ("start", "stop"), [(60, None), (-10, -20)], ids=["yet to come", "ends before it begins"]
)
async def test_5_9_without_anything_of_that_time_there_is_no_name(
    station: Any, start: float, stop: float | None
) -> None:
    now: datetime = station.clock.utc_now()
    more = {"startTime": (now + timedelta(seconds=start)).isoformat()}
    if stop is not None:
        more["stopTime"] = (now + timedelta(seconds=stop)).isoformat()
    answer = await station.call("GetDiagnostics", location=PLACE, **more)
    await station.advance(20)

    assert answer == {}
    assert uploads(station) == []


@pytest.mark.requirement("1.6 §5.9")
async def test_5_9_without_any_log_there_is_no_name(world: Any) -> None:
    plain = world(Version.V16)
    plain.equipment = plain.hardware = SimulatedHardware(
        environment=plain.environment, without=frozenset({Capability.LOGS})
    )
    async with started(plain) as station:
        assert await station.call("GetDiagnostics", location=PLACE) == {}


@pytest.mark.requirement("1.6 §5.9")
async def test_5_9_the_messages_of_the_wanted_time_are_in_it(world: Any, tmp_path: Path) -> None:
    async with started(world(Version.V16, storage=Storage(state_dir=tmp_path))) as station:
        await station.advance(5)
        await station.hardware.arrive(SimulatedEv())
        await station.settle()
        folder = tmp_path / "log"
        folder.mkdir(exist_ok=True)
        lines = [
            json.dumps(
                {
                    "time": f"2024-01-01T00:00:{second:02}.000Z",
                    "identity": "CS001",
                    "side": "station",
                    "kind": "disconnected",
                    "description": f"at {second}",
                }
            )
            for second in (10, 20, 30)
        ]
        file = folder / "messages.jsonl"
        await asyncio.to_thread(file.write_text, "\n".join([*lines, ""]))
        await station.call(
            "GetDiagnostics",
            location=PLACE,
            startTime="2024-01-01T00:00:15Z",
            stopTime="2024-01-01T00:00:25Z",
        )
        await station.advance(10)

    with zipfile.ZipFile(BytesIO(station.files.uploads[0]["content"])) as archive:
        messages = archive.read("messages.jsonl").decode()
    assert "at 20" in messages
    assert "at 10" not in messages
    assert "at 30" not in messages


async def test_hardware_that_cannot_write_its_log_leaves_the_rest(world: Any) -> None:
    class Broken(SimulatedHardware):
        async def collect_log(self, *_: Any, **__: Any) -> None:
            raise OSError("no disk")

    plain = world(Version.V16)
    plain.equipment = plain.hardware = Broken(environment=plain.environment)
    async with started(plain) as station:
        await station.call("GetDiagnostics", location=PLACE)
        await station.advance(10)

        assert uploads(station) == ["Uploading", "Uploaded"]
    with zipfile.ZipFile(BytesIO(station.files.uploads[0]["content"])) as archive:
        assert archive.namelist() == ["state.json"]


def test_the_settings_of_the_file_are_obeyed() -> None:
    told = Transfer(
        protocols=(Protocol.FTP, Protocol.SFTP),
        connect_timeout=1.0,
        idle_timeout=2.0,
        retries=4,
        retry_interval=5,
        ftp_passive=False,
        upload_method=UploadMethod.POST,
        max_redirects=6,
    )

    assert transfer_settings(told) == TransferSettings(
        schemes=frozenset({"ftp", "sftp"}),
        connect_timeout=1.0,
        idle_timeout=2.0,
        retries=4,
        retry_interval=5,
        ftp_passive=False,
        post=True,
        max_redirects=6,
    )


async def get_log(
    world: Any, kind: str = "SecurityLog", *, id: int = 1, location: str = PLACE
) -> Any:
    return await world.call("GetLog", log={"remoteLocation": location}, logType=kind, requestId=id)


def log_statuses(world: Any) -> list[tuple[str, int | None]]:
    sent = world.sent("LogStatusNotification")
    return [(each["status"], each.get("requestId")) for each in sent]


@pytest.mark.requirement("1.6-SEC N01.FR.01", "1.6-SEC N01.FR.03")
@pytest.mark.requirement(
    "1.6-SEC N01.FR.02",
    "1.6-SEC N01.FR.08",
    "1.6-SEC N01.FR.09",
    "1.6 GetLog",
    "1.6 LogStatusNotification",
)
async def test_n01_the_security_log_is_sent_with_its_number(station: Any) -> None:
    await station.station.core.security.events.add_once("TamperDetectionActivated", "door")
    await station.settle()
    answer = await get_log(station, id=42)
    await station.advance(10)

    [sent] = station.files.uploads
    assert answer == {"status": "Accepted", "filename": sent["name"]}
    assert log_statuses(station) == [("Uploading", 42), ("Uploaded", 42)]
    assert b"TamperDetectionActivated door" in sent["content"]
    assert b"SecurityLog of a simulated station" in sent["content"]
    assert uploads(station) == []


@pytest.mark.requirement("1.6-SEC N01.FR.04")
async def test_n01_diagnostics_are_what_get_diagnostics_sends(station: Any) -> None:
    await get_log(station, "DiagnosticsLog")
    await station.advance(10)

    with zipfile.ZipFile(BytesIO(station.files.uploads[0]["content"])) as archive:
        assert set(archive.namelist()) == {"state.json", "equipment.log"}


@pytest.mark.requirement("1.6-SEC N01.FR.10")
@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (TransferFailed("gone"), "UploadFailure"),
        (AccessRefused("530"), "PermissionDenied"),
        (UnfitLocation("gopher"), "NotSupportedOperation"),
    ],
)
async def test_n01_why_an_upload_failed_is_told(
    station: Any, failure: TransferFailed, status: str
) -> None:
    station.files.failure = failure
    await get_log(station)
    await station.advance(10)

    assert log_statuses(station) == [("Uploading", 1), (status, 1)]


@pytest.mark.requirement("1.6-SEC N01.FR.07", "1.6-SEC N01.FR.11")
async def test_n01_another_request_cancels_the_upload_under_way(station: Any) -> None:
    await get_log(station, id=1)
    await station.advance(5)
    answer = await get_log(station, id=2)
    await station.advance(10)

    assert answer["status"] == "AcceptedCanceled"
    assert log_statuses(station) == [
        ("Uploading", 1),
        ("UploadFailure", 1),
        ("Uploading", 2),
        ("Uploaded", 2),
    ]


@pytest.mark.requirement("1.6-SEC N01.FR.01")
async def test_n01_a_log_that_is_not_there_is_rejected(station: Any) -> None:
    later = (station.clock.utc_now() + timedelta(hours=1)).isoformat()
    answer = await station.call(
        "GetLog",
        log={"remoteLocation": PLACE, "oldestTimestamp": later},
        logType="SecurityLog",
        requestId=1,
    )
    await station.advance(10)

    assert answer == {"status": "Rejected"}
    assert log_statuses(station) == []


@pytest.mark.requirement("1.6-SEC N01.FR.12")
async def test_n01_a_triggered_status_has_the_number_of_the_upload_if_there_is_one(
    station: Any,
) -> None:
    wanted = {"requestedMessage": "LogStatusNotification"}
    idle = await station.call("ExtendedTriggerMessage", **wanted)
    await get_log(station, id=7)
    await station.call("ExtendedTriggerMessage", **wanted)
    await trigger(station, "DiagnosticsStatusNotification")

    assert idle == {"status": "Accepted"}
    assert log_statuses(station) == [("Idle", None), ("Uploading", 7), ("Uploading", 7)]
    assert uploads(station) == ["Idle"]


async def test_a_disk_that_takes_no_firmware_is_a_failed_download(station: Any) -> None:
    station.files.failure = OSError("no space left")
    await update(station)
    await station.advance(10)

    assert told(station) == ["Downloading", "DownloadFailed"]
    assert await update(station) == {}


async def test_what_was_fetched_before_a_restart_is_not_fetched_again(
    world: Any, tmp_path: Path
) -> None:
    storage = Storage(state_dir=tmp_path)
    async with started(world(Version.V16, storage=storage)) as station:
        await station.charge()
        await update(station)
        await station.advance(20)
        before = told(station)
    async with started(world(Version.V16, storage=storage)) as station:
        await station.advance(20)

        assert before == ["Downloading", "Downloaded"]
        assert told(station) == ["Installing", "Installed"]
        assert station.files.downloads == []
        assert station.hardware.system.installed == ["firmware.bin"]


async def test_a_firmware_that_is_given_up_takes_no_room_from_the_next(station: Any) -> None:
    there: list[bool] = []

    @define
    class Looking(FakeTransfers):
        async def download(self, url: str, target: Path, **more: Any) -> None:
            there.append(await asyncio.to_thread(target.exists))
            await super().download(url, target, **more)

    station.station.core.files.use(Looking(station.environment.sleep))
    await station.charge()
    await update(station)
    await station.advance(20)
    await update(station)
    await station.advance(20)

    assert told(station) == ["Downloading", "Downloaded"] * 2
    assert there == [False, False]


async def test_a_power_cut_during_the_installation_leaves_no_file(
    world: Any, tmp_path: Path
) -> None:
    storage = Storage(state_dir=tmp_path)
    file = tmp_path / "transfer" / "firmware.bin"
    async with started(world(Version.V16, storage=storage)) as station:
        await update(station)
        await station.advance(11)
        before = told(station)
    left = file.exists()
    async with started(world(Version.V16, storage=storage)) as station:
        await station.advance(10)

        assert before == ["Downloading", "Downloaded", "Installing"]
        assert left
        assert told(station) == ["InstallationFailed"]
        assert not file.exists()


async def test_a_transfer_that_breaks_down_is_a_failed_download_and_the_next_one_works(
    station: Any,
) -> None:
    station.files.failure = RuntimeError("not foreseen")
    await update(station)
    await station.advance(10)
    before = told(station)
    station.files.failure = None
    answer = await update(station)
    await station.advance(20)

    assert before == ["Downloading", "DownloadFailed"]
    assert answer == {}
    assert told(station) == [*before, "Downloading", "Downloaded", "Installing", "Installed"]


@pytest.mark.requirement("1.6 §4.4", "1.6-SEC N01.FR.07", "1.6-SEC N01.FR.10")
@pytest.mark.parametrize("of_get_log", [False, True], ids=["GetDiagnostics", "GetLog"])
async def test_4_4_an_upload_that_a_power_cut_ended_is_told_as_failed(
    world: Any, tmp_path: Path, *, of_get_log: bool
) -> None:
    storage = Storage(state_dir=tmp_path)
    async with started(world(Version.V16, storage=storage)) as station:
        if of_get_log:
            await get_log(station, id=7)
        else:
            await station.call("GetDiagnostics", location=PLACE)
        await station.advance(5)
        before = uploads(station), log_statuses(station)
    async with started(world(Version.V16, storage=storage)) as station:
        await station.advance(100)
        after = uploads(station), log_statuses(station)
    async with started(world(Version.V16, storage=storage)) as station:
        await station.advance(100)

        assert uploads(station) == []
        assert log_statuses(station) == []
    if of_get_log:
        assert before == ([], [("Uploading", 7)])
        assert after == ([], [("UploadFailure", 7)])
    else:
        assert before == (["Uploading"], [])
        assert after == (["UploadFailed"], [])


@pytest.mark.requirement("1.6 §4.4")
async def test_4_4_the_end_of_an_upload_that_the_csms_has_not_learned_outlasts_a_restart(
    world: Any, tmp_path: Path
) -> None:
    storage = Storage(state_dir=tmp_path)
    async with started(world(Version.V16, storage=storage)) as station:
        await station.call("GetDiagnostics", location=PLACE)
        station.down = True
        await station.drop()
        await station.advance(20)
        before = uploads(station)
    async with started(world(Version.V16, storage=storage)) as station:
        await station.advance(10)

        assert before == ["Uploading"]
        assert uploads(station) == ["Uploaded"]
