"""The transport itself, on real sockets and without a session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import Protocol

from ocppkit.connection.server_websocket import OcppServerConnection
from ocppkit.connection.websocket import (
    OcppClientConnection,
    WebSocketTransport,
    check_websockets,
)
from ocppkit.errors import ConnectionLost

PATIENCE = 10.0
LARGE = "x" * 1_000_000


class Noted:
    """A receiver that writes down what it is told, and wakes whoever waits for it."""

    def __init__(self) -> None:
        self.told: list[str | bytes] = []
        self.reason: str | None = None
        self.rooms = 0
        self._news = asyncio.Event()

    def received(self, data: str | bytes) -> None:
        assert self.reason is None
        self.told.append(data)
        self._news.set()

    def writable(self) -> None:
        self.rooms += 1
        self._news.set()

    def lost(self, reason: str) -> None:
        assert self.reason is None
        self.reason = reason
        self._news.set()

    async def until(self, what: Any) -> None:
        async with asyncio.timeout(PATIENCE):
            while not what():
                self._news.clear()
                await self._news.wait()


class Pausing(Noted):
    """Pauses at every message."""

    def __init__(self, port: WebSocketTransport) -> None:
        super().__init__()
        self._port = port

    def received(self, data: str | bytes) -> None:
        super().received(data)
        self._port.pause()


@asynccontextmanager
async def ends(
    *, compression: str | None = None, **settings: Any
) -> AsyncIterator[tuple[WebSocketTransport, ClientConnection]]:
    """Our end of a connection, as a CSMS has it, and the station's, as websockets has it."""
    arrived: asyncio.Future[OcppServerConnection] = asyncio.get_running_loop().create_future()
    leave = asyncio.Event()

    async def stay(connection: ServerConnection) -> None:
        assert isinstance(connection, OcppServerConnection)
        arrived.set_result(connection)
        await leave.wait()

    async with serve_websockets(
        stay,
        "127.0.0.1",
        0,
        create_connection=OcppServerConnection,
        compression=compression,
        close_timeout=1,
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with open_websocket(
            f"ws://127.0.0.1:{port}",
            proxy=None,
            compression=compression,
            close_timeout=1,
            max_size=None,
            **settings,
        ) as websocket:
            try:
                yield (await arrived).port, websocket
            finally:
                leave.set()


async def some(what: Callable[[], object]) -> None:
    """Let the loop turn until there is something."""
    async with asyncio.timeout(PATIENCE):
        while not what():  # noqa: ASYNC110  # it does not tell
            await asyncio.sleep(0)


async def test_what_came_before_anybody_was_attached_is_delivered_first_and_in_order() -> None:
    async with ends() as (port, websocket):
        for number in range(100):
            await websocket.send(f"{number}")
        await some(lambda: port._held)
        noted = Noted()
        port.attach(noted)
        await websocket.send("100")
        await noted.until(lambda: len(noted.told) == 101)

    assert noted.told == [f"{number}" for number in range(101)]


async def test_what_came_before_the_end_is_delivered_although_nobody_was_attached() -> None:
    async with ends() as (port, websocket):
        await websocket.send("last words")
        closing = asyncio.create_task(websocket.close(1001, "bye"))
        await asyncio.wait({closing}, timeout=0)
        noted = Noted()
        port.attach(noted)
        await noted.until(lambda: noted.reason is not None)
        await closing

    assert noted.told == ["last words"]
    assert noted.reason is not None
    assert "bye" in noted.reason


async def test_nothing_is_delivered_while_it_is_paused_and_the_end_comes_last() -> None:
    async with ends() as (port, websocket):
        noted = Pausing(port)
        port.attach(noted)
        for number in range(5):
            await websocket.send(f"{number}")
        await noted.until(lambda: noted.told)
        await some(lambda: port._held)
        while_paused = list(noted.told)
        port.resume()
        after_one = list(noted.told)
        closing = asyncio.create_task(websocket.close())

        def over() -> bool:
            port.resume()
            return noted.reason is not None

        await some(over)
        await closing

    assert while_paused == ["0"]
    assert after_one == ["0", "1"]
    assert noted.told == [f"{number}" for number in range(5)]


async def test_a_peer_that_does_not_read_blocks_the_writer_until_it_reads() -> None:
    async with ends(max_queue=1) as (port, websocket):
        noted = Noted()
        port.attach(noted)
        written = 1
        while port.write(LARGE):
            written += 1
        before = noted.rooms
        texts = [await websocket.recv() for _ in range(written)]
        await noted.until(lambda: noted.rooms)

    assert before == 0
    assert noted.rooms == 1
    assert texts == [LARGE] * written


async def test_a_connection_that_breaks_while_it_is_paused_is_told() -> None:
    async with ends(max_queue=1) as (port, websocket):
        noted = Noted()
        port.attach(noted)
        while port.write(LARGE):
            pass
        port.pause()
        port.abort()
        await noted.until(lambda: noted.reason is not None)
        websocket.transport.abort()

    assert noted.reason == "the connection broke"
    assert noted.rooms == 0


@asynccontextmanager
async def stalled(
    *, ping_timeout: float | None
) -> AsyncIterator[tuple[WebSocketTransport, Noted, ClientConnection]]:
    """Our end of a connection with a station that reads nothing, and has a lot to read."""
    async with ends() as (port, websocket):
        port._connection.ping_timeout = ping_timeout
        noted = Noted()
        port.attach(noted)
        websocket.transport.pause_reading()
        while port.write(LARGE):
            pass
        try:
            yield port, noted, websocket
        finally:
            websocket.transport.abort()


async def test_a_peer_that_reads_nothing_is_given_up() -> None:
    async with stalled(ping_timeout=0.1) as (_, noted, _):
        await noted.until(lambda: noted.reason is not None)

    assert noted.reason == "the peer read nothing for 0.1 s"


async def test_a_peer_that_reads_slowly_is_not_given_up() -> None:
    async with stalled(ping_timeout=60) as (port, noted, _):
        connection = port._connection
        assert isinstance(connection, OcppServerConnection)
        left = connection.transport.get_write_buffer_size()
        connection._check_progress(left + 1)
        after_progress = connection.transport.is_closing()
        connection._check_progress(left)
        await noted.until(lambda: noted.reason is not None)

    assert not after_progress
    assert noted.reason == "the peer read nothing for 60 s"


async def test_a_close_does_not_wait_for_ever_for_a_peer_that_reads_nothing() -> None:
    async with stalled(ping_timeout=None) as (port, noted, _):
        async with asyncio.timeout(PATIENCE):
            await port._connection.close(1001)

        assert noted.reason is not None


async def test_a_peer_that_pings_and_does_not_read_is_not_read_on() -> None:
    async with stalled(ping_timeout=None) as (port, noted, websocket):
        ping = Frame(Opcode.PING, b"x" * 125).serialize(mask=True)
        async with asyncio.timeout(PATIENCE):
            while not port._reading_paused:
                websocket.transport.write(ping * 100)
                await asyncio.sleep(0)
        websocket.transport.write(ping * 100_000)
        for _ in range(100):
            await asyncio.sleep(0)
        left = port._connection.transport.get_write_buffer_size()
        websocket.recv_messages.high = None  # reads on whatever comes
        websocket.transport.resume_reading()
        await noted.until(lambda: noted.rooms)
        await some(lambda: not port._reading_paused)

    assert left < len(LARGE) * 2


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (Frame(Opcode.CLOSE, Close(1001, "bye").serialize()).serialize(mask=True), "bye"),
        (b"\xff\xff\xff\xff", "was closed: 1002"),
    ],
    ids=["it closes", "it breaks the protocol"],
)
async def test_a_connection_that_a_peer_ends_is_gone_although_its_socket_stays_open(
    last: bytes, reason: str
) -> None:
    async with ends() as (port, websocket):
        noted = Noted()
        port.attach(noted)
        websocket.transport.pause_reading()
        await websocket.send("last words")
        websocket.transport.write(last)
        await noted.until(lambda: noted.reason is not None)
        stays_open = not port._connection.connection_lost_waiter.done()
        websocket.transport.abort()

    assert stays_open
    assert noted.told == ["last words"]
    assert noted.reason is not None
    assert reason in noted.reason


async def test_a_connection_whose_peer_says_no_more_is_gone_although_it_reads_nothing() -> None:
    async with stalled(ping_timeout=None) as (_, noted, websocket):
        websocket.transport.write_eof()
        await noted.until(lambda: noted.reason is not None)

    assert noted.reason == "the connection broke"


async def test_what_was_written_before_a_close_goes_out() -> None:
    async with ends() as (port, websocket):
        port.attach(Noted())
        port.write(LARGE)
        port.write("last words")
        closing = asyncio.create_task(port.close(1001, "bye"))
        texts = [text async for text in websocket]
        await closing

    assert texts == [LARGE, "last words"]
    assert websocket.close_code == 1001


async def test_of_a_long_reason_to_close_the_peer_is_told_what_a_frame_takes() -> None:
    async with ends() as (port, websocket):
        port.attach(Noted())
        await port.close(1001, "x" + "ü" * 100)
        await websocket.wait_closed()

    assert websocket.close_reason == "x" + "ü" * 61


async def test_nothing_can_be_written_once_a_side_has_begun_to_close() -> None:
    async with ends() as (port, websocket):
        noted = Noted()
        port.attach(noted)
        closing = asyncio.create_task(port.close(1012, "reboot"))
        await asyncio.sleep(0)
        with pytest.raises(ConnectionLost, match=r"was closed: 1012.*reboot"):
            port.write("too late")
        await closing
        with pytest.raises(ConnectionLost, match=r"was closed: 1012.*reboot"):
            port.write("too late")
        await websocket.wait_closed()

    assert noted.told == []


async def test_nothing_can_be_written_to_a_socket_that_is_being_closed() -> None:
    async with ends() as (port, _):
        port.attach(Noted())
        port.abort()
        with pytest.raises(ConnectionLost, match="the connection broke"):
            port.write("too late")


async def test_fragments_are_put_together_also_with_control_frames_between_them() -> None:
    async def text() -> AsyncIterator[bytes]:
        for part in ("ü".encode()[:1], "ü".encode()[1:] + b"x", b"", b"\xff"):
            yield part
            pongs.append(await websocket.ping())

    pongs: list[Any] = []
    async with ends() as (port, websocket):
        noted = Noted()
        port.attach(noted)
        await websocket.send(text(), text=True)
        await websocket.send([b"\x00", b"\x01"])
        await websocket.send("whole")
        await noted.until(lambda: len(noted.told) == 3)

    assert noted.told == ["üx\udcff", b"\x00\x01", "whole"]
    assert len(pongs) == 4


@pytest.mark.parametrize("compression", [None, "deflate"])
@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 199, 200, 65_535, 65_536])
async def test_texts_of_every_length_arrive_from_a_csms(
    length: int, compression: str | None
) -> None:
    async with ends(compression=compression) as (port, websocket):
        port.attach(Noted())
        port.write("ü" * (length // 2) + "x" * (length % 2))
        text = await websocket.recv()

    assert isinstance(text, str)
    assert text == "ü" * (length // 2) + "x" * (length % 2)


@pytest.mark.parametrize("compression", [None, "deflate"])
@pytest.mark.parametrize("length", [0, 1, 125, 126, 199, 200, 65_535, 65_536])
async def test_texts_of_every_length_arrive_from_a_station(
    length: int, compression: str | None
) -> None:
    got: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def take(connection: ServerConnection) -> None:
        got.set_result(await connection.recv())

    async with serve_websockets(take, "127.0.0.1", 0, compression=compression) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with open_websocket(
            f"ws://127.0.0.1:{port}",
            proxy=None,
            compression=compression,
            create_connection=OcppClientConnection,
        ) as websocket:
            assert isinstance(websocket, OcppClientConnection)
            websocket.port.attach(Noted())
            websocket.port.write("x" * length)
            text = await got

    assert text == "x" * length


async def test_long_texts_are_compressed_where_that_was_agreed_on_and_short_ones_are_not() -> None:
    async with ends(compression="deflate") as (port, websocket):
        port.attach(Noted())
        sizes = []
        for text in ("x" * 100, "x" * 10_000):
            came: list[int] = []
            read = websocket.data_received
            websocket.data_received = lambda data, n=came, r=read: (n.append(len(data)), r(data))  # type: ignore[method-assign,assignment,misc]  # to see what comes
            port.write(text)
            await websocket.recv()
            websocket.data_received = read  # type: ignore[method-assign]  # as above
            sizes.append(sum(came))

    assert sizes[0] == 102
    assert sizes[1] < 200


def test_a_websockets_without_what_is_relied_on_is_refused_clearly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(Protocol, "send_text")

    with pytest.raises(ImportError, match=r"cannot use websockets .*: no Protocol.send_text"):
        check_websockets()
