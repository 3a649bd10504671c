"""The console of a standalone station: a person types what a program would send."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import Any, Protocol

from prompt_toolkit import PromptSession
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console

from ocppkit.cli.console_language import (
    OWN_WORDS,
    ConsoleCompleter,
    Typed,
    command_words,
    in_words,
    read_line,
    unknown_word,
)
from ocppkit.cli.console_output import ConsoleOutput
from ocppkit.control.codec import LineSplitter
from ocppkit.control.commands import COMMANDS
from ocppkit.control.controller import Controller
from ocppkit.control.errors import CommandFailed, ErrorCode
from ocppkit.control.hub import Subscription
from ocppkit.control.stdio import StdioChannel

__all__ = ["StationConsole", "prompted", "run_console"]

_PROMPT = "ocppkit> "


class _Bytes(Protocol):
    async def read(self) -> bytes: ...


class StationConsole:
    """Obeys lines and shows events."""

    def __init__(self, controller: Controller, console: Console) -> None:
        """Make a console.

        Args:
            controller: of the station.
            console: where to write.
        """
        self._controller = controller
        self._output = ConsoleOutput(console)
        self._client = Subscription()
        self._own: dict[str, Callable[[tuple[str, ...]], Any]] = {
            "help": self._help,
            "trace": self._trace,
            "start": self._start,
            "stop": self._stop,
        }

    async def run(self, lines: AsyncIterator[str]) -> None:
        """Obey lines until there are no more, or one of them ends the station."""
        self._controller.join(self._client)
        showing = asyncio.ensure_future(self._show())
        try:
            async for line in lines:
                if not await self.obey(line):
                    return
        finally:
            self._controller.leave(self._client)
            self._client.close()
            await showing

    async def obey(self, line: str) -> bool:
        """Do what a line says; whether there is more to come."""
        try:
            understood = read_line(line)
            if understood is not None:
                await self._do(understood)
        except CommandFailed as failed:
            self._output.failed(in_words(failed.message))
            return True
        return understood is None or understood.word != "quit"

    async def _do(self, line: Typed) -> None:
        own = self._own.get(line.word)
        if own is not None:
            self._check_own(line.word)
            await own(line.words)
            return
        result = await self._execute(line.word, **line.args)
        if line.word == "status":
            self._output.status(result)
        else:
            self._output.done(result)

    def _check_own(self, word: str) -> None:
        needs = OWN_WORDS[word].needs
        if needs and needs not in self._controller.capabilities:
            raise _bad(self._controller.why_not(needs, called=word))

    async def _execute(self, name: str, /, **args: Any) -> Any:
        return await self._controller.execute(name, args, client=self._client)

    async def _help(self, words: tuple[str, ...]) -> None:
        if not words:
            self._output.help(self._controller.capabilities)
            return
        word = words[0]
        if word in OWN_WORDS:
            self._check_own(word)
            self._output.help_on_own(word, OWN_WORDS[word])
            return
        command = command_words(COMMANDS).get(word)
        if command is None:
            raise unknown_word(word)
        if command.name not in self._controller.capabilities:
            raise _bad(self._controller.why_not(command.name))
        self._output.help_on(word, command)

    async def _trace(self, words: tuple[str, ...]) -> None:
        if words not in {("on",), ("off",)}:
            raise _bad("trace on, or trace off")
        others = self._client.events - {"message"}
        self._client.choose(others | {"message"} if words == ("on",) else others)
        self._output.done(None)

    async def _start(self, words: tuple[str, ...]) -> None:
        token, evse = (*words, *("04E1A2B3", "1")[len(words) :])[:2]
        number = _number(evse)
        if await self._token(number) is not None:
            raise _bad(f"a transaction is under way at EVSE {number}: stop ends it")
        await self._execute("present_token", token=token, evses=[number])
        self._output.done(None)

    async def _stop(self, words: tuple[str, ...]) -> None:
        number = _number(words[0] if words else "1")
        token = await self._token(number)
        if token is None:
            raise _bad(f"no transaction with a token is under way at EVSE {number}")
        await self._execute("present_token", evses=[number], **token)
        self._output.done(None)

    async def _token(self, evse: int) -> dict[str, str] | None:
        status = await self._execute("status")
        for transaction in status["transactions"]:
            if transaction["evse"] == evse and transaction["token"] is not None:
                return {"token": transaction["token"], "type": transaction["type"]}
        return None

    async def _show(self) -> None:
        while (line := await self._client.next()) is not None:
            self._output.event(json.loads(line))


async def run_console(controller: Controller) -> None:
    """Take commands from the standard input, be it a terminal or not, until it ends."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        with patch_stdout(raw=True), _logging_above():
            console = Console(file=sys.stdout, highlight=False)
            console.print("help lists the commands; quit, or Ctrl-D, ends the station")
            async with aclosing(prompted(controller.capabilities)) as lines:
                await StationConsole(controller, console).run(lines)
        return
    plain = Console(file=sys.stdout, highlight=False)
    async with aclosing(_read(StdioChannel())) as lines:
        await StationConsole(controller, plain).run(lines)


@contextmanager
def _logging_above() -> Iterator[None]:
    """Have the log, too, go above the prompt instead of through it."""
    handlers = [
        (handler, handler.setStream(sys.stderr))
        for handler in logging.getLogger().handlers
        if type(handler) is logging.StreamHandler
    ]
    try:
        yield
    finally:
        for handler, before in handlers:
            if before is not None:
                handler.setStream(before)


async def prompted(capabilities: list[str]) -> AsyncGenerator[str, None]:
    """The lines that somebody types at a prompt, until Ctrl-D or Ctrl-C."""
    session: PromptSession[str] = PromptSession(
        history=InMemoryHistory(),
        completer=ConsoleCompleter(capabilities),
        complete_while_typing=True,
    )
    with suppress(EOFError, KeyboardInterrupt):
        while True:
            yield await session.prompt_async(_PROMPT)


async def _read(channel: _Bytes) -> AsyncGenerator[str, None]:
    """The lines that come from a channel."""
    splitter = LineSplitter()
    while data := await channel.read():
        for line in splitter.feed(data):
            yield _decoded(line)
    for line in splitter.finish():
        yield _decoded(line)


def _decoded(line: bytes | None) -> str:
    return "" if line is None else line.decode(errors="replace")


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise _bad(f"{text}: the number of an EVSE is expected") from None


def _bad(message: str) -> CommandFailed:
    return CommandFailed(ErrorCode.BAD_ARGS, message)
