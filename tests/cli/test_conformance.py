"""``ocppkit conformance``: what it lists, runs, writes and refuses."""

from __future__ import annotations

import shlex
import socket
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ocppkit.cli.conformance import command

_RUN = "from ocppkit.cli.station import command; command(prog_name='ocppkit station')"


def _invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments])


def test_it_lists_the_cases_of_a_block() -> None:
    done = _invoke("list", "--block", "E")

    assert done.exit_code == 0
    assert len(done.output.splitlines()) == 47
    assert "TC_E_03_CS  C  Core: Local start transaction - Cable plugin first" in done.output


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("list", "--block", "Z"), "there is no block Z"),
        (("list", "--block", "D", "--case", "E_03"), "no case is of all that"),
        (("run", "--station", "person", "--case", "Z_1"), "there is no case TC_Z_1_CS"),
        (("run", "--station", "person", "--listen", "nowhere"), "HOST:PORT is expected"),
        (("run", "--case", "E_03"), "Missing option '--station'"),
    ],
)
def test_a_wrong_command_line_is_refused(arguments: tuple[str, ...], why: str) -> None:
    done = _invoke(*arguments)

    assert done.exit_code == 2
    assert why in done.output


def test_wrong_settings_are_refused(tmp_path: Path) -> None:
    settings = tmp_path / "cases.toml"
    settings.write_text("[case_settings]\nevse = 1\n", encoding="utf-8")
    done = _invoke("run", "--station", "person", "--case", "E_03", "--settings", settings)

    assert done.exit_code == 2
    assert "case_settings.evse: cannot be 1: there is no such setting" in done.output


def test_a_station_that_cannot_be_started_is_refused() -> None:
    done = _invoke("run", "--station", "/no/such/program", "--listen", "127.0.0.1:0")

    assert done.exit_code == 2
    assert "/no/such/program" in done.output


def test_it_starts_a_station_judges_it_and_writes_what_it_found(tmp_path: Path) -> None:
    port = _free_port()
    station = tmp_path / "station.toml"
    station.write_text(
        f'[station]\nidentity = "CS001"\n\n[csms]\nurl = "ws://127.0.0.1:{port}"\n'
        'versions = ["2.0.1"]\npassword = "0123456789abcdef"\n',
        encoding="utf-8",
    )
    settings = tmp_path / "cases.toml"
    settings.write_text(
        "[case_settings]\nmessage_timeout = 5\noptional_wait = 0.5\ntransaction_duration = 0.2\n",
        encoding="utf-8",
    )
    starts = [sys.executable, "-c", _RUN, str(station), "--control", "stdio"]
    starts += ["--state-dir", str(tmp_path / "state"), "--log-level", "error"]
    junit, html = tmp_path / "out.xml", tmp_path / "out.html"
    done = _invoke(
        "run", "--case", "E_06", "--case", "A_13", "--settings", settings,
        "--listen", f"127.0.0.1:{port}", "--station", shlex.join(starts),
        "--junit", junit, "--html", html,
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    assert "passed TC_E_06_CS" in done.output
    assert "n/a    TC_A_13_CS" in done.output
    assert "withdrawn by errata 5.20" in done.output
    assert "1 passed, 1 not applicable" in done.output
    assert 'failures="0"' in junit.read_text(encoding="utf-8")
    assert "TC_E_06_CS" in html.read_text(encoding="utf-8")


def test_profile_3_is_played_in_two_commands(tmp_path: Path) -> None:
    port, made = _free_port(), tmp_path / "made"
    laid_out = _invoke("certificates", made, "--identity", "CS001", "--serial-number", "SN-1")
    station = tmp_path / "station.toml"
    station.write_text(
        '[station]\nidentity = "CS001"\nserial_number = "SN-1"\n\n'
        f'[csms]\nurl = "wss://127.0.0.1:{port}"\nsecurity_profile = 3\nversions = ["2.0.1"]\n\n'
        + (made / "station.toml").read_text(encoding="utf-8"),
        encoding="utf-8",
    )
    starts = [sys.executable, "-c", _RUN, str(station), "--control", "stdio"]
    starts += ["--state-dir", str(tmp_path / "state"), "--log-level", "error"]
    done = _invoke(
        "run", "--case", "A_07", "--case", "A_01", "--settings", made / "profile-3.toml",
        "--listen", f"127.0.0.1:{port}", "--station", shlex.join(starts),
    )  # fmt: skip

    assert laid_out.exit_code == 0, laid_out.output
    assert f"--settings {made / 'profile-3.toml'}" in laid_out.output
    assert done.exit_code == 0, done.output
    assert "passed TC_A_07_CS" in done.output
    assert "needs security profile 1 or 2: it is 3" in done.output


def test_an_authority_that_is_not_there_is_refused(tmp_path: Path) -> None:
    settings = tmp_path / "cases.toml"
    settings.write_text('[case_settings]\nauthority = "nowhere"\n', encoding="utf-8")
    done = _invoke("run", "--station", "person", "--case", "E_03", "--settings", settings)

    assert done.exit_code == 2
    assert "nowhere" in done.output


def test_certificates_for_what_is_no_host_are_refused(tmp_path: Path) -> None:
    done = _invoke("certificates", tmp_path, "--identity", "CS001", "--host", "straße.example")

    assert done.exit_code == 2
    assert not list(tmp_path.iterdir())


def _free_port() -> int:
    """A port of which the next one is free as well."""
    for _ in range(20):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    msg = "no two free ports"
    raise RuntimeError(msg)
