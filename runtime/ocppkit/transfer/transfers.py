"""Transfers of files by whatever a URL says, tried again where they fail."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

from ocppkit.transfer.errors import MissingExtra, TooLarge, TransferFailed, UnfitLocation
from ocppkit.transfer.floor import not_slower
from ocppkit.transfer.location import Location
from ocppkit.transfer.partial import PartialFile
from ocppkit.transfer.port import Progress, Wait
from ocppkit.transfer.settings import TransferSettings
from ocppkit.transfer.threads import to_its_end

__all__ = ["FileTransfers", "Tls"]

_logger = logging.getLogger(__name__)

_SHORTEST_WAIT: Final = 1.0  # seconds: a server that is down is not asked without a pause
_LONGEST_WAIT: Final = 366 * 86_400.0  # seconds; clocks cannot count to what a CSMS may write
_HOPELESS: Final = (MissingExtra, TooLarge, UnfitLocation)

Tls: TypeAlias = Callable[[], Awaitable[ssl.SSLContext]]
"""The TLS settings of a connection; raises ValueError or OSError where there are none."""


async def _system_tls() -> ssl.SSLContext:
    return await asyncio.to_thread(ssl.create_default_context)


def _unheard(_: int, __: int | None) -> None:
    """Tell nobody of progress."""


class FileTransfers:
    """Transfers over the network."""

    def __init__(
        self,
        settings: TransferSettings | None = None,
        *,
        tls: Tls = _system_tls,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Transfer files.

        Args:
            settings: how.
            tls: the TLS settings of each connection; what the system trusts unless told otherwise.
            sleep: waits between attempts.
        """
        self._settings = settings or TransferSettings()
        self._tls = tls
        self._sleep = sleep

    async def download(
        self,
        url: str,
        target: Path,
        *,
        retries: int | None = None,
        retry_interval: float | None = None,
        limit: int | None = None,
        progress: Progress | None = None,
        wait: Wait | None = None,
    ) -> None:
        """Fetch a file; as `Transfers.download`."""
        location = self._allowed(url)
        part = PartialFile(target, location, limit=limit)
        await self._try(
            partial(self._fetch, location, part),
            progress or _unheard,
            wait or self._sleep,
            failure=f"{location} could not be fetched",
            retries=retries,
            interval=retry_interval,
        )

    async def upload(
        self,
        source: Path,
        url: str,
        *,
        name: str,
        retries: int | None = None,
        retry_interval: float | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Send a file; as `Transfers.upload`.

        FTP and SFTP go on where an attempt before ended. HTTP begins anew: by PUT to the name in
        the directory, or to the URL itself where that has a query, as one that is signed has; by
        POST to the URL itself, as a form.
        """
        location = self._allowed(url)
        attempts = iter([False])

        async def work(told: Progress) -> None:
            await self._send(source, location, name, told, resume=next(attempts, True))

        await self._try(
            work,
            progress or _unheard,
            self._sleep,
            failure=f"nothing could be sent to {location}",
            retries=retries,
            interval=retry_interval,
        )

    def _allowed(self, url: str) -> Location:
        location = Location.parse(url)
        if location.scheme not in self._settings.schemes:
            raise UnfitLocation(f"{location.scheme} is not among the protocols that may be used")
        return location

    async def _try(
        self,
        work: Callable[[Progress], Awaitable[None]],
        progress: Progress,
        wait: Wait,
        *,
        failure: str,
        retries: int | None,
        interval: float | None,
    ) -> None:
        settings = self._settings
        left = settings.retries if retries is None else retries
        seconds = settings.retry_interval if interval is None else interval
        while True:
            try:
                async with not_slower(
                    settings.min_throughput, settings.throughput_window, progress
                ) as told:
                    await work(told)
            except _HOPELESS:
                raise
            except TransferFailed as error:
                if left <= 0:
                    raise
                _logger.warning("%s, %d more attempts: %s", failure, left, error)
            else:
                return
            left -= 1
            await wait(min(max(seconds, _SHORTEST_WAIT), _LONGEST_WAIT))

    async def _fetch(self, location: Location, part: PartialFile, progress: Progress) -> None:
        settings = self._settings
        try:
            await to_its_end(part.look)
            match location.scheme:
                case "http" | "https":
                    from ocppkit.transfer import http  # noqa: PLC0415  # an extra

                    await http.fetch(location, part, progress, settings=settings, tls=self._tls)
                case "sftp":
                    from ocppkit.transfer import sftp  # noqa: PLC0415  # an extra

                    await sftp.fetch(location, part, progress, settings=settings)
                case _:
                    from ocppkit.transfer import ftp  # noqa: PLC0415  # only what is used

                    await ftp.fetch(location, part, progress, settings=settings, tls=self._tls)
        except (OSError, ValueError) as error:
            raise TransferFailed(_said(error)) from error
        finally:
            part.close()

    async def _send(
        self, source: Path, location: Location, name: str, progress: Progress, *, resume: bool
    ) -> None:
        settings = self._settings
        try:
            match location.scheme:
                case "http" | "https":
                    from ocppkit.transfer import http  # noqa: PLC0415  # an extra

                    await http.send(
                        source, location, name, progress, settings=settings, tls=self._tls
                    )
                case "sftp":
                    from ocppkit.transfer import sftp  # noqa: PLC0415  # an extra

                    await sftp.send(
                        source, location, name, progress, settings=settings, resume=resume
                    )
                case _:
                    from ocppkit.transfer import ftp  # noqa: PLC0415  # only what is used

                    await ftp.send(
                        source,
                        location,
                        name,
                        progress,
                        settings=settings,
                        tls=self._tls,
                        resume=resume,
                    )
        except (OSError, ValueError) as error:
            raise TransferFailed(_said(error)) from error


def _said(error: Exception) -> str:
    """What an error says; some say nothing."""
    return str(error) or type(error).__name__
