"""What the commands to the simulated world are told, checked: every text is fit to be shown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from ocppkit.station.hardware import FaultKind

__all__ = [
    "FAULTS",
    "Side",
    "are_numbers",
    "is_text",
    "listed",
    "read_fault",
    "read_number",
    "read_side",
    "read_time",
]

FAULTS: Final[Mapping[str, FaultKind]] = {
    "ev_communication": FaultKind.EV_COMMUNICATION_ERROR,
    "ground": FaultKind.GROUND_FAILURE,
    "high_temperature": FaultKind.HIGH_TEMPERATURE,
    "internal": FaultKind.INTERNAL_ERROR,
    "lock": FaultKind.CONNECTOR_LOCK_FAILURE,
    "other": FaultKind.OTHER_ERROR,
    "over_current": FaultKind.OVER_CURRENT_FAILURE,
    "over_voltage": FaultKind.OVER_VOLTAGE,
    "power_meter": FaultKind.POWER_METER_FAILURE,
    "power_switch": FaultKind.POWER_SWITCH_FAILURE,
    "reader": FaultKind.READER_FAILURE,
    "under_voltage": FaultKind.UNDER_VOLTAGE,
}
"""What `set_fault` calls each kind; 1.6's own error codes are taken as well."""


class Side(StrEnum):
    """Which end of a cable somebody handles."""

    STATION = "station"
    EV = "ev"


def listed(values: Any) -> str:
    """Values, for people."""
    return ", ".join(str(value) for value in values)


def is_text(value: object) -> bool:
    """Whether it is a text that is not empty."""
    return isinstance(value, str) and value != ""


def are_numbers(value: object) -> bool:
    """Whether it is a list that is not empty."""
    return isinstance(value, Sequence) and not isinstance(value, str) and len(value) > 0


def read_number(name: str, value: object) -> float:
    """A finite number from 0; raises ValueError for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value)
        if math.isfinite(number) and number >= 0:
            return number
    msg = f"{name}: a number from 0, not {value!r}"
    raise ValueError(msg)


def read_time(name: str, value: object) -> datetime:
    """A time with an offset, in UTC; raises ValueError for anything else."""
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        msg = f"{name}: a time with an offset, as 2026-01-31T12:00:00Z, not {value!r}"
        raise ValueError(msg)
    return at.astimezone(UTC)


def read_fault(name: object) -> FaultKind:
    """The kind of a fault, by its short name or 1.6's; raises ValueError where there is none."""
    by_code = {kind.value.lower(): kind for kind in FaultKind}
    kind = FAULTS.get(str(name).lower()) or by_code.get(str(name).lower())
    if kind is None:
        msg = f"fault: one of {listed(FAULTS)}, not {name!r}"
        raise ValueError(msg)
    return kind


def read_side(given: object) -> Side | None:
    """A side, by its name; raises ValueError where there is none."""
    if given is None:
        return None
    try:
        return Side(str(given))
    except ValueError:
        msg = f"side: one of {listed(Side)}, not {given!r}"
        raise ValueError(msg) from None
