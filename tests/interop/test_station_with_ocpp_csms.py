"""A whole charging session of our station with a CSMS that is made of the package `ocpp`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call as call16
from ocpp.v16 import call_result as result16
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call as call201
from ocpp.v201 import call_result as result201
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import ChargingStation, IdToken, StationConfig, TokenOutcome

TOKEN = IdToken("04E1A2B3")
ACCEPTED: Any = {"status": "Accepted"}


def now() -> str:
    return datetime.now(UTC).isoformat()


class Seen:
    """What the CSMS got, to be waited for."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self._more = asyncio.Event()

    def add(self, action: str, payload: dict[str, Any]) -> None:
        self.messages.append((action, payload))
        self._more.set()

    async def wait(self, action: str, **wanted: Any) -> dict[str, Any]:
        async with asyncio.timeout(10):
            while True:
                for name, payload in self.messages:
                    if name == action and wanted.items() <= payload.items():
                        return payload
                self._more.clear()
                await self._more.wait()


class Point16(ChargePoint16):  # type: ignore[misc]  # the package is untyped
    seen: Seen

    @on("BootNotification")  # type: ignore[untyped-decorator]  # as above
    def on_boot(self, **payload: Any) -> Any:
        self.seen.add("BootNotification", payload)
        return result16.BootNotification(current_time=now(), interval=300, **ACCEPTED)

    @on("StatusNotification")  # type: ignore[untyped-decorator]  # as above
    def on_status(self, **payload: Any) -> Any:
        self.seen.add("StatusNotification", payload)
        return result16.StatusNotification()

    @on("Authorize")  # type: ignore[untyped-decorator]  # as above
    def on_authorize(self, **payload: Any) -> Any:
        self.seen.add("Authorize", payload)
        return result16.Authorize(id_tag_info=ACCEPTED)

    @on("StartTransaction")  # type: ignore[untyped-decorator]  # as above
    def on_start(self, **payload: Any) -> Any:
        self.seen.add("StartTransaction", payload)
        return result16.StartTransaction(transaction_id=42, id_tag_info=ACCEPTED)

    @on("MeterValues")  # type: ignore[untyped-decorator]  # as above
    def on_meter_values(self, **payload: Any) -> Any:
        self.seen.add("MeterValues", payload)
        return result16.MeterValues()

    @on("StopTransaction")  # type: ignore[untyped-decorator]  # as above
    def on_stop(self, **payload: Any) -> Any:
        self.seen.add("StopTransaction", payload)
        return result16.StopTransaction()


class Point201(ChargePoint201):  # type: ignore[misc]  # the package is untyped
    seen: Seen

    @on("BootNotification")  # type: ignore[untyped-decorator]  # as above
    def on_boot(self, **payload: Any) -> Any:
        self.seen.add("BootNotification", payload)
        return result201.BootNotification(current_time=now(), interval=300, **ACCEPTED)

    @on("StatusNotification")  # type: ignore[untyped-decorator]  # as above
    def on_status(self, **payload: Any) -> Any:
        self.seen.add("StatusNotification", payload)
        return result201.StatusNotification()

    @on("Authorize")  # type: ignore[untyped-decorator]  # as above
    def on_authorize(self, **payload: Any) -> Any:
        self.seen.add("Authorize", payload)
        return result201.Authorize(id_token_info=ACCEPTED)

    @on("TransactionEvent")  # type: ignore[untyped-decorator]  # as above
    def on_transaction_event(self, **payload: Any) -> Any:
        self.seen.add("TransactionEvent", payload)
        info: Any = ACCEPTED if "id_token" in payload else None
        return result201.TransactionEvent(id_token_info=info)


@asynccontextmanager
async def session(kind: Any, version: Version) -> AsyncIterator[tuple[Any, Any, Any, Seen]]:
    seen, arrived = Seen(), asyncio.get_running_loop().create_future()

    async def serve_station(connection: ServerConnection) -> None:
        point = kind("CS001", connection)
        point.seen = seen
        arrived.set_result(point)
        with suppress(ConnectionClosed):
            await point.start()

    protocol = Subprotocol(version.value)
    async with serve(serve_station, "127.0.0.1", 0, subprotocols=[protocol]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        config = StationConfig(
            identity="CS001", csms_url=f"ws://127.0.0.1:{port}", sample_interval=1
        )
        hardware = SimulatedHardware(step=0.2)
        async with ChargingStation(config, hardware=hardware) as station:
            hardware.attach(station)
            async with asyncio.timeout(10):
                await station.wait_online()
            yield station, hardware, await arrived, seen


async def charge(station: Any, hardware: SimulatedHardware) -> None:
    await hardware.arrive(SimulatedEv(start_delay=0.05))
    assert await station.evse(1).token_presented(TOKEN) is TokenOutcome.ACCEPTED


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the package's own
async def test_a_session_in_1_6() -> None:
    async with session(Point16, Version.V16) as (station, hardware, point, seen):
        await charge(station, hardware)
        await seen.wait("StatusNotification", status="Charging")
        values = await seen.wait("MeterValues", transaction_id=42)
        configuration = await point.call(call16.GetConfiguration(key=["NumberOfConnectors"]))
        stopping = await point.call(call16.RemoteStopTransaction(transaction_id=42))
        stop = await seen.wait("StopTransaction", transaction_id=42)
        await station.wait_delivered()
        await hardware.depart()
        await seen.wait("StatusNotification", status="Finishing")

    assert (await seen.wait("StartTransaction"))["id_tag"] == TOKEN.value
    assert values["meter_value"][0]["sampled_value"][0]["unit"] == "Wh"
    assert configuration.configuration_key[0]["value"] == "1"
    assert stopping.status == "Accepted"
    assert stop["reason"] == "Remote"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the package's own
async def test_a_session_in_2_0_1() -> None:
    async with session(Point201, Version.V201) as (station, hardware, point, seen):
        await charge(station, hardware)
        await seen.wait("TransactionEvent", trigger_reason="ChargingStateChanged")
        await seen.wait("TransactionEvent", trigger_reason="MeterValuePeriodic")
        asked: Any = {"component": {"name": "TxCtrlr"}, "variable": {"name": "TxStopPoint"}}
        variables = await point.call(call201.GetVariables(get_variable_data=[asked]))
        assert await station.evse(1).token_presented(TOKEN) is TokenOutcome.STOPPED
        ended = await seen.wait("TransactionEvent", event_type="Ended")
        await station.wait_delivered()
        await hardware.depart()

    events = [payload for action, payload in seen.messages if action == "TransactionEvent"]
    assert [event["seq_no"] for event in events] == list(range(len(events)))
    assert variables.get_variable_result[0]["attribute_value"] == "Authorized,EVConnected"
    assert ended["transaction_info"]["stopped_reason"] == "Local"
