"""The cables at an EVSE: whose stays locked, and when it goes free."""

from __future__ import annotations

from collections.abc import Mapping

from ocppkit.station.connector import Connector
from ocppkit.station.id_token import IdToken
from ocppkit.station.power import PowerPath
from ocppkit.station.transaction import Authorization

__all__ = ["Cables"]


class Cables:
    """Holds cables and lets them go; call it with the EVSE's lock held."""

    def __init__(self, *, connectors: Mapping[int, Connector], power: PowerPath) -> None:
        """Hold nothing yet.

        Args:
            connectors: of the EVSE, by their number.
            power: whose locks they are.
        """
        self._connectors = connectors
        self._power = power

    def held(self, token: IdToken, group_id: str | None = None) -> list[int]:
        """The connectors whose cables are held for a token's owner, or group.

        One by which others charge is not among them until they are done.
        """
        return [
            each.id
            for each in self._connectors.values()
            if (each.held_for_token(token) or each.held_for_group(group_id))
            and not self._power.feeds(each.id)
        ]

    async def unlock(self, connector: int) -> bool:
        """Release a cable, whomever it is held for; whether it is free now."""
        place = self._connectors[connector]
        place.held_for = None
        return await self._power.unlock(place)

    async def let_go(self, connector: int, *, held: bool) -> None:
        """Release a cable with the permission to charge.

        Args:
            connector: where.
            held: whether it goes free even where it is held for somebody.
        """
        place = self._connectors[connector]
        if held:
            place.held_for = None
        if place.held_for is None:
            there = place.plugged or self._power.may_be_locked(connector)
            await self._power.unlock(place if there else None)

    async def let_go_of_nobodys(self, connector: int) -> None:
        """Release a cable unless it is held for somebody: whoever it was before a power cut."""
        place = self._connectors[connector]
        if place.held_for is None:
            await self._power.unlock(place)

    async def left(self, connector: int, owner: Authorization | None, *, frees: bool) -> None:
        """Keep a cable whose EV has gone, or let it go (E09.FR.02, E09.FR.03, E10.FR.01).

        Args:
            connector: where.
            owner: whose it is.
            frees: whether it goes free by itself.
        """
        gone = self._connectors[connector]
        kept = not frees and self._power.locks(connector)
        gone.held_for = (gone.held_for or owner) if kept else None
        if gone.held_for is None and self._power.may_be_locked(connector):
            await self._power.unlock(gone)
