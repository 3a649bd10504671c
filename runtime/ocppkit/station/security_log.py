"""The log of all security events; it rolls: the oldest goes where there is no room (A04.FR.04)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ocppkit.message import Version
from ocppkit.security.events import spelled
from ocppkit.station.hardware import SecurityEvent
from ocppkit.station.kept import KeyValues

__all__ = ["SecurityLog", "event_text", "number_text", "read_events"]

_logger = logging.getLogger(__name__)
_NAMESPACE: Final = "security_log"


class SecurityLog:
    """What happened, oldest first; what GetLog uploads as the security log."""

    def __init__(self, *, key_values: KeyValues | None = None, limit: int = 500) -> None:
        """Begin empty.

        Args:
            key_values: where it outlasts a restart; in memory only without it.
            limit: how many events are kept.
        """
        self._key_values = key_values
        self._limit = limit
        self._events: dict[int, SecurityEvent] = {}
        self._next = 1

    async def load(self) -> None:
        """Take up what was logged before the restart."""
        if self._key_values is None:
            return
        self._events = read_events(await self._key_values.all(_NAMESPACE))
        self._next = max(self._events, default=0) + 1

    async def add(self, event: SecurityEvent) -> None:
        """Log an event, which says when it was."""
        number, self._next = self._next, self._next + 1
        self._events[number] = event
        changed: dict[str, str | None] = {number_text(number): event_text(event)}
        while len(self._events) > self._limit:
            oldest = next(iter(self._events))
            del self._events[oldest]
            changed[number_text(oldest)] = None
        if self._key_values is not None:
            await self._key_values.put(_NAMESPACE, changed)

    def entries(
        self, *, oldest: datetime | None = None, latest: datetime | None = None
    ) -> tuple[SecurityEvent, ...]:
        """The events of a time, oldest first.

        Args:
            oldest: from when on; aware.
            latest: until when; aware.
        """
        return tuple(
            event
            for event in self._events.values()
            if event.at is not None
            and (oldest is None or event.at >= oldest)
            and (latest is None or event.at <= latest)
        )

    def text(
        self,
        version: Version,
        *,
        oldest: datetime | None = None,
        latest: datetime | None = None,
    ) -> str:
        """The same as the text of a file, a line an event: when, which, more about it.

        Args:
            version: in whose words.
            oldest: from when on; aware.
            latest: until when; aware.
        """
        lines: list[str] = []
        for event in self.entries(oldest=oldest, latest=latest):
            when = "" if event.at is None else event.at.isoformat()
            more = " ".join((event.tech_info or "").split())
            lines.append(f"{when} {spelled(event.type, version)} {more}".rstrip() + "\n")
        return "".join(lines)


def number_text(number: int) -> str:
    """A number as a key, such that texts sort as numbers do."""
    return f"{number:012}"


def event_text(event: SecurityEvent) -> str:
    """An event, to be kept."""
    at = None if event.at is None else event.at.isoformat()
    return json.dumps({"type": event.type, "tech_info": event.tech_info, "at": at})


def _event_from_text(text: str) -> SecurityEvent:
    """An event that was kept.

    Raises:
        ValueError, KeyError, TypeError: it is none.
    """
    told: dict[str, Any] = json.loads(text)
    return SecurityEvent(
        type=told["type"], tech_info=told["tech_info"], at=datetime.fromisoformat(told["at"])
    )


def read_events(kept: Mapping[str, str]) -> dict[int, SecurityEvent]:
    """Events by number, oldest first; what cannot be read is skipped and told of."""
    events: dict[int, SecurityEvent] = {}
    for key, text in kept.items():
        try:
            events[int(key)] = _event_from_text(text)
        except (ValueError, KeyError, TypeError):
            _logger.error("a security event cannot be read: %s", key)  # noqa: TRY400  # no more to say
    return events
