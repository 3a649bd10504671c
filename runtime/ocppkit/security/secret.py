"""What must not be seen: passwords and passphrases, and logs that would show them."""

from __future__ import annotations

import hmac
import logging
from typing import Any, NoReturn, SupportsIndex, final

__all__ = ["MaskingLogger", "Secret", "as_secret"]

_MASK = "Secret(***)"
_DATA_FRAMES = frozenset({"BINARY", "CONT", "TEXT"})


@final
class Secret:
    """Bytes that show themselves to nobody who does not ask for them with `reveal`.

    It prints as a mask, compares in constant time, and can be neither hashed nor pickled.
    """

    __slots__ = ("_value",)
    __hash__ = None  # type: ignore[assignment]  # a key of a mapping would live on in it

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """The bytes themselves: hand them on to what needs them, keep them nowhere."""
        return self._value

    def __repr__(self) -> str:
        return _MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value, other._value)

    def __reduce_ex__(self, _protocol: SupportsIndex) -> NoReturn:
        msg = "a secret is not pickled and not copied"
        raise TypeError(msg)


def as_secret(value: bytes | Secret | None) -> Secret | None:
    """Bytes as a secret; what is one, and None, stay as they are."""
    return Secret(value) if isinstance(value, bytes) else value


class MaskingLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger that leaves out what websockets would show at DEBUG (A01.FR.09, A01.FR.12).

    That is the credentials in HTTP headers, and what is in the messages, some of which bring
    passwords: the sessions log them, masked.
    """

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__(logger, {})

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Log, with the value behind a header's name masked, and of a message only the size."""
        match args:
            case (str(header), _) if header.lower() == "authorization":
                args = (header, "***")
            case (frame,):
                kind = getattr(getattr(frame, "opcode", None), "name", None)
                if kind in _DATA_FRAMES:
                    args = (f"{kind} [{len(getattr(frame, 'data', b''))} bytes]",)
        super().log(level, msg, *args, **kwargs)
