"""The connectors of an EVSE."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define

from ocppkit.station.hardware import Fault, FaultKind
from ocppkit.station.id_token import IdToken

__all__ = ["Connector", "affected", "connector_at", "usable_among"]


@define(kw_only=True)
class Connector:
    """A connector as it is.

    Attributes:
        id: from 1.
        plugged: whether a cable connects it with an EV.
        operative: whether the CSMS lets it be used.
        fault: what keeps it from being used.
        lock_failed: whether that is its own lock, which gets another chance with the next cable.
        held_for: whose cable stays locked in it until this token is presented.
    """

    id: int
    plugged: bool = False
    operative: bool = True
    fault: Fault | None = None
    lock_failed: bool = False
    held_for: IdToken | None = None

    @property
    def usable(self) -> bool:
        """Whether nothing of its own keeps it from being used."""
        return self.operative and self.fault is None

    @property
    def held(self) -> bool:
        """Whether a cable is held in it that no EV is connected to any more."""
        return self.held_for is not None and not self.plugged

    @property
    def lock_problem(self) -> bool:
        """Whether its lock does not obey (G05)."""
        return self.fault is not None and self.fault.kind is FaultKind.CONNECTOR_LOCK_FAILURE

    def fails(self, fault: Fault | None, *, lock: bool = False) -> None:
        """Take note of what is wrong; None for nothing any more.

        Args:
            fault: what.
            lock: whether it is the lock, which we found out ourselves.
        """
        self.fault, self.lock_failed = fault, lock

    def forget_lock(self) -> None:
        """Give the lock another chance."""
        if self.lock_failed:
            self.fails(None)


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
