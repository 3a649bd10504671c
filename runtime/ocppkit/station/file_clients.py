"""Which protocols of file transfer there is a client for; some come with the extra ``transfer``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Final

from ocppkit.station.settings.behaviour import Protocol

__all__ = ["missing_client", "usable"]

_LIBRARIES: Final[Mapping[Protocol, str]] = {
    Protocol.HTTP: "aiohttp",
    Protocol.HTTPS: "aiohttp",
    Protocol.SFTP: "asyncssh",
}


def usable(protocols: Iterable[Protocol]) -> tuple[Protocol, ...]:
    """Those of the protocols whose client is installed, in their order."""
    return tuple(each for each in protocols if _installed(each))


def missing_client(url: str) -> str | None:
    """What a URL's protocol needs and is not installed; None where nothing is missing."""
    scheme = url.strip().partition(":")[0].upper()
    for protocol in Protocol:
        if protocol.value == scheme and not _installed(protocol):
            return f"{scheme} needs ocppkit[transfer]"
    return None


def _installed(protocol: Protocol) -> bool:
    library = _LIBRARIES.get(protocol)
    return library is None or find_spec(library) is not None
