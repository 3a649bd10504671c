"""The contract between a station and its equipment, the same for every protocol version.

The integrator implements `Hardware`; the equipment's own events go to the `Evse` that
``station.evse(n)`` gives. A method that hangs or raises is cut off and logged: it never takes the
station down, but what it should have done counts as not done.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol

from attrs import Attribute, field, frozen

__all__ = [
    "ConnectorDescription",
    "EvseDescription",
    "Fault",
    "FaultKind",
    "Hardware",
    "MeterReading",
    "RebootReason",
    "StationDescription",
]


@frozen(kw_only=True)
class ConnectorDescription:
    """A connector of an EVSE.

    Attributes:
        tethered: whether the cable is fixed to the station, so that there is nothing to lock.
        type: as 2.0.1 names it: ``"cType2"``, ``"sType2"``, ``"cCCS2"``, ...
    """

    tethered: bool = False
    type: str = "sType2"


@frozen(kw_only=True)
class EvseDescription:
    """A part of the station that charges one EV at a time.

    Attributes:
        connectors: of which one is used at a time; numbered from 1.
        max_power_w: what it can give, in W.
        phases: how many phases it is fed with; 0 for DC.
    """

    connectors: tuple[ConnectorDescription, ...] = (ConnectorDescription(),)
    max_power_w: float = 22_000.0
    phases: int = 3


def _not_empty(_: object, attribute: Attribute[Any], value: tuple[EvseDescription, ...]) -> None:
    if not value or not all(evse.connectors for evse in value):
        msg = f"{attribute.name}: a station has an EVSE, and an EVSE a connector"
        raise ValueError(msg)


@frozen(kw_only=True)
class StationDescription:
    """What a station is.

    Attributes:
        vendor: of the station; 1.6 takes at most 20 characters.
        model: of the station; at most 20 characters.
        serial_number: at most 25 characters.
        firmware_version: at most 50 characters.
        evses: numbered from 1; 1.6 numbers their connectors through.
    """

    vendor: str
    model: str
    serial_number: str | None = None
    firmware_version: str | None = None
    evses: tuple[EvseDescription, ...] = field(default=(EvseDescription(),), validator=_not_empty)


@frozen(kw_only=True)
class MeterReading:
    """What a meter shows at one instant.

    Attributes:
        energy_wh: the register of imported active energy, in Wh; never goes back.
        power_w: imported active power, in W.
        current_a: a phase, L1 first, in A.
        voltage_v: a phase against neutral, L1 first, in V.
        soc: the EV's state of charge, in percent.
    """

    energy_wh: float
    power_w: float | None = None
    current_a: tuple[float, ...] = ()
    voltage_v: tuple[float, ...] = ()
    soc: float | None = None


class RebootReason(StrEnum):
    """Why the station asks its equipment to start anew."""

    FIRMWARE_UPDATE = "FirmwareUpdate"
    HARD_RESET = "HardReset"
    SOFT_RESET = "SoftReset"


class FaultKind(StrEnum):
    """What is wrong: what 1.6 has error codes for."""

    CONNECTOR_LOCK_FAILURE = "ConnectorLockFailure"
    EV_COMMUNICATION_ERROR = "EVCommunicationError"
    GROUND_FAILURE = "GroundFailure"
    HIGH_TEMPERATURE = "HighTemperature"
    INTERNAL_ERROR = "InternalError"
    OTHER_ERROR = "OtherError"
    OVER_CURRENT_FAILURE = "OverCurrentFailure"
    OVER_VOLTAGE = "OverVoltage"
    POWER_METER_FAILURE = "PowerMeterFailure"
    POWER_SWITCH_FAILURE = "PowerSwitchFailure"
    READER_FAILURE = "ReaderFailure"
    UNDER_VOLTAGE = "UnderVoltage"


@frozen(kw_only=True)
class Fault:
    """A fault that keeps an EVSE from charging.

    Attributes:
        kind: what is wrong.
        info: for people, at most 50 characters.
        vendor_error_code: the maker's own code, at most 50 characters.
    """

    kind: FaultKind
    info: str | None = None
    vendor_error_code: str | None = None


class Hardware(Protocol):
    """The equipment of a station, as the integrator implements it.

    EVSEs and connectors are numbered from 1. The methods of one EVSE are not called concurrently.
    They report no events themselves: the EVSE is busy until they return. What follows from them is
    reported from a task of the hardware's own.
    """

    @property
    def description(self) -> StationDescription:
        """What the station is; does not change while the station runs."""
        ...

    async def allow_charging(self, evse: int, limit: float | None) -> None:
        """Offer energy to the EV; called again when the limit changes.

        Args:
            evse: which.
            limit: the power to offer, in W; None for all that the EVSE can give.
        """
        ...

    async def stop_charging(self, evse: int) -> None:
        """Offer no more energy; returns when the power path is open."""
        ...

    async def meter(self, evse: int) -> MeterReading:
        """Read the meter of an EVSE now."""
        ...

    async def lock(self, evse: int, connector: int) -> None:
        """Lock a cable in its socket; not called where it is tethered."""
        ...

    async def unlock(self, evse: int, connector: int) -> None:
        """Release a cable; raises when it does not come loose."""
        ...

    async def reboot(self, reason: RebootReason) -> None:
        """Start the equipment anew.

        On a real controller the process ends here; where it returns, the station boots again.
        """
        ...
