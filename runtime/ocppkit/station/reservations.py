"""Reservations: which EVSEs are kept free, for whom and until when (1.6 §5.13; 2.0.1 H01 - H03).

One EV charges at an EVSE at a time, so whoever reserves one of its connectors reserves the EVSE.
What is reserved nowhere in particular keeps one EVSE free, whichever that is.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import frozen

from ocppkit.station.evse import Evse
from ocppkit.station.id_token import IdToken, IdTokenKind
from ocppkit.station.kept import RESERVATIONS, Kept
from ocppkit.station.pausing import pause
from ocppkit.station.records import UNREADABLE, converter
from ocppkit.station.site import Site
from ocppkit.station.status import ConnectorStatus, connector_status
from ocppkit.station.transaction import Authorization, RecordKind, TransactionRecord
from ocppkit.value import Value

__all__ = ["Obstacle", "Reservation", "Reservations"]

_logger = logging.getLogger(__name__)

_LONGEST: Final = 86_400.0  # seconds, before the time is looked at again


class Obstacle(StrEnum):
    """Why there is nothing to reserve; the words of both versions."""

    FAULTED = "Faulted"
    OCCUPIED = "Occupied"
    UNAVAILABLE = "Unavailable"


@frozen(kw_only=True, eq=False, repr=False)
class Reservation(Value):
    """A reservation.

    Attributes:
        id: the CSMS's; another one with the same id takes its place.
        expires: from when it does not count any more.
        holder: the token of its driver; case makes no difference.
        kind: of that token; None where the version does not tell kinds apart.
        group_id: whose members may charge as well.
        evse: which; None for any.
        connector: which of the EVSE's; None for any.
    """

    id: int
    expires: datetime
    holder: str
    kind: IdTokenKind | None = None
    group_id: str | None = None
    evse: int | None = None
    connector: int | None = None

    def is_for(self, token: IdToken, group_id: str | None = None) -> bool:
        """Whether a driver may use it, by their token or by their group."""
        if self.holder.lower() == token.value.lower() and self.kind in {None, token.kind}:
            return True
        groups = (self.group_id, group_id)
        return None not in groups and len({str(each).lower() for each in groups}) == 1


class Reservations:
    """All reservations; they outlast a restart.

    One ends when a transaction uses it, when its time is over, when the CSMS cancels it, and when
    what it reserves is faulted or unavailable.
    """

    def __init__(self, *, evses: Mapping[int, Evse], site: Site, kept: Kept) -> None:
        """Reserve nothing yet; see `load`.

        Args:
            evses: by their number.
            site: the station around them.
            kept: where reservations outlast a restart.
        """
        self._evses = evses
        self._site = site
        self._kept = kept
        self._all: dict[int, Reservation] = {}
        self._forgotten: set[int] = set()
        self._wake = asyncio.Event()

    def load(self) -> None:
        """Take up what was reserved before the restart; what cannot be read is left out."""
        for key, text in self._kept.all(RESERVATIONS).items():
            try:
                reservation = converter().structure(json.loads(text), Reservation)
            except UNREADABLE:
                _logger.exception("reservation %s cannot be read", key)
                continue
            if reservation.evse is None or reservation.evse in self._evses:
                self._all[reservation.id] = reservation
            else:
                _logger.warning("reservation %s is ignored: there is no such EVSE", key)

    def wake(self) -> None:
        """Look at the time anew: the clock was set."""
        self._wake.set()

    def obstacle(self, wanted: Reservation) -> Obstacle | None:
        """Why something cannot be reserved; None where it can.

        Args:
            wanted: one of the same id does not stand in its way.
        """
        others = [each for each in self._all.values() if each.id != wanted.id]
        anywhere = sum(each.evse is None for each in others)
        free = [
            number
            for number in self._evses
            if not any(each.evse == number for each in others) and self._free(number)
        ]
        if wanted.evse is None:
            return None if len(free) > anywhere else self._why_none_is_free(others)
        if obstacle := self._why_not(wanted.evse, wanted.connector):
            return obstacle
        enough = len(free) > anywhere
        return None if wanted.evse in free and enough else Obstacle.OCCUPIED

    async def make(self, reservation: Reservation) -> None:
        """Reserve from now on, instead of what has the same id; first see `obstacle`."""
        text = json.dumps(converter().unstructure(reservation))
        before = self._all.get(reservation.id)
        self._all[reservation.id] = reservation
        self._forgotten.discard(reservation.id)
        await self._kept.put(RESERVATIONS, {str(reservation.id): text})
        self._wake.set()
        self._tell(before)

    async def end(self, reservation_id: int) -> bool:
        """End a reservation; whether there was one."""
        reservation = self._all.pop(reservation_id, None)
        if reservation is None:
            return False
        await self._kept.put(RESERVATIONS, {str(reservation_id): None})
        self._tell(reservation)
        return True

    async def spend(self, used: Reservation | None) -> None:
        """End a reservation that a transaction has used; see `used_by`."""
        if used is not None:
            await self.end(used.id)

    def announce(self, reservation: Reservation) -> None:
        """Have the CSMS told of what is reserved now."""
        self._tell(reservation)

    def holds(self, evse: int, connector: int) -> bool:
        """Whether a connector is reserved."""
        held = self._of(evse)
        return held is not None and held.connector in {None, connector}

    def permits(self, evse: int, authorization: Authorization) -> bool:
        """Whether a driver may charge, as far as reservations of others go."""
        return not self._in_the_way(evse, authorization.token, authorization.group_id)

    def may_permit(self, evse: int, token: IdToken) -> bool:
        """Whether a driver may charge, or may turn out to: their group is not known yet."""
        return not self._in_the_way(evse, token) or self.depends_on_group(evse, token)

    def depends_on_group(self, evse: int, token: IdToken) -> bool:
        """Whether only the group of a token tells if its driver may charge."""
        return any(each.group_id is not None for each in self._in_the_way(evse, token))

    def meant_for(self, evse: int, token: IdToken, group_id: str | None = None) -> bool:
        """Whether an EVSE is reserved for a token, or for a group."""
        held = self._of(evse)
        return held is not None and held.is_for(token, group_id)

    def used_by(
        self, record: TransactionRecord, authorization: Authorization | None
    ) -> Reservation | None:
        """The reservation that a record of a transaction ends.

        Args:
            record: what happened.
            authorization: who may charge there.
        """
        permitted = record.kind is RecordKind.STARTED or record.token is not None
        if authorization is None or not permitted or record.kind is RecordKind.ENDED:
            return None
        held = self._of(record.evse)
        anywhere = sorted(self._anywhere(), key=lambda each: each.expires)
        candidates = [held, *anywhere] if held else anywhere
        token, group_id = authorization.token, authorization.group_id
        return next((each for each in candidates if each.is_for(token, group_id)), None)

    def note(self, evse: int) -> None:  # noqa: ARG002  # there are few
        """End what cannot be kept: it is faulted or unavailable by now (1.6 §5.13)."""
        if self._site.awaits_reset:  # it outlasts that (B11.FR.05)
            return
        broken = {Obstacle.FAULTED, Obstacle.UNAVAILABLE}

        def gone(number: int, connector: int | None) -> bool:
            lasting = not self._site.resets(number)
            return lasting and self._why_not(number, connector) in broken

        nowhere = all(gone(number, None) for number in self._evses)
        for reservation in list(self._all.values()):
            place = reservation.evse
            if nowhere or (place is not None and gone(place, reservation.connector)):
                del self._all[reservation.id]
                self._forgotten.add(reservation.id)
                self._wake.set()

    async def run(self) -> None:
        """End what is over, for ever."""
        await self._end_what_was_used()
        while True:
            while self._forgotten:
                gone = min(self._forgotten)
                await self._kept.put(RESERVATIONS, {str(gone): None})
                self._forgotten.discard(gone)
            now = self._site.now()
            for reservation in list(self._all.values()):
                if reservation.expires <= now:
                    await self.end(reservation.id)
            left = [(each.expires - now).total_seconds() for each in self._all.values()]
            await pause(min([*left, _LONGEST]), self._wake, sleep=self._site.environment.sleep)

    async def _end_what_was_used(self) -> None:
        """A power cut came between a transaction's first record and the reservation's end."""
        for number, evse in self._evses.items():
            authorization, transaction = evse.authorization, evse.transaction
            if transaction is None or authorization is None:
                continue
            named = transaction.reservation_id  # perhaps of no EVSE in particular
            held = self._of(number) if named is None else self._all.get(named)
            if held is None:
                continue
            if held.is_for(authorization.token, authorization.group_id):
                await self.end(held.id)

    def _tell(self, reservation: Reservation | None) -> None:
        if reservation is not None and reservation.evse is not None:
            self._site.changed(reservation.evse)

    def _of(self, evse: int) -> Reservation | None:
        return next((each for each in self._all.values() if each.evse == evse), None)

    def _anywhere(self) -> list[Reservation]:
        return [each for each in self._all.values() if each.evse is None]

    def _in_the_way(
        self, evse: int, token: IdToken, group_id: str | None = None
    ) -> list[Reservation]:
        """The reservations because of which a driver may not charge."""
        held = self._of(evse)
        if held is not None:
            return [] if held.is_for(token, group_id) else [held]
        anywhere = self._anywhere()
        if any(each.is_for(token, group_id) for each in anywhere):
            return []
        left = [
            number
            for number in self._evses
            if number != evse and self._of(number) is None and self._free(number)
        ]
        return anywhere if len(left) < len(anywhere) else []

    def _free(self, evse: int) -> bool:
        return self._why_not(evse, None) is None

    def _why_not(self, evse: int, connector: int | None) -> Obstacle | None:
        """Why an EVSE, or a connector of it, is not free, reservations apart."""
        place = self._evses[evse]
        wanted = place.connectors.values() if connector is None else [place.connectors[connector]]
        operative = self._site.operative
        statuses = {
            connector_status(place, each, operative=operative, reserved=False) for each in wanted
        }
        broken = {ConnectorStatus.FAULTED, ConnectorStatus.UNAVAILABLE}
        if statuses <= broken:
            faulted = ConnectorStatus.FAULTED in statuses
            return Obstacle.FAULTED if faulted else Obstacle.UNAVAILABLE
        held = any(each.held_for is not None for each in place.connectors.values())
        used = place.in_use is not None or place.finishing or held
        return Obstacle.OCCUPIED if used else None

    def _why_none_is_free(self, others: list[Reservation]) -> Obstacle:
        reserved = {each.evse for each in others}
        why = [
            Obstacle.OCCUPIED if number in reserved else self._why_not(number, None)
            for number in self._evses
        ]
        if Obstacle.OCCUPIED in why or None in why:
            return Obstacle.OCCUPIED
        return Obstacle.FAULTED if Obstacle.FAULTED in why else Obstacle.UNAVAILABLE
