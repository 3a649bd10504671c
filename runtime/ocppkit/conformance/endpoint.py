"""The kit's end of the connection: takes a station's messages, answers at once, asks, refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import define, field, frozen

from ocppkit.codec import codec_for
from ocppkit.codec.jsontext import dumps
from ocppkit.codec.lenient import LenientCodec, SchemaDeviation
from ocppkit.conformance.answers import Answers, Silence
from ocppkit.conformance.hello import ClientHello
from ocppkit.conformance.mailbox import Mailbox
from ocppkit.connection import Transport
from ocppkit.connection.masking import masked_payload
from ocppkit.connection.transport import Pulled
from ocppkit.errors import CallError, CallRefused, ConnectionLost, ErrorCode, ValidationError
from ocppkit.message import Action, Request, Response, Side, Version
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

if TYPE_CHECKING:
    from ocppkit.conformance.tls_end import TlsEnd

__all__ = ["Attempt", "Endpoint", "Handshake", "Unreadable"]

_VERSION = Version.V201
_Frame: TypeAlias = CallResult | CallErrorFrame


class Unreadable(Exception):
    """The station's answer breaks its schema so that it cannot be read; the text says how."""


@frozen(kw_only=True)
class Handshake:
    """TLS came about.

    Attributes:
        version: of TLS: ``TLSv1.2``.
        cipher: the suite that was agreed on, in OpenSSL's words.
        certificate: what the station showed, in DER.
        hello: what the station offered; None where it could not be read.
    """

    version: str
    cipher: str
    certificate: bytes | None
    hello: ClientHello | None


@define(kw_only=True, eq=False)
class Attempt:
    """A station tried to connect.

    Attributes:
        at: when, in monotonic seconds.
        time: when.
        identity: the station's; nothing where TLS failed.
        refused: with which HTTP status it was refused; None where it was let in, or TLS failed.
        user: the user of its credentials; None where that cannot be known.
        password: what it gave.
        certificate: what it showed, in DER.
        hello: what it offered in TLS, where the kit could read it.
        handshake: what TLS came to; None without it, and where it failed.
        failure: why it never came to ask for a websocket; None where it did.
    """

    at: float
    time: datetime
    identity: str
    password: bytes | None
    refused: HTTPStatus | None = None
    user: str | None = None
    certificate: bytes | None = None
    hello: ClientHello | None = None
    handshake: Handshake | None = None
    failure: str | None = None


@define(kw_only=True, eq=False)
class Endpoint:
    """One address at which a station finds the kit; what `MemoryNetwork.listen` takes.

    Attributes:
        mailbox: takes what comes.
        answers: says what goes back.
        note: hears of what passes and of what breaks the schema, for the trace:
            ``note(who, text, deviation)``.
        name: for people.
        refusing: the HTTP status with which every connection is refused; None for none.
        check: says why a station may not connect; asked where nothing is refused.
        attempts: all that tried to connect, also those that failed in TLS.
        tls: how it shows itself in TLS; None where it has none.
        connection: how many connections there were.
    """

    mailbox: Mailbox
    answers: Answers
    note: Callable[[str, str, tuple[str, str, str] | None], None]
    name: str = "first"
    refusing: HTTPStatus | None = None
    check: Callable[[Attempt], HTTPStatus | None] | None = None
    attempts: list[Attempt] = field(factory=list)
    tls: TlsEnd | None = None
    connection: int = 0
    _transport: Transport | None = field(default=None, init=False)
    _asked: dict[str, asyncio.Future[_Frame]] = field(factory=dict, init=False)
    _ids: Any = field(factory=lambda: count(1), init=False)
    _codec: LenientCodec = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Make the codec that bears with what breaks the schema."""
        self.begin()

    def begin(self) -> None:
        """Report from now on what breaks the schema, also what was reported before."""
        self._codec = LenientCodec(codec_for(_VERSION), report=self._broke)

    @property
    def connected(self) -> bool:
        """Whether a station is there."""
        return self._transport is not None

    async def refusal(self, identity: str, password: bytes | None) -> HTTPStatus | None:
        """Why a station may not connect; None where it may."""
        return self.admit(
            Attempt(
                at=self.mailbox.clock.monotonic(),
                time=self.mailbox.clock.utc_now(),
                identity=identity,
                password=password,
            )
        )

    def admit(self, attempt: Attempt) -> HTTPStatus | None:
        """Take note of an attempt; returns why it is refused."""
        attempt.refused = self.refusing
        if attempt.refused is None and self.check is not None:
            attempt.refused = self.check(attempt)
        self.attempts.append(attempt)
        how = "is let in" if attempt.refused is None else f"gets {int(attempt.refused)}"
        self.note("kit", f"{attempt.identity} connects to the {self.name} endpoint, {how}", None)
        self.mailbox.wake()
        return attempt.refused

    def failed(self, attempt: Attempt) -> None:
        """Take note of an attempt that never came to ask for a websocket."""
        self.attempts.append(attempt)
        said = f"a connection to the {self.name} endpoint came to nothing: {attempt.failure}"
        self.note("kit", said, None)
        self.mailbox.wake()

    def pick(self, offered: Sequence[str]) -> str | None:
        """Speak 2.0.1."""
        return _VERSION.value if _VERSION.value in offered else None

    async def welcome(self, transport: Transport, identity: str) -> None:
        """Answer a station until its connection ends."""
        if transport.subprotocol is None:
            await transport.close(1002, "no version in common")
            return
        former, self._transport = self._transport, transport
        if former is not None:
            await former.close(1008, "replaced by a newer connection")
        self.connection += 1
        number = self.connection
        self.mailbox.wake()
        inbox = Pulled(transport)
        try:
            with suppress(ConnectionLost):
                while True:
                    for text in self._take(await inbox.receive(), number):
                        with suppress(ConnectionLost):
                            transport.write(text)
        finally:
            self.note("kit", f"the connection of {identity} is gone", None)
            if self._transport is transport:
                self._transport = None
                for asked in self._asked.values():
                    if not asked.done():
                        asked.set_exception(ConnectionLost("the station is gone"))
            self.mailbox.wake()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """End the connection."""
        if self._transport is not None:
            await self._transport.close(code, reason)

    async def ask(self, request: Request[Any], *, within: float) -> Response:
        """Ask the station.

        Raises:
            CallRefused: it answered with an error.
            Unreadable: its answer cannot be read.
            ConnectionLost: the connection is gone.
            TimeoutError: there was no answer in time.
        """
        action, payload = self._codec.encode_request(request)
        answer = await self.ask_json(action.name, payload, within=within)
        return self._read(action, answer)

    async def ask_json(self, action: str, payload: Mapping[str, Any], *, within: float) -> Any:
        """Ask in the words of the wire; the payload of the answer.

        Raises:
            CallRefused: it answered with an error.
            ConnectionLost: the connection is gone.
            TimeoutError: there was no answer in time.
        """
        message_id = f"kit-{next(self._ids)}"
        asked: asyncio.Future[_Frame] = asyncio.get_running_loop().create_future()
        self._asked[message_id] = asked
        try:
            async with asyncio.timeout(within):
                await self.mailbox.until(lambda: self.connected, within)
                self.note("csms", f"{action} {_shown(payload)}", None)
                self._write(render(Call(message_id=message_id, action=action, payload={**payload})))
                frame = await asked
        finally:
            del self._asked[message_id]
        if isinstance(frame, CallErrorFrame):
            said = f"{action}: CALLERROR {frame.code} {frame.description}"
            self.note("station", said.rstrip(), None)
            raise CallRefused(
                action=action,
                message_id=message_id,
                code=frame.code,
                description=frame.description,
                details=frame.details,
            )
        self.note("station", f"{action}: {_shown(frame.payload)}", None)
        return frame.payload

    async def send_text(self, text: str) -> None:
        """Send any text, also what no CSMS should.

        Raises:
            ConnectionLost: no station is there.
        """
        self.note("csms", text, None)
        self._write(text)

    def _read(self, action: Action, payload: object) -> Response:
        try:
            return self._codec.decode_response(action, payload)
        except ValidationError as error:
            self._break(f"{action.name}Response", error)
            raise Unreadable(str(error)) from error

    def _write(self, text: str) -> None:
        if self._transport is None:
            raise ConnectionLost("no station is connected")
        self._transport.write(text)

    def _take(self, data: str | bytes, number: int) -> list[str]:
        try:
            frame = parse(data, version=_VERSION)
        except BadFrame as bad:
            self.note("station", f"no frame: {data!r}", ("message", "an OCPP frame", str(bad)))
            return [] if bad.answer is None else [render(bad.answer)]
        if not isinstance(frame, Call):
            asked = self._asked.get(frame.message_id)
            if asked is None or asked.done():
                self.note("station", f"an answer that nobody waits for: {frame.message_id}", None)
            else:
                asked.set_result(frame)
            return []
        try:
            payload = self._reply(frame, number)
        except CallError as error:
            refused = CallErrorFrame(
                message_id=frame.message_id,
                code=spell(_VERSION, error.code),
                description=error.description,
                details=error.details,
            )
            self.note("csms", f"{frame.action}: CALLERROR {refused.code}", None)
            return [render(refused)]
        if payload is None:
            self.note("csms", f"{frame.action}: no answer", None)
            return []
        self.note("csms", f"{frame.action}: {_shown(payload)}", None)
        return [render(CallResult(message_id=frame.message_id, payload=payload))]

    def _reply(self, call: Call, number: int) -> dict[str, Any] | None:
        self.note("station", f"{call.action} {_shown(call.payload)}", None)
        action = self._codec.actions.get(call.action)
        if action is None or Side.CSMS not in action.receivers:
            self.mailbox.put(call.action, None, call.payload, number)
            self.note("kit", "no such request", (call.action, "a request of a station", "unknown"))
            raise CallError(ErrorCode.NOT_IMPLEMENTED)
        try:
            request = self._codec.decode_request(action, call.payload)
        except ValidationError as error:
            self._break(f"{action.name}Request", error)
            self.mailbox.put(call.action, None, call.payload, number)
            raise CallError(code_for_rule(error.rule), str(error)) from error
        self.mailbox.put(call.action, request, call.payload, number)
        answer = self.answers.to(request, action.response)
        match answer:
            case Silence():
                return None
            case CallError():
                raise answer
        return self._codec.encode_response(action, answer)

    def _broke(self, deviation: SchemaDeviation, error: ValidationError) -> None:
        self._break(deviation.message, error)

    def _break(self, message: str, error: ValidationError) -> None:
        said = (f"{message}{error.path.removeprefix('$')}", error.expected, error.value)
        self.note("kit", f"{message} breaks the schema: {error}", said)


def _shown(payload: Mapping[str, Any]) -> str:
    return dumps(masked_payload({**payload}, keep_tokens=True))
