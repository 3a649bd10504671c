"""Whatever a client of the control protocol sends, it gets an answer and the station goes on."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import strategies as st

from ocppkit.control.codec import LineSplitter, encode, parse
from ocppkit.control.commands import COMMANDS
from ocppkit.control.errors import ErrorCode

from ..control.pretended import Client, World, make_controller
from .conftest import Look
from .garbage import json_values, mutated, mutated_text, octets, texts


def commands() -> st.SearchStrategy[Any]:
    """Commands with arguments of any kind, some of them right."""
    named = [name for name in COMMANDS if name != "quit"]

    def around(name: str) -> st.SearchStrategy[Any]:
        names = [parameter.name for parameter in COMMANDS[name].parameters]
        value = st.sampled_from([1, 2, "x", True, [1], "2024-05-01T12:00:00Z"]) | json_values()
        args = st.fixed_dictionaries({}, optional=dict.fromkeys(names, value))
        return st.fixed_dictionaries({"id": st.integers(0, 9), "cmd": st.just(name), "args": args})

    return st.sampled_from(named).flatmap(around)


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def lines() -> st.SearchStrategy[bytes]:
    """Lines from noise to right commands."""
    found = st.one_of(
        octets(),
        json_values().map(dumped),
        commands().map(dumped),
        mutated(commands()).map(dumped),
        mutated_text(commands()).map(lambda text: text.encode(errors="surrogatepass")),
    )
    return found.filter(lambda line: b"quit" not in line)


def test_any_line_is_a_request_or_says_what_is_wrong(look: Look) -> None:
    def is_read(line: bytes) -> None:
        request = parse(line)

        if request is None:
            assert not line.strip()
        elif request.error is not None:
            assert request.error.code is ErrorCode.BAD_ARGS
            encode({"id": request.id, "message": request.error.message})
        else:
            encode({"id": request.id, "cmd": request.cmd, "args": request.args})

    look(is_read, lines(), count=60)


def test_lines_come_out_as_they_went_in_however_they_are_cut(look: Look) -> None:
    def is_cut(data: bytes, cuts: list[int]) -> None:
        splitter = LineSplitter(longest=20)
        out: list[bytes | None] = []
        at = 0
        for cut in cuts:
            out += splitter.feed(data[at : at + cut])
            at += cut
        out += splitter.feed(data[at:]) + splitter.finish()

        expected = [line if len(line) <= 20 else None for line in data.split(b"\n")]
        assert out == (expected[:-1] if expected[-1] == b"" else expected)

    noise = st.lists(st.sampled_from([b"\n", b"a", b"b" * 15, b"\r", b""]), max_size=12)
    look(is_cut, noise.map(b"".join), st.lists(st.integers(0, 9), max_size=9), count=60)


def test_every_line_gets_one_answer_and_the_next_command_is_carried_out(look: Look) -> None:
    async def converse(given: list[bytes]) -> None:
        client = Client(make_controller(World()))
        assert (await client.next())["event"] == "ready"
        asked = [line for data in given for line in data.split(b"\n") if line.strip()]
        for line in asked:
            client.pipe.give(line + b"\n")
            answer = await client.next()
            while "event" in answer:
                answer = await client.next()
            if answer["ok"] is not True:
                assert answer["error"]["code"] in list(ErrorCode)
                assert answer["error"]["message"]

        assert (await client.command("status"))["result"] == {"online": True}
        client.pipe.give(b"")
        await client.serving

    def is_answered(given: list[bytes]) -> None:
        asyncio.run(converse(given))

    look(is_answered, st.lists(lines(), max_size=6), count=25)


def test_any_text_can_be_typed_as_an_id(look: Look) -> None:
    def comes_back(text: str) -> None:
        request = parse(json.dumps({"id": text, "cmd": "status"}).encode())

        assert request is not None
        assert request.error is not None or request.id == text

    look(comes_back, texts(), count=50)
