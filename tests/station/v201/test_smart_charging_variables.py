"""The variables of smart charging."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station.settings.behaviour import Storage

SMART = "SmartChargingCtrlr"
SIGNIFICANCE = "LimitChangeSignificance"


async def read(it: Any) -> str:
    asked = {"component": {"name": SMART}, "variable": {"name": SIGNIFICANCE}}
    answer = await it.call("GetVariables", getVariableData=[asked])
    value: str = answer["getVariableResult"][0]["attributeValue"]
    return value


async def test_how_much_a_limit_has_to_change_to_be_told_can_be_set(world: Any) -> None:
    it = world(Version.V201)
    async with it.running():
        preset = await read(it)
        answers = [
            await it.set_variable(SMART, SIGNIFICANCE, value)
            for value in ("0.5", "100", "-1", "101", "true", "abc")
        ]
        value = await read(it)

    assert preset == "1"
    assert answers == ["Accepted"] * 2 + ["Rejected"] * 4
    assert value == "100"


async def test_how_much_a_limit_has_to_change_outlasts_a_restart(
    world: Any, tmp_path: Path
) -> None:
    kept = {"storage": Storage(state_dir=tmp_path)}
    it = world(Version.V201, **kept)
    async with it.running():
        await it.set_variable(SMART, SIGNIFICANCE, "2.5")
    again = world(Version.V201, **kept)
    async with again.running():
        value = await read(again)

    assert value == "2.5"


@pytest.mark.requirement("B05.FR.07")
async def test_what_is_refused_changes_nothing(world: Any) -> None:
    it = world(Version.V201)
    async with it.running():
        await it.set_variable(SMART, SIGNIFICANCE, "2026-01-01T00:00:00Z")
        value = await read(it)

    assert value == "1"
