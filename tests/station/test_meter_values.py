"""What of a meter reading reaches the CSMS."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve

from ocppkit.message import Version
from ocppkit.station import IdToken, MeterReading, SignedReading
from ocppkit.station.capabilities import Capability
from ocppkit.station.metering import Location, Measured, Phase, Quantity, with_intervals
from ocppkit.station.transaction import Sample
from ocppkit.station.v16 import meter_values as v16
from ocppkit.station.v201 import j_meter_values as v201
from ocppkit.v16 import Measurand, ReadingContext
from ocppkit.v201 import MeasurandEnumType, ReadingContextEnumType

SIGNED = SignedReading(
    data=b"OCMF|{}|{}",
    encoding_method="OCMF",
    signing_method="ECDSA-secp256r1-SHA256",
    public_key=b"key",
)
READING = MeterReading(
    energy_wh=1500.0,
    power_w=6000.0,
    power_phases_w=(1000.0, 2000.0, 3000.0),
    current_a=(4.5,),
    voltage_v=(230.0,),
    soc=40.0,
    others=(
        Measured(quantity=Quantity.VOLTAGE, value=400.0, phase=Phase.L1_L2),
        Measured(quantity=Quantity.VOLTAGE, value=399.0, location=Location.INLET),
        Measured(quantity=Quantity.FREQUENCY, value=50.0),
    ),
)
EVERYTHING = [
    ("Energy.Active.Import.Register", 1500, None, None, "Wh"),
    ("Power.Active.Import", 6000, None, None, "W"),
    ("Power.Active.Import", 1000, "L1", None, "W"),
    ("Power.Active.Import", 2000, "L2", None, "W"),
    ("Power.Active.Import", 3000, "L3", None, "W"),
    ("Current.Import", 4.5, "L1", None, "A"),
    ("Voltage", 230, "L1-N", None, "V"),
    ("Voltage", 400, "L1-L2", None, "V"),
    ("Voltage", 399, None, "Inlet", "V"),
    ("SoC", 40, None, "EV", "Percent"),
]
NAMES = [*dict.fromkeys(name for name, *_ in EVERYTHING), "Frequency"]


def sample(reading: MeterReading) -> Sample:
    return Sample(at=datetime(2026, 1, 1, tzinfo=UTC), reading=reading)


def in_v16(reading: MeterReading, *names: str) -> list[Any]:
    wanted = [Measurand(name) for name in names]
    value = v16.meter_value(sample(reading), wanted, ReadingContext.SAMPLE_PERIODIC)
    return list(value.sampled_value) if value else []


def in_v201(reading: MeterReading, *names: str) -> list[Any]:
    wanted = [MeasurandEnumType(name) for name in names]
    value = v201.meter_value(sample(reading), wanted, ReadingContextEnumType.SAMPLE_PERIODIC)
    return list(value.sampled_value) if value else []


@pytest.mark.requirement("1.6 §3.16.3", "1.6 errata 3.15", "1.6 errata 3.86")
def test_in_1_6_all_that_is_asked_for_and_known_is_told() -> None:
    told = [
        (each.measurand, float(each.value), each.phase, each.location, each.unit)
        for each in in_v16(READING, *NAMES)
    ]

    assert told == [*EVERYTHING, ("Frequency", 50, None, None, None)]


def test_in_2_0_1_all_that_is_asked_for_and_known_is_told() -> None:
    told = [
        (
            each.measurand,
            each.value,
            each.phase,
            each.location,
            each.unit_of_measure and each.unit_of_measure.unit,
        )
        for each in in_v201(READING, *NAMES)
    ]

    assert told == [*EVERYTHING, ("Frequency", 50, None, None, "Hz")]


@pytest.mark.requirement("1.6 errata 3.15")
def test_what_is_not_asked_for_is_not_told() -> None:
    assert [each.value for each in in_v16(READING, "SoC")] == ["40"]
    assert [each.value for each in in_v201(READING, "SoC")] == [40]
    assert in_v201(READING, "Power.Offered") == []


def test_in_1_6_a_signed_reading_goes_along_in_hex() -> None:
    raw, signed = in_v16(evolve(READING, signed=SIGNED), "Energy.Active.Import.Register")

    assert (raw.value, raw.format) == ("1500", None)
    assert (signed.value, signed.format) == (SIGNED.data.hex(), "SignedData")
    assert signed.context == "Sample.Periodic"


@pytest.mark.requirement("E02.FR.14")
def test_in_2_0_1_a_signed_reading_goes_along_with_its_value() -> None:
    found = in_v201(evolve(READING, signed=SIGNED), "Energy.Active.Import.Register", "SoC")
    energy, soc = found
    signed = energy.signed_meter_value

    assert energy.value == 1500
    assert base64.b64decode(signed.signed_meter_data) == SIGNED.data
    assert base64.b64decode(signed.public_key) == b"key"
    assert (signed.encoding_method, signed.signing_method) == ("OCMF", SIGNED.signing_method)
    assert soc.signed_meter_value is None


@pytest.mark.parametrize(
    "signed", [evolve(SIGNED, data=b"x" * 1900), evolve(SIGNED, signing_method="m" * 51)]
)
def test_in_2_0_1_a_signed_reading_without_room_does_not_take_the_value_along(
    signed: SignedReading, caplog: pytest.LogCaptureFixture
) -> None:
    (energy,) = in_v201(evolve(READING, signed=signed), "Energy.Active.Import.Register")

    assert energy.value == 1500
    assert energy.signed_meter_value is None
    assert "signed reading" in caplog.text


class FullMeter:
    """Equipment whose meter fills everything."""

    def __init__(self, it: Any) -> None:
        self._hardware = it.hardware
        self.capabilities = it.hardware.capabilities | {Capability.SIGNED_METER}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hardware, name)

    async def meter(self, evse: int) -> MeterReading:  # noqa: ARG002  # all show the same
        return READING

    async def signed_meter(self, evse: int, occasion: object) -> MeterReading:  # noqa: ARG002  # see above
        return evolve(READING, signed=SIGNED)


async def test_from_the_meter_to_the_wire_of_1_6(world: Any) -> None:
    it = world(Version.V16, sample_interval=60)
    it.equipment = FullMeter(it)
    names = NAMES[:-1]
    async with it.running():
        await it.call("ChangeConfiguration", key="MeterValuesSampledData", value=",".join(names))
        await it.charge()
        await it.advance(60)

    values = it.sent("MeterValues")[0]["meterValue"][0]["sampledValue"]
    assert len(values) == len(EVERYTHING) + 1


async def test_from_the_meter_to_the_wire_of_2_0_1(world: Any) -> None:
    it = world(Version.V201, sample_interval=60)
    it.equipment = FullMeter(it)
    names = NAMES[:-1]
    async with it.running():
        await it.set_variable("SampledDataCtrlr", "TxUpdatedMeasurands", ",".join(names))
        await it.charge()
        await it.advance(60)

    values = it.sent("TransactionEvent")[-1]["meterValue"][0]["sampledValue"]
    assert len(values) == len(EVERYTHING)
    assert "signedMeterValue" in values[0]


def signed_of(meter_values: list[dict[str, Any]]) -> list[bool]:
    values = [value for each in meter_values for value in each["sampledValue"]]
    return ["signedMeterValue" in v for v in values if "Register" in v["measurand"]]


@pytest.mark.requirement("J02.FR.21")
@pytest.mark.parametrize(("wanted", "expected"), [("true", True), ("false", False)])
async def test_transactions_are_signed_where_the_csms_wishes(
    world: Any, wanted: str, expected: bool
) -> None:
    it = world(Version.V201, sample_interval=60)
    it.equipment = FullMeter(it)
    async with it.running():
        assert await it.set_variable("SampledDataCtrlr", "SignReadings", wanted) == "Accepted"
        await it.charge()
        await it.advance(60)
        await it.station.evse(1).token_presented(IdToken("ABC"))
        await it.settle()

        told = [each["meterValue"] for each in it.sent("TransactionEvent") if "meterValue" in each]
        assert len(told) >= 3
        assert {signed for each in told for signed in signed_of(each)} == {expected}


@pytest.mark.requirement("J01.FR.21")
@pytest.mark.parametrize(("wanted", "expected"), [("true", True), ("false", False)])
async def test_what_is_told_outside_of_transactions_is_signed_where_the_csms_wishes(
    world: Any, wanted: str, expected: bool
) -> None:
    it = world(Version.V201, aligned_interval=60)
    it.equipment = FullMeter(it)
    async with it.running():
        assert await it.set_variable("AlignedDataCtrlr", "SignReadings", wanted) == "Accepted"
        await it.advance(60)
        await it.call("TriggerMessage", requestedMessage="MeterValues")

        clock, triggered = it.sent("MeterValues")
        assert signed_of(clock["meterValue"]) == [expected]
        assert signed_of(triggered["meterValue"]) == [expected]


@pytest.mark.parametrize("component", ["AlignedDataCtrlr", "SampledDataCtrlr"])
async def test_a_meter_that_cannot_sign_has_no_such_variable(world: Any, component: str) -> None:
    async with world(Version.V201).running() as it:
        assert await it.set_variable(component, "SignReadings", "true") == "UnknownVariable"


@pytest.mark.requirement("1.6 key MeterValuesSampledData")
async def test_every_measurand_of_1_6_may_be_asked_for(world: Any) -> None:
    async with world(Version.V16).running() as it:
        answer = await it.call(
            "ChangeConfiguration", key="MeterValuesSampledData", value=",".join(Measurand)
        )

    assert answer == {"status": "Accepted"}
    assert len(Measurand) == 22


async def test_every_measurand_of_2_0_1_may_be_asked_for(world: Any) -> None:
    wanted = ",".join(MeasurandEnumType)
    async with world(Version.V201).running() as it:
        for component, name in (
            ("AlignedDataCtrlr", "Measurands"),
            ("SampledDataCtrlr", "TxUpdatedMeasurands"),
        ):
            assert await it.set_variable(component, name, wanted) == "Accepted"

    assert len(MeasurandEnumType) == 25


def test_a_register_tells_what_it_has_gained_since() -> None:
    before = MeterReading(energy_wh=100.0, others=(_exported(5.0, Phase.L1),))
    now = MeterReading(energy_wh=130.0, others=(_exported(7.0, Phase.L1), _exported(9.0, None)))

    gained = with_intervals(now, before).others[2:]

    assert [(each.quantity, each.phase, each.value) for each in gained] == [
        (Quantity.ENERGY_ACTIVE_IMPORT_INTERVAL, None, 30.0),
        (Quantity.ENERGY_ACTIVE_EXPORT_INTERVAL, Phase.L1, 2.0),
    ]


def test_what_the_meter_reckons_itself_stands_and_a_set_back_gains_nothing() -> None:
    own = Measured(quantity=Quantity.ENERGY_ACTIVE_IMPORT_INTERVAL, value=1.0)
    before = MeterReading(energy_wh=100.0)
    now = MeterReading(energy_wh=130.0, others=(own,))

    assert with_intervals(now, before) == now
    assert with_intervals(before, now) == before


def _exported(value: float, phase: Phase | None) -> Measured:
    return Measured(quantity=Quantity.ENERGY_ACTIVE_EXPORT_REGISTER, value=value, phase=phase)
