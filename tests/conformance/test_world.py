from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from ocppkit.conformance.verdict import Impossible
from ocppkit.conformance.world import CommandRefused, ControlWorld, PromptWorld


class Pipe:
    """A station's control protocol, by hand."""

    def __init__(self) -> None:
        self.written: list[dict[str, Any]] = []
        self.lines: asyncio.Queue[bytes] = asyncio.Queue()
        self.say(event="ready", protocol=1, capabilities=["plug_in", "reboot"])

    def say(self, **line: Any) -> None:
        self.lines.put_nowait(json.dumps(line).encode() + b"\n")

    async def read(self) -> bytes:
        return await self.lines.get()

    async def write(self, line: bytes) -> None:
        asked = json.loads(line)
        self.written.append(asked)
        self.say(event="plug", evse=1)
        if asked["args"].get("evse") == 9:
            self.say(id=asked["id"], ok=False, error={"code": "bad_args", "message": "no EVSE 9"})
        elif asked["args"].get("side"):
            error = {"code": "not_supported", "message": "no sides"}
            self.say(id=asked["id"], ok=False, error=error)
        else:
            self.say(id=asked["id"], ok=True, result=None)


class Mute(Pipe):
    """A station that reads, and then ends."""

    async def write(self, line: bytes) -> None:
        """Say nothing."""


async def test_a_command_is_a_line_and_waits_for_its_answer() -> None:
    pipe = Pipe()
    world = ControlWorld(pipe)
    running = asyncio.create_task(world.run())
    await world.perform("plug_in", evse=1, connector=1)

    assert pipe.written == [{"id": 1, "cmd": "plug_in", "args": {"evse": 1, "connector": 1}}]
    assert world.can("reboot")
    assert not world.can("bay")
    running.cancel()


async def test_what_the_station_cannot_do_is_impossible_and_what_it_will_not_is_refused() -> None:
    pipe = Pipe()
    world = ControlWorld(pipe)
    running = asyncio.create_task(world.run())

    with pytest.raises(Impossible, match="no way to bay"):
        await world.perform("bay", evse=1)
    with pytest.raises(Impossible, match="no sides"):
        await world.perform("plug_in", evse=1, side="ev")
    with pytest.raises(CommandRefused, match="no EVSE 9"):
        await world.perform("plug_in", evse=9)
    running.cancel()


async def test_the_end_of_the_station_ends_what_waits() -> None:
    pipe = Mute()
    world = ControlWorld(pipe)
    running = asyncio.create_task(world.run())
    await world.ready()
    performing = asyncio.create_task(world.perform("plug_in", evse=1))
    await asyncio.sleep(0)
    pipe.lines.put_nowait(b"")

    with pytest.raises(CommandRefused, match="the station ended"):
        await performing
    await running


async def test_a_person_is_told_and_may_decline() -> None:
    asked: list[str] = []
    answers = ["", "no\n"]

    async def ask(text: str) -> str:
        asked.append(text)
        return answers.pop(0)

    world = PromptWorld(ask)
    await world.perform("plug_in", evse=1, connector=2, ev={"current_a": 0})

    assert asked == ["Connect the EV to EVSE 1, connector 2 {'ev': {'current_a': 0}}. Done [Y/n]? "]
    with pytest.raises(Impossible, match="the operator cannot"):
        await world.perform("reboot")


async def test_a_person_need_not_read_certificates() -> None:
    asked: list[str] = []

    async def ask(text: str) -> str:
        asked.append(text)
        return ""

    ev = {"emaid": "DE8AA1A2B3C4D5", "contract_chain_pem": "-----BEGIN CERTIFICATE-----" * 9}
    await PromptWorld(ask).perform("plug_in", evse=1, connector=1, ev=ev)

    assert "{'emaid': 'DE8AA1A2B3C4D5', 'contract_chain_pem': '...'}" in asked[0]
