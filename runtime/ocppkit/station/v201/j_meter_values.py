"""J: meter values (J01, J02)."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Sequence
from typing import Final

from attrs import define

from ocppkit.message import Version
from ocppkit.station.capabilities import Capability
from ocppkit.station.clock_aligned import MAIN_METER
from ocppkit.station.core import StationCore
from ocppkit.station.metering import UNITS, Location, Occasion, SignedReading
from ocppkit.station.transaction import Sample
from ocppkit.station.v201.j_public_key import PublicKeys
from ocppkit.v201 import (
    LocationEnumType,
    MeasurandEnumType,
    MeterValuesRequest,
    MeterValueType,
    PhaseEnumType,
    ReadingContextEnumType,
    SampledValueType,
    SignedMeterValueType,
    UnitOfMeasureType,
)

__all__ = ["Measurands", "MeterValues", "meter_value"]

_logger = logging.getLogger(__name__)

_REGISTER: Final = MeasurandEnumType.ENERGY_ACTIVE_IMPORT_REGISTER  # what meters sign
_POWER: Final = MeasurandEnumType.POWER_ACTIVE_IMPORT
_USUAL: Final = Location.OUTLET  # what 2.0.1 takes for granted (SampledValueType)
_LONGEST_DATA: Final = 2500  # characters (SignedMeterValueType)
_LONGEST_METHOD: Final = 50  # characters (SignedMeterValueType)


@define(kw_only=True)
class Measurands:
    """What is measured on which occasion (SampledDataCtrlr, AlignedDataCtrlr).

    Every measurand can be, as the meter can.

    Attributes:
        started: at the start of a transaction.
        updated: in its course.
        ended: at its end.
        aligned: at fixed times of the day, and when the CSMS triggers it.
        aligned_ended: at fixed times of the day, told at the end of a transaction.
        register_without_phases: whether the register of imported energy is told for all phases
            together only (RegisterValuesWithoutPhases).
    """

    started: tuple[MeasurandEnumType, ...] = (_REGISTER,)
    updated: tuple[MeasurandEnumType, ...] = (_REGISTER, _POWER)
    ended: tuple[MeasurandEnumType, ...] = (_REGISTER,)
    aligned: tuple[MeasurandEnumType, ...] = (_REGISTER, _POWER)
    aligned_ended: tuple[MeasurandEnumType, ...] = (_REGISTER,)
    register_without_phases: bool = False


class MeterValues:
    """Meter values outside of transactions."""

    def __init__(
        self, *, core: StationCore, measurands: Measurands, public_keys: PublicKeys
    ) -> None:
        """Send nothing yet.

        Args:
            core: the station.
            measurands: what is measured.
            public_keys: takes out those that are not to be sent.
        """
        self._core = core
        self._measurands = measurands
        self._public_keys = public_keys

    async def send(self, evse: int | None) -> None:
        """Send what the meters show now; of all EVSEs and the main meter, for None (F06.FR.06)."""
        for number in self._places(evse):
            sample = await self._sample(number)
            if sample is None:
                continue
            request = self._written(number, sample, ReadingContextEnumType.TRIGGER)
            if request is not None:
                await self._core.link.call(request, asked=True)

    async def any(self, evse: int | None) -> bool:
        """Whether there is anything to `send` now: a meter may know nothing of what is asked for.

        (F06.FR.10)
        """
        for number in self._places(evse):
            sample = await self._sample(number)
            if sample is not None and self._value(number, sample, ReadingContextEnumType.TRIGGER):
                return True
        return False

    async def tell(self, evse: int, sample: Sample) -> None:
        """Send what a meter shows at a fixed time of the day (J01.FR.14)."""
        request = self._written(evse, sample, ReadingContextEnumType.SAMPLE_CLOCK)
        if request is not None:
            await self._core.delivery.post(request, version=Version.V201)

    def _places(self, evse: int | None) -> list[int]:
        """Where to read: at one EVSE, or for None at all, and at the main meter."""
        if evse is not None:
            return [evse]
        main = [MAIN_METER] if self._core.hardware.can(Capability.MAIN_METER) else []
        return [*main, *self._core.evses]

    async def _sample(self, evse: int) -> Sample | None:
        at = self._core.now()
        occasion = Occasion.DURING if self._core.policy.sign_aligned else None  # (J01.FR.21)
        reading = await self._core.hardware.meter(evse, occasion=occasion)
        return None if reading is None else Sample(at=reading.at or at, reading=reading)

    def _written(
        self, evse: int, sample: Sample, context: ReadingContextEnumType
    ) -> MeterValuesRequest | None:
        value = self._value(evse, sample, context)
        if value is None:
            return None
        self._public_keys.leave([value])
        return MeterValuesRequest(evse_id=evse, meter_value=[value])

    def _value(
        self, evse: int, sample: Sample, context: ReadingContextEnumType
    ) -> MeterValueType | None:
        told = self._measurands
        place = Location.INLET if evse == MAIN_METER else Location.OUTLET  # (J01.FR.04, FR.09)
        return meter_value(
            sample,
            told.aligned,
            context,
            without_phases=told.register_without_phases,
            place=place,
        )


def meter_value(
    sample: Sample,
    measurands: Sequence[MeasurandEnumType],
    context: ReadingContextEnumType,
    *,
    without_phases: bool = False,
    place: Location = Location.OUTLET,
) -> MeterValueType | None:
    """A sample, with what is asked for and known of it; None where nothing is.

    Args:
        sample: what a meter showed.
        measurands: that are asked for.
        context: on what occasion it was taken.
        without_phases: whether the register of imported energy is told of all together only.
        place: where the meter is, as far as it does not say so itself.
    """
    values: list[SampledValueType] = []
    for measurand in measurands:
        total_only = without_phases and measurand is _REGISTER
        values += _values(sample, measurand, context, total_only=total_only, place=place)
    return MeterValueType(timestamp=sample.at, sampled_value=values) if values else None


def _values(
    sample: Sample,
    measurand: MeasurandEnumType,
    context: ReadingContextEnumType,
    *,
    total_only: bool,
    place: Location,
) -> list[SampledValueType]:
    reading = sample.reading
    values = []
    for each in reading.measured():
        if each.quantity.value != measurand.value or (total_only and each.phase is not None):
            continue
        unit = UNITS[each.quantity]
        where = place if each.location is _USUAL else each.location
        value = SampledValueType(
            value=round(each.value, 3),
            measurand=measurand,
            context=context,
            phase=PhaseEnumType(each.phase.value) if each.phase else None,
            location=None if where is _USUAL else LocationEnumType(where.value),
            unit_of_measure=UnitOfMeasureType(unit=unit) if unit else None,
        )
        values.append(value)
    if reading.signed is not None and measurand is _REGISTER:
        values[0].signed_meter_value = _signed(reading.signed)
    return values


def _signed(signed: SignedReading) -> SignedMeterValueType | None:
    """A signed reading, where the message has room for it: the value itself is told anyway."""
    written = SignedMeterValueType(
        signed_meter_data=b64encode(signed.data).decode("ascii"),
        signing_method=signed.signing_method,
        encoding_method=signed.encoding_method,
        public_key=b64encode(signed.public_key).decode("ascii"),
    )
    long = max(len(written.signed_meter_data), len(written.public_key)) > _LONGEST_DATA
    if long or max(len(written.signing_method), len(written.encoding_method)) > _LONGEST_METHOD:
        _logger.warning("a signed reading is left out: the message has no room for it")
        return None
    return written
