"""What holds for transfers by any protocol: a floor of throughput, pauses, and ends."""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ocppkit.transfer import FileTransfers, TransferFailed, TransferSettings

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]
QUICK = TransferSettings(retries=0, min_throughput=1000, throughput_window=0.2)


async def for_ever() -> None:
    """Do no more; what comes byte by byte is another matter, see `test_floor`."""
    await asyncio.Event().wait()


@asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[int]:
    """A server that does what it is told with each connection."""
    doing: set[asyncio.Task[None]] = set()

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        doing.add(task)
        with suppress(OSError, asyncio.CancelledError):
            await serve(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    for task in doing:
        task.cancel()
    await asyncio.gather(*doing)
    server.close()
    await server.wait_closed()


async def trickled_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\nxxxx")
    await for_ever()


async def trickled_head(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-More: xxxx")
    await for_ever()


async def trickled_greeting(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220-a\r\na\r\n")
    await for_ever()


@pytest.mark.parametrize(
    ("serve", "scheme"),
    [(trickled_body, "http"), (trickled_head, "http"), (trickled_greeting, "ftp")],
    ids=["HTTP body", "HTTP head", "FTP greeting"],
)
async def test_a_server_that_trickles_is_a_failure(
    serve: Serve, scheme: str, tmp_path: Path
) -> None:
    async with serving(serve) as port, asyncio.timeout(5):
        with pytest.raises(TransferFailed, match="slower than 1000 bytes a second"):
            await FileTransfers(QUICK).download(f"{scheme}://127.0.0.1:{port}/f", tmp_path / "f")


async def test_a_server_that_trickles_by_sftp_is_a_failure(tmp_path: Path) -> None:
    opened: list[Any] = []
    key = asyncssh.generate_private_key("ssh-ed25519")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "f").write_bytes(bytes(1 << 20))

    class Auth(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return username != "me"

    class Slow(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=str(tmp_path / "home").encode())

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            opened.append(super().open(path, pflags, attrs))
            return opened[-1]

        async def read(self, file_obj: object, offset: int, size: int) -> bytes:
            block = super().read(file_obj, offset, min(size, 1))
            assert isinstance(block, bytes)
            return block

    server = await asyncssh.create_server(
        Auth, "127.0.0.1", 0, server_host_keys=[key], sftp_factory=Slow
    )
    known = tmp_path / "known_hosts"
    public = key.export_public_key().decode()
    known.write_text(f"[127.0.0.1]:{server.get_port()} {public}")
    settings = TransferSettings(
        retries=0, min_throughput=1e6, throughput_window=0.5, known_hosts=known
    )
    async with server, asyncio.timeout(10):
        with pytest.raises(TransferFailed, match="slower than"):
            await FileTransfers(settings).download(
                f"sftp://me@127.0.0.1:{server.get_port()}/f", tmp_path / "f"
            )
    for file in opened:  # which the server forgets where the connection ends
        file.close()


async def test_a_server_that_takes_next_to_nothing_is_a_failure(tmp_path: Path) -> None:
    async def sip(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(1)
        await for_ever()

    source = tmp_path / "d.zip"
    source.write_bytes(bytes(64 << 20))
    settings = TransferSettings(retries=0, min_throughput=1e6, throughput_window=0.5)
    async with serving(sip) as port, asyncio.timeout(10):
        with pytest.raises(TransferFailed, match="slower than"):
            await FileTransfers(settings).upload(source, f"http://127.0.0.1:{port}/", name="d.zip")


async def test_retries_without_an_interval_are_not_made_without_a_pause(tmp_path: Path) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async with TestServer(web.Application()) as server:
        fetching = FileTransfers(TransferSettings(retry_interval=0), sleep=sleep)
        url = str(server.make_url("/none"))
        with pytest.raises(TransferFailed):
            await fetching.download(url, tmp_path / "f", retries=2, retry_interval=0)
        with pytest.raises(TransferFailed):
            await fetching.download(url, tmp_path / "f", retries=1)

    assert waits == [1, 1, 1]


async def test_who_has_to_know_of_it_waits_between_attempts(tmp_path: Path) -> None:
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    async with TestServer(web.Application()) as server:
        with pytest.raises(TransferFailed):
            await FileTransfers().download(
                str(server.make_url("/none")), tmp_path / "f", retries=1, wait=wait
            )

    assert waits == [60]


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, threading.Event]]:
    """A disk that takes its time to keep a file: set when it begins, and to let it end."""
    begun, go_on = threading.Event(), threading.Event()
    sync = os.fsync

    def fsync(file: int) -> None:
        begun.set()
        assert go_on.wait(10)
        sync(file)

    monkeypatch.setattr(os, "fsync", fsync)
    yield begun, go_on
    go_on.set()


async def test_nothing_goes_on_with_the_file_of_a_transfer_that_was_cancelled(
    slow_disk: tuple[threading.Event, threading.Event], tmp_path: Path
) -> None:
    async def content(_: web.Request) -> web.Response:
        return web.Response(body=b"old")

    begun, go_on = slow_disk
    app = web.Application()
    app.router.add_get("/f", content)
    async with TestServer(app) as server:
        doing = asyncio.ensure_future(
            FileTransfers().download(str(server.make_url("/f")), tmp_path / "f")
        )
        assert await asyncio.to_thread(begun.wait, 10)
        doing.cancel()
        await asyncio.wait({doing}, timeout=0.1)
        overtaken = doing.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await doing

    assert not overtaken
    assert not (tmp_path / "f.part").exists()


async def test_ftps_can_be_cancelled_during_the_handshake_of_tls(tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        await reader.readline()
        writer.write(b"234 go ahead\r\n")
        await reader.read(1)
        asked.set()
        await asyncio.Event().wait()

    async def tls() -> ssl.SSLContext:
        return ssl.create_default_context()

    settings = TransferSettings(retries=0, connect_timeout=60, idle_timeout=60)
    async with serving(mute) as port:
        doing = asyncio.ensure_future(
            FileTransfers(settings, tls=tls).download(f"ftps://127.0.0.1:{port}/f", tmp_path / "f")
        )
        await asked.wait()
        doing.cancel()
        ended, _ = await asyncio.wait({doing}, timeout=5)

    assert ended == {doing}
    assert doing.cancelled()
