from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from ocppkit.cli import demo
from ocppkit.station import IdToken

RUN = "from ocppkit.cli.demo import command; command(prog_name='demo')"


def run(*arguments: str, columns: str = "80") -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", RUN, *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path), "COLUMNS": columns, "PYTHONIOENCODING": "utf-8"},
    )


@pytest.fixture(scope="module")
def both() -> subprocess.CompletedProcess[str]:
    return run("--seconds", "1")


def test_both_versions_go_through_a_whole_session(both: subprocess.CompletedProcess[str]) -> None:
    old, new = both.stdout.split("OCPP 2.0.1:")

    assert both.returncode == 0, both.stderr
    for action in (
        "BootNotification",
        "Heartbeat",
        "StatusNotification",
        "Authorize",
        "StartTransaction",
        "MeterValues",
        "StopTransaction",
    ):
        assert action in old
    for words in ("CablePluggedIn", "Authorized", "MeterValuePeriodic", "StopAuthorized", "Local"):
        assert words in new


def test_it_ends_with_a_summary_a_version(both: subprocess.CompletedProcess[str]) -> None:
    *_, old, new = both.stdout.splitlines()

    assert old.startswith("OCPP 1.6 ")
    assert new.startswith("OCPP 2.0.1 ")
    assert "messages" in new
    assert "0.000 kWh" not in new


def test_piped_output_has_no_colours_and_fits_the_columns(
    both: subprocess.CompletedProcess[str],
) -> None:
    assert "\x1b" not in both.stdout
    assert max(map(len, both.stdout.splitlines())) <= 80


def test_answers_show_how_long_they_took(both: subprocess.CompletedProcess[str]) -> None:
    answers = [line for line in both.stdout.splitlines() if "⇠" in line]

    assert answers
    assert all(" ms " in line for line in answers)


def test_one_version_alone_can_be_shown() -> None:
    shown = run("--version", "1.6", "--seconds", "1", columns="120")

    assert shown.returncode == 0
    assert "OCPP 2.0.1" not in shown.stdout


def test_a_token_that_is_refused_makes_it_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_TOKEN", IdToken("T" * 21))  # too long for 1.6

    result = CliRunner().invoke(demo.command, ["--version", "1.6", "--seconds", "1"])

    assert result.exit_code == 1
    assert "the demonstration failed: the token was refused" in result.output
