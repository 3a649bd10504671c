"""Whatever a station asks for in its handshake, the server answers, and takes the next one."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from typing import Any

import pytest
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from ocppkit.connection import Server
from ocppkit.message import Version

from .conftest import Look

_PATIENCE = 20.0  # seconds for what takes milliseconds
_KEY = "dGhlIHNhbXBsZSBub25jZQ=="


def noise() -> st.SearchStrategy[bytes]:
    """Octets that stay on one line of HTTP."""
    odd = st.sampled_from([b"%2F", b"%00", b"%ff", b"..", b"//", b"?", b"#", b"", b"a" * 9000])
    return odd | st.binary(max_size=12).map(lambda data: data.translate(None, b"\r\n"))


@st.composite
def requests(draw: Any) -> bytes:
    """Handshakes that are right but for one thing or another."""
    path = b"/" + draw(st.sampled_from([b"CS001", b"ocpp/CS001"]) | noise())
    offered = draw(st.sampled_from([b"ocpp1.6", b"ocpp2.0.1, ocpp1.6", b"ocpp9", b","]) | noise())
    secret = base64.b64encode(draw(noise() | st.just(b"CS001:secret")))
    scheme = draw(st.sampled_from([b"Basic ", b"basic", b"Bearer ", b""]) | noise())
    headers = {
        b"Host": b"localhost",
        b"Upgrade": draw(st.sampled_from([b"websocket", b"websocket", b"h2c"])),
        b"Connection": b"Upgrade",
        b"Sec-WebSocket-Key": draw(st.sampled_from([_KEY.encode(), _KEY.encode(), b"short"])),
        b"Sec-WebSocket-Version": draw(st.sampled_from([b"13", b"13", b"8"])),
        b"Sec-WebSocket-Protocol": offered,
        b"Sec-WebSocket-Extensions": draw(st.sampled_from([b"permessage-deflate", b"x; y=1"])),
        b"Authorization": scheme + secret,
    }
    for name in draw(st.lists(st.sampled_from(sorted(headers)), max_size=2, unique=True)):
        del headers[name]
        headers[draw(noise())] = draw(noise())
    lines = [b"GET " + path + b" HTTP/1.1", *(b": ".join(of) for of in headers.items())]
    return b"\r\n".join(lines) + b"\r\n\r\n"


async def answer_to(port: int, request: bytes) -> bytes:
    """What the server says to a request before it closes or waits for more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        writer.write_eof()
        return await reader.readline()
    except ConnectionError:  # it was refused before all of it was read
        return b""
    finally:
        writer.close()


async def shake_hands(given: list[bytes]) -> None:
    """Send handshakes to a server, then a right one, which has to be accepted."""
    server = Server(
        versions=[Version.V201, Version.V16],
        handlers=lambda _: [],
        authenticate=lambda _, password: password == b"secret",
        path="ocpp",
    )
    async with asyncio.timeout(_PATIENCE), server.serve("127.0.0.1", 0) as port:
        for request in given:
            line = await answer_to(port, request)
            assert not line or int(line.split()[1]) in {101, *range(400, 500)}
        secret = base64.b64encode(b"CS001:secret").decode()
        async with connect(
            f"ws://127.0.0.1:{port}/ocpp/CS001",
            subprotocols=[Subprotocol("ocpp2.0.1")],
            additional_headers={"Authorization": f"Basic {secret}"},
            proxy=None,
        ) as websocket:
            await websocket.send('[2,"1","Heartbeat",{}]')
            assert json.loads(await websocket.recv())[:3] == [4, "1", "NotSupported"]


def test_any_handshake_is_answered_and_the_next_station_comes_in(
    look: Look, caplog: pytest.LogCaptureFixture
) -> None:
    def is_answered(given: list[bytes]) -> None:
        caplog.clear()

        asyncio.run(shake_hands(given))

        ours = [record for record in caplog.records if record.name.startswith("ocppkit")]
        assert not [record for record in ours if record.levelno >= logging.ERROR]

    look(is_answered, st.lists(requests(), min_size=1, max_size=6), count=12)
