"""The normalised schemas say what the official ones say: runs where the bundles are at hand.

`OCPPKIT_OCA_BUNDLES` names a folder with `ocpp16/schemas`, `ocpp16/security-schemas` and
`ocpp201/schemas`, as the Open Charge Alliance publishes them. Nothing here uses our importer.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for

BUNDLES = os.environ.get("OCPPKIT_OCA_BUNDLES")
SCHEMAS = Path(__file__).parents[2] / "schemas"
FOLDERS = {
    "v16": ("ocpp16/schemas", "ocpp16/security-schemas"),
    "v201": ("ocpp201/schemas",),
}
COUNTS = {"v16": 78, "v201": 128}
PROSE = {"$id", "id", "title", "description", "comment", "javaType"}

pytestmark = pytest.mark.skipif(
    not BUNDLES, reason="OCPPKIT_OCA_BUNDLES names no folder with the official schemas"
)
both_versions = pytest.mark.parametrize("folder", ["v16", "v201"])


def official(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in FOLDERS[folder]:
        for path in (Path(BUNDLES or "") / part).glob("*.json"):
            name = (
                path.stem if path.stem.endswith(("Request", "Response")) else f"{path.stem}Request"
            )
            assert name not in found
            found[name] = json.loads(path.read_text(encoding="utf-8-sig"))
    return found


def ours(folder: str) -> dict[str, Any]:
    paths = (SCHEMAS / folder).glob("*.json")
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def facts(schema: Any, *, names: bool = False) -> Any:
    """A schema without prose, and without keywords that say nothing where they stand.

    Args:
        schema: or a part of one.
        names: whether the keys are names of properties or definitions, not keywords.
    """
    if isinstance(schema, list):
        return [facts(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if names:
        return {name: facts(item) for name, item in schema.items()}
    kept = {
        key: facts(item, names=key in {"properties", "definitions"})
        for key, item in schema.items()
        if key not in PROSE
    }
    if isinstance(kept.get("items"), dict):
        kept.pop("additionalItems", None)  # JSON Schema ignores it beside one schema for all
    if kept.get("type") != "object":
        kept.pop("additionalProperties", None)  # says nothing of a string
    if kept.get("definitions") == {}:
        del kept["definitions"]
    return kept


@both_versions
def test_every_official_message_is_there_and_no_other(folder: str) -> None:
    assert len(official(folder)) == COUNTS[folder]
    assert official(folder).keys() == ours(folder).keys()


@both_versions
def test_each_file_states_the_facts_of_the_official_one(folder: str) -> None:
    found = ours(folder)
    different = [name for name, schema in official(folder).items() if facts(schema) != found[name]]

    assert different == []


def orders(node: Any, at: str = "") -> dict[str, list[str]]:
    """The order of the properties of each object of a schema, by its place."""
    found: dict[str, list[str]] = {}
    if isinstance(node, dict):
        if isinstance(node.get("properties"), dict) and "type" in node:
            found[at] = list(node["properties"])
        for key, inner in node.items():
            found |= orders(inner, f"{at}/{key}")
    return found


@both_versions
def test_the_order_of_properties_is_kept(folder: str) -> None:
    found = ours(folder)
    different = [
        name for name, schema in official(folder).items() if orders(schema) != orders(found[name])
    ]

    assert different == []


def checked(schema: Any) -> Validator:
    of = validator_for(schema)
    return of(schema, format_checker=of.FORMAT_CHECKER)


def resolved(node: Any, root: Any) -> Any:
    while "$ref" in node:
        node = root["definitions"][node["$ref"].rpartition("/")[2]]
    return node


def full(node: Any, root: Any) -> Any:  # noqa: PLR0911 - a case a type
    """A payload with every property of an official schema."""
    node = resolved(node, root)
    match node.get("type"):
        case "object":
            return {name: full(inner, root) for name, inner in node.get("properties", {}).items()}
        case "array":
            return [full(node["items"], root)] * max(1, node.get("minItems", 0))
        case "integer" | "number":
            return int(node.get("minimum", 1))
        case "boolean":
            return True
        case "string" if "enum" in node:
            return node["enum"][0]
        case "string":
            texts = {"date-time": "2024-05-01T12:00:00Z", "uri": "ftp://example.com"}
            return texts.get(node.get("format", ""), "x" * node.get("maxLength", 1))
        case _:
            return {"any": 1}


def near(payload: Any) -> Iterator[Any]:
    """Payloads that differ from one at one place."""
    yield payload
    yield None
    yield []
    match payload:
        case dict():
            yield {**payload, "unknown": 1}
            for name, value in payload.items():
                rest = {key: other for key, other in payload.items() if key != name}
                yield rest
                yield from ({**payload, name: other} for other in near(value))
        case list():
            yield payload * 2
            yield payload * 1100
            yield from ([other] for other in near(payload[0]))
        case str():
            yield from (payload + "x", payload[:-1], payload.swapcase(), 1)
        case bool():
            yield from (1, "true")
        case int():
            yield from (-1, 101, 0.5, 1.0, "1", True)


@both_versions
def test_a_sample_of_payloads_is_judged_as_by_the_official_schemas(folder: str) -> None:
    found = ours(folder)
    different, accepted, refused = [], 0, 0
    for name, schema in official(folder).items():
        theirs, mine = checked(schema), checked(found[name])
        payload = full(schema, schema)
        assert theirs.is_valid(payload), name
        for sample in [sample for n, sample in enumerate(near(payload)) if n % 29 == 0 or n < 40]:
            verdict = theirs.is_valid(sample)
            accepted, refused = accepted + verdict, refused + (not verdict)
            if mine.is_valid(sample) != verdict:
                different.append((name, sample))

    assert different == []
    assert accepted > 100
    assert refused > 1000
