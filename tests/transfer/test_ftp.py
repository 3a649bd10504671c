from __future__ import annotations

import asyncio
import ssl
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from ocppkit.transfer import (
    AccessRefused,
    FileTransfers,
    TooLarge,
    TransferFailed,
    TransferSettings,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # asyncore, which it brings itself later
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import DTPHandler, FTPHandler, TLS_FTPHandler
    from pyftpdlib.servers import FTPServer

CONTENT = bytes(range(256)) * 8192


class Server:
    """An FTP server in a thread.

    Attributes:
        commands: what it was told, in order.
        cut_after: after how many bytes the next data connection ends, in either direction.
    """

    def __init__(self, home: Path, pem: Path | None) -> None:
        self.home = home
        self.commands: list[str] = []
        self.cut_after: int | None = None
        server = self

        class Data(DTPHandler):  # type: ignore[misc]  # pyftpdlib has no types
            def send(self, data: bytes) -> int:
                self._maybe_cut(self.tot_bytes_sent)
                return int(super().send(data))

            def recv(self, buffer_size: int) -> bytes:
                self._maybe_cut(self.tot_bytes_received)
                return bytes(super().recv(buffer_size))

            def _maybe_cut(self, passed: int) -> None:
                if server.cut_after is not None and passed >= server.cut_after:
                    server.cut_after = None
                    self.cmd_channel.close()
                    raise ConnectionResetError

        base: Any = FTPHandler if pem is None else TLS_FTPHandler

        class Control(base):  # type: ignore[misc]  # pyftpdlib has no types
            def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
                server.commands.append(line)
                super().pre_process_command(line, cmd, arg)

        authorizer = DummyAuthorizer()
        authorizer.add_user("me", "p@ss", str(home), perm="elradfmwMT")
        handler: Any = Control
        handler.authorizer = authorizer
        handler.auth_failed_timeout = 0
        handler.use_sendfile = False  # or nothing could be cut
        if pem is None:
            handler.dtp_handler = Data
        else:
            handler.certfile = str(pem)
            handler.tls_control_required = handler.tls_data_required = True
        self._server = FTPServer(("127.0.0.1", 0), handler)
        self.port = self._server.address[1]
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._ending.set()
        self._thread.join()

    def url(self, path: str, user: str = "me:p%40ss", scheme: str = "ftp") -> str:
        return f"{scheme}://{user}@localhost:{self.port}{path}"

    def _serve(self) -> None:
        while not self._ending.is_set():
            self._server.serve_forever(timeout=0.02, blocking=False)
        self._server.close_all()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    home = tmp_path / "home"
    (home / "fw").mkdir(parents=True)
    (home / "fw" / "new.bin").write_bytes(CONTENT)
    running = Server(home, None)
    yield running
    running.close()


def names(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


async def at_once(_: float) -> None:
    """Wait for no next attempt."""


def transfers(**settings: Any) -> FileTransfers:
    return FileTransfers(TransferSettings(**{"retries": 0, **settings}), sleep=at_once)


@pytest.mark.parametrize("passive", [True, False])
@pytest.mark.requirement("1.6 §8.1")
async def test_a_file_is_fetched_whole(server: Server, tmp_path: Path, *, passive: bool) -> None:
    seen: list[tuple[int, int | None]] = []
    await transfers(ftp_passive=passive).download(
        server.url("/fw/new.bin"),
        tmp_path / "f",
        progress=lambda done, total: seen.append((done, total)),
    )

    assert (tmp_path / "f").read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert any(each.startswith("EPSV" if passive else "EPRT") for each in server.commands) or any(
        each.startswith("PASV" if passive else "PORT") for each in server.commands
    )


async def test_a_connection_that_is_cut_is_gone_on_with(server: Server, tmp_path: Path) -> None:
    server.cut_after = 1_000_000

    await transfers(retries=1).download(server.url("/fw/new.bin"), tmp_path / "f")

    assert (tmp_path / "f").read_bytes() == CONTENT
    [rest] = [each for each in server.commands if each.startswith("REST")]
    assert 0 < int(rest.split()[1]) < len(CONTENT)


async def test_a_file_that_has_changed_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    server.cut_after = 1_000_000
    with pytest.raises(TransferFailed):
        await transfers().download(server.url("/fw/new.bin"), tmp_path / "f")
    (server.home / "fw" / "new.bin").write_bytes(CONTENT[::-1] + b"more")

    await transfers().download(server.url("/fw/new.bin"), tmp_path / "f")

    assert (tmp_path / "f").read_bytes() == CONTENT[::-1] + b"more"
    assert not any(each.startswith("REST") for each in server.commands)


async def test_a_file_that_is_too_large_is_not_tried_again(server: Server, tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        await transfers(retries=3).download(
            server.url("/fw/new.bin"), tmp_path / "f", limit=len(CONTENT) - 1
        )

    assert len([each for each in server.commands if each.startswith("RETR")]) == 1
    assert names(tmp_path) == ["home"]


async def test_wrong_credentials_are_a_failure_and_in_no_log(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "ocppkit")
    with pytest.raises(AccessRefused, match="530") as failed:
        await transfers(retries=1).download(
            server.url("/fw/new.bin", "me:wrong-secret"), tmp_path / "f"
        )

    assert "wrong-secret" not in f"{caplog.text}{failed.value}"
    assert "1 more attempts" in caplog.text
    assert server.commands.count("USER me") == 2


@pytest.mark.requirement("1.6 §8.2")
async def test_a_file_is_sent_into_the_directory(server: Server, tmp_path: Path) -> None:
    source = tmp_path / "d.zip"
    source.write_bytes(CONTENT)

    await transfers().upload(source, server.url("/fw/"), name="d1.zip")
    await transfers().upload(source, server.url(""), name="d2.zip")

    assert (server.home / "fw" / "d1.zip").read_bytes() == CONTENT
    assert (server.home / "d2.zip").read_bytes() == CONTENT


async def test_sending_is_gone_on_with_after_a_cut(server: Server, tmp_path: Path) -> None:
    source = tmp_path / "d.zip"
    source.write_bytes(CONTENT)
    server.cut_after = 500_000

    await transfers(retries=1).upload(source, server.url("/fw"), name="d1.zip")

    assert (server.home / "fw" / "d1.zip").read_bytes() == CONTENT
    assert any(each.startswith("REST") for each in server.commands)


async def test_a_server_that_is_gone_is_a_failure(server: Server, tmp_path: Path) -> None:
    server.close()

    with pytest.raises(TransferFailed):
        await transfers().download(server.url("/fw/new.bin"), tmp_path / "f")


async def test_a_server_that_says_nothing_is_a_failure(tmp_path: Path) -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ending.wait()
        writer.close()

    ending = asyncio.Event()
    async with await asyncio.start_server(silent, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        with pytest.raises(TransferFailed):
            await transfers(connect_timeout=0.1).download(
                f"ftp://127.0.0.1:{port}/f", tmp_path / "f"
            )
        doing = asyncio.ensure_future(
            transfers(connect_timeout=60).download(f"ftp://127.0.0.1:{port}/f", tmp_path / "f")
        )
        await asyncio.wait({doing}, timeout=0.1)
        doing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(doing, 5)
        ending.set()


async def test_a_line_end_in_a_path_is_no_second_command(server: Server, tmp_path: Path) -> None:
    with pytest.raises(TransferFailed):
        await transfers().download(server.url("/fw/a%0D%0ADELE%20new.bin"), tmp_path / "f")

    assert (server.home / "fw" / "new.bin").exists()


async def test_ftps_keeps_both_connections_secret_from_who_is_not_trusted(tmp_path: Path) -> None:
    root, other = trustme.CA(), trustme.CA()
    pem = tmp_path / "server.pem"
    root.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(pem))
    home = tmp_path / "home"
    home.mkdir()
    (home / "new.bin").write_bytes(CONTENT)
    server = Server(home, pem)

    async def trust(ca: trustme.CA) -> Any:
        context = ssl.create_default_context()
        ca.configure_trust(context)
        return context

    settings = TransferSettings(retries=0)
    good = FileTransfers(settings, tls=lambda: trust(root))
    try:
        await good.download(server.url("/new.bin", scheme="ftps"), tmp_path / "f")
        await good.upload(tmp_path / "f", server.url("", scheme="ftps"), name="up.bin")
        with pytest.raises(TransferFailed, match="certificate"):
            await FileTransfers(settings, tls=lambda: trust(other)).download(
                server.url("/new.bin", scheme="ftps"), tmp_path / "g"
            )
    finally:
        server.close()

    assert (tmp_path / "f").read_bytes() == CONTENT
    assert (home / "up.bin").read_bytes() == CONTENT
    assert "PROT P" in server.commands
