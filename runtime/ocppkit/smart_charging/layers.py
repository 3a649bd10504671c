"""Which profiles hold for whom, and how their purposes come together (K §3.5, 1.6 §3.13)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import cached_property

from attrs import field, frozen

from ocppkit.smart_charging.cap import NO_CAP, fixed_cap
from ocppkit.smart_charging.model import Purpose, Transaction, same_transaction
from ocppkit.smart_charging.prepared import Prepared, PreparedProfile, epoch
from ocppkit.smart_charging.track import Choice, Track, stack, sweep

__all__ = ["CEILINGS", "Conditions", "Layers"]

CEILINGS = (Purpose.STATION_MAX, Purpose.EXTERNAL_CONSTRAINTS)
"""The purposes that limit the station as a whole."""


@frozen(kw_only=True)
class Conditions:
    """What limits depend on besides the profiles.

    Attributes:
        evses: the station's EVSEs, from 1; connectors in 1.6.
        transactions: those that go on, at most one for each EVSE.
        default_a: what an EVSE may draw that nothing limits, in A on each phase; None for no limit.
        default_w: the same in W.
        station_a: what the station's connection bears, in A on each phase (K04.FR.02).
        station_w: the same in W.
        simulate: treat every EVSE as if a transaction began at the start of the window.
        ignored: purposes that do not count now, as some may while offline.
        selected: EVSE → the id of the schedule that its EV chose (K15).
    """

    evses: Sequence[int] = (1,)
    transactions: Sequence[Transaction] = ()
    default_a: Decimal | None = None
    default_w: Decimal | None = None
    station_a: Decimal | None = None
    station_w: Decimal | None = None
    simulate: bool = False
    ignored: Collection[Purpose] = frozenset()
    selected: Mapping[int, int] = field(factory=dict)

    def transaction(self, evse: int) -> Transaction | None:
        """The transaction that goes on at an EVSE."""
        return next((each for each in self.transactions if each.evse == evse), None)


class Layers:
    """The tracks of caps that the profiles give over a window."""

    def __init__(
        self,
        prepared: Prepared,
        conditions: Conditions,
        *,
        session: int,
        variant: int | None = None,
    ) -> None:
        """Say what is asked.

        Args:
            prepared: the profiles.
            conditions: all else.
            session: when a transaction begins where none goes on, in epoch s (K08.FR.06).
            variant: the number of the schedule to go by of those that a profile lets the EV choose
                from; None for the one that it chose, or all.
        """
        prepared.caps.trim()
        self.prepared = prepared
        self.conditions = conditions
        self._session = session
        self._variant = variant

    def session(self, evse: int) -> int:
        """What relative schedules of an EVSE count from, in epoch s."""
        transaction = self.conditions.transaction(evse)
        if transaction is None or self.conditions.simulate:
            return self._session
        return epoch(transaction.start)

    def transactional(self, evse: int) -> list[PreparedProfile]:
        """The profiles of the EVSE's transaction, those that decide first in front.

        A TxProfile goes before a TxDefaultProfile; of those the higher stack level, and of equal
        ones the EVSE's own before the one for all (1.6 §3.13.1).
        """
        own = [each for each in self.profiles(Purpose.TX, evse) if self.concerns(each, evse)]
        default, of_all = (
            self.profiles(Purpose.TX_DEFAULT, evse),
            self.profiles(Purpose.TX_DEFAULT, 0),
        )
        if default and of_all:
            default = sorted(
                [*default, *of_all], key=lambda ready: -ready.installed.profile.stack_level
            )
        return [*own, *(default or of_all)]

    def concerns(self, profile: PreparedProfile, evse: int) -> bool:
        """Whether a TxProfile is for the transaction that goes on, or is taken to."""
        transaction_id = profile.installed.profile.transaction_id
        transaction = self.conditions.transaction(evse)
        if transaction is None:
            return self.conditions.simulate
        return transaction_id is None or same_transaction(transaction_id, transaction.id)

    def profiles(self, purpose: Purpose, evse: int) -> list[PreparedProfile]:
        """The profiles of a purpose in a place that count now, the one that decides first ahead."""
        if purpose in self.conditions.ignored:
            return []
        return self.prepared.profiles.get((purpose, evse), [])

    def choices(self, profiles: Sequence[PreparedProfile], evse: int) -> list[Choice]:
        """The ways to choose of the schedules of each profile: the EV goes by one of them.

        The first schedules hold together, the second ones, and the third ones (K15.FR.22).
        """
        session = self.session(evse)
        if self._variant is not None:
            return [Choice(session, self._variant)]
        selected = self.conditions.selected.get(evse)
        if selected is not None:
            for profile in profiles:
                for variant, table in enumerate(profile.tables):
                    if table.id == selected:
                        return [Choice(session, variant)]
        most = max((len(each.tables) for each in profiles), default=1)
        return [Choice(session, variant) for variant in range(most)]

    def own(self, evse: int, start: int, end: int) -> Track:
        """What limits an EVSE by itself: its transaction's profiles and its own constraints."""
        track = self._lowest(self.transactional(evse), evse, start, end)
        constraints = self.profiles(Purpose.EXTERNAL_CONSTRAINTS, evse)
        return self._below(track, constraints, evse, start, end)

    def station(self, start: int, end: int) -> Track:
        """What limits the station as a whole."""
        track: Track = ([start], [self.connection])
        for purpose in CEILINGS:
            track = self._below(track, self.profiles(purpose, 0), 0, start, end)
        return track

    def evse(self, evse: int, start: int, end: int) -> Track:
        """What limits an EVSE in all, were it the only one that draws."""
        own, station = self.own(evse, start, end), self.station(start, end)
        return self._both(own, station)

    @cached_property
    def connection(self) -> int:
        """The number of the cap of the station's connection."""
        watts, amperes = self.conditions.station_w, self.conditions.station_a
        if watts is None and amperes is None:
            return NO_CAP
        caps = self.prepared.caps
        return caps.number(fixed_cap(caps.supply, amperes, watts))

    def _lowest(
        self, profiles: Sequence[PreparedProfile], evse: int, start: int, end: int
    ) -> Track:
        """Until the EV has chosen, it may have chosen any schedule: the lowest holds."""
        first, *others = self.choices(profiles, evse)
        track = stack(profiles, first, start, end)
        for choice in others:
            track = self._both(track, stack(profiles, choice, start, end))
        return track

    def _below(
        self, track: Track, profiles: list[PreparedProfile], evse: int, start: int, end: int
    ) -> Track:
        if not profiles:
            return track
        return self._both(track, self._lowest(profiles, evse, start, end))

    def _both(self, one: Track, other: Track) -> Track:
        for track, rest in ((one, other), (other, one)):
            if track[1] == [NO_CAP]:
                return rest
        return sweep(one, other, self.prepared.caps.lowest)
