"""What the station does on a connection by itself: registers, then shows that it lives."""

from __future__ import annotations

import logging
from typing import Final

from ocppkit.errors import CallTimeout, ConnectionLost, OcppError
from ocppkit.station.boot import Answers, BootAnswer, Registration
from ocppkit.station.connection_events import NotRegistered, Registered
from ocppkit.station.core import StationCore
from ocppkit.station.pausing import pause

__all__ = ["Registrar"]

_logger = logging.getLogger(__name__)

_DAY: Final = 86_400.0  # seconds


class Registrar:
    """Boots until accepted (B01-B03; 1.6 §4.2) and sends heartbeats from then on (G02)."""

    def __init__(self, *, core: StationCore) -> None:
        self._core = core
        self._clock_seen = core.environment.monotonic()  # the CSMS's, or so it was to be

    async def run(self) -> str:
        """Work on the connection that there is.

        Returns:
            Why the station ends the connection.

        Raises:
            ConnectionLost: it is gone.
        """
        core, boot = self._core, self._core.link.boot
        unanswered = 0
        if core.online:
            _logger.info("%s: online again, %s", core.config.identity, core.dialect.version)
            core.dialect.online(booted=False)
        while True:
            now, due = core.environment.monotonic(), boot.due
            if due is not None and due <= now:
                await self._boot()
                if boot.rule(core.dialect.version).answers is Answers.NOTHING:
                    return "the CSMS rejects the station"
                continue
            if boot.registration is Registration.ACCEPTED:
                quiet = core.link.last_sent + core.policy.heartbeat_interval  # (G02.FR.05)
                beat = min(quiet, self._clock_seen + _DAY)  # (G02.FR.07; 1.6 §4.6)
                if beat <= now:
                    unanswered = 0 if await self._beat() else unanswered + 1
                    if 0 < core.config.unanswered_heartbeats <= unanswered:
                        return f"{unanswered} heartbeats without an answer"
                    continue
                due = beat if due is None else min(due, beat)
            if due is None:
                await core.hurry.wait()
                core.hurry.clear()
            else:
                await pause(due - now, core.hurry, sleep=core.environment.sleep)

    async def _boot(self) -> None:
        core, boot = self._core, self._core.link.boot
        identity = core.config.identity
        reason = boot.sent()
        answered = False
        try:
            answer = await core.dialect.boot(reason)
            answered = True
        except ConnectionLost:
            raise
        except OcppError as error:
            answered = True
            boot.failed(core.environment.monotonic())
            _logger.warning("%s: not registered: %s", identity, error)
            self._tell_unregistered(str(error))
            return
        finally:
            if not answered:
                boot.interrupted(core.environment.monotonic())
        core.link.set_clock(answer.current_time)
        self._clock_seen = core.environment.monotonic()
        boot.answered(answer.registration, answer.interval, core.environment.monotonic())
        core.link.update()
        if answer.registration is Registration.ACCEPTED:
            await self._accepted(answer)
        else:
            _logger.warning("%s: the CSMS says %s", identity, answer.registration)
            self._tell_unregistered()

    async def _accepted(self, answer: BootAnswer) -> None:
        core = self._core
        _logger.info("%s: online, %s", core.config.identity, core.dialect.version)
        core.events.publish(Registered(at=core.now(), heartbeat_interval=answer.interval))
        core.dialect.online(booted=True)
        if answer.interval > 0:  # (B01.FR.04)
            await core.dialect.adopt_heartbeat(answer.interval)

    def _tell_unregistered(self, reason: str = "") -> None:
        core, boot = self._core, self._core.link.boot
        due = boot.due
        core.events.publish(
            NotRegistered(
                at=core.now(),
                registration=boot.registration,
                reason=reason,
                retry_in=None if due is None else due - core.environment.monotonic(),
            )
        )

    async def _beat(self) -> bool:
        """Send a heartbeat; whether anybody answered."""
        core = self._core
        self._clock_seen = core.environment.monotonic()
        try:
            core.link.set_clock(await core.dialect.heartbeat())
        except ConnectionLost:
            raise
        except CallTimeout as error:
            _logger.warning("%s: %s", core.config.identity, error)
            return False
        except OcppError as error:
            _logger.warning("%s: no heartbeat: %s", core.config.identity, error)
        return True
