"""What a peer sends that is no valid message: logged, and told to whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ocppkit.connection.logs import SessionLog
from ocppkit.errors import ValidationError
from ocppkit.printable import printable

__all__ = ["Complaints", "Listener"]

Listener: TypeAlias = Callable[[str], None]
"""Hears in words what was wrong; of what was sent only names are among them."""


class Complaints:
    """Takes note of every frame that cannot be read and of every payload that breaks the schema.

    Attributes:
        listener: hears of each; None for nobody.
    """

    __slots__ = ("_log", "listener")

    def __init__(self, log: SessionLog) -> None:
        """Log only.

        Args:
            log: of the session.
        """
        self.listener: Listener | None = None
        self._log = log

    def unreadable(self, reason: str) -> None:
        """A frame cannot be read."""
        self._log.warning("the peer sent what cannot be read: %s", reason)
        self._tell(f"a frame: {reason}")

    def request(self, action: str, error: ValidationError) -> None:
        """A CALL breaks the schema."""
        wrong = f"{error.path}: expected {error.expected}"
        self._log.warning("the peer's %s breaks the schema: %s", action, wrong)
        self._tell(f"{action}: {wrong}")

    def answer(self, action: str, error: ValidationError) -> None:
        """An answer breaks the schema."""
        wrong = f"{error.path}: expected {error.expected}"
        self._log.warning("the peer's answer to %s breaks the schema: %s", action, wrong)
        self._tell(f"answer to {action}: {wrong}")

    def _tell(self, wrong: str) -> None:
        if self.listener is not None:
            self.listener(printable(wrong))
