"""What limits depend on besides the profiles, in the numbers and names of the spoken version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from ocppkit.smart_charging.layers import Conditions
from ocppkit.smart_charging.model import Installed, Purpose, Transaction
from ocppkit.station.charging_conditions import Grid
from ocppkit.station.evse import Evse
from ocppkit.station.link import Link
from ocppkit.station.settings.behaviour import SmartCharging
from ocppkit.station.transaction import Policy

if TYPE_CHECKING:
    from ocppkit.smart_charging.validation import StationView

__all__ = ["Names", "Situation"]


class Names(Protocol):
    """What the spoken version has to say: `ocppkit.station.dialect.Dialect`."""

    @property
    def policy(self) -> Policy:
        """What its configuration says."""
        ...

    def place(self, evse: int, connector: int | None) -> int:
        """The number under which charging profiles know an EVSE; its connector's in 1.6."""
        ...

    def transaction_name(self, transaction_id: str) -> str | None:
        """What the CSMS calls a transaction; None while it does not know it."""
        ...


class Situation:
    """The station as it is now, in the words of charging profiles."""

    def __init__(
        self,
        *,
        evses: Mapping[int, Evse],
        link: Link,
        grid: Grid,
        settings: SmartCharging,
        names: Callable[[], Names],
        phases: Mapping[int, int],
    ) -> None:
        """Describe a station.

        Args:
            evses: by their number.
            link: knows the CSMS's time of day, and whether it is there.
            grid: what the station hangs on.
            settings: which profiles are taken, and when they count.
            names: of the version that is spoken now.
            phases: EVSE → how many it is fed with; 0 for DC.
        """
        self._evses = evses
        self._phases = phases
        self._link = link
        self._grid = grid
        self._settings = settings
        self._names = names

    def place(self, evse: Evse) -> int:
        """Where the profiles of an EVSE are: the EVSE, or in 1.6 the connector that is used."""
        return self._names().place(evse.id, evse.in_use)

    @property
    def transactions(self) -> list[Transaction]:
        """Those that go on, as profiles know them."""
        return [
            Transaction(
                evse=self.place(evse),
                id=self._names().transaction_name(evse.transaction.id),
                start=evse.ready_since or self._link.now(),
            )
            for evse in self._evses.values()
            if evse.transaction is not None
        ]

    def conditions(self) -> Conditions:
        """What limits depend on now besides the profiles."""
        placed = {self.place(evse): evse for evse in self._evses.values()}
        transactions = self.transactions
        going_on = {each.evse for each in transactions}
        transactions += [  # ready without a transaction: relative schedules count from then
            Transaction(evse=place, id=None, start=evse.ready_since)
            for place, evse in placed.items()
            if place not in going_on and evse.ready_since is not None
        ]
        ignored: frozenset[Purpose] = frozenset()
        if not self._settings.enabled:
            ignored = frozenset(Purpose)
        elif not self._link.online:  # (K06, K07; 1.6 §3.13.6)
            ignored = self._names().policy.ignored_offline
        return Conditions(
            evses=tuple(placed),
            transactions=transactions,
            station_a=self._grid.max_current_a,
            station_w=self._grid.max_power_w,
            ignored=ignored,
        )

    def evse_at(self, place: int) -> Evse | None:
        """The EVSE, or that of a connector in 1.6; None where there is none, as for 0."""
        names = self._names()
        for evse in self._evses.values():
            if place in {names.place(evse.id, connector) for connector in evse.connectors}:
                return evse
        return None

    def view(self, installed: Sequence[Installed]) -> StationView:
        """What a new profile is checked against."""
        from ocppkit.smart_charging.validation import (  # noqa: PLC0415  # not for charging alone
            EvseFacts,
            Limits,
            StationView,
        )

        settings, names = self._settings, self._names()
        facts = {}
        for evse in self._evses.values():
            phases = self._phases[evse.id]
            for connector in evse.connectors:
                facts[names.place(evse.id, connector)] = EvseFacts(
                    dc=phases == 0,
                    phases=phases,
                    fewest_phases=1 if settings.phases_3_to_1 else phases,
                    phase_switching=settings.phase_switching,
                )
        return StationView(
            evses=facts,
            installed=installed,
            transactions=self.transactions,
            limits=Limits(
                max_stack_level=settings.max_stack_level,
                max_periods=settings.max_periods,
                max_profiles=settings.max_profiles,
                units=settings.units,
            ),
        )

    def transaction_at(self, place: int) -> str | None:
        """The station's own id of the transaction in a place."""
        for evse in self._evses.values():
            if evse.transaction is not None and self.place(evse) == place:
                return evse.transaction.id
        return None
