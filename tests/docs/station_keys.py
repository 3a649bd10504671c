"""Prints which configuration keys of 1.6 a station has, from stations that are made for it.

``python -m tests.docs.station_keys`` writes the page anew.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest.mock import patch

from attrs import frozen

from ocppkit.message import Version
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, StationConfig
from ocppkit.station.capabilities import METHODS, Capability
from ocppkit.station.settings.behaviour import SmartCharging, Storage
from ocppkit.station.v16.core import CoreProfile
from ocppkit.v16 import GetConfigurationRequest, KeyValue

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "station-keys-1.6.md"

OWN: Final[Mapping[str, str]] = {
    "AutochargeEnabled": "Whether EVs may charge by their own identifier (Autocharge).",
    "IgnoredProfilePurposesOffline": (
        "Purposes of charging profiles that do not count while the CSMS is away."
    ),
    "WaitForSetUserPriceTimeout": (
        "How long a driver's own price may take to come before the default is shown, in ms."
    ),
}
"""What no table of the specifications has."""

_HEAD: Final = """\
<!-- Printed by `python -m tests.docs.station_keys` from stations made for it. Do not edit. -->

# The configuration keys of a station (1.6)

What a station of this library answers to GetConfiguration, with nothing configured, all extras, a
`storage.state_dir` and equipment that can do everything; the last column says what is otherwise.
What the keys mean is in {doc}`configuration-keys-1.6`, and which settings are their defaults in
{doc}`station-toml`. `[v16.configuration]` gives each another default, mutability, or a station more
keys. Each change holds at once: no key answers RebootRequired.

| key | default | the CSMS | otherwise |
| --- | --- | --- | --- |"""
_OWN: Final = """\
## Keys that no specification has

They are this library's own; a CSMS that does not know them need not touch them."""


_PLAYED: Final = frozenset(
    each
    for each, methods in METHODS.items()
    if all(hasattr(SimulatedHardware, name) for name in methods)
)


@frozen(kw_only=True)
class Row:
    """A key as a station has it."""

    value: str
    way: str


@frozen(kw_only=True)
class Made:
    """What a station is made with."""

    without: frozenset[Capability] = frozenset()
    missing: frozenset[str] = frozenset()
    placed: bool = True
    smart: bool = True


def _stations() -> dict[str, Made]:
    """A station that lacks one thing, by what that is."""
    capabilities = {
        f"equipment without {each.value}": Made(without=frozenset({each}))
        for each in sorted(_PLAYED)
    }
    return {
        "`ocppkit[security]` missing": Made(missing=frozenset({"cryptography"})),
        "`ocppkit[transfer]` missing": Made(missing=frozenset({"aiohttp", "asyncssh"})),
        "without `storage.state_dir`": Made(placed=False),
        "`smart_charging.enabled = false`": Made(smart=False),
        **capabilities,
    }


async def rows(made: Made) -> dict[str, Row]:
    """The keys of a station, as it answers GetConfiguration."""
    missing: dict[str, Any] = dict.fromkeys(made.missing)
    with TemporaryDirectory() as folder, patch.dict(sys.modules, missing):
        station = ChargingStation(
            StationConfig(
                identity="CS001",
                csms_url="ws://localhost",
                versions=(Version.V16,),
                storage=Storage(state_dir=Path(folder) if made.placed else None),
                smart_charging=SmartCharging(enabled=made.smart),
            ),
            hardware=SimulatedHardware(without=frozenset(Capability) - _PLAYED | made.without),
        )
        (core,) = (
            each for each in station.core.dialect.handlers() if isinstance(each, CoreProfile)
        )
        answer = await core.on_get_configuration(GetConfigurationRequest())
    return {each.key: _row(each) for each in answer.configuration_key or ()}


def _row(told: KeyValue) -> Row:
    if told.value is None:
        return Row(value="", way="writes")
    return Row(value=told.value, way="reads" if told.readonly else "reads, writes")


async def page() -> str:
    """The page, in Markdown."""
    full = await rows(Made())
    others = {name: await rows(made) for name, made in _stations().items()}
    lines = [
        _line(name, row, "; ".join(_otherwise(name, row, others)))
        for name, row in sorted(full.items(), key=lambda item: item[0].lower())
    ]
    own = [f"- `{name}`: {words}" for name, words in OWN.items()]
    return "\n".join([_HEAD, *lines, "", _OWN, "", *own, ""])


def _line(name: str, row: Row, otherwise: str) -> str:
    return f"| `{name}` | {_text(row.value)} | {row.way} | {otherwise} |"


def _otherwise(name: str, row: Row, others: Mapping[str, Mapping[str, Row]]) -> Iterator[str]:
    for what, there in others.items():
        other = there.get(name)
        if other is None:
            yield f"{what}: not there"
        elif other.way != row.way:
            yield f"{what}: {_text(other.value)}, {other.way}"
        elif other.value != row.value:
            yield f"{what}: {_text(other.value)}"


def _text(value: str) -> str:
    return f"`{value}`" if value else "empty"


def main() -> None:
    """Write the page anew."""
    PAGE.write_text(asyncio.run(page()), encoding="utf-8")


if __name__ == "__main__":
    main()
