"""A standalone station in a process of its own, driven through the control protocol."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

RUN = "from ocppkit.cli.station import command; command(prog_name='ocppkit station')"
PATIENCE = 20.0  # seconds for what takes far less
LONGEST = 30.0  # seconds for one wait, however much else comes meanwhile

Event = dict[str, Any]


def write_file(folder: Path, *, url: str, version: str, more: str = "") -> Path:
    """Write a station's file."""
    path = folder / "station.toml"
    path.write_text(
        f'[station]\nidentity = "CS001"\n\n[csms]\nurl = "{url}"\nversions = ["{version}"]\n\n'
        f"[transactions]\nsample_interval = 1\n{more}",
        encoding="utf-8",
    )
    return path


class Driver:
    """One client of the control protocol.

    Attributes:
        ready: the first line.
        events: what came so far.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.ready: Event = {}
        self.events: list[Event] = []
        self._reader = reader
        self._writer = writer
        self._last = 0

    async def begin(self) -> None:
        """Read the first line."""
        self.ready = await self._next()

    async def send(self, line: bytes) -> None:
        """Send a line as it is."""
        self._writer.write(line)
        await self._writer.drain()

    async def answer(self) -> dict[str, Any]:
        """The next answer; events before it are kept."""
        async with asyncio.timeout(LONGEST):
            while "event" in (line := await self._next()):
                self.events.append(line)
        return line

    async def ask(self, cmd: str, **args: Any) -> dict[str, Any]:
        """The answer to a command."""
        self._last += 1
        await self.send(json.dumps({"id": self._last, "cmd": cmd, "args": args}).encode() + b"\n")
        answer = await self.answer()
        assert answer["id"] == self._last
        return answer

    async def do(self, cmd: str, **args: Any) -> Any:
        """Have a command carried out; its result."""
        answer = await self.ask(cmd, **args)
        assert answer["ok"], answer
        return answer["result"]

    async def event(self, name: str, **fields: Any) -> Event:
        """Wait for an event, which may have come already; what came before it is forgotten."""

        def fits(event: Event) -> bool:
            return event["event"] == name and fields.items() <= event.items()

        return await self._wait(fits, what=f"{name} {fields}")

    async def message(self, action: str, kind: str = "CALLRESULT", **payload: Any) -> Event:
        """Wait for an OCPP message with this at the top of its payload."""

        def fits(event: Event) -> bool:
            is_it = event["event"] == "message" and event["action"] == action
            return bool(
                is_it and event["kind"] == kind and payload.items() <= event["payload"].items()
            )

        return await self._wait(fits, what=f"{action} {payload}")

    async def end_of_stream(self) -> None:
        """Wait until the station has closed its side."""
        async with asyncio.timeout(PATIENCE):
            while line := await self._reader.readline():
                self.events.append(json.loads(line))

    async def _wait(self, fits: Callable[[Event], bool], *, what: str) -> Event:
        seen: list[Event] = []
        try:
            async with asyncio.timeout(LONGEST):
                while True:
                    while self.events:
                        event = self.events.pop(0)
                        seen.append(event)
                        if fits(event):
                            return event
                    self.events.append(await self._next())
        except TimeoutError:
            msg = f"no {what}; there were {seen}"
            raise AssertionError(msg) from None

    async def _next(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            line = await self._reader.readline()
        assert line, "the station has closed its side"
        value = json.loads(line)
        assert isinstance(value, dict)
        return value


class Station:
    """The process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._told = b""
        self._listening = asyncio.ensure_future(self._listen())
        self._heard = asyncio.Event()

    async def logged(self, text: str) -> str:
        """Wait until the station has logged a text; the rest of its line."""
        async with asyncio.timeout(PATIENCE):
            while text.encode() not in self._told or not self._told.endswith(b"\n"):
                self._heard.clear()
                await self._heard.wait()
        return self._told.decode().partition(text)[2].partition("\n")[0]

    def kill(self) -> None:
        """Cut the power."""
        self.process.kill()

    def terminate(self) -> None:
        """Ask for a clean end."""
        self.process.send_signal(signal.SIGTERM)

    async def exit_code(self) -> int:
        """Wait for the end."""
        async with asyncio.timeout(PATIENCE):
            await self._listening
            return await self.process.wait()

    @property
    def log(self) -> str:
        """What was logged so far."""
        return self._told.decode()

    async def _listen(self) -> None:
        assert self.process.stderr is not None
        while data := await self.process.stderr.read(65536):
            self._told += data
            self._heard.set()


@asynccontextmanager
async def running(*arguments: str | Path) -> AsyncIterator[Station]:
    """A station in a process of its own; killed at the end if it is still there."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        RUN,
        *map(str, arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=2**24,
        env={"PYTHONPATH": ":".join(sys.path), "PYTHONIOENCODING": "utf-8"},
    )
    station = Station(process)
    try:
        yield station
    finally:
        if process.returncode is None:
            process.kill()
        await station.exit_code()
        assert process.stdin is not None
        process.stdin.close()


@asynccontextmanager
async def driven(*arguments: str | Path) -> AsyncIterator[tuple[Station, Driver]]:
    """A station that is controlled over its standard input and output."""
    async with running(*arguments, "--control", "stdio") as station:
        process = station.process
        assert process.stdin is not None
        assert process.stdout is not None
        driver = Driver(process.stdout, process.stdin)
        await driver.begin()
        yield station, driver


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Driver]:
    """A client at ``unix:PATH`` or ``tcp:HOST:PORT``."""
    scheme, _, rest = address.partition(":")
    host, _, port = rest.rpartition(":")
    if scheme == "unix":
        reader, writer = await asyncio.open_unix_connection(rest, limit=2**24)
    else:
        reader, writer = await asyncio.open_connection(host, int(port), limit=2**24)
    driver = Driver(reader, writer)
    try:
        await driver.begin()
        yield driver
    finally:
        writer.close()
