from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ocppkit.cli.config import command
from ocppkit.station.settings import (
    initial_configuration,
    load,
)
from ocppkit.station.settings.reference import reference_page

_ROOT = Path(__file__).parents[2]


def _run(*arguments: str | Path, **environ: str) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments], env=environ)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config.json of libocpp."""
    file = tmp_path / "config.json"
    internal = {"ChargePointId": "cp1", "CentralSystemURI": "csms/cp1", "UseTPM": True}
    file.write_text(json.dumps({"Internal": internal, "Core": {"HeartbeatInterval": 30}}))
    return file


def test_a_right_file_passes(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text(initial_configuration())

    result = _run("check", file)

    assert (result.exit_code, result.output) == (0, f"{file}: no mistakes\n")


def test_all_mistakes_of_a_file_are_printed(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text('[station]\nidentity = ""\n[csms]\nurl = "http://x"\n')

    result = _run("check", file)

    assert result.exit_code == 2
    assert result.stdout.splitlines() == [
        f"{file}:2: station.identity: expected a text of at most 48 characters, not empty, got ''",
        f"{file}:4: csms.url: expected ws:// or wss:// URL without credentials, got 'http://x'",
    ]


def test_the_environment_is_checked_too(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text(initial_configuration())

    result = _run("check", file, OCPPKIT_LIMITS__PHASES="9")

    assert result.exit_code == 2
    assert "limits.phases (OCPPKIT_LIMITS__PHASES): expected" in result.stdout


def test_what_is_asked_for_in_vain_is_a_warning_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text(
        '[station]\nidentity = "A"\n[csms]\nurl = "ws://x"\n[certificates]\nmo_ca = "mo"\n'
    )

    result = _run("check", file)

    warning, verdict = result.stdout.splitlines()
    assert result.exit_code == 0
    assert warning.startswith(f"{file}:6: warning: certificates.mo_ca: there is no folder")
    assert verdict == f"{file}: no mistakes, 1 warning"


def test_warnings_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text(
        '[station]\nidentity = "A"\n[csms]\nurl = "ws://x"\n'
        '[device_model]\nfiles = ["a.toml", "b.toml"]\n'
    )

    result = _run("check", file)

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert all("warning: " in line and "cannot be read: No such file" in line for line in lines[:2])
    assert lines[2:] == [f"{file}: no mistakes, 2 warnings"]


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    result = _run("check", tmp_path / "none.toml")

    assert result.exit_code == 2
    assert "cannot be read: No such file or directory" in result.stdout


def test_a_conversion_goes_to_standard_output_and_what_is_left_to_standard_error(
    config: Path, tmp_path: Path
) -> None:
    result = _run("convert", config)
    (tmp_path / "station.toml").write_text(result.stdout)

    assert result.exit_code == 0
    assert result.stderr == "Internal.UseTPM: keys in a TPM are not supported\n"
    assert load(tmp_path / "station.toml").csms.url == "ws://csms"


def test_a_conversion_goes_to_a_file_with_the_users_changes(config: Path, tmp_path: Path) -> None:
    (tmp_path / "user.json").write_text('{"Core": {"HeartbeatInterval": 40}}')
    out = tmp_path / "station.toml"

    result = _run("convert", config, "--user-config", tmp_path / "user.json", "--output", out)

    assert (result.exit_code, result.stdout) == (0, "")
    assert load(out).csms.heartbeat_interval == 40


def test_what_is_still_to_do_is_said(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")

    result = _run("convert", tmp_path / "config.json")

    assert result.exit_code == 0
    assert "still to do: station.identity: missing: expected a text" in result.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [("{", "is no JSON"), ("[]", "expected an object of sections"), (None, "cannot be read")],
)
def test_what_cannot_be_read_is_not_converted(
    content: str | None, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "config.json"
    if content is not None:
        file.write_text(content)

    result = _run("convert", file)

    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr


def test_where_it_cannot_be_written_is_said(config: Path, tmp_path: Path) -> None:
    result = _run("convert", config, "-o", tmp_path / "none" / "station.toml")

    assert result.exit_code == 1
    assert "cannot be written: No such file or directory" in result.stderr


def test_the_subcommand_loads_from_its_entry_point() -> None:
    entry_point = EntryPoint(
        name="config", value="ocppkit.cli.config:command [cli]", group="ocppkit.commands"
    )

    assert entry_point.load() is command


def test_the_reference_page_is_what_the_classes_say() -> None:
    page = _ROOT / "docs" / "reference" / "station-toml.md"

    assert page.read_text(encoding="utf-8") == reference_page()


def test_converting_overwrites_only_if_forced(tmp_path: Path) -> None:
    config, out = tmp_path / "config.json", tmp_path / "station.toml"
    config.write_text("{}")
    out.write_text("mine")

    refused = _run("convert", config, "-o", out)
    assert (refused.exit_code, out.read_text()) == (1, "mine")
    assert "--force" in refused.output

    assert _run("convert", config, "-o", out, "--force").exit_code == 0
    assert out.read_text() != "mine"


def test_what_component_files_say_and_cannot_be_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    components = tmp_path / "components"
    components.mkdir()
    told = '[device_model]\nfiles = ["components"]\n'
    file.write_text(initial_configuration().replace("[device_model]\n", told))
    own = {"variable_name": "AllowReset", "characteristics": {"dataType": "string"}}
    broken = components / "a.json"
    broken.write_text("{")
    evse = components / "b.json"
    evse.write_text(json.dumps({"name": "EVSE", "evse_id": 1, "properties": {"A": own}}))

    result = _run("check", file)

    first, second, last = result.stdout.splitlines()
    assert result.exit_code == 0
    assert first.startswith(f"warning: {broken}: cannot be read: is not what its name says: ")
    assert second == f"warning: {evse}: EVSE.AllowReset (EVSE 1): is of type boolean, not string"
    assert last == f"{file}: no mistakes, 2 warnings"
