from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ocppkit.codegen.document import merge
from ocppkit.codegen.errors import CodegenError

from .version import DRAFT_4, an_object, sources_of

_ENUM = {"type": "string", "enum": ["a", "b"]}
_REF = {"$ref": "#/definitions/T"}


def _with(definition: Any, **more: Any) -> dict[str, Any]:
    return an_object({"p": _REF}, definitions={"T": definition}, **more)


def _problems(root: Path, request: dict[str, Any], **more: Any) -> list[str]:
    with pytest.raises(CodegenError) as refused:
        merge(sources_of(root, request, **more))
    return refused.value.problems


def test_a_type_that_two_files_define_alike_stands_once(tmp_path: Path) -> None:
    reordered = {"enum": ["a", "b"], "type": "string"}

    document = merge(
        sources_of(tmp_path, _with(_ENUM), messages={"ResetResponse": _with(reordered)})
    )

    assert sorted(document.definitions) == ["ResetRequest", "ResetResponse", "T"]
    assert document.users["T"] == {"ResetRequest", "ResetResponse"}


def test_a_type_that_two_files_define_differently_is_refused_with_both_places(
    tmp_path: Path,
) -> None:
    other = _with({"type": "string", "enum": ["a"]})
    at = "schemas/v1/Reset{}.json: #/definitions/T"

    problems = _problems(tmp_path, _with(_ENUM), messages={"ResetResponse": other})

    assert problems == [
        f"{at.format('Response')}: T is defined differently in {at.format('Request')}"
    ]


def test_a_type_of_two_drafts_is_refused(tmp_path: Path) -> None:
    other = {"$schema": DRAFT_4, **_with(_ENUM)}

    (problem,) = _problems(tmp_path, _with(_ENUM), messages={"ResetResponse": other})

    assert "T has another draft in schemas/v1/ResetRequest.json" in problem


def test_whether_1_0_is_an_integer_follows_from_the_draft(tmp_path: Path) -> None:
    older = {"$schema": DRAFT_4, **an_object()}

    document = merge(sources_of(tmp_path, messages={"ResetResponse": older}))

    assert document.integral_floats == {"ResetRequest": True, "ResetResponse": False}


def test_a_type_that_is_written_out_gets_the_name_that_the_table_gives_its_place(
    tmp_path: Path,
) -> None:
    row = an_object({"state": _ENUM})
    request = an_object({"rows": {"type": "array", "items": row}, "free": {"type": "object"}})
    names = """
        [lift]
        "ResetRequest#/properties/rows/items" = "Row"
        "ResetRequest#/properties/rows/items/properties/state" = "State"
        "ResetRequest#/properties/free" = "Free"
    """

    document = merge(sources_of(tmp_path, request, names=names))

    assert document.definitions["ResetRequest"]["properties"] == {
        "rows": {"type": "array", "items": {"$ref": "#/definitions/Row"}},
        "free": {"$ref": "#/definitions/Free"},
    }
    assert document.definitions["Row"]["properties"] == {"state": {"$ref": "#/definitions/State"}}
    assert document.definitions["State"] == _ENUM


def test_a_type_that_is_written_out_in_a_definition_is_lifted_too(tmp_path: Path) -> None:
    names = '[lift]\n"ResetRequest#/definitions/T/properties/state" = "State"'

    document = merge(sources_of(tmp_path, _with(an_object({"state": _ENUM})), names=names))

    assert document.definitions["T"]["properties"] == {"state": {"$ref": "#/definitions/State"}}
    assert document.users["State"] == {"ResetRequest"}


def test_one_name_for_two_places_is_one_type_if_they_say_the_same(tmp_path: Path) -> None:
    names = """
        [lift]
        "ResetRequest#/properties/a" = "State"
        "ResetRequest#/properties/b" = "State"
    """

    same = merge(sources_of(tmp_path, an_object({"a": _ENUM, "b": _ENUM}), names=names))

    other = an_object({"a": _ENUM, "b": {"type": "string", "enum": ["b"]}})
    (problem,) = _problems(tmp_path, other, names=names)
    assert list(same.definitions) == ["State", "ResetRequest", "ResetResponse"]
    assert problem.startswith("schemas/v1/ResetRequest.json: #/properties/b: State is defined")


@pytest.mark.parametrize("node", [_ENUM, an_object(), {"type": "object"}])
def test_a_type_that_is_written_out_without_a_name_is_refused(
    tmp_path: Path, node: dict[str, Any]
) -> None:
    problems = _problems(tmp_path, an_object({"p": node}))

    where, reason = "#/properties/p", "a type is written out here: name it in [lift] as"
    assert problems == [f"schemas/v1/ResetRequest.json: {where}: {reason} 'ResetRequest{where}'"]


def test_a_name_for_a_place_where_no_type_is_written_out_is_refused(tmp_path: Path) -> None:
    names = '[lift]\n"ResetRequest#/properties/gone" = "Gone"'

    problems = _problems(tmp_path, an_object({"p": {}}), names=names)

    assert problems == [
        "v1: names.toml: [lift] 'ResetRequest#/properties/gone': there is no type written out"
    ]


def test_the_users_of_a_type_are_found_through_other_types_and_through_itself(
    tmp_path: Path,
) -> None:
    node = an_object({"next": _REF, "leaf": {"$ref": "#/definitions/Leaf"}})
    request = an_object({"p": _REF}, definitions={"T": node, "Leaf": an_object()})

    document = merge(sources_of(tmp_path, request))

    assert document.users["T"] == document.users["Leaf"] == {"ResetRequest"}


def test_a_type_that_nothing_refers_to_belongs_to_the_message_that_defines_it(
    tmp_path: Path,
) -> None:
    request = an_object(definitions={"T": _ENUM})

    assert merge(sources_of(tmp_path, request)).users["T"] == {"ResetRequest"}
