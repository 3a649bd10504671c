"""A schema reduced to facts: structure, names, types, limits, enum values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any

from ocppkit.codegen.errors import CodegenError, Place

__all__ = ["normalise"]

JsonObject = dict[str, Any]

# In the order in which the normalised files give them.
_COMMON = ("$schema", "type", "$ref", "format", "enum", "default")
_LIMITS = ("minLength", "maxLength", "minimum", "maximum", "multipleOf", "minItems", "maxItems")
_KEPT = (*_COMMON, *_LIMITS, "items", "properties", "required", "additionalProperties")
_PROSE = {"$id", "id", "title", "description", "comment", "javaType"}
_NUMBER = {"minimum", "maximum", "multipleOf"}
# Type → the keywords that say something of it, beside those that every type may have. What says
# nothing is refused: it would be lost without a word.
_TYPES: dict[str, set[str]] = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "minItems", "maxItems"},
    "string": {"format", "enum", "minLength", "maxLength"},
    "integer": _NUMBER,
    "number": _NUMBER,
    "boolean": set(),
}
_ANY_TYPE = {"$schema", "$ref", "type", "default", "definitions"}
_DRAFTS = {
    "http://json-schema.org/draft-04/schema#",
    "http://json-schema.org/draft-06/schema#",
}
_FORMATS = {"date-time", "uri"}
_PREFIX = "#/definitions/"


def normalise(schema: Any, origin: str) -> JsonObject:
    """Keep of a message's schema what the generator uses, in a stable order.

    Args:
        schema: the parsed JSON of one message.
        origin: the file's name, for errors.

    Raises:
        CodegenError: the schema uses something that the generator does not know; all such
            places are named.
    """
    problems: list[str] = []
    place = Place(origin)
    try:
        result = _node(schema, place, problems)
    except RecursionError as error:
        raise CodegenError.at(place, "it is nested too deep") from error
    draft = result.get("$schema")
    if not isinstance(draft, str) or draft not in _DRAFTS:
        problems.append(f"{place / '$schema'}: draft {draft!r} is not one of {sorted(_DRAFTS)}")
    if result.get("type") != "object":
        problems.append(f"{place / 'type'}: a message must be an object")
    definitions = schema.get("definitions", {}) if isinstance(schema, dict) else {}
    if not isinstance(definitions, dict):
        problems.append(f"{place / 'definitions'}: must be an object")
        definitions = {}
    problems += [
        f"{place / 'definitions' / name}: a definition must be an object or an enum"
        for name, definition in definitions.items()
        if isinstance(definition, dict)
        and definition.get("type") != "object"
        and "enum" not in definition
    ]
    if definitions:
        result["definitions"] = {
            name: _node(definitions[name], place / "definitions" / name, problems)
            for name in sorted(definitions, key=str.lower)
        }
    problems += _dangling(result, place, set(definitions))
    if problems:
        raise CodegenError(problems)
    return result


def _dangling(node: Any, place: Place, names: set[str]) -> list[str]:
    if isinstance(node, list):
        return [p for n, item in enumerate(node) for p in _dangling(item, place / n, names)]
    if not isinstance(node, dict):
        return []
    ref = node.get("$ref")
    found = []
    pointed = ref.removeprefix(_PREFIX) if isinstance(ref, str) else ref
    if isinstance(ref, str) and pointed != ref and pointed not in names:
        found.append(f"{place / '$ref'}: {ref!r} is not among the file's definitions")
    return found + [p for key, item in node.items() for p in _dangling(item, place / key, names)]


def _node(node: Any, place: Place, problems: list[str]) -> JsonObject:
    if not isinstance(node, dict):
        problems.append(f"{place}: expected a schema object, got {type(node).__name__}")
        return {}
    _check_keywords(node, place, problems)
    out: JsonObject = {}
    for key in _KEPT:
        if key not in node:
            continue
        value = node[key]
        if key == "properties":
            out[key] = {
                name: _node(inner, place / key / name, problems)
                for name, inner in (value.items() if isinstance(value, dict) else ())
            }
        elif key == "items":
            out[key] = _node(value, place / key, problems)
        elif key == "additionalProperties" and node.get("type") != "object":
            continue  # says nothing of a string
        else:
            out[key] = value
    return out


def _check_keywords(node: JsonObject, place: Place, problems: list[str]) -> None:
    def wrong(key: str, reason: str) -> None:
        problems.append(f"{place / key}: {reason}")

    kind = node.get("type")
    if "type" in node and (not isinstance(kind, str) or kind not in _TYPES):
        wrong("type", f"{kind!r} is not supported, only {', '.join(sorted(_TYPES))}")
        kind = None
    for key, value in node.items():
        if key == "additionalItems" and value is False:
            continue  # forbids nothing where `items` is one schema
        if key == "additionalProperties" and kind not in {None, "object"}:
            continue  # so in the official files; says nothing of a string
        if key not in {*_KEPT, *_PROSE, "definitions"}:
            wrong(key, "this keyword is not supported")
        elif "$ref" in node and key not in {"$ref", "default", *_PROSE}:
            wrong(key, "says nothing beside a $ref")
        elif key not in {*_ANY_TYPE, *_PROSE, *_TYPES.get(str(kind), {"enum"})}:
            wrong(key, f"says nothing of {f'type {kind}' if kind else 'an untyped value'}")
        elif key in _CHECKS:
            problems += [f"{place / key}: {reason}" for reason in _CHECKS[key](value)]
    for key, other in _beside(node):
        if key in node:
            wrong(key, f"is not supported beside {other}")
    _check_structure(node, place, problems)


def _beside(node: JsonObject) -> Iterator[tuple[str, str]]:
    """The keywords that would be lost beside another, each with that other."""
    if "enum" in node:
        yield from ((key, "an enum") for key in ("format", "minLength", "maxLength"))
    elif node.get("format") == "date-time":
        yield from ((key, "a date-time") for key in ("minLength", "maxLength"))


def _check_structure(node: JsonObject, place: Place, problems: list[str]) -> None:
    properties = node.get("properties", {})
    required = node.get("required", [])
    if isinstance(properties, dict) and isinstance(required, list):
        problems += [
            f"{place / 'required'}: {name!r} is not a property"
            for name in required
            if isinstance(name, str) and name not in properties
        ]
    if node.get("type") == "array":
        items = node.get("items")
        if "items" not in node:
            problems.append(f"{place}: an array must say what its items are")
        elif isinstance(items, dict) and items.get("type") == "array":
            problems.append(f"{place / 'items'}: an array of arrays is not supported")


def _check_ref(value: Any) -> Iterator[str]:
    if not isinstance(value, str) or not value.startswith(_PREFIX):
        yield f"{value!r} does not point into {_PREFIX}"


def _check_format(value: Any) -> Iterator[str]:
    if not isinstance(value, str) or value not in _FORMATS:
        yield f"{value!r} is not supported, only {', '.join(sorted(_FORMATS))}"


def _check_enum(value: Any) -> Iterator[str]:
    if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
        yield "only a list of strings is supported"
    elif len(set(value)) < len(value):
        yield "a value stands here twice"


def _check_open(value: Any) -> Iterator[str]:
    if not isinstance(value, bool):
        yield "only true and false are supported"


def _check_properties(value: Any) -> Iterator[str]:
    if not isinstance(value, dict):
        yield "must be an object"


def _check_required(value: Any) -> Iterator[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        yield "must be a list of names"


def _check_number(value: Any) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        yield f"{value!r} is not a number"


def _check_count(value: Any) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        yield f"{value!r} is not a number of characters or items"


def _check_step(value: Any) -> Iterator[str]:
    if any(_check_number(value)) or value <= 0:
        yield f"{value!r} is not a number above 0"


_CHECKS: dict[str, Callable[[Any], Iterator[str]]] = {
    "$ref": _check_ref,
    "format": _check_format,
    "enum": _check_enum,
    "additionalProperties": _check_open,
    "properties": _check_properties,
    "required": _check_required,
    "minimum": _check_number,
    "maximum": _check_number,
    "multipleOf": _check_step,
    "minLength": _check_count,
    "maxLength": _check_count,
    "minItems": _check_count,
    "maxItems": _check_count,
}
