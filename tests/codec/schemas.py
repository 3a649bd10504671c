"""The messages of both versions with their schemas, and what `jsonschema` says of a payload."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema
from attrs import define
from jsonschema.protocols import Validator

from ocppkit.codec import Codec, codec_for
from ocppkit.codec.jsontext import dumps, loads
from ocppkit.message import Request, Response, Version

__all__ = ["MESSAGES", "SCHEMAS", "Message", "Node", "accepts", "expanded", "validator"]

Node = dict[str, Any]

SCHEMAS = Path(__file__).parents[2] / "schemas"
_FOLDERS = {Version.V16: "v16", Version.V201: "v201"}
_DRAFT_4 = "http://json-schema.org/draft-04/schema#"


def expanded(node: Any, definitions: dict[str, Node]) -> Any:
    """A schema with every reference replaced by what it points to, recursively."""
    if isinstance(node, list):
        return [expanded(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return expanded(definitions[node["$ref"].removeprefix("#/definitions/")], definitions)
    return {key: expanded(item, definitions) for key, item in node.items() if key != "definitions"}


def validator(schema: Node) -> Validator:
    """A validator of the draft that the schema names, which checks formats."""
    of = jsonschema.Draft4Validator if schema["$schema"] == _DRAFT_4 else jsonschema.Draft6Validator
    return of(schema, format_checker=of.FORMAT_CHECKER)


def _decimals(value: Any) -> Any:
    """The same value with floats as people write them: jsonschema counts those exactly."""
    match value:
        case float():
            return Decimal(repr(value))
        case list():
            return [_decimals(item) for item in value]
        case dict():
            return {key: _decimals(item) for key, item in value.items()}
        case _:
            return value


def accepts(schema: Node, payload: Any) -> bool:
    """Whether jsonschema accepts a payload; the `multipleOf` of draft 4 is counted in decimals."""
    if schema["$schema"] == _DRAFT_4:
        schema, payload = _decimals(schema), _decimals(payload)
    return bool(validator(schema).is_valid(payload))


@define(frozen=True, slots=False, eq=False)
class Message:
    """A request or a response of a version."""

    version: Version
    name: str

    def __str__(self) -> str:
        return f"{_FOLDERS[self.version]}-{self.name}"

    @cached_property
    def source(self) -> Node:
        """The schema as it stands in its file."""
        path = SCHEMAS / _FOLDERS[self.version] / f"{self.name}.json"
        found: Node = json.loads(path.read_text(encoding="utf-8"))
        return found

    @cached_property
    def schema(self) -> Node:
        """The schema without references."""
        found: Node = expanded(self.source, self.source.get("definitions", {}))
        return found

    @property
    def draft_4(self) -> bool:
        return bool(self.source["$schema"] == _DRAFT_4)

    @cached_property
    def codec(self) -> Codec:
        return codec_for(self.version)

    @cached_property
    def _action(self) -> str:
        return self.name.removesuffix("Request").removesuffix("Response")

    def decode(self, payload: Any) -> Request[Any] | Response:
        action = self.codec.actions[self._action]
        if self.name.endswith("Request"):
            return self.codec.decode_request(action, payload)
        return self.codec.decode_response(action, payload)

    def encode(self, message: Any) -> Any:
        """The payload as the peer reads it."""
        if self.name.endswith("Request"):
            payload = self.codec.encode_request(message)[1]
        else:
            payload = self.codec.encode_response(self.codec.actions[self._action], message)
        return loads(dumps(payload))

    @cached_property
    def _validator(self) -> tuple[Validator, bool]:
        exact = "multipleOf" in json.dumps(self.schema)
        return validator(_decimals(self.schema) if exact else self.schema), exact

    def accepted(self, payload: Any) -> bool:
        """Whether jsonschema accepts the payload; `multipleOf` is counted in decimals."""
        checker, exact = self._validator
        return bool(checker.is_valid(_decimals(payload) if exact else payload))


def _messages() -> Iterator[Message]:
    for version, folder in _FOLDERS.items():
        for path in sorted((SCHEMAS / folder).glob("*.json")):
            yield Message(version, path.stem)


MESSAGES = tuple(_messages())
