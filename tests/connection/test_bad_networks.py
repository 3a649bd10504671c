"""A station over real sockets, on networks that fail in every way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from ocppkit.connection import Backoff
from ocppkit.message import Version
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, IdToken, StationConfig
from ocppkit.station.connection_events import ConnectionEvent, Disconnected

from ..network.proxy import Proxy, proxy_to

TOKEN = IdToken("04E1A2B3")
ACCEPTED = {"status": "Accepted"}
TRANSACTIONAL = {"StartTransaction", "StopTransaction", "TransactionEvent"}


class Csms:
    """Accepts everything and notes what belongs to transactions."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []

    async def serve(self, connection: ServerConnection) -> None:
        try:
            async for text in connection:
                kind, message_id, action, payload = json.loads(text)
                assert kind == 2
                if action in TRANSACTIONAL:
                    self.got.append({"action": action, **payload})
                await connection.send(json.dumps([3, message_id, self._answer(action, payload)]))
        except ConnectionClosed:
            pass

    def _answer(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat()
        match action:
            case "BootNotification":
                return {**ACCEPTED, "currentTime": now, "interval": 300}
            case "Heartbeat":
                return {"currentTime": now}
            case "Authorize":
                return (
                    {"idTokenInfo": ACCEPTED} if "idToken" in payload else {"idTagInfo": ACCEPTED}
                )
            case "StartTransaction":
                return {"transactionId": 7, "idTagInfo": ACCEPTED}
            case "TransactionEvent" if "idToken" in payload:
                return {"idTokenInfo": ACCEPTED}
        return {}


class Scene:
    """A station, the proxy before its CSMS, and what the CSMS got."""

    def __init__(self, station: ChargingStation, proxy: Proxy, csms: Csms) -> None:
        self.station = station
        self.proxy = proxy
        self.csms = csms
        self.gone = asyncio.Event()
        self.reasons: list[str] = []
        station.events.subscribe(self._note)

    def _note(self, event: ConnectionEvent) -> None:
        if isinstance(event, Disconnected):
            self.reasons.append(event.reason)
            self.gone.set()


@asynccontextmanager
async def scene(version: Version, **changed: Any) -> AsyncIterator[Scene]:
    csms = Csms()
    subprotocol = Subprotocol(version.value)
    async with (
        serve(
            csms.serve,
            "127.0.0.1",
            0,
            subprotocols=[subprotocol],
            ping_interval=None,
            close_timeout=0.1,
        ) as server,
        proxy_to(next(iter(server.sockets)).getsockname()[1]) as proxy,
    ):
        told: dict[str, Any] = {
            "backoff": Backoff(wait_minimum_s=0.02, random_range_s=0.0, repeat_times=2),
            "ping_interval": 0.1,
            "pong_timeout": 0.2,
            "sample_interval": 0,
            "message_retry_interval": 0,
            **changed,
        }
        config = StationConfig(
            identity="CS001",
            csms_url=f"ws://127.0.0.1:{proxy.port}",
            versions=(version,),
            **told,
        )
        hardware = SimulatedHardware()
        station = ChargingStation(config, hardware=hardware)
        hardware.attach(station)
        made = Scene(station, proxy, csms)
        async with asyncio.timeout(20), station:
            await station.wait_online()
            yield made


async def drop(proxy: Proxy) -> None:
    proxy.drop()


async def reset(proxy: Proxy) -> None:
    proxy.reset()


async def half_close(proxy: Proxy) -> None:
    proxy.half_close()


async def truncate(proxy: Proxy) -> None:
    proxy.truncate(40)


async def blackhole(proxy: Proxy) -> None:
    proxy.blackhole()


async def stall(proxy: Proxy) -> None:
    proxy.stall()


async def slow(proxy: Proxy) -> None:
    proxy.delay = 0.5


async def refuse(proxy: Proxy) -> None:
    await proxy.refuse()


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize(
    "fault", [drop, reset, half_close, truncate, blackhole, stall, slow, refuse]
)
@pytest.mark.requirement("E04.FR.01")
async def test_it_comes_back_and_loses_no_message_of_a_transaction(
    version: Version, fault: Callable[[Proxy], Awaitable[None]]
) -> None:
    async with scene(version) as it:
        evse = it.station.evse(1)
        await evse.plugged_in()
        await evse.token_presented(TOKEN)
        await it.station.wait_delivered()
        await fault(it.proxy)
        await evse.token_presented(TOKEN)
        await evse.unplugged()
        await it.gone.wait()
        await it.proxy.heal()
        await it.station.wait_online()
        await it.station.wait_delivered()

    assert it.proxy.accepted >= 2
    if version is Version.V16:
        assert {each["action"] for each in it.csms.got} == {"StartTransaction", "StopTransaction"}
    else:
        numbers = [each["seqNo"] for each in it.csms.got]
        assert sorted(set(numbers)) == list(range(max(numbers) + 1))
        assert numbers == sorted(numbers)
        assert it.csms.got[-1]["eventType"] == "Ended"


@pytest.mark.requirement("1.6-J §5.3")
async def test_no_pong_within_its_time_is_why_it_hangs_up() -> None:
    async with scene(Version.V201) as it:
        it.proxy.blackhole()
        await it.gone.wait()
        await it.proxy.heal()
        await it.station.wait_online()

    assert it.reasons[0] == "no pong within 0.2 s"


async def test_without_pings_an_unanswered_heartbeat_finds_the_dead_link() -> None:
    async with scene(Version.V201, ping_interval=0, call_timeout=0.2) as it:
        it.proxy.blackhole()
        it.station._core.policy.heartbeat_interval = 0
        it.station._core.hurry.set()
        await it.gone.wait()
        it.station._core.policy.heartbeat_interval = 300
        await it.proxy.heal()

    assert it.reasons[0] == "1 heartbeats without an answer"


@pytest.mark.requirement("1.6-J §5.3")
async def test_the_ping_interval_can_be_changed_on_an_open_connection() -> None:
    async with scene(Version.V201, ping_interval=0) as it:
        keeper = it.station._core.keeper
        keeper.keep_alive = type(keeper.keep_alive)(interval=0.05, timeout=0.1)
        it.proxy.blackhole()
        await it.gone.wait()
        await it.proxy.heal()

    assert it.reasons[0] == "no pong within 0.1 s"
