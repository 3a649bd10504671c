"""The station's end: opens a connection to a CSMS and puts a session on it."""

from __future__ import annotations

import base64
import logging
import ssl as tls
from collections.abc import Awaitable, Callable, Generator, Sequence
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidStatus, InvalidURI
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.typing import Subprotocol

from ocppkit.codec import codec_for
from ocppkit.connection.session import Handlers, Session
from ocppkit.connection.settings import CodecFor, KeepAlive, SessionSettings, check_versions
from ocppkit.connection.websocket import FRAME_HEADROOM, OcppClientConnection
from ocppkit.errors import NegotiationFailed
from ocppkit.message import Side, Version
from ocppkit.security.secret import MaskingLogger, Secret
from ocppkit.security.tls_errors import describe_tls_error

__all__ = ["Connecting", "connect", "connection_url"]


def connection_url(url: str, identity: str) -> str:
    """The URL of a station: its identity behind the path of the endpoint (2.0.1 Part 4 §3.1.1).

    Args:
        url: of the CSMS; a slash at its end makes no difference.
        identity: of the station; is percent-encoded.

    Raises:
        ValueError: it is no websocket URL, it bears credentials, or the identity is empty.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"ws", "wss"} or not parts.hostname:
        msg = f"not a websocket URL: {url!r}"
        raise ValueError(msg)
    if "@" in parts.netloc:
        msg = "a URL bears no credentials: the identity is the user, the password goes beside it"
        raise ValueError(msg)
    if not identity:
        msg = "a station has an identity"
        raise ValueError(msg)
    path = f"{parts.path.removesuffix('/')}/{quote(identity, safe='')}"
    return urlunsplit(parts._replace(path=path, fragment=""))


def _authorization(identity: str, password: bytes) -> str:
    if ":" in identity:
        msg = "an identity with a colon cannot be a user name (RFC 7617 §2)"
        raise ValueError(msg)
    credentials = base64.b64encode(identity.encode() + b":" + password).decode()
    return f"Basic {credentials}"


class Connecting:
    """A connection on its way, made by `connect`.

    ``await`` it for a session that the caller runs, or enter it with ``async with`` for one that
    runs until the block is left.
    """

    def __init__(self, open_session: Callable[[], Awaitable[Session]]) -> None:
        self._open_session = open_session
        self._session: Session | None = None

    def __await__(self) -> Generator[object, None, Session]:
        return self._open_session().__await__()

    async def __aenter__(self) -> Session:
        self._session = await self
        return await self._session.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.__aexit__(kind, error, traceback)


def connect(
    url: str,
    *,
    identity: str,
    versions: Sequence[Version],
    handlers: Handlers,
    password: bytes | Secret | None = None,
    ssl: tls.SSLContext | None = None,
    compression: bool = False,
    keep_alive: KeepAlive | None = None,
    open_timeout: float = 10.0,
    codecs: CodecFor = codec_for,
    settings: SessionSettings | None = None,
) -> Connecting:
    """Open a connection as a station.

    Args:
        url: of the CSMS, without the identity.
        identity: of the station.
        versions: what the station speaks, best first; the CSMS picks.
        handlers: makes the handlers that answer the CSMS.
        password: for HTTP basic authentication, with the identity as the user; any bytes
            (A00.FR.204, 1.6 AuthorizationKey).
        ssl: the TLS settings for a ``wss`` URL; Python's defaults unless told otherwise.
        compression: whether to offer to compress messages (2.0.1 Part 4 §3.3).
        keep_alive: the pings.
        open_timeout: how long the connection may take to open, in seconds.
        codecs: gives the codec of the version that the CSMS picks.
        settings: of the session.

    Raises:
        TypeError: the versions are none of `Version`.
        ValueError: the URL, the identity or the versions cannot be right.
        NegotiationFailed: when awaited or entered: unreachable, refused (with the HTTP status), or
            without a version in common. What the system or TLS said is its cause, of which
            `describe_tls_error` makes a reason.
    """
    check_versions(versions)
    full_url = connection_url(url, identity)
    secret = password.reveal() if isinstance(password, Secret) else password
    headers = {} if secret is None else {"Authorization": _authorization(identity, secret)}
    pings = keep_alive or KeepAlive()
    limits = settings or SessionSettings()

    async def open_session() -> Session:
        opening = _Opening(
            full_url,
            subprotocols=[Subprotocol(version.value) for version in versions],
            additional_headers=headers,
            compression=None,
            extensions=[_offered_compression()] if compression else None,
            open_timeout=open_timeout,
            ping_interval=pings.interval,
            ping_timeout=pings.timeout,
            close_timeout=pings.close_timeout,
            max_size=limits.max_size * FRAME_HEADROOM,
            proxy=None,
            create_connection=_Connection,
            ssl=(ssl or True) if full_url.startswith("wss:") else ssl,
            logger=MaskingLogger(logging.getLogger("websockets.client")),
        )
        websocket = await _opened(opening)
        transport = websocket.port
        if transport.subprotocol is None:
            await transport.close(1002, "no version in common")
            reason = f"the CSMS speaks none of {', '.join(versions)}"
            raise NegotiationFailed(reason)
        version = Version(transport.subprotocol)
        try:
            return Session(
                transport,
                identity=identity,
                version=version,
                side=Side.STATION,
                codec=codecs(version),
                handlers=handlers,
                settings=limits,
            )
        except BaseException:  # nobody else knows the connection yet
            await transport.close(1011)
            raise

    return Connecting(open_session)


class _Connection(OcppClientConnection):
    """A connection whose opening fails with what broke it.

    Under TLS 1.3 the CSMS refuses the station's certificate when the handshake is over for the
    station: the alert comes in place of the HTTP response.
    """

    _broken_by: Exception | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Note what broke the connection, if anything did."""
        self._broken_by = exc
        super().connection_lost(exc)

    async def handshake(self, *args: Any, **kwargs: Any) -> None:
        """Perform the opening handshake."""
        try:
            await super().handshake(*args, **kwargs)
        except InvalidMessage as error:  # no response came
            if self._broken_by is None:
                raise
            raise self._broken_by from error


class _Opening(open_websocket):
    """An opening handshake that follows no redirects: a station goes where it was told to go."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Let the redirect count as the refusal that it is."""
        return exc


async def _opened(opening: _Opening) -> OcppClientConnection:
    try:
        websocket = await opening
    except InvalidStatus as error:
        status = error.response.status_code
        reason = f"the CSMS refused the connection with HTTP status {status}"
        raise NegotiationFailed(reason, status=status) from error
    except InvalidURI as error:
        raise ValueError(str(error)) from error
    except (InvalidHandshake, OSError) as error:  # a TimeoutError is an OSError
        failure = describe_tls_error(error)
        said = str(error) or "the CSMS closed it"
        if failure is not None:
            said = f"TLS failed: {failure.value}"
        raise NegotiationFailed(f"no connection: {said}") from error
    if not isinstance(websocket, OcppClientConnection):
        msg = f"unexpected connection {websocket!r}"
        raise TypeError(msg)
    return websocket


def _offered_compression() -> ClientPerMessageDeflateFactory:
    # Without context takeover a connection keeps no window in memory while it is silent.
    return ClientPerMessageDeflateFactory(
        server_no_context_takeover=True,
        client_no_context_takeover=True,
        client_max_window_bits=True,
        compress_settings={"memLevel": 5},
    )
