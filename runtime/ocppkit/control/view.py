"""A station as one object of JSON."""

from __future__ import annotations

from typing import Any

from ocppkit.message import Version
from ocppkit.station.connector import preventing
from ocppkit.station.core import StationCore
from ocppkit.station.evse import Evse
from ocppkit.station.hardware import MeterReading
from ocppkit.station.status import ConnectorStatus, connector_status
from ocppkit.station.transaction import Transaction

__all__ = ["connector_statuses", "station_status", "station_view", "transaction_view"]


def connector_statuses(core: StationCore, evse: Evse) -> dict[int, ConnectorStatus]:
    """How the connectors of an EVSE are, by their number."""
    return {
        number: connector_status(
            evse,
            connector,
            operative=core.operative,
            reserved=core.reservations.holds(evse.id, number),
        )
        for number, connector in evse.connectors.items()
    }


def station_status(core: StationCore) -> ConnectorStatus:
    """How the station itself is: what 1.6 calls connector 0."""
    if preventing(core.faults) is not None:
        return ConnectorStatus.FAULTED
    return ConnectorStatus.AVAILABLE if core.operative else ConnectorStatus.UNAVAILABLE


def transaction_view(core: StationCore, evse: Evse, transaction: Transaction) -> dict[str, Any]:
    """A transaction."""
    return {
        "id": transaction.id,
        "csms_transaction_id": _csms_transaction_id(core, transaction),
        "evse": evse.id,
        "connector": transaction.connector,
        "state": evse.state,
        "token": None if transaction.token is None else transaction.token.value,
        "type": None if transaction.token is None else transaction.token.kind,
    }


def _csms_transaction_id(core: StationCore, transaction: Transaction) -> int | str | None:
    """What the CSMS calls a transaction: the number that it gave in 1.6, our id in 2.0.1."""
    if core.dialect.version is Version.V16:
        return core.delivery.numbers.get(transaction.id)
    return core.dialect.transaction_name(transaction.id)


async def station_view(core: StationCore) -> dict[str, Any]:
    """Everything that the station knows of itself."""
    config, description = core.config, core.hardware.description
    fault = preventing(core.faults)
    return {
        "identity": config.identity,
        "csms_url": core.keeper.plan.profile.url,
        "version": core.dialect.version,
        "connected": core.link.session is not None,
        "online": core.online,
        "registration": core.link.registration,
        "operative": core.operative,
        "status": station_status(core),
        "fault": None if fault is None else fault.kind,
        "vendor": description.vendor,
        "model": description.model,
        "serial_number": description.serial_number,
        "firmware_version": description.firmware_version,
        "evses": [
            _evse_view(core, evse, await core.hardware.meter(evse.id))
            for evse in core.evses.values()
        ],
        "transactions": [
            transaction_view(core, evse, evse.transaction)
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
    statuses = connector_statuses(core, evse)
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
                "status": statuses[each.id],
                "plugged": each.plugged,
                "operative": each.operative,
                "fault": None if each.fault is None else each.fault.kind,
            }
            for each in evse.connectors.values()
        ],
    }
