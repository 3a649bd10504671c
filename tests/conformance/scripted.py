"""A station by script, over real sockets: for cases that our own station cannot play yet."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from attrs import evolve
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from ocppkit.clock import SystemClock
from ocppkit.conformance import CaseSettings, Kit, Runner
from ocppkit.conformance.serving import serve
from ocppkit.conformance.world import PromptWorld

Payload = dict[str, Any]
NOW = "2026-01-01T00:00:00Z"
SETTINGS = CaseSettings(message_timeout=1, optional_wait=0.1, long_operation_timeout=2)
PLACE = {"id": 1, "connectorId": 1}


def variable(component: str, name: str, value: str, **place: Any) -> Payload:
    """An item of the inventory."""
    return {
        "component": {"name": component, **place},
        "variable": {"name": name},
        "variableAttribute": [{"value": value, "mutability": "ReadOnly"}],
        "variableCharacteristics": {"dataType": "string", "supportsMonitoring": False},
    }


STATE = variable("Connector", "AvailabilityState", "Available", evse=PLACE)


class ScriptedStation:
    """Answers as its methods named after actions say; what it does besides runs in tasks.

    Attributes:
        state: of its only connector.
        inventory: what it reports.
    """

    def __init__(self, *inventory: Payload) -> None:
        self.state = "Available"
        self.inventory = [STATE, *inventory]
        self.url = ""
        self._connection: ClientConnection | None = None
        self._numbers = count(1)
        self._asked: dict[str, asyncio.Future[Payload]] = {}
        self._tasks = asyncio.TaskGroup()
        self._reboots = False

    @asynccontextmanager
    async def at(self, url: str) -> AsyncIterator[None]:
        """Be connected inside the block."""
        self.url = url
        async with self._tasks:
            running = self._tasks.create_task(self._run())
            try:
                yield
            finally:
                running.cancel()

    def later(self, doing: Coroutine[Any, Any, None]) -> None:
        self._tasks.create_task(doing)

    async def call(self, action: str, payload: Payload) -> Payload:
        """Ask the CSMS."""
        assert self._connection is not None
        number = f"s{next(self._numbers)}"
        self._asked[number] = asyncio.get_running_loop().create_future()
        await self._connection.send(json.dumps([2, number, action, payload]))
        return await self._asked[number]

    async def boot(self, reason: str) -> None:
        """What a station says first."""
        about = {"vendorName": "V", "model": "M"}
        await self.call("BootNotification", {"reason": reason, "chargingStation": about})
        await self.tell_state()

    async def tell_state(self) -> None:
        told = {"timestamp": NOW, "connectorStatus": self.state, "evseId": 1, "connectorId": 1}
        await self.call("StatusNotification", told)

    def reset(self, _: Payload, /) -> Payload:
        self._reboots = True
        return {"status": "Accepted"}

    def get_base_report(self, asked: Payload, /) -> Payload:
        told = {"requestId": asked["requestId"], "generatedAt": NOW, "seqNo": 0}
        self.later(self._tell("NotifyReport", {**told, "reportData": self.inventory}))
        return {"status": "Accepted"}

    def get_variables(self, asked: Payload, /) -> Payload:
        results = [
            {**each, "attributeStatus": "Accepted", "attributeValue": self.state}
            for each in asked["getVariableData"]
        ]
        return {"getVariableResult": results}

    async def _tell(self, action: str, payload: Payload) -> None:
        await self.call(action, payload)

    async def _run(self) -> None:
        reason = "PowerUp"
        while True:
            async with connect(
                f"{self.url}/CS001", subprotocols=[Subprotocol("ocpp2.0.1")]
            ) as self._connection:
                self.later(self.boot(reason))
                with suppress(ConnectionClosed):
                    await self._listen(self._connection)
            reason = "RemoteReset"

    async def _listen(self, connection: ClientConnection) -> None:
        while not self._reboots:
            match json.loads(await connection.recv()):
                case [2, number, action, payload]:
                    await connection.send(json.dumps(self._answer(number, action, payload)))
                case [3, number, payload]:
                    self._asked[number].set_result(payload)
        self._reboots = False

    def _answer(self, number: str, action: str, payload: Payload) -> list[Any]:
        name = "".join(f"_{each.lower()}" if each.isupper() else each for each in action)
        answering: Callable[[Payload], Payload] | None = getattr(self, name[1:], None)
        if answering is None:
            return [4, number, "NotSupported", "", {}]
        return [3, number, answering(payload)]


@asynccontextmanager
async def playing(station: ScriptedStation, **settings: Any) -> AsyncIterator[Runner]:
    """A runner with the station connected and known."""

    async def nobody(_: str) -> str:
        return ""

    kit = Kit(
        settings=evolve(SETTINGS, csms_url="ws://127.0.0.1", **settings),
        world=PromptWorld(nobody),
        clock=SystemClock(),
    )
    async with serve(kit.first, host="127.0.0.1", port=0) as url, station.at(url):
        runner = Runner(kit)
        await runner.begin()
        yield runner


async def http(method: str, url: str, body: bytes = b"") -> bytes:
    """Transfer a file; what came back, head included."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    head = f"{method} {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{length}\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    came = await reader.read()
    writer.close()
    await writer.wait_closed()
    return came
