"""The CSMS's end: takes connections of stations and puts a session on each."""

from __future__ import annotations

import asyncio
import base64
import binascii
import inspect
import logging
import ssl as tls
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, TypeAlias
from urllib.parse import unquote

from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from ocppkit.codec import codec_for
from ocppkit.codec.lenient import LenientCodec, SchemaDeviation
from ocppkit.connection.handling import MessageCodec
from ocppkit.connection.server_websocket import OcppServerConnection
from ocppkit.connection.session import Handlers, Session
from ocppkit.connection.settings import CodecFor, KeepAlive, SessionSettings
from ocppkit.connection.transport import Transport
from ocppkit.connection.websocket import FRAME_HEADROOM
from ocppkit.message import Side, Version
from ocppkit.rpc import HandlerMistake
from ocppkit.security.secret import MaskingLogger

__all__ = ["Accept", "Authenticate", "Lenient", "Server", "VerifyCertificate"]

_logger = logging.getLogger(__name__)

_REMEMBERED: Final = 1000  # stations that are gone, and with which we bore

Accept: TypeAlias = Callable[[str], bool | Awaitable[bool]]
"""Whether a station of this identity is known."""

Authenticate: TypeAlias = Callable[[str, bytes | None], bool | Awaitable[bool]]
"""Whether this is the password of the identity; None where the station gave none."""

VerifyCertificate: TypeAlias = Callable[[str, bytes | None], bool | Awaitable[bool]]
"""Whether this is the certificate of the identity, in DER; None where the station showed none."""

Lenient: TypeAlias = Callable[[str], bool]
"""Whether to bear with the station of this identity when it breaks the schema."""


class Server:
    """Takes the connections of stations; a station's newest connection is the one that counts.

    Attributes:
        sessions: identity → session, of the stations that are connected.
    """

    def __init__(
        self,
        *,
        versions: Collection[Version],
        handlers: Handlers,
        accept: Accept | None = None,
        authenticate: Authenticate | None = None,
        verify_certificate: VerifyCertificate | None = None,
        path: str | None = None,
        keep_alive: KeepAlive | None = None,
        codecs: CodecFor = codec_for,
        lenient: Lenient | bool = False,
        settings: SessionSettings | None = None,
    ) -> None:
        """Say how to treat stations.

        Args:
            versions: what the CSMS speaks; of these the station's order decides.
            handlers: makes the handlers of a session.
            accept: says which stations are known, all unless told otherwise; the others get a 404
                (2.0.1 Part 4 §3.2).
            authenticate: checks passwords, none unless told otherwise; a wrong one gets a 401
                (A00.FR.207).
            verify_certificate: says whose certificate it is that TLS found valid, under security
                profile 3; a wrong one gets a 403 (A00.FR.404, A00.FR.405, A00.FR.407).
            path: the endpoint's, before the identity; any unless told otherwise.
            keep_alive: the pings.
            codecs: gives the codec of the version that was agreed on.
            lenient: with which stations to bear when they break the schema: all, none, or those
                of which it says so; what is sent stays strict.
            settings: of the sessions.
        """
        self._subprotocols = frozenset(version.value for version in versions)
        self._handlers = handlers
        self._accept = accept
        self._authenticate = authenticate
        self._verify_certificate = verify_certificate
        self._path = None if path is None else path.strip("/")
        self._keep_alive = keep_alive or KeepAlive()
        self._codecs = codecs
        self._lenient = lenient
        self._lenient_codecs: dict[str, dict[Version, LenientCodec]] = {}
        self._settings = settings or SessionSettings()
        self._sessions: dict[str, Session] = {}
        self.sessions: Mapping[str, Session] = MappingProxyType(self._sessions)

    @asynccontextmanager
    async def serve(
        self, host: str, port: int, *, ssl: tls.SSLContext | None = None
    ) -> AsyncIterator[int]:
        """Listen until the block is left, which closes all connections with 1001.

        Args:
            host: the address to listen at.
            port: 0 for any that is free.
            ssl: the TLS settings; without them the connection is plain.

        Yields:
            The port.
        """
        async with serve_websockets(
            self._welcome_websocket,
            host,
            port,
            ssl=ssl,
            process_request=self._check,
            select_subprotocol=self._pick_for_websocket,
            compression=None,
            extensions=[_offered_compression()],
            ping_interval=self._keep_alive.interval,
            ping_timeout=self._keep_alive.timeout,
            close_timeout=self._keep_alive.close_timeout,
            max_size=self._settings.max_size * FRAME_HEADROOM,
            create_connection=OcppServerConnection,
            logger=MaskingLogger(logging.getLogger("websockets.server")),
        ) as listener:
            yield next(iter(listener.sockets)).getsockname()[1]

    async def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        identity = self._identity(request.path)
        if identity is None:
            _logger.warning("no station has the path %r", request.path)
        user, password = _credentials(request.headers.get_all("Authorization"))
        shown = _certificate(connection)
        refusal = await self.refusal(identity or "", password, user=user, certificate=shown)
        if refusal is HTTPStatus.NOT_FOUND:
            return connection.respond(refusal, "no such station\n")
        if refusal is HTTPStatus.FORBIDDEN:
            return connection.respond(refusal, "wrong certificate\n")
        if refusal is not None:
            response = connection.respond(refusal, "wrong credentials\n")
            response.headers["WWW-Authenticate"] = 'Basic realm="OCPP"'
            return response
        if identity is not None and isinstance(connection, OcppServerConnection):
            connection.identity = identity
        return None

    async def refusal(
        self,
        identity: str,
        password: bytes | None,
        *,
        user: str | None = None,
        certificate: bytes | None = None,
    ) -> HTTPStatus | None:
        """Why a station may not connect, as an HTTP status; None where it may.

        Args:
            identity: the station's; nothing where it cannot be read.
            password: what it gave; None where it gave none.
            user: the name that came with the password; None where none came.
            certificate: what it showed in the TLS handshake, in DER; None where it showed none.
        """
        if not identity:
            return HTTPStatus.NOT_FOUND
        if not await _truth(self._accept and self._accept(identity)):
            _logger.warning("no such station: %r", identity)
            return HTTPStatus.NOT_FOUND
        verify = self._verify_certificate
        if not await _truth(verify and verify(identity, certificate)):
            _logger.warning("%s: wrong certificate", identity)
            return HTTPStatus.FORBIDDEN
        if self._authenticate is None:
            return None
        known = user is None or user == identity
        if known and await _truth(self._authenticate(identity, password)):
            return None
        _logger.warning("%s: wrong credentials", identity)
        return HTTPStatus.UNAUTHORIZED

    def _identity(self, target: str) -> str | None:
        path, _, last = target.partition("?")[0].rpartition("/")
        if self._path is not None and path.strip("/") != self._path:
            return None
        try:
            identity = unquote(last, errors="strict")
        except UnicodeDecodeError:
            return None
        return identity if identity and identity.isprintable() else None

    def pick(self, offered: Sequence[str]) -> str | None:
        """The subprotocol to speak, of those that a station offers; None where none is spoken."""
        return next((name for name in offered if name in self._subprotocols), None)

    def _pick_for_websocket(
        self, _connection: ServerConnection, offered: Sequence[Subprotocol]
    ) -> Subprotocol | None:
        picked = self.pick(offered)
        return None if picked is None else Subprotocol(picked)

    async def _welcome_websocket(self, connection: ServerConnection) -> None:
        if not isinstance(connection, OcppServerConnection):
            msg = f"unexpected connection {connection!r}"
            raise TypeError(msg)
        for said in (connection.request, connection.response):
            if said is not None:
                said.headers.clear()  # read by now; thousands of silent connections would keep them
        try:
            await self.welcome(connection.port, connection.identity)
        except HandlerMistake as mistake:
            _logger.error("%s cannot be answered: %s", connection.identity, mistake)  # noqa: TRY400  # says all
            await connection.close(1011, "the CSMS has no valid handlers")

    async def welcome(self, transport: Transport, identity: str) -> None:
        """Serve a station on an open connection, whatever carries it, until it ends.

        Args:
            transport: the connection.
            identity: of the station; whoever calls this has asked `refusal`.
        """
        if transport.subprotocol is None:
            # Complete the handshake, then close at once (1.6-J §3.2, 2.0.1 Part 4 §3.2).
            _logger.warning("%s: no version in common", identity)
            await transport.close(1002, "no version in common")
            return
        version = Version(transport.subprotocol)
        session = Session(
            transport,
            identity=identity,
            version=version,
            side=Side.CSMS,
            codec=self._codec(identity, version),
            handlers=self._handlers,
            settings=self._settings,
        )
        await self._run(session)

    def deviations(self, identity: str) -> Counter[SchemaDeviation]:
        """How often a station broke the schema since we bear with it, by kind.

        Nothing for one that left so long ago that it is forgotten.
        """
        codecs = self._lenient_codecs.get(identity, {})
        return sum((codec.deviations for codec in codecs.values()), Counter())

    def _codec(self, identity: str, version: Version) -> MessageCodec:
        lenient = self._lenient(identity) if callable(self._lenient) else self._lenient
        if not lenient:
            return self._codecs(version)
        # One a station, not one a connection: each kind of deviation is reported once.
        codecs = self._lenient_codecs.pop(identity, {})
        self._lenient_codecs[identity] = codecs  # as the newest
        if version not in codecs:
            codecs[version] = LenientCodec(codec_for(version), peer=identity)
        self._forget_lenience()
        return codecs[version]

    def _forget_lenience(self) -> None:
        """Keep what was borne with of the stations that are connected, and of the last others."""
        while len(self._lenient_codecs) > len(self._sessions) + _REMEMBERED:
            oldest = next(iter(self._lenient_codecs))
            codecs = self._lenient_codecs.pop(oldest)
            if oldest in self._sessions:
                self._lenient_codecs[oldest] = codecs

    async def _run(self, session: Session) -> None:
        replaced = self._sessions.get(session.identity)
        self._sessions[session.identity] = session
        session.when_gone = self._unlist  # its handlers may go on for their grace
        try:
            if replaced is None:
                await session.run()
                return
            async with asyncio.TaskGroup() as tasks:
                # Its peer may be long gone: nobody waits for the closing handshake.
                tasks.create_task(replaced.close(1008, "replaced by a newer connection"))
                await session.run()
        finally:
            self._unlist(session)

    def _unlist(self, session: Session) -> None:
        if self._sessions.get(session.identity) is session:
            del self._sessions[session.identity]


async def _truth(answer: bool | Awaitable[bool] | None) -> bool:
    """What a callback says, sync or async; no callback says yes."""
    if answer is None:
        return True
    return await answer if inspect.isawaitable(answer) else answer


def _certificate(connection: ServerConnection) -> bytes | None:
    """What the station showed in the TLS handshake, in DER."""
    tls_end: tls.SSLObject | None = connection.transport.get_extra_info("ssl_object")
    return None if tls_end is None else tls_end.getpeercert(binary_form=True)


def _credentials(headers: Sequence[str]) -> tuple[str | None, bytes | None]:
    """User and password of HTTP basic authentication (RFC 7617); the password is any bytes."""
    if not headers:
        return None, None
    scheme, _, token = headers[0].partition(" ")
    try:
        decoded = base64.b64decode(token.strip(), validate=True)
        user, colon, password = decoded.partition(b":")
        if len(headers) > 1 or scheme.lower() != "basic" or not colon:
            return "", None
        return user.decode(), password
    except (binascii.Error, ValueError):
        return "", None


def _offered_compression() -> ServerPerMessageDeflateFactory:
    # Without context takeover thousands of silent connections keep no window in memory.
    return ServerPerMessageDeflateFactory(
        server_no_context_takeover=True,
        client_no_context_takeover=True,
        server_max_window_bits=12,  # a new compressor a message costs a fifth of one with 15
        client_max_window_bits=12,
        compress_settings={"memLevel": 5},
    )
