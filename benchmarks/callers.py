"""A station in a process of its own that calls a CSMS on one connection, as often as it is told.

An order names a payload and how many times; the answer is how many seconds they took, by the clock
on the wall and by the processor.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeAlias, cast

import ocpp.messages
import ocpp.v16
from ocpp.charge_point import camel_to_snake_case
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from benchmarks.payloads import PAYLOADS, Payload
from benchmarks.peers import ANSWERS, SETTINGS
from benchmarks.processes import LOOPS, answer, orders, run, usage
from ocppkit.codec import codec_for
from ocppkit.connection import connect
from ocppkit.message import Version

__all__ = ["REQUESTS", "main"]

REQUESTS = (
    Payload(name="Heartbeat", version=Version.V16, action="Heartbeat", value={}, large=False),
    *(payload for payload in PAYLOADS if payload.name == "MeterValues"),
)

_Call: TypeAlias = Callable[[], Awaitable[object]]


@asynccontextmanager
async def _ocppkit(port: int) -> AsyncIterator[dict[str, _Call]]:
    codec = codec_for(Version.V16)

    def caller(payload: Payload) -> _Call:
        request = codec.decode_request(codec.actions[payload.action], payload.value)
        return lambda: session.call(request)

    async with connect(
        f"ws://127.0.0.1:{port}", identity="CS001", versions=[Version.V16], handlers=lambda _: []
    ) as session:
        yield {payload.name: caller(payload) for payload in REQUESTS}


def _websocket(port: int, path: str) -> open_websocket:
    return open_websocket(
        f"ws://127.0.0.1:{port}/{path}",
        subprotocols=[Subprotocol(Version.V16)],
        compression=None,
        proxy=None,
        **SETTINGS,
    )


@asynccontextmanager
async def _ocpp(port: int) -> AsyncIterator[dict[str, _Call]]:
    def caller(payload: Payload) -> _Call:
        values = cast("dict[str, Any]", camel_to_snake_case(payload.value))
        request = getattr(ocpp.v16.call, payload.action)(**values)
        return lambda: point.call(request)

    async with _websocket(port, "CS001") as websocket:
        point = ocpp.v16.ChargePoint("CS001", websocket)
        running = asyncio.create_task(point.start())
        yield {payload.name: caller(payload) for payload in REQUESTS}
        await websocket.close()
        with suppress(ConnectionClosed):
            await running


@asynccontextmanager
async def _echo(port: int) -> AsyncIterator[dict[str, _Call]]:
    def caller(websocket: Any, text: str) -> _Call:
        async def call() -> str:
            await websocket.send(text)
            return str(await websocket.recv())

        return call

    first, second = REQUESTS
    async with _websocket(port, first.name) as one, _websocket(port, second.name) as other:
        yield {first.name: caller(one, first.text), second.name: caller(other, second.text)}


_CONTENDERS = {"ocppkit": _ocppkit, "ocpp": _ocpp, "ocpp, executor off": _ocpp, "echo": _echo}


async def _call(contender: str, port: int) -> None:
    async with _CONTENDERS[contender](port) as calls:
        for name, call in calls.items():
            said = await call()
            if contender == "echo" and said != ANSWERS[name]:
                msg = f"{said!r} is no answer to {name}"
                raise ValueError(msg)
        answer()
        async for order in orders():
            call = calls[order["payload"]]
            before = usage()
            for _ in range(order["times"]):
                await call()
            answer(**{name: value - before[name] for name, value in usage().items()})


def main() -> None:
    """Call until standard input ends."""
    parser = argparse.ArgumentParser(prog="benchmarks.callers")
    parser.add_argument("contender", choices=_CONTENDERS)
    parser.add_argument("port", type=int)
    parser.add_argument("--loop", choices=LOOPS, default="asyncio")
    options = parser.parse_args()
    logging.disable()
    ocpp.messages.ASYNC_VALIDATION = options.contender != "ocpp, executor off"
    run(_call(options.contender, options.port), options.loop)


if __name__ == "__main__":
    main()
