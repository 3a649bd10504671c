"""C01: what drivers read, and in which language."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import Happening, SimulatedHardware
from ocppkit.simulation.hardware import DEFAULT_DESCRIPTION

from .drivers import NO, YES, charge, entry, says, send_list, show, thinks, variable

World = Callable[..., Any]
HELLO = {"format": "UTF8", "content": "Hello", "language": "en"}
CHEAP = {"format": "UTF8", "content": "Cheap today"}


@asynccontextmanager
async def station(world: World, *languages: str) -> AsyncIterator[Any]:
    """A station whose displays speak these languages; what they show."""
    made = world(Version.V201)
    made.hardware = made.equipment = SimulatedHardware(
        DEFAULT_DESCRIPTION, environment=made.environment, languages=frozenset(languages)
    )
    shown: list[tuple[str, int | None, str | None]] = []

    def heard(each: Happening) -> None:
        if each.kind in {"display", "language"}:
            [text] = each.details.values()
            shown.append((each.kind, each.evse, text))

    made.hardware.listen(heard)
    async with made.running() as it:
        yield it, shown


@pytest.mark.requirement("C01.FR.08", "C01.FR.09", "C01.FR.12", "C01.FR.13", "C01.FR.17")
@pytest.mark.parametrize(
    ("told", "spoken"),
    [
        ({"language1": "nl", "language2": "de"}, "nl"),
        ({"language1": "nl-BE"}, "nl-BE"),
        ({"language1": "fr", "language2": "NL"}, "NL"),
        ({"language1": "fr", "language2": "sv"}, "en"),
        ({"language1": "fr"}, "en"),
        ({}, None),
    ],
)
async def test_a_display_speaks_the_drivers_language(
    world: World, told: dict[str, str], spoken: str | None
) -> None:
    async with station(world, "nl", "en") as (it, shown):
        thinks(it, A=says(**told))
        await show(it, "A")

        assert shown == ([] if spoken is None else [("language", 1, spoken)])


@pytest.mark.requirement("C01.FR.13")
async def test_a_display_without_the_language_and_english_speaks_as_ever(world: World) -> None:
    async with station(world, "de") as (it, shown):
        thinks(it, A=says(language1="fr"))
        await show(it, "A")

        assert shown == [("language", 1, None)]


@pytest.mark.requirement("C01.FR.10", "C01.FR.11")
@pytest.mark.parametrize("told", [{"language2": "nl"}, {"language1": "nl", "language2": "nl"}])
async def test_a_csms_that_tells_languages_oddly_is_understood(
    world: World, told: dict[str, str]
) -> None:
    async with station(world, "nl") as (it, shown):
        thinks(it, A=says(**told))

        assert await show(it, "A") is YES
        assert shown == [("language", 1, "nl")]


@pytest.mark.requirement("C01.FR.08")
async def test_the_language_ends_with_the_driver(world: World) -> None:
    async with station(world, "nl") as (it, shown):
        thinks(it, A=says(language1="nl"))
        await charge(it, "A")
        await it.advance(600)
        before = list(shown)
        await show(it, "A")
        await it.hardware.depart()
        await it.advance(61)

        assert before == [("language", 1, "nl")]
        assert shown[-1] == ("language", 1, None)


@pytest.mark.requirement("C01.FR.08")
async def test_the_list_knows_the_language_of_those_who_are_not_asked_about(world: World) -> None:
    async with station(world, "nl") as (it, shown):
        await send_list(it, 1, entry("A", says(language1="nl")))
        await variable(it, "AuthCtrlr.LocalPreAuthorize", "true")
        await show(it, "A")

        assert shown == [("language", 1, "nl")]
        assert it.sent("Authorize") == []


async def test_a_message_for_the_driver_is_shown_until_they_have_gone(world: World) -> None:
    async with station(world) as (it, shown):
        thinks(it, A=says(personalMessage=HELLO))
        await charge(it, "A")
        await it.advance(600)
        before = list(shown)
        await show(it, "A")
        await it.hardware.depart()
        await it.advance(61)

        assert before == [("display", 1, "Hello")]
        assert shown[-1] == ("display", 1, None)


async def test_a_message_for_one_who_is_refused_is_shown_for_a_minute(world: World) -> None:
    async with station(world) as (it, shown):
        thinks(it, A=says("NoCredit", personalMessage=HELLO))

        assert await show(it, "A") is NO
        await it.advance(59)
        assert shown == [("display", 1, "Hello")]
        await it.advance(2)
        assert shown == [("display", 1, "Hello"), ("display", 1, None)]


async def test_another_message_for_the_driver_takes_the_place_of_the_first(world: World) -> None:
    async with station(world) as (it, shown):
        thinks(it, A=says(personalMessage=HELLO))
        await charge(it, "A")
        it.script["TransactionEvent"] = lambda _: {"updatedPersonalMessage": CHEAP}
        await it.call("TriggerMessage", requestedMessage="TransactionEvent")
        await it.settle()

        assert shown == [("display", 1, "Hello"), ("display", 1, "Cheap today")]
