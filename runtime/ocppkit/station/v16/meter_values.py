"""Meter readings as 1.6 writes them (1.6 §3.16, §7.33)."""

from __future__ import annotations

from collections.abc import Sequence

from ocppkit.station.transaction import Sample
from ocppkit.v16 import Measurand, MeterValue, Phase, ReadingContext, SampledValue, UnitOfMeasure

__all__ = ["meter_value"]

_PHASES = (Phase.L1, Phase.L2, Phase.L3)
_PHASES_TO_NEUTRAL = (Phase.L1_N, Phase.L2_N, Phase.L3_N)


def _written(value: float) -> str:
    return f"{round(value, 3):g}" if abs(value) < 100_000 else f"{round(value, 3):.12g}"


def _values(sample: Sample, measurand: Measurand, context: ReadingContext) -> list[SampledValue]:
    reading = sample.reading

    def value(number: float, unit: UnitOfMeasure, phase: Phase | None = None) -> SampledValue:
        return SampledValue(
            value=_written(number), measurand=measurand, context=context, unit=unit, phase=phase
        )

    match measurand:
        case Measurand.ENERGY_ACTIVE_IMPORT_REGISTER:
            return [value(reading.energy_wh, UnitOfMeasure.WH)]
        case Measurand.POWER_ACTIVE_IMPORT if reading.power_w is not None:
            return [value(reading.power_w, UnitOfMeasure.W)]
        case Measurand.CURRENT_IMPORT:
            pairs = zip(reading.current_a, _PHASES, strict=False)
            return [value(number, UnitOfMeasure.A, phase) for number, phase in pairs]
        case Measurand.VOLTAGE:
            pairs = zip(reading.voltage_v, _PHASES_TO_NEUTRAL, strict=False)
            return [value(number, UnitOfMeasure.V, phase) for number, phase in pairs]
        case Measurand.SOC if reading.soc is not None:
            return [value(reading.soc, UnitOfMeasure.PERCENT)]
    return []


def meter_value(
    sample: Sample, measurands: Sequence[Measurand], context: ReadingContext
) -> MeterValue | None:
    """A sample, with what is asked for and known of it; None where nothing is."""
    values = [value for each in measurands for value in _values(sample, each, context)]
    return MeterValue(timestamp=sample.at, sampled_value=values) if values else None
