"""Cases that our own station cannot play yet, against stations by script: right and wrong ones."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ocppkit.conformance import Outcome, Verdict, all_facts
from ocppkit.conformance.file_server import serve_files

from .scripted import Payload, ScriptedStation, http, playing, variable

LOG = b"something happened"


class Filing(ScriptedStation):
    """Sends logs, downloads firmware, and says how far that is."""

    def __init__(self) -> None:
        super().__init__()
        self.log_status: Payload = {"status": "Idle"}
        self.firmware_status: Payload = {"status": "Idle"}
        self.downloaded = b""

    def get_log(self, asked: Payload, /) -> Payload:
        url, number = asked["log"]["remoteLocation"], asked["requestId"]
        self.later(self.send_log(url, number))
        return {"status": "Accepted", "filename": "log.txt"}

    def update_firmware(self, asked: Payload, /) -> Payload:
        self.later(self.download(asked["firmware"]["location"], asked["requestId"]))
        return {"status": "Accepted"}

    def trigger_message(self, asked: Payload, /) -> Payload:
        message = asked["requestedMessage"]
        status = self.log_status if message.startswith("Log") else self.firmware_status
        self.later(self._tell(message, status))
        return {"status": "Accepted"}

    async def send_log(self, url: str, number: int, /) -> None:
        await self.log_is("Uploading", number)
        await http("PUT", url, LOG)
        await self.log_is("Uploaded", number)

    async def download(self, url: str, number: int, /) -> None:
        await self.firmware_is("Downloading", number)
        self.downloaded = (await http("GET", url)).partition(b"\r\n\r\n")[2]
        await self.firmware_is("Downloaded", number)
        await self.firmware_is("InvalidSignature", number)
        event = {"type": "InvalidFirmwareSignature", "timestamp": "2026-01-01T00:00:00Z"}
        await self.call("SecurityEventNotification", event)

    async def log_is(self, status: str, number: int) -> None:
        self.log_status = {"status": status, "requestId": number}
        await self.call("LogStatusNotification", self.log_status)

    async def firmware_is(self, status: str, number: int) -> None:
        self.firmware_status = {"status": status, "requestId": number}
        await self.call("FirmwareStatusNotification", self.firmware_status)


class Forgetful(Filing):
    """Says that nothing is under way whenever it is triggered."""

    def trigger_message(self, asked: Payload, /) -> Payload:
        self.later(self._tell(asked["requestedMessage"], {"status": "Idle"}))
        return {"status": "Accepted"}


class Silent(Filing):
    """Does what it is triggered to do only in its answer."""

    def trigger_message(self, _: Payload, /) -> Payload:
        return {"status": "Accepted"}


class Hasty(Filing):
    """Says that a file is through before it is."""

    async def send_log(self, _: str, number: int, /) -> None:
        await self.log_is("Uploaded", number)

    async def download(self, _: str, number: int, /) -> None:
        await self.firmware_is("Downloaded", number)


class Reserving(ScriptedStation):
    """Is reserved, and stays so over a restart."""

    def __init__(self) -> None:
        super().__init__(variable("ReservationCtrlr", "Enabled", "true"))

    def reserve_now(self, _: Payload, /) -> Payload:
        self.state = "Reserved"
        self.later(self.tell_state())
        return {"status": "Accepted"}

    def cancel_reservation(self, _: Payload, /) -> Payload:
        self.state = "Available"
        self.later(self.tell_state())
        return {"status": "Accepted"}


class Unreserving(Reserving):
    """Forgets by a restart that it is reserved."""

    def reset(self, asked: Payload, /) -> Payload:
        self.state = "Available"
        return super().reset(asked)


class Scheduling(ScriptedStation):
    """Takes charging profiles, and what vendors add to them."""

    def __init__(self) -> None:
        super().__init__(
            variable("SmartChargingCtrlr", "Enabled", "true"),
            variable("EVSE", "SupplyPhases", "1", evse={"id": 1}),
        )
        self.profile: Payload = {}
        self.cleared: list[int] = []

    def set_charging_profile(self, asked: Payload, /) -> Payload:
        self.profile = asked["chargingProfile"]
        return {"status": "Accepted"}

    def clear_charging_profile(self, asked: Payload, /) -> Payload:
        self.cleared.append(asked["chargingProfileId"])
        return {"status": "Accepted"}


class Narrow(Scheduling):
    """Refuses what vendors add."""

    def set_charging_profile(self, asked: Payload, /) -> Payload:
        custom = "customData" in asked["chargingProfile"]
        return {"status": "Rejected" if custom else "Accepted"}


async def play(station: ScriptedStation, case: str, **settings: Any) -> Verdict:
    async with asyncio.timeout(20), playing(station, **settings) as runner:
        return await runner.run_case(all_facts()[case])


def told(verdict: Verdict) -> str:
    lines = (*verdict.deviations, *verdict.warnings, *verdict.trace)
    return "\n".join([verdict.reason, *map(str, lines)])


async def test_a_log_that_is_being_sent_is_told_of() -> None:
    station = Filing()
    verdict = await play(station, "TC_F_16_CS")

    assert verdict.outcome is Outcome.PASSED, told(verdict)
    assert not verdict.warnings
    assert station.log_status["status"] == "Uploaded"


async def test_a_firmware_that_is_being_downloaded_is_told_of() -> None:
    station = Filing()
    verdict = await play(station, "TC_F_19_CS")

    assert verdict.outcome is Outcome.PASSED, told(verdict)
    assert not verdict.warnings
    assert station.downloaded == bytes(100_000)
    assert station.firmware_status["status"] == "InvalidSignature"


async def test_logs_go_where_the_settings_say() -> None:
    async with serve_files("127.0.0.1") as files:
        files.release()
        location = f"{files.url}/elsewhere"
        verdict = await play(Filing(), "TC_F_16_CS", log_location=location)

    assert files.received == [LOG]
    assert verdict.outcome is not Outcome.ERROR, told(verdict)


@pytest.mark.parametrize(
    ("station", "expected"),
    [
        (Forgetful, "step 7: {}Request.status: expected {}, came Idle"),
        (Silent, "step 7: {}: expected such a message, came none within 1 s"),
        (Hasty, "step 3: {}Request.status: expected {}, came {}ed"),
    ],
)
@pytest.mark.parametrize(
    ("case", "message", "status"),
    [
        ("TC_F_16_CS", "LogStatusNotification", "Uploading"),
        ("TC_F_19_CS", "FirmwareStatusNotification", "Downloading"),
    ],
)
async def test_a_wrong_status_of_a_file_is_caught(
    station: type[Filing], expected: str, case: str, message: str, status: str
) -> None:
    verdict = await play(station(), case)

    assert verdict.outcome is Outcome.FAILED, told(verdict)
    wanted = expected.format(message, status, status.removesuffix("ing"))
    assert any(wanted in str(each) for each in verdict.deviations), told(verdict)


@pytest.mark.parametrize("case", ["TC_F_16_CS", "TC_F_19_CS"])
async def test_a_station_that_has_nothing_to_do_with_files_fails(case: str) -> None:
    verdict = await play(ScriptedStation(), case)

    assert verdict.outcome is Outcome.FAILED
    assert "expected a response, came CALLERROR NotSupported" in str(verdict.deviations[0])


@pytest.mark.parametrize(("case", "lacking"), [("TC_F_16_CS", "log"), ("TC_F_19_CS", "firmware")])
async def test_a_station_may_say_that_it_has_nothing_to_do_with_files(
    case: str, lacking: str
) -> None:
    verdict = await play(ScriptedStation(), case, lacks=[lacking])

    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert f"the station lacks {lacking} (" in verdict.reason


async def test_a_reservation_lasts_over_a_restart() -> None:
    verdict = await play(Reserving(), "TC_B_24_CS")

    assert verdict.outcome is Outcome.PASSED, told(verdict)
    assert not verdict.warnings


async def test_a_reservation_that_is_forgotten_is_caught() -> None:
    verdict = await play(Unreserving(), "TC_B_24_CS")

    assert verdict.outcome is Outcome.FAILED, told(verdict)
    assert "expected Reserved, came last Available" in str(verdict.deviations[0])


async def test_a_charging_profile_with_a_vendors_data_is_taken_and_taken_back() -> None:
    station = Scheduling()
    verdict = await play(station, "TC_P_04_CS")

    schedule = station.profile["chargingSchedule"][0]
    period = schedule["chargingSchedulePeriod"][0]
    assert verdict.outcome is Outcome.PASSED, told(verdict)
    assert not verdict.warnings
    assert station.profile["customData"]["vendorId"] == period["customData"]["vendorId"]
    assert (period["limit"], period["numberPhases"]) == (6.0, 1)
    assert station.cleared == [station.profile["id"]]


async def test_a_charging_profile_that_is_rejected_for_a_vendors_data_is_caught() -> None:
    verdict = await play(Narrow(), "TC_P_04_CS", charging_rate_unit="W")

    assert verdict.outcome is Outcome.FAILED, told(verdict)
    assert "status: expected Accepted, came Rejected" in str(verdict.deviations[0])


class Choosy(ScriptedStation):
    """Reports by no criterion, and says so."""

    def get_report(self, _: Payload, /) -> Payload:
        return {"status": "NotSupported", "statusInfo": {"reasonCode": "UnsupportedParam"}}


class Careless(ScriptedStation):
    """Reports by criteria that there are not."""

    def get_report(self, asked: Payload, /) -> Payload:
        return self.get_base_report(asked)


class Wordy(Choosy):
    """Gives another reason."""

    def get_report(self, _: Payload, /) -> Payload:
        return {"status": "NotSupported", "statusInfo": {"reasonCode": "OutOfMemory"}}


async def test_a_criterion_that_there_is_not_may_be_not_supported() -> None:
    verdict = await play(Choosy(), "TC_B_19_CS")

    assert verdict.outcome is Outcome.PASSED, told(verdict)


@pytest.mark.parametrize(
    ("station", "expected"),
    [
        (Careless, ["status: expected NotSupported", "NotifyReport: expected none"]),
        (Wordy, ["came 'OutOfMemory'"]),
    ],
)
async def test_a_report_by_a_criterion_that_there_is_not_is_caught(
    station: type[ScriptedStation], expected: list[str]
) -> None:
    verdict = await play(station(), "TC_B_19_CS")

    assert verdict.outcome is Outcome.FAILED, told(verdict)
    assert [part in str(each) for part, each in zip(expected, verdict.deviations, strict=True)]
