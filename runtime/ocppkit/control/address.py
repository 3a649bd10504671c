"""Where the control protocol is spoken: ``stdio``, ``unix:PATH`` or ``tcp:HOST:PORT``."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from attrs import frozen

from ocppkit.value import Value

__all__ = ["Address", "Stdio", "Tcp", "Unix", "parse_address"]


@frozen(kw_only=True, eq=False, repr=False)
class Stdio(Value):
    """This process's standard input and output."""

    def __str__(self) -> str:
        return "stdio"


@frozen(kw_only=True, eq=False, repr=False)
class Unix(Value):
    """A socket in the file system."""

    path: Path

    def __str__(self) -> str:
        return f"unix:{self.path}"


@frozen(kw_only=True, eq=False, repr=False)
class Tcp(Value):
    """A port; 0 for any that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp:{shown}:{self.port}"


Address: TypeAlias = Stdio | Unix | Tcp


def parse_address(text: str) -> Address:
    """Read an address.

    Raises:
        ValueError: it is none.
    """
    scheme, _, rest = text.partition(":")
    host, _, port = rest.rpartition(":")
    match scheme:
        case "stdio" if text == "stdio":
            return Stdio()
        case "unix" if rest:
            return Unix(path=Path(rest))
        case "tcp" if host and port.isascii() and port.isdecimal() and int(port) < 65536:
            return Tcp(host=host.removeprefix("[").removesuffix("]"), port=int(port))
    msg = f"stdio, unix:PATH or tcp:HOST:PORT is expected, not {text!r}"
    raise ValueError(msg)
