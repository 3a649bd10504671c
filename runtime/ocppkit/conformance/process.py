"""Reaches a station's control protocol: at a socket, or in a process that the kit starts."""

from __future__ import annotations

import asyncio
import logging
import shlex
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from ocppkit.conformance.verdict import Impossible
from ocppkit.conformance.world import ControlWorld, World

__all__ = ["StationProcess", "StreamLines", "at_socket", "in_process"]

_logger = logging.getLogger(__name__)

_LIMIT: Final = 16 * 2**20  # octets a line (the control protocol's own limit)
_GRACE: Final = 10.0  # seconds for a station to end by itself
_TOO_SOON: Final = 2.0  # seconds: a station that ends before has failed
_FAILURES: Final = 3  # in a row, after which it is not started again


class StreamLines:
    """`Lines` on a pair of streams."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self) -> bytes:
        """The next line; nothing at the end."""
        return await self._reader.readline()

    async def write(self, line: bytes) -> None:
        """Write a line."""
        self._writer.write(line)
        await self._writer.drain()


@asynccontextmanager
async def at_socket(address: str) -> AsyncIterator[World]:
    """The world of a station that takes commands at ``tcp:HOST:PORT`` or ``unix:PATH``.

    Raises:
        OSError: nobody listens there.
        ValueError: it is no address.
    """
    scheme, _, rest = address.partition(":")
    host, _, port = rest.rpartition(":")
    if scheme == "tcp" and host and port.isdecimal():
        reader, writer = await asyncio.open_connection(host.strip("[]"), int(port), limit=_LIMIT)
    elif scheme == "unix" and rest:
        reader, writer = await asyncio.open_unix_connection(rest, limit=_LIMIT)
    else:
        msg = f"tcp:HOST:PORT or unix:PATH is expected, not {address!r}"
        raise ValueError(msg)
    world = ControlWorld(StreamLines(reader, writer))
    reading = asyncio.create_task(world.run(), name="control")
    try:
        await world.ready()
        yield world
    finally:
        reading.cancel()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@asynccontextmanager
async def in_process(command: str) -> AsyncIterator[StationProcess]:
    """A station that a command starts, with ``--control stdio`` in it; it ends with the block.

    Raises:
        OSError: it cannot be started.
        TimeoutError: it does not say that it is ready.
    """
    station = StationProcess(shlex.split(command))
    await station.start()
    try:
        yield station
    finally:
        await station.close()


class StationProcess:
    """A station in a process: started again whenever it ends, as a machine's supervisor does."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._process: Process | None = None
        self._world: ControlWorld | None = None
        self._watching: asyncio.Task[None] | None = None
        self._closing = False

    async def start(self) -> None:
        """Start it, and wait until it takes commands.

        Raises:
            OSError: it cannot be started.
            TimeoutError: it does not say that it is ready.
        """
        process, world = await self._spawn()
        self._watching = asyncio.create_task(self._watch(process, world), name="station")
        await world.ready()

    def can(self, action: str) -> bool:
        """Whether the station listed this command; a power cut is always possible."""
        return action == "power_cut" or (self._world is not None and self._world.can(action))

    async def perform(self, action: str, **args: Any) -> None:
        """Give a command, or cut the power.

        Raises:
            Impossible: the station does not know it.
            CommandRefused: it was not carried out.
        """
        if action == "power_cut":
            self.cut()
            return
        if self._world is None:
            raise Impossible(f"no way to {action}: the station does not run")
        await self._world.perform(action, **args)

    def cut(self) -> None:
        """Take its power away; it starts again by itself."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)

    async def close(self) -> None:
        """End it."""
        self._closing = True
        process = self._process
        if process is not None and process.returncode is None:
            if process.stdin is not None:
                process.stdin.close()  # the end of its standard input ends a station cleanly
            try:
                async with asyncio.timeout(_GRACE):
                    _ = await process.wait()
            except TimeoutError:
                process.kill()
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching

    async def _spawn(self) -> tuple[Process, ControlWorld]:
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, limit=_LIMIT
        )
        if process.stdin is None or process.stdout is None:
            msg = "the station has no standard input and output"
            raise OSError(msg)
        world = ControlWorld(StreamLines(process.stdout, process.stdin))
        self._process, self._world = process, world
        return process, world

    async def _watch(self, process: Process, world: ControlWorld) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            begun = loop.time()
            await world.run()
            code = await process.wait()
            if self._closing:
                return
            failures = failures + 1 if loop.time() - begun < _TOO_SOON else 0
            if failures >= _FAILURES:
                _logger.error("the station ended %s times at once, with %s", failures, code)
                return
            _logger.info("the station ended with %s, and is started again", code)
            process, world = await self._spawn()
