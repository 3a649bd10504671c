from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from ocppkit.codegen.model import Limits
from ocppkit.codegen.views import FieldView, handlers, modules, stem
from ocppkit.codegen.wording import docstring, opening, tight, wrap

from .version import an_object, protocol_of

_LONG = "word " * 30 + "end."
_TRICKY = ['ends with a "quote"', "back\\slash \\n \\N{x}", 'three """ quotes', "\\", '"', '"""']


def _fields(
    root: Path, properties: dict[str, Any], required: tuple[str, ...] = ()
) -> list[FieldView]:
    definitions = {"E": {"enum": ["a"]}, "S": an_object()}
    request = an_object(properties, required, definitions=definitions)
    _, reset = modules(protocol_of(root, request))
    return list(reset.structs[0].fields)


@pytest.mark.parametrize(
    ("name", "functions"),
    [("IdTokenType", "id_token_type"), ("EVSEType", "evse_type"), ("OCSPData", "ocsp_data")],
)
def test_the_functions_of_a_class_bear_its_name(name: str, functions: str) -> None:
    assert stem(name) == functions


def test_a_text_is_wrapped_and_what_follows_hangs() -> None:
    lines = wrap(_LONG, 8).splitlines()

    assert len(lines) == 2
    assert len(lines[0]) + 8 <= 100
    assert lines[1].startswith(" " * 12 + "word")


@pytest.mark.parametrize("text", ["Short.", _LONG, *_TRICKY])
@pytest.mark.parametrize("indent", [4, 8])
def test_a_docstring_says_its_text_within_the_line(text: str, indent: int) -> None:
    printed = docstring(text, indent)

    lines = (" " * indent + printed).splitlines()
    assert all(len(line) <= 100 for line in lines)
    assert ast.literal_eval(printed).split() == text.split()


@pytest.mark.parametrize("text", ["Short.", _LONG, *_TRICKY])
def test_a_docstring_that_goes_on_says_its_text(text: str) -> None:
    printed = f'{opening(text, 4)}\n\n    Attributes:\n        {wrap(text, 8)}\n    """'

    assert ast.literal_eval(printed).split() == [*text.split(), "Attributes:", *text.split()]
    assert all(line.startswith(("    ", '"""')) or not line for line in printed.splitlines())


def test_a_tight_text_has_no_empty_lines() -> None:
    assert tight("a\n\n  \n b\n") == "a\n b"


@pytest.mark.parametrize(
    ("node", "annotation"),
    [
        ({}, "Any"),
        ({"type": "boolean"}, "bool"),
        ({"type": "string", "format": "date-time"}, "datetime"),
        ({"type": "integer"}, "int"),
        ({"type": "number"}, "float"),
        ({"type": "string"}, "str"),
        ({"type": "string", "format": "uri"}, "str"),
        ({"$ref": "#/definitions/E"}, "E"),
        ({"$ref": "#/definitions/S"}, "S"),
        ({"type": "array", "items": {}}, "list[Any]"),
        ({"type": "array", "items": {"$ref": "#/definitions/E"}}, "list[E]"),
    ],
)
def test_a_field_is_annotated_with_what_it_holds(
    tmp_path: Path, node: dict[str, Any], annotation: str
) -> None:
    required, optional = _fields(tmp_path, {"a": node, "b": node}, ("a",))

    assert required.annotation == annotation
    assert optional.annotation == (annotation if annotation == "Any" else f"{annotation} | None")


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ({"type": "string", "maxLength": 20}, " (at most 20 characters)"),
        ({"type": "string", "minLength": 1, "maxLength": 2}, " (1 to 2 characters)"),
        ({"type": "integer", "minimum": 0}, " (at least 0)"),
        ({"type": "number", "minimum": -0.5, "maximum": 12345678}, " (-0.5 to 12345678)"),
        ({"type": "number", "multipleOf": 0.1}, " (a multiple of 0.1)"),
        ({"type": "number", "multipleOf": 10}, " (a multiple of 10)"),
        ({"type": "array", "items": {}, "minItems": 1}, " (at least 1 items)"),
        (
            {"type": "array", "items": {"type": "string", "maxLength": 5}, "maxItems": 4},
            " (at most 4 items, at most 5 characters)",
        ),
        ({"type": "boolean"}, ""),
    ],
)
def test_the_limits_of_a_field_are_put_into_words(
    tmp_path: Path, node: dict[str, Any], words: str
) -> None:
    (field,) = _fields(tmp_path, {"a": node})

    assert field.doc == f"As the specification has it.{words}"


@pytest.mark.parametrize(
    ("step", "scale"),
    [(0.1, "10.0"), (0.01, "100.0"), (1, "1.0"), (0.25, ""), (10, ""), (0.2, "")],
)
def test_steps_of_one_decimal_place_can_be_checked_by_scaling(
    tmp_path: Path, step: float, scale: str
) -> None:
    (field,) = _fields(tmp_path, {"a": {"type": "number", "multipleOf": step}})

    assert (field.scale, field.limits) == (scale, Limits(multiple_of=f"{step:g}"))


def test_a_class_names_first_what_is_required_and_custom_data_last(tmp_path: Path) -> None:
    nodes: dict[str, Any] = {"customData": {}, "b": {}, "a": {}}

    _, reset = modules(protocol_of(tmp_path, an_object(nodes, ("a",))))

    assert [field.name for field in reset.structs[0].class_fields] == ["a", "b", "custom_data"]


def test_a_module_borrows_what_is_shared_and_defines_what_only_it_uses(tmp_path: Path) -> None:
    shared = {"E": {"enum": ["a"]}, "S": an_object()}
    refs: dict[str, Any] = {name: {"$ref": f"#/definitions/{name}"} for name in ("E", "S", "Own")}
    request = an_object(refs, definitions={**shared, "Own": an_object()})
    boot = an_object(definitions=shared)

    found, boots, resets = modules(
        protocol_of(
            tmp_path,
            request,
            messages={"BootRequest": boot, "BootResponse": an_object()},
            actions="Reset,station,core\nBoot,csms,core\n",
        )
    )

    assert (found.name, found.exported) == ("shared", ("E", "S"))
    assert (boots.name, boots.borrowed) == ("messages.boot", ())
    assert {"E", "S", "structure_s", "unstructure_s"} < set(resets.borrowed)
    assert resets.exported == ("Own", "ResetRequest", "ResetResponse")


def test_a_module_imports_the_checks_that_its_fields_need(tmp_path: Path) -> None:
    nodes = {
        "a": {"type": "string", "format": "date-time"},
        "b": {"type": "string", "format": "uri"},
        "c": {"type": "number", "multipleOf": 0.25},
        "d": {"type": "integer"},
    }

    _, reset = modules(protocol_of(tmp_path, an_object(nodes)))

    assert set(reset.scalars) == {
        *("check_uri", "format_time", "integral", "is_multiple", "parse_time"),
    }
    assert "datetime" in reset.uses


def test_every_side_has_a_stub_class_a_block_in_order(tmp_path: Path) -> None:
    messages = {
        f"{action}{side}": an_object()
        for action in ("Boot", "Data", "Help")
        for side in ("Request", "Response")
    }

    found = handlers(
        protocol_of(
            tmp_path,
            messages=messages,
            actions="Reset,station,c_smart_charging\nBoot,csms,core\nData,both,core\n"
            "Help,station,a_security\n",
        )
    )

    assert [(view.name, view.doc) for view in found["station"]] == [
        ("StationSecurityHandler", "What a station answers: block A, security."),
        ("StationSmartChargingHandler", "What a station answers: block C, smart charging."),
        ("StationCoreHandler", "What a station answers: core."),
    ]
    assert [view.name for view in found["csms"]] == ["CsmsCoreHandler"]
    assert [action.name for action in found["csms"][0].actions] == ["Boot", "Data"]


@pytest.mark.parametrize(("required", "together"), [((), ["a", "b", "c", "d", "e"]), (("a",), [])])
def test_five_optional_enums_are_written_together_and_fewer_are_not(
    tmp_path: Path, required: tuple[str, ...], together: list[str]
) -> None:
    nodes: dict[str, Any] = {name: {"$ref": "#/definitions/E"} for name in "abcde"}
    request = an_object(nodes, required, definitions={"E": {"enum": ["x"]}})

    _, reset = modules(protocol_of(tmp_path, request))

    assert [field.name for field in reset.structs[0].together] == together
    assert ("Combinations" in reset.scalars) is bool(together)


def test_a_class_within_is_read_in_place_unless_it_is_large_or_holds_an_array(
    tmp_path: Path,
) -> None:
    definitions = {
        "Small": an_object({"a": {"type": "integer"}}),
        "Large": an_object({f"a{number}": {"type": "integer"} for number in range(8)}),
        "Holds": an_object({"a": {"type": "array", "items": {"type": "integer"}}}),
    }
    nodes: dict[str, Any] = {name: {"$ref": f"#/definitions/{name}"} for name in definitions}
    nodes["Many"] = {"type": "array", "items": {"$ref": "#/definitions/Large"}}

    _, reset = modules(protocol_of(tmp_path, an_object(nodes, definitions=definitions)))

    found = {field.wire: field.inline is not None for field in reset.structs[0].fields}
    assert found == {"Small": True, "Large": False, "Holds": False, "Many": True}
