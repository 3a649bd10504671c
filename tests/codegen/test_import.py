"""`ocppkit codegen import`: official bundles in, normalised files out, or nothing at all."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ocppkit.codegen.cli import command

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
DRAFT_6 = "http://json-schema.org/draft-06/schema#"

PING = {
    "$schema": DRAFT_4,
    "id": "urn:example:PingRequest",
    "title": "PingRequest",
    "comment": "prose",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "title": {
            "type": "string",
            "description": "A property may bear this name.",
            "maxLength": 9,
        },
        "status": {"type": "string", "enum": ["Up", "Down"], "additionalProperties": False},
    },
    "required": ["status"],
}
PONG = {"$schema": DRAFT_4, "type": "object", "properties": {}, "additionalProperties": False}
HELLO = {
    "$schema": DRAFT_6,
    "$id": "urn:example:HelloRequest",
    "definitions": {
        "WordType": {
            "javaType": "Word",
            "type": "object",
            "additionalProperties": False,
            "properties": {"word": {"type": "string", "maxLength": 5}},
        },
        "AType": {"type": "string", "enum": ["a"]},
    },
    "type": "object",
    "properties": {
        "words": {
            "type": "array",
            "additionalItems": False,
            "items": {"$ref": "#/definitions/WordType"},
            "minItems": 1,
        },
        "a": {"$ref": "#/definitions/AType"},
    },
}

NORMALISED_PING = """\
{
  "$schema": "http://json-schema.org/draft-04/schema#",
  "type": "object",
  "properties": {
    "title": {
      "type": "string",
      "maxLength": 9
    },
    "status": {
      "type": "string",
      "enum": [
        "Up",
        "Down"
      ]
    }
  },
  "required": [
    "status"
  ],
  "additionalProperties": false
}
"""


def as_published(schema: Any) -> bytes:
    """As the official files come: with a byte order mark, tabs and CRLF."""
    return b"\xef\xbb\xbf" + json.dumps(schema, indent="\t").replace("\n", "\r\n").encode()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Two actions: one named as in 1.6, one as in 2.0.1 and further down."""
    folder = tmp_path / "bundle"
    (folder / "more").mkdir(parents=True)
    (folder / "Ping.json").write_bytes(as_published(PING))
    (folder / "PingResponse.json").write_bytes(as_published(PONG))
    (folder / "more" / "HelloRequest.json").write_text(json.dumps(HELLO))
    (folder / "more" / "HelloResponse.json").write_text(json.dumps(PONG))
    (folder / "readme.txt").write_text("no schema")
    return folder


def zipped(folder: Path, name: str = "bundle.zip") -> Path:
    path = folder.parent / name
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*.*")):
            archive.write(file, f"OCPP/{file.relative_to(folder)}")
        archive.writestr("__MACOSX/OCPP/._Ping.json", b"\x00\x05\x16\x07")
    return path


def run(tmp_path: Path, *bundles: Path) -> Result:
    schemas = tmp_path / "schemas"
    paths = [str(path) for path in bundles]
    return CliRunner().invoke(command, ["import", "v99", *paths, "--schemas", str(schemas)])


def written(tmp_path: Path) -> dict[str, str]:
    paths = (tmp_path / "schemas").rglob("*.*")
    return {path.name: path.read_bytes().decode() for path in paths}


FILES = {"HelloRequest.json", "HelloResponse.json", "PingRequest.json", "PingResponse.json"}


def test_a_folder_is_imported(tmp_path: Path, bundle: Path) -> None:
    result = run(tmp_path, bundle)

    assert result.exit_code == 0, result.output
    assert result.output == f"{tmp_path / 'schemas' / 'v99'}: 4 written, 0 removed\n"
    assert set(written(tmp_path)) == FILES
    assert written(tmp_path)["PingRequest.json"] == NORMALISED_PING


def test_a_zip_gives_the_same_files_as_a_folder(tmp_path: Path, bundle: Path) -> None:
    run(tmp_path, bundle)
    from_folder = written(tmp_path)
    other = tmp_path / "other"

    result = run(other, zipped(bundle))

    assert result.exit_code == 0, result.output
    assert written(other) == from_folder


def test_prose_goes_and_facts_stay(tmp_path: Path, bundle: Path) -> None:
    run(tmp_path, bundle)
    hello = json.loads(written(tmp_path)["HelloRequest.json"])

    assert hello == {
        "$schema": DRAFT_6,
        "type": "object",
        "properties": {
            "words": {
                "type": "array",
                "minItems": 1,
                "items": {"$ref": "#/definitions/WordType"},
            },
            "a": {"$ref": "#/definitions/AType"},
        },
        "definitions": {
            "AType": {"type": "string", "enum": ["a"]},
            "WordType": {
                "type": "object",
                "properties": {"word": {"type": "string", "maxLength": 5}},
                "additionalProperties": False,
            },
        },
    }
    assert list(hello["definitions"]) == ["AType", "WordType"]


def test_several_bundles_make_one_version(tmp_path: Path, bundle: Path) -> None:
    more = tmp_path / "more"
    (bundle / "more").rename(more)

    result = run(tmp_path, bundle, zipped(more, "more.zip"))

    assert result.exit_code == 0, result.output
    assert set(written(tmp_path)) == FILES


def test_a_second_import_touches_nothing(tmp_path: Path, bundle: Path) -> None:
    run(tmp_path, bundle)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "schemas").rglob("*")}

    result = run(tmp_path, bundle)

    assert result.output.endswith(": 0 written, 0 removed\n")
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "schemas").rglob("*")}


def test_messages_that_are_gone_go_and_other_files_stay(tmp_path: Path, bundle: Path) -> None:
    run(tmp_path, bundle)
    table = tmp_path / "schemas" / "v99" / "actions.csv"
    table.write_text("action,receiver,block\n")
    for name in ("HelloRequest.json", "HelloResponse.json"):
        (bundle / "more" / name).unlink()

    result = run(tmp_path, bundle)

    assert result.output.endswith(": 0 written, 2 removed\n")
    assert set(written(tmp_path)) == {"PingRequest.json", "PingResponse.json", "actions.csv"}


def changed(schema: dict[str, Any], at: str, value: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(schema))
    node = made
    *steps, last = at.split("/")
    for step in steps:
        node = node[step]
    node[last] = value
    return made


@pytest.mark.parametrize(
    ("at", "value", "problem"),
    [
        ("oneOf", [], ("#/oneOf", "this keyword is not supported")),
        ("properties/a/pattern", "x", ("#/properties/a/pattern", "this keyword is not supported")),
        (
            "definitions/WordType/properties/word/const",
            1,
            ("#/definitions/WordType/properties/word/const", "this keyword is not supported"),
        ),
        ("properties/a~b", {"not": {}}, ("#/properties/a~0b/not", "this keyword is not supported")),
        ("properties/a", {"type": "null"}, ("#/properties/a/type", "'null' is not supported")),
        ("properties/a", {"type": ["string"]}, ("#/properties/a/type", "is not supported")),
        (
            "properties/a",
            {"type": "string", "format": "ipv4"},
            ("#/properties/a/format", "'ipv4' is not supported"),
        ),
        ("properties/a", {"enum": [1]}, ("#/properties/a/enum", "only a list of strings")),
        ("properties/a", {"$ref": "#/definitions/B"}, ("#/properties/a/$ref", "is not among")),
        ("properties/a", {"$ref": "B.json"}, ("#/properties/a/$ref", "does not point into")),
        (
            "properties/a",
            {"type": "string", "maxLength": "5"},
            ("#/properties/a/maxLength", "is not a number"),
        ),
        ("properties/a", {"type": "array"}, ("#/properties/a", "must say what its items are")),
        ("properties/a", True, ("#/properties/a", "expected a schema object, got bool")),
        ("required", ["b"], ("#/required", "'b' is not a property")),
        ("$schema", "http://json-schema.org/draft-07/schema#", ("#/$schema", "is not one of")),
        ("type", "array", ("#/type", "a message must be an object")),
    ],
)
def test_what_the_generator_cannot_use_is_named_with_file_and_place(
    tmp_path: Path, bundle: Path, at: str, value: Any, problem: tuple[str, str]
) -> None:
    place, reason = problem
    file = bundle / "more" / "HelloRequest.json"
    file.write_text(json.dumps(changed(HELLO, at, value)))

    result = run(tmp_path, bundle)

    assert result.exit_code == 1
    lines = [line for line in result.stderr.splitlines() if line.startswith(f"{file}: {place}: ")]
    assert any(reason in line for line in lines), result.stderr
    assert "Traceback" not in result.output
    assert not (tmp_path / "schemas").exists()


def test_all_problems_are_named_at_once(tmp_path: Path, bundle: Path) -> None:
    (bundle / "Ping.json").write_text(json.dumps({**PING, "allOf": []}))
    (bundle / "PingResponse.json").write_text(json.dumps({**PONG, "anyOf": []}))
    (bundle / "more" / "HelloResponse.json").unlink()

    result = run(tmp_path, bundle)

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{bundle}/more/HelloRequest.json: HelloRequest has no HelloResponse beside it",
        f"{bundle}/Ping.json: #/allOf: this keyword is not supported",
        f"{bundle}/PingResponse.json: #/anyOf: this keyword is not supported",
    ]


@pytest.mark.parametrize("text", [b"", b"no JSON", b'{"a": ', b"\xff\xfe{\x00}\x00"])
def test_what_is_not_json_is_refused(tmp_path: Path, bundle: Path, text: bytes) -> None:
    (bundle / "Ping.json").write_bytes(text)

    result = run(tmp_path, bundle)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"{bundle}/Ping.json: not JSON: ")
    assert not (tmp_path / "schemas").exists()


@pytest.mark.parametrize("text", ["[]", "1", '"Ping"', "null"])
def test_json_that_is_no_schema_is_refused(tmp_path: Path, bundle: Path, text: str) -> None:
    (bundle / "Ping.json").write_text(text)

    result = run(tmp_path, bundle)

    assert result.exit_code == 1
    assert f"{bundle}/Ping.json: expected a schema object" in result.stderr
    assert not (tmp_path / "schemas").exists()


def test_a_bad_file_in_a_zip_is_named_with_the_zip(tmp_path: Path, bundle: Path) -> None:
    (bundle / "Ping.json").write_text("no JSON")
    archive = zipped(bundle)

    result = run(tmp_path, archive)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"{archive}!OCPP/Ping.json: not JSON: ")


@pytest.mark.parametrize(
    ("gone", "problem"),
    [
        ("PingResponse.json", "Ping.json: PingRequest has no PingResponse beside it"),
        ("Ping.json", "PingResponse.json: PingResponse has no PingRequest beside it"),
    ],
)
def test_a_message_without_its_counterpart_is_refused(
    tmp_path: Path, bundle: Path, gone: str, problem: str
) -> None:
    (bundle / gone).unlink()

    result = run(tmp_path, bundle)

    assert result.exit_code == 1
    assert result.stderr == f"{bundle}/{problem}\n"
    assert not (tmp_path / "schemas").exists()


def test_a_message_that_is_defined_twice_is_refused(tmp_path: Path, bundle: Path) -> None:
    (bundle / "PingRequest.json").write_text(json.dumps(PING))

    result = run(tmp_path, bundle)

    assert result.exit_code == 1
    assert result.stderr == (
        f"{bundle}/PingRequest.json: PingRequest is defined by {bundle}/Ping.json too\n"
    )
    assert not (tmp_path / "schemas").exists()


def test_a_folder_without_schemas_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    result = run(tmp_path, empty)

    assert result.exit_code == 1
    assert result.stderr == f"{empty}: no *.json file in it\n"


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    result = run(tmp_path, tmp_path / "nowhere")

    assert result.exit_code == 1
    assert result.stderr == f"{tmp_path}/nowhere: no such file or folder\n"


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bundle.zip"
    file.write_text("no zip")

    result = run(tmp_path, file)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"{file}: neither a folder nor a zip: ")


def test_a_zip_whose_content_is_broken_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bundle.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Ping.json", json.dumps(PING))
    data = file.read_bytes()
    start = len("Ping.json") + 30  # the local header
    file.write_bytes(data[:start] + b"\xff" * 9 + data[start + 9 :])

    result = run(tmp_path, file)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"{file}: neither a folder nor a zip: ")


def test_a_failed_import_leaves_what_was_there(tmp_path: Path, bundle: Path) -> None:
    run(tmp_path, bundle)
    before = written(tmp_path)
    (bundle / "PingResponse.json").write_text(json.dumps({**PONG, "title": "other"}))
    (bundle / "Ping.json").write_text(json.dumps({**PING, "oneOf": []}))

    result = run(tmp_path, bundle)

    assert result.exit_code == 1
    assert written(tmp_path) == before


@pytest.mark.parametrize(
    ("text", "reason"),
    [("[" * 5000, "it is nested too deep"), (r'{"properties": {"\ud800": {}}}', "surrogates")],
    ids=["deep", "half a character"],
)
def test_what_json_can_hold_and_no_file_of_ours_is_refused(
    tmp_path: Path, bundle: Path, text: str, reason: str
) -> None:
    (bundle / "Ping.json").write_text(text)

    result = run(tmp_path, bundle)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"{bundle}/Ping.json: not JSON: ")
    assert reason in result.stderr
    assert not (tmp_path / "schemas").exists()
