"""The variables of the equipment, and of what is general (2.0.1 Part 2 §2.1, §2.13)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from ocppkit.scalars import format_time
from ocppkit.station.core import StationCore
from ocppkit.station.evse import Evse
from ocppkit.station.file_clients import usable
from ocppkit.station.v201.variable_rows import fixed
from ocppkit.station.v201.variables import Variable

__all__ = ["device_variables", "equipment_variables", "with_enabled"]

_ITEMS: Final = 50  # of a request
_LONGEST_SET, _LONGEST_TOLD = 1000, 2500  # characters: as many as the schemas allow
_REQUESTS: Final = ("GetReport", "GetVariables", "SetVariables")
_ENABLED: Final = "enabled"

_constant = partial(fixed, constant=True)


def device_variables(core: StationCore) -> list[Variable]:
    """Those of how the station talks of itself, of its clock, and of what it talks with."""
    config = core.config
    protocols = tuple(each.value for each in usable(config.transfer.protocols))

    def timeout() -> str:
        profile = core.link.profile
        return f"{(profile and profile.message_timeout) or config.call_timeout:.0f}"

    return [
        *(
            _constant("DeviceDataCtrlr", name, str(most), instance=of, minimum=1, maximum=limit)
            for name, most, limit in (
                ("ItemsPerMessage", _ITEMS, None),
                ("BytesPerMessage", config.max_message_size, config.max_message_size),
            )
            for of in _REQUESTS
        ),
        *(
            _constant("DeviceDataCtrlr", name, str(most), minimum=1, maximum=most)
            for name, most in (
                ("ConfigurationValueSize", _LONGEST_SET),
                ("ReportingValueSize", _LONGEST_TOLD),
            )
        ),
        Variable(component="ClockCtrlr", name="DateTime", get=lambda: format_time(core.now())),
        _time_source(),
        _constant("OCPPCommCtrlr", "FileTransferProtocols", ",".join(protocols), values=protocols),
        Variable(component="OCPPCommCtrlr", name="MessageTimeout", instance="Default", get=timeout),
    ]


def _time_source() -> Variable:
    """Where the time comes from; there is nothing to choose."""
    heartbeat = "Heartbeat"

    def take(text: str) -> None:
        if not text:
            msg = "the time has to come from somewhere"
            raise ValueError(msg)

    return Variable(
        component="ClockCtrlr",
        name="TimeSource",
        get=lambda: heartbeat,
        set=take,
        values=(heartbeat,),
    )


def equipment_variables(core: StationCore) -> list[Variable]:
    """Those of the station as a whole, its EVSEs and their connectors."""
    description = core.hardware.description
    station = "ChargingStation"
    told = {
        "Model": description.model,
        "VendorName": description.vendor,
        "SerialNumber": description.serial_number,
    }
    phases = max(each.phases for each in description.evses)
    rows = [
        *(_constant(station, name, value) for name, value in told.items() if value),
        # Another one after an update, which the process may outlive.
        Variable(
            component=station,
            name="FirmwareVersion",
            get=lambda: core.hardware.description.firmware_version or "",
        ),
        *_condition(
            station,
            enabled=lambda: core.operability.station,
            problem=lambda: bool(core.faults),
        ),
        _constant(station, "SupplyPhases", str(phases)),
    ]
    for evse in core.evses.values():
        described = description.evses[evse.id - 1]
        rows += _of_evse(evse, described.max_power_w, described.phases)
        for number, connector in enumerate(described.connectors, start=1):
            rows += _of_connector(evse, number, connector.type, described.phases)
    return rows


def _of_evse(evse: Evse, most_w: float, phases: int) -> list[Variable]:
    return [
        *_condition(
            "EVSE",
            enabled=lambda: evse.operative,
            problem=lambda: any(each.fault is not None for each in evse.connectors.values()),
            evse=evse.id,
        ),
        # Of the power only the limit is told (errata 2025-09 6.2.19): the meter is not read for it.
        fixed("EVSE", "Power", "", evse=evse.id, unit="W", minimum=0, maximum=most_w),
        _constant("EVSE", "SupplyPhases", str(phases), evse=evse.id),
    ]


def _of_connector(evse: Evse, number: int, kind: str, phases: int) -> list[Variable]:
    where = {"evse": evse.id, "connector": number}
    connector = evse.connectors[number]
    return [
        *_condition(
            "Connector",
            enabled=lambda: connector.operative,
            problem=lambda: connector.fault is not None,
            **where,
        ),
        _constant("Connector", "ConnectorType", kind, **where),
        _constant("Connector", "SupplyPhases", str(phases), **where),
    ]


def _condition(
    component: str, *, enabled: Callable[[], bool], problem: Callable[[], bool], **where: Any
) -> list[Variable]:
    """Whether a part is there, may be used, and is all right."""
    return [
        _constant(component, "Available", "true", **where),
        Variable(component=component, name="Enabled", get=lambda: str(enabled()).lower(), **where),
        Variable(component=component, name="Problem", get=lambda: str(problem()).lower(), **where),
    ]


def with_enabled(rows: Iterable[Variable]) -> list[Variable]:
    """Variables, and for each component that does not say so itself, that it is enabled.

    A report by that criterion then names components by this variable alone (B08.FR.09).
    """
    told = list(rows)
    keys = [row.id.key for row in told]
    saying = {key[:4] for key in keys if key[4] == _ENABLED}
    silent = {key[:4]: row for key, row in zip(keys, told, strict=True) if key[:4] not in saying}
    return told + [
        _constant(
            row.component,
            "Enabled",
            "true",
            component_instance=row.component_instance,
            evse=row.evse,
            connector=row.connector,
        )
        for row in silent.values()
    ]
