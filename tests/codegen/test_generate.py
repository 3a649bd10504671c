"""``generate`` and ``check`` as wholes, and that the same input gives the same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.generate import check, generate
from ocppkit.codegen.write import Difference

from .version import INVENTED, SCHEMAS, TEMPLATES, an_object, texts_in, write_version

_RUN = "from ocppkit.cli.main import main; main()"
_DOCS = '[messages.Reset]\ndoc = "Start again."\n'


def test_generate_writes_every_version_of_the_folder(tmp_path: Path) -> None:
    schemas = write_version(tmp_path, folder="v1")
    write_version(tmp_path, folder="v2")

    done = generate(schemas, tmp_path / "out", TEMPLATES, package="acme")

    written = texts_in(tmp_path / "out")
    assert set(done.missing) == set(written)
    assert {path.partition("/")[0] for path in written} == {"v1", "v2"}


def test_what_is_generated_is_up_to_date(tmp_path: Path) -> None:
    schemas = write_version(tmp_path, docs=_DOCS)
    generate(schemas, tmp_path / "out", TEMPLATES, package="acme")

    assert not check(schemas, tmp_path / "out", TEMPLATES, package="acme")
    assert not generate(schemas, tmp_path / "out", TEMPLATES, package="acme")


def test_check_finds_what_a_hand_did_and_generate_undoes_it(tmp_path: Path) -> None:
    schemas, out = write_version(tmp_path, docs=_DOCS), tmp_path / "out"
    generate(schemas, out, TEMPLATES, package="acme")
    before = texts_in(out)
    with (out / "v1" / "actions.py").open("a") as file:
        file.write("# mine\n")
    (out / "v1" / "enums.py").unlink()
    (out / "v1" / "messages" / "boot.py").write_text("")

    difference = check(schemas, out, TEMPLATES, package="acme")

    assert difference == Difference(["v1/enums.py"], ["v1/actions.py"], ["v1/messages/boot.py"])
    generate(schemas, out, TEMPLATES, package="acme")
    assert texts_in(out) == before


def test_a_module_of_an_action_that_is_gone_goes_and_what_is_beside_the_version_stays(
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    boot = {"BootRequest": an_object(), "BootResponse": an_object()}
    both = write_version(tmp_path / "a", messages=boot, actions="Reset,station,c\nBoot,csms,c\n")
    generate(both, out, TEMPLATES, package="acme")
    (out / "v0").mkdir()
    (out / "v0" / "old.py").write_text("kept")
    (out / "__init__.py").write_text("kept")

    done = generate(write_version(tmp_path / "b"), out, TEMPLATES, package="acme")

    assert done.stale == ["v1/messages/boot.py"]
    assert texts_in(out)["v0/old.py"] == texts_in(out)["__init__.py"] == b"kept"


def test_one_wrong_version_keeps_all_from_being_written(tmp_path: Path) -> None:
    schemas = write_version(tmp_path, folder="v1")
    write_version(tmp_path, an_object({"p": {"type": "null"}}), folder="v2")
    write_version(tmp_path, an_object({"": {}}), folder="v3")

    with pytest.raises(CodegenError) as refused:
        generate(schemas, tmp_path / "out", TEMPLATES, package="acme")

    assert len(refused.value.problems) == 2
    assert not (tmp_path / "out").exists()


def test_check_asks_for_documentation_and_generate_does_not(tmp_path: Path) -> None:
    schemas = write_version(tmp_path, docs='[messages.Gone]\ndoc = "x"')
    generate(schemas, tmp_path / "out", TEMPLATES, package="acme")

    with pytest.raises(CodegenError) as refused:
        check(schemas, tmp_path / "out", TEMPLATES, package="acme")

    assert refused.value.problems == [
        "schemas/v1/docs.toml: [messages.Reset] doc: no words for it",
        "schemas/v1/docs.toml: [messages.Gone] doc: there is no such thing",
    ]


def test_our_own_versions_are_up_to_date_and_documented() -> None:
    out = SCHEMAS.parent / "generated" / "ocppkit"

    assert not check(SCHEMAS, out, TEMPLATES, package="ocppkit")


def test_a_class_of_the_next_version_needs_no_change_of_ours(tmp_path: Path) -> None:
    shutil.copytree(SCHEMAS / "v201", tmp_path / "schemas" / "v21")

    generate(tmp_path / "schemas", tmp_path / "out", TEMPLATES, package="acme")

    mine, ours = texts_in(tmp_path / "out" / "v21"), SCHEMAS.parent / "generated/ocppkit/v201"
    assert set(mine) == set(texts_in(ours))


def _generated(schemas: Path, out: Path, cwd: Path, seed: int) -> dict[str, bytes]:
    cwd.mkdir(parents=True, exist_ok=True)
    command = ["generate", "--schemas", str(schemas), "--out", str(out), "--package", "acme"]
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", _RUN, "codegen", *command],
        cwd=cwd,
        env={**os.environ, "PYTHONHASHSEED": str(seed), "TZ": f"UTC+{seed}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = texts_in(out)
    assert found
    return found


def _shuffled(schemas: Path, target: Path) -> Path:
    """The same version, its files made in another order and its tables turned around."""
    target.mkdir(parents=True)
    for path in sorted(schemas.iterdir(), reverse=True):
        text = path.read_text(encoding="utf-8")
        if path.name == "actions.csv":
            head, *rows = text.splitlines(keepends=True)
            text = "".join([head, *reversed(rows)])
        (target / path.name).write_text(text, encoding="utf-8")
    return target.parent


def test_the_same_input_gives_the_same_bytes_wherever_and_however_it_runs(tmp_path: Path) -> None:
    first = _generated(INVENTED, tmp_path / "one", tmp_path / "here", 1)

    copy = _shuffled(INVENTED / "v99", tmp_path / "copy" / "inputs" / "v99")
    second = _generated(copy, tmp_path / "two", tmp_path / "a" / "b", 2)

    assert first == second
