"""Security events that wait for the CSMS (A04; 1.6 whitepaper A04)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from attrs import evolve

from ocppkit.station.hardware import SecurityEvent
from ocppkit.station.kept import KeyValues
from ocppkit.station.security_log import SecurityLog, event_text, number_text, read_events
from ocppkit.v201.codes import SecurityEvent as Named

__all__ = ["SecurityEvents"]

_logger = logging.getLogger(__name__)
_NAMESPACE = "security_events"
_NAMES = frozenset(Named)
_ROUTINE = frozenset({"ResetOrReboot", "SettingSystemTime", "StartupOfTheDevice"})


class SecurityEvents:
    """What the CSMS has to be told of security, in order.

    Where there is no room the oldest that is not critical goes, and if all are, the oldest.

    Types are in 2.0.1's words: `ocppkit.security.spelled` gives those of the version that is
    spoken when an event is sent. Whoever sends calls `wait`, and `told` once the CSMS has answered.

    Attributes:
        waiting: number → event, oldest first.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        key_values: KeyValues | None = None,
        limit: int = 1000,
        log: SecurityLog | None = None,
    ) -> None:
        """Keep events.

        Args:
            now: the time of day.
            key_values: where they outlast a restart; in memory only without it.
            limit: how many are kept.
            log: where each event is written, too.
        """
        self._log = log
        self._now = now
        self._key_values = key_values
        self._limit = limit
        self._waiting: dict[int, SecurityEvent] = {}
        self.waiting: Mapping[int, SecurityEvent] = MappingProxyType(self._waiting)
        self._next = 1
        self._dropped = 0  # since the start
        self._some = asyncio.Event()

    async def load(self) -> None:
        """Take up what waited before the restart."""
        if self._key_values is None:
            return
        self._waiting.update(read_events(await self._key_values.all(_NAMESPACE)))
        self._next = max(self._waiting, default=0) + 1
        if self._waiting:
            self._some.set()

    async def add(self, event: SecurityEvent) -> None:
        """Have the CSMS told of an event."""
        number, self._next = self._next, self._next + 1
        self._waiting[number] = event = evolve(event, at=event.at or self._now())
        changed: dict[str, str | None] = {number_text(number): event_text(event)}
        level = logging.INFO if event.type in _ROUTINE else logging.WARNING
        _logger.log(level, "security event: %s", event.type)
        if len(self._waiting) > self._limit:
            gone = self._least()
            changed[number_text(gone)] = None
            name = self._waiting.pop(gone).type
            self._dropped += 1
            _logger.warning("no room: the CSMS is not told of %d by now; %s", self._dropped, name)
        self._some.set()
        await self._keep(changed)
        if self._log is not None:
            await self._log.add(event)

    async def add_once(self, type: str, tech_info: str | None = None) -> None:
        """Have the CSMS told of an event, unless one of this type waits already (A00.FR.316)."""
        if all(event.type != type for event in self._waiting.values()):
            await self.add(SecurityEvent(type=type, tech_info=tech_info))

    async def wait(self) -> tuple[int, SecurityEvent]:
        """The oldest event, with its number; waits until there is one."""
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        return next(iter(self._waiting.items()))

    async def told(self, number: int) -> None:
        """The CSMS knows of an event."""
        if self._waiting.pop(number, None) is not None:
            await self._keep({number_text(number): None})

    def _least(self) -> int:
        """The number of the one that can be spared best."""
        spare = (each for each in self._waiting if not _is_critical(self._waiting[each].type))
        return next(spare, next(iter(self._waiting)))

    async def _keep(self, changed: Mapping[str, str | None]) -> None:
        if self._key_values is not None:
            await self._key_values.put(_NAMESPACE, changed)


def _is_critical(type: str) -> bool:
    """Whether the CSMS must know; what is in no table is for its maker to judge."""
    return Named(type).critical if type in _NAMES else True
