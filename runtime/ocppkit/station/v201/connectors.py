"""The status of connectors, EVSEs and the station, as 2.0.1 has it (G01)."""

from __future__ import annotations

from ocppkit.station.connector import preventing
from ocppkit.station.core import StationCore
from ocppkit.station.evse import Evse
from ocppkit.v201 import ConnectorStatusEnumType

__all__ = ["connector_status", "evse_status", "station_status", "statuses"]


def connector_status(core: StationCore, evse: Evse, number: int) -> ConnectorStatusEnumType:
    """How a connector is.

    What is out of use is so once no transaction is under way there any more, its cable or not
    (G03.FR.05, G04.FR.06). A station that is faulted makes connectors unavailable that are not
    faulted themselves (G04.FR.07).
    """
    connector = evse.connectors[number]
    if preventing(connector.faults) is not None:
        return ConnectorStatusEnumType.FAULTED
    if preventing(core.faults) is not None or not _in_use_or_operative(core, evse, number):
        return ConnectorStatusEnumType.UNAVAILABLE
    charging = evse.authorization is not None  # a driver who has stopped has taken the cable along
    deserted = evse.deserted and evse.in_use == number and charging
    if deserted and core.hardware.tethered(evse.id, number):  # else its cable is still there (E10)
        deserted = False
    occupied = connector.plugged or connector.held or deserted
    taken = occupied and evse.authorization is not None
    if core.reservations.holds(evse.id, number) and not taken:  # (G01.FR.06, G01.FR.09)
        return ConnectorStatusEnumType.RESERVED
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
    ConnectorStatusEnumType.RESERVED,
    ConnectorStatusEnumType.AVAILABLE,
    ConnectorStatusEnumType.UNAVAILABLE,
    ConnectorStatusEnumType.FAULTED,
)


def _in_use_or_operative(core: StationCore, evse: Evse, number: int) -> bool:
    """Whether a connector may be used, or what puts it out of use has to wait."""
    under_way = evse.transaction is not None
    if not evse.connectors[number].operative:
        return under_way and evse.in_use == number
    return under_way or (core.operative and evse.operative and not core.withholds(evse.id))
