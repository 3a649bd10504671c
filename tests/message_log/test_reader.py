from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocppkit.message_log.entry import to_line
from ocppkit.message_log.reader import Flaw, NotALog, follow, read_log, read_logs

from .conftest import MakeEntry


@pytest.fixture
def flaws() -> list[Flaw]:
    return []


def line(entry: MakeEntry, message_id: str) -> bytes:
    return to_line(entry(message_id=message_id)).encode() + b"\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "messages.jsonl"


def test_a_broken_last_line_is_skipped_and_told(
    path: Path, entry: MakeEntry, flaws: list[Flaw]
) -> None:
    path.write_bytes(line(entry, "1") + line(entry, "2")[:-9])

    found = list(read_log(path, flaws.append))

    assert [one.message_id for one in found] == ["1"]
    assert [(flaw.line, flaw.last) for flaw in flaws] == [(2, True)]
    assert str(flaws[0]).startswith(f"{path}: the last line is unfinished, skipped: no JSON")


def test_a_broken_line_in_the_middle_is_skipped_and_told_by_its_number(
    path: Path, entry: MakeEntry, flaws: list[Flaw]
) -> None:
    path.write_bytes(line(entry, "1") + b"\noops\n" + line(entry, "2"))

    found = list(read_log(path, flaws.append))

    assert [one.message_id for one in found] == ["1", "2"]
    assert [(flaw.line, flaw.last) for flaw in flaws] == [(3, False)]
    assert "broken line 3" in str(flaws[0])


@pytest.mark.parametrize("content", [b"hello\n", b"hello", b"hello\nworld\n", b"{}\n{}\n"])
def test_what_is_no_log_is_refused(path: Path, content: bytes, flaws: list[Flaw]) -> None:
    path.write_bytes(content)

    with pytest.raises(NotALog, match="not a message log: line 1: "):
        list(read_log(path, flaws.append))


@pytest.mark.parametrize("content", [b"", b"\n", b'{"time":', bytes(10)])
def test_a_log_may_hold_nothing_yet(path: Path, content: bytes, flaws: list[Flaw]) -> None:
    path.write_bytes(content)

    assert list(read_log(path, flaws.append)) == []


def test_files_that_were_set_aside_are_read_before_the_current_one(
    path: Path, entry: MakeEntry, flaws: list[Flaw]
) -> None:
    later, earlier = line(entry, "clock set back"), line(entry, "2")
    path.with_name("messages.000009.jsonl.gz").write_bytes(gzip.compress(earlier))
    path.with_name("messages.000010.jsonl").write_bytes(later)
    path.write_bytes(line(entry, "3"))

    found = list(read_logs(path.parent.iterdir(), flaws.append))

    assert [one.message_id for one in found] == ["2", "clock set back", "3"]


def test_different_logs_are_merged_by_time(
    tmp_path: Path, entry: MakeEntry, flaws: list[Flaw]
) -> None:
    one, two = line(entry, "1"), line(entry, "2")
    (tmp_path / "b.jsonl").write_bytes(one + line(entry, "3"))
    (tmp_path / "a.jsonl").write_bytes(two)

    found = list(read_logs([tmp_path / "a.jsonl", tmp_path / "b.jsonl"], flaws.append))

    assert [entry.message_id for entry in found] == ["1", "2", "3"]


def test_a_compressed_file_that_ends_early_gives_what_it_has(
    tmp_path: Path, entry: MakeEntry, flaws: list[Flaw]
) -> None:
    path = tmp_path / "messages.000001.jsonl.gz"
    whole = gzip.compress(b"".join(line(entry, str(number)) for number in range(5000)))
    path.write_bytes(whole[: len(whole) // 2])

    found = list(read_log(path, flaws.append))

    assert len(found) > 10
    assert not flaws[-1].last


def test_a_file_that_is_only_called_compressed_is_refused(
    tmp_path: Path, flaws: list[Flaw]
) -> None:
    path = tmp_path / "messages.jsonl.gz"
    path.write_text("hello")

    with pytest.raises(NotALog, match="gzip"):
        list(read_log(path, flaws.append))


class Enough(Exception):
    """Nothing more happens."""


def test_following_sees_new_lines_a_rotation_and_a_repair(
    path: Path, entry: MakeEntry, flaws: list[Flaw]
) -> None:
    first, second, third, fourth = (line(entry, str(number)) for number in range(1, 5))
    path.write_bytes(first + b"oops\n")

    def happenings() -> Iterator[None]:
        with path.open("ab") as file:
            file.write(second[:20])
        yield
        with path.open("r+b") as file:  # a restarted writer cuts the unfinished line off
            file.truncate(len(first) + 5)
        yield
        with path.open("ab") as file:
            file.write(second)
        path.rename(path.with_name("messages.000001.jsonl"))
        yield
        path.write_bytes(third)
        yield
        with path.open("ab") as file:
            file.write(fourth)
        yield
        raise Enough

    happening = happenings()
    following = follow(path, flaws.append, lambda: next(happening))

    found = [next(following).message_id for _ in range(4)]

    assert found == ["1", "2", "3", "4"]
    assert [flaw.line for flaw in flaws] == [2]
    with pytest.raises(Enough):
        next(following)
