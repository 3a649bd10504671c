"""The variables of availability: states, heartbeats, and when statuses are told (2.0.1 §2.13)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from ocppkit.station.core import StationCore
from ocppkit.station.evse import Evse
from ocppkit.station.transaction import Policy
from ocppkit.station.v201.connectors import connector_status, evse_status, station_status
from ocppkit.station.v201.variable_rows import number
from ocppkit.station.v201.variables import Variable
from ocppkit.v201 import ConnectorStatusEnumType

__all__ = ["availability_variables"]

_STATES: Final = tuple(state.value for state in ConnectorStatusEnumType)


def availability_variables(
    core: StationCore, policy: Policy, *, restate: Callable[[], None]
) -> list[Variable]:
    """Those of the station and all its parts.

    Args:
        core: the station.
        policy: what they change.
        restate: called when statuses have to last otherwise.
    """
    state = partial(Variable, name="AvailabilityState", values=_STATES, summary=True)
    rows = [
        number(
            "OCPPCommCtrlr",
            "HeartbeatInterval",
            policy,
            "heartbeat_interval",
            minimum=1,
            then=core.hurry.set,
        ),
        number("OCPPCommCtrlr", "OfflineThreshold", policy, "offline_threshold"),
        number(
            "ChargingStation",
            "MinimumStatusDuration",
            policy,
            "minimum_status_duration",
            then=restate,
        ),
        state(component="ChargingStation", get=lambda: station_status(core).value),
    ]
    for evse in core.evses.values():
        rows.append(state(component="EVSE", evse=evse.id, get=partial(evse_status, core, evse)))
        for connector in evse.connectors:
            get = partial(connector_status, core, evse, connector)
            rows.append(state(component="Connector", evse=evse.id, connector=connector, get=get))
            rows += _lock(core, evse, connector)
    return rows


def _lock(core: StationCore, evse: Evse, connector: int) -> list[Variable]:
    """The lock of a connector, where it has one (G05)."""
    if not core.hardware.locks(evse.id, connector):
        return []
    return [
        Variable(
            component="ConnectorPlugRetentionLock",
            name="Problem",
            evse=evse.id,
            connector=connector,
            get=lambda: str(evse.connectors[connector].lock_problem).lower(),
        )
    ]
