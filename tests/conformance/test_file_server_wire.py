"""The kit's own HTTP server, which keeps stations waiting."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest

from ocppkit.conformance.file_server import HeldFiles, serve_files

from .scripted import http


async def raw(files: HeldFiles, *parts: bytes) -> bytes:
    """What comes back after these bytes."""
    where = urlsplit(files.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    writer.write_eof()
    came = await reader.read()
    writer.close()
    await writer.wait_closed()
    return came


async def test_the_second_half_of_a_file_waits() -> None:
    async with serve_files("127.0.0.1", b"0123456789") as files:
        where = urlsplit(files.url)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write(b"GET /file HTTP/1.1\r\nHost: kit\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        half = await reader.readexactly(5)
        rest = asyncio.ensure_future(reader.read())
        _, held = await asyncio.wait([rest], timeout=0.05)
        files.release()
        end = await rest
        writer.close()
        await writer.wait_closed()

    assert head.startswith(b"HTTP/1.1 200 OK")
    assert b"Content-Length: 10" in head
    assert held == {rest}
    assert (half, end) == (b"01234", b"56789")


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_file_that_is_sent_is_kept(method: str) -> None:
    async with serve_files("127.0.0.1") as files:
        files.release()
        answer = await http(method, f"{files.url}/log", b"a log")

    assert answer.startswith(b"HTTP/1.1 201")
    assert files.received == [b"a log"]


async def test_a_file_in_chunks_or_without_a_length_is_kept_too() -> None:
    async with serve_files("127.0.0.1") as files:
        files.release()
        put = b"PUT /log HTTP/1.1\r\n"
        chunked = await raw(
            files,
            put + b"Transfer-Encoding: chunked\r\n\r\n",
            b"3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n",
        )
        endless = await raw(files, put + b"\r\n", b"until the end")

    assert chunked.startswith(b"HTTP/1.1 201")
    assert endless.startswith(b"HTTP/1.1 201")
    assert files.received == [b"abcde", b"until the end"]


async def test_a_station_that_asks_first_may_go_on() -> None:
    async with serve_files("127.0.0.1") as files:
        files.release()
        head = b"PUT /log HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        answer = await raw(files, head, b"ok")

    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201")
    assert files.received == [b"ok"]


async def test_what_is_broken_off_is_not_kept() -> None:
    async with serve_files("127.0.0.1") as files:
        files.release()
        answer = await raw(files, b"PUT /log HTTP/1.1\r\nContent-Length: 9\r\n\r\n", b"half")

    assert answer == b""
    assert files.received == []


async def test_other_methods_are_refused_and_a_head_has_no_body() -> None:
    async with serve_files("127.0.0.1", b"content") as files:
        refused = await http("DELETE", f"{files.url}/file")
        head = await http("HEAD", f"{files.url}/file")

    assert refused.startswith(b"HTTP/1.1 405")
    assert head.endswith(b"\r\n\r\n")
    assert b"Content-Length: 7" in head


async def test_it_can_be_left_while_a_station_waits() -> None:
    async with serve_files("127.0.0.1", b"content") as files:
        where = urlsplit(files.url)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write(b"PUT /log HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
    left = await reader.read()
    writer.close()
    await writer.wait_closed()

    assert left == b""
    assert files.received == []


async def test_where_nobody_can_listen_at_a_name_it_listens_everywhere() -> None:
    async with serve_files("kit.invalid", b"content") as files:
        port = urlsplit(files.url).port
        files.release()
        came = await http("GET", f"http://127.0.0.1:{port}/file")

    assert files.url == f"http://kit.invalid:{port}"
    assert came.endswith(b"content")
