from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close, Frame, Opcode
from websockets.typing import Subprotocol

from ocppkit import v16, v201
from ocppkit.connection.client import connect
from ocppkit.connection.server import Server
from ocppkit.connection.settings import KeepAlive, SessionSettings
from ocppkit.message import Handler, Version

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SMALL = SessionSettings(max_size=1000)


class Csms16(Handler):
    async def on_heartbeat(self, _: v16.HeartbeatRequest) -> v16.HeartbeatResponse:
        return v16.HeartbeatResponse(current_time=NOW)


class Csms201(Handler):
    async def on_heartbeat(self, _: v201.HeartbeatRequest) -> v201.HeartbeatResponse:
        return v201.HeartbeatResponse(current_time=NOW)


class Station201(Handler):
    async def on_clear_cache(self, _: v201.ClearCacheRequest) -> v201.ClearCacheResponse:
        return v201.ClearCacheResponse(status=v201.ClearCacheStatusEnumType.ACCEPTED)


@asynccontextmanager
async def raw_station(version: Version) -> AsyncIterator[ClientConnection]:
    """A station by hand, connected with our CSMS."""
    handler = {Version.V16: Csms16, Version.V201: Csms201}[version]
    server = Server(versions=[version], handlers=lambda _: [handler()], settings=SMALL)
    async with (
        server.serve("127.0.0.1", 0) as port,
        open_websocket(
            f"ws://127.0.0.1:{port}/CS001", subprotocols=[Subprotocol(version)], proxy=None
        ) as websocket,
    ):
        yield websocket


async def lives(websocket: ClientConnection | ServerConnection, action: str) -> bool:
    await websocket.send(f'[2,"alive","{action}",{{}}]')
    kind, message_id, *_ = json.loads(await websocket.recv())
    return (kind, message_id) == (3, "alive")


HEARTBEAT = b'[2,"7","Heartbeat",{}]'
INVALID_UTF8 = b'[2,"7","Heartbeat",{"a":"\xff\xfe"}]'

BAD_TEXTS = [
    pytest.param(b"nonsense", "-1", id="no JSON"),
    pytest.param(b"\xff\xfe", "-1", id="no UTF-8"),
    pytest.param(INVALID_UTF8, "7", id="no UTF-8 inside a CALL"),
    pytest.param(b"", "-1", id="nothing"),
    pytest.param(b"{}", "-1", id="an object"),
    pytest.param(b"[]", "-1", id="an empty array"),
    pytest.param(b'[2,"7"]', "7", id="a short CALL"),
    pytest.param(b'[2,7,"Heartbeat",{}]', "-1", id="an id that is a number"),
    pytest.param(b'[9,"7",{}]', "7", id="an unknown type"),
    pytest.param(b'[2,"7","Heartbeat",[]]', "7", id="a payload that is a list"),
    pytest.param(b'[2,"7","Teleport",{}]', "7", id="an unknown action"),
    pytest.param(b'[2,"7","Heartbeat",{"a":"' + b"x" * 2000 + b'"}]', "7", id="too large"),
    pytest.param(b"[" * 900, "-1", id="too deep"),
]


@pytest.mark.parametrize(("text", "message_id"), BAD_TEXTS)
async def test_a_csms_answers_a_bad_text_of_a_station_and_lives_on(
    text: bytes, message_id: str
) -> None:
    async with raw_station(Version.V201) as websocket:
        await websocket.send(text, text=True)
        answer = json.loads(await websocket.recv())

        assert answer[:2] == [4, message_id]
        assert await lives(websocket, "Heartbeat")


@pytest.mark.parametrize(("text", "message_id"), BAD_TEXTS)
async def test_a_station_answers_a_bad_text_of_a_csms_and_lives_on(
    text: bytes, message_id: str
) -> None:
    verdict: asyncio.Future[tuple[Any, bool]] = asyncio.get_running_loop().create_future()

    async def csms(websocket: ServerConnection) -> None:
        await websocket.send(text, text=True)
        answer = json.loads(await websocket.recv())
        verdict.set_result((answer, await lives(websocket, "ClearCache")))

    async with (
        serve_websockets(csms, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp2.0.1")]) as server,
        connect(
            f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}",
            identity="CS001",
            versions=[Version.V201],
            handlers=lambda _: [Station201()],
            settings=SMALL,
        ),
    ):
        answer, alive = await verdict

    assert answer[:2] == [4, message_id]
    assert alive


@pytest.mark.parametrize("data", [b"\xff\x00", HEARTBEAT], ids=["octets", "JSON"])
async def test_a_binary_frame_is_refused_and_the_session_lives_on(data: bytes) -> None:
    async with raw_station(Version.V201) as websocket:
        await websocket.send(data)
        kind, _, code, description, _ = json.loads(await websocket.recv())

        assert (kind, code) == (4, "RpcFrameworkError")
        assert "binary" in description
        assert await lives(websocket, "Heartbeat")


async def test_texts_and_binaries_in_a_row_are_told_apart() -> None:
    async with raw_station(Version.V201) as websocket:
        for number in range(6):
            call = f'[2,"{number}","Heartbeat",{{}}]'.encode()
            await websocket.send(call, text=number % 2 == 0)
        answers = [json.loads(await websocket.recv()) for _ in range(6)]

    assert sorted(answer[0] for answer in answers) == [3, 3, 3, 4, 4, 4]


@pytest.mark.requirement("1.6-J §4.1.2")
async def test_a_text_in_fragments_that_break_a_character_is_put_together() -> None:
    whole = '[2,"ü","Heartbeat",{}]'.encode()
    async with raw_station(Version.V201) as websocket:
        await websocket.send([whole[:5], whole[5:]], text=True)
        answer = json.loads(await websocket.recv())

    assert answer[:2] == [3, "ü"]


@pytest.mark.requirement("1.6-J §4.1.3")
async def test_in_1_6_what_has_no_readable_id_is_ignored_and_the_session_lives_on() -> None:
    async with raw_station(Version.V16) as websocket:
        for text in (b"nonsense", b"\xff\xfe", b'[9,"7",{}]'):
            await websocket.send(text, text=True)
        await websocket.send(b"\x00")

        assert await lives(websocket, "Heartbeat")


async def test_a_message_far_beyond_the_limit_closes_the_connection() -> None:
    async with raw_station(Version.V201) as websocket:
        await websocket.send("x" * 10_000)
        with pytest.raises(ConnectionClosedError) as caught:
            await websocket.recv()

    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1009


class Shout(Handler):
    """Answers with much more than it is asked."""

    def __init__(self) -> None:
        self.begun = 0

    async def on_data_transfer(self, _: v201.DataTransferRequest) -> v201.DataTransferResponse:
        self.begun += 1
        accepted = v201.DataTransferStatusEnumType.ACCEPTED
        return v201.DataTransferResponse(status=accepted, data="x" * 200_000)


async def test_a_station_that_asks_and_asks_and_does_not_read_gets_all_its_answers_later() -> None:
    shout = Shout()
    server = Server(
        versions=[Version.V201],
        handlers=lambda _: [shout],
        settings=SessionSettings(max_handlers=2, max_waiting=3),
    )
    count = 200
    async with (
        asyncio.timeout(20),
        server.serve("127.0.0.1", 0) as port,
        open_websocket(
            f"ws://127.0.0.1:{port}/CS001",
            subprotocols=[Subprotocol("ocpp2.0.1")],
            proxy=None,
            compression=None,
            max_queue=1,
        ) as websocket,
    ):
        call = '[2,"%d","DataTransfer",{"vendorId":"acme"}]'
        await websocket.send(call % 0)
        while not server.sessions["CS001"]._writer.blocked:
            await websocket.send(call % count)
            await asyncio.sleep(0)
            count += 1
        begun_while_blocked = shout.begun
        for number in range(1, 100):
            await websocket.send(call % number)
        for _ in range(100):
            await asyncio.sleep(0)
        begun_later = shout.begun
        answers = [json.loads(await websocket.recv()) for _ in range(100 + count - 200)]

    assert begun_later - begun_while_blocked < 10
    assert {answer[0] for answer in answers} <= {3, 4}
    assert len({answer[1] for answer in answers}) == len(answers)


@pytest.mark.parametrize("ending", ["close", "abort"])
async def test_the_last_call_of_a_station_that_leaves_is_handled(ending: str) -> None:
    shout = Shout()
    server = Server(versions=[Version.V201], handlers=lambda _: [shout])
    async with (
        server.serve("127.0.0.1", 0) as port,
        open_websocket(
            f"ws://127.0.0.1:{port}/CS001", subprotocols=[Subprotocol("ocpp2.0.1")], proxy=None
        ) as websocket,
    ):
        await websocket.send('[2,"1","DataTransfer",{"vendorId":"acme"}]')
        if ending == "close":
            await websocket.close()
        else:
            websocket.transport.close()
        await websocket.wait_closed()
        while server.sessions:  # noqa: ASYNC110  # it does not tell
            await asyncio.sleep(0)

    assert shout.begun == 1


async def test_the_answer_that_comes_right_before_the_end_still_arrives() -> None:
    async def csms(websocket: ServerConnection) -> None:
        message_id = json.loads(await websocket.recv())[1]
        answer = f'[3,"{message_id}",{{"currentTime":"2026-01-01T00:00:00Z"}}]'
        last_words = [Frame(Opcode.TEXT, b'[2,"1","Teleport",{}]')]
        last_words += [Frame(Opcode.TEXT, answer.encode())]
        last_words += [Frame(Opcode.CLOSE, Close(1001, "").serialize())]
        websocket.transport.write(b"".join(each.serialize(mask=False) for each in last_words))
        await websocket.wait_closed()

    async with (
        serve_websockets(csms, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp2.0.1")]) as server,
        connect(
            f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}",
            identity="CS001",
            versions=[Version.V201],
            handlers=lambda _: [],
            keep_alive=KeepAlive(close_timeout=0.1),
        ) as session,
    ):
        answer = await session.call(v201.HeartbeatRequest())

    assert answer.current_time == NOW
