"""The first words of TLS: what a station offers, and an answer that no library would give.

Read and made by hand (RFC 5246 §7.4, RFC 8446 §4.1.2): OpenSSL tells a server neither which cipher
suites it was offered, nor does it speak TLS 1.1 with today's settings.
"""

from __future__ import annotations

import asyncio
import os
from typing import Final

from attrs import frozen

__all__ = ["TLS_1_2", "ClientHello", "alert_in", "old_answer", "parse_hello", "read_hello"]

TLS_1_1: Final = 0x0302
TLS_1_2: Final = 0x0303
HANDSHAKE: Final = 22
ALERT: Final = 21
_CLIENT_HELLO: Final = 1
_SERVER_HELLO: Final = 2
_CERTIFICATE: Final = 11
_DONE: Final = 14
_SUPPORTED_VERSIONS: Final = 43
_HEADER: Final = 5
_LARGEST: Final = 64 * 1024
_OF_TLS_1_1: Final = (0x002F, 0x0035, 0x000A)  # TLS_RSA_WITH_...: no ServerKeyExchange is needed
_ALERTS: Final = {
    0: "close_notify",
    10: "unexpected_message",
    40: "handshake_failure",
    42: "bad_certificate",
    43: "unsupported_certificate",
    44: "certificate_revoked",
    45: "certificate_expired",
    46: "certificate_unknown",
    47: "illegal_parameter",
    48: "unknown_ca",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
}


@frozen(kw_only=True)
class ClientHello:
    """What a station offers at the beginning of TLS.

    Attributes:
        versions: of TLS, as its bytes say them: 0x0303 is TLS 1.2.
        suites: the numbers of the cipher suites, in its order.
        session: the id of a session to be taken up again.
    """

    versions: tuple[int, ...]
    suites: tuple[int, ...]
    session: bytes = b""


async def read_hello(reader: asyncio.StreamReader) -> bytes:
    """The bytes of a connection's first message; what came, where it is no TLS or ends early."""
    begun = b""
    needed = _HEADER
    while len(begun) < needed and len(begun) < _LARGEST:
        more = await reader.read(_LARGEST)
        if not more:
            break
        begun += more
        if begun[0] != HANDSHAKE:
            break
        needed = _needed(begun)
    return begun


def parse_hello(data: bytes) -> ClientHello:
    """Read what a station offers.

    Raises:
        ValueError: it is no ClientHello.
    """
    message = _message(data)
    if message[:1] != bytes([_CLIENT_HELLO]):
        raise ValueError("no ClientHello")
    rest = _Bytes(message[4:])
    legacy = rest.number(2)
    _ = rest.take(32)
    session = rest.block(1)
    suites = _numbers(rest.block(2))
    _ = rest.block(1)
    versions: tuple[int, ...] = (legacy,)
    extensions = _Bytes(rest.block(2) if rest.left else b"")
    while extensions.left:
        kind, body = extensions.number(2), extensions.block(2)
        if kind == _SUPPORTED_VERSIONS:
            versions = _numbers(_Bytes(body).block(1))
    return ClientHello(versions=versions, suites=suites, session=session)


def old_answer(hello: ClientHello, chain: tuple[bytes, ...]) -> bytes:
    """What a server that speaks TLS 1.1 only answers: ServerHello, Certificate, ServerHelloDone.

    Args:
        hello: what it answers to.
        chain: its certificates in DER.
    """
    fitting = [suite for suite in _OF_TLS_1_1 if suite in hello.suites]
    suite = (fitting or hello.suites or _OF_TLS_1_1)[0]
    said = (
        TLS_1_1.to_bytes(2, "big")
        + os.urandom(32)
        + _block(hello.session, 1)
        + suite.to_bytes(2, "big")
        + b"\x00"
    )
    certificates = _block(b"".join(_block(each, 3) for each in chain), 3)
    return b"".join(
        _record(bytes([kind]) + _block(body, 3))
        for kind, body in ((_SERVER_HELLO, said), (_CERTIFICATE, certificates), (_DONE, b""))
    )


def alert_in(data: bytes) -> str | None:
    """The alert that a record tells of; None where it is another."""
    if len(data) < _HEADER + 2 or data[0] != ALERT:
        return None
    return _ALERTS.get(data[_HEADER + 1], f"alert {data[_HEADER + 1]}")


class _Bytes:
    """Bytes that are taken from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def left(self) -> int:
        return len(self._data)

    def take(self, count: int) -> bytes:
        if count > len(self._data):
            raise ValueError("it ends too early")
        taken, self._data = self._data[:count], self._data[count:]
        return taken

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "big")

    def block(self, count: int) -> bytes:
        """What is preceded by its length, which has so many bytes."""
        return self.take(self.number(count))


def _needed(begun: bytes) -> int:
    """How many bytes there are to be, as far as is known, for the first message to be whole."""
    at, message = 0, b""
    while True:
        if len(begun) < at + _HEADER:
            return at + _HEADER
        length = int.from_bytes(begun[at + 3 : at + _HEADER], "big")
        message += begun[at + _HEADER : at + _HEADER + length]
        at += _HEADER + length
        if len(message) >= 4 and len(message) >= 4 + int.from_bytes(message[1:4], "big"):
            return at
        if len(begun) < at:
            return at


def _message(data: bytes) -> bytes:
    """The first message of the handshake, which may be in several records."""
    rest, message = _Bytes(data), b""
    while rest.left:
        kind, _ = rest.number(1), rest.take(2)
        if kind != HANDSHAKE:
            raise ValueError("no handshake")
        message += rest.block(2)
        if len(message) >= 4 and len(message) >= 4 + int.from_bytes(message[1:4], "big"):
            return message
    raise ValueError("it ends too early")


def _numbers(data: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))


def _block(data: bytes, count: int) -> bytes:
    return len(data).to_bytes(count, "big") + data


def _record(message: bytes) -> bytes:
    return bytes([HANDSHAKE]) + TLS_1_1.to_bytes(2, "big") + _block(message, 2)
