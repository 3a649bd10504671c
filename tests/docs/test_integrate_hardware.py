"""The page about hardware tells everything that a station may ask of it."""

from __future__ import annotations

import re
from inspect import signature
from pathlib import Path

import pytest

from ocppkit.simulation import SimulatedHardware
from ocppkit.station.capabilities import METHODS, Capability

PAGE = (Path(__file__).parents[2] / "docs/how-to/integrate-hardware.md").read_text("utf-8")


@pytest.mark.parametrize("capability", Capability)
def test_the_page_has_each_optional_method_with_its_arguments(capability: Capability) -> None:
    for name in METHODS[capability]:
        row = re.search(rf"^\| `{name}\((.*?)\)` \| (.*?) \|", PAGE, re.MULTILINE)
        assert row, f"the page has no {name}"
        told = row[1].replace("\\", "")
        expected = list(signature(getattr(SimulatedHardware, name)).parameters)
        assert re.findall(r"(\w+):", told) == expected[1:]
        assert f"async def {name}(" in PAGE
