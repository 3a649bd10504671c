"""A CSMS in a process of its own that answers Heartbeat and MeterValues of OCPP 1.6.

The one that is called "booting" is ocppkit's own, which answers all that a station says.

It says its port when it is ready; every order is answered with what it has used so far.
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final

import ocpp.messages
import ocpp.v16
from ocpp.routing import on
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from benchmarks.processes import LOOPS, answer, orders, run, usage
from ocppkit import v16
from ocppkit.connection import Server
from ocppkit.csms import CsmsServer
from ocppkit.message import Version

__all__ = ["ANSWERS", "MESSAGE_ID", "SETTINGS", "main"]

_NOW = datetime(2026, 3, 14, 8, tzinfo=UTC)
_NOW_TEXT = "2026-03-14T08:00:00.000Z"

MESSAGE_ID: Final = "3f2c8a54-9d0e-4b7a-8c61-5e1d7f9a2b30"
ANSWERS: Final = {
    action: json.dumps([3, MESSAGE_ID, payload], separators=(",", ":"))
    for action, payload in (("Heartbeat", {"currentTime": _NOW_TEXT}), ("MeterValues", {}))
}
"""Action → the text that answers a CALL with this id."""

SETTINGS: Final[dict[str, Any]] = {"ping_interval": 20.0, "ping_timeout": 20.0}
"""What the others have in common with ocppkit's websockets."""

_CONTENDERS = ("ocppkit", "ocpp", "ocpp, executor off", "echo", "booting")


class _Backend(v16.CsmsHandler):
    async def on_heartbeat(
        self,
        request: v16.HeartbeatRequest,  # noqa: ARG002  # the handlers' contract
    ) -> v16.HeartbeatResponse:
        return v16.HeartbeatResponse(current_time=_NOW)

    async def on_meter_values(
        self,
        request: v16.MeterValuesRequest,  # noqa: ARG002  # the handlers' contract
    ) -> v16.MeterValuesResponse:
        return v16.MeterValuesResponse()


class _OcppBackend(ocpp.v16.ChargePoint):  # type: ignore[misc]  # it ships no types
    @on("Heartbeat")  # type: ignore[untyped-decorator]  # as above
    async def on_heartbeat(self, **_: Any) -> Any:
        return ocpp.v16.call_result.Heartbeat(current_time=_NOW_TEXT)

    @on("MeterValues")  # type: ignore[untyped-decorator]  # as above
    async def on_meter_values(self, **_: Any) -> Any:
        return ocpp.v16.call_result.MeterValues()


async def _echo(connection: ServerConnection) -> None:
    """Answer every text with the one that the path names, unread."""
    text = ANSWERS["" if connection.request is None else connection.request.path[1:]]
    with suppress(ConnectionClosed):
        while True:
            await connection.recv()
            await connection.send(text)


async def _route(connection: ServerConnection) -> None:
    with suppress(ConnectionClosed):
        await _OcppBackend("CS001", connection).start()


@asynccontextmanager
async def _websockets(contender: str, *, compression: bool) -> AsyncIterator[int]:
    async with serve(
        _echo if contender == "echo" else _route,
        "127.0.0.1",
        0,
        subprotocols=[Subprotocol(Version.V16)],
        compression="deflate" if compression else None,
        **SETTINGS,
    ) as listener:
        yield next(iter(listener.sockets)).getsockname()[1]


@asynccontextmanager
async def _booting() -> AsyncIterator[int]:
    async with CsmsServer(port=0) as csms:
        yield csms.port


def _listening(contender: str, *, compression: bool) -> AbstractAsyncContextManager[int]:
    if contender == "booting":
        return _booting()
    if contender != "ocppkit":
        return _websockets(contender, compression=compression)
    # Whether it compresses is the station's choice: it always may.
    server = Server(versions=[Version.V16], handlers=lambda _: [_Backend()])
    return server.serve("127.0.0.1", 0)


async def _serve(contender: str, *, compression: bool) -> None:
    async with _listening(contender, compression=compression) as port:
        answer(port=port)
        async for order in orders():
            answer(**usage(memory=order.get("memory", False)))


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(prog="benchmarks.peers")
    parser.add_argument("contender", choices=_CONTENDERS)
    parser.add_argument("--loop", choices=LOOPS, default="asyncio")
    parser.add_argument("--compression", action="store_true", help="take it where it is offered")
    options = parser.parse_args()
    logging.disable()
    ocpp.messages.ASYNC_VALIDATION = options.contender != "ocpp, executor off"
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    run(_serve(options.contender, compression=options.compression), options.loop)


if __name__ == "__main__":
    main()
