"""One JSON Schema document a version: every message and every type a named definition."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from ocppkit.codegen.errors import CodegenError, Place
from ocppkit.codegen.sources import Sources

__all__ = ["Document", "merge"]

JsonObject = dict[str, Any]
_DRAFT_4 = "http://json-schema.org/draft-04/schema#"


@frozen
class Document:
    """A version's schemas in one.

    Attributes:
        definitions: name of a message or type → its schema; all types are references.
        drafts: name → whether ``1.0`` is an integer there (draft 6).
        users: name of a type → the messages that use it, directly or through others, or whose
            schemas define it.
    """

    definitions: Mapping[str, JsonObject]
    integral_floats: Mapping[str, bool]
    users: Mapping[str, frozenset[str]]


def merge(sources: Sources) -> Document:
    """Merge the schemas of a version.

    Types that are written out in place get the name that ``names.toml`` gives that place.

    Raises:
        CodegenError: two places define one name differently (both are named), a type written
            out in place has no name, or an entry of ``[lift]`` names no place.
    """
    collected = _Merger(sources.names.lift)
    for message, (file, schema) in sources.messages.items():
        collected.add(message, file, schema)
    unused = [
        f"{sources.folder}: names.toml: [lift] {key!r}: there is no type written out"
        for key in sources.names.lift
        if key not in collected.used
    ]
    if collected.problems or unused:
        raise CodegenError([*collected.problems, *unused])
    return Document(collected.definitions, collected.integral, collected.users())


class _Merger:
    def __init__(self, lift: Mapping[str, str]) -> None:
        self.lift = lift
        self.definitions: dict[str, JsonObject] = {}
        self.origins: dict[str, Place] = {}
        self.integral: dict[str, bool] = {}
        self.used: set[str] = set()
        self.problems: list[str] = []
        self._messages: dict[str, list[str]] = {}

    def add(self, message: str, file: str, schema: JsonObject) -> None:
        integral = schema["$schema"] != _DRAFT_4
        place = Place(file)
        for name, definition in schema.get("definitions", {}).items():
            at = place / "definitions" / name
            self._define(name, self._lifted(definition, message, at, integral), at, integral)
        body = {
            key: value for key, value in schema.items() if key not in {"$schema", "definitions"}
        }
        self._messages[message] = [message, *schema.get("definitions", {})]
        self._define(message, self._lifted(body, message, place, integral), place, integral)

    def _define(self, name: str, schema: JsonObject, place: Place, integral: bool) -> None:
        known = self.definitions.get(name)
        if known is None:
            self.definitions[name] = schema
            self.origins[name] = place
            self.integral[name] = integral
        elif json.dumps(known, sort_keys=True) != json.dumps(schema, sort_keys=True):
            self.problems.append(f"{place}: {name} is defined differently in {self.origins[name]}")
        elif self.integral[name] != integral:
            self.problems.append(f"{place}: {name} has another draft in {self.origins[name]}")

    def _lifted(self, body: JsonObject, message: str, place: Place, integral: bool) -> JsonObject:
        """The body with every type that is written out in it replaced by a reference."""

        def walk(node: JsonObject, at: Place) -> JsonObject:
            out = dict(node)
            if "properties" in node:
                out["properties"] = {
                    key: visit(inner, at / "properties" / key)
                    for key, inner in node["properties"].items()
                }
            if "items" in node:
                out["items"] = visit(node["items"], at / "items")
            return out

        def visit(node: JsonObject, at: Place) -> JsonObject:
            inner = walk(node, at)
            if "enum" not in node and node.get("type") != "object":
                return inner
            key = f"{message}{at.inner}"
            name = self.lift.get(key)
            if name is None:
                self.problems.append(
                    f"{at}: a type is written out here: name it in [lift] as {key!r}"
                )
                return inner
            self.used.add(key)
            self._define(name, inner, at, integral)
            return {"$ref": f"#/definitions/{name}"}

        return walk(body, place)

    def users(self) -> dict[str, frozenset[str]]:
        users: dict[str, set[str]] = {name: set() for name in self.definitions}
        for message, defined in self._messages.items():
            for name in defined[1:]:
                users[name].add(message)
            waiting = list(defined)
            while waiting:
                for name in _references(self.definitions[waiting.pop()]):
                    if message not in users[name]:
                        users[name].add(message)
                        waiting.append(name)
        return {name: frozenset(found) for name, found in users.items()}


def _references(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for item in node for name in _references(item)]
    if not isinstance(node, dict):
        return []
    here = [node["$ref"].rpartition("/")[2]] if isinstance(node.get("$ref"), str) else []
    return here + [name for item in node.values() for name in _references(item)]
