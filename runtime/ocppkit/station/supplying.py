"""How much energy is offered: what the equipment gives, and what others leave an EVSE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocppkit.station.hardware import Offer

if TYPE_CHECKING:
    from ocppkit.station.charging import Charging

__all__ = ["Supplying"]


class Supplying:
    """Changes the offer; call its methods with the EVSE's lock held."""

    def __init__(self, charging: Charging) -> None:
        """Change nothing yet.

        Args:
            charging: the use of the EVSE.
        """
        self._charging = charging

    async def pause(self, *, paused: bool) -> None:
        """The station's own equipment lets no energy flow, or does again."""
        self._charging.power.paused = paused
        await (self._charging.hold_back() if paused else self._charging.energize())

    async def limit(self, ceiling: Offer) -> None:
        """Offer no more than this from now on; nothing at all suspends (SuspendedEVSE)."""
        before, energized = self._charging.power.offer, self._charging.power.energized
        await self._charging.power.limit(ceiling)
        await self._take(before, energized=energized)

    async def grant(self, offer: Offer) -> None:
        """As `limit`, on behalf of profiles and the other EVSEs; both hold."""
        before, energized = self._charging.power.offer, self._charging.power.energized
        await self._charging.power.grant(offer)
        await self._take(before, energized=energized)

    async def _take(self, before: Offer, *, energized: bool) -> None:
        """Begin or cease to offer energy, as the offer by now has it.

        Args:
            before: what was offered.
            energized: whether energy was offered before; where the equipment refused to go on, it
                is not asked again at once.
        """
        offer = self._charging.power.offer
        if offer.nothing:
            await self._charging.hold_back()
        elif not energized:
            await self._charging.energize()
        elif offer.phases != before.phases:
            await self._charging.recorder.recount_phases()
