"""J: meter values (J01, J02)."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define

from ocppkit.station.core import StationCore
from ocppkit.station.transaction import Sample
from ocppkit.v201 import (
    MeasurandEnumType,
    MeterValuesRequest,
    MeterValueType,
    PhaseEnumType,
    ReadingContextEnumType,
    SampledValueType,
    UnitOfMeasureType,
)

__all__ = ["SUPPORTED_MEASURANDS", "Measurands", "MeterValues", "meter_value"]

SUPPORTED_MEASURANDS = (
    MeasurandEnumType.ENERGY_ACTIVE_IMPORT_REGISTER,
    MeasurandEnumType.POWER_ACTIVE_IMPORT,
    MeasurandEnumType.CURRENT_IMPORT,
    MeasurandEnumType.VOLTAGE,
    MeasurandEnumType.SOC,
)

_PHASES = (PhaseEnumType.L1, PhaseEnumType.L2, PhaseEnumType.L3)
_PHASES_TO_NEUTRAL = (PhaseEnumType.L1_N, PhaseEnumType.L2_N, PhaseEnumType.L3_N)


@define(kw_only=True)
class Measurands:
    """What is measured on which occasion (SampledDataCtrlr, AlignedDataCtrlr).

    Attributes:
        started: at the start of a transaction.
        updated: in its course.
        ended: at its end.
        aligned: when the CSMS triggers it.
    """

    started: tuple[MeasurandEnumType, ...] = SUPPORTED_MEASURANDS[:1]
    updated: tuple[MeasurandEnumType, ...] = SUPPORTED_MEASURANDS[:2]
    ended: tuple[MeasurandEnumType, ...] = SUPPORTED_MEASURANDS[:1]
    aligned: tuple[MeasurandEnumType, ...] = SUPPORTED_MEASURANDS[:2]


class MeterValues:
    """Meter values outside of transactions."""

    def __init__(self, *, core: StationCore, measurands: Measurands) -> None:
        self._core = core
        self._measurands = measurands

    async def send(self, evse: int | None) -> None:
        """Send what the meters show now; of all EVSEs, for None (F06.FR.06)."""
        for number in [evse] if evse else list(self._core.evses):
            at = self._core.now()
            reading = await self._core.hardware.meter(number)
            if reading is None:
                continue
            sample = Sample(at=at, reading=reading)
            context = ReadingContextEnumType.TRIGGER
            value = meter_value(sample, self._measurands.aligned, context)
            if value is not None:
                request = MeterValuesRequest(evse_id=number, meter_value=[value])
                await self._core.link.call(request, asked=True)


def meter_value(
    sample: Sample, measurands: Sequence[MeasurandEnumType], context: ReadingContextEnumType
) -> MeterValueType | None:
    """A sample, with what is asked for and known of it; None where nothing is."""
    values = [value for each in measurands for value in _values(sample, each, context)]
    return MeterValueType(timestamp=sample.at, sampled_value=values) if values else None


def _values(
    sample: Sample, measurand: MeasurandEnumType, context: ReadingContextEnumType
) -> list[SampledValueType]:
    reading = sample.reading

    def value(number: float, unit: str, phase: PhaseEnumType | None = None) -> SampledValueType:
        return SampledValueType(
            value=round(number, 3),
            measurand=measurand,
            context=context,
            phase=phase,
            unit_of_measure=UnitOfMeasureType(unit=unit),
        )

    match measurand:
        case MeasurandEnumType.ENERGY_ACTIVE_IMPORT_REGISTER:
            return [value(reading.energy_wh, "Wh")]
        case MeasurandEnumType.POWER_ACTIVE_IMPORT if reading.power_w is not None:
            return [value(reading.power_w, "W")]
        case MeasurandEnumType.CURRENT_IMPORT:
            pairs = zip(reading.current_a, _PHASES, strict=False)
            return [value(number, "A", phase) for number, phase in pairs]
        case MeasurandEnumType.VOLTAGE:
            pairs = zip(reading.voltage_v, _PHASES_TO_NEUTRAL, strict=False)
            return [value(number, "V", phase) for number, phase in pairs]
        case MeasurandEnumType.SOC if reading.soc is not None:
            return [value(reading.soc, "Percent")]
    return []
