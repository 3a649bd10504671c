"""Meter readings as 1.6 writes them, of all phases and places (1.6 §3.16; errata §3.14.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import define

from ocppkit.station import metering
from ocppkit.station.metering import UNITS
from ocppkit.station.transaction import Sample
from ocppkit.v16 import (
    Location,
    Measurand,
    MeterValue,
    Phase,
    ReadingContext,
    SampledValue,
    UnitOfMeasure,
    ValueFormat,
)

__all__ = ["Measurands", "meter_value"]

_UNITS: Final[Mapping[str, UnitOfMeasure]] = {unit.value: unit for unit in UnitOfMeasure}
"""Those that 1.6 has a word for: hertz is none of them."""
_USUAL: Final = metering.Location.OUTLET  # what 1.6 takes for granted (1.6 §7.43)


@define(kw_only=True)
class Measurands:
    """What is measured on which occasion (1.6 §3.16); every measurand can be, as the meter can.

    Attributes:
        sampled: in the course of a transaction (MeterValuesSampledData).
        aligned: at fixed times of the day (MeterValuesAlignedData).
        stop_sampled: in its course, told at its end (StopTxnSampledData).
        stop_aligned: at fixed times, told at its end (StopTxnAlignedData).
    """

    sampled: tuple[Measurand, ...] = (
        Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,
        Measurand.POWER_ACTIVE_IMPORT,
    )
    aligned: tuple[Measurand, ...] = (Measurand.ENERGY_ACTIVE_IMPORT_REGISTER,)
    stop_sampled: tuple[Measurand, ...] = ()
    stop_aligned: tuple[Measurand, ...] = ()


def _written(value: float) -> str:
    return f"{round(value, 3):g}" if abs(value) < 100_000 else f"{round(value, 3):.12g}"


def _values(sample: Sample, measurand: Measurand, context: ReadingContext) -> list[SampledValue]:
    reading = sample.reading
    values = [
        SampledValue(
            value=_written(each.value),
            measurand=measurand,
            context=context,
            unit=_UNITS.get(UNITS[each.quantity]),
            phase=Phase(each.phase.value) if each.phase else None,
            location=None if each.location is _USUAL else Location(each.location.value),
        )
        for each in reading.measured()
        if each.quantity.value == measurand.value
    ]
    if reading.signed is not None and measurand is Measurand.ENERGY_ACTIVE_IMPORT_REGISTER:
        signed = SampledValue(
            value=reading.signed.data.hex(),
            format=ValueFormat.SIGNED_DATA,
            measurand=measurand,
            context=context,
        )
        values.append(signed)
    return values


def meter_value(
    sample: Sample, measurands: Sequence[Measurand], context: ReadingContext
) -> MeterValue | None:
    """A sample, with what is asked for and known of it; None where nothing is."""
    values = [value for each in measurands for value in _values(sample, each, context)]
    return MeterValue(timestamp=sample.at, sampled_value=values) if values else None
