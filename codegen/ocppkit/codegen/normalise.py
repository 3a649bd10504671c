"""A schema reduced to facts: structure, names, types, limits, enum values."""

from __future__ import annotations

from typing import Any

from ocppkit.codegen.errors import CodegenError, Place

__all__ = ["normalise"]

JsonObject = dict[str, Any]

# In the order in which the normalised files give them.
_COMMON = ("$schema", "type", "$ref", "format", "enum", "default")
_LIMITS = ("minLength", "maxLength", "minimum", "maximum", "multipleOf", "minItems", "maxItems")
_KEPT = (*_COMMON, *_LIMITS, "items", "properties", "required", "additionalProperties")
_PROSE = {"$id", "id", "title", "description", "comment", "javaType"}
_TYPES = {"object", "array", "string", "integer", "number", "boolean"}
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
    result = _node(schema, place, problems)
    draft = result.get("$schema")
    if draft not in _DRAFTS:
        problems.append(f"{place / '$schema'}: draft {draft!r} is not one of {sorted(_DRAFTS)}")
    if result.get("type") != "object":
        problems.append(f"{place / 'type'}: a message must be an object")
    definitions = schema.get("definitions", {}) if isinstance(schema, dict) else {}
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
    if isinstance(ref, str) and ref.removeprefix(_PREFIX) not in names:
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
                name: _node(inner, place / key / name, problems) for name, inner in value.items()
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

    known = {*_KEPT, *_PROSE, "definitions"}
    for key, value in node.items():
        if key == "additionalItems" and value is False:
            continue  # forbids nothing where `items` is one schema
        if key not in known:
            wrong(key, "this keyword is not supported")
    kind = node.get("type")
    if kind is not None and (not isinstance(kind, str) or kind not in _TYPES):
        wrong("type", f"{kind!r} is not supported, only {', '.join(sorted(_TYPES))}")
    if "format" in node and node["format"] not in _FORMATS:
        wrong("format", f"{node['format']!r} is not supported, only {', '.join(sorted(_FORMATS))}")
    if "additionalProperties" in node and not isinstance(node["additionalProperties"], bool):
        wrong("additionalProperties", "only true and false are supported")
    if "$ref" in node and not str(node["$ref"]).startswith(_PREFIX):
        wrong("$ref", f"{node['$ref']!r} does not point into {_PREFIX}")
    enum = node.get("enum")
    if enum is not None and (
        not isinstance(enum, list) or not enum or not all(isinstance(v, str) for v in enum)
    ):
        wrong("enum", "only a list of strings is supported")
    _check_structure(node, place, problems)
    for key in _LIMITS:
        value = node.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            wrong(key, f"{value!r} is not a number")


def _check_structure(node: JsonObject, place: Place, problems: list[str]) -> None:
    properties = node.get("properties", {})
    if not isinstance(properties, dict):
        problems.append(f"{place / 'properties'}: must be an object")
        node["properties"] = properties = {}
    required = node.get("required", [])
    if not isinstance(required, list):
        problems.append(f"{place / 'required'}: must be a list of names")
    else:
        problems += [
            f"{place / 'required'}: {name!r} is not a property"
            for name in required
            if name not in properties
        ]
    if node.get("type") == "array" and "items" not in node:
        problems.append(f"{place}: an array must say what its items are")
