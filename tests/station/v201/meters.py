"""Equipment that measures much, and what of it the CSMS is told; for the tests of J."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attrs import evolve

from ocppkit.simulation.hardware import SimulatedHardware
from ocppkit.station import EvseDescription, IdToken, MeterReading, StationDescription
from ocppkit.station.capabilities import Capability
from ocppkit.station.metering import Location, Measured, Occasion, Phase, Quantity, SignedReading

TWO = StationDescription(vendor="ocppkit", model="Two", evses=(EvseDescription(),) * 2)
ABC = IdToken("ABC")
REGISTER = "Energy.Active.Import.Register"


class Rich(SimulatedHardware):
    """Equipment that measures much, and signs."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.capabilities |= {Capability.SIGNED_METER}

    async def meter(self, evse: int) -> MeterReading:
        reading = await super().meter(evse)
        others = (
            Measured(quantity=Quantity.CURRENT_IMPORT, value=7.0, location=Location.INLET),
            Measured(quantity=Quantity.ENERGY_ACTIVE_IMPORT_REGISTER, value=5.0, phase=Phase.L1),
        )
        return evolve(reading, others=(*reading.others, *others))

    async def signed_meter(self, evse: int, occasion: Occasion) -> MeterReading:
        signed = SignedReading(
            data=f"{occasion}".encode(),
            encoding_method="OCMF",
            signing_method="ECDSA-secp256r1-SHA256",
            public_key=b"key",
        )
        return evolve(await self.meter(evse), signed=signed)


async def sampled(world: Any, **values: str) -> None:
    for name, value in values.items():
        assert await world.set_variable("SampledDataCtrlr", name, value) == "Accepted"


async def aligned(world: Any, **values: str) -> None:
    for name, value in values.items():
        assert await world.set_variable("AlignedDataCtrlr", name, value) == "Accepted"


async def set_at(world: Any, component: str, name: str, evse: int, value: str) -> None:
    data = {
        "component": {"name": component, "evse": {"id": evse}},
        "variable": {"name": name},
        "attributeValue": value,
    }
    answer = await world.call("SetVariables", setVariableData=[data])
    assert answer["setVariableResult"][0]["attributeStatus"] == "Accepted"


def events(world: Any, trigger: str) -> list[dict[str, Any]]:
    return [e for e in world.sent("TransactionEvent") if e["triggerReason"] == trigger]


def told(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [sampled for value in values for sampled in value["sampledValue"]]


def measurands(values: list[dict[str, Any]]) -> set[str]:
    return {each["measurand"] for each in told(values)}


def at(value: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(value["timestamp"])
