"""Lines of JSON: the control protocol's form on a stream of bytes, without input or output."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn, TypeAlias

from attrs import frozen

from ocppkit.control.errors import CommandFailed, ErrorCode
from ocppkit.value import Value

__all__ = ["LONGEST_LINE", "LineSplitter", "Request", "Scalar", "encode", "parse"]

LONGEST_LINE = 16 * 1024 * 1024  # bytes

Scalar: TypeAlias = str | int | float | bool | None
"""What an id may be."""


@frozen(kw_only=True, eq=False, repr=False)
class Request(Value):
    """A command as somebody asked for it.

    Attributes:
        id: what the answer is to bear.
        cmd: the command's name; nobody knows yet whether there is such a one.
        args: as given.
        error: why it cannot be carried out, where that is plain already.
    """

    id: Scalar = None
    cmd: str = ""
    args: Mapping[str, Any]
    error: CommandFailed | None = None


class LineSplitter:
    """Cuts a stream of bytes into lines, and never holds more than the longest line."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._parts: list[bytes] = []
        self._length = 0

    def feed(self, data: bytes) -> list[bytes | None]:
        """Take what came; returns the lines that it completes, None for one that is too long."""
        *complete, rest = data.split(b"\n")
        lines: list[bytes | None] = []
        for piece in complete:
            self._keep(piece)
            lines.append(self._take())
        self._keep(rest)
        return lines

    def finish(self) -> list[bytes | None]:
        """The stream is at its end; returns the last line where no line feed ended it."""
        return [self._take()] if self._length else []

    def _keep(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._length > self._longest:
            self._parts.clear()
        elif piece:
            self._parts.append(piece)

    def _take(self) -> bytes | None:
        line = None if self._length > self._longest else b"".join(self._parts)
        self._parts.clear()
        self._length = 0
        return line


def parse(line: bytes | None) -> Request | None:
    """Read a line; None for a blank one.

    What is wrong with it stands in the request, so that it can be answered. The id is null where
    there is none, or none that can be read.

    Args:
        line: without its line feed; None for one that was too long.
    """
    if line is None:
        return _broken(None, f"the line is longer than {LONGEST_LINE} bytes")
    if not line.strip():
        return None
    try:
        value = _decode(line)
    except RecursionError:
        return _broken(None, "the line is nested too deeply")
    except ValueError as error:
        return _broken(None, f"the line is no JSON: {error}")
    if not isinstance(value, dict) or not isinstance(value.get("id"), Scalar):
        return _broken(None, "an object is expected whose id, if any, is a JSON scalar")
    return _request(value)


def _request(value: dict[str, Any]) -> Request:
    number, cmd, args = value.get("id"), value.get("cmd"), value.get("args")
    if not isinstance(cmd, str):
        return _broken(number, "cmd: the name of a command is expected")
    if not isinstance(args, dict | None):
        return _broken(number, "args: an object is expected")
    return Request(id=number, cmd=cmd, args=args or {})


def encode(value: Mapping[str, Any]) -> bytes:
    """Write a line, with its line feed.

    Raises:
        ValueError: JSON cannot carry it.
        TypeError: JSON cannot carry it.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except RecursionError as error:
        msg = "it is nested too deeply"
        raise ValueError(msg) from error
    return f"{text}\n".encode()


def _broken(id: Scalar, message: str) -> Request:
    return Request(id=id, args={}, error=CommandFailed(ErrorCode.BAD_ARGS, message))


def _decode(line: bytes) -> Any:
    value = json.loads(line.decode(), parse_constant=_refuse, parse_float=_finite)
    if b"\\u" in line:
        _ = json.dumps(value, ensure_ascii=False).encode()  # refuses lone surrogates
    return value


def _refuse(name: str) -> NoReturn:
    msg = f"{name} is not JSON"
    raise ValueError(msg)


def _finite(literal: str) -> float:
    value = float(literal)
    if value in {float("inf"), float("-inf")}:
        msg = f"{literal[:40]} is beyond the range of a double"
        raise ValueError(msg)
    return value
