"""A session: one connection with a peer, over which both sides call each other."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeAlias, assert_never, cast

from ocppkit.connection import handling
from ocppkit.connection.handling import FollowUp, MessageCodec, Reply, Responder
from ocppkit.connection.logs import SessionLog, masked
from ocppkit.connection.observer import Watch
from ocppkit.connection.outstanding import Outstanding, message_ids
from ocppkit.connection.settings import SessionSettings
from ocppkit.connection.transport import Pingable, Transport
from ocppkit.errors import (
    CallError,
    ConnectionLost,
    ErrorCode,
    InvalidAnswer,
    ValidationError,
)
from ocppkit.message import Handler, R, Request, Side, Version
from ocppkit.printable import cut
from ocppkit.rpc import (
    Answered,
    CallReceived,
    Deviation,
    Dropped,
    Endpoint,
    Event,
    Malformed,
    Refused,
    Router,
    TimedOut,
    Unmatched,
)

__all__ = ["Handlers", "Session"]

_logger = logging.getLogger(__name__)


class Session:
    """A connection with a peer, for as long as it lasts.

    `run` carries the messages and has to run for anything to happen: either in a task of the
    caller's own, or as ``async with session``, which runs it meanwhile and closes at the end.

    Attributes:
        identity: the station's, on both ends.
        version: the protocol version that both ends agreed on.
        side: which end this is.
        admit: asked about every CALL of the peer before it is handled.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        identity: str,
        version: Version,
        side: Side,
        codec: MessageCodec,
        handlers: Handlers,
        settings: SessionSettings | None = None,
    ) -> None:
        """Put a session on an open connection; call it inside a running event loop.

        Raises:
            TypeError: a handler does not fit this side and version.
            ValueError: two handlers implement the same action.
        """
        self.identity = identity
        self.version = version
        self.side = side
        self.admit: handling.Admit = handling.admit_all
        self._settings = settings or SessionSettings()
        self._loop = asyncio.get_running_loop()
        self._now = self._settings.now or self._loop.time
        self._transport = transport
        self._codec = codec
        self._log = SessionLog(_logger, identity)
        self._endpoint = Endpoint(
            version=version,
            new_id=message_ids(),
            call_timeout=self._settings.call_timeout,
            max_size=self._settings.max_size,
        )
        observer = self._settings.observer
        self._watch = Watch(observer, identity=identity, log=self._log) if observer else None
        self._outstanding = Outstanding()
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._unsent: deque[str] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._slots = asyncio.Semaphore(self._settings.max_handlers)
        self._open_calls = 0
        self._work: set[asyncio.Task[None]] = set()
        self._tasks = asyncio.TaskGroup()
        self._runner: asyncio.Task[None] | None = None
        self._started = False
        self._lost: ConnectionLost | None = None
        self._closed = asyncio.Event()
        router = Router(side=side, actions=codec.actions, handlers=handlers(self))
        self._responder = Responder(
            router=router,
            codec=codec,
            log=self._log,
            admit=lambda action: self.admit(action),  # noqa: PLW0108  # it may be set later
        )

    @property
    def remote(self) -> str:
        """The peer's address, for people."""
        return self._transport.remote

    async def call(self, request: Request[R], *, timeout: float | None = None) -> R:  # noqa: ASYNC109  # counts from the sending, not from here
        """Ask the peer and wait for its answer; from anywhere, also from inside a handler.

        One request of this side is under way at a time, the others wait in order
        (2.0.1 Part 4 §4.1.1). Cancelling takes back a request that was not sent yet.

        Args:
            request: of this session's version.
            timeout: how long to wait for the answer once the request is sent, in seconds.

        Raises:
            CallTimeout: nobody answered in time.
            CallRefused: the peer answered with an error.
            InvalidAnswer: the answer breaks the schema.
            NotConnected: the connection was gone already; nothing was sent.
            ConnectionLost: the connection is gone; the peer may have got the request.
            ValidationError: the request itself breaks the schema.
            TypeError: the request is of another version.
            ValueError: the timeout is not positive, or the request holds what JSON cannot carry.
        """
        action, payload = self._codec.encode_request(request)
        message_id = self._endpoint.call(action.name, payload, timeout=timeout)
        self._wake.set()
        try:
            answered = await self._outstanding.outcome(message_id)
        except asyncio.CancelledError:
            self._endpoint.cancel(message_id)
            raise
        try:
            # The codec gives the class that the request's parameter names.
            return cast("R", self._codec.decode_response(action, answered.payload))
        except ValidationError as error:
            self._log.warning(
                "the peer's answer to %s breaks the schema: %s: expected %s",
                action.name,
                error.path,
                error.expected,
            )
            raise InvalidAnswer(action=action.name, message_id=message_id, reason=error) from error

    async def run(self) -> None:
        """Carry messages until the connection is gone and the handlers are done; once, in one task.

        Raises:
            RuntimeError: it runs already, or has run.
        """
        if self._started:
            msg = "a session runs once"
            raise RuntimeError(msg)
        self._started = True
        self._log.info("connected with %s, %s", self.remote, self.version)
        try:
            async with self._tasks:
                writer = self._tasks.create_task(self._write())
                await self._read()
                writer.cancel()
                await self._wind_down()
        finally:
            self._end(ConnectionLost("the session was ended"))
            await self._transport.close(1001)

    async def closed(self) -> ConnectionLost:
        """Wait until the connection is gone for this session; returns why."""
        await self._closed.wait()
        return self._lost or ConnectionLost("")

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """End the connection; what was answered already goes out first.

        Args:
            code: a websocket close code (RFC 6455 §7.4).
            reason: one short sentence for people.
        """
        if self._started and self._lost is None:
            with suppress(ConnectionLost, TimeoutError):
                async with asyncio.timeout(self._settings.grace):
                    await self._push()
        said = f": {reason}" if reason else ""
        self._end(ConnectionLost(f"closed by this side with {code}{said}"))
        await self._transport.close(code, reason)

    async def ping(self) -> None:
        """Wait for the peer's sign of life; does nothing where the transport knows no pings.

        Raises:
            ConnectionLost: the connection is gone.
        """
        if isinstance(self._transport, Pingable):
            await self._transport.ping()

    async def drop(self, reason: str) -> None:
        """Give up a connection whose peer shows no sign of life; it is told nothing."""
        self._end(ConnectionLost(reason))
        if isinstance(self._transport, Pingable):
            self._transport.abort()
        else:
            await self._transport.close(1001)

    async def __aenter__(self) -> Self:
        self._runner = self._loop.create_task(self.run(), name=f"session {self.identity}")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._runner is None:
            return
        try:
            await self.close()
        except BaseException:
            self._runner.cancel()
            raise
        finally:
            await self._runner

    async def _read(self) -> None:
        try:
            while True:
                await self._take_data(await self._transport.receive())
        except ConnectionLost as lost:
            self._end(lost)

    async def _take_data(self, data: str | bytes) -> None:
        now = self._now()
        events = self._endpoint.receive(data, now)
        fault = next((event.reason for event in events if isinstance(event, Malformed)), None)
        if self._log.isEnabledFor(logging.DEBUG):
            self._log.debug("received %s", _shown(data))
        if self._watch is not None:
            self._watch.received(data, now, fault=fault)
        crowded = self._open_calls >= self._settings.max_handlers + self._settings.max_waiting
        for event in events:
            self._take(event)
        self._arm()
        self._wake.set()
        if crowded or fault is not None:
            # A peer that breaks the rules faster than it reads our answers has to wait for itself:
            # otherwise they pile up here.
            await self._push()

    def _take(self, event: Event) -> None:
        match event:
            case CallReceived():
                self._accept(event)
            case TimedOut():
                self._log.warning("no answer to %s (%s) in time", event.action, event.message_id)
                self._outstanding.settle(event)
            case Answered() | Refused() | Dropped():
                self._outstanding.settle(event)
            case Unmatched():
                self._log.warning("ignored an answer to %s: %s", event.message_id, event.reason)
            case Malformed():
                self._log.warning("the peer sent what cannot be read: %s", event.reason)
            case Deviation():
                self._log.warning("the peer %s (%s)", event.kind, cut(event.action))
            case _:
                assert_never(event)

    def _accept(self, call: CallReceived) -> None:
        if self._open_calls >= self._settings.max_handlers + self._settings.max_waiting:
            self._log.warning("refused %s: %s calls are open", cut(call.action), self._open_calls)
            error = CallError(ErrorCode.GENERIC_ERROR, "too many calls are open")
            self._hand_over(call, error)
            return
        self._open_calls += 1
        name = f"{self.identity} {cut(call.action)}"
        task = self._tasks.create_task(self._serve(call), name=name)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _serve(self, call: CallReceived) -> None:
        try:
            async with self._slots:
                reply = await self._responder.reply(call)
            follow_up = self._hand_over(call, reply)
            await self._push()
        except ConnectionLost as lost:
            self._log.warning("the answer to %s did not go out: %s", cut(call.action), lost)
            return
        finally:
            self._open_calls -= 1
        if follow_up is not None:
            await self._responder.follow(call.action, follow_up)

    def _hand_over(self, call: CallReceived, reply: Reply | CallError) -> FollowUp | None:
        if self._lost is not None:
            raise ConnectionLost(self._lost.reason, action=call.action)
        try:
            if isinstance(reply, Reply):
                self._endpoint.answer(call.message_id, reply.payload)
                return reply.follow_up
            self._endpoint.refuse(call.message_id, reply.code, reply.description, reply.details)
        except ValueError:
            self._log.exception("JSON cannot carry the answer to %s", cut(call.action))
            self._endpoint.refuse(call.message_id, ErrorCode.INTERNAL_ERROR)
        return None

    async def _write(self) -> None:
        """Write what nobody waits for: calls, refusals of what could not be read."""
        with suppress(ConnectionLost):
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._push()

    async def _push(self) -> None:
        """Hand all that the endpoint has to say now to the transport.

        Raises:
            ConnectionLost: the connection is gone.
        """
        async with self._writing:
            if self._lost is not None:
                raise ConnectionLost(self._lost.reason)
            self._unsent.extend(self._endpoint.texts_to_send(self._now()))
            self._arm()
            try:
                while self._unsent:
                    await self._send(self._unsent.popleft())
            except ConnectionLost as lost:
                self._end(lost)
                await self._transport.close(1001)  # or the reader might wait for ever
                raise
            except asyncio.CancelledError:
                self._wake.set()  # the others go out all the same
                raise

    async def _send(self, text: str) -> None:
        if self._log.isEnabledFor(logging.DEBUG):
            self._log.debug("sends %s", masked(text))
        if self._watch is not None:
            self._watch.sent(text, self._now())  # before the answer can come
        await self._transport.send(text)

    def _arm(self) -> None:
        """Have the clock ring at the endpoint's next deadline, and at no other time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._endpoint.deadline()
        if deadline is not None:
            delay = max(0.0, deadline - self._now())
            self._timer = self._loop.call_at(self._loop.time() + delay, self._expire)

    def _expire(self) -> None:
        for event in self._endpoint.expire(self._now()):
            self._take(event)
        self._arm()
        self._wake.set()

    def _end(self, lost: ConnectionLost) -> None:
        if self._lost is not None:
            return
        self._lost = lost
        self._log.info("disconnected: %s", lost)
        for event in self._endpoint.close(lost.reason):
            self._take(event)
        self._arm()
        self._unsent.clear()
        self._closed.set()

    async def _wind_down(self) -> None:
        if not self._work:
            return
        _, pending = await asyncio.wait(set(self._work), timeout=self._settings.grace)
        for task in pending:
            self._log.warning("cancelled %s: the connection is gone", task.get_name())
            task.cancel()


Handlers: TypeAlias = Callable[[Session], Iterable[Handler]]
"""Makes the handlers of a session, which may keep the session to call the peer."""


def _shown(data: str | bytes) -> str:
    return masked(data) if isinstance(data, str) else f"({len(data)} bytes)"
