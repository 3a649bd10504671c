"""A driver whom the CSMS refuses after the start, whatever instruction the power is cut at."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import ChargingStation, IdToken
from ocppkit.station.settings.values import KeyValue, VariableId, VariableValue
from ocppkit.testing import run_virtual

from .power import Ledger, Plant

V16, V201 = Version.V16, Version.V201
ABC = IdToken("ABC")
KEEPS: dict[Version, dict[str, Any]] = {
    V16: {"configuration": (KeyValue(name="StopTransactionOnInvalidId", value="false"),)},
    V201: {
        "variables": (
            VariableValue(
                id=VariableId(component="TxCtrlr", variable="StopTxOnInvalidId"), value="false"
            ),
        )
    },
}


class Refusing(Ledger):
    """A CSMS that lets a driver begin and refuses them as soon as it knows what began.

    Attributes:
        cut_after: how many steps after the first refusal the power is cut; None for never.
    """

    cut_after: int | None = None

    def _answer(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        answer = super()._answer(action, payload)
        begun = action == "StartTransaction" or (
            action == "TransactionEvent" and payload["eventType"] != "Ended"
        )
        if not begun or not {"idToken", "idTag"} & payload.keys():
            return answer
        if self.cut_after is not None and self.mains is not None:
            self.mains.cut_at = self.mains.steps + self.cut_after
            self.cut_after = None
        key = "idTagInfo" if action == "StartTransaction" else "idTokenInfo"
        return {**answer, key: {"status": "Blocked"}}


async def begin(plant: Plant, station: ChargingStation) -> None:
    await station.wait_online()
    await plant.hardware.arrive(SimulatedEv(start_delay=1))
    await station.evse(1).token_presented(ABC)
    await asyncio.sleep(5)


async def cut(folder: Path, version: Version, steps: int, **config: Any) -> tuple[bool, Plant]:
    """Cut the power some steps after a driver is refused, and see that it stays so.

    Returns:
        Whether the station had not done all that follows by then, and the place.
    """
    plant = Plant(folder / str(steps), version, **config)
    plant.ledger = ledger = Refusing(version, plant.clock)
    ledger.cut_after = steps
    async with plant.live() as station:
        await plant.until_cut(lambda: begin(plant, station))
        was_cut = plant.mains.off
    async with plant.live() as station:
        evse = station.evse(1)
        await station.wait_online()
        await station.wait_delivered()
        await asyncio.sleep(30)

        assert not evse.energized, steps
        assert evse.authorization is None or config, steps
    return was_cut, plant


def cut_at_each_step(folder: Path, version: Version, **config: Any) -> list[Plant]:
    """From the refusal on, until the station has done all that follows."""
    plants: list[Plant] = []
    was_cut = True
    while was_cut:
        was_cut, plant = run_virtual(cut(folder, version, len(plants), **config))
        plants.append(plant)
    return plants


@pytest.mark.long
@pytest.mark.requirement("1.6 §4.8", "E05.FR.02", "E05.FR.10")
@pytest.mark.parametrize("version", [V16, V201])
def test_a_refused_driver_does_not_go_on_after_a_cut_at_any_step(
    tmp_path: Path, version: Version
) -> None:
    plants = cut_at_each_step(tmp_path, version)
    for plant in plants:
        told = [
            each.get("reason") or each["transactionInfo"].get("stoppedReason")
            for action, each in plant.ledger.messages
            if action == "StopTransaction" or each.get("triggerReason") == "Deauthorized"
        ]
        assert told
        assert set(told) <= {"DeAuthorized", None}
    assert len(plants) > 10


@pytest.mark.long
@pytest.mark.requirement("1.6 §4.8", "1.6 key StopTransactionOnInvalidId", "E05.FR.02")
@pytest.mark.parametrize("version", [V16, V201])
def test_a_refused_driver_who_keeps_the_transaction_gets_no_energy_after_a_cut_at_any_step(
    tmp_path: Path, version: Version
) -> None:
    assert len(cut_at_each_step(tmp_path, version, **KEEPS[version])) > 10
