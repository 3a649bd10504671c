"""A CSMS that a test leads: it expects messages in order and answers as it is told."""

from __future__ import annotations

import asyncio
import logging
import ssl as tls
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from itertools import count
from typing import Any, Final, TypeAlias, TypeVar, cast

from ocppkit.clock import Clock, SystemClock
from ocppkit.codec import codec_for
from ocppkit.codec.jsontext import dumps
from ocppkit.connection import Transport
from ocppkit.connection.server import Authenticate, VerifyCertificate
from ocppkit.connection.transport import Pulled
from ocppkit.errors import (
    CallError,
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
from ocppkit.testing.asking import Asking
from ocppkit.testing.default_answers import default_answer
from ocppkit.testing.expected import asked_by_stations, check_answer, wanted_text
from ocppkit.testing.inbox import Inbox, Received
from ocppkit.testing.network import MemoryNetwork
from ocppkit.testing.virtual_time import VirtualClock, VirtualTimeLoop
from ocppkit.testing.websocket import serve_websockets

__all__ = ["SILENCE", "ScriptedCsms"]

_logger = logging.getLogger(__name__)

Q = TypeVar("Q", bound=Request[Any])

SILENCE: Final = None
"""The answer that never comes."""

_Reply: TypeAlias = "R | CallError | None"
_Answering: TypeAlias = Callable[[Any], Response | CallError | None]

_PATIENCE = 60.0  # seconds


class ScriptedCsms:
    """A CSMS that a test leads, message by message.

    It listens inside ``async with csms.on(network)`` in memory, inside ``async with csms.serve()``
    over websockets. What it was not told how to answer it accepts. A station that breaks the schema
    is answered with the error that it deserves, and fails the test.
    """

    def __init__(self, version: Version, *, clock: Clock | None = None) -> None:
        """Make a CSMS of one version.

        Args:
            version: what it speaks.
            clock: what it goes by; that of the running loop if it is virtual, and else the
                system's, unless told otherwise.
        """
        self._version = version
        self._clock = clock or _clock()
        self._codec = codec_for(version)
        self._answers: dict[str, _Answering] = {}
        self._inbox = Inbox(self._clock)
        self._transport: Transport | None = None
        self._connected = asyncio.Event()
        self._asking = Asking()
        self._transaction_ids = count(1)
        self._url = ""

    @property
    def received(self) -> Sequence[Received]:
        """All that stations asked, in order."""
        return tuple(self._inbox.received)

    @property
    def url(self) -> str:
        """What a station on this machine is given.

        Raises:
            RuntimeError: it does not listen for websockets.
        """
        if not self._url:
            msg = "there is a URL only inside `async with csms.serve()`"
            raise RuntimeError(msg)
        return self._url

    @asynccontextmanager
    async def on(self, network: MemoryNetwork) -> AsyncIterator[ScriptedCsms]:
        """Listen in memory until the block is left.

        Raises:
            Unexpected: at the end, where the station broke the schema and nobody noticed.
        """
        async with network.listen(self):
            yield self
        self._inbox.check_rest()

    @asynccontextmanager
    async def serve(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        ssl: tls.SSLContext | None = None,
        authenticate: Authenticate | None = None,
        verify_certificate: VerifyCertificate | None = None,
    ) -> AsyncIterator[ScriptedCsms]:
        """Listen for websockets at `url` until the block is left, on a loop of real time.

        Args:
            host: the address to listen at.
            port: 0 for any that is free.
            ssl: the TLS settings; without them the connection is plain.
            authenticate: checks passwords; every station may connect unless told otherwise.
            verify_certificate: checks the stations' certificates; TLS alone unless told otherwise.

        Raises:
            Unexpected: at the end, where the station broke the schema and nobody noticed.
        """
        listening = serve_websockets(
            self,
            self._version,
            host=host,
            port=port,
            ssl=ssl,
            authenticate=authenticate,
            verify_certificate=verify_certificate,
        )
        async with listening as url:
            self._url = url
            try:
                yield self
            finally:
                self._url = ""
        self._inbox.check_rest()

    def answer(self, to: type[Request[R]], answer: _Reply[R] | Callable[[Any], _Reply[R]]) -> None:
        """Say how to answer an action from now on.

        Args:
            to: the class of the request.
            answer: the response, a `CallError` to refuse with, `SILENCE`, or a function that makes
                one of these of the request, at once. One that raises fails the test.

        Raises:
            TypeError: no station of this version asks that, or it is not answered so.
        """
        action = asked_by_stations(self._codec, to)
        check_answer(action, answer)
        if callable(answer):
            self._answers[to.ACTION] = answer
        else:
            self._answers[to.ACTION] = lambda _: answer

    def ignore(self, *actions: type[Request[Any]]) -> None:
        """Answer these, but expect nothing of them: heartbeats, for example.

        What has come already is still expected.
        """
        self._inbox.ignored |= {action.ACTION for action in actions}

    async def expect(self, request: type[Q], *, within: float = _PATIENCE, **fields: object) -> Q:
        """Wait for the next message, and see that it is the right one.

        Args:
            request: its class.
            within: how long it may take, in seconds.
            **fields: what it has to say.

        Raises:
            Unexpected: nothing came, or something else.
            TypeError: no station of this version asks that, or it has no such field.
        """
        wanted = wanted_text(self._codec, request, fields)
        return await self._inbox.expect(request, fields, wanted=wanted, within=within)

    async def expect_eventually(
        self, request: type[Q], *, within: float = _PATIENCE, **fields: object
    ) -> Q:
        """Wait for a message, whatever comes before it, which stays to be expected.

        For where the order is left open; `expect` tells more exactly what went wrong.

        Args:
            request: its class.
            within: how long it may take, in seconds.
            **fields: what it has to say.

        Raises:
            Unexpected: it did not come, or the station broke the schema before.
            TypeError: no station of this version asks that, or it has no such field.
        """
        wanted = wanted_text(self._codec, request, fields)
        return await self._inbox.find(request, fields, wanted=wanted, within=within)

    async def expect_nothing(self, seconds: float) -> None:
        """Let time pass, and see that the station asks nothing but what is ignored.

        Raises:
            Unexpected: it asked something.
        """
        await self._inbox.expect_nothing(seconds)

    async def call(self, request: Request[R], *, timeout: float = 30.0) -> R:  # noqa: ASYNC109  # the error has to bear the call's name
        """Ask the station that connected last, and wait for its answer.

        Raises:
            CallTimeout: it did not answer in time.
            CallRefused: it answered with an error.
            InvalidAnswer: its answer breaks the schema.
            ConnectionLost: the connection is gone.
        """
        action, payload = self._codec.encode_request(request)
        answer = await self._ask(action.name, payload, timeout=timeout)
        try:
            # The codec gives the class that the request's parameter names.
            return cast("R", self._codec.decode_response(action, answer.payload))
        except ValidationError as error:
            raise InvalidAnswer(
                action=action.name, message_id=answer.message_id, reason=error
            ) from error

    async def call_json(
        self,
        action: str,
        payload: Mapping[str, object],
        *,
        timeout: float = 30.0,  # noqa: ASYNC109  # as above
    ) -> Any:
        """Ask the station in the words of the wire, also what breaks the schema.

        Args:
            action: any name.
            payload: fit for JSON; dates and the like are written as OCPP writes them.
            timeout: how long it may take, in seconds.

        Returns:
            The payload of the answer, whatever it is.

        Raises:
            CallTimeout: it did not answer in time.
            CallRefused: it answered with an error.
            ConnectionLost: the connection is gone.
        """
        return (await self._ask(action, dict(payload), timeout=timeout)).payload

    async def _ask(
        self,
        action: str,
        payload: dict[str, Any],
        *,
        timeout: float,  # noqa: ASYNC109  # as above
    ) -> CallResult:
        async def send(call: Call) -> None:
            await self.connected()
            self._write(render(call))

        return await self._asking.ask(action, payload, send=send, timeout=timeout)

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
                self._asking.lost()

    def _write(self, text: str) -> None:
        if self._transport is None:
            raise ConnectionLost("no station is connected")
        self._transport.write(text)

    def _take(self, data: str | bytes) -> list[str]:
        """Take a message; returns what goes back."""
        try:
            frame = parse(data, version=self._version)
        except BadFrame as bad:
            self._inbox.file(f"what is no frame: {bad}: {data!r}")
            return [] if bad.answer is None else [render(bad.answer)]
        if not isinstance(frame, Call):
            if not self._asking.answered(frame):
                self._inbox.file(f"an answer to {frame.message_id!r}, which nobody asked")
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
            self._inbox.file(f"{call.action}, which no station asks")
            raise CallError(ErrorCode.NOT_IMPLEMENTED)
        try:
            request = self._codec.decode_request(action, call.payload)
        except ValidationError as error:
            self._inbox.file(f"a {call.action} that breaks the schema: {error}")
            raise CallError(code_for_rule(error.rule), str(error)) from error
        self._inbox.file(f"{call.action} {dumps(call.payload)}", request)
        answering = self._answers.get(action.name)
        if answering is None:
            return default_answer(
                self._version,
                action.name,
                call.payload,
                now=self._clock.utc_now(),
                new_transaction_id=lambda: next(self._transaction_ids),
            )
        try:
            answer = answering(request)
            if not isinstance(answer, CallError):
                return None if answer is None else self._codec.encode_response(action, answer)
        except CallError:
            raise
        except Exception as error:  # the border to the test's own function
            _logger.exception("the test's answer to %s failed", action.name)
            self._inbox.file(f"a {action.name}, whose answer in the test failed: {error!r}")
            raise CallError(ErrorCode.INTERNAL_ERROR) from error
        raise answer


def _clock() -> Clock:
    virtual = isinstance(asyncio.get_running_loop(), VirtualTimeLoop)
    return VirtualClock() if virtual else SystemClock()
