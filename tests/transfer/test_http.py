from __future__ import annotations

import asyncio
import ssl
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from aiohttp import BodyPartReader, web
from aiohttp.test_utils import TestServer

from ocppkit.transfer import (
    AccessRefused,
    FileTransfers,
    MissingExtra,
    TooLarge,
    TransferFailed,
    TransferSettings,
    UnfitLocation,
)

CONTENT = bytes(range(256)) * 4096
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """A file server, whose next answers can be spoilt.

    Attributes:
        cuts: after how many bytes each of the next answers ends.
        ranges: what each GET asked for.
        taken: what was sent to it, by path.
        forms: what was sent to it as a form: field, file name, content.
        heeds_if_range: whether it sends a part of another content.
        tags_parts: whether it says of which content a part is.
    """

    def __init__(self) -> None:
        self.content = CONTENT
        self.etag = '"1"'
        self.cuts: list[int] = []
        self.ranges: list[str | None] = []
        self.taken: dict[str, bytes] = {}
        self.forms: list[tuple[str | None, str | None, bytes]] = []
        self.heeds_if_range = True
        self.tags_parts = True
        self.refusals = 0
        self.cuts_at = 0
        self.stuck = asyncio.Event()
        self.arrived = asyncio.Event()

    def progress(self, done: int, _: int | None) -> None:
        """Let the connection be cut once all before the cut has arrived."""
        if self.cuts_at and done >= self.cuts_at:
            self.arrived.set()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=1 << 24)
        app.router.add_get("/file", self.file)
        app.router.add_get("/stuck", self.hang)
        app.router.add_get("/guarded", self.guarded)
        app.router.add_get("/moved", self.moved)
        app.router.add_put("/logs/{name}", self.put)
        app.router.add_post("/form", self.form)
        return app

    async def file(self, request: web.Request) -> web.StreamResponse:
        asked = request.headers.get("Range")
        self.ranges.append(asked)
        begin = 0
        fits = request.headers.get("If-Range", self.etag) == self.etag
        if asked and (fits or not self.heeds_if_range):
            begin = int(asked.removeprefix("bytes=").removesuffix("-"))
            if begin >= len(self.content):
                return web.Response(status=416)
        response = web.StreamResponse(status=206 if begin else 200)
        if self.etag and (self.tags_parts or not begin):
            response.headers["ETag"] = self.etag
        if begin:
            end = len(self.content)
            response.headers["Content-Range"] = f"bytes {begin}-{end - 1}/{end}"
        response.content_length = len(self.content) - begin
        await response.prepare(request)
        if self.cuts:
            self.cuts_at = begin + self.cuts.pop(0)
            await response.write(self.content[begin : self.cuts_at])
            await self.arrived.wait()
            assert request.transport is not None
            request.transport.close()
            return response
        await response.write(self.content[begin:])
        return response

    async def hang(self, _: web.Request) -> web.StreamResponse:
        await self.stuck.wait()
        return web.Response()

    async def guarded(self, request: web.Request) -> web.StreamResponse:
        told = request.headers.get("Authorization")
        good = told == "Basic " + b64encode(b"me:p@ss/word").decode()
        return web.Response(status=200 if good else 401, body=b"inside")

    async def moved(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(request.query["to"])

    async def put(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=503)
        self.taken[request.path_qs] = content
        return web.Response(status=201)

    async def form(self, request: web.Request) -> web.StreamResponse:
        part = await (await request.multipart()).next()
        assert isinstance(part, BodyPartReader)
        self.forms.append((part.name, part.filename, bytes(await part.read())))
        return web.Response()


@pytest.fixture
async def server() -> Server:
    return Server()


@pytest.fixture
async def url(server: Server) -> AsyncIterator[str]:
    running = TestServer(server.app())
    await running.start_server()
    yield str(running.make_url("")).rstrip("/")
    server.stuck.set()
    await running.close()


def names(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


async def at_once(_: float) -> None:
    """Wait for no next attempt."""


def transfers(**settings: object) -> FileTransfers:
    told: dict[str, object] = {"retries": 0, **settings}
    made = TransferSettings(**told)  # type: ignore[arg-type]  # of any field
    return FileTransfers(made, sleep=at_once)


@pytest.mark.requirement("1.6 §8.1")
async def test_a_file_is_fetched_whole_and_its_progress_told(
    server: Server, url: str, tmp_path: Path
) -> None:
    seen: list[tuple[int, int | None]] = []
    target = tmp_path / "new" / "firmware.bin"

    await transfers().download(
        f"{url}/file", target, progress=lambda done, total: seen.append((done, total))
    )

    assert target.read_bytes() == CONTENT
    assert [each.name for each in target.parent.iterdir()] == ["firmware.bin"]
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert server.ranges == [None]


async def test_a_connection_that_is_cut_is_gone_on_with(
    server: Server, url: str, tmp_path: Path
) -> None:
    server.cuts = [500_000]
    target = tmp_path / "firmware.bin"

    await transfers(retries=1).download(f"{url}/file", target, progress=server.progress)

    assert target.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=500000-"]


async def test_what_an_earlier_process_fetched_is_gone_on_with(
    server: Server, url: str, tmp_path: Path
) -> None:
    server.cuts = [400_000]
    target = tmp_path / "firmware.bin"
    with pytest.raises(TransferFailed):
        await transfers().download(f"{url}/file", target, progress=server.progress)
    before = target.exists()

    await transfers().download(f"{url}/file", target)

    assert not before
    assert target.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=400000-"]


async def test_a_file_that_is_another_by_now_is_fetched_anew(
    server: Server, url: str, tmp_path: Path
) -> None:
    server.cuts = [400_000]
    target = tmp_path / "firmware.bin"
    with pytest.raises(TransferFailed):
        await transfers().download(f"{url}/file", target, progress=server.progress)
    server.content, server.etag = CONTENT[::-1], '"2"'

    await transfers().download(f"{url}/file", target)

    assert target.read_bytes() == CONTENT[::-1]


async def test_a_part_of_another_content_is_never_put_to_what_is_there(
    server: Server, url: str, tmp_path: Path
) -> None:
    server.heeds_if_range = False
    server.cuts = [400_000]
    target = tmp_path / "firmware.bin"
    with pytest.raises(TransferFailed):
        await transfers().download(f"{url}/file", target, progress=server.progress)
    server.content, server.etag = CONTENT[::-1], '"2"'

    await transfers(retries=1).download(f"{url}/file", target)

    assert target.read_bytes() == CONTENT[::-1]


async def test_a_part_that_says_not_of_what_it_is_leaves_known_what_that_was(
    server: Server, url: str, tmp_path: Path
) -> None:
    server.tags_parts = False
    server.cuts = [400_000]
    target = tmp_path / "firmware.bin"
    with pytest.raises(TransferFailed):
        await transfers().download(f"{url}/file", target, progress=server.progress)
    server.cuts = [100_000]
    server.arrived.clear()
    with pytest.raises(TransferFailed):
        await transfers().download(f"{url}/file", target, progress=server.progress)
    server.content, server.etag = CONTENT[::-1], '"2"'

    await transfers().download(f"{url}/file", target)

    assert server.ranges == [None, "bytes=400000-", "bytes=500000-"]
    assert target.read_bytes() == CONTENT[::-1]


async def test_a_file_that_nothing_tells_from_another_is_fetched_anew(
    server: Server, url: str, tmp_path: Path
) -> None:
    server.etag = ""
    server.cuts = [400_000]
    target = tmp_path / "firmware.bin"
    with pytest.raises(TransferFailed):
        await transfers().download(f"{url}/file", target, progress=server.progress)
    server.content = CONTENT[::-1]

    await transfers().download(f"{url}/file", target)

    assert target.read_bytes() == CONTENT[::-1]


async def test_the_part_of_another_url_does_not_count(
    server: Server, url: str, tmp_path: Path
) -> None:
    server.cuts = [400_000]
    target = tmp_path / "firmware.bin"
    with pytest.raises(TransferFailed):
        await transfers().download(f"{url}/file?a", target, progress=server.progress)

    await transfers().download(f"{url}/file?b", target)

    assert server.ranges == [None, None]
    assert target.read_bytes() == CONTENT


async def test_a_file_that_is_too_large_is_not_tried_again(
    server: Server, url: str, tmp_path: Path
) -> None:
    target = tmp_path / "firmware.bin"

    with pytest.raises(TooLarge):
        await transfers(retries=5).download(f"{url}/file", target, limit=len(CONTENT) - 1)

    assert len(server.ranges) == 1
    assert names(tmp_path) == []


@pytest.mark.requirement("1.6 errata 3.50")
async def test_retries_of_an_upload_count_after_the_first_try(url: str, tmp_path: Path) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    (tmp_path / "log.zip").write_bytes(b"log")
    sending = FileTransfers(TransferSettings(retries=9), sleep=sleep)
    with pytest.raises(TransferFailed, match="404"):
        await sending.upload(
            tmp_path / "log.zip", f"{url}/none", name="log.zip", retries=2, retry_interval=7
        )

    assert waits == [7, 7]


async def test_retries_come_at_their_interval_and_end(url: str, tmp_path: Path) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    fetching = FileTransfers(TransferSettings(retries=9), sleep=sleep)
    with pytest.raises(TransferFailed, match="404"):
        await fetching.download(f"{url}/none", tmp_path / "f", retries=2, retry_interval=7)

    assert waits == [7, 7]


async def test_credentials_are_shown_to_the_server_and_to_nobody_else(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    good = url.replace("://", "://me:p%40ss%2Fword@")
    await transfers().download(f"{good}/guarded", tmp_path / "f")
    with pytest.raises(AccessRefused, match="401") as failed:
        await transfers(retries=1).download(
            f"{url.replace('://', '://me:wrong-secret@')}/guarded", tmp_path / "g"
        )

    assert (tmp_path / "f").read_bytes() == b"inside"
    assert "wrong-secret" not in f"{caplog.text}{failed.value}"
    assert "p%40ss" not in caplog.text
    assert "1 more attempts" in caplog.text


async def test_a_server_that_is_gone_is_a_failure(tmp_path: Path) -> None:
    async with TestServer(web.Application()) as gone:
        url = str(gone.make_url("/file"))

    with pytest.raises(TransferFailed):
        await transfers().download(url, tmp_path / "f")


async def test_a_server_that_says_nothing_is_a_failure(url: str, tmp_path: Path) -> None:
    with pytest.raises(TransferFailed):
        await transfers(idle_timeout=0.05).download(f"{url}/stuck", tmp_path / "f")


async def test_a_transfer_can_be_cancelled(url: str, tmp_path: Path) -> None:
    doing = asyncio.ensure_future(transfers().download(f"{url}/stuck", tmp_path / "f"))
    await asyncio.sleep(0)
    doing.cancel()

    with pytest.raises(asyncio.CancelledError):
        await doing


async def test_redirections_are_followed_as_many_as_allowed(url: str, tmp_path: Path) -> None:
    await transfers().download(f"{url}/moved?to=/file", tmp_path / "f")

    assert (tmp_path / "f").read_bytes() == CONTENT
    with pytest.raises(TransferFailed, match="more than 0 redirections"):
        await transfers(max_redirects=0).download(f"{url}/moved?to=/file", tmp_path / "f")
    with pytest.raises(UnfitLocation):
        await transfers().download(f"{url}/moved?to=file:///etc/passwd", tmp_path / "f")


@pytest.mark.requirement("1.6 §8.2")
async def test_a_file_is_put_into_the_directory(server: Server, url: str, tmp_path: Path) -> None:
    source = tmp_path / "d.zip"
    source.write_bytes(CONTENT)
    server.refusals = 1
    seen: list[int] = []

    await transfers(retries=1).upload(
        source, f"{url}/logs/", name="d1.zip", progress=lambda done, _: seen.append(done)
    )
    await transfers().upload(source, f"{url}/logs/signed?sig=1", name="d1.zip")

    assert server.taken == {"/logs/d1.zip": CONTENT, "/logs/signed?sig=1": CONTENT}
    assert seen[-1] == len(CONTENT)


@pytest.mark.requirement("1.6 §8.2")
async def test_a_file_is_posted_as_a_form(server: Server, url: str, tmp_path: Path) -> None:
    source = tmp_path / "d.zip"
    source.write_bytes(CONTENT)

    await transfers(post=True).upload(source, f"{url}/form", name="d1.zip")

    assert server.forms == [("file", "d1.zip", CONTENT)]


async def test_https_trusts_the_given_roots_and_no_others(server: Server, tmp_path: Path) -> None:
    root, other = trustme.CA(), trustme.CA()
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    root.issue_cert("127.0.0.1").configure_cert(serving)

    async def trust(ca: trustme.CA) -> ssl.SSLContext:
        context = ssl.create_default_context()
        ca.configure_trust(context)
        return context

    running = TestServer(server.app(), scheme="https")
    await running.start_server(ssl=serving)
    url = str(running.make_url("/file"))
    settings = TransferSettings(retries=0)
    await FileTransfers(settings, tls=lambda: trust(root)).download(url, tmp_path / "f")
    with pytest.raises(TransferFailed, match="certificate"):
        await FileTransfers(settings, tls=lambda: trust(other)).download(url, tmp_path / "g")
    await running.close()

    assert (tmp_path / "f").read_bytes() == CONTENT


@pytest.mark.parametrize("url", ["", "file:///x", "http://", "http://[::1/x", "gopher://x/y"])
async def test_what_is_no_url_for_files_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UnfitLocation):
        await transfers().download(url, tmp_path / "f")


async def test_a_protocol_that_is_not_allowed_is_refused(tmp_path: Path) -> None:
    only_ftp = transfers(schemes=frozenset({"ftp"}))

    with pytest.raises(UnfitLocation, match="http is not among"):
        await only_ftp.download("http://127.0.0.1/f", tmp_path / "f")


@pytest.mark.parametrize(("library", "scheme"), [("aiohttp", "http"), ("asyncssh", "sftp")])
async def test_a_library_that_is_missing_is_named_by_its_extra(
    library: str, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"ocppkit.transfer.{scheme}", raising=False)
    monkeypatch.delattr(f"ocppkit.transfer.{scheme}", raising=False)

    with pytest.raises(MissingExtra, match=r"ocppkit\[transfer\]"):
        await transfers().download(f"{scheme}://127.0.0.1/f", tmp_path / "f")


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[str]:
    """A server that answers everything so, HTTP or not; where it is."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _ = await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    "answer", [b"220 FTP is spoken here\r\n", b"HTTP/1.1 200 OK\r\nno header\r\n\r\n"]
)
async def test_the_signature_of_a_url_is_said_to_nobody_where_the_answer_is_no_http(
    answer: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    source = tmp_path / "d.zip"
    source.write_bytes(b"diagnostics")
    async with answering(answer) as url:
        signed = f"{url}/file?sig=wrong-secret"
        with pytest.raises(TransferFailed) as fetched:
            await transfers(retries=1).download(signed, tmp_path / "f")
        with pytest.raises(TransferFailed) as sent:
            await transfers(retries=1).upload(source, signed, name="d.zip")

    assert "wrong-secret" not in f"{caplog.text}{fetched.value}{sent.value}"
    assert caplog.text.count("1 more attempts") == 2


async def test_a_redirection_to_no_host_says_no_credentials(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    there = "http://me:wrong-secret@files\u2100.example/f"
    answer = f"HTTP/1.1 302 Found\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n"
    async with answering(answer.encode()) as url:
        with pytest.raises(UnfitLocation) as failed:
            await transfers(retries=1).download(f"{url}/f", tmp_path / "f")

    assert "wrong-secret" not in f"{caplog.text}{failed.value}"


async def test_an_interval_beyond_all_clocks_is_one_that_they_can_count(
    url: str, tmp_path: Path
) -> None:
    wakings: list[float] = []

    async def sleep(seconds: float) -> None:
        wakings.append(asyncio.get_running_loop().time() + seconds)

    fetching = FileTransfers(TransferSettings(), sleep=sleep)
    with pytest.raises(TransferFailed, match="404"):
        await fetching.download(f"{url}/none", tmp_path / "f", retries=1, retry_interval=10**400)

    assert len(wakings) == 1
