"""The websocket under a session.

It is the one module that relies on more of `websockets` than its documentation promises: messages
are taken from `Connection.process_event` and written through the connection's Sans-I/O protocol,
without the queue, the task switch and the context manager that `recv` and `send` put between. What
it relies on is the same from websockets 15.0 to 17.4; an import fails clearly where it is missing.
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import CLIENT, OPEN, Protocol
from websockets.version import version as websockets_version

from ocppkit.connection.transport import Receiver
from ocppkit.errors import ConnectionLost

try:
    from websockets.speedups import apply_mask
except ImportError:  # where it was installed without its C extension
    from websockets.utils import apply_mask

__all__ = [
    "FRAME_HEADROOM",
    "OcppClientConnection",
    "PushingConnection",
    "WebSocketTransport",
    "check_websockets",
]

FRAME_HEADROOM: Final = 4
"""How many times larger than the endpoint allows a message may be before the websocket closes.

What lies between is read and refused by the protocol's own means; what lies above is a 1009.
"""

_WORTH_COMPRESSING: Final = 200
"""How many bytes a message has at least to be compressed, where that was agreed on.

Each message may be sent either way (RFC 7692 §6). Without the context of others a shorter one
becomes hardly smaller, and setting up a compressor takes longer than all the rest.
"""

_REASON_LENGTH: Final = 123  # bytes that a close frame has for it (RFC 6455 §5.5)

_PONGS_KEPT: Final = 100
"""How many pongs may wait for a peer that does not read, until its pings are not read either."""

_TEXT, _BINARY, _CONTINUATION = Opcode.TEXT, Opcode.BINARY, Opcode.CONT
_TEXT_AND_FIN: Final = 0x81
_NEEDED: Final = (
    (
        Connection,
        (
            "close",
            "connection_lost",
            "data_received",
            "eof_received",
            "pause_writing",
            "process_event",
            "resume_writing",
            "send_data",
        ),
    ),
    (Protocol, ("send_text",)),
)


def check_websockets() -> None:
    """See that `websockets` has what this module relies on.

    Raises:
        ImportError: it has not.
    """
    missing = [
        f"{owner.__name__}.{name}"
        for owner, names in _NEEDED
        for name in names
        if not callable(getattr(owner, name, None))
    ]
    if missing:
        msg = f"ocppkit cannot use websockets {websockets_version}: no {', '.join(missing)}"
        raise ImportError(msg)


check_websockets()


class PushingConnection(Connection):
    """A websocket that pushes its messages.

    Attributes:
        port: the transport that it is to a session.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # as websockets calls it
        self.port = WebSocketTransport(self)
        self._patience: asyncio.TimerHandle | None = None

    def process_event(self, event: Frame | Request | Response) -> None:
        """Push what belongs to a message; `websockets` does the rest."""
        if not (isinstance(event, Frame) and self.port.take(event)):
            super().process_event(event)

    def data_received(self, data: bytes) -> None:
        """Push what came, and tell where it was the last: the peer may leave the socket open."""
        super().data_received(data)
        protocol = self.protocol
        if protocol.state is not OPEN and (protocol.close_rcvd or protocol.parser_exc):
            self.port.note_end()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close; `websockets` alone would wait for ever for a peer that does not read."""
        if self.close_timeout is None:
            await super().close(code, reason)
            return
        patience = self.loop.call_later(self.close_timeout, self.transport.abort)
        try:
            await super().close(code, reason)
        finally:
            patience.cancel()

    def pause_writing(self) -> None:
        """Be patient with a peer that does not keep up, as long as it takes anything."""
        super().pause_writing()
        self._wait_for_progress()

    def resume_writing(self) -> None:
        """Tell that the socket's buffer has room again."""
        super().resume_writing()
        self._wait_no_more()
        self.port.note_room()

    def eof_received(self) -> None:
        """Tell that it is over: without a closing handshake there is nothing to wait for."""
        super().eof_received()
        self.port.note_end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that it is over."""
        super().connection_lost(exc)
        self._wait_no_more()
        self.port.note_end()

    def _wait_for_progress(self) -> None:
        """Give the peer as long as for a pong; pings alone do not find out that it reads nothing.

        A ping waits for room in the buffer, for which `websockets` has no limit.
        """
        if self.ping_timeout is not None:
            left = self.transport.get_write_buffer_size()
            self._patience = self.loop.call_later(self.ping_timeout, self._check_progress, left)

    def _check_progress(self, left: int) -> None:
        if self.transport.get_write_buffer_size() < left:
            self._wait_for_progress()
            return
        self.port.broken_by = f"the peer read nothing for {self.ping_timeout:g} s"
        self.transport.abort()

    def _wait_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


class OcppClientConnection(PushingConnection, ClientConnection):
    """A station's websocket."""


class WebSocketTransport:
    """A `Transport` over a websocket, which is also `Pingable`.

    Messages are decoded here: left to itself, websockets ends the connection when a text is not
    valid UTF-8, where OCPP wants the message answered and the connection kept.

    Attributes:
        broken_by: what ends the connection where nobody closes it, for people.
    """

    __slots__ = (
        "_begun",
        "_begun_as",
        "_connection",
        "_ended",
        "_held",
        "_masks",
        "_paused",
        "_pongs",
        "_reading_paused",
        "_receiver",
        "broken_by",
    )

    def __init__(self, connection: Connection) -> None:
        self.broken_by = "the connection broke"
        self._connection = connection
        self._masks = connection.protocol.side is CLIENT
        self._receiver: Receiver | None = None
        self._held: list[str | bytes] | None = None
        self._begun: bytearray | None = None
        self._begun_as: Opcode | None = None
        self._paused = True  # until somebody is attached
        self._reading_paused = False
        self._pongs = 0  # written since the socket's buffer is full
        self._ended = False

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the server picked."""
        return self._connection.subprotocol

    @property
    def remote(self) -> str:
        """The peer's host and port."""
        address = self._connection.remote_address
        return f"{address[0]}:{address[1]}" if isinstance(address, tuple) else str(address)

    def attach(self, receiver: Receiver) -> None:
        """Deliver to this one, and first what came during and after the handshake."""
        self._receiver = receiver
        self.resume()

    def write(self, text: str) -> bool:
        """Write a text frame to the socket, or to its buffer.

        Returns:
            Whether the buffer is below its limit.

        Raises:
            ConnectionLost: the connection is gone, or one side has begun to close it.
        """
        connection = self._connection
        protocol, socket = connection.protocol, connection.transport
        if protocol.state is not OPEN or socket.is_closing():
            raise ConnectionLost(self._why())
        payload = text.encode()
        worth_compressing = protocol.extensions and len(payload) >= _WORTH_COMPRESSING
        if worth_compressing or protocol.debug:
            protocol.send_text(payload)
            connection.send_data()
        else:
            socket.write(_text_frame(payload, masks=self._masks))
        return not connection.paused

    def pause(self) -> None:
        """Deliver nothing until `resume`; TCP lets the peer notice."""
        self._paused = True

    def resume(self) -> None:
        """Deliver what has come meanwhile."""
        if self._receiver is None:
            return
        self._paused = False
        held, self._held = self._held, None
        for number, data in enumerate(held or ()):
            if self._paused and not self._ended:
                self._held = (held or [])[number:]
                return
            self._receiver.received(data)
        self._read_on()
        if self._ended:
            self._tell_end()

    async def ping(self) -> None:
        """Send a ping and wait for its pong.

        Raises:
            ConnectionLost: the connection is gone.
        """
        try:
            pong = await self._connection.ping()
            await pong
        except ConnectionClosed as closed:
            raise ConnectionLost(self._why()) from closed

    def abort(self) -> None:
        """Close the socket without the closing handshake."""
        self._connection.transport.abort()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Do the closing handshake and wait until the socket is closed."""
        self._held = None
        self._paused = False
        self._read_on()  # or the peer's part of it would never come
        short = reason.encode()[:_REASON_LENGTH].decode(errors="ignore")
        await self._connection.close(code, short)

    def take(self, frame: Frame) -> bool:
        """From the connection: a frame came; whether it is a part of a message."""
        opcode = frame.opcode
        if opcode is _TEXT and frame.fin:
            self._push(str(frame.data, "utf-8", "surrogateescape"))
        elif opcode is _TEXT or opcode is _BINARY:
            if frame.fin:
                self._push(bytes(frame.data))
            else:
                self._begun, self._begun_as = bytearray(frame.data), opcode
        elif opcode is _CONTINUATION and self._begun is not None:
            self._begun += frame.data  # the protocol limits it to `max_size`
            if frame.fin:
                data, self._begun = bytes(self._begun), None
                text = self._begun_as is _TEXT
                self._push(data.decode(errors="surrogateescape") if text else data)
        else:
            if opcode is Opcode.PING:
                self._note_pong()
            return False
        return True

    def note_room(self) -> None:
        """From the connection: the socket's buffer has room again."""
        self._pongs = 0
        if self._receiver is not None:
            self._receiver.writable()
        if not self._paused:
            self._read_on()

    def note_end(self) -> None:
        """From the connection: nothing comes any more; may be called again."""
        self._ended = True
        self.resume()  # whoever is too slow to be answered takes no answers any more

    def _push(self, data: str | bytes) -> None:
        if self._paused:
            if self._held is None:
                self._held = []
            self._held.append(data)
            self._read_no_more()
        elif self._receiver is not None:
            self._receiver.received(data)

    def _note_pong(self) -> None:
        """`websockets` answers a ping at once, whether the peer keeps up or not."""
        if self._connection.paused:
            self._pongs += 1
            if self._pongs > _PONGS_KEPT:
                self._read_no_more()

    def _read_no_more(self) -> None:
        if not self._reading_paused:
            # What the socket has read already comes all the same.
            self._reading_paused = True
            self._connection.transport.pause_reading()

    def _read_on(self) -> None:
        if self._reading_paused:
            self._reading_paused = False
            self._connection.transport.resume_reading()

    def _tell_end(self) -> None:
        if self._receiver is not None:
            receiver, self._receiver = self._receiver, None
            receiver.lost(self._why())

    def _why(self) -> str:
        protocol = self._connection.protocol
        if protocol.close_rcvd is not None and protocol.close_rcvd_then_sent is not False:
            return f"the peer closed the connection: {protocol.close_rcvd}"
        if protocol.close_sent is not None:
            return f"the connection was closed: {protocol.close_sent}"
        return self.broken_by


def _text_frame(payload: bytes, *, masks: bool) -> bytes:
    """A message in one frame, as it is (RFC 6455 §5.2); what a client sends is masked (§5.3)."""
    length, mask_bit = len(payload), 0x80 if masks else 0
    if length < 126:
        head = bytes((_TEXT_AND_FIN, mask_bit | length))
    elif length < 0x10000:
        head = struct.pack("!BBH", _TEXT_AND_FIN, mask_bit | 126, length)
    else:
        head = struct.pack("!BBQ", _TEXT_AND_FIN, mask_bit | 127, length)
    if not masks:
        return head + payload
    mask = secrets.token_bytes(4)
    return head + mask + apply_mask(payload, mask)
