"""Where a file is, or is to go: a URL, with the credentials apart."""

from __future__ import annotations

from typing import Final, Self
from urllib.parse import unquote, urljoin, urlsplit

from attrs import evolve, field, frozen

from ocppkit.transfer.errors import UnfitLocation
from ocppkit.value import Value

__all__ = ["SCHEMES", "Location"]

SCHEMES: Final = frozenset({"ftp", "ftps", "http", "https", "sftp"})

_DEFAULT_PORTS: Final = {"ftp": 21, "ftps": 21, "http": 80, "https": 443, "sftp": 22}


@frozen(kw_only=True, eq=False, repr=False)
class Location(Value):
    """A URL, taken apart; prints without its credentials.

    Attributes:
        scheme: one of `SCHEMES`.
        host: a name or an address, without brackets.
        port: the scheme's own unless the URL has one.
        path: as in the URL, so still quoted; empty or from the first slash.
        query: as in the URL, which may hold a signature.
        user: None where the URL names nobody.
        password: None where the URL holds none.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str = field(default="", repr=False)
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Take a URL apart.

        Raises:
            UnfitLocation: it is none, or none that files are transferred by.
        """
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
            parts = urlsplit("")
        scheme = parts.scheme.lower()
        if scheme not in SCHEMES or not host:
            msg = f"no URL to transfer files by: one of {', '.join(sorted(SCHEMES))} is needed"
            raise UnfitLocation(msg)
        return cls(
            scheme=scheme,
            host=host,
            port=port or _DEFAULT_PORTS[scheme],
            path=parts.path,
            query=parts.query,
            user=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
        )

    @property
    def origin(self) -> tuple[str, str, int]:
        """Who is asked: credentials are meant for nobody else."""
        return self.scheme, self.host, self.port

    @property
    def url(self) -> str:
        """The URL without the credentials."""
        query = f"?{self.query}" if self.query else ""
        return f"{self._place}{query}"

    @property
    def segments(self) -> list[str]:
        """The names in the path; an empty first one is the root (RFC 1738 §3.2.2)."""
        return [unquote(part) for part in self.path.removeprefix("/").split("/")]

    def within(self, name: str) -> Self:
        """A file in the directory that this is."""
        return evolve(self, path=f"{self.path.removesuffix('/')}/{name}")

    def redirected(self, target: str) -> Self:
        """Where a redirection leads; the credentials stay behind where it is another's.

        Raises:
            UnfitLocation: to no URL that files are transferred by.
        """
        try:
            joined = urljoin(self.url, target)
        except ValueError:
            joined = ""  # its text would say credentials
        there = self.parse(joined)
        if there.user is None and there.origin == self.origin:
            return evolve(there, user=self.user, password=self.password)
        return there

    @property
    def _place(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    def __str__(self) -> str:
        return f"{self._place}?…" if self.query else self._place
