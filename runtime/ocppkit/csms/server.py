"""A CSMS that listens."""

from __future__ import annotations

import asyncio
import os
import ssl as tls
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from types import TracebackType
from typing import Self, TypeAlias

from attrs import evolve

from ocppkit.codec.lenient import SchemaDeviation
from ocppkit.connection import Handlers, KeepAlive, Server, Session, SessionSettings
from ocppkit.connection.observer import together
from ocppkit.connection.server import Accept, Authenticate, Lenient, VerifyCertificate
from ocppkit.connection.settings import check_versions
from ocppkit.csms.handlers import accepting
from ocppkit.csms.memory import Memory
from ocppkit.csms.records import StationRecord
from ocppkit.csms.station import StationHandle
from ocppkit.errors import NotConnected
from ocppkit.message import Handler, Version
from ocppkit.message_log import MessageLog

__all__ = ["CsmsServer", "Listen"]

_ANY_ADDRESS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # read, not bound

Listen: TypeAlias = Callable[[Server], AbstractAsyncContextManager[int]]
"""Lets stations reach a server while it is entered, and gives the port."""


class CsmsServer:
    """Stations connect to it, it answers them, and it calls them at any time.

    It listens inside ``async with``. Where a station connects anew, the newest connection counts
    and the older one is closed.

    Attributes:
        memory: what the accepting handlers have learned.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 9000,
        path: str | None = None,
        versions: Collection[Version] = (Version.V201, Version.V16),
        handlers: Handlers | None = None,
        memory: Memory | None = None,
        accept: Accept | None = None,
        authenticate: Authenticate | None = None,
        verify_certificate: VerifyCertificate | None = None,
        lenient: Lenient | bool = False,
        ssl: tls.SSLContext | None = None,
        keep_alive: KeepAlive | None = None,
        settings: SessionSettings | None = None,
        message_log: MessageLog | None = None,
        listen: Listen | None = None,
    ) -> None:
        """Say where to listen and how to treat stations.

        Args:
            host: the address to listen at.
            port: 0 for any that is free.
            path: of the endpoint, before the station's identity; any unless told otherwise.
            versions: what to speak; of these the station's order decides.
            handlers: called with each new session, makes what answers the station: may look at
                its identity and version, and keep it to call the station. The accepting handlers
                unless told otherwise.
            memory: where the records are kept; a new one unless told otherwise.
            accept: says which identities are known; all unless told otherwise.
            authenticate: checks passwords; none unless told otherwise.
            verify_certificate: says whose certificate it is that TLS found valid, under security
                profile 3: `ocppkit.csms.names_station` for those that bear the identity; any
                station's unless told otherwise.
            lenient: with which stations to bear when they break the schema: all, none, or those
                of which it says so.
            ssl: the TLS settings; without them connections are plain.
            keep_alive: the pings.
            settings: of the sessions: the time a call may take, an observer of all messages.
            message_log: writes every message, and when stations come and go; it runs as long as
                the server, and is this server's only.
            listen: how stations come in; over websockets, as said above, unless told otherwise.

        Raises:
            TypeError: the versions are none of `Version`, the handlers cannot be called, or the
                port is no integer.
            ValueError: there is no version, or no such port.
        """
        check_versions(versions)
        _check_port(port)
        if handlers is not None and not callable(handlers):
            msg = f"handlers: a function of the session is expected, not {type(handlers).__name__}"
            raise TypeError(msg)
        self.memory = memory or Memory()
        self._host = host
        self._port = port
        self._path = (path or "").strip("/")
        self._ssl = ssl
        self._listen = listen or self._listen_for_websockets
        self._handlers = handlers or accepting(self.memory)
        self._log = message_log
        limits = settings or SessionSettings()
        self._server = Server(
            versions=versions,
            handlers=self._welcome
            if message_log is None
            else message_log.of_sessions(self._welcome),
            accept=accept,
            authenticate=authenticate,
            verify_certificate=verify_certificate,
            lenient=lenient,
            path=path,
            keep_alive=keep_alive,
            settings=evolve(limits, observer=together(message_log, limits.observer)),
        )
        self.memory.ask_connected(self._server.sessions.__contains__)
        self._arrival = asyncio.Event()
        self._stack = AsyncExitStack()
        self._listening = False

    @property
    def port(self) -> int:
        """The port that it listens at, or shall."""
        return self._port

    @property
    def url(self) -> str:
        """What a station on this machine is given: the endpoint, without an identity."""
        scheme = "ws" if self._ssl is None else "wss"
        host = _ANY_ADDRESS.get(self._host, self._host)
        shown = f"[{host}]" if ":" in host else host
        return f"{scheme}://{shown}:{self.port}/{self._path}".rstrip("/")

    @property
    def stations(self) -> frozenset[str]:
        """The identities of the stations that are connected at this moment."""
        return frozenset(self._server.sessions)

    def station(self, identity: str) -> StationHandle:
        """A station to call, whether it is connected now or later."""
        return StationHandle(identity, self._server.sessions)

    def record(self, identity: str) -> StationRecord:
        """What is known of a station at this moment.

        Raises:
            KeyError: it was never connected.
        """
        return self.memory.record(identity)

    def deviations(self, identity: str) -> Counter[SchemaDeviation]:
        """How often a station broke the schema since we bear with it, by kind.

        Nothing for one that left so long ago that it is forgotten.
        """
        return self._server.deviations(identity)

    async def wait_for(self, identity: str) -> StationHandle:
        """Wait until a station is connected; at once where it is.

        Raises:
            NotConnected: the CSMS stopped listening.
        """
        station = self.station(identity)
        while not station.connected:
            if not self._listening:
                raise NotConnected("the CSMS does not listen")
            await self._arrival.wait()
        return station

    def _welcome(self, session: Session) -> Iterable[Handler]:
        handlers = self._handlers(session)
        self.memory.station(session.identity).connected(session.version)
        self._wake_waiting()
        return handlers

    def _wake_waiting(self) -> None:
        # They run once the session that is being made here is among the server's.
        self._arrival.set()
        self._arrival = asyncio.Event()

    def _listen_for_websockets(self, server: Server) -> AbstractAsyncContextManager[int]:
        return server.serve(self._host, self._port, ssl=self._ssl)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            if self._log is not None:
                await stack.enter_async_context(self._log)
            try:
                self._port = await stack.enter_async_context(self._listen(self._server))
            except OSError as error:
                text = f"cannot listen at {self.url}: {_said(error)}"
                raise OSError(error.errno, text) from error
            self._stack = stack.pop_all()
        self._listening = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._listening = False
        self._wake_waiting()
        await self._stack.aclose()


def _check_port(port: object) -> None:
    if not isinstance(port, int) or isinstance(port, bool):
        msg = f"port: an integer is expected, not {port!r}"
        raise TypeError(msg)
    if not 0 <= port <= 65535:
        msg = f"port: from 0 to 65535, not {port}"
        raise ValueError(msg)


def _said(error: OSError) -> str:
    """What the system says, without asyncio's words around it; resolvers have numbers below 0."""
    number = error.errno or 0
    return os.strerror(number) if number > 0 else str(error.strerror)
