"""What meters show: every measurand that 1.6 and 2.0.1 know, in one unit each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeGuard

from attrs import evolve, frozen

from ocppkit.value import Value

__all__ = [
    "UNITS",
    "Location",
    "Measured",
    "MeterReading",
    "Occasion",
    "Phase",
    "Quantity",
    "SignedReading",
    "sound",
    "with_intervals",
]


class Quantity(StrEnum):
    """What is measured (MeasurandEnumType of 2.0.1, Measurand of 1.6); import is to the EV.

    2.0.1 has no ``RPM`` and ``TEMPERATURE``, 1.6 none of net and apparent energy. Intervals are
    reckoned by the station from the registers.
    """

    CURRENT_EXPORT = "Current.Export"
    CURRENT_IMPORT = "Current.Import"
    CURRENT_OFFERED = "Current.Offered"
    ENERGY_ACTIVE_EXPORT_INTERVAL = "Energy.Active.Export.Interval"
    ENERGY_ACTIVE_EXPORT_REGISTER = "Energy.Active.Export.Register"
    ENERGY_ACTIVE_IMPORT_INTERVAL = "Energy.Active.Import.Interval"
    ENERGY_ACTIVE_IMPORT_REGISTER = "Energy.Active.Import.Register"
    ENERGY_ACTIVE_NET = "Energy.Active.Net"
    ENERGY_APPARENT_EXPORT = "Energy.Apparent.Export"
    ENERGY_APPARENT_IMPORT = "Energy.Apparent.Import"
    ENERGY_APPARENT_NET = "Energy.Apparent.Net"
    ENERGY_REACTIVE_EXPORT_INTERVAL = "Energy.Reactive.Export.Interval"
    ENERGY_REACTIVE_EXPORT_REGISTER = "Energy.Reactive.Export.Register"
    ENERGY_REACTIVE_IMPORT_INTERVAL = "Energy.Reactive.Import.Interval"
    ENERGY_REACTIVE_IMPORT_REGISTER = "Energy.Reactive.Import.Register"
    ENERGY_REACTIVE_NET = "Energy.Reactive.Net"
    FREQUENCY = "Frequency"
    POWER_ACTIVE_EXPORT = "Power.Active.Export"
    POWER_ACTIVE_IMPORT = "Power.Active.Import"
    POWER_FACTOR = "Power.Factor"
    POWER_OFFERED = "Power.Offered"
    POWER_REACTIVE_EXPORT = "Power.Reactive.Export"
    POWER_REACTIVE_IMPORT = "Power.Reactive.Import"
    RPM = "RPM"
    SOC = "SoC"
    TEMPERATURE = "Temperature"
    VOLTAGE = "Voltage"


_UNIT_BY_BEGINNING: Final[Mapping[str, str]] = {
    "Current": "A",
    "Energy.Active": "Wh",
    "Energy.Apparent": "VAh",
    "Energy.Reactive": "varh",
    "Frequency": "Hz",
    "Power.Active": "W",
    "Power.Offered": "W",
    "Power.Reactive": "var",
    "SoC": "Percent",
    "Temperature": "Celsius",
    "Voltage": "V",
}


def _unit(quantity: Quantity) -> str:
    found = (u for name, u in _UNIT_BY_BEGINNING.items() if quantity.value.startswith(name))
    return next(found, "")


UNITS: Final[Mapping[Quantity, str]] = {quantity: _unit(quantity) for quantity in Quantity}
"""The one unit of each quantity; empty for those that have none."""


class Phase(StrEnum):
    """Which conductors a value is of (PhaseEnumType)."""

    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    N = "N"
    L1_N = "L1-N"
    L2_N = "L2-N"
    L3_N = "L3-N"
    L1_L2 = "L1-L2"
    L2_L3 = "L2-L3"
    L3_L1 = "L3-L1"


class Location(StrEnum):
    """Where it is measured (LocationEnumType)."""

    BODY = "Body"
    CABLE = "Cable"
    EV = "EV"
    INLET = "Inlet"
    OUTLET = "Outlet"


class Occasion(StrEnum):
    """What a signed reading is taken for."""

    BEGIN = "begin"
    DURING = "during"
    END = "end"


_LINES = (Phase.L1, Phase.L2, Phase.L3)
_TO_NEUTRAL = (Phase.L1_N, Phase.L2_N, Phase.L3_N)


@frozen(kw_only=True, eq=False, repr=False)
class Measured(Value):
    """One value.

    Attributes:
        quantity: what it measures.
        value: in the quantity's one unit (see `UNITS`); finite.
        phase: which conductors; None for all together.
        location: where.
    """

    quantity: Quantity
    value: float
    phase: Phase | None = None
    location: Location = Location.OUTLET


@frozen(kw_only=True, eq=False, repr=False)
class SignedReading(Value):
    """A reading in the form in which the meter signed it (SignedMeterValueType).

    Attributes:
        data: what was signed, with its signature, as the meter writes it; not yet in Base64.
        encoding_method: how ``data`` is written, as ``"OCMF"``; at most 50 characters.
        signing_method: as ``"ECDSA-secp256r1-SHA256"``; at most 50 characters.
        public_key: of the meter, in DER; empty where it is not known.
    """

    data: bytes
    encoding_method: str
    signing_method: str
    public_key: bytes = b""


@frozen(kw_only=True, eq=False, repr=False)
class MeterReading(Value):
    """What a meter shows at one instant; what it does not know is left out.

    Attributes:
        energy_wh: the register of imported active energy, in Wh; from 0, and never goes back.
        power_w: imported active power on all phases together, in W; from 0.
        power_phases_w: the same a phase, L1 first, in W.
        current_a: a phase, L1 first, in A.
        voltage_v: a phase against neutral, L1 first, in V.
        soc: the EV's state of charge, in percent.
        others: any other value, or one of another location.
        at: when the meter measured, in aware UTC; None for the moment of the call.
        signed: the same, signed; where it was asked for.
    """

    energy_wh: float
    power_w: float | None = None
    power_phases_w: tuple[float, ...] = ()
    current_a: tuple[float, ...] = ()
    voltage_v: tuple[float, ...] = ()
    soc: float | None = None
    others: tuple[Measured, ...] = ()
    at: datetime | None = None
    signed: SignedReading | None = None

    @property
    def phases_used(self) -> int | None:
        """On how many phases energy flows; None where the meter does not tell, or none does."""
        values = self.power_phases_w or self.current_a
        return sum(value > 0 for value in values) or None

    def measured(self) -> tuple[Measured, ...]:
        """Every value in the same form; the total of a quantity comes before its phases."""
        return tuple(self._measured())

    def _measured(self) -> Iterator[Measured]:
        yield Measured(quantity=Quantity.ENERGY_ACTIVE_IMPORT_REGISTER, value=self.energy_wh)
        if self.power_w is not None:
            yield Measured(quantity=Quantity.POWER_ACTIVE_IMPORT, value=self.power_w)
        for quantity, values, phases in (
            (Quantity.POWER_ACTIVE_IMPORT, self.power_phases_w, _LINES),
            (Quantity.CURRENT_IMPORT, self.current_a, _LINES),
            (Quantity.VOLTAGE, self.voltage_v, _TO_NEUTRAL),
        ):
            for value, phase in zip(values, phases, strict=False):
                yield Measured(quantity=quantity, value=value, phase=phase)
        if self.soc is not None:
            yield Measured(quantity=Quantity.SOC, value=self.soc, location=Location.EV)
        yield from self.others


_REGISTERS: Final[Mapping[Quantity, Quantity]] = {
    Quantity.ENERGY_ACTIVE_EXPORT_REGISTER: Quantity.ENERGY_ACTIVE_EXPORT_INTERVAL,
    Quantity.ENERGY_ACTIVE_IMPORT_REGISTER: Quantity.ENERGY_ACTIVE_IMPORT_INTERVAL,
    Quantity.ENERGY_REACTIVE_EXPORT_REGISTER: Quantity.ENERGY_REACTIVE_EXPORT_INTERVAL,
    Quantity.ENERGY_REACTIVE_IMPORT_REGISTER: Quantity.ENERGY_REACTIVE_IMPORT_INTERVAL,
}
"""Each register, and what is told of its course."""


def with_intervals(reading: MeterReading, before: MeterReading) -> MeterReading:
    """A reading, with what its registers have gained since the one before.

    What the meter reckons itself stands; a register that was set back has gained nothing known.
    """
    told = {each.quantity for each in reading.others}
    earlier = {(each.quantity, each.phase, each.location): each for each in before.measured()}
    gained = []
    for now in reading.measured():
        interval = _REGISTERS.get(now.quantity)
        then = earlier.get((now.quantity, now.phase, now.location))
        if interval is None or interval in told or then is None or now.value < then.value:
            continue
        gained.append(evolve(now, quantity=interval, value=now.value - then.value))
    return evolve(reading, others=(*reading.others, *gained))


def _finite(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)


def _power(value: object) -> bool:
    return value is None or (_finite(value) and value >= 0)


def _percentage(value: object) -> bool:
    return value is None or (_finite(value) and 0 <= value <= 100)


def _phases(value: object) -> bool:
    return isinstance(value, tuple) and len(value) <= 3 and all(_finite(each) for each in value)


def _values(value: object) -> bool:
    return isinstance(value, tuple) and all(
        isinstance(each, Measured) and _finite(each.value) for each in value
    )


def _moment(value: object) -> bool:
    return value is None or (isinstance(value, datetime) and value.tzinfo is not None)


def _signed(value: object) -> bool:
    return value is None or isinstance(value, SignedReading)


_CHECKS: Final[Mapping[str, tuple[Callable[[object], bool], str, Any]]] = {
    "power_w": (_power, "a finite number from 0", None),
    "power_phases_w": (_phases, "a tuple of at most three finite numbers", ()),
    "current_a": (_phases, "a tuple of at most three finite numbers", ()),
    "voltage_v": (_phases, "a tuple of at most three finite numbers", ()),
    "soc": (_percentage, "0 to 100", None),
    "others": (_values, "a tuple of Measured with finite values", ()),
    "at": (_moment, "an aware datetime", None),
    "signed": (_signed, "a SignedReading", None),
}
"""For each field but the register: what is right, in words, and what stands for nothing."""


def sound(reading: object) -> tuple[MeterReading, list[str]]:
    """A reading without what makes no sense in it, and what that was.

    Raises:
        ValueError: it is no reading, or its register makes no sense: nothing is left.
    """
    if not isinstance(reading, MeterReading):
        msg = f"a MeterReading, not {reading!r}"
        raise ValueError(msg)  # noqa: TRY004  # a value from outside, not a programming fault
    energy = reading.energy_wh
    if not _finite(energy) or energy < 0:
        msg = f"energy_wh: a finite number from 0, not {energy!r}"
        raise ValueError(msg)
    problems: list[str] = []
    kept = reading
    for name, (right, expected, nothing) in _CHECKS.items():
        value = getattr(reading, name)
        if not right(value):
            problems.append(f"{name}: {expected}, not {value!r}")
            kept = evolve(kept, **{name: nothing})
    return kept, problems
