"""Any schema is imported and generated from, or refused with nothing written."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from ocppkit.codegen.diff import diff
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.generate import generate
from ocppkit.codegen.importer import import_bundles

from ..codegen.version import INVENTED, SCHEMAS, TEMPLATES, texts_in
from .attempt import attempted
from .conftest import Look
from .garbage import json_values, mutated, mutated_text, octets, texts

_NAMES = sorted(path.name for path in (SCHEMAS / "v201").glob("*.json"))


def schemas() -> st.SearchStrategy[Any]:
    """Schemas of 2.0.1, as they are and tampered with."""
    right = st.sampled_from(_NAMES).map(
        lambda name: json.loads((SCHEMAS / "v201" / name).read_text(encoding="utf-8"))
    )
    return mutated(right) | mutated(right) | right | json_values()


def encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def bundles() -> st.SearchStrategy[dict[str, bytes]]:
    """Files of a bundle by name."""
    content = schemas().map(json.dumps).map(encoded) | mutated_text(schemas()).map(encoded)
    name = st.sampled_from(["Ping.json", "PingResponse.json", "PongRequest.json", "a/b.json"])
    return st.dictionaries(name, content | octets(), max_size=3)


def fresh(folder: Path) -> Path:
    """The folder, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def refused(attempt: Callable[[], object], target: Path) -> bool:
    """Whether it was refused; then nothing may have been written."""
    before = texts_in(target)
    error = attempted(CodegenError, attempt)
    if not isinstance(error, CodegenError):
        return False
    assert error.problems
    assert texts_in(target) == before
    return True


def test_any_bundle_is_imported_or_refused_with_nothing_written(tmp_path: Path, look: Look) -> None:
    def is_judged(found: dict[str, bytes], zipped: bool) -> None:
        bundle, target = fresh(tmp_path / "bundle"), fresh(tmp_path / "target")
        (target / "HeartbeatRequest.json").write_bytes(b"as it was")
        for name, data in found.items():
            (bundle / name).parent.mkdir(exist_ok=True)
            (bundle / name).write_bytes(data)
        if zipped:
            with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as archive:
                for name, data in found.items():
                    archive.writestr(name, data)
            bundle = tmp_path / "bundle.zip"

        if not refused(lambda: import_bundles([bundle], target), target):
            assert all(json.loads(data) for data in texts_in(target).values())

    look(is_judged, bundles(), st.booleans(), count=40)


def test_any_octets_are_a_zip_or_are_refused(tmp_path: Path, look: Look) -> None:
    path = tmp_path / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("PingRequest.json", (SCHEMAS / "v201" / _NAMES[0]).read_bytes())
    right = path.read_bytes()

    def is_judged(at: int, octet: int, length: int) -> None:
        at %= len(right)
        path.write_bytes((right[:at] + bytes([octet]) + right[at + 1 :])[: length or None])

        refused(lambda: import_bundles([path], fresh(tmp_path / "target")), tmp_path / "target")

    size = len(right)
    look(is_judged, st.integers(0, size), st.integers(0, 255), st.integers(0, size), count=60)


def test_any_files_are_generated_from_or_refused_with_nothing_written(
    tmp_path: Path, look: Look
) -> None:
    folder = tmp_path / "schemas"
    out = tmp_path / "out"
    version = sorted(path.name for path in INVENTED.iterdir() if path.is_dir())[0]
    files = texts_in(INVENTED / version)

    def tampered(name: str) -> st.SearchStrategy[bytes]:
        text = files[name].decode()
        broken = mutated_text(st.just(text)).map(encoded)
        if name.endswith(".json"):
            return broken | mutated(st.just(json.loads(text))).map(json.dumps).map(encoded)
        return broken | octets()

    def is_judged(case: tuple[str, bytes]) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(INVENTED / version, folder / version)
        name, data = case
        (folder / version / name).write_bytes(data)
        fresh(out)

        refused(lambda: generate(folder, out, TEMPLATES, package="acme"), out)

    one = st.sampled_from(sorted(files)).flatmap(
        lambda name: st.tuples(st.just(name), tampered(name))
    )
    look(is_judged, one, count=8)


def test_any_two_schemas_are_compared_or_refused(tmp_path: Path, look: Look) -> None:
    name = _NAMES[0]
    right = json.loads((SCHEMAS / "v201" / name).read_text(encoding="utf-8"))

    def is_judged(one: Any, other: Any) -> None:
        for side, schema in (("old", one), ("new", other)):
            (fresh(tmp_path / side) / name).write_text(json.dumps(schema), encoding="utf-8")
        found = attempted(CodegenError, lambda: diff(tmp_path / "old", tmp_path / "new"))

        assert not isinstance(found, CodegenError) or found.problems

    look(is_judged, mutated(st.just(right)), st.just(right) | mutated(st.just(right)), count=30)


def test_names_of_any_kind_in_a_schema_are_taken_or_refused(tmp_path: Path, look: Look) -> None:
    pong = {"$schema": "http://json-schema.org/draft-06/schema#", "type": "object"}

    def is_judged(names: list[str]) -> None:
        bundle, target = fresh(tmp_path / "bundle"), fresh(tmp_path / "target")
        properties = {name: {"type": "string", "maxLength": 5} for name in names}
        ping = {**pong, "properties": properties, "required": names}
        for name, schema in (("PingRequest", ping), ("PingResponse", pong)):
            (bundle / f"{name}.json").write_text(json.dumps(schema), encoding="utf-8")

        refused(lambda: import_bundles([bundle], target), target)

    look(is_judged, st.lists(texts(), max_size=4), count=30)
