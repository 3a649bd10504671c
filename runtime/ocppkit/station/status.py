"""How a connector is, in no version's words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from ocppkit.station.connector import Connector
from ocppkit.station.evse import Evse
from ocppkit.station.transaction import ChargingState, Transaction

__all__ = ["ConnectorStatus", "connector_status"]


class ConnectorStatus(StrEnum):
    """How a connector is; 1.6's words, as they tell more apart than 2.0.1's."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


_WHILE_CHARGING: Final[Mapping[ChargingState, ConnectorStatus]] = {
    ChargingState.CHARGING: ConnectorStatus.CHARGING,
    ChargingState.SUSPENDED_EV: ConnectorStatus.SUSPENDED_EV,
    ChargingState.SUSPENDED_EVSE: ConnectorStatus.SUSPENDED_EVSE,
}


def connector_status(
    evse: Evse, connector: Connector, *, operative: bool, reserved: bool
) -> ConnectorStatus:
    """How a connector is; out of use only once nobody uses it any more (1.6 §4.9).

    Args:
        evse: that the connector belongs to.
        connector: which.
        operative: whether the station as a whole may be used.
        reserved: whether it is reserved for somebody, who has not come yet.
    """
    if connector.fault is not None:
        return ConnectorStatus.FAULTED
    used = evse.in_use == connector.id
    if used and evse.transaction is not None:
        return _WHILE_CHARGING.get(evse.state) or _without_energy(evse, evse.transaction)
    if connector.held or (used and evse.finishing):
        return ConnectorStatus.FINISHING
    if not (operative and evse.operative and connector.operative):
        return ConnectorStatus.UNAVAILABLE
    if reserved and evse.authorization is None:
        return ConnectorStatus.RESERVED
    return ConnectorStatus.PREPARING if used else ConnectorStatus.AVAILABLE


def _without_energy(evse: Evse, transaction: Transaction) -> ConnectorStatus:
    """The status during a transaction whose EV has not been offered energy, or is no more."""
    ended = evse.authorization is None and transaction.token is not None
    if ended and transaction.connector is not None:
        return ConnectorStatus.FINISHING
    return ConnectorStatus.SUSPENDED_EV if evse.deserted else ConnectorStatus.PREPARING
