"""What the CSMS sends that is no valid OCPP is a security event."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station.settings.behaviour import Storage

INVALID = "InvalidMessages"


def noticed(it: Any) -> list[str]:
    """What the security log tells of it."""
    entries = it.station.core.security.log.entries()
    return [each.tech_info for each in entries if each.type == INVALID]


async def send(it: Any, text: str) -> None:
    """Send the station a text, whatever it answers."""
    it._answers["-1"] = asyncio.get_running_loop().create_future()
    await it._transport.send(text)
    await it.settle()


@pytest.mark.requirement("A04.FR.04", "1.6-SEC A04")
@pytest.mark.parametrize("version", Version)
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nonsense", "a frame: "),
        ('[2, "1", "Reset", {"type": "Never"}]', "Reset: $.type: expected "),
        ('[2, "1", "Reset", {}]', "Reset: $.type: expected "),
    ],
)
async def test_what_is_no_valid_message_is_noticed(
    world: Any, version: Version, text: str, told: str
) -> None:
    async with world(version).running() as it:
        it._answers["1"] = asyncio.get_running_loop().create_future()
        await send(it, text)

        (found,) = noticed(it)
        assert found.startswith(told)
        assert INVALID not in str(it.calls)  # not critical: logged only (A04.FR.01)


@pytest.mark.requirement("A04.FR.04")
async def test_an_answer_that_is_no_valid_message_is_noticed(world: Any) -> None:
    it = world(Version.V201)
    it.script["StatusNotification"] = lambda _: {"surprise": 1}
    async with it.running():
        (found,) = noticed(it)

    assert found.startswith("answer to StatusNotification: ")


@pytest.mark.requirement("A04.FR.04")
async def test_an_action_that_the_station_does_not_have_is_no_invalid_message(world: Any) -> None:
    async with world(Version.V201).running() as it:
        answer = await it.call("ClearDisplayMessage", id=1)

        assert answer == "NotSupported"
        assert noticed(it) == []


@pytest.mark.requirement("A04.FR.04")
async def test_a_flood_of_them_is_counted_and_logged_once_an_hour(world: Any) -> None:
    async with world(Version.V201).running() as it:
        for _ in range(1000):
            await it.call("Reset", type="Never")
        at_once = noticed(it)
        await it.advance(3600)
        await it.call("Reset", type="Never")
        later = noticed(it)
        await it.advance(3600)
        await it.call("Reset", type="Never")

        assert len(at_once) == 1
        assert len(later) == 2
        assert later[1].endswith("; 999 more since the last event")
        assert "more" not in noticed(it)[2]


@pytest.mark.requirement("A04.FR.04")
async def test_what_was_noticed_outlasts_a_restart(world: Any, tmp_path: Path) -> None:
    it = world(Version.V201, storage=Storage(state_dir=tmp_path))
    async with it.running():
        await it.call("Reset", type="Never")
    async with it.running():
        assert len(noticed(it)) == 1


@pytest.mark.requirement("A04.FR.04")
async def test_what_is_noticed_tells_nothing_of_what_was_sent(world: Any) -> None:
    async with world(Version.V201).running() as it:
        await it.call("Reset", type="secret-" * 400)

        (found,) = noticed(it)
        assert "secret" not in found
        assert len(found) <= 255


async def test_one_that_comes_as_the_station_ends_harms_nothing(world: Any, caplog: Any) -> None:
    async with world(Version.V201).running() as it:
        heard = it.station._speaking._invalid.heard

    heard("a frame: no JSON")

    assert "as the station ends" in caplog.text
