"""Notices what the CSMS sends that is no valid OCPP, as a security event (InvalidMessages).

Messages that are replayed (AttemptedReplayAttacks) cannot be told from those that a CSMS sends
again because it saw no answer, which it may do under the same id (2.0.1 Part 4 §4.1.4): the station
cannot see them. What is sent over TLS cannot be replayed by anybody else.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from ocppkit.station.hardware import SecurityEvent
from ocppkit.v201.codes import SecurityEvent as Named

if TYPE_CHECKING:
    from ocppkit.station.core import StationCore

__all__ = ["InvalidMessages"]

_logger = logging.getLogger(__name__)

# Between two events: the security log keeps some hundred of any kind.
_QUIET: Final = 3600.0  # seconds
_LONGEST: Final = 255  # characters (SecurityEventNotification)


class InvalidMessages:
    """Has the first invalid message logged, and from then on how many came in an hour."""

    def __init__(self, core: StationCore) -> None:
        """Notice nothing yet; see `heard`."""
        self._core = core
        self._told_at: float | None = None
        self._untold = 0

    def heard(self, wrong: str) -> None:
        """A message was not valid.

        Args:
            wrong: what was wrong with it.
        """
        now = self._core.environment.monotonic()
        if self._told_at is not None and now - self._told_at < _QUIET:
            self._untold += 1
            return
        more = f"; {self._untold} more since the last event" if self._untold else ""
        self._told_at, self._untold = now, 0
        told = SecurityEvent(
            type=Named.INVALID_MESSAGES, tech_info=wrong[: _LONGEST - len(more)] + more
        )
        try:
            self._core.launch(self._core.security.events.add(told), name="security event")
        except RuntimeError:  # the connection outlives the station by its last message
            _logger.warning("an invalid message as the station ends: %s", wrong)
