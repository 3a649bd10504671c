"""The status of connectors, EVSEs and the station, as 2.0.1 has it (G01)."""

from __future__ import annotations

from ocppkit.station.connector import preventing
from ocppkit.station.core import StationCore
from ocppkit.station.evse import Evse
from ocppkit.v201 import ConnectorStatusEnumType

__all__ = ["connector_status", "evse_status", "station_status", "statuses"]


def connector_status(core: StationCore, evse: Evse, number: int) -> ConnectorStatusEnumType:
    """How a connector is; out of use only once nobody uses it any more (G01.FR.05)."""
    connector = evse.connectors[number]
    if connector.fault is not None:
        return ConnectorStatusEnumType.FAULTED
    deserted = evse.deserted and evse.in_use == number  # its cable is still there (E10)
    occupied = connector.plugged or connector.held or deserted
    used = connector.held or (occupied and (evse.transaction is not None or evse.finishing))
    if not used and not (core.operative and evse.operative and connector.operative):
        return ConnectorStatusEnumType.UNAVAILABLE
    return ConnectorStatusEnumType.OCCUPIED if occupied else ConnectorStatusEnumType.AVAILABLE


def evse_status(core: StationCore, evse: Evse) -> ConnectorStatusEnumType:
    """How an EVSE is: as its connector that is used, or else the best of them."""
    states = {connector_status(core, evse, number) for number in evse.connectors}
    return next(each for each in _ORDER if each in states)


def station_status(core: StationCore) -> ConnectorStatusEnumType:
    """How the station itself is."""
    if preventing(core.faults) is not None:
        return ConnectorStatusEnumType.FAULTED
    if core.operative:
        return ConnectorStatusEnumType.AVAILABLE
    return ConnectorStatusEnumType.UNAVAILABLE


def statuses(core: StationCore) -> dict[tuple[int, int], ConnectorStatusEnumType]:
    """How all connectors are, by EVSE and connector."""
    return {
        (evse.id, number): connector_status(core, evse, number)
        for evse in core.evses.values()
        for number in evse.connectors
    }


_ORDER = (
    ConnectorStatusEnumType.OCCUPIED,
    ConnectorStatusEnumType.AVAILABLE,
    ConnectorStatusEnumType.UNAVAILABLE,
    ConnectorStatusEnumType.FAULTED,
)
