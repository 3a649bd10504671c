"""What is different about a station's EVSEs, for whoever watches."""

from __future__ import annotations

import logging
from collections.abc import Callable

__all__ = ["Changes"]

_logger = logging.getLogger(__name__)


class Changes:
    """Where changes come out: of statuses, of transactions, of what may be used.

    Nothing is held for anybody: a listener is called while the change is fresh, finds out from the
    EVSE what it wants to know, and keeps what it cannot deal with at once.
    """

    def __init__(self) -> None:
        self._listeners: list[Callable[[int], None]] = []

    def subscribe(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Call somebody after every change from now on, in order.

        Args:
            listener: is called in the event loop with the number of the EVSE, or 0 for the station
                itself, and must not block; one that raises is logged.

        Returns:
            What ends it.
        """
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def publish(self, evse: int) -> None:
        """Tell everybody."""
        for listener in list(self._listeners):
            try:
                listener(evse)
            except Exception:
                _logger.exception("a listener failed on a change of EVSE %d", evse)
