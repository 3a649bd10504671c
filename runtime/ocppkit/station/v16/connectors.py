"""Connectors as 1.6 counts them, and the status of each (1.6 §3.8, §4.9)."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from ocppkit.station.connector import preventing
from ocppkit.station.core import StationCore
from ocppkit.station.evse import Evse
from ocppkit.station.hardware import Fault
from ocppkit.station.status import ConnectorStatus, connector_status
from ocppkit.v16 import ChargePointErrorCode, ChargePointStatus
from ocppkit.value import Value

__all__ = ["Condition", "Connectors"]


_UNPLUGGED: Final = "EV side disconnected"  # (1.6 §4.9)


_WARNING: Final = frozenset(
    {
        ConnectorStatus.PREPARING,
        ConnectorStatus.SUSPENDED_EV,
        ConnectorStatus.SUSPENDED_EVSE,
        ConnectorStatus.FINISHING,
    }
)
"""The only statuses beside which a warning may be told (1.6 §4.9)."""


@frozen(kw_only=True, eq=False, repr=False)
class Condition(Value):
    """What a StatusNotification tells of a connector."""

    status: ChargePointStatus
    fault: Fault | None = None
    remark: str | None = None

    @property
    def error_code(self) -> ChargePointErrorCode:
        """The fault in 1.6's words, which are also ours."""
        if self.fault is None:
            return ChargePointErrorCode.NO_ERROR
        return ChargePointErrorCode(self.fault.kind.value)


class Connectors:
    """The connectors of all EVSEs, numbered through from 1."""

    def __init__(self, core: StationCore) -> None:
        self._core = core
        self._places = dict(
            enumerate(
                (
                    (evse, connector)
                    for evse in core.evses.values()
                    for connector in evse.connectors
                ),
                start=1,
            )
        )
        self._numbers = {
            (evse.id, connector): number for number, (evse, connector) in self._places.items()
        }

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, number: int) -> bool:
        return number in self._places

    @property
    def phases(self) -> list[int]:
        """How many phases each connector is fed with, in their order; 0 for DC."""
        described = self._core.hardware.description.evses
        return [described[evse.id - 1].phases for evse, _ in self._places.values()]

    def place(self, number: int) -> tuple[Evse, int]:
        """The EVSE of a connector and its number there; raises KeyError."""
        return self._places[number]

    def number(self, evse: int, connector: int | None) -> int:
        """The number of an EVSE's connector; of its first where none is in use.

        An EVSE that the station had before an update, and has no more, counts as connector 0.
        """
        return self._numbers.get((evse, connector or 1), 0)

    def conditions(self) -> dict[int, Condition]:
        """How all connectors are now, 0 for the charge point itself."""
        conditions = {0: self._whole()}
        for number, (evse, connector) in self._places.items():
            conditions[number] = self._condition(evse, connector)
        return conditions

    def _whole(self) -> Condition:
        """How the charge point itself is: only three statuses are for connector 0 (1.6 §4.9)."""
        fault = preventing(self._core.faults)
        if fault is not None:
            return Condition(status=ChargePointStatus.FAULTED, fault=fault)
        operative = self._core.operative
        status = ChargePointStatus.AVAILABLE if operative else ChargePointStatus.UNAVAILABLE
        return Condition(status=status)

    def _condition(self, evse: Evse, number: int) -> Condition:
        connector = evse.connectors[number]
        status = connector_status(
            evse,
            connector,
            operative=self._core.operative,
            reserved=self._core.reservations.holds(evse.id, number),
        )
        deserted = evse.deserted and evse.in_use == number
        return Condition(
            status=ChargePointStatus(status.value),
            fault=connector.fault or (connector.warning if status in _WARNING else None),
            remark=_UNPLUGGED if connector.held or deserted else None,
        )
