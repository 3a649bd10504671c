"""A station as one object of JSON, and the statuses of its connectors in no version's words."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from ocppkit.station.core import StationCore
from ocppkit.station.evse import Connector, Evse
from ocppkit.station.hardware import MeterReading
from ocppkit.station.transaction import ChargingState, Transaction

__all__ = ["ConnectorStatus", "connector_status", "station_view", "transaction_view"]


class ConnectorStatus(StrEnum):
    """How a connector is; 1.6's words, as they tell more apart than 2.0.1's."""

    AVAILABLE = "Available"
    PREPARING = "Preparing"
    CHARGING = "Charging"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    FINISHING = "Finishing"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


_WHILE_CHARGING = {
    ChargingState.CHARGING: ConnectorStatus.CHARGING,
    ChargingState.SUSPENDED_EV: ConnectorStatus.SUSPENDED_EV,
    ChargingState.SUSPENDED_EVSE: ConnectorStatus.SUSPENDED_EVSE,
}


def connector_status(core: StationCore, evse: Evse, connector: Connector) -> ConnectorStatus:
    """How a connector is."""
    if connector.fault is not None:
        return ConnectorStatus.FAULTED
    used = evse.in_use == connector.id
    if used and evse.transaction is not None:
        return _WHILE_CHARGING.get(evse.state, ConnectorStatus.PREPARING)
    if used and evse.finishing:
        return ConnectorStatus.FINISHING
    if not (core.operative and evse.operative and connector.operative):
        return ConnectorStatus.UNAVAILABLE
    return ConnectorStatus.PREPARING if used else ConnectorStatus.AVAILABLE


def transaction_view(evse: Evse, transaction: Transaction) -> dict[str, Any]:
    """A transaction."""
    return {
        "id": transaction.id,
        "evse": evse.id,
        "connector": transaction.connector,
        "state": evse.state,
        "token": None if transaction.token is None else transaction.token.value,
        "type": None if transaction.token is None else transaction.token.kind,
    }


async def station_view(core: StationCore) -> dict[str, Any]:
    """Everything that the station knows of itself."""
    config, description = core.config, core.hardware.description
    return {
        "identity": config.identity,
        "csms_url": core.keeper.plan.profile.url,
        "version": core.dialect.version,
        "connected": core.link.session is not None,
        "online": core.online,
        "registration": core.link.registration,
        "operative": core.operative,
        "vendor": description.vendor,
        "model": description.model,
        "serial_number": description.serial_number,
        "firmware_version": description.firmware_version,
        "evses": [
            _evse_view(core, evse, await core.hardware.meter(evse.id))
            for evse in core.evses.values()
        ],
        "transactions": [
            transaction_view(evse, evse.transaction)
            for evse in core.evses.values()
            if evse.transaction is not None
        ],
        "queue": {"empty": not await core.delivery.holds(None)},
        "limits": [
            {"evse": number, "power_w": each.max_power_w}
            for number, each in enumerate(description.evses, start=1)
        ],
    }


def _evse_view(core: StationCore, evse: Evse, reading: MeterReading | None) -> dict[str, Any]:
    return {
        "evse": evse.id,
        "state": evse.state,
        "operative": evse.operative,
        "authorized": evse.authorization is not None,
        "transaction": None if evse.transaction is None else evse.transaction.id,
        "meter": {
            "energy_wh": None if reading is None else reading.energy_wh,
            "power_w": None if reading is None else reading.power_w,
        },
        "connectors": [
            {
                "connector": each.id,
                "status": connector_status(core, evse, each),
                "plugged": each.plugged,
                "operative": each.operative,
                "fault": None if each.fault is None else each.fault.kind,
            }
            for each in evse.connectors.values()
        ],
    }
