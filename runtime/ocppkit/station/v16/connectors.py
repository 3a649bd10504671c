"""Connectors as 1.6 counts them, and the status of each (1.6 §3.8, §4.9)."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from ocppkit.station.core import StationCore
from ocppkit.station.evse import Evse
from ocppkit.station.hardware import Fault
from ocppkit.station.transaction import ChargingState
from ocppkit.v16 import ChargePointErrorCode, ChargePointStatus

__all__ = ["Condition", "Connectors"]


@frozen(kw_only=True)
class Condition:
    """What a StatusNotification tells of a connector."""

    status: ChargePointStatus
    fault: Fault | None = None

    @property
    def error_code(self) -> ChargePointErrorCode:
        """The fault in 1.6's words, which are also ours."""
        if self.fault is None:
            return ChargePointErrorCode.NO_ERROR
        return ChargePointErrorCode(self.fault.kind.value)


_WHILE_CHARGING: Mapping[ChargingState, ChargePointStatus] = {
    ChargingState.CHARGING: ChargePointStatus.CHARGING,
    ChargingState.SUSPENDED_EV: ChargePointStatus.SUSPENDED_EV,
    ChargingState.SUSPENDED_EVSE: ChargePointStatus.SUSPENDED_EVSE,
}


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

    def place(self, number: int) -> tuple[Evse, int]:
        """The EVSE of a connector and its number there; raises KeyError."""
        return self._places[number]

    def number(self, evse: int, connector: int | None) -> int:
        """The number of an EVSE's connector; of its first where none is in use."""
        return self._numbers[evse, connector or 1]

    def conditions(self) -> dict[int, Condition]:
        """How all connectors are now, 0 for the charge point itself."""
        operative = self._core.operative
        whole = ChargePointStatus.AVAILABLE if operative else ChargePointStatus.UNAVAILABLE
        conditions = {0: Condition(status=whole)}
        for number, (evse, connector) in self._places.items():
            conditions[number] = self._condition(evse, connector)
        return conditions

    def _condition(self, evse: Evse, number: int) -> Condition:
        connector = evse.connectors[number]
        if connector.fault is not None:
            return Condition(status=ChargePointStatus.FAULTED, fault=connector.fault)
        used = evse.in_use == number
        if used and evse.transaction is not None:
            status = _WHILE_CHARGING.get(evse.state, ChargePointStatus.PREPARING)
        elif used and evse.finishing:
            status = ChargePointStatus.FINISHING
        elif not (self._core.operative and evse.operative and connector.operative):
            status = ChargePointStatus.UNAVAILABLE
        elif used:
            status = ChargePointStatus.PREPARING
        else:
            status = ChargePointStatus.AVAILABLE
        return Condition(status=status)
