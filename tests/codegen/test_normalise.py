from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.normalise import normalise

from .version import DRAFT_4, DRAFT_6, an_object

_REF = {"$ref": "#/definitions/T"}


def _message(node: Any, **definitions: Any) -> dict[str, Any]:
    schema = {"$schema": DRAFT_6, **an_object({"p": node})}
    return schema | ({"definitions": definitions} if definitions else {})


def test_prose_and_ids_are_dropped_and_facts_stay_in_one_order() -> None:
    schema = {
        "definitions": {
            "Zulu": {"enum": ["b", "a"], "type": "string", "javaType": "Zulu"},
            "alpha": {"properties": {}, "description": "A", "type": "object"},
        },
        "$id": "urn:x",
        "comment": "x",
        "title": "x",
        "properties": {"z": {"maxLength": 3, "description": "x", "type": "string"}, "a": {}},
        "type": "object",
        "$schema": DRAFT_6,
    }

    result = normalise(schema, "x.json")

    assert json.dumps(result) == json.dumps(
        {
            "$schema": DRAFT_6,
            "type": "object",
            "properties": {"z": {"type": "string", "maxLength": 3}, "a": {}},
            "definitions": {
                "alpha": {"type": "object", "properties": {}},
                "Zulu": {"type": "string", "enum": ["b", "a"]},
            },
        }
    )


def test_what_is_normalised_stays_as_it_is() -> None:
    once = normalise(_message(_REF, T={"type": "string", "enum": ["a"]}), "x.json")

    assert normalise(once, "x.json") == once


def test_keywords_of_the_official_files_that_say_nothing_are_dropped() -> None:
    text = {"type": "string", "additionalProperties": False}
    array = {"type": "array", "items": text, "additionalItems": False}

    result = normalise(_message(array), "x.json")

    assert result["properties"]["p"] == {"type": "array", "items": {"type": "string"}}


@pytest.mark.parametrize("draft", [DRAFT_4, DRAFT_6])
def test_two_drafts_are_known(draft: str) -> None:
    assert normalise({"$schema": draft, "type": "object"}, "x.json")["$schema"] == draft


def _problems(schema: Any) -> list[str]:
    with pytest.raises(CodegenError) as refused:
        normalise(schema, "x.json")
    return refused.value.problems


@pytest.mark.parametrize(
    ("node", "place", "reason"),
    [
        (["string"], "", "expected a schema object, got list"),
        ({"oneOf": [{}, {}]}, "/oneOf", "this keyword is not supported"),
        ({"type": "object", "patternProperties": {}}, "/patternProperties", "not supported"),
        ({"type": "string", "pattern": "a"}, "/pattern", "this keyword is not supported"),
        ({"type": "integer", "exclusiveMinimum": 0}, "/exclusiveMinimum", "not supported"),
        ({"type": "array", "items": {}, "uniqueItems": True}, "/uniqueItems", "not supported"),
        ({"type": "array", "items": {}, "additionalItems": True}, "/additionalItems", "not supp"),
        ({"const": "a"}, "/const", "this keyword is not supported"),
        ({"type": ["string", "null"]}, "/type", "['string', 'null'] is not supported"),
        ({"type": "null"}, "/type", "'null' is not supported"),
        ({"$ref": "other.json#/definitions/T"}, "/$ref", "does not point into #/definitions/"),
        ({"$ref": 3}, "/$ref", "does not point into #/definitions/"),
        ({"$ref": "#/definitions/Gone"}, "/$ref", "is not among the file's definitions"),
        ({**_REF, "maxLength": 3}, "/maxLength", "says nothing beside a $ref"),
        ({"type": "integer", "enum": [1, 2]}, "/enum", "says nothing of type integer"),
        ({"enum": [1, 2]}, "/enum", "only a list of strings is supported"),
        ({"type": "string", "enum": []}, "/enum", "only a list of strings is supported"),
        ({"type": "string", "enum": "a"}, "/enum", "only a list of strings is supported"),
        ({"type": "string", "enum": ["a", "a"]}, "/enum", "a value stands here twice"),
        ({"type": "string", "enum": ["a"], "maxLength": 1}, "/maxLength", "beside an enum"),
        ({"type": "string", "format": "email"}, "/format", "'email' is not supported, only"),
        ({"type": "string", "format": ["uri"]}, "/format", "['uri'] is not supported"),
        ({"type": "string", "format": "date-time", "maxLength": 9}, "/maxLength", "a date-time"),
        ({"type": "integer", "format": "uri"}, "/format", "says nothing of type integer"),
        ({"maxLength": 3}, "/maxLength", "says nothing of an untyped value"),
        ({"type": "string", "maximum": 3}, "/maximum", "says nothing of type string"),
        ({"type": "string", "maxLength": "3"}, "/maxLength", "'3' is not a number of characters"),
        ({"type": "string", "maxLength": -1}, "/maxLength", "-1 is not a number of characters"),
        ({"type": "string", "maxLength": True}, "/maxLength", "True is not a number"),
        ({"type": "number", "maximum": "3"}, "/maximum", "'3' is not a number"),
        ({"type": "number", "minimum": False}, "/minimum", "False is not a number"),
        ({"type": "number", "multipleOf": 0}, "/multipleOf", "0 is not a number above 0"),
        ({"type": "number", "multipleOf": None}, "/multipleOf", "None is not a number above 0"),
        ({"type": "array"}, "", "an array must say what its items are"),
        ({"type": "array", "items": [{}]}, "/items", "expected a schema object, got list"),
        ({"type": "array", "items": {"type": "array", "items": {}}}, "/items", "array of arrays"),
        ({"type": "object", "properties": []}, "/properties", "must be an object"),
        ({"type": "object", "required": "a"}, "/required", "must be a list of names"),
        ({"type": "object", "required": [{}]}, "/required", "must be a list of names"),
        ({"type": "object", "required": ["a"]}, "/required", "'a' is not a property"),
        ({"type": "object", "additionalProperties": {}}, "/additionalProperties", "only true and"),
    ],
)
def test_what_is_not_supported_is_refused_with_its_place_and_the_reason(
    node: Any, place: str, reason: str
) -> None:
    (problem,) = _problems(_message(node, T={"type": "string", "enum": ["a"]}))

    assert problem.startswith(f"x.json: #/properties/p{place}: ")
    assert reason in problem


def test_a_place_is_a_json_pointer_with_its_escapes() -> None:
    (problem,) = _problems({"$schema": DRAFT_6, **an_object({"a/b~c": {"type": "null"}})})

    assert problem.startswith("x.json: #/properties/a~1b~0c/type: ")


@pytest.mark.parametrize(
    ("schema", "problems"),
    [
        (
            3,
            [
                "x.json: expected a schema object, got int",
                f"x.json: #/$schema: draft None is not one of {[DRAFT_4, DRAFT_6]}",
                "x.json: #/type: a message must be an object",
            ],
        ),
        (
            {"$schema": ["x"], "type": "object"},
            [f"x.json: #/$schema: draft ['x'] is not one of {[DRAFT_4, DRAFT_6]}"],
        ),
        (
            {"$schema": DRAFT_6, "type": "object", "definitions": []},
            ["x.json: #/definitions: must be an object"],
        ),
        (
            _message({}, Token={"type": "string", "maxLength": 20}),
            ["x.json: #/definitions/Token: a definition must be an object or an enum"],
        ),
    ],
)
def test_what_is_no_message_is_refused(schema: Any, problems: list[str]) -> None:
    assert _problems(schema) == problems


def test_all_problems_of_a_file_are_named_at_once() -> None:
    problems = _problems(_message({"type": "null"}, T={"type": "object", "if": {}}))

    assert [problem.split(": ")[1] for problem in problems] == [
        "#/properties/p/type",
        "#/definitions/T/if",
    ]


_KEYWORDS = [
    *("$schema", "type", "$ref", "format", "enum", "default", "minLength", "maxLength"),
    *("minimum", "maximum", "multipleOf", "minItems", "maxItems", "items", "properties"),
    *("required", "additionalProperties", "definitions", "title", "oneOf"),
]
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 2)
    | st.floats()
    | st.sampled_from([DRAFT_6, "object", "array", "string", "number", "uri", "#/definitions/a"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from([*_KEYWORDS, "a", "b"]), inner, max_size=5)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(_VALUES)
def test_whatever_the_json_is_it_is_read_or_refused_with_places(value: Any) -> None:
    try:
        result = normalise(value, "x.json")
    except CodegenError as refused:
        assert all(problem.startswith("x.json: ") for problem in refused.problems)  # noqa: PT017  # either is right
    else:
        assert result["type"] == "object"
