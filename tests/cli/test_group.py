from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ocppkit.cli.group import EntryPointGroup

_GREETING = """
import click

@click.command()
def command():
    "Say hello."
    click.echo("hello")
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose modules can be imported, and are forgotten after the test."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "modules", sys.modules.copy())
    return tmp_path


def _entry_point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group="ocppkit.commands")


def _run(arguments: list[str], *found: EntryPoint) -> Result:
    return CliRunner().invoke(EntryPointGroup(found, help="A test."), arguments)


def test_a_subcommand_is_found_by_its_entry_point(plugins: Path) -> None:
    (plugins / "greeting.py").write_text(_GREETING)

    result = _run(["greet"], _entry_point("greet", "greeting:command"))

    assert (result.exit_code, result.output) == (0, "hello\n")


def test_only_the_subcommand_that_runs_is_loaded(plugins: Path) -> None:
    (plugins / "greeting.py").write_text(_GREETING)
    (plugins / "broken.py").write_text("raise RuntimeError")

    result = _run(
        ["greet"],
        _entry_point("greet", "greeting:command"),
        _entry_point("other", "broken:command"),
    )

    assert result.exit_code == 0


def test_help_lists_what_is_installed_and_how_to_install_the_rest(plugins: Path) -> None:
    (plugins / "greeting.py").write_text(_GREETING)
    (plugins / "draws.py").write_text("import not_there_at_all")

    result = _run(
        ["--help"],
        _entry_point("greet", "greeting:command"),
        _entry_point("draw", "draws:command [plot]"),
    )

    lines = [line.split(maxsplit=1) for line in result.output.splitlines()]
    assert result.exit_code == 0
    assert ["greet", "Say hello."] in lines
    assert ["draw", "(not installed: pip install 'ocppkit[plot]')"] in lines


@pytest.mark.parametrize("arguments", [[], ["--help"], ["curve", "--width", "3"]])
def test_running_what_is_not_installed_says_what_to_install(
    plugins: Path, arguments: list[str]
) -> None:
    (plugins / "draws.py").write_text("import not_there_at_all")

    result = _run(["draw", *arguments], _entry_point("draw", "draws:command [plot,cli]"))

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == "ocppkit draw needs more packages: pip install 'ocppkit[plot,cli]'\n"


@pytest.mark.parametrize("missing", ["ocppkit.not_there", "broken.not_there"])
def test_a_module_missing_in_our_own_code_is_a_bug_and_is_raised(
    plugins: Path, missing: str
) -> None:
    (plugins / "broken").mkdir()
    (plugins / "broken" / "__init__.py").write_text("")
    (plugins / "broken" / "commands.py").write_text(f"import {missing}")

    result = _run(["greet"], _entry_point("greet", "broken.commands:command [plot]"))

    assert isinstance(result.exception, ModuleNotFoundError)
    assert result.exception.name == missing


def test_a_missing_module_is_a_bug_where_no_extra_could_bring_it(plugins: Path) -> None:
    (plugins / "broken.py").write_text("import not_there_at_all")

    result = _run(["greet"], _entry_point("greet", "broken:command"))

    assert isinstance(result.exception, ModuleNotFoundError)
    assert result.exception.name == "not_there_at_all"


def test_an_entry_point_that_is_no_command_is_refused(plugins: Path) -> None:
    (plugins / "wrong.py").write_text("command = 'greet'")

    result = _run(["greet"], _entry_point("greet", "wrong:command"))

    assert isinstance(result.exception, TypeError)


def test_an_unknown_subcommand_is_a_usage_error() -> None:
    result = _run(["dance"])

    assert result.exit_code == 2
    assert "dance" in result.stderr


def test_our_own_subcommands_name_the_extra_they_need() -> None:
    found = {each.name: each.extras for each in entry_points(group="ocppkit.commands")}

    assert found["codegen"] == ["codegen"]
    assert found["demo"] == ["cli"]
    assert found["schedule"] == ["cli"]
