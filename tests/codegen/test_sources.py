from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.sources import ActionRow, read_sources, versions

from .version import an_object, sources_of, write_version


def _problems(root: Path, **more: Any) -> list[str]:
    with pytest.raises(CodegenError) as refused:
        sources_of(root, **more)
    return refused.value.problems


def test_the_versions_are_the_folders_with_a_table_of_actions(tmp_path: Path) -> None:
    write_version(tmp_path, folder="v2")
    schemas = write_version(tmp_path, folder="v1")
    (schemas / "notes").mkdir()

    assert versions(schemas) == ["v1", "v2"]


def test_a_folder_without_a_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CodegenError, match=r"no version in it: a folder with an actions\.csv"):
        versions(tmp_path)


def test_a_version_is_read_with_its_tables(tmp_path: Path) -> None:
    names = '[words]\nSoC = "Soc"\n[members.T]\na = "B"\n[lift]\nx = "Y"'

    sources = sources_of(
        tmp_path,
        actions="Reset,both,core\n",
        names=names,
        docs='[messages.Reset]\ndoc = "Words."',
    )

    assert sources.actions == {"Reset": ActionRow("Reset", ("csms", "station"), "core")}
    assert sources.names.words == {"SoC": "Soc"}
    assert sources.names.members == {"T": {"a": "B"}}
    assert sources.names.lift == {"x": "Y"}
    assert sources.docs == {"messages": {"Reset": {"doc": "Words."}}}
    assert list(sources.messages) == ["ResetRequest", "ResetResponse"]


def test_names_and_docs_may_be_missing(tmp_path: Path) -> None:
    schemas = write_version(tmp_path)
    (schemas / "v1" / "names.toml").unlink()

    sources = read_sources(schemas, "v1")

    assert (sources.names.words, sources.docs) == ({}, None)


@pytest.mark.parametrize(
    ("actions", "problem"),
    [
        ("Reset,station\n", "line 2: expected 3 columns, got 2"),
        ("Reset,station,core\nReset,station,core\n", "line 3, column 1: Reset stands here twice"),
        ("Reset,anyone,core\n", "line 2, column 2: expected station, csms, both, got 'anyone'"),
        ("Reset,station,a-b\n", "line 2, column 3: 'a-b' cannot be a module's name"),
        ("", "no action in it"),
        ("Reset,station,core\nBoot,csms,core\n", "Boot has no schema BootRequest.json"),
        ("Other,csms,core\n", "no row for the action of schemas/v1/ResetRequest.json"),
    ],
)
def test_a_wrong_table_of_actions_is_refused_with_line_and_column(
    tmp_path: Path, actions: str, problem: str
) -> None:
    problems = _problems(tmp_path, actions=actions)

    assert f"schemas/v1/actions.csv: {problem}" in problems


def test_a_table_of_actions_with_other_columns_is_refused(tmp_path: Path) -> None:
    schemas = write_version(tmp_path)
    (schemas / "v1" / "actions.csv").write_text("name,side\nReset,station\n")

    with pytest.raises(CodegenError) as refused:
        read_sources(schemas, "v1")

    assert refused.value.problems == [
        "schemas/v1/actions.csv: line 1: expected the columns action,receiver,block"
    ]


def test_a_table_of_actions_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    schemas = write_version(tmp_path)
    (schemas / "v1" / "actions.csv").write_bytes(b"action,receiver,block\nR\xe9set,station,core\n")

    with pytest.raises(CodegenError, match=r"schemas/v1/actions\.csv: 'utf-8' codec"):
        read_sources(schemas, "v1")


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        ("[letters]", "[letters]: unknown table"),
        ("words = 3", "[words]: expected names as keys and strings as values"),
        ("[words]\na = 3", "[words]: expected names as keys and strings as values"),
        ("members = 3", "[members]: expected a table an enum"),
        ("[members.T]\na = 3", "[members.T]: expected names as keys and strings as values"),
        ("[words]\n= 3", "(at line 2, column 1)"),
    ],
)
def test_a_wrong_table_of_names_is_refused(tmp_path: Path, names: str, problem: str) -> None:
    (found,) = _problems(tmp_path, names=names)

    assert found.startswith("schemas/v1/names.toml: ")
    assert problem in found


def test_all_files_that_cannot_be_used_are_named_at_once(tmp_path: Path) -> None:
    schemas = write_version(tmp_path, an_object({"p": {"type": "null"}}), docs="[")
    (schemas / "v1" / "ResetResponse.json").write_text("{")

    with pytest.raises(CodegenError) as refused:
        read_sources(schemas, "v1")

    assert [problem.partition(": ")[0] for problem in refused.value.problems] == [
        f"schemas/v1/{name}" for name in ("ResetRequest.json", "ResetResponse.json", "docs.toml")
    ]
