"""How a session logs: under its station's identity, and without what must stay secret."""

from __future__ import annotations

import logging
from collections.abc import Container
from typing import Any

from ocppkit.codec.jsontext import UnreadableJson, dumps, loads
from ocppkit.connection.masking import masked_payload
from ocppkit.printable import printable

__all__ = ["SessionLog", "masked"]


class SessionLog(logging.LoggerAdapter[logging.Logger]):
    """A logger whose every line starts with the identity, which is also the record's `identity`."""

    def __init__(self, logger: logging.Logger, identity: str) -> None:
        super().__init__(logger, {"identity": identity})
        self._identity = identity

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Log a line, naming the place that called `debug`, `warning` and so on."""
        if self.isEnabledFor(level):
            # The identity is an argument, not a part of the format: it may hold a percent sign.
            self.logger.log(
                level,
                f"%s: {msg}",  # noqa: G004  # msg is a format of ours
                self._identity,
                *(_safe(arg) for arg in args),
                extra=self.extra,
                stacklevel=2,
                **kwargs,
            )


def _safe(argument: object) -> object:
    """What the peer may have made up makes no lines of its own."""
    if isinstance(argument, str | BaseException):
        return printable(str(argument))
    return argument


def masked(data: str | bytes, secrets: Container[str] = frozenset()) -> str:
    """A frame as it may stand in a log: id tokens shortened, passwords and keys struck out.

    Args:
        data: the frame; of one that is no text only the size is told.
        secrets: as `masked_payload` has it.
    """
    if isinstance(data, bytes):
        return f"({len(data)} bytes)"
    try:
        frame = loads(data)
    except UnreadableJson:
        return f"({len(data)} characters that are no JSON)"
    return dumps(masked_payload(frame, secrets=secrets))
