"""Schemas of one's own: refused with the place, or generated, also without a checkout."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.generate import generate

from .version import INVENTED, SCHEMAS, TEMPLATES, an_object, texts_in

_V99 = INVENTED / "v99"

_UNSUPPORTED: list[tuple[dict[str, Any], str, str]] = [
    ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, "/oneOf", "not supported"),
    ({"type": "object", "patternProperties": {"a": {}}}, "/patternProperties", "not supported"),
    ({"$ref": "CustomDataType.json"}, "/$ref", "does not point into #/definitions/"),
    ({"$ref": "#/definitions/Gone"}, "/$ref", "not among the file's definitions"),
    ({"type": "integer", "enum": [1, 2]}, "/enum", "says nothing of type integer"),
    ({"enum": [1, 2]}, "/enum", "only a list of strings"),
    ({"type": "string", "format": "email"}, "/format", "'email' is not supported"),
    ({"type": "string", "pattern": "a+"}, "/pattern", "not supported"),
    ({"type": "array"}, "", "an array must say what its items are"),
    ({"type": "array", "items": [{"type": "string"}]}, "/items", "expected a schema object"),
    ({"type": "array", "items": {"type": "array", "items": {}}}, "/items", "array of arrays"),
    ({"type": ["string", "null"]}, "/type", "is not supported"),
    ({"type": "number", "exclusiveMaximum": 3}, "/exclusiveMaximum", "not supported"),
    ({"type": "object", "additionalProperties": {"type": "string"}}, "/additionalProperties", "on"),
    ({"type": "string", "enum": ["a"]}, "", "a type is written out here: name it in [lift]"),
    ({"type": "object"}, "", "a type is written out here: name it in [lift]"),
]


@pytest.mark.parametrize(("node", "place", "reason"), _UNSUPPORTED)
def test_a_schema_that_is_not_supported_is_refused_and_nothing_is_written(
    tmp_path: Path, node: dict[str, Any], place: str, reason: str
) -> None:
    shutil.copytree(_V99, tmp_path / "schemas" / "v99")
    file = tmp_path / "schemas" / "v99" / "PingRequest.json"
    schema = json.loads(file.read_text())
    schema["properties"]["a/b"] = node
    file.write_text(json.dumps(schema))
    out = tmp_path / "acme"
    (out / "v99").mkdir(parents=True)
    (out / "v99" / "old.py").write_text("old")

    with pytest.raises(CodegenError) as refused:
        generate(tmp_path / "schemas", out, TEMPLATES, package="acme")

    (problem,) = refused.value.problems
    assert problem.startswith(f"schemas/v99/PingRequest.json: #/properties/a~1b{place}: ")
    assert reason in problem
    assert texts_in(out) == {"v99/old.py": b"old"}


def _regenerated(schemas: Path, out: Path) -> None:
    generate(schemas, out, TEMPLATES, package=out.name)


def _run(root: Path, program: str) -> str:
    done = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-W", "error", "-c", program],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_vendor_adds_a_message_and_a_field_to_a_copy_of_ours(tmp_path: Path) -> None:
    version = tmp_path / "schemas" / "v201"
    shutil.copytree(SCHEMAS / "v201", version)
    reset = json.loads((version / "ResetRequest.json").read_text())
    reset["properties"]["acmeReason"] = {"type": "string", "maxLength": 5}
    (version / "ResetRequest.json").write_text(json.dumps(reset))
    for side in ("Request", "Response"):
        schema = {"$schema": reset["$schema"], **an_object({"cups": {"type": "integer"}})}
        (version / f"BrewCoffee{side}.json").write_text(json.dumps(schema))
    with (version / "actions.csv").open("a") as table:
        table.write("BrewCoffee,station,z_kitchen\n")

    _regenerated(tmp_path / "schemas", tmp_path / "acme")

    said = _run(
        tmp_path,
        "from ocppkit.codec import codec_of\n"
        "from acme.v201 import BrewCoffeeRequest, ResetRequest, StationKitchenHandler\n"
        "codec = codec_of('acme.v201')\n"
        "print(codec.encode_request(BrewCoffeeRequest(cups=2))[1])\n"
        "reset = {'type': 'Immediate', 'acmeReason': 'steam'}\n"
        "print(codec.structure(reset, ResetRequest).acme_reason)\n",
    )
    assert said == "{'cups': 2}\nsteam\n"


@pytest.mark.packaging
def test_an_installed_package_needs_no_checkout_to_generate(tmp_path: Path) -> None:
    built = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path, "."],
        cwd=SCHEMAS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    shutil.unpack_archive(wheel, tmp_path / "site", "zip")
    shutil.copytree(INVENTED, tmp_path / "schemas")
    # The checkout is installed editable here: the unpacked wheel alone is put in its place.
    site, roots = (
        str(tmp_path / "site"),
        tuple(str(SCHEMAS.parent / root) for root in ("runtime", "generated", "codegen")),
    )
    program = f"""
import sys
sys.path = [{site!r}, *(path for path in sys.path if path not in {roots!r})]
from ocppkit.codegen.render import templates_folder, schemas_folder
print(templates_folder(), schemas_folder())
from ocppkit.codegen.cli import command
command(["generate", "--schemas", "schemas", "--out", "acme", "--package", "acme"])
"""

    said = _run(tmp_path, program)

    inside = tmp_path / "site" / "ocppkit" / "codegen"
    assert said.startswith(f"{inside / 'templates'} {inside / 'schemas'}\nacme: ")
    generate(INVENTED, tmp_path / "here", TEMPLATES, package="acme")
    assert {p.name: p.read_bytes() for p in (tmp_path / "acme").rglob("*.py")} == {
        p.name: p.read_bytes() for p in (tmp_path / "here").rglob("*.py")
    }
