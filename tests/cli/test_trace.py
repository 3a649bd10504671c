from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ocppkit.cli import trace
from ocppkit.connection import Direction
from ocppkit.message import Side
from ocppkit.message_log import Entry, EntryKind
from ocppkit.message_log.entry import to_line

RUN = "from ocppkit.cli.trace import command; command(prog_name='trace')"
START = datetime(2026, 5, 1, 23, 59, 58, 250_000, tzinfo=UTC)


def entry(
    seconds: float, kind: EntryKind = EntryKind.CALL, *, sent: bool = True, **said: Any
) -> Entry:
    given: dict[str, Any] = {
        "time": START + timedelta(seconds=seconds),
        "identity": "CS001",
        "side": Side.STATION,
        "version": "ocpp1.6",
        "direction": Direction.SENT if sent else Direction.RECEIVED,
    }
    return Entry(kind=kind, **{**given, **said})


LOG = [
    entry(0, EntryKind.CONNECTED, direction=None, description="127.0.0.1:9000"),
    entry(
        1,
        action="StartTransaction",
        message_id="1",
        payload={"connectorId": 1, "idTag": "…A2B3", "meterStart": 1000},
    ),
    entry(
        1.1,
        EntryKind.CALLRESULT,
        sent=False,
        action="StartTransaction",
        message_id="1",
        payload={"transactionId": 7, "idTagInfo": {"status": "Accepted"}},
        latency_ms=101.4,
    ),
    entry(2, sent=False, action="Reset", message_id="x", payload={"type": "Hard"}),
    entry(
        2.5,
        EntryKind.CALLERROR,
        action="Reset",
        message_id="x",
        code="NotSupported",
        description="Reset is not supported",
        payload={},
        latency_ms=500.0,
    ),
    entry(3, EntryKind.UNREADABLE, sent=False, description="no JSON"),
    entry(4, EntryKind.GAP, identity="", direction=None, dropped=3, description="full"),
    entry(5, action="Heartbeat", message_id="2", payload={}),
    entry(6, EntryKind.DISCONNECTED, direction=None, description="closed with 1006"),
]


def write(path: Path, entries: list[Entry]) -> Path:
    path.write_text("".join(f"{to_line(one)}\n" for one in entries), encoding="utf-8")
    return path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "messages.jsonl", LOG)


def run(*arguments: str | Path, columns: int = 80) -> Result:
    return CliRunner().invoke(
        trace.command, [str(argument) for argument in arguments], env={"COLUMNS": str(columns)}
    )


def kinds(result: Result) -> list[str]:
    return [json.loads(line)["kind"] for line in result.stdout.splitlines()]


@pytest.mark.parametrize("columns", [80, 120])
def test_a_log_is_shown_as_a_sequence_that_fits_the_columns(log: Path, columns: int) -> None:
    result = run(log, columns=columns)

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert max(map(len, lines)) <= columns
    assert "\x1b" not in result.stdout
    head, first_day, connected, call, answer, second_day, *_ = lines
    assert head.split() == ["station", "CSMS"]
    assert (first_day, second_day) == ("2026-05-01 (UTC)", "2026-05-02 (UTC)")
    assert connected == "23:59:58.250 -- CS001 connected, ocpp1.6: 127.0.0.1:9000"
    assert re.fullmatch(
        r"23:59:59\.250 │ StartTransaction ─+▶ │ 1\.000 kWh, token …A2B3, conn.*", call
    )
    assert re.fullmatch(
        r"23:59:59\.350 │ ◀╌+ StartTransaction │ Accepted, transaction 7 + 101 ms", answer
    )


def test_what_went_wrong_can_be_seen(log: Path) -> None:
    shown = run(log, columns=120).stdout

    assert re.search(r"│ Reset ╌+▶ │ NotSupported Reset is not supported +500 ms", shown)
    assert re.search(r"│ ◀╌+ \(unreadable\) │ no JSON", shown)
    assert "~~ 3 lines are missing: full" in shown
    assert "│ no answer before the connection was lost" in shown


def test_several_stations_get_a_column(tmp_path: Path) -> None:
    log = write(
        tmp_path / "m.jsonl",
        [entry(0, action="Heartbeat"), entry(1, action="Heartbeat", identity="A-LONG-IDENTITY")],
    )

    narrow, wide = run(log).stdout, run(log, columns=120).stdout

    assert "23:59:58.250 CS001    │ Heartbeat" in narrow
    assert "23:59:59.250 A-LONG-… │ Heartbeat" in narrow
    assert "A-LONG-IDENTITY │ Heartbeat" in wide
    assert max(map(len, narrow.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--action", "reset"], ["CALL", "CALLERROR"]),
        (["--action", "Reset", "--action", "Heartbeat"], ["CALL", "CALLERROR", "CALL"]),
        (["--identity", "CS002"], []),
        (["--transaction", "7"], ["CALL", "CALLRESULT"]),
        (["--errors"], ["CALL", "CALLERROR", "unreadable", "gap", "CALL"]),
        (["--since", "2026-05-02T00:00:03Z"], ["CALL", "disconnected"]),
        (["--since", "2026-05-02T02:00:03+02:00"], ["CALL", "disconnected"]),
        (["--until", "2026-05-01 23:59:59"], ["connected"]),
    ],
)
def test_filters_choose_lines(log: Path, arguments: list[str], expected: list[str]) -> None:
    result = run(log, "--json", *arguments)

    assert result.exit_code == 0
    assert kinds(result) == expected


def test_json_gives_the_lines_as_they_are(log: Path) -> None:
    assert run(log, "--json").stdout == log.read_text(encoding="utf-8")


def test_rotated_files_are_read_in_their_order(log: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    rotated = log.with_name("messages.000001.jsonl.gz")
    rotated.write_bytes(gzip.compress(b"".join(lines[:4])))
    log.write_bytes(b"".join(lines[4:]))

    result = run(log, rotated, "--json")

    assert result.stdout.encode() == b"".join(lines)


def test_a_page_is_written(log: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"

    result = run(log, "--html", page, "--errors")

    assert result.exit_code == 0
    assert result.stdout == ""
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "5 lines" in result.stderr


def test_hostile_text_does_nothing_to_a_terminal(tmp_path: Path) -> None:
    evil = "\x1b]0;owned\x07[red]"
    log = write(
        tmp_path / "m.jsonl",
        [entry(0, action=evil, identity=evil, message_id=evil, payload={"status": evil})],
    )

    shown = run(log, columns=120).stdout

    assert "\x1b" not in shown
    assert "·]0;owned·[red]" in shown


def test_an_unfinished_last_line_is_a_warning_only(log: Path) -> None:
    log.write_bytes(log.read_bytes()[:-20])

    result = run(log)

    assert result.exit_code == 0
    assert "the last line is unfinished, skipped" in result.stderr


def test_a_broken_line_is_named_and_the_exit_code_tells(log: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[0] + b"{oops}\n" + b"".join(lines[1:]))

    result = run(log)

    assert result.exit_code == 1
    assert f"{log}: broken line 2, skipped: no JSON" in result.stderr
    assert "StartTransaction" in result.stdout


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Path.absolute, "No such file or directory"),
        (Path.mkdir, "Is a directory"),
        (lambda path: path.write_text("hello\n"), "not a message log: line 1: no JSON"),
    ],
)
def test_what_cannot_be_read_is_a_clear_error(
    tmp_path: Path, make: Callable[[Path], object], reason: str
) -> None:
    path = tmp_path / "messages.jsonl"
    make(path)

    result = run(path)

    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {path}: {reason}")
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a", "--html", "b", "--json"],
        ["a", "b", "--follow"],
        ["a", "--since", "yesterday"],
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str]) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert "Error: " in result.stderr


def test_a_page_that_cannot_be_written_is_a_clear_error(log: Path, tmp_path: Path) -> None:
    result = run(log, "--html", tmp_path / "no" / "page.html")

    assert result.exit_code == 2
    assert "page.html: No such file" in result.stderr


def test_following_shows_what_comes_and_what_was_not_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = write(tmp_path / "m.jsonl", [entry(0, action="Heartbeat", message_id="1")])
    more = iter([entry(40, action="Heartbeat", message_id="2")])

    def wait() -> None:
        for one in more:
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{to_line(one)}\n")
            return
        raise KeyboardInterrupt

    monkeypatch.setattr(trace, "_wait", wait)

    result = run(log, "--follow")

    assert result.exit_code == 0
    assert result.stdout.count("│ Heartbeat ─") == 2
    assert "! Heartbeat (1): no answer before the next call" in result.stdout


def test_a_terminal_without_arrows_gets_the_rest(log: Path) -> None:
    shown = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", RUN, str(log)],
        capture_output=True,
        timeout=30,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path), "COLUMNS": "80", "PYTHONIOENCODING": "ascii"},
    )

    assert shown.returncode == 0, shown.stderr
    assert b"StartTransaction" in shown.stdout
