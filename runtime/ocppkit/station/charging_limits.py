"""What EVSEs may draw, told to the hardware in the second in which it changes (K01-K07; 1.6 §3.13).

Nothing is polled: what happens wakes the driver, and a timer rings when a schedule goes on. What is
lowered is told before what is raised, so that at no time more may flow than the station is allowed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ocppkit.clock import JumpDetector
from ocppkit.station.environment import Environment
from ocppkit.station.evse import Evse
from ocppkit.station.guard import GuardedHardware
from ocppkit.station.hardware import Offer
from ocppkit.station.installed_profiles import InstalledProfiles
from ocppkit.station.link import Link
from ocppkit.station.pausing import pause
from ocppkit.station.settings.behaviour import SmartCharging
from ocppkit.station.settings.equipment import Limits
from ocppkit.store import ChargingProfiles

if TYPE_CHECKING:
    from ocppkit.smart_charging.balance import Strategy
    from ocppkit.station.charging_reckoning import Reckoning
    from ocppkit.station.charging_situation import Names, Situation

__all__ = ["ChargingLimits"]

_LONGEST: Final = 60.0
"""Seconds after which the clock is looked at all the same: somebody may have set the machine's, and
so long may flow what may flow no more."""


class ChargingLimits:
    """Keeps what EVSEs are offered in line with profiles, grid, equipment, and one another.

    Attributes:
        profiles: those that are installed.
        strategy: how EVSEs share, the usual way for None; another holds from the next `wake` on.
    """

    def __init__(
        self,
        *,
        evses: Mapping[int, Evse],
        hardware: GuardedHardware,
        link: Link,
        environment: Environment,
        limits: Limits,
        settings: SmartCharging,
        rows: ChargingProfiles,
        names: Callable[[], Names],
        spawn: Callable[..., asyncio.Task[None]],
        strategy: Strategy | None = None,
    ) -> None:
        """Limit EVSEs.

        Args:
            evses: by their number.
            hardware: says what it can give.
            link: knows the CSMS's time of day, and whether it is there.
            environment: for the waits.
            limits: what the station hangs on.
            settings: whether profiles count at all.
            rows: where profiles outlast a restart.
            names: of the version that is spoken now.
            spawn: runs something for as long as the station runs.
            strategy: how EVSEs share; the usual one for None.
        """
        self.profiles = InstalledProfiles(
            rows=rows,
            transaction=self._transaction_at,
            changed=self.wake,
            now=link.now,
        )
        self.strategy = strategy
        self._evses = evses
        self._hardware = hardware
        self._link = link
        self._environment = environment
        self._limits = limits
        self._settings = settings
        self._names = names
        self._spawn = spawn
        self._reckoning: Reckoning | None = None
        self._busy: set[int] = set()  # those being told
        self._failed: set[int] = set()  # those that did not obey since something last changed
        self._admissions: Counter[int] = Counter()  # what was reckoned before one counts no more
        self._priorities: dict[str, int] = {}
        self._woken = asyncio.Event()
        self._jumps = self._look_at_clock()
        link.on_clock_set(self._clock_set)

    @property
    def reckoning(self) -> Reckoning:
        """What knows how much may flow; it comes with the engine, which is loaded for it."""
        if self._reckoning is None:
            from ocppkit.station.charging_reckoning import (  # noqa: PLC0415  # a megabyte
                Reckoning,
            )

            self._reckoning = Reckoning(
                evses=self._evses,
                hardware=self._hardware,
                link=self._link,
                limits=self._limits,
                settings=self._settings,
                names=self._names,
                profiles=self.profiles,
                priority=self._priority,
            )
        return self._reckoning

    @property
    def situation(self) -> Situation:
        """What limits depend on besides the profiles."""
        return self.reckoning.situation

    def wake(self) -> None:
        """Take note that something is different: of profiles, EVSEs, connection or settings."""
        self._failed.clear()
        self._woken.set()

    def prioritise(self, transaction_id: str, priority: int) -> None:
        """Take over the chargingPriority of a transaction (K03.FR.05)."""
        going_on = {each.transaction.id for each in self._evses.values() if each.transaction}
        self._priorities = {key: it for key, it in self._priorities.items() if key in going_on}
        self._priorities[transaction_id] = priority
        self.wake()

    def admit(self, evse: int) -> Offer:
        """What an EVSE that begins to offer energy may offer at once; nothing where it has to wait.

        From now on that counts as drawn, until `supplied` says otherwise.
        """
        offer = self.reckoning.admit(evse, strategy=self.strategy)
        self._admissions[evse] += 1
        self._woken.set()
        return offer

    def supplied(self, evse: int) -> None:
        """Take note of what the hardware made of what it was told."""
        it = self._evses[evse]
        if it.energized:
            # Not what is offered: where the equipment can give less now, it may give more at once.
            self.reckoning.take(evse, it.granted)
        else:
            if self._reckoning is not None and evse not in self._hardware.maybe_closed:
                self._reckoning.release(evse)
            if it.draws and not it.offer.nothing:
                self._failed.add(evse)
        self._woken.set()

    async def run(self) -> None:
        """Drive for ever."""
        while True:
            self._notice_jump()
            until = self._drive()
            if until is None and not self.profiles.all:  # then no clock matters
                await self._woken.wait()
                self._woken.clear()
                continue
            left = _LONGEST
            if until is not None:
                left = min(left, max(0.0, until - self._link.now().timestamp()))
            await pause(left, self._woken, sleep=self._environment.sleep)

    def _drive(self) -> int | None:
        """Tell whoever is to be told something else; until when nothing changes by itself."""
        if not any(each.draws for each in self._evses.values()):
            return None
        plan = self.reckoning.plan(strategy=self.strategy)
        for evse, taker in plan.takers.items():
            if evse not in self._busy:
                failed = evse in self._failed
                offer = self.reckoning.next_offer(taker, plan, failed=failed)
                if offer is not None:
                    self._busy.add(evse)
                    work = self._tell(self._evses[evse], offer, self._admissions[evse])
                    _ = self._spawn(work, name=f"EVSE {evse} is offered another amount")
        return plan.until

    async def _tell(self, evse: Evse, offer: Offer, admissions: int) -> None:
        try:
            await evse.grant(offer, outdated=lambda: self._admissions[evse.id] != admissions)
        finally:
            self._busy.discard(evse.id)
            self._woken.set()

    def _priority(self, evse: Evse) -> int:
        known = self._priorities.get(evse.transaction.id) if evse.transaction else None
        if known is not None:
            return known
        return evse.authorization.priority if evse.authorization else 0

    def _transaction_at(self, place: int) -> str | None:
        return self.situation.transaction_at(place)

    def _look_at_clock(self) -> JumpDetector:
        environment = self._environment
        return JumpDetector(wall=environment.utc_now(), monotonic=environment.monotonic())

    def _notice_jump(self) -> None:
        environment = self._environment
        jump = self._jumps.look(wall=environment.utc_now(), monotonic=environment.monotonic())
        if jump is not None and self._link.follows_machine:
            self._clock_set(jump)

    def _clock_set(self, by: timedelta) -> None:
        """What went on for an hour has gone on for an hour, whatever the clock shows now."""
        for evse in self._evses.values():
            evse.clock_set(by)
        self.wake()
