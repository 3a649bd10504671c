from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from ocppkit.transfer import (
    AccessRefused,
    FileTransfers,
    TooLarge,
    TransferFailed,
    TransferSettings,
)

CONTENT = bytes(range(256)) * 8192


class Server:
    """An SFTP server.

    Attributes:
        cut_at: beyond which byte the next connection is cut.
        reads: where the reads began.
        writes: where the writes began.
        stall_at: what is never answered: "session", "open" or "close" of a file.
        stalled: what was not answered.
        ending: lets what is not answered go.
        tells_times: whether it says when a file was changed.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.cut_at: int | None = None
        self.reads: list[int] = []
        self.writes: list[int] = []
        self.stall_at: str | None = None
        self.stalled: list[str] = []
        self.ending = asyncio.Event()
        self.tells_times = True
        self.port = 0
        self.acceptor: asyncssh.SSHAcceptor
        self.key = asyncssh.generate_private_key("ssh-ed25519")

    async def start(self) -> None:
        server = self

        class Auth(asyncssh.SSHServer):
            def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
                return Mute()

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == ("me", "p@ss")

        class Mute(asyncssh.SSHServerSession[bytes]):
            def subsystem_requested(self, subsystem: str) -> bool:
                server.stalled.append("session")
                return subsystem == "sftp"

        class Files(asyncssh.SFTPServer):
            def __init__(self, channel: Any) -> None:
                self._connection = channel.get_connection()
                super().__init__(channel, chroot=str(server.home).encode())

            def _cut(self, offset: int) -> None:
                if server.cut_at is not None and offset >= server.cut_at:
                    server.cut_at = None
                    self._connection.abort()
                    raise asyncssh.SFTPConnectionLost("cut")

            def stat(self, path: bytes) -> Any:
                told: Any = super().stat(path)
                return told if server.tells_times else asyncssh.SFTPAttrs(size=told.st_size)

            async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
                if await server.stall("open"):
                    raise asyncssh.SFTPFailure("too late")
                return super().open(path, pflags, attrs)

            async def close(self, file_obj: object) -> None:
                super().close(file_obj)
                await server.stall("close")

            def read(self, file_obj: object, offset: int, size: int) -> Any:
                server.reads.append(offset)
                self._cut(offset)
                return super().read(file_obj, offset, size)

            def write(self, file_obj: object, offset: int, data: bytes) -> Any:
                server.writes.append(offset)
                self._cut(offset)
                return super().write(file_obj, offset, data)

        self.acceptor = await asyncssh.create_server(
            Auth,
            "127.0.0.1",
            0,
            server_host_keys=[self.key],
            sftp_factory=None if self.stall_at == "session" else Files,
        )
        self.port = self.acceptor.get_port()

    async def stall(self, where: str) -> bool:
        if self.stall_at != where:
            return False
        self.stalled.append(where)
        await self.ending.wait()
        return True

    def trusted(self, folder: Path) -> Path:
        file = folder / "known_hosts"
        public = self.key.export_public_key().decode()
        file.write_text(f"[127.0.0.1]:{self.port} {public}")
        return file

    def url(self, path: str, user: str = "me:p%40ss") -> str:
        return f"sftp://{user}@127.0.0.1:{self.port}{path}"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    home = tmp_path / "home"
    (home / "fw").mkdir(parents=True)
    (home / "fw" / "new.bin").write_bytes(CONTENT)
    running = Server(home)
    await running.start()
    yield running
    running.acceptor.close()
    await running.acceptor.wait_closed()


@pytest.fixture
def known(server: Server, tmp_path: Path) -> Path:
    return server.trusted(tmp_path)


async def at_once(_: float) -> None:
    """Wait for no next attempt."""


def transfers(known: Path, **settings: Any) -> FileTransfers:
    told = {"retries": 0, "known_hosts": known, **settings}
    return FileTransfers(TransferSettings(**told), sleep=at_once)


@pytest.mark.requirement("1.6 §8.1")
async def test_a_file_is_fetched_whole(server: Server, known: Path, tmp_path: Path) -> None:
    await transfers(known).download(server.url("/fw/new.bin"), tmp_path / "f")

    assert (tmp_path / "f").read_bytes() == CONTENT


async def test_a_connection_that_is_cut_is_gone_on_with(
    server: Server, known: Path, tmp_path: Path
) -> None:
    server.cut_at = 1_000_000

    await transfers(known, retries=1).download(server.url("/fw/new.bin"), tmp_path / "f")

    assert (tmp_path / "f").read_bytes() == CONTENT
    assert server.reads.count(0) == 1


async def test_a_file_that_nothing_tells_from_another_is_fetched_anew(
    server: Server, known: Path, tmp_path: Path
) -> None:
    server.tells_times = False
    server.cut_at = 1_000_000
    with pytest.raises(TransferFailed):
        await transfers(known).download(server.url("/fw/new.bin"), tmp_path / "f")
    (server.home / "fw" / "new.bin").write_bytes(CONTENT[::-1])

    await transfers(known).download(server.url("/fw/new.bin"), tmp_path / "f")

    assert (tmp_path / "f").read_bytes() == CONTENT[::-1]


@pytest.mark.requirement("1.6 §8.2")
async def test_a_file_is_sent_and_gone_on_with(server: Server, known: Path, tmp_path: Path) -> None:
    source = tmp_path / "d.zip"
    source.write_bytes(CONTENT)
    server.cut_at = 1_000_000

    await transfers(known, retries=1).upload(source, server.url("/fw"), name="d1.zip")

    assert (server.home / "fw" / "d1.zip").read_bytes() == CONTENT
    assert server.writes.count(0) == 1


async def test_wrong_credentials_are_a_failure(
    server: Server, known: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with pytest.raises(AccessRefused) as failed:
        await transfers(known).download(
            server.url("/fw/new.bin", "me:wrong-secret"), tmp_path / "f"
        )

    assert "wrong-secret" not in f"{caplog.text}{failed.value}"


async def test_a_server_whose_key_is_unknown_gets_no_password(
    server: Server, tmp_path: Path
) -> None:
    empty = tmp_path / "nobody"
    empty.write_text("")

    with pytest.raises(TransferFailed, match="not trusted"):
        await transfers(empty).download(server.url("/fw/new.bin"), tmp_path / "f")


async def test_a_file_that_is_too_large_is_refused(
    server: Server, known: Path, tmp_path: Path
) -> None:
    with pytest.raises(TooLarge):
        await transfers(known).download(server.url("/fw/new.bin"), tmp_path / "f", limit=1000)

    assert not (tmp_path / "f").exists()
    assert server.reads == []


async def test_a_file_that_is_not_there_is_a_failure(
    server: Server, known: Path, tmp_path: Path
) -> None:
    with pytest.raises(TransferFailed):
        await transfers(known).download(server.url("/fw/none"), tmp_path / "f")


async def test_a_server_that_is_gone_is_a_failure(
    server: Server, known: Path, tmp_path: Path
) -> None:
    server.acceptor.close()
    await server.acceptor.wait_closed()

    with pytest.raises(TransferFailed):
        await transfers(known).download(server.url("/fw/new.bin"), tmp_path / "f")


@pytest.mark.parametrize("where", ["session", "open", "close"])
async def test_a_server_that_accepts_and_never_goes_on_is_a_failure_in_time(
    where: str, tmp_path: Path
) -> None:
    (tmp_path / "new.bin").write_bytes(b"new")
    server = Server(tmp_path)
    server.stall_at = where
    await server.start()
    fetching = transfers(server.trusted(tmp_path), idle_timeout=0.5)
    try:
        async with asyncio.timeout(5):
            with pytest.raises(TransferFailed):
                await fetching.download(server.url("/new.bin"), tmp_path / "f")
    finally:
        server.ending.set()
        server.acceptor.close()
        await server.acceptor.wait_closed()

    assert server.stalled == [where]
