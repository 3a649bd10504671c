"""A session: one connection with a peer, over which both sides call each other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self, TypeAlias, assert_never, cast

from ocppkit.connection.complaints import Complaints
from ocppkit.connection.handling import Admit, MessageCodec, Responder
from ocppkit.connection.logs import SessionLog, masked
from ocppkit.connection.observer import Watch
from ocppkit.connection.outstanding import Outstanding
from ocppkit.connection.serving import Serving
from ocppkit.connection.settings import SessionSettings
from ocppkit.connection.transport import Pingable, Transport
from ocppkit.connection.writing import Writer
from ocppkit.errors import ConnectionLost, InvalidAnswer, ValidationError
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

    It is the `Receiver` of its transport: a message is handled where it comes in, and what it
    brings about is written at once, while the peer keeps up. Only handlers run in tasks.

    Attributes:
        identity: the station's, on both ends.
        version: the protocol version that both ends agreed on.
        side: which end this is.
        admit: asked about every CALL of the peer before it is handled; None lets all in.
        complaints: tells of what the peer sends that is no valid message.
        secrets: names of settings whose values no log may hold, as `masked_payload` has it.
        when_gone: called once, when the connection is gone for this session.
    """

    __slots__ = (
        "__weakref__",
        "_codec",
        "_endpoint",
        "_log",
        "_loop",
        "_lost",
        "_now",
        "_outstanding",
        "_paused",
        "_rings_at",
        "_runner",
        "_serving",
        "_settings",
        "_started",
        "_timer",
        "_transport",
        "_waiters",
        "_watch",
        "_writer",
        "admit",
        "complaints",
        "identity",
        "secrets",
        "side",
        "version",
        "when_gone",
    )

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
        self.admit: Admit | None = None
        self.when_gone: Callable[[Session], None] | None = None
        self.secrets: Collection[str] = frozenset()
        self._settings = settings or SessionSettings()
        self._loop = asyncio.get_running_loop()
        self._now = self._settings.now or self._loop.time
        self._transport = transport
        self._codec = codec
        self._log = log = SessionLog(_logger, identity)
        self.complaints = complaints = Complaints(log)
        self._outstanding = Outstanding()
        self._endpoint = Endpoint(
            version=version,
            new_id=self._outstanding.new_id,
            call_timeout=self._settings.call_timeout,
            max_size=self._settings.max_size,
        )
        observer = self._settings.observer
        self._watch = Watch(observer, identity=identity, log=log) if observer else None
        self._writer = Writer(
            transport,
            self._endpoint,
            now=self._now,
            log=log,
            watch=self._watch,
            # Not at once: what came before is handled first, an answer to us among it, say.
            broken=lambda lost: self._loop.call_soon(self._end, lost),
        )
        self._paused = False
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = 0.0
        self._runner: asyncio.Task[None] | None = None
        self._started = False
        self._lost: ConnectionLost | None = None
        self._waiters: list[asyncio.Future[None]] = []
        router = Router(side=side, actions=codec.actions, handlers=handlers(self))
        self._serving = Serving(
            Responder(
                router=router, codec=codec, endpoint=self._endpoint, log=log, complaints=complaints
            ),
            endpoint=self._endpoint,
            writer=self._writer,
            identity=identity,
            settings=self._settings,
            log=log,
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
            NotConnected: the connection was gone before the request was sent.
            ConnectionLost: the connection is gone; the peer may have got the request.
            ValidationError: the request itself breaks the schema.
            TypeError: the request is of another version.
            ValueError: the timeout is not positive, or the request holds what JSON cannot carry.
        """
        action, payload = self._codec.encode_request(request)
        message_id = self._endpoint.call(action.name, payload, timeout=timeout)
        outcome = self._outstanding.expect(message_id)
        self._flush()
        try:
            answered = await outcome
        except asyncio.CancelledError:
            self._outstanding.forget(message_id)
            self._endpoint.cancel(message_id)
            raise
        try:
            # The codec gives the class that the request's parameter names.
            return cast("R", self._codec.decode_response(action, answered.payload))
        except ValidationError as error:
            self.complaints.answer(action.name, error)
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
        if _logger.isEnabledFor(logging.INFO):
            self._log.info("connected with %s, %s", self.remote, self.version)
        try:
            if self._lost is None:
                self._writer.begin()
                self._transport.attach(self)
                self._arm()
            await self.closed()
            await self._serving.finish(self._settings.grace)
        finally:
            self._end(ConnectionLost("the session was ended"))
            await self._serving.cancel()
            await self._transport.close(1001)

    async def closed(self) -> ConnectionLost:
        """Wait until the connection is gone for this session; returns why."""
        while self._lost is None:
            waiter = self._loop.create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            finally:
                self._waiters.remove(waiter)
        return self._lost

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """End the connection; what was answered already goes out first.

        Args:
            code: a websocket close code (RFC 6455 §7.4).
            reason: one short sentence for people.
        """
        if self._started and self._lost is None:
            self._writer.flush()
            if self._writer.blocked:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._settings.grace):
                        await self._writer.caught_up()
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

    def received(self, data: str | bytes) -> None:
        """From the transport: a message came."""
        if self._lost is not None:
            return
        now = self._now()
        events = self._endpoint.receive(data, now)
        if self._watch is not None or _logger.isEnabledFor(logging.DEBUG):
            self._show(data, now, events)
        for event in events:
            if isinstance(event, CallReceived):
                self._serving.accept(event, self.admit)
            else:
                self._take(event)
        if self._endpoint.has_texts:
            self._flush()
            self._pause_if_crowded()

    def writable(self) -> None:
        """From the transport: the peer takes messages again."""
        if self._lost is not None:
            return
        self._writer.begin()
        self._arm()
        if self._paused and not self._writer.blocked:
            self._paused = False
            self._transport.resume()

    def lost(self, reason: str) -> None:
        """From the transport: the connection is gone."""
        self._end(ConnectionLost(reason))

    def _show(self, data: str | bytes, now: float, events: list[Event]) -> None:
        if _logger.isEnabledFor(logging.DEBUG):
            self._log.debug("received %s", masked(data, self.secrets))
        if self._watch is not None:
            faults = (event.reason for event in events if isinstance(event, Malformed))
            self._watch.received(data, now, fault=next(faults, None))

    def _take(self, event: Event) -> None:
        match event:
            case Answered() | Refused() | Dropped():
                self._outstanding.settle(event)
            case CallReceived():
                self._serving.accept(event, self.admit)
            case TimedOut():
                self._log.warning("no answer to %s (%s) in time", event.action, event.message_id)
                self._outstanding.settle(event)
            case Unmatched():
                self._log.warning("ignored an answer to %s: %s", event.message_id, event.reason)
            case Malformed():
                self.complaints.unreadable(event.reason)
            case Deviation():
                self._log.warning("the peer %s (%s)", event.kind, cut(event.action))
            case _:
                assert_never(event)

    def _pause_if_crowded(self) -> None:
        """Have a peer that asks faster than it reads wait for itself, or its answers pile up."""
        if self._writer.blocked and self._serving.crowded:
            self._paused = True
            self._transport.pause()

    def _flush(self) -> None:
        self._writer.flush()
        self._arm()

    def _arm(self) -> None:
        """Have the clock ring at the endpoint's next deadline, or before.

        It rings in vain more often than not, and then looks again: most answers come long before
        their deadline, and another timer for every call would cost more.
        """
        deadline = self._endpoint.deadline()
        if deadline is None or (self._timer is not None and self._rings_at <= deadline):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = deadline
        self._timer = self._loop.call_later(max(0.0, deadline - self._now()), self._ring)

    def _ring(self) -> None:
        self._timer = None
        for event in self._endpoint.expire(self._now()):
            self._take(event)
        self._flush()

    def _end(self, lost: ConnectionLost) -> None:
        if self._lost is not None:
            return
        self._lost = lost
        self._log.info("disconnected: %s", lost)
        unsent = self._endpoint.unsent_answers
        if unsent:
            self._log.warning("%s answers did not go out", unsent)
        for event in self._endpoint.close(lost.reason):
            self._take(event)
        self._writer.end()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        if self.when_gone is not None:
            self.when_gone(self)


Handlers: TypeAlias = Callable[[Session], Iterable[Handler]]
"""Makes the handlers of a session, which may keep the session to call the peer."""
