"""A station in memory: virtual time, simulated equipment, and a CSMS that follows a script."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any

import pytest

from ocppkit.codec import codec_for
from ocppkit.connection import NetworkProfile, Session, memory_pair
from ocppkit.connection.session import Handlers
from ocppkit.connection.transport import MemoryTransport
from ocppkit.errors import ConnectionLost, NegotiationFailed
from ocppkit.message import Side, Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.simulation.hardware import DEFAULT_DESCRIPTION
from ocppkit.station import (
    ChargingStation,
    Environment,
    Hardware,
    IdToken,
    StationConfig,
    StationDescription,
)
from ocppkit.testing import VirtualClock, VirtualTimeLoop, advance, settle

Script = Callable[[dict[str, Any]], dict[str, Any] | str | None]

ACCEPTED_16 = {"idTagInfo": {"status": "Accepted"}}
SCRIPTS: dict[Version, dict[str, Script]] = {
    Version.V16: {
        "Authorize": lambda _: ACCEPTED_16,
        "StartTransaction": lambda _: {**ACCEPTED_16, "transactionId": 7},
        "StopTransaction": lambda _: {},
    },
    Version.V201: {
        "Authorize": lambda _: {"idTokenInfo": {"status": "Accepted"}},
        "TransactionEvent": lambda p: (
            {"idTokenInfo": {"status": "Accepted"}} if "idToken" in p else {}
        ),
    },
}


class World:
    """Everything around the station under test.

    Attributes:
        script: how the CSMS answers an action: a payload, the code of an error, or silence.
        calls: what the station sent, in order.
        down: whether the CSMS cannot be reached.
        dials: how often the station tried.
        hardware: the simulated equipment.
        equipment: what the station is given for it.
    """

    def __init__(
        self, version: Version, description: StationDescription | None = None, **config: Any
    ) -> None:
        self.version = version
        self.clock = VirtualClock()
        numbers = count(1)
        self.environment = Environment(
            utc_now=self.clock.utc_now,
            monotonic=self.clock.monotonic,
            sleep=self.clock.sleep,
            new_id=lambda: f"tx-{next(numbers)}",
            random=lambda: 0.0,
        )
        self.hardware = SimulatedHardware(
            description or DEFAULT_DESCRIPTION,
            environment=self.environment,
            meter_start_wh=1_000_000,
        )
        self.equipment: Hardware = self.hardware
        told: dict[str, Any] = {"sample_interval": 0, "heartbeat_interval": 300, **config}
        self.config = StationConfig(
            identity="CS001", csms_url="ws://nowhere", versions=(version,), **told
        )
        self.script: dict[str, Script] = dict(SCRIPTS[version])
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.down = False
        self.dials = 0
        self.boot = {"status": "Accepted", "interval": 300}
        self._transport: MemoryTransport | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers: dict[str, asyncio.Future[Any]] = {}
        self._ids = count(1)
        self.station: ChargingStation

    @asynccontextmanager
    async def running(self) -> AsyncIterator[World]:
        """Run the station; the CSMS has had time to accept it."""
        self.station = ChargingStation(
            self.config, hardware=self.equipment, environment=self.environment, dial=self._dial
        )
        self.hardware.attach(self.station)
        async with self.station:
            await self.settle()
            yield self
        for task in self._tasks:
            task.cancel()

    async def settle(self) -> None:
        """Let everything happen that happens now."""
        await settle()

    async def advance(self, seconds: float) -> None:
        """Let time pass."""
        await advance(seconds)
        await self.settle()

    async def drop(self) -> None:
        """Break the connection."""
        if self._transport is not None:
            await self._transport.close(1006)
        await self.settle()

    async def call(self, action: str, **payload: Any) -> Any:
        """Call the station and let what follows happen; the answer's payload, or the error code."""
        assert self._transport is not None
        message_id = f"csms-{next(self._ids)}"
        future = self._answers[message_id] = asyncio.get_running_loop().create_future()
        await self._transport.send(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(5):
            answer = await future
        await self.settle()
        return answer

    def sent(self, action: str) -> list[dict[str, Any]]:
        """The payloads of an action, in order."""
        return [payload for name, payload in self.calls if name == action]

    def actions(self) -> list[str]:
        """What was sent, by name."""
        return [name for name, _ in self.calls]

    def statuses(self, connector: int = 1) -> list[str]:
        """What was told of a connector, in order."""
        key = "status" if self.version is Version.V16 else "connectorStatus"
        return [
            payload[key]
            for payload in self.sent("StatusNotification")
            if payload["connectorId"] == connector
        ]

    def events(self) -> list[tuple[str, str]]:
        """What a 2.0.1 station told of transactions: kind and trigger."""
        sent = self.sent("TransactionEvent")
        return [(each["eventType"], each["triggerReason"]) for each in sent]

    async def set_variable(self, component: str, variable: str, value: str) -> str:
        """Set a 2.0.1 variable; how that went."""
        data = {
            "component": {"name": component},
            "variable": {"name": variable},
            "attributeValue": value,
        }
        answer = await self.call("SetVariables", setVariableData=[data])
        status: str = answer["setVariableResult"][0]["attributeStatus"]
        return status

    async def charge(self) -> None:
        """Plug in, authorize, and let the EV draw."""
        await self.hardware.arrive(SimulatedEv(start_delay=1))
        await self.station.evse(1).token_presented(IdToken("ABC"))
        await self.advance(1)

    async def _dial(self, _: NetworkProfile, handlers: Handlers) -> Session:
        self.dials += 1
        if self.down:
            raise NegotiationFailed("nobody there")
        ours, theirs = memory_pair(self.version.value)
        self._transport = theirs
        self._tasks.add(asyncio.create_task(self._serve(theirs)))
        return Session(
            ours,
            identity="CS001",
            version=self.version,
            side=Side.STATION,
            codec=codec_for(self.version),
            handlers=handlers,
        )

    async def _serve(self, transport: MemoryTransport) -> None:
        with suppress(ConnectionLost):
            while True:
                frame = json.loads(await transport.receive())
                if frame[0] != 2:
                    answer = frame[2]
                    self._answers.pop(frame[1]).set_result(answer)
                    continue
                _, message_id, action, payload = frame
                self.calls.append((action, payload))
                answer = self._answer(action, payload)
                match answer:
                    case dict():
                        await transport.send(json.dumps([3, message_id, answer]))
                    case str():
                        await transport.send(json.dumps([4, message_id, answer, "", {}]))

    def _answer(self, action: str, payload: dict[str, Any]) -> dict[str, Any] | str | None:
        if action in self.script:
            return self.script[action](payload)
        now = self.clock.utc_now().isoformat()
        if action == "BootNotification":
            return {**self.boot, "currentTime": now}
        if action == "Heartbeat":
            return {"currentTime": now}
        return {}


@pytest.fixture
def world() -> Callable[..., World]:
    return World


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """A virtual loop for the tests that have a world."""
    if "world" in getattr(item, "fixturenames", ()):
        return {"virtual": VirtualTimeLoop}
    return {"asyncio": asyncio.new_event_loop}
