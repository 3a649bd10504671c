"""Resets of the station or of an EVSE: at once, or once idle (B11, B12; 1.6 §5.14)."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from ocppkit.station.boot import BootReason
from ocppkit.station.hardware import RebootReason, SecurityEvent
from ocppkit.station.kept import BOOT, Kept
from ocppkit.station.pausing import pause, within
from ocppkit.station.transaction import Cause

if TYPE_CHECKING:
    from ocppkit.station.core import StationCore
    from ocppkit.station.evse import Evse

__all__ = ["REASON", "Resetting", "asked_for"]

_logger = logging.getLogger(__name__)

REASON: Final = "reason"
"""The key under which it is kept for what reason the station has itself rebooted."""

_LOOK_AGAIN: Final = 10.0  # seconds, where nobody tells that something has ended


def asked_for(kept: Kept) -> BootReason | None:
    """For what reason the station itself had its equipment reboot; None where it did not."""
    text = kept.all(BOOT).get(REASON)
    return BootReason(text) if text in set(BootReason) else None


class Resetting:
    """Starts a station anew, or one of its EVSEs.

    Attributes:
        under_way: whether a reset of the station is: no other begins then, and nobody begins to
            charge.
        scheduled: whether one comes once the station is idle, or has come that way: until it is
            over nobody begins to charge, and what is free is unavailable (B12).
    """

    def __init__(self, core: StationCore) -> None:
        """Have nothing to do yet."""
        self.under_way = False
        self.scheduled = False
        self._core = core
        self._evses: dict[int, bool] = {}  # those to be reset alone: whether that has begun

    def of(self, evse: int) -> bool:
        """Whether a reset of this EVSE alone is under way or scheduled."""
        return evse in self._evses

    def under_way_at(self, evse: int | None) -> bool:
        """Whether a reset is under way that keeps another from beginning (B12.FR.10).

        Args:
            evse: where; None for the whole station.
        """
        if self.under_way:
            return True
        return any(self._evses.values()) if evse is None else self._evses.get(evse, False)

    def busy(self, evse: int | None) -> bool:
        """Whether anything is done that a reset on idle waits for (errata 2025-09 2.14).

        Args:
            evse: at an EVSE; None for anywhere.
        """
        core = self._core
        if core.files.installing:
            return True
        if evse is not None:
            return core.evses[evse].transaction is not None
        return core.charging or core.files.upload is not None

    def when_idle(self, evse: int | None = None) -> None:
        """Reset an EVSE, or for None the station, once it is idle (B11.FR.07, B12.FR.01)."""
        if evse is None:
            if not self.scheduled:
                self.scheduled = True
                self._core.launch(self._reset_when_idle(), name="reset")
        elif evse not in self._evses:
            self._evses[evse] = False
            self._core.launch(self._reset_evse_when_idle(evse), name=f"reset of EVSE {evse}")
        self._core.changed(evse or 0)

    async def reset(self, reason: RebootReason, cause: Cause, boot_reason: BootReason) -> None:
        """End all transactions, tell the CSMS, and start anew.

        Does nothing while a reset is under way.
        """
        if self.under_way:
            return
        self.under_way = True
        try:
            await self._reset(reason, cause, boot_reason)
        finally:
            self.under_way = self.scheduled = False
            self._evses.clear()
        self._core.changed(0)
        for evse in self._core.evses.values():
            await evse.reconsider()

    async def reset_evse(self, number: int, cause: Cause) -> None:
        """End the transaction of an EVSE, tell the CSMS, and start the EVSE anew.

        Does nothing while a reset of it is under way.
        """
        if self.under_way_at(number):
            return
        core, evse = self._core, self._core.evses[number]
        self._evses[number] = True
        core.changed(number)
        try:
            await self._stop(evse, cause)
            await self._deliver()
            _ = await core.hardware.reset_evse(number, retries=core.policy.reset_retries)
            await evse.look()
        finally:
            self._evses.pop(number, None)
        core.changed(number)
        await evse.reconsider()

    async def _reset_when_idle(self) -> None:
        await self._idle(None)
        if self.scheduled:  # else another reset has come first
            await self.reset(RebootReason.SOFT_RESET, Cause.SOFT_RESET, BootReason.SCHEDULED_RESET)

    async def _reset_evse_when_idle(self, number: int) -> None:
        await self._idle(number)
        if number in self._evses:  # as above
            await self.reset_evse(number, Cause.SOFT_RESET)

    async def _idle(self, evse: int | None) -> None:
        core = self._core
        changed = asyncio.Event()
        unsubscribe = core.changes.subscribe(lambda _: changed.set())
        try:
            while self.busy(evse):
                await pause(_LOOK_AGAIN, changed, sleep=core.environment.sleep)
        finally:
            unsubscribe()

    async def _reset(self, reason: RebootReason, cause: Cause, boot_reason: BootReason) -> None:
        core = self._core
        with core.keeper.held():
            for evse in core.evses.values():
                await self._stop(evse, cause)
            try:
                await self._tell(reason)
            except Exception:  # a station starts anew whatever is wrong with it
                _logger.exception("the reset is not told in full")
            await core.keeper.hang_up("the station restarts")
            await self._keep_reason(boot_reason)
            await core.hardware.reboot(reason, retries=core.policy.reset_retries)
            await self._keep_reason(None)
            core.network.apply()
            core.link.boot.start(boot_reason, core.environment.monotonic())
            core.keeper.restart()

    async def _stop(self, evse: Evse, cause: Cause) -> None:
        """End what an EVSE does, as far as that can be done: the reset comes all the same."""
        if evse.transaction is None and evse.authorization is None:
            return
        try:
            await evse.stop(cause)
        except Exception:  # a station starts anew whatever is wrong with it
            _logger.exception("EVSE %d: the end of its transaction fails", evse.id)

    async def _tell(self, reason: RebootReason) -> None:
        """Let the CSMS know what it has to, as far as it takes that now."""
        await self._deliver()
        told = SecurityEvent(type="ResetOrReboot", tech_info=reason.value)
        await self._core.security.events.add(told)

    async def _deliver(self) -> None:
        """Let the CSMS know of the ends of transactions, as far as it answers now (B12.FR.05)."""
        core = self._core
        if core.online:
            await within(
                core.config.call_timeout, core.delivery.wait_empty(), sleep=core.environment.sleep
            )

    async def _keep_reason(self, reason: BootReason | None) -> None:
        """Have the reason outlast the process, which may end with the reboot (B01.FR.09)."""
        try:
            await self._core.kept.put(BOOT, {REASON: reason})
        except Exception:  # as above
            _logger.exception("the reason of the reset is not kept")
