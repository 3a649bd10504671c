"""Any file is a message log, with its broken lines told, or is said to be none."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from hypothesis import strategies as st

from ocppkit.cli.trace import command
from ocppkit.message_log.entry import BrokenLine, EntryKind, from_line, to_line
from ocppkit.message_log.reader import Flaw, NotALog, read_log

from .attempt import attempted
from .conftest import Look
from .garbage import json_values, mutated, mutated_text, octets, texts


def lines() -> st.SearchStrategy[Any]:
    """Right lines, and lines that are nearly so."""
    return st.fixed_dictionaries(
        {
            "time": st.sampled_from(["2024-05-01T12:00:00.000Z", "9999-12-31T23:59:59-00:01"]),
            "kind": st.sampled_from([*EntryKind]),
            "side": st.sampled_from(["station", "csms"]),
            "direction": st.sampled_from(["received", "sent"]),
        },
        optional={
            "identity": texts(),
            "action": st.sampled_from(["StartTransaction", "Heartbeat"]) | texts(),
            "id": st.sampled_from(["1", "2"]),
            "payload": json_values(),
            "latency_ms": st.floats() | st.integers(),
            "code": texts(),
            "description": texts(),
            "size": st.integers(),
            "dropped": st.integers(),
        },
    )


def files() -> st.SearchStrategy[bytes]:
    """Files from noise to right logs, some of them compressed, some of those broken."""
    right = lines().map(json.dumps)
    line = st.one_of(right, right, mutated(lines()).map(json.dumps), mutated_text(right), texts())
    text = st.lists(line, max_size=8).map(
        lambda lines: "\n".join(lines).encode(errors="surrogatepass")
    )
    plain = text | octets()
    compressed = plain.map(gzip.compress)
    cut = st.builds(lambda data, at: data[: at % (len(data) + 1)], compressed, st.integers(0, 400))
    changed = st.builds(
        lambda data, at: data[: at % len(data)] + b"\x7f" + data[at % len(data) + 1 :],
        compressed,
        st.integers(0, 400),
    )
    return plain | compressed | cut | changed


def test_any_line_is_an_entry_or_is_broken(look: Look) -> None:
    def is_read(line: str) -> None:
        entry = attempted(BrokenLine, lambda: from_line(line))

        if isinstance(entry, BrokenLine):
            assert str(entry)
        else:
            assert from_line(to_line(entry)) == entry

    look(is_read, mutated(lines()).map(json.dumps) | lines().map(json.dumps) | texts(), count=120)


def test_any_file_is_read_or_is_no_log(tmp_path: Path, look: Look) -> None:
    def is_read(data: bytes, ending: str) -> None:
        path = tmp_path / f"a.jsonl{ending}"
        path.write_bytes(data)
        flaws: list[Flaw] = []

        entries = attempted(NotALog, lambda: list(read_log(path, flaws.append)))

        if isinstance(entries, NotALog):
            assert str(path) in str(entries)
            return
        assert all(flaw.reason for flaw in flaws)
        assert len(entries) + len(flaws) <= max(data.count(b"\n") + 1, 2) or ending

    look(is_read, files(), st.sampled_from(["", ".gz"]), count=80)


def test_the_trace_of_any_file_ends_with_one_of_its_exit_codes(tmp_path: Path, look: Look) -> None:
    page = tmp_path / "page.html"

    def is_shown(data: bytes, ending: str, options: list[str], columns: int) -> None:
        path = tmp_path / f"a.jsonl{ending}"
        path.write_bytes(data)
        more = options or ["--html", str(page)]

        result = CliRunner().invoke(command, [str(path), *more], env={"COLUMNS": str(columns)})

        assert result.exit_code in {0, 1, 2}
        assert result.exception is None or isinstance(result.exception, SystemExit)

    options = st.sampled_from(
        [["--json"], ["--errors"], [], ["--transaction", "1"], ["--action", "heartbeat"]]
    )
    look(is_shown, files(), st.sampled_from(["", ".gz"]), options, st.integers(0, 120), count=50)
