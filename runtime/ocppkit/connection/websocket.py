"""The websocket under a session."""

from __future__ import annotations

from collections import deque
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response

from ocppkit.errors import ConnectionLost

__all__ = [
    "FRAME_HEADROOM",
    "OcppClientConnection",
    "OcppServerConnection",
    "WebSocketTransport",
]

FRAME_HEADROOM: Final = 4
"""How many times larger than the endpoint allows a message may be before the websocket closes.

What lies between is read and refused by the protocol's own means; what lies above is a 1009.
"""


class OcppClientConnection(ClientConnection):
    """A station's websocket that remembers which messages came as text."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # as websockets calls it
        self.opcodes: deque[Opcode] = deque()

    def process_event(self, event: Frame | Request | Response) -> None:
        """Note the opcode of each message's first frame: `recv` does not tell it."""
        super().process_event(event)
        _note_opcode(event, self.opcodes)


class OcppServerConnection(ServerConnection):
    """A CSMS's websocket that remembers which messages came as text.

    Attributes:
        identity: the station's, once the handshake has shown it to be acceptable.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # as websockets calls it
        self.opcodes: deque[Opcode] = deque()
        self.identity = ""

    def process_event(self, event: Frame | Request | Response) -> None:
        """Note the opcode of each message's first frame: `recv` does not tell it."""
        super().process_event(event)
        _note_opcode(event, self.opcodes)


def _note_opcode(event: Frame | Request | Response, opcodes: deque[Opcode]) -> None:
    if isinstance(event, Frame) and event.opcode in {Opcode.TEXT, Opcode.BINARY}:
        opcodes.append(event.opcode)


class WebSocketTransport:
    """A `Transport` over a websocket.

    Messages are taken undecoded: left to itself, websockets ends the connection when a text is
    not valid UTF-8, where OCPP wants the message answered and the connection kept.
    """

    def __init__(self, connection: OcppClientConnection | OcppServerConnection) -> None:
        self._connection = connection
        address = connection.remote_address
        self._remote = f"{address[0]}:{address[1]}" if isinstance(address, tuple) else str(address)

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the server picked."""
        return self._connection.subprotocol

    @property
    def remote(self) -> str:
        """The peer's host and port."""
        return self._remote

    async def send(self, text: str) -> None:
        """Send a text frame; waits while the socket's buffer is full.

        Raises:
            ConnectionLost: the connection is gone.
        """
        try:
            await self._connection.send(text)
        except ConnectionClosed as closed:
            raise ConnectionLost(_explain(closed)) from closed

    async def receive(self) -> str | bytes:
        """The next message: a text, or the bytes of a binary one.

        Raises:
            ConnectionLost: the connection is gone and everything that came before is received.
        """
        try:
            data = await self._connection.recv(decode=False)
        except ConnectionClosed as closed:
            raise ConnectionLost(_explain(closed)) from closed
        if self._connection.opcodes.popleft() is Opcode.BINARY:
            return data
        return data.decode(errors="surrogateescape")

    async def ping(self) -> None:
        """Send a ping and wait for its pong.

        Raises:
            ConnectionLost: the connection is gone.
        """
        try:
            pong = await self._connection.ping()
            await pong
        except ConnectionClosed as closed:
            raise ConnectionLost(_explain(closed)) from closed

    def abort(self) -> None:
        """Close the socket without the closing handshake."""
        self._connection.transport.abort()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Do the closing handshake and wait until the socket is closed."""
        await self._connection.close(code, reason)


def _explain(closed: ConnectionClosed) -> str:
    if closed.rcvd is not None and closed.rcvd_then_sent is not False:
        return f"the peer closed the connection: {closed.rcvd}"
    if closed.sent is not None:
        return f"the connection was closed: {closed.sent}"
    return "the connection broke"
