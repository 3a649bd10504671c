"""The contract between a station and its equipment, the same for every protocol version.

The integrator implements `Hardware`, and those of the protocols in `ocppkit.station.capabilities`
whose equipment exists; the equipment's own events go to the `Evse` that ``station.evse(n)`` gives,
and to the station. A method that hangs, raises or returns nonsense is cut off and logged: it never
takes the station down, but what it should have done counts as not done.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from attrs import Attribute, field, frozen, validators

from ocppkit.station.metering import MeterReading
from ocppkit.value import Value

__all__ = [
    "ConnectorDescription",
    "EvseDescription",
    "Fault",
    "FaultKind",
    "Hardware",
    "MeterReading",
    "Offer",
    "RebootReason",
    "SecurityEvent",
    "StartReason",
    "StationDescription",
    "check_hardware",
]


@frozen(kw_only=True, eq=False, repr=False)
class ConnectorDescription(Value):
    """A connector of an EVSE.

    Attributes:
        tethered: whether the cable is fixed to the station, so that there is nothing to lock.
        type: as 2.0.1 names it: ``"cType2"``, ``"sType2"``, ``"cCCS2"``, ...
    """

    tethered: bool = False
    type: str = "sType2"


@frozen(kw_only=True, eq=False, repr=False)
class EvseDescription(Value):
    """A part of the station that charges one EV at a time.

    Attributes:
        connectors: of which one is used at a time; numbered from 1.
        max_power_w: what it can give, in W.
        phases: how many phases it is fed with; 0 for DC.
        dc_voltage_v: of DC the highest that it gives, in V, by which amperes of the EV become
            watts; None counts with the voltage of the grid.
    """

    connectors: tuple[ConnectorDescription, ...] = (ConnectorDescription(),)
    max_power_w: float = 22_000.0
    phases: int = 3
    dc_voltage_v: float | None = None


def _at_most(characters: int) -> Callable[[object, Attribute[Any], str | None], None]:
    def check(_: object, attribute: Attribute[Any], value: str | None) -> None:
        if value is not None and len(value) > characters:
            msg = f"{attribute.name}: at most {characters} characters, not {value!r}"
            raise ValueError(msg)

    return check


def _not_empty(_: object, attribute: Attribute[Any], value: tuple[EvseDescription, ...]) -> None:
    if not value or not all(evse.connectors for evse in value):
        msg = f"{attribute.name}: a station has an EVSE, and an EVSE a connector"
        raise ValueError(msg)


@frozen(kw_only=True, eq=False, repr=False)
class StationDescription(Value):
    """What a station is.

    Attributes:
        vendor: of the station, at most 50 characters; in 1.6 the first 20 are told.
        model: of the station; at most 20 characters.
        serial_number: at most 25 characters.
        firmware_version: at most 50 characters.
        evses: numbered from 1; 1.6 numbers their connectors through.

    Raises:
        ValueError: a text is longer, or there is no EVSE, or one without a connector.
    """

    vendor: str = field(validator=_at_most(50))
    model: str = field(validator=_at_most(20))
    serial_number: str | None = field(default=None, validator=_at_most(25))
    firmware_version: str | None = field(default=None, validator=_at_most(50))
    evses: tuple[EvseDescription, ...] = field(default=(EvseDescription(),), validator=_not_empty)


class RebootReason(StrEnum):
    """Why the station asks its equipment to start anew."""

    FIRMWARE_UPDATE = "FirmwareUpdate"
    HARD_RESET = "HardReset"
    SOFT_RESET = "SoftReset"


class StartReason(StrEnum):
    """Why the station's equipment started this time (BootReasonEnumType)."""

    APPLICATION_RESET = "ApplicationReset"
    FIRMWARE_UPDATE = "FirmwareUpdate"
    LOCAL_RESET = "LocalReset"
    POWER_UP = "PowerUp"
    UNKNOWN = "Unknown"
    WATCHDOG = "Watchdog"


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


@frozen(kw_only=True, eq=False, repr=False)
class Fault(Value):
    """A fault that keeps an EVSE from charging.

    Attributes:
        kind: what is wrong.
        info: for people; the first 50 characters are told.
        vendor_error_code: the maker's own code; the first 50 characters are told.
    """

    kind: FaultKind
    info: str | None = None
    vendor_error_code: str | None = None


@frozen(kw_only=True, eq=False, repr=False)
class SecurityEvent(Value):
    """Something that concerns security and that the equipment noticed.

    Attributes:
        type: one of the specification's, as ``"TamperDetectionActivated"``, or a vendor's own; at
            most 50 characters.
        tech_info: more about it, at most 255 characters.
        at: when, in aware UTC; None for now.
    """

    type: str = field(validator=(validators.min_len(1), validators.max_len(50)))
    tech_info: str | None = None
    at: datetime | None = None


def _not_negative(_: object, attribute: Attribute[Any], value: float | None) -> None:
    if value is not None and not value >= 0:
        msg = f"{attribute.name}: from 0, not {value!r}"
        raise ValueError(msg)


_N = TypeVar("_N", int, float)


def _least(one: _N | None, other: _N | None) -> _N | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


@frozen(kw_only=True, eq=False, repr=False)
class Offer(Value):
    """How much energy may flow to the EV: every limit holds at once; None for no limit.

    Attributes:
        power_w: on all phases together, in W; from 0.
        current_a: on each phase, in A; from 0.
        phases: on how many phases at most, 1 to 3.
        phase_to_use: on which, where it is one: 1 to 3 for L1 to L3.
    """

    power_w: float | None = field(default=None, validator=_not_negative)
    current_a: float | None = field(default=None, validator=_not_negative)
    phases: int | None = field(
        default=None, validator=validators.optional(validators.in_({1, 2, 3}))
    )
    phase_to_use: int | None = field(
        default=None, validator=validators.optional(validators.in_({1, 2, 3}))
    )

    @property
    def nothing(self) -> bool:
        """Whether no energy may flow at all."""
        return self.power_w == 0 or self.current_a == 0

    def lowest(self, other: Offer) -> Offer:
        """What keeps both; nothing where they ask for different phases."""
        if self.phase_to_use and other.phase_to_use and self.phase_to_use != other.phase_to_use:
            return Offer(power_w=0.0, current_a=0.0)
        return Offer(
            power_w=_least(self.power_w, other.power_w),
            current_a=_least(self.current_a, other.current_a),
            phases=_least(self.phases, other.phases),
            phase_to_use=self.phase_to_use or other.phase_to_use,
        )


class Hardware(Protocol):
    """The equipment of a station, as the integrator implements it.

    EVSEs and connectors are numbered from 1. The methods of one EVSE are not called concurrently.
    Each has a few seconds (``hardware_timeout``), then it is cancelled and given up; it must not
    block the event loop: what blocks belongs into ``asyncio.to_thread``. A method may report events
    of its own: they are taken note of and take effect once it has returned.

    What else the equipment can do stands in `ocppkit.station.capabilities`: a method that exists is
    a thing that can be done; an attribute ``capabilities``, where there is one, says it expressly.
    """

    @property
    def description(self) -> StationDescription:
        """What the station is; does not change while the station runs."""
        ...

    async def allow_charging(self, evse: int, offer: Offer) -> None:
        """Offer energy to the EV; called again whenever the offer changes.

        The power path may stay open until the EV asks. Where it fails or takes too long, nothing
        counts as offered and `stop_charging` is called.

        Args:
            evse: which.
            offer: how much; a power of 0 keeps the session but lets nothing flow.
        """
        ...

    async def stop_charging(self, evse: int) -> None:
        """Offer no more energy; returns when the power path is open.

        May be called when nothing is offered. Where it fails it is called once more, and then the
        EVSE counts as faulted: its power switch does not obey.
        """
        ...

    async def meter(self, evse: int) -> MeterReading:
        """Read the meter of an EVSE now; called every few seconds or less often.

        Where it fails or takes too long, the last reading stands in for this one, with the time at
        which it was taken. Values that make no sense are dropped; so is a reading whose register
        makes none.
        """
        ...


_NEEDED = ("description", "allow_charging", "stop_charging", "meter")


def check_hardware(hardware: object) -> None:
    """Check that equipment has what each has to have.

    Raises:
        TypeError: it is a class instead of an instance, or lacks something.
    """
    if isinstance(hardware, type):
        name = hardware.__name__
        msg = f"hardware: an instance is expected, not the class: write {name}(...), not {name}"
        raise TypeError(msg)
    missing = [name for name in _NEEDED if not hasattr(hardware, name)]
    if missing:
        msg = f"hardware: {type(hardware).__name__} has no {', '.join(missing)}"
        raise TypeError(msg)
