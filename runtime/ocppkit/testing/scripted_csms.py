"""A CSMS that a test leads: it expects messages in order and answers as it is told."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from itertools import count
from typing import Any, Final, TypeAlias, TypeVar, assert_never, cast

from attrs import frozen

from ocppkit.clock import Clock
from ocppkit.codec import codec_for
from ocppkit.codec.jsontext import dumps
from ocppkit.connection import Transport
from ocppkit.connection.transport import Pulled
from ocppkit.errors import (
    CallError,
    CallRefused,
    CallTimeout,
    ConnectionLost,
    ErrorCode,
    InvalidAnswer,
    ValidationError,
)
from ocppkit.message import R, Request, Response, Side, Version
from ocppkit.rpc import (
    BadFrame,
    Call,
    CallErrorFrame,
    CallResult,
    code_for_rule,
    parse,
    render,
    spell,
)
from ocppkit.testing.default_answers import default_answer
from ocppkit.testing.network import MemoryNetwork
from ocppkit.testing.virtual_time import VirtualClock

__all__ = ["SILENCE", "Received", "ScriptedCsms", "Unexpected"]

Q = TypeVar("Q", bound=Request[Any])

SILENCE: Final = None
"""The answer that never comes."""

_Reply: TypeAlias = "R | CallError | None"
_Answering: TypeAlias = Callable[[Any], Response | CallError | None]

_PATIENCE = 60.0  # seconds
_SHOWN = 8  # messages that came before an unexpected one
_WIDTH = 200  # characters of a message


class Unexpected(AssertionError):
    """The station did something else than the test expects."""


@frozen(kw_only=True)
class Received:
    """A message of the station's.

    Attributes:
        at: when it came, in seconds of the clock.
        shown: what it is, for people.
        request: None where it is none, or breaks the schema.
    """

    at: float
    shown: str
    request: Request[Any] | None = None

    def __str__(self) -> str:
        return f"{textwrap.shorten(self.shown, _WIDTH, placeholder='…')} at {self.at:g} s"


class ScriptedCsms:
    """A CSMS that a test leads, message by message; it listens inside ``async with csms.on(...)``.

    What it was not told how to answer it accepts. A station that breaks the schema is answered
    with the error that it deserves, and fails the test.

    Attributes:
        received: all that stations asked, in order.
    """

    def __init__(self, version: Version, *, clock: Clock | None = None) -> None:
        """Make a CSMS of one version.

        Args:
            version: what it speaks.
            clock: what it goes by; that of the running virtual loop unless told otherwise.
        """
        self.received: list[Received] = []
        self._version = version
        self._clock = clock or VirtualClock()
        self._codec = codec_for(version)
        self._answers: dict[str, _Answering] = {}
        self._ignored: set[str] = set()
        self._inbox: asyncio.Queue[Received] = asyncio.Queue()
        self._transport: Transport | None = None
        self._connected = asyncio.Event()
        self._asked: dict[str, asyncio.Future[CallResult | CallErrorFrame]] = {}
        self._message_ids = count(1)
        self._transaction_ids = count(1)

    @asynccontextmanager
    async def on(self, network: MemoryNetwork) -> AsyncIterator[ScriptedCsms]:
        """Listen until the block is left.

        Raises:
            Unexpected: at the end, where the station broke the schema and nobody noticed.
        """
        async with network.listen(self):
            yield self
        while not self._inbox.empty():
            rest = self._inbox.get_nowait()
            if rest.request is None:
                raise Unexpected(f"the station sent {rest}")

    def answer(self, to: type[Request[R]], answer: _Reply[R] | Callable[[Any], _Reply[R]]) -> None:
        """Say how to answer an action from now on.

        Args:
            to: the class of the request.
            answer: the response, a `CallError` to refuse with, `SILENCE`, or what makes one of
                these of the request.
        """
        if callable(answer):
            self._answers[to.ACTION] = answer
        else:
            self._answers[to.ACTION] = lambda _: answer

    def ignore(self, *actions: type[Request[Any]]) -> None:
        """Answer these, but expect nothing of them: heartbeats, for example."""
        self._ignored |= {action.ACTION for action in actions}

    async def expect(self, request: type[Q], *, within: float = _PATIENCE, **fields: object) -> Q:
        """Wait for the next message, and see that it is the right one.

        Args:
            request: its class.
            within: how long it may take, in seconds.
            **fields: what it has to say.

        Raises:
            Unexpected: nothing came, or something else.
        """
        wanted = _wanted(request, fields)
        received = await self._next(within)
        if received is None:
            raise self._unexpected(f"expected {wanted} within {within:g} s, got nothing")
        got = received.request
        if not isinstance(got, request):
            raise self._unexpected(f"expected {wanted}, got {received}")
        different = [name for name, value in fields.items() if getattr(got, name) != value]
        if different:
            said = _wanted(request, {name: getattr(got, name) for name in different})
            raise self._unexpected(f"expected {wanted}, got {said} at {received.at:g} s")
        return got

    async def expect_nothing(self, seconds: float) -> None:
        """Let time pass, and see that the station asks nothing but what is ignored.

        Raises:
            Unexpected: it asked something.
        """
        received = await self._next(seconds)
        if received is not None:
            raise self._unexpected(f"expected nothing for {seconds:g} s, got {received}")

    async def call(self, request: Request[R], *, timeout: float = 30.0) -> R:  # noqa: ASYNC109  # the error has to bear the call's name
        """Ask the station that connected last, and wait for its answer.

        Raises:
            CallTimeout: it did not answer in time.
            CallRefused: it answered with an error.
            InvalidAnswer: its answer breaks the schema.
            ConnectionLost: the connection is gone.
        """
        action, payload = self._codec.encode_request(request)
        message_id = f"csms-{next(self._message_ids)}"
        answered = asyncio.get_running_loop().create_future()
        self._asked[message_id] = answered
        try:
            async with asyncio.timeout(timeout):
                await self.connected()
                self._write(
                    render(Call(message_id=message_id, action=action.name, payload=payload))
                )
                frame = await answered
        except TimeoutError:
            raise CallTimeout(action=action.name, message_id=message_id, timeout=timeout) from None
        finally:
            del self._asked[message_id]
        match frame:
            case CallErrorFrame():
                raise CallRefused(
                    action=action.name,
                    message_id=message_id,
                    code=frame.code,
                    description=frame.description,
                    details=frame.details,
                )
            case CallResult():
                try:
                    # The codec gives the class that the request's parameter names.
                    return cast("R", self._codec.decode_response(action, frame.payload))
                except ValidationError as error:
                    raise InvalidAnswer(
                        action=action.name, message_id=message_id, reason=error
                    ) from error
            case _:
                assert_never(frame)

    async def connected(self) -> None:
        """Wait until a station is connected."""
        await self._connected.wait()

    async def send_text(self, text: str) -> None:
        """Send any text to the station that connected last, also what no CSMS should.

        Raises:
            ConnectionLost: none is connected.
        """
        self._write(text)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """End the connection of the station that connected last."""
        if self._transport is not None:
            await self._transport.close(code, reason)

    async def refusal(self, identity: str, password: bytes | None) -> HTTPStatus | None:  # noqa: ARG002  # an Acceptor
        """Let every station in."""
        return None

    def pick(self, offered: Sequence[str]) -> str | None:
        """Speak the one version."""
        return self._version.value if self._version.value in offered else None

    async def welcome(self, transport: Transport, identity: str) -> None:  # noqa: ARG002  # an Acceptor
        """Answer a station until its connection ends."""
        self._transport = transport
        self._connected.set()
        inbox = Pulled(transport)
        try:
            with suppress(ConnectionLost):
                while True:
                    for text in self._take(await inbox.receive()):
                        with suppress(ConnectionLost):  # more may have come before its end
                            transport.write(text)
        finally:
            if self._transport is transport:
                self._transport = None
                self._connected.clear()
                for answered in self._asked.values():
                    if not answered.done():
                        answered.set_exception(ConnectionLost("the station is gone"))

    def _write(self, text: str) -> None:
        if self._transport is None:
            raise ConnectionLost("no station is connected")
        self._transport.write(text)

    def _take(self, data: str | bytes) -> list[str]:
        """Take a message; returns what goes back."""
        try:
            frame = parse(data, version=self._version)
        except BadFrame as bad:
            self._file(f"what is no frame: {bad}: {data!r}")
            return [] if bad.answer is None else [render(bad.answer)]
        if not isinstance(frame, Call):
            answered = self._asked.get(frame.message_id)
            if answered is None or answered.done():
                self._file(f"an answer to {frame.message_id!r}, which nobody asked")
            else:
                answered.set_result(frame)
            return []
        try:
            payload = self._reply(frame)
        except CallError as error:
            code = spell(self._version, error.code)
            refused = CallErrorFrame(
                message_id=frame.message_id,
                code=code,
                description=error.description,
                details=error.details,
            )
            return [render(refused)]
        if payload is None:
            return []
        return [render(CallResult(message_id=frame.message_id, payload=payload))]

    def _reply(self, call: Call) -> dict[str, Any] | None:
        action = self._codec.actions.get(call.action)
        if action is None or Side.CSMS not in action.receivers:
            self._file(f"{call.action}, which no station asks")
            raise CallError(ErrorCode.NOT_IMPLEMENTED)
        try:
            request = self._codec.decode_request(action, call.payload)
        except ValidationError as error:
            self._file(f"a {call.action} that breaks the schema: {error}")
            raise CallError(code_for_rule(error.rule), str(error)) from error
        self._file(f"{call.action} {dumps(call.payload)}", request)
        answering = self._answers.get(action.name)
        if answering is None:
            return default_answer(
                self._version,
                action.name,
                call.payload,
                now=self._clock.utc_now(),
                new_transaction_id=lambda: next(self._transaction_ids),
            )
        answer = answering(request)
        if answer is None:
            return None
        if isinstance(answer, CallError):
            raise answer
        return self._codec.encode_response(action, answer)

    def _file(self, shown: str, request: Request[Any] | None = None) -> None:
        received = Received(at=self._clock.monotonic(), shown=shown, request=request)
        self.received.append(received)
        if request is None or request.ACTION not in self._ignored:
            self._inbox.put_nowait(received)

    async def _next(self, within: float) -> Received | None:
        try:
            async with asyncio.timeout(within):
                return await self._inbox.get()
        except TimeoutError:
            return None

    def _unexpected(self, what: str) -> Unexpected:
        came = [f"  {received}" for received in self.received[-_SHOWN:]]
        return Unexpected("\n".join([what, "of what came, the latest:", *(came or ["  nothing"])]))


def _wanted(request: type[Request[Any]], fields: Mapping[str, object]) -> str:
    inner = ", ".join(f"{name}={value}" for name, value in fields.items())
    return f"{request.ACTION}({inner})" if inner else request.ACTION
