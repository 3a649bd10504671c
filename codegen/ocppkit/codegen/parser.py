"""The one place that knows datamodel-code-generator: its parser is our JSON Schema front end.

It rests on that library's internals, so its version is pinned exactly. What the parser loses
(the limits of array items) is taken from the document itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen
from datamodel_code_generator.enums import DataModelType
from datamodel_code_generator.format import DatetimeClassType, PythonVersion
from datamodel_code_generator.model import get_data_model_types
from datamodel_code_generator.model.enum import Enum as ParsedEnum
from datamodel_code_generator.parser.jsonschema import JsonSchemaParser

from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.model import Kind, Limits

__all__ = ["ParsedField", "ParsedStruct", "parse"]

JsonObject = dict[str, Any]
_SCALARS = {
    "str": Kind.STRING,
    "int": Kind.INTEGER,
    "float": Kind.NUMBER,
    "bool": Kind.BOOLEAN,
    "Any": Kind.ANY,
    "AwareDatetime": Kind.DATE_TIME,
    "AnyUrl": Kind.URI,
}


@frozen(kw_only=True)
class ParsedField:
    """A property, as the schema has it."""

    wire: str
    kind: Kind
    ref: str
    required: bool
    array: bool
    limits: Limits


@frozen(kw_only=True)
class ParsedStruct:
    """An object, as the schema has it."""

    name: str
    fields: tuple[ParsedField, ...]
    open: bool


def parse(
    definitions: Mapping[str, JsonObject],
) -> tuple[dict[str, ParsedStruct], dict[str, tuple[str, ...]]]:
    """Parse the definitions of one document.

    Returns:
        The objects, and the enums with their values, by name.

    Raises:
        CodegenError: a definition is neither an object nor an enum, or a property is of a kind
            that no OCPP message has.
    """
    types = get_data_model_types(
        DataModelType.PydanticV2BaseModel,
        target_python_version=PythonVersion.PY_311,
    )
    document = {"$schema": "http://json-schema.org/draft-06/schema#", "definitions": definitions}
    parser = JsonSchemaParser(
        json.dumps(document),
        data_model_type=types.data_model,
        data_model_root_type=types.root_model,
        data_model_field_type=types.field_model,
        data_type_manager_type=types.data_type_manager,
        dump_resolve_reference_action=types.dump_resolve_reference_action,
        target_python_version=PythonVersion.PY_311,
        target_datetime_class=DatetimeClassType.Awaredatetime,
        field_constraints=True,
    )
    parser.parse_raw()
    models = {
        model.reference.path.rpartition("/")[2]: model
        for model in parser.results
        if model.reference.path.startswith("#/definitions/")
        and model.reference.path.count("/") == 2  # not an item of an array
    }
    structs: dict[str, ParsedStruct] = {}
    enums: dict[str, tuple[str, ...]] = {}
    for name, schema in definitions.items():
        model = models.get(name)
        if isinstance(model, ParsedEnum):
            enums[name] = tuple(schema["enum"])  # the parser's are Python literals
        elif model is not None and schema.get("type") == "object":
            properties, required = schema.get("properties", {}), schema.get("required", [])
            structs[name] = ParsedStruct(
                name=name,
                fields=tuple(
                    _field(name, field, properties[field.original_name], required)
                    for field in model.fields
                    if properties  # an open object without any is read as a mapping
                ),
                open=schema.get("additionalProperties", True) is not False,
            )
        else:
            raise CodegenError.at(name, "neither an object with properties nor an enum")
    return structs, enums


def _field(owner: str, field: Any, schema: JsonObject, required: list[str]) -> ParsedField:
    data_type = field.data_type
    array = schema.get("type") == "array"
    item_schema = schema["items"] if array else schema
    ref = item_schema.get("$ref", "").rpartition("/")[2]
    if array != _is_list(data_type):
        raise CodegenError.at(f"{owner}.{field.original_name}", "array or not is unclear")
    if ref:
        kind = Kind.OBJECT  # an enum is told apart where all names are known
    else:
        found = _SCALARS.get(_scalar(data_type) if not array else _item_type(item_schema))
        if found is None:
            raise CodegenError.at(
                f"{owner}.{field.original_name}", f"{data_type.type_hint!r} is not supported"
            )
        kind = found
    return ParsedField(
        wire=field.original_name,
        kind=kind,
        ref=ref,
        required=field.original_name in required,  # the parser's says no where there is a default
        array=array,
        limits=_limits(field, item_schema, array=array),
    )


def _is_list(data_type: Any) -> bool:
    return bool(data_type.is_list or any(inner.is_list for inner in data_type.data_types))


def _scalar(data_type: Any) -> str:
    return str(data_type.type or "")


def _item_type(schema: JsonObject) -> str:
    """Of array items the parser makes an alias when they have limits: read the schema itself."""
    if schema.get("format"):
        return {"date-time": "AwareDatetime", "uri": "AnyUrl"}[schema["format"]]
    return {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}.get(
        schema.get("type", ""), "Any" if "type" not in schema else ""
    )


def _limits(field: Any, item_schema: JsonObject, *, array: bool) -> Limits:
    constraints = field.constraints.model_dump(exclude_none=True) if field.constraints else {}

    def number(key: str) -> float | None:
        value = (
            item_schema.get(key)
            if array
            else constraints.get({"minimum": "ge", "maximum": "le"}[key])
        )
        value = getattr(value, "value", value)
        return None if value is None else float(value)

    def length(mine: str, theirs: str) -> int | None:
        value = item_schema.get(mine) if array else constraints.get(theirs)
        return None if value is None else int(value)

    multiple = item_schema.get("multipleOf") if array else constraints.get("multiple_of")
    return Limits(
        min_length=length("minLength", "min_length"),
        max_length=length("maxLength", "max_length"),
        minimum=number("minimum"),
        maximum=number("maximum"),
        multiple_of=None if multiple is None else f"{Decimal(repr(multiple)).normalize():f}",
        min_items=constraints.get("min_length") if array else None,
        max_items=constraints.get("max_length") if array else None,
    )
