"""Files by HTTP and HTTPS (RFC 9110), with aiohttp."""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from ocppkit.transfer.errors import AccessRefused, MissingExtra, TransferFailed, UnfitLocation
from ocppkit.transfer.location import Location
from ocppkit.transfer.partial import PartialFile, opened
from ocppkit.transfer.port import Progress
from ocppkit.transfer.settings import TransferSettings
from ocppkit.transfer.threads import to_its_end
from ocppkit.transfer.transfers import Tls

try:
    import aiohttp
except ImportError as error:
    raise MissingExtra("transfers by HTTP need ocppkit[transfer]") from error

__all__ = ["fetch", "send"]

_BLOCK: Final = 1 << 18
_SENT: Final = 1 << 14  # or a slow network would seem to stand still meanwhile
_FETCHING: Final = frozenset({301, 302, 303, 307, 308})
_SENDING: Final = frozenset({307, 308})
"""The redirections that keep the method and what is sent (RFC 9110 §15.4)."""

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


async def fetch(
    location: Location,
    part: PartialFile,
    progress: Progress,
    *,
    settings: TransferSettings,
    tls: Tls,
) -> None:
    """Fetch a file, and no more of it than what is missing.

    Raises:
        TransferFailed: it did not come.
        OSError: the disk does not take it.
    """
    if await _fetch(location, part, progress, settings=settings, tls=tls):
        return
    await to_its_end(part.discard)
    if not await _fetch(location, part, progress, settings=settings, tls=tls):
        raise TransferFailed("the server answers 416")


async def _fetch(
    location: Location,
    part: PartialFile,
    progress: Progress,
    *,
    settings: TransferSettings,
    tls: Tls,
) -> bool:
    """Fetch; whether the server has the part that is missing."""
    headers = {"Accept-Encoding": "identity"}
    if part.size and part.validator:  # else nothing tells its content from another
        headers["Range"] = f"bytes={part.size}-"
        headers["If-Range"] = part.validator
    request = _Request("GET", headers=headers, follow=_FETCHING)
    async with _answer(request, location, settings=settings, tls=tls) as response:
        if response.status == 416 and part.size:
            return False
        at, total = _placed(response, part)
        validator = part.validator if at else _validator(response)
        await to_its_end(part.begin, at=at, validator=validator, total=total)
        progress(part.size, total)
        async for block in response.content.iter_chunked(_BLOCK):
            await to_its_end(part.write, block)
            progress(part.size, total)
    await to_its_end(part.finish)
    return True


def _placed(response: aiohttp.ClientResponse, part: PartialFile) -> tuple[int, int | None]:
    """Where what comes belongs, and how large the whole is."""
    if response.status == 200:
        return 0, response.content_length
    if response.status != 206:
        raise _refusal(response)
    told = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if told is None or int(told[1]) != part.size:
        raise TransferFailed("the server sends another part than it was asked for")
    total = part.total if told[2] == "*" else int(told[2])
    another = part.size > 0 and _of_another(response, part.validator)
    if another or part.total not in {None, total}:
        part.discard()
        raise TransferFailed("the file is another one by now")
    return part.size, total


def _of_another(response: aiohttp.ClientResponse, validator: str | None) -> bool:
    """Whether a part is of another content: not every server heeds If-Range."""
    name = "ETag" if validator and validator.startswith('"') else "Last-Modified"
    told = response.headers.get(name)
    return told is not None and told.removeprefix("W/") != validator


def _refusal(response: aiohttp.ClientResponse) -> TransferFailed:
    text = f"the server answers {response.status}"
    return AccessRefused(text) if response.status in {401, 403} else TransferFailed(text)


def _validator(response: aiohttp.ClientResponse) -> str | None:
    """What an If-Range may hold: no weak one (RFC 9110 §13.1.5)."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified")


async def send(
    source: Path,
    location: Location,
    name: str,
    progress: Progress,
    *,
    settings: TransferSettings,
    tls: Tls,
) -> None:
    """Send a file.

    Raises:
        TransferFailed: it was not taken.
        OSError: the file cannot be read.
    """
    size = (await asyncio.to_thread(source.stat)).st_size
    head = tail = b""
    headers = {"Content-Type": "application/octet-stream"}
    if settings.post:
        boundary = secrets.token_hex(16)
        head = (
            f"--{boundary}\r\nContent-Disposition: form-data; "
            f'name="file"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
        ).encode()
        tail = f"\r\n--{boundary}--\r\n".encode()
        headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
    headers["Content-Length"] = str(len(head) + size + len(tail))
    to = location if settings.post or location.query else location.within(name)

    async with asyncio.timeout(None) as limit, opened(source) as file:
        loop = asyncio.get_running_loop()

        def alive() -> None:
            if not limit.expired():
                limit.reschedule(loop.time() + settings.connect_timeout + settings.idle_timeout)

        async def body() -> AsyncIterator[bytes]:
            done = 0
            if head:
                yield head
            await asyncio.to_thread(file.seek, 0)
            while done < size and (
                block := await asyncio.to_thread(file.read, min(_SENT, size - done))
            ):
                yield block
                alive()
                done += len(block)
                progress(done, size)
            if tail:
                yield tail

        alive()
        method = "POST" if settings.post else "PUT"
        request = _Request(method, headers=headers, follow=_SENDING, body=body)
        async with _answer(request, to, settings=settings, tls=tls) as response:
            if not 200 <= response.status < 300:
                raise _refusal(response)


class _Request:
    """What is asked, wherever redirections lead."""

    def __init__(
        self,
        method: str,
        *,
        headers: Mapping[str, str],
        follow: frozenset[int],
        body: Callable[[], AsyncIterator[bytes]] | None = None,
    ) -> None:
        self.method = method
        self.headers = headers
        self.follow = follow
        self.body = body


@asynccontextmanager
async def _answer(
    request: _Request, location: Location, *, settings: TransferSettings, tls: Tls
) -> AsyncIterator[aiohttp.ClientResponse]:
    """The answer that is no redirection."""
    wait = aiohttp.ClientTimeout(
        total=None, sock_connect=settings.connect_timeout, sock_read=settings.idle_timeout
    )
    try:
        async with aiohttp.ClientSession(
            timeout=wait, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            for _ in range(settings.max_redirects + 1):
                more: dict[str, Any] = {}
                headers = dict(request.headers)
                if location.scheme == "https":
                    more["ssl"] = await tls()
                if location.user is not None:
                    headers["Authorization"] = _basic(location)
                if request.body is not None:
                    more["data"] = request.body()
                async with session.request(
                    request.method,
                    location.url,
                    headers=headers,
                    allow_redirects=False,
                    **more,
                ) as response:
                    target = response.headers.get("Location")
                    if response.status not in request.follow or target is None:
                        yield response
                        return
                location = _followed(location, target, settings)
    except aiohttp.ClientError as error:
        raise TransferFailed(_said(error)) from error
    raise TransferFailed(f"more than {settings.max_redirects} redirections")


def _basic(location: Location) -> str:
    """HTTP basic authentication (RFC 7617)."""
    told = f"{location.user}:{location.password or ''}".encode()
    return f"Basic {base64.b64encode(told).decode()}"


def _followed(location: Location, target: str, settings: TransferSettings) -> Location:
    there = location.redirected(target)
    if there.scheme not in settings.schemes & {"http", "https"}:
        raise UnfitLocation(f"a redirection leads to {there.scheme}, which may not be used")
    if location.scheme == "https" and there.scheme != "https":
        raise UnfitLocation("a redirection leads away from TLS")
    return there


def _said(error: aiohttp.ClientError) -> str:
    """What went wrong; some errors would say the URL, which may hold a signature."""
    if isinstance(error, aiohttp.InvalidURL):
        return "the URL cannot be used"
    if isinstance(error, aiohttp.ClientResponseError):
        return f"the server's answer cannot be read: {error.message}"
    return str(error) or type(error).__name__
