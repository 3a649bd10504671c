"""Resets: at once, or once nothing is under way (B11, B12; 1.6 §5.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocppkit.station.boot import BootReason
from ocppkit.station.hardware import RebootReason, SecurityEvent
from ocppkit.station.pausing import within
from ocppkit.station.transaction import Cause

if TYPE_CHECKING:
    from ocppkit.station.core import StationCore

__all__ = ["Resetting"]


class Resetting:
    """Starts a station anew.

    Attributes:
        under_way: whether a reset is: no other begins then, and nobody begins to charge.
        scheduled: whether one comes once nothing is under way, or has come that way: until it is
            over nobody begins to charge, and what is free is unavailable (B12).
    """

    def __init__(self, core: StationCore) -> None:
        """Have nothing to do yet."""
        self.under_way = False
        self.scheduled = False
        self._core = core
        self._begun = False  # what was scheduled

    def when_idle(self) -> None:
        """Reset once no transaction is under way (B12.FR.01)."""
        self.scheduled = True
        self._core.changed(0)

    def changed(self) -> None:
        """Something about an EVSE is different: what was put off may be possible now."""
        if self.scheduled and not self._begun and not self._core.charging:
            self._begun = True
            work = self.reset(RebootReason.SOFT_RESET, Cause.SOFT_RESET, BootReason.SCHEDULED_RESET)
            self._core.launch(work, name="reset")

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
            self.under_way = self.scheduled = self._begun = False
        self._core.changed(0)
        for evse in self._core.evses.values():
            await evse.reconsider()

    async def _reset(self, reason: RebootReason, cause: Cause, boot_reason: BootReason) -> None:
        core = self._core
        with core.keeper.held():
            for evse in core.evses.values():
                if evse.transaction is not None or evse.authorization is not None:
                    await evse.stop(cause)
            if core.online:
                await within(
                    core.config.call_timeout,
                    core.delivery.wait_empty(),
                    sleep=core.environment.sleep,
                )
            told = SecurityEvent(type="ResetOrReboot", tech_info=reason.value)
            await core.security.events.add(told)
            await core.keeper.hang_up("the station restarts")
            await core.hardware.reboot(reason, retries=core.policy.reset_retries)
            core.link.boot.start(boot_reason, core.environment.monotonic())
            core.keeper.restart()
