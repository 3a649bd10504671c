"""A whole charging session of our station with a CSMS that is made of the npm package `ocpp-rpc`.

That CSMS runs in strict mode: it checks every payload in both directions against its own copy of
the schemas, and tells what it finds wrong.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import ChargingStation, IdToken, StationConfig, TokenOutcome

TOKEN = IdToken("04E1A2B3")
SOURCES = Path(__file__).with_name("ocpp_rpc")
INSTALLED = Path(__file__).parents[2] / ".cache" / "interop" / "ocpp_rpc"
PUBLISH = {
    "location": "https://example.com/firmware",
    "checksum": "d41d8cd98f00b204e9800998ecf8427e",
    "requestId": 1,
}
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


def install(npm: str) -> None:
    """Bring `INSTALLED` to what the lock file says, unless it is there already."""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    lock = (SOURCES / "package-lock.json").read_bytes()
    stamp = INSTALLED / "installed.json"
    if not stamp.exists() or stamp.read_bytes() != lock:
        stamp.unlink(missing_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(SOURCES / name, INSTALLED / name)
        done = subprocess.run(  # noqa: S603  # npm, of our own lock file
            [npm, *NPM_CI], cwd=INSTALLED, capture_output=True, check=False, text=True, timeout=300
        )
        assert done.returncode == 0, f"npm ci failed:\n{done.stderr}"
        stamp.write_bytes(lock)
    shutil.copyfile(SOURCES / "csms.mjs", INSTALLED / "csms.mjs")


@pytest.fixture(scope="session")
def node() -> str:
    """Node, with the package installed."""
    paths = {name: shutil.which(name) for name in ("node", "npm")}
    missing = " and ".join(name for name, path in paths.items() if path is None)
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"continuous integration has to have {missing} on its PATH")
    if missing:
        pytest.skip(f"needs {missing} on the PATH")
    install(str(paths["npm"]))
    return str(paths["node"])


class Csms:
    """The CSMS's process, and what it has told so far."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._events: list[dict[str, Any]] = []
        self._more = asyncio.Condition()
        self._ids = count(1)

    async def listen(self) -> None:
        """Take in what the process tells, until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            async with self._more:
                self._events.append(json.loads(line))
                self._more.notify_all()

    def told(self, event: str) -> list[dict[str, Any]]:
        """All events of a kind."""
        return [each for each in self._events if each["event"] == event]

    async def wait(self, event: str, **wanted: Any) -> dict[str, Any]:
        """The first event of a kind with these values."""
        async with asyncio.timeout(15), self._more:
            while True:
                for each in self.told(event):
                    if wanted.items() <= each.items():
                        return each
                await self._more.wait()

    async def request(self, action: str, **wanted: Any) -> dict[str, Any]:
        """The payload of the first request with these values; `a__b` is `b` inside `a`."""
        async with asyncio.timeout(15), self._more:
            while True:
                for each in self.requests(action):
                    if all(at(each, path) == value for path, value in wanted.items()):
                        return each
                await self._more.wait()

    def requests(self, action: str) -> list[dict[str, Any]]:
        """The payloads of all requests for an action."""
        return [each["payload"] for each in self.told("call") if each["action"] == action]

    async def call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Have the CSMS ask the station."""
        number = await self._send(action, payload)
        answer: dict[str, Any] = (await self.wait("answer", id=number))["payload"]
        return answer

    async def call_in_vain(self, action: str, payload: dict[str, Any]) -> str:
        """Have the CSMS ask what the station refuses; returns the error code."""
        number = await self._send(action, payload)
        return str((await self.wait("refusal", id=number))["code"])

    async def _send(self, action: str, payload: dict[str, Any]) -> int:
        assert self._process.stdin is not None
        number = next(self._ids)
        order = json.dumps({"id": number, "action": action, "payload": payload})
        self._process.stdin.write(f"{order}\n".encode())
        await self._process.stdin.drain()
        return number


def at(payload: dict[str, Any], path: str) -> Any:
    value: Any = payload
    for name in path.split("__"):
        value = value.get(name) if isinstance(value, dict) else None
    return value


@asynccontextmanager
async def csms(node: str) -> AsyncIterator[Csms]:
    process = await asyncio.create_subprocess_exec(
        node, str(INSTALLED / "csms.mjs"), stdin=PIPE, stdout=PIPE
    )
    peer = Csms(process)
    assert process.stdin is not None
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(peer.listen())
            yield peer
            process.stdin.close()
            async with asyncio.timeout(15):
                status = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert status == 0


@asynccontextmanager
async def session(
    node: str, version: Version
) -> AsyncIterator[tuple[ChargingStation, SimulatedHardware, Csms]]:
    async with csms(node) as peer:
        port = (await peer.wait("listening"))["port"]
        config = StationConfig(
            identity="CS001",
            csms_url=f"ws://127.0.0.1:{port}",
            versions=(version,),
            sample_interval=1,
        )
        hardware = SimulatedHardware(step=0.2)
        async with ChargingStation(config, hardware=hardware) as station:
            hardware.attach(station)
            async with asyncio.timeout(10):
                await station.wait_online()
            yield station, hardware, peer


async def charge(station: ChargingStation, hardware: SimulatedHardware) -> None:
    await hardware.arrive(SimulatedEv(start_delay=0.05))
    assert await station.evse(1).token_presented(TOKEN) is TokenOutcome.ACCEPTED


async def test_a_session_in_1_6_breaks_no_rule(node: str) -> None:
    async with session(node, Version.V16) as (station, hardware, peer):
        connected = await peer.wait("connected")
        await charge(station, hardware)
        await peer.request("StatusNotification", status="Charging")
        await peer.request("MeterValues", transactionId=42)
        stopping = await peer.call("RemoteStopTransaction", {"transactionId": 42})
        stop = await peer.request("StopTransaction", transactionId=42)
        await station.wait_delivered()
        await hardware.depart()
        await peer.request("StatusNotification", status="Finishing")

    assert (connected["identity"], connected["protocol"]) == ("CS001", "ocpp1.6")
    assert peer.told("fault") == []
    assert len(peer.requests("BootNotification")) == 1
    assert [each["idTag"] for each in peer.requests("StartTransaction")] == [TOKEN.value]
    assert stopping == {"status": "Accepted"}
    assert stop["reason"] == "Remote"
    assert stop["meterStop"] >= peer.requests("StartTransaction")[0]["meterStart"]


async def test_a_session_in_2_0_1_breaks_no_rule(node: str) -> None:
    async with session(node, Version.V201) as (station, hardware, peer):
        connected = await peer.wait("connected")
        await charge(station, hardware)
        charging = await peer.request("TransactionEvent", transactionInfo__chargingState="Charging")
        await peer.request("TransactionEvent", triggerReason="MeterValuePeriodic")
        transaction_id = charging["transactionInfo"]["transactionId"]
        stopping = await peer.call("RequestStopTransaction", {"transactionId": transaction_id})
        ended = await peer.request("TransactionEvent", eventType="Ended")
        await station.wait_delivered()
        await hardware.depart()
        await peer.request("StatusNotification", connectorStatus="Available", connectorId=1)

    events = peer.requests("TransactionEvent")
    assert (connected["identity"], connected["protocol"]) == ("CS001", "ocpp2.0.1")
    assert peer.told("fault") == []
    assert [event["seqNo"] for event in events] == list(range(len(events)))
    assert {event["transactionInfo"]["transactionId"] for event in events} == {transaction_id}
    assert stopping == {"status": "Accepted"}
    assert ended["transactionInfo"]["stoppedReason"] == "Remote"


async def test_the_csms_calls_the_station_in_1_6(node: str) -> None:
    async with session(node, Version.V16) as (_, _, peer):
        await peer.wait("connected")
        configuration = await peer.call(
            "GetConfiguration", {"key": ["NumberOfConnectors", "Nothing"]}
        )
        everything = await peer.call("GetConfiguration", {})
        changed = await peer.call(
            "ChangeConfiguration", {"key": "HeartbeatInterval", "value": "600"}
        )
        availability = await peer.call(
            "ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}
        )
        await peer.request("StatusNotification", connectorId=1, status="Unavailable")
        unlocked = await peer.call("UnlockConnector", {"connectorId": 1})

    assert peer.told("fault") == []
    assert configuration["configurationKey"][0]["value"] == "1"
    assert configuration["unknownKey"] == ["Nothing"]
    assert len(everything["configurationKey"]) > 10
    assert changed == availability == {"status": "Accepted"}
    assert "status" in unlocked


async def test_the_csms_calls_the_station_in_2_0_1(node: str) -> None:
    asked = {"component": {"name": "TxCtrlr"}, "variable": {"name": "TxStopPoint"}}

    async with session(node, Version.V201) as (_, _, peer):
        await peer.wait("connected")
        variables = await peer.call("GetVariables", {"getVariableData": [asked]})
        report = await peer.call("GetBaseReport", {"requestId": 7, "reportBase": "FullInventory"})
        await peer.request("NotifyReport", requestId=7)
        availability = await peer.call(
            "ChangeAvailability",
            {"operationalStatus": "Inoperative", "evse": {"id": 1, "connectorId": 1}},
        )
        await peer.request("StatusNotification", connectorStatus="Unavailable")

    assert peer.told("fault") == []
    assert variables["getVariableResult"][0]["attributeStatus"] == "Accepted"
    assert variables["getVariableResult"][0]["component"] == asked["component"]
    assert report == availability == {"status": "Accepted"}


async def test_what_the_station_cannot_do_is_refused_with_a_code_that_strict_mode_knows(
    node: str,
) -> None:
    async with session(node, Version.V201) as (_, _, peer):
        await peer.wait("connected")
        code = await peer.call_in_vain("PublishFirmware", PUBLISH)

    assert peer.told("fault") == []
    assert code == "NotSupported"


async def test_strict_mode_tells_of_a_payload_that_breaks_its_schema(node: str) -> None:
    async with session(node, Version.V201) as (_, _, peer):
        await peer.wait("connected")
        await peer.call_in_vain("Reset", {"type": "Sometime"})

    assert [(each["kind"], each["action"]) for each in peer.told("fault")] == [("schema", "Reset")]


def test_the_lock_file_names_no_registry() -> None:
    lock = (SOURCES / "package-lock.json").read_text(encoding="utf-8")

    assert "://" not in lock


def test_the_lock_file_pins_what_the_package_asks_for() -> None:
    wanted = json.loads((SOURCES / "package.json").read_text(encoding="utf-8"))["dependencies"]
    lock = json.loads((SOURCES / "package-lock.json").read_text(encoding="utf-8"))

    assert lock["packages"][""]["dependencies"] == wanted
    assert all(
        {"version", "integrity"} <= package.keys()
        for path, package in lock["packages"].items()
        if path
    )
