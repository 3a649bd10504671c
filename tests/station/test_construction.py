"""What is wrong with the arguments is said where a station is made."""

from __future__ import annotations

from typing import Any

import pytest

from ocppkit.connection import connect
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, StationConfig

CONFIG = StationConfig(identity="CS001", csms_url="ws://127.0.0.1:9")


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"csms_url": "localhost:9000"}, ValueError, "csms_url: not a websocket URL"),
        ({"csms_url": "http://localhost"}, ValueError, "csms_url: not a websocket URL"),
        ({"csms_url": "ws://me:secret@localhost"}, ValueError, "csms_url: a URL bears no cred"),
        ({"csms_url": 7}, TypeError, "csms_url: a URL"),
        ({"versions": ("1.6",)}, TypeError, "Version.V16"),
        ({"versions": "1.6"}, TypeError, "Version.V16"),
        ({"versions": ()}, ValueError, "at least one"),
        ({"sample_interval": "1"}, TypeError, "sample_interval: an integer"),
        ({"heartbeat_interval": None}, TypeError, "heartbeat_interval: an integer"),
        ({"identity": 7}, TypeError, "identity: a text"),
    ],
)
def test_a_wrong_configuration_is_refused(
    wrong: dict[str, Any], error: type[Exception], said: str
) -> None:
    given: dict[str, Any] = {"identity": "CS001", "csms_url": "ws://localhost", **wrong}

    with pytest.raises(error, match=said) as refused:
        StationConfig(**given)

    assert "secret" not in str(refused.value)


def test_versions_that_are_none_are_refused_by_connect() -> None:
    versions: Any = ["1.6"]

    with pytest.raises(TypeError, match=r"Version\.V16"):
        _ = connect(
            "ws://localhost", identity="CS001", versions=versions, handlers=lambda _session: []
        )


async def test_a_class_is_no_hardware() -> None:
    hardware: Any = SimulatedHardware

    with pytest.raises(TypeError, match=r"write SimulatedHardware\(\.\.\.\)"):
        ChargingStation(CONFIG, hardware=hardware)


async def test_hardware_that_lacks_something_is_refused() -> None:
    hardware: Any = object()

    with pytest.raises(TypeError, match="object has no description, allow_charging"):
        ChargingStation(CONFIG, hardware=hardware)


async def test_an_evse_that_is_not_there_is_named() -> None:
    station = ChargingStation(CONFIG, hardware=SimulatedHardware())

    with pytest.raises(KeyError, match=r"no EVSE 9: this station has 1\.\.1"):
        station.evse(9)


async def test_a_text_is_no_token() -> None:
    station = ChargingStation(CONFIG, hardware=SimulatedHardware())
    text: Any = "ABC"

    with pytest.raises(TypeError, match="IdToken"):
        await station.evse(1).token_presented(text)
    with pytest.raises(TypeError, match="IdToken"):
        await station.token_presented(text)
