"""Many stations in a process of their own, that do no more than send Heartbeats.

They are bare websockets that offer to compress. Each order names how many a second and for how
many seconds; the answer is how many Heartbeats were answered.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import resource
from contextlib import AsyncExitStack

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from benchmarks.callers import REQUESTS
from benchmarks.peers import SETTINGS
from benchmarks.processes import answer, orders, run
from ocppkit.message import Version

__all__ = ["main"]

_AT_ONCE = 50  # connections that are opened


async def _open(port: int, number: int, gate: asyncio.Semaphore) -> ClientConnection:
    async with gate:
        return await connect(
            f"ws://127.0.0.1:{port}/CS{number:06}",
            subprotocols=[Subprotocol(Version.V16)],
            compression="deflate",
            proxy=None,
            open_timeout=60,
            **SETTINGS,
        )


async def _beat(connection: ClientConnection) -> None:
    await connection.send(REQUESTS[0].text)
    await connection.recv()


async def _keep_beating(
    connection: ClientConnection, *, first: float, interval: float, until: float
) -> int:
    """Beat at regular times of the event loop's clock; returns how often."""
    now = asyncio.get_running_loop().time
    times, due = 0, first
    while due < until:
        await asyncio.sleep(max(0.0, due - now()))
        await _beat(connection)
        times, due = times + 1, due + interval
    return times


async def _stay(port: int, count: int) -> None:
    async with AsyncExitStack() as stack:
        gate = asyncio.Semaphore(_AT_ONCE)
        connections = await asyncio.gather(*(_open(port, each, gate) for each in range(count)))
        for connection in connections:
            stack.push_async_callback(connection.close)
            if not connection.protocol.extensions:
                msg = "the CSMS does not compress"
                raise ValueError(msg)
            await _beat(connection)
        answer()
        async for order in orders():
            interval = count / order["rate"]
            begin = asyncio.get_running_loop().time()
            until = begin + order["seconds"]
            beating = (
                _keep_beating(
                    connection,
                    first=begin + interval * number / count,
                    interval=interval,
                    until=until,
                )
                for number, connection in enumerate(connections)
            )
            answer(answered=sum(await asyncio.gather(*beating)))


def main() -> None:
    """Keep the connections until standard input ends."""
    parser = argparse.ArgumentParser(prog="benchmarks.fleet")
    parser.add_argument("port", type=int)
    parser.add_argument("count", type=int)
    options = parser.parse_args()
    logging.disable()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    run(_stay(options.port, options.count), "asyncio")


if __name__ == "__main__":
    main()
