"""The adapter to datamodel-code-generator: what it says of a schema is what the schema says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from attrs import asdict

from ocppkit.codegen.document import merge
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.model import Kind
from ocppkit.codegen.parser import ParsedField, parse
from ocppkit.codegen.sources import read_sources

from .version import INVENTED, SCHEMAS, an_object

_KEYWORDS = {
    "min_length": "minLength",
    "max_length": "maxLength",
    "minimum": "minimum",
    "maximum": "maximum",
    "multiple_of": "multipleOf",
}


def _definitions() -> Iterator[Any]:
    for schemas, folder in ((SCHEMAS, "v16"), (SCHEMAS, "v201"), (INVENTED, "v99")):
        yield pytest.param(merge(read_sources(schemas, folder)).definitions, id=folder)


def _said(schema: Mapping[str, Any]) -> tuple[str, str, bool, dict[str, object]]:
    """Kind, reference, array or not, limits: read by other means than the adapter's."""
    array = schema.get("type") == "array"
    item = schema["items"] if array else schema
    ref = item.get("$ref", "").removeprefix("#/definitions/")
    kind = "object" if ref else item.get("format", item.get("type", "any"))
    limits = {mine: item[theirs] for mine, theirs in _KEYWORDS.items() if theirs in item}
    if array:
        both = {"min_items": "minItems", "max_items": "maxItems"}
        limits |= {mine: schema[theirs] for mine, theirs in both.items() if theirs in schema}
    return kind, ref, array, limits


def _parsed(field: ParsedField) -> tuple[str, str, bool, dict[str, object]]:
    limits = {key: value for key, value in asdict(field.limits).items() if value is not None}
    if "multiple_of" in limits:
        limits["multiple_of"] = float(limits["multiple_of"])
    return field.kind.value, field.ref, field.array, limits


@pytest.mark.parametrize("definitions", list(_definitions()))
def test_every_field_is_what_the_schema_says(definitions: Mapping[str, Any]) -> None:
    structs, _ = parse(definitions)

    compared = 0
    for name, struct in structs.items():
        schema = definitions[name]
        assert [field.wire for field in struct.fields] == list(schema.get("properties", {}))
        for field in struct.fields:
            compared += 1
            assert _parsed(field) == _said(schema["properties"][field.wire]), (name, field.wire)
            assert field.required == (field.wire in schema.get("required", [])), (name, field.wire)
        assert struct.open == (schema.get("additionalProperties") is not False)
    assert compared > 50


@pytest.mark.parametrize("definitions", list(_definitions()))
def test_every_definition_becomes_one_struct_or_one_enum(definitions: Mapping[str, Any]) -> None:
    structs, enums = parse(definitions)

    assert not set(structs) & set(enums)
    assert set(structs) | set(enums) == set(definitions)
    assert enums == {name: tuple(definitions[name]["enum"]) for name in enums}


def test_a_required_property_with_a_default_is_required() -> None:
    schema = an_object({"p": {"type": "integer", "default": 3}}, ["p"])

    structs, _ = parse({"T": schema})

    assert structs["T"].fields[0].required


def test_a_step_is_kept_as_people_write_it() -> None:
    steps = [0.1, 0.01, 0.25, 1, 1.0, 10, 100, 1e-7]
    schema = an_object({f"p{n}": {"type": "number", "multipleOf": s} for n, s in enumerate(steps)})

    structs, _ = parse({"T": schema})

    found = [field.limits.multiple_of for field in structs["T"].fields]
    assert found == ["0.1", "0.01", "0.25", "1", "1", "10", "100", "0.0000001"]


def test_an_object_without_properties_has_no_fields() -> None:
    structs, _ = parse({"T": {"type": "object"}})

    assert (structs["T"].fields, structs["T"].open) == ((), True)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "maxLength": 3},
        {"type": "array", "items": {"type": "string"}},
    ],
)
def test_a_definition_that_is_neither_object_nor_enum_is_refused(schema: Any) -> None:
    with pytest.raises(CodegenError, match="T: neither an object with properties nor an enum"):
        parse({"T": schema})


@pytest.mark.parametrize(
    "node",
    [
        {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "string", "format": "email"},
    ],
)
def test_a_property_of_a_kind_that_no_message_has_is_refused(node: Any) -> None:
    with pytest.raises(CodegenError, match=r"T\.p: .* is not supported"):
        parse({"T": an_object({"p": node})})


def test_whether_a_property_may_be_anything_is_told_from_its_missing_type() -> None:
    structs, _ = parse({"T": an_object({"p": {}, "q": {"type": "array", "items": {}}})})

    assert [field.kind for field in structs["T"].fields] == [Kind.ANY, Kind.ANY]
