"""A pretended station to control, and a client that speaks to it line by line."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from ocppkit.control.client import serve
from ocppkit.control.controller import Controller, actions_of


class World:
    """What can be done; takes note of what was.

    Attributes:
        done: the commands and their arguments.
    """

    def __init__(self) -> None:
        self.done: list[tuple[str, dict[str, Any]]] = []

    async def plug_in(self, **arguments: Any) -> None:
        self.done.append(("plug_in", arguments))

    async def present_token(self, **arguments: Any) -> None:
        self.done.append(("present_token", arguments))

    async def set_fault(self, **arguments: Any) -> None:
        self.done.append(("set_fault", arguments))

    async def set_meter(self, **arguments: Any) -> None:
        self.done.append(("set_meter", arguments))

    async def data_transfer(self, **arguments: Any) -> None:
        self.done.append(("data_transfer", arguments))

    async def ev_power(self, **_: Any) -> None:
        msg = "EVSE 1 has no car"
        raise ValueError(msg)

    async def plug_out(self, **_: Any) -> None:
        raise ZeroDivisionError

    async def status(self) -> dict[str, Any]:
        return {"online": True}

    async def security_event(self, **_: Any) -> object:
        return object()


class Pipe:
    """A `Channel` in memory; what the station writes waits until it is taken."""

    def __init__(self) -> None:
        self.written: asyncio.Queue[bytes] = asyncio.Queue()
        self._given: asyncio.Queue[bytes] = asyncio.Queue()
        self._open = asyncio.Event()
        self._open.set()

    async def read(self) -> bytes:
        return await self._given.get()

    async def write(self, data: bytes) -> None:
        await self._open.wait()
        await self.written.put(data)

    def give(self, data: bytes) -> None:
        self._given.put_nowait(data)

    def block(self) -> None:
        """Take nothing from now on."""
        self._open.clear()

    def unblock(self) -> None:
        """Take everything again."""
        self._open.set()


class Client:
    """A program that controls the station."""

    def __init__(self, controller: Controller) -> None:
        self.pipe = Pipe()
        self.serving = asyncio.ensure_future(serve(self.pipe, controller))
        self.events: list[dict[str, Any]] = []

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(5):
            line = await self.pipe.written.get()
        assert line.endswith(b"\n")
        value = json.loads(line)
        assert isinstance(value, dict)
        return value

    async def ask(self, line: bytes | str) -> dict[str, Any]:
        """Send a line; its answer. Events that come before it are kept."""
        self.pipe.give((line.encode() if isinstance(line, str) else line) + b"\n")
        while True:
            value = await self.next()
            if "event" not in value:
                return value
            self.events.append(value)

    async def command(self, cmd: str, **args: Any) -> dict[str, Any]:
        return await self.ask(json.dumps({"id": 1, "cmd": cmd, "args": args}))

    async def error(self, cmd: str, **args: Any) -> str:
        """The code that a command is refused with."""
        answer = await self.command(cmd, **args)
        assert answer["ok"] is False, answer
        assert answer["error"]["message"]
        code: str = answer["error"]["code"]
        return code


def make_controller(world: World) -> Controller:
    controller = Controller(
        actions_of(world), places={1: 2, 2: 1}, host_handlers=frozenset({"data_transfer"})
    )
    controller.begin()
    return controller
