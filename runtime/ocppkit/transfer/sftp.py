"""Files by SFTP, with asyncssh.

The server's key has to be known: of the settings' file, or of the user's ``~/.ssh/known_hosts``.
Paths are from the root, and with ``/~/`` in front from the user's directory.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from ocppkit.transfer.errors import AccessRefused, MissingExtra, TransferFailed
from ocppkit.transfer.location import Location
from ocppkit.transfer.partial import PartialFile, opened
from ocppkit.transfer.port import Progress
from ocppkit.transfer.settings import TransferSettings
from ocppkit.transfer.threads import to_its_end

try:
    import asyncssh
except ImportError as error:
    raise MissingExtra("transfers by SFTP need ocppkit[transfer]") from error

__all__ = ["fetch", "send"]

_BLOCK: Final = 1 << 15  # what any server takes in one request
_FAREWELL: Final = 2.0  # seconds


async def fetch(
    location: Location, part: PartialFile, progress: Progress, *, settings: TransferSettings
) -> None:
    """Fetch a file, and no more of it than what is missing.

    Raises:
        TransferFailed: it did not come.
        OSError: the network fails, or the disk does not take it.
    """
    path = _path(location)
    async with _connected(location, settings) as sftp:
        async with asyncio.timeout(settings.idle_timeout):
            about = await sftp.stat(path)
        told = about.size is not None and about.mtime is not None
        validator = f"{about.size} {about.mtime}" if told else None
        at = part.size if told and part.validator == validator else 0
        async with _open(sftp, path, "rb", settings) as file:
            await to_its_end(part.begin, at=at, validator=validator, total=about.size)
            progress(part.size, about.size)
            while True:
                async with asyncio.timeout(settings.idle_timeout):
                    block: Any = await file.read(_BLOCK, part.size)  # bytes: not open as text
                if not block:
                    break
                await to_its_end(part.write, block)
                progress(part.size, about.size)
        await to_its_end(part.finish)


async def send(
    source: Path,
    location: Location,
    name: str,
    progress: Progress,
    *,
    settings: TransferSettings,
    resume: bool,
) -> None:
    """Send a file.

    Args:
        source: the file.
        location: the directory.
        name: in that.
        progress: told how far it is.
        settings: of the transfer.
        resume: whether what is there under that name is the beginning of it.

    Raises:
        TransferFailed: it was not taken.
        OSError: the network fails, or the file cannot be read.
    """
    path = _path(location.within(name))
    size = (await asyncio.to_thread(source.stat)).st_size
    async with _connected(location, settings) as sftp:
        at = 0
        if resume:
            async with asyncio.timeout(settings.idle_timeout):
                there = (await sftp.stat(path)).size if await sftp.exists(path) else None
            at = there if there is not None and there <= size else 0
        mode = "r+b" if at else "wb"
        async with opened(source) as local, _open(sftp, path, mode, settings) as file:
            await asyncio.to_thread(local.seek, at)
            while block := await asyncio.to_thread(local.read, _BLOCK):
                async with asyncio.timeout(settings.idle_timeout):
                    await file.write(block, at)
                at += len(block)
                progress(at, size)


@asynccontextmanager
async def _open(
    sftp: asyncssh.SFTPClient, path: str, mode: str, settings: TransferSettings
) -> AsyncIterator[asyncssh.SFTPClientFile]:
    """A file on the server, which may take only so long to open and to close it.

    One request at a time: of several, some would go on where one is cancelled. Where the work
    fails the end of the connection closes the file.
    """
    async with asyncio.timeout(settings.idle_timeout):
        file: Any = await sftp.open(path, mode, block_size=0)
    yield file
    async with asyncio.timeout(settings.idle_timeout):
        await file.close()


def _path(location: Location) -> str:
    return unquote(location.path).removeprefix("/~/")


async def _close(connection: asyncssh.SSHClientConnection) -> None:
    """End it in order, or by force where the server owes an answer and lets it not end."""
    connection.close()
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await connection.wait_closed()
    finally:
        connection.abort()


@asynccontextmanager
async def _connected(
    location: Location, settings: TransferSettings
) -> AsyncIterator[asyncssh.SFTPClient]:
    more: dict[str, Any] = {}
    if location.user is not None:
        more["username"] = location.user
    if location.password is not None:
        more |= {"password": location.password, "client_keys": None}
    if settings.known_hosts is not None:
        more["known_hosts"] = str(settings.known_hosts)
    try:
        connection = await asyncssh.connect(
            location.host,
            location.port,
            config=None,
            agent_path=None,
            connect_timeout=settings.connect_timeout,
            login_timeout=settings.idle_timeout,
            keepalive_interval=settings.idle_timeout / 2,
            **more,
        )
        try:
            async with asyncio.timeout(settings.idle_timeout):
                sftp = await connection.start_sftp_client()
            yield sftp
        finally:
            await _close(connection)
    except (asyncssh.PermissionDenied, asyncssh.SFTPPermissionDenied) as error:
        raise AccessRefused(f"the server says: {error.reason}") from error
    except asyncssh.Error as error:
        raise TransferFailed(f"the server says: {error.reason}") from error
