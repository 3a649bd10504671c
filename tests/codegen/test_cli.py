from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ocppkit.codegen.cli import command

from .version import SCHEMAS, an_object, texts_in, write_messages, write_version

_DOCS = '[messages.Reset]\ndoc = "Start again."\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def _generated(here: Path) -> None:
    write_version(here, docs=_DOCS)
    assert _run("generate", "--out", "acme", "--package", "acme").exit_code == 0


def test_generate_takes_the_schemas_of_the_folder_that_it_runs_in(here: Path) -> None:
    write_version(here)

    result = _run("generate", "--out", "acme", "--package", "acme")

    written = len(texts_in(here / "acme"))
    assert (result.exit_code, result.output) == (0, f"acme: {written} written, 0 removed\n")
    assert b"from acme.v1.messages.reset" in texts_in(here / "acme")["v1/__init__.py"]


def test_generate_says_what_it_removed(here: Path) -> None:
    _generated(here)
    (here / "acme" / "v1" / "old.py").write_text("")

    assert _run("generate", "--out", "acme", "--package", "acme").output == (
        "acme: 0 written, 1 removed\n"
    )


def test_where_there_is_no_schemas_folder_those_of_ocppkit_are_taken() -> None:
    result = _run("check", "--out", SCHEMAS.parent / "generated" / "ocppkit")

    assert (result.exit_code, result.output) == (0, "generated code is up to date\n")


def test_check_says_up_to_date_and_ends_with_0(here: Path) -> None:
    _generated(here)

    result = _run("check", "--out", "acme", "--package", "acme")

    assert (result.exit_code, result.output) == (0, "generated code is up to date\n")


def test_check_names_what_differs_and_ends_with_1(here: Path) -> None:
    _generated(here)
    (here / "acme" / "v1" / "enums.py").unlink()
    (here / "acme" / "v1" / "actions.py").write_text("mine")
    (here / "acme" / "v1" / "old.py").write_text("")
    before = texts_in(here)

    result = _run("check", "--out", "acme", "--package", "acme")

    assert result.exit_code == 1
    assert result.stdout == (
        "missing: acme/v1/enums.py\nchanged: acme/v1/actions.py\nstale: acme/v1/old.py\n"
    )
    assert result.stderr == "run `ocppkit codegen generate`\n"
    assert texts_in(here) == before


@pytest.mark.parametrize("verb", ["generate", "check"])
def test_every_problem_of_an_input_stands_on_a_line_and_nothing_is_written(
    here: Path, verb: str
) -> None:
    nodes = {"a": {"type": "null"}, "b": {"oneOf": []}}
    write_version(here, an_object(nodes), docs=_DOCS)

    result = _run(verb, "--out", "acme", "--package", "acme")

    assert (result.exit_code, result.stdout) == (1, "")
    assert [line.split(": ")[:2] for line in result.stderr.splitlines()] == [
        ["schemas/v1/ResetRequest.json", "#/properties/a/type"],
        ["schemas/v1/ResetRequest.json", "#/properties/b/oneOf"],
    ]
    assert not (here / "acme").exists()


def test_a_version_without_documentation_passes_the_check(here: Path) -> None:
    write_version(here)
    _run("generate", "--out", "acme", "--package", "acme")

    result = _run("check", "--out", "acme", "--package", "acme")

    assert result.exit_code == 0


@pytest.mark.parametrize("verb", ["generate", "check"])
def test_a_folder_without_a_version_is_refused(verb: str) -> None:
    result = _run(verb, "--schemas", "nowhere", "--out", "acme")

    assert (result.exit_code, result.stderr) == (
        1,
        "nowhere: no version in it: a folder with an actions.csv\n",
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(here: Path) -> None:
    write_version(here)
    (here / "acme").mkdir(mode=0o500)

    result = _run("generate", "--out", "acme", "--package", "acme")

    assert result.exit_code == 1
    assert "acme" in result.stderr


def test_an_output_folder_below_a_file_is_named(here: Path) -> None:
    write_version(here)
    (here / "acme").write_text("")

    result = _run("generate", "--out", "acme/ocpp", "--package", "acme")

    assert result.exit_code == 1
    assert result.stderr.startswith("acme/ocpp: ")
    assert result.stderr.count("\n") == 1


def test_a_page_of_the_reference_that_cannot_be_written_is_named(here: Path) -> None:
    write_version(here)
    (here / "docs" / "reference" / "messages-1.md").mkdir(parents=True)

    result = _run("generate")

    assert result.exit_code == 1
    assert result.stderr == "docs/reference: Is a directory\n"


@pytest.mark.parametrize("verb", ["generate", "check"])
def test_the_code_and_the_pages_of_a_version_come_from_one_reading_of_it(
    here: Path, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_version(here, docs=_DOCS)
    (here / "docs" / "reference").mkdir(parents=True)
    assert _run("generate").exit_code == 0
    read: list[str] = []
    read_bytes = Path.read_bytes

    def noted(path: Path) -> bytes:
        read.append(path.name)
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", noted)

    result = _run(verb)

    assert result.exit_code == 0
    assert read.count("ResetRequest.json") == 1


def test_import_writes_the_normalised_files_of_a_bundle(here: Path) -> None:
    write_messages(here / "bundle", {"ResetRequest": an_object(), "ResetResponse": an_object()})

    result = _run("import", "v9", "bundle")

    assert (result.exit_code, result.output) == (0, "schemas/v9: 2 written, 0 removed\n")


def test_import_refuses_a_bundle_that_cannot_be_used(here: Path) -> None:
    write_messages(here / "bundle", {"ResetRequest": an_object()})

    result = _run("import", "v9", "bundle")

    assert result.exit_code == 1
    assert "ResetRequest has no ResetResponse beside it" in result.stderr
    assert not (here / "schemas").exists()


def test_import_names_a_folder_that_cannot_be_written(here: Path) -> None:
    write_messages(here / "bundle", {"ResetRequest": an_object(), "ResetResponse": an_object()})
    (here / "schemas").mkdir()
    (here / "schemas" / "v9").write_text("")

    result = _run("import", "v9", "bundle")

    assert result.exit_code == 1
    assert result.stderr.startswith("schemas/v9: ")


def _pair(here: Path, old: dict[str, object], new: dict[str, object]) -> Result:
    for folder, properties in (("old", old), ("new", new)):
        write_messages(here / folder, {"ResetRequest": an_object(properties)})
    return _run("diff", "old", "new")


def test_diff_ends_with_0_where_nothing_differs(here: Path) -> None:
    result = _pair(here, {"a": {}}, {"a": {}})

    assert (result.exit_code, result.output) == (0, "no difference\n")


def test_diff_ends_with_1_where_nothing_breaks(here: Path) -> None:
    result = _pair(here, {"a": {"type": "boolean"}}, {"a": {"type": "boolean", "default": True}})

    assert result.exit_code == 1
    assert result.output.endswith("1 changes, 0 of them break something\n")


def test_diff_ends_with_3_where_something_breaks(here: Path) -> None:
    assert _pair(here, {"a": {}}, {"a": {}, "b": {}}).exit_code == 3


@pytest.mark.parametrize("arguments", [("old", "nowhere"), ("old",), ("old", "old", "--yes")])
def test_diff_ends_with_2_where_it_cannot_compare(here: Path, arguments: tuple[str, ...]) -> None:
    write_messages(here / "old", {"ResetRequest": an_object()})

    result = _run("diff", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")


def test_diff_prints_json(here: Path) -> None:
    _pair(here, {"a": {}}, {"a": {"type": "boolean"}})

    result = _run("diff", "old", "new", "--json")

    assert result.exit_code == 3
    assert json.loads(result.stdout)["changes"] == [
        {
            "subject": "ResetRequest",
            "messages": ["ResetRequest"],
            "path": "a",
            "what": "type",
            "old": "any",
            "new": "boolean",
            "old_sender_to_new_receiver": "breaks",
            "new_sender_to_old_receiver": "ok",
        }
    ]


def test_the_help_of_diff_tells_its_exit_codes_and_directions() -> None:
    text = " ".join(_run("diff", "--help").output.split())

    assert "0 no difference, 1 differences that break nothing, 2 OLD or NEW cannot be used" in text
    assert "old senders with new receivers and for new senders with old receivers" in text
