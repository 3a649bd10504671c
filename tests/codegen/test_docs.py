from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ocppkit.codegen.docs import Docs, uncovered
from ocppkit.codegen.model import Protocol

from .version import an_object, protocol_of

_FILE = "schemas/v1/docs.toml"
_WHOLE = """
[common]
note = "A note."
[messages.Reset]
doc = "Start again."
request.kind = "How."
[types.Row]
doc = "A row."
fields.state = "Its state."
[enums.State]
doc = "A state."
values.On = "Switched on."
"""


@pytest.fixture
def protocol(tmp_path: Path) -> Protocol:
    """A version with a field, a common field, a type and an enum."""
    state = {"$ref": "#/definitions/State"}
    request = an_object(
        {"kind": state, "note": {"type": "string"}, "row": {"$ref": "#/definitions/Row"}},
        definitions={
            "Row": an_object({"state": state, "note": {"type": "string"}}),
            "State": {"type": "string", "enum": ["On", "Off"]},
        },
    )
    return protocol_of(tmp_path, request)


def _uncovered(protocol: Protocol, docs: str) -> list[str]:
    return uncovered(protocol, tomllib.loads(docs), _FILE)


def test_words_are_found_by_message_type_enum_field_and_value() -> None:
    docs = Docs(tomllib.loads(_WHOLE), _FILE)

    assert docs.of_action("Reset") == "Start again."
    assert docs.of_type("Row") == "A row."
    assert docs.of_type("State") == "A state."
    assert docs.of_field("ResetRequest", "kind") == "How."
    assert docs.of_field("Row", "state") == "Its state."
    assert docs.of_value("State", "On") == "Switched on."


def test_a_field_without_words_of_its_own_has_the_common_ones() -> None:
    docs = Docs(tomllib.loads(_WHOLE), _FILE)

    assert docs.of_field("Row", "note") == docs.of_field("ResetResponse", "note") == "A note."


def test_a_type_whose_name_ends_like_a_message_is_still_a_type() -> None:
    docs = Docs(tomllib.loads('[types.OldRequest]\nfields.a = "A."'), _FILE)

    assert docs.of_field("OldRequest", "a") == "A."


def test_where_nothing_is_said_the_words_are_empty() -> None:
    docs = Docs(None, _FILE)

    assert [docs.of_action("Reset"), docs.of_type("T"), docs.of_field("T", "a")] == ["", "", ""]
    assert Docs({"messages": {"Reset": 3}}, _FILE).of_action("Reset") == ""


def test_a_version_without_docs_lacks_none(protocol: Protocol) -> None:
    assert uncovered(protocol, None, _FILE) == []


def test_what_lacks_words_is_named_with_file_and_table(protocol: Protocol) -> None:
    assert _uncovered(protocol, "") == [
        f"{_FILE}: {place}: no words for it"
        for place in (
            "[messages.Reset] doc",
            "[messages.Reset.request] kind",
            "[messages.Reset.request] note",
            "[messages.Reset.request] row",
            "[types.Row.fields] state",
            "[types.Row.fields] note",
            "[types.Row] doc",
            "[enums.State] doc",
        )
    ]


def test_words_for_everything_but_a_value_are_enough(protocol: Protocol) -> None:
    docs = _WHOLE.replace('request.kind = "How."', 'request.kind = "How."\nrequest.row = "Row."')

    assert _uncovered(protocol, docs) == []


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ('[messages.Boot]\ndoc = "x"', "[messages.Boot] doc"),
        ('[messages.Reset.response]\nkind = "x"', "[messages.Reset.response] kind"),
        ('[types.Row.fields]\ngone = "x"', "[types.Row.fields] gone"),
        ('[enums.State.values]\nGone = "x"', "[enums.State.values] Gone"),
        ('[common]\ngone = "x"', "[common] gone"),
        ('[letters]\na = "x"', "[letters] a"),
    ],
)
def test_words_for_what_is_not_there_are_named_with_file_and_table(
    protocol: Protocol, words: str, place: str
) -> None:
    assert f"{_FILE}: {place}: there is no such thing" in _uncovered(protocol, words)
