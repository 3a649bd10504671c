"""What must not be seen: passwords and passphrases, and logs that would show them."""

from __future__ import annotations

import hmac
import logging
from typing import Any, NoReturn, SupportsIndex, final

__all__ = ["MaskingLogger", "Secret"]

_MASK = "Secret(***)"


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


class MaskingLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger that leaves the credentials out of the HTTP headers that a library logs.

    websockets logs each header as name and value at DEBUG (A01.FR.09, A01.FR.12).
    """

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__(logger, {})

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Log, with the value behind a header's name masked where it is a credential."""
        if len(args) == 2 and isinstance(args[0], str) and args[0].lower() == "authorization":
            args = (args[0], "***")
        super().log(level, msg, *args, **kwargs)
