"""The reference page tells everything that the table of commands says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ocppkit.control.commands import COMMANDS, Command
from ocppkit.control.parameters import Parameter
from ocppkit.control.vocabulary import EVENTS

PAGE = (Path(__file__).parents[2] / "docs/reference/control-protocol.md").read_text("utf-8")


def section(title: str) -> str:
    found = re.search(rf"^### {title}\n(.*?)(?=^##)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, f"the page has no section {title}"
    return found[1]


def rows(parameters: tuple[Parameter, ...]) -> list[str]:
    return [
        f"| `{each.name}` | {'' if each.fields or each.name == 'events' else each.expected}"
        for each in parameters
    ]


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_the_page_has_each_command_with_its_arguments(command: Command) -> None:
    text = section(command.name)

    assert command.about in text
    assert all(row in text for row in rows(command.parameters))
    assert text.count("\n| `") == len(command.parameters)


def test_the_page_has_each_field_of_an_ev() -> None:
    fields = COMMANDS["plug_in"].parameters[2].fields
    text = section("The EV")

    assert all(row in text for row in rows(fields))
    assert text.count("\n| `") == len(fields)


@pytest.mark.parametrize("event", EVENTS)
def test_the_page_has_each_event(event: str) -> None:
    assert re.search(rf"^\| `{event}` \|.*\| {re.escape(EVENTS[event])} \|$", PAGE, re.MULTILINE)
