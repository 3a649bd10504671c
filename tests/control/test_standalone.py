"""A station in a process of its own, against a CSMS on this machine."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest

from ocppkit import v16, v201
from ocppkit.connection import Session
from ocppkit.csms import CsmsServer, Memory, Policy, accepting
from ocppkit.errors import CallError, ErrorCode
from ocppkit.message import Handler, Version

from .driver import connected, driven, running, write_file

VERSIONS = {"1.6": Version.V16, "2.0.1": Version.V201}
NOWHERE = "ws://127.0.0.1:9"  # the discard port: nobody listens there
HERE = {"evse": 1, "connector": 1}
TOKEN = {"token": "ABC"}


@pytest.fixture
async def csms() -> AsyncIterator[CsmsServer]:
    async with CsmsServer(port=0) as server:
        yield server


def nowhere(folder: Path) -> Path:
    return write_file(folder, url=NOWHERE, version="1.6")


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_whole_charge_is_driven_by_commands(
    version: str, csms: CsmsServer, tmp_path: Path
) -> None:
    file = write_file(tmp_path, url=csms.url, version=version)

    async with driven(file) as (station, driver):
        await driver.do("subscribe", events=["message", "status", "token", "registration"])
        await driver.event("registration", status="Accepted")
        await driver.do("plug_in", **HERE, ev={"start_delay_s": 0.5})
        await driver.do("present_token", **TOKEN)
        await driver.event("token", outcome="accepted")
        await driver.event("status", status="Charging")
        status = await driver.do("status")
        await driver.do("present_token", **TOKEN)
        if version == "1.6":  # its answer and the event come in any order
            await driver.message("StopTransaction")
        else:
            await driver.event("token", outcome="stopped")
        await driver.do("plug_out", **HERE)
        await driver.event("status", status="Available")
        await driver.message("StatusNotification")
        await driver.do("quit")
        code = await station.exit_code()

    (transaction,) = csms.record("CS001").transactions
    assert code == 0
    assert status["online"] is True
    assert status["evses"][0]["connectors"][0]["status"] == "Charging"
    assert [each["token"] for each in status["transactions"]] == ["ABC"]
    assert transaction.id_token == TOKEN["token"]
    assert transaction.is_complete


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_token_right_after_the_cable_and_once_more_at_once(
    version: str, csms: CsmsServer, tmp_path: Path
) -> None:
    file = write_file(tmp_path, url=csms.url, version=version)

    async with driven(file) as (_, driver):
        await driver.event("registration", status="Accepted")
        await driver.do("plug_in", **HERE)
        await driver.do("present_token", **TOKEN)
        await driver.do("present_token", **TOKEN)
        await driver.event("token", outcome="accepted")
        await driver.event("token", outcome="stopped")


async def test_no_password_is_logged_however_much_is_logged(tmp_path: Path) -> None:
    secret = "correct-horse-battery"  # noqa: S105  # that is the test
    told: list[bytes | None] = []

    def authenticate(_identity: str, password: bytes | None) -> bool:
        told.append(password)
        return True

    async with CsmsServer(port=0, authenticate=authenticate) as csms:
        file = write_file(tmp_path, url=csms.url, version="1.6")
        text = file.read_text().replace(
            "[csms]", f'[csms]\nsecurity_profile = 1\npassword = "{secret}"'
        )
        file.write_text(text)
        async with driven(file, "--log-level", "debug") as (station, driver):
            await driver.event("registration", status="Accepted")
            await driver.do("quit")
            await station.exit_code()

    assert told == [secret.encode()]
    assert "BootNotification" in station.log
    assert secret not in station.log
    assert b64encode(f"CS001:{secret}".encode()).decode() not in station.log


async def test_it_is_ready_without_a_csms_and_logs_to_stderr_only(tmp_path: Path) -> None:
    async with driven(nowhere(tmp_path), "--log-level", "debug") as (station, driver):
        status = await driver.do("status")
        await driver.do("plug_in", **HERE)
        event = await driver.event("status", **HERE, status="Preparing")
        await driver.do("quit")
        await driver.end_of_stream()
        code = await station.exit_code()

    assert driver.ready["event"] == "ready"
    assert driver.ready["protocol"] == 1
    assert status["connected"] is False
    assert event["evse"] == 1
    assert driver.events[-1] == {"event": "end"}
    assert code == 0
    assert station.log


@pytest.mark.parametrize("version", VERSIONS)
async def test_answers_do_not_wait_for_a_csms_that_never_answers(
    version: str, tmp_path: Path
) -> None:
    never = asyncio.Event()

    async def ponder(_identity: str, _token: str) -> bool:
        return await never.wait()

    handlers = accepting(Memory(), Policy(authorize=ponder))
    async with CsmsServer(port=0, handlers=handlers) as csms:
        file = write_file(tmp_path, url=csms.url, version=version)
        async with driven(file) as (_, driver):
            await driver.event("registration", status="Accepted")
            await driver.do("plug_in", **HERE)
            await driver.do("present_token", **TOKEN)
            await driver.do("present_token", **TOKEN)
            await driver.do("set_fault", **HERE, fault="ground")
            await driver.do("clear_fault", **HERE)
            await driver.do("plug_out", **HERE)
            await driver.do("status")
            judged = [event for event in driver.events if event["event"] == "token"]
            await driver.do("quit")
        never.set()

    assert judged == []


COMMANDS_IN_TURN: list[tuple[str, dict[str, Any]]] = [
    ("plug_in", {**HERE, "ev": {"kind": "iso15118", "start_delay_s": 0}}),
    ("present_token", TOKEN),
    ("ev_power", {"evse": 1, "power_w": 2000}),
    ("bay", {"evse": 1, "occupied": True}),
    ("stop_from_ev", {"evse": 1}),
    ("pause_charging", HERE),
    ("resume_charging", HERE),
    ("set_meter", {"evse": 0, "energy_wh": 100, "power_w": 5}),
    ("lock_behaviour", {**HERE, "works": False}),
    ("security_event", {"type": "InvalidMessages"}),
    ("data_transfer", {"vendor_id": "com.example"}),
    ("set_fault", {**HERE, "fault": "ground"}),
    ("clear_fault", HERE),
    ("present_token", TOKEN),
    ("plug_out", HERE),
    ("set_host_handler", {"name": "data_transfer"}),
    ("status", {}),
    ("reboot", {}),
    ("go_offline", {}),
    ("go_online", {}),
]
OF_VERSION = {
    "1.6": [("configuration", {"action": "set", "name": "HeartbeatInterval", "value": 9})],
    "2.0.1": [
        ("variable", {"action": "set", "name": "TxCtrlr.EVConnectionTimeOut", "value": 9}),
        (
            "ev_certificate_request",
            {"evse": 1, "action": "Install", "schema_version": "v", "exi_request": "AA=="},
        ),
    ],
}


@pytest.mark.parametrize("version", VERSIONS)
async def test_no_command_waits_for_a_csms_that_answers_nothing_but_the_boot(
    version: str, tmp_path: Path
) -> None:
    over = asyncio.Event()

    memory = Memory()
    accepted = accepting(memory)

    def only_boots(session: Session) -> Iterable[Handler]:
        (handler,) = accepted(session)

        async def never(*_: object) -> Any:
            await over.wait()
            raise CallError(ErrorCode.NOT_SUPPORTED)

        for name in dir(handler):
            if name.startswith("on_") and name != "on_boot_notification":
                setattr(handler, name, never)
        return [handler]

    async with CsmsServer(port=0, handlers=only_boots) as csms:
        on = "[v201.variables.ISO15118Ctrlr]\nPnCEnabled = true\n"
        more = on if version == "2.0.1" else ""
        file = write_file(tmp_path, url=csms.url, version=version, more=more)
        async with driven(file) as (_, driver):
            await driver.event("registration", status="Accepted")
            turn = [*COMMANDS_IN_TURN[:1], *OF_VERSION[version], *COMMANDS_IN_TURN[1:]]
            answers = []
            async with asyncio.timeout(10):  # one call that is waited for takes 30 s
                for cmd, args in turn:
                    answers.append((cmd, await driver.ask(cmd, **args)))
        over.set()

    assert [cmd for cmd, answer in answers if not answer["ok"]] == []
    assert memory.record("CS001").boot is not None
    assert memory.record("CS001").connectors == ()


@pytest.mark.parametrize("version", VERSIONS)
async def test_each_command_has_the_effect_that_it_says(
    version: str, csms: CsmsServer, tmp_path: Path
) -> None:
    file = write_file(tmp_path, url=csms.url, version=version)
    told = "status" if version == "1.6" else "connectorStatus"
    fault = {"errorCode": "GroundFailure"} if version == "1.6" else {}

    async with driven(file) as (_, driver):
        await driver.do("subscribe", events=["status", "message", "limit", "connected"])
        await driver.message("StatusNotification")
        await driver.do("set_fault", **HERE, fault="ground")
        await driver.event("status", status="Faulted")
        await driver.message("StatusNotification", kind="CALL", **{told: "Faulted"}, **fault)
        await driver.do("clear_fault", **HERE)
        await driver.event("status", status="Available")
        await driver.do("security_event", type="InvalidMessages", tech_info="x")
        await driver.do("go_offline")
        await driver.do("go_online")
        await driver.event("connected")
        before = await driver.do("status")
        await driver.do("plug_in", **HERE, ev={"start_delay_s": 0})
        await driver.event("status", status="Preparing")
        await driver.do("present_token", **TOKEN)
        await driver.event("limit")
        await driver.event("status", status="Charging")
        await driver.do("ev_power", evse=1, power_w=0)
        await driver.event("status", status="SuspendedEV")
        await driver.do("ev_power", evse=1, power_w=2000)
        await driver.event("status", status="Charging")
        await driver.do("pause_charging", **HERE)
        await driver.event("status", status="SuspendedEVSE")
        await driver.do("resume_charging", **HERE)
        await driver.event("status", status="Charging")
        await driver.do("set_meter", evse=0, energy_wh=5000, power_w=1500)
        shown = await driver.do("status")
        await driver.do("plug_out", **HERE)
        await driver.event("status", status="Available")
        await driver.do("lock_behaviour", **HERE, works=False)
        await driver.do("plug_in", **HERE)
        await driver.do("present_token", **TOKEN)
        await driver.event("status", status="Faulted")
        faulted = await driver.do("status")

    meters = [status["evses"][0]["meter"] for status in (before, shown)]
    assert meters[0] == {"energy_wh": 0.0, "power_w": 0.0}
    assert meters[1]["energy_wh"] >= 5000
    assert meters[1]["power_w"] == 1500
    assert faulted["evses"][0]["connectors"][0]["fault"] == "ConnectorLockFailure"
    assert {"identity", "connected", "online", "registration", "queue", "limits", "world"} <= {
        *before
    }


async def test_a_cable_that_is_pulled_at_the_car_stays_until_it_is_unlocked(
    csms: CsmsServer, tmp_path: Path
) -> None:
    more = "[[evse]]\n[v201.variables.OCPPCommCtrlr]\nUnlockOnEVSideDisconnect = false\n"
    file = write_file(tmp_path, url=csms.url, version="2.0.1", more=more)

    async with driven(file) as (_, driver):
        await driver.event("registration", status="Accepted")
        await driver.do("plug_in", **HERE, ev={"start_delay_s": 0})
        await driver.do("present_token", **TOKEN)
        await driver.event("status", status="Charging")
        await driver.do("plug_out", **HERE, side="ev")
        await driver.event("transaction", what="ended")
        held = await driver.ask("plug_out", **HERE, side="station")
        status = await driver.do("status")
        await driver.do("present_token", **TOKEN)
        await driver.event("lock", locked=False)
        await driver.do("plug_out", **HERE, side="station")
        after = await driver.do("status")

    places = [each["world"]["evses"][0]["connectors"][0] for each in (status, after)]
    assert held["error"] == {
        "code": "failed",
        "message": "the cable of connector 1 of EVSE 1 is locked",
    }
    assert [(each["plugged"], each["cable"], each["locked"]) for each in places] == [
        (False, True, True),
        (False, False, False),
    ]


async def test_transactions_are_selected_where_the_file_gives_it_a_screen(
    csms: CsmsServer, tmp_path: Path
) -> None:
    plain = write_file(tmp_path, url=csms.url, version="2.0.1")
    async with driven(plain) as (_, driver):
        without = (await driver.ask("select", evse=1))["error"]
        known = driver.ready["capabilities"]
    screen = write_file(
        tmp_path, url=csms.url, version="2.0.1", more="[simulation]\nstop_menu = true\n"
    )
    async with driven(screen) as (_, driver):
        early = (await driver.ask("select", evse=1))["error"]

    assert "select" not in known
    assert "select" in driver.ready["capabilities"]
    assert without["code"] == "not_supported"
    assert "simulation.stop_menu" in without["message"]
    assert (early["code"], early["message"]) == (
        "failed",
        "nothing is shown to select: present a master pass first",
    )


class Mute16(v16.CsmsHandler):
    """Answers nothing until all is over."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.over = asyncio.Event()

    async def on_boot_notification(
        self,
        request: v16.BootNotificationRequest,  # noqa: ARG002  # it is never answered
    ) -> v16.BootNotificationResponse:
        self.asked.set()
        await self.over.wait()
        raise CallError(ErrorCode.NOT_SUPPORTED)


async def test_the_end_does_not_wait_for_a_csms_that_never_answers(tmp_path: Path) -> None:
    mute = Mute16()
    async with (
        CsmsServer(port=0, versions=[Version.V16], handlers=lambda _: [mute]) as csms,
        driven(write_file(tmp_path, url=csms.url, version="1.6")) as (station, driver),
        asyncio.timeout(10),
    ):
        await mute.asked.wait()
        await driver.do("reboot")
        await driver.do("quit")

        assert await station.exit_code() == 0
        mute.over.set()


async def test_the_csms_is_sent_data_and_its_answer_is_an_event(
    csms: CsmsServer, tmp_path: Path
) -> None:
    async with driven(write_file(tmp_path, url=csms.url, version="2.0.1")) as (_, driver):
        refused = await driver.ask("data_transfer", vendor_id="com.example")
        await driver.event("registration", status="Accepted")
        await driver.do("data_transfer", vendor_id="com.example", data={"a": [1]})
        event = await driver.event("data_transfer")

    assert refused["ok"] is True or refused["error"]["code"] == "failed"
    assert event["vendor_id"] == "com.example"
    assert event["status"]


@pytest.mark.parametrize("scheme", ["unix", "tcp"])
async def test_several_clients_are_served_at_a_socket(scheme: str, tmp_path: Path) -> None:
    where = f"unix:{tmp_path}/control" if scheme == "unix" else "tcp:127.0.0.1:0"

    async with running(nowhere(tmp_path), "--control", where) as station:
        address = (await station.logged("commands are taken at ")).strip()
        async with connected(address) as one, connected(address) as other:
            await one.do("plug_in", **HERE)
            await one.event("status", status="Preparing")
            await other.event("status", status="Preparing")
            await other.do("plug_out", **HERE)
            await one.event("status", status="Available")
            await one.do("quit")
            await one.end_of_stream()
            await other.end_of_stream()
        code = await station.exit_code()

    assert code == 0
    assert other.events[-1] == {"event": "end"}
    assert not (tmp_path / "control").exists()


async def test_a_client_that_does_not_read_harms_nobody(tmp_path: Path) -> None:
    async with running(nowhere(tmp_path), "--control", "tcp:127.0.0.1:0") as station:
        address = (await station.logged("commands are taken at ")).strip()
        async with connected(address) as slow, connected(address) as quick:
            await quick.do("subscribe", events=[])
            for _ in range(300):
                await slow.send(b'{"cmd":"status"}\n' * 100)
                await quick.do("status")
            await quick.do("quit")
            code = await station.exit_code()

    assert code == 0


async def test_only_the_owner_may_use_the_socket(tmp_path: Path) -> None:
    path = tmp_path / "control"

    async with running(nowhere(tmp_path), "--control", f"unix:{path}") as station:
        await station.logged("commands are taken at ")

        assert path.stat().st_mode & 0o777 == 0o600


async def test_a_socket_that_is_in_use_is_left_alone(tmp_path: Path) -> None:
    where = f"unix:{tmp_path}/control"

    async with running(nowhere(tmp_path), "--control", where) as station:
        await station.logged("commands are taken at ")
        async with running(nowhere(tmp_path), "--control", where) as second:
            code = await second.exit_code()
        async with connected(where) as driver:
            await driver.do("status")

    assert code == 1
    assert "Address already in use" in second.log


async def test_a_client_may_come_and_go(tmp_path: Path) -> None:
    async with running(nowhere(tmp_path), "--control", "tcp:127.0.0.1:0") as station:
        address = (await station.logged("commands are taken at ")).strip()
        async with connected(address) as driver:
            await driver.send(b'{"id":1,"cmd":"sta')
        async with connected(address) as driver:
            assert await driver.do("status")


async def test_very_long_lines_are_read(tmp_path: Path) -> None:
    async with driven(nowhere(tmp_path)) as (_, driver):
        answer = await driver.ask("plug_out", **HERE, nonsense="x" * 5_000_000)
        await driver.send(b"x" * 17_000_000 + b"\n")
        too_long = await driver.answer()
        after = await driver.ask("status")

    assert answer["error"]["code"] == "bad_args"
    assert too_long["id"] is None
    assert after["ok"] is True


async def test_the_end_of_the_input_is_a_clean_end(tmp_path: Path) -> None:
    async with driven(nowhere(tmp_path)) as (station, driver):
        assert station.process.stdin is not None
        await driver.send(b'{"id":"last","cmd":"status"}')
        station.process.stdin.close()
        answer = await driver.answer()

        assert answer["id"] == "last"
        assert await station.exit_code() == 0


@pytest.mark.parametrize("how", ["stdio", "tcp"])
async def test_sigterm_is_a_clean_end(how: str, tmp_path: Path) -> None:
    control = "stdio" if how == "stdio" else "tcp:127.0.0.1:0"
    async with running(nowhere(tmp_path), "--control", control) as station:
        await station.logged("commands are taken at ")

        station.terminate()

        assert await station.exit_code() == 0


@pytest.mark.parametrize("on_reset", ["exit", "restart"])
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_reset_ends_or_restarts_the_station(
    version: str, on_reset: str, csms: CsmsServer, tmp_path: Path
) -> None:
    more = f'\n[storage]\non_reset = "{on_reset}"\n'
    reset: Any = (
        v16.ResetRequest(type=v16.ResetType.SOFT)
        if version == "1.6"
        else v201.ResetRequest(type=v201.ResetEnumType.IMMEDIATE)
    )
    file = write_file(tmp_path, url=csms.url, version=version, more=more)

    async with driven(file) as (station, driver):
        await driver.event("registration", status="Accepted")
        await driver.do("plug_in", **HERE, ev={"start_delay_s": 0})
        await driver.do("present_token", **TOKEN)
        await driver.event("status", status="Charging")
        await csms.station("CS001").call(reset)
        if on_reset == "exit":
            assert await station.exit_code() == 0
        else:
            await driver.event("disconnected")
            await driver.event("registration", status="Accepted")

    (transaction,) = csms.record("CS001").transactions
    assert transaction.is_complete


async def test_a_reboot_from_here_restarts_also_where_a_reset_exits(
    csms: CsmsServer, tmp_path: Path
) -> None:
    more = '\n[storage]\non_reset = "exit"\n'
    file = write_file(tmp_path, url=csms.url, version="1.6", more=more)

    async with driven(file) as (_, driver):
        await driver.event("registration", status="Accepted")
        await driver.do("reboot", reason="maintenance")
        await driver.event("disconnected")
        await driver.event("registration", status="Accepted")
        await driver.do("status")


async def test_a_power_cut_leaves_nothing_in_the_way_of_the_next_start(
    csms: CsmsServer, tmp_path: Path
) -> None:
    file = write_file(tmp_path, url=csms.url, version="2.0.1")
    where = ("--state-dir", tmp_path / "state", "--control", f"unix:{tmp_path}/control")

    for power_cut in (True, False):
        async with running(file, *where) as station:
            await station.logged("commands are taken at ")
            async with connected(f"unix:{tmp_path}/control") as driver:
                await driver.do("plug_in", **HERE, ev={"start_delay_s": 0})
                await driver.event("status", status="Preparing")
                if power_cut:
                    station.kill()
                else:
                    await driver.do("quit")
            code = await station.exit_code()

    assert code == 0


async def test_messages_are_written_where_the_file_says(csms: CsmsServer, tmp_path: Path) -> None:
    more = '\n[logging]\nmessages = "log/messages.jsonl"\n'
    file = write_file(tmp_path, url=csms.url, version="1.6", more=more)

    async with driven(file) as (station, driver):
        await driver.event("registration", status="Accepted")
        await driver.do("quit")
        code = await station.exit_code()

    assert code == 0
    assert "BootNotification" in (tmp_path / "log" / "messages.jsonl").read_text(encoding="utf-8")
