"""D01, D02: the CSMS sends the local authorization list, message by message."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation.hardware import DEFAULT_DESCRIPTION
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.settings.values import VariableId, VariableValue

from .drivers import (
    NO,
    YES,
    entry,
    list_version,
    offline,
    read,
    says,
    send_list,
    shows,
    thinks,
    variable,
)


@pytest.fixture
async def it(world: Callable[..., Any]) -> AsyncIterator[Any]:
    async with world(Version.V201).running() as running:
        yield running


async def entries(it: Any) -> str:
    return await read(it, "LocalAuthListCtrlr.Entries")


@pytest.mark.requirement("D02.FR.01", "D02.FR.02", "D01.FR.02", "D01.FR.15")
async def test_a_full_list_takes_the_place_of_what_was_and_of_its_version(it: Any) -> None:
    at_first = await list_version(it)
    answers = [
        await send_list(it, 7, entry("A", says()), entry("B", says())),
        await send_list(it, 3, entry("C", says())),
    ]
    version = await list_version(it)
    await offline(it)

    assert (at_first, answers, version) == (0, ["Accepted", "Accepted"], 3)
    assert await shows(it, "A", "B", "C") == [NO, NO, YES]


@pytest.mark.requirement("D01.FR.04", "D01.FR.01")
async def test_a_full_list_of_nobody_empties_it_and_has_a_version(it: Any) -> None:
    await send_list(it, 1, entry("A", says()))

    assert await send_list(it, 2) == "Accepted"
    assert (await entries(it), await list_version(it)) == ("0", 2)
    assert await send_list(it, 2, full=False) == "VersionMismatch"


@pytest.mark.requirement("D01.FR.05")
async def test_changes_of_nothing_change_only_the_version(it: Any) -> None:
    await send_list(it, 1, entry("A", says()))

    assert await send_list(it, 2, full=False) == "Accepted"
    assert (await entries(it), await list_version(it)) == ("1", 2)


@pytest.mark.requirement("D01.FR.16", "D01.FR.17", "D01.FR.01")
async def test_changes_add_change_and_take_away(it: Any) -> None:
    await send_list(it, 1, entry("A", says()), entry("B", says()), entry("C", says()))
    changes = [entry("a", says("Blocked")), entry("B"), entry("D", says()), entry("E")]

    assert await send_list(it, 2, *changes, full=False) == "Accepted"
    assert (await entries(it), await list_version(it)) == ("3", 2)
    await offline(it)
    assert await shows(it, "A", "B", "C", "D") == [NO, NO, YES, YES]


@pytest.mark.requirement("D01.FR.16")
async def test_changes_of_an_empty_list_begin_one(it: Any) -> None:
    assert await send_list(it, 1, entry("A", says()), full=False) == "Accepted"
    assert (await entries(it), await list_version(it)) == ("1", 1)


@pytest.mark.requirement("D01.FR.19", "D01.FR.03")
@pytest.mark.parametrize("version", [5, 4, 0, -1])
async def test_changes_need_a_version_above_that_of_the_list(it: Any, version: int) -> None:
    await send_list(it, 5, entry("A", says()))

    assert await send_list(it, version, entry("B", says()), full=False) == "VersionMismatch"
    assert (await entries(it), await list_version(it)) == ("1", 5)


@pytest.mark.requirement("D01.FR.18")
@pytest.mark.parametrize("version", [0, -1])
async def test_a_full_list_needs_a_version_above_0(it: Any, version: int) -> None:
    await send_list(it, 5, entry("A", says()))

    assert await send_list(it, version, entry("B", says())) == "Failed"
    assert (await entries(it), await list_version(it)) == ("1", 5)


@pytest.mark.requirement("D01.FR.06")
@pytest.mark.parametrize("full", [True, False])
async def test_a_token_stands_in_a_list_once_whatever_its_case(it: Any, full: bool) -> None:
    assert await send_list(it, 1, entry("A", says()), entry("a", says()), full=full) == "Failed"
    assert await list_version(it) == 0


@pytest.mark.requirement("D01.FR.06", "C01.FR.25")
async def test_tokens_of_several_types_are_several(it: Any) -> None:
    both = [entry("A", says()), entry("A", says("Blocked"), kind="KeyCode")]

    assert await send_list(it, 1, *both) == "Accepted"
    await offline(it)
    assert await shows(it, "A") == [YES]


@pytest.mark.requirement("D01.FR.15")
async def test_a_full_list_has_to_say_something_of_each(it: Any) -> None:
    await send_list(it, 1, entry("A", says()))

    assert await send_list(it, 2, entry("B", says()), entry("C")) == "Failed"
    assert (await entries(it), await list_version(it)) == ("1", 1)


@pytest.mark.requirement("D01.FR.09")
async def test_what_the_csms_says_elsewhere_does_not_change_the_list(it: Any) -> None:
    await send_list(it, 1, entry("A", says()), entry("B", says("Blocked")))
    thinks(it, A=says("Blocked"), B=says())
    await shows(it, "A", "B", "C")
    await it.call("ClearCache")
    await offline(it)

    assert await shows(it, "A", "B", "C") == [YES, NO, NO]


@pytest.mark.requirement("D01.FR.10")
@pytest.mark.parametrize("tokens", [(), ("A",)])
async def test_the_list_outlasts_a_restart(
    world: Callable[..., Any], tmp_path: Path, tokens: tuple[str, ...]
) -> None:
    def station() -> Any:
        return world(Version.V201, DEFAULT_DESCRIPTION, storage=Storage(state_dir=tmp_path))

    async with station().running() as it:
        await send_list(it, 4, *(entry(name, says(evseId=[1])) for name in tokens))
    async with station().running() as it:
        assert (await list_version(it), await entries(it)) == (4, str(len(tokens)))
        await offline(it)
        assert await shows(it, "A") == [YES if tokens else NO]


@pytest.mark.requirement("D01.FR.11")
@pytest.mark.parametrize(
    ("name", "reason"),
    [("ItemsPerMessage", "TooManyElements"), ("BytesPerMessage", "TooLargeElement")],
)
async def test_an_update_is_as_large_as_the_station_says_at_most(
    world: Callable[..., Any], name: str, reason: str
) -> None:
    named = VariableId(component="LocalAuthListCtrlr", variable=name)
    value = {"ItemsPerMessage": "2", "BytesPerMessage": "300"}[name]
    told = (VariableValue(id=named, value=value),)
    async with world(Version.V201, variables=told).running() as it:
        three = [entry(each, says()) for each in "ABC"]
        answer = await it.call(
            "SendLocalList", versionNumber=1, updateType="Full", localAuthorizationList=three
        )

        assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Failed", reason)
        assert await send_list(it, 1, *three[:2]) == "Accepted"
        assert await read(it, f"LocalAuthListCtrlr.{name}") == value


@pytest.mark.requirement("D01.FR.12")
async def test_the_list_says_how_long_it_is_and_may_be(it: Any) -> None:
    await send_list(it, 1, entry("A", says()), entry("B", says()))
    await it.call("GetBaseReport", requestId=1, reportBase="FullInventory")
    await it.settle()

    rows = [row for each in it.sent("NotifyReport") for row in each["reportData"]]
    [row] = [
        each
        for each in rows
        if (each["component"]["name"], each["variable"]["name"])
        == ("LocalAuthListCtrlr", "Entries")
    ]
    assert row["variableAttribute"][0]["value"] == "2"
    assert row["variableCharacteristics"]["maxLimit"] == 10_000
    assert int(await read(it, "LocalAuthListCtrlr.Storage")) > 0


@pytest.mark.requirement("D01.FR.12")
async def test_what_has_no_room_is_refused(it: Any) -> None:
    many = [entry(f"T{number}", says()) for number in range(10_000)]

    assert await send_list(it, 1, *many) == "Accepted"
    assert await send_list(it, 2, entry("one more", says()), full=False) == "Failed"
    assert (await entries(it), await list_version(it)) == ("10000", 1)


@pytest.mark.requirement("D01.FR.13", "D02.FR.03")
async def test_a_list_that_is_switched_off_is_none(it: Any) -> None:
    await send_list(it, 1, entry("A", says()))
    await variable(it, "LocalAuthListCtrlr.Enabled", "false")

    assert await list_version(it) == 0
    assert await send_list(it, 2, entry("B", says())) == "Failed"
    await offline(it)
    assert await shows(it, "A") == [NO]


@pytest.mark.requirement("D01.FR.13")
async def test_a_list_that_is_switched_on_again_is_as_it_was(it: Any) -> None:
    await send_list(it, 1, entry("A", says()))
    await variable(it, "LocalAuthListCtrlr.Enabled", "false")
    await variable(it, "LocalAuthListCtrlr.Enabled", "true")

    assert (await list_version(it), await read(it, "LocalAuthListCtrlr.Enabled")) == (1, "true")


@pytest.mark.requirement("D01.FR.02", "D01.FR.09")
async def test_a_list_that_cannot_be_kept_is_a_failure_and_changes_nothing(
    it: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send_list(it, 1, entry("A", says()))

    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is gone")

    rows = it.station.core.store.known_tokens
    monkeypatch.setattr(rows, "replace_list", fails)
    monkeypatch.setattr(rows, "amend_list", fails)
    whole = await send_list(it, 2, entry("B", says()))
    part = await send_list(it, 3, entry("C", says()), full=False)
    version = await list_version(it)
    await offline(it)

    assert (whole, part, version) == ("Failed", "Failed", 1)
    assert await shows(it, "A", "B", "C") == [YES, NO, NO]
