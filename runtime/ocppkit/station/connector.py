"""The connectors of an EVSE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import Factory, define

from ocppkit.station.hardware import Fault, FaultKind
from ocppkit.station.id_token import IdToken, same_group
from ocppkit.station.transaction import Authorization

__all__ = [
    "Connector",
    "affected",
    "connector_at",
    "next_in_line",
    "preventing",
    "usable_among",
]


_WARNINGS: Final = frozenset({FaultKind.EV_COMMUNICATION_ERROR})
"""What is told, but keeps nobody from charging (1.6 §4.9, §7.6)."""


@define(kw_only=True)
class Connector:
    """A connector as it is.

    Attributes:
        id: from 1.
        plugged: whether a cable connects it with an EV.
        operative: whether the CSMS lets it be used.
        faults: what is wrong with it, one of each kind, in the order in which it came.
        station_faults: the same of the station that it belongs to; not to be changed here.
        lock_failed: whether its own lock failed, which gets another chance with the next cable.
        cable_max_current_a: what the cable that is plugged can carry, in A, where that is known.
        held_for: whose cable stays locked in it until their token, or one of their group, is
            presented.
    """

    id: int
    plugged: bool = False
    operative: bool = True
    faults: list[Fault] = Factory(list)
    station_faults: Sequence[Fault] = ()
    lock_failed: bool = False
    cable_max_current_a: int | None = None
    held_for: Authorization | None = None

    @property
    def fault(self) -> Fault | None:
        """What keeps it from being used, its own faults before the station's."""
        return preventing(self.faults) or preventing(self.station_faults)

    @property
    def warning(self) -> Fault | None:
        """What is wrong with it and does not keep it from being used."""
        return next((each for each in self.faults if each.kind in _WARNINGS), None)

    @property
    def usable(self) -> bool:
        """Whether nothing of its own keeps it from being used."""
        return self.operative and self.fault is None

    @property
    def held(self) -> bool:
        """Whether a cable is held in it that no EV is connected to any more."""
        return self.held_for is not None and not self.plugged

    def held_for_token(self, token: IdToken) -> bool:
        """Whether its cable is held until this token is presented."""
        return self.held_for is not None and self.held_for.token == token

    def held_for_group(self, group_id: str | None) -> bool:
        """Whether any token of this group frees its cable, too (1.6 errata §3.5)."""
        return self.held_for is not None and same_group(self.held_for.group_id, group_id)

    @property
    def lock_problem(self) -> bool:
        """Whether its lock does not obey (G05)."""
        return any(each.kind is FaultKind.CONNECTOR_LOCK_FAILURE for each in self.faults)

    def fails(self, fault: Fault, *, lock: bool = False) -> None:
        """Take note of what is wrong, besides what is wrong already.

        Args:
            fault: what; it takes the place of one of its kind.
            lock: whether it is the lock, which we found out ourselves.
        """
        self.recovers(fault.kind)
        self.faults.append(fault)
        if fault.kind is FaultKind.CONNECTOR_LOCK_FAILURE:
            self.lock_failed = lock

    def recovers(self, kind: FaultKind | None = None) -> None:
        """Take note that something is right again; all for None."""
        self.faults = [each for each in self.faults if kind not in {None, each.kind}]
        if not self.lock_problem:
            self.lock_failed = False

    def forget_lock(self) -> None:
        """Give the lock another chance."""
        if self.lock_failed:
            self.recovers(FaultKind.CONNECTOR_LOCK_FAILURE)


def preventing(faults: Sequence[Fault]) -> Fault | None:
    """Of faults the one that came last and keeps from charging."""
    return next((each for each in reversed(faults) if each.kind not in _WARNINGS), None)


def connector_at(connectors: Mapping[int, Connector], number: int) -> Connector:
    """The connector of a number.

    Raises:
        ValueError: there is none.
    """
    if number not in connectors:
        msg = f"the EVSE has connectors 1 to {len(connectors)}, not {number!r}"
        raise ValueError(msg)
    return connectors[number]


def affected(connectors: Mapping[int, Connector], number: int | None) -> list[Connector]:
    """The connector of a number, or all for None; raises ValueError where there is none."""
    return list(connectors.values()) if number is None else [connector_at(connectors, number)]


def usable_among(connectors: Mapping[int, Connector], number: int | None) -> int | None:
    """The first connector, or that of a number, that nothing of its own keeps from being used."""
    found = (each.id for each in affected(connectors, number) if each.usable)
    return next(found, None)


def next_in_line(connectors: Mapping[int, Connector]) -> int | None:
    """The connector whose EV is served next: of those plugged in, first one that can be used."""
    plugged = [each for each in connectors.values() if each.plugged]
    best = min(plugged, key=lambda each: not each.usable, default=None)
    return None if best is None else best.id
