"""A station as one object of JSON."""

from __future__ import annotations

from typing import Any

from ocppkit.station.core import StationCore
from ocppkit.station.evse import Evse
from ocppkit.station.hardware import MeterReading
from ocppkit.station.status import connector_status
from ocppkit.station.transaction import Transaction

__all__ = ["station_view", "transaction_view"]


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
                "status": connector_status(evse, each, operative=core.operative),
                "plugged": each.plugged,
                "operative": each.operative,
                "fault": None if each.fault is None else each.fault.kind,
            }
            for each in evse.connectors.values()
        ],
    }
