from __future__ import annotations

import gzip
import os
import stat
from datetime import date
from pathlib import Path

import pytest

from ocppkit.message_log.files import RotatingFile, Rotation, number_of, series_of

DAY = date(2026, 5, 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log" / "messages.jsonl"


def write(path: Path, lines: list[str], rotation: Rotation, *, day: date = DAY) -> None:
    file = RotatingFile(path, rotation)
    for line in lines:
        file.write(f"{line}\n".encode(), day)
    file.close()


def names(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir())


def test_a_full_file_is_set_aside_and_the_oldest_are_removed(path: Path) -> None:
    rotation = Rotation(max_size=10, keep=2, compress=False)

    write(path, [f"line {number}" for number in range(5)], rotation)

    assert names(path) == [
        "messages.000003.jsonl",
        "messages.000004.jsonl",
        "messages.jsonl",
    ]
    assert path.read_text() == "line 4\n"
    assert path.with_name("messages.000003.jsonl").read_text() == "line 2\n"


def test_the_numbers_go_on_after_a_restart(path: Path) -> None:
    rotation = Rotation(max_size=10, keep=5, compress=False)
    write(path, ["line 0", "line 1"], rotation)

    write(path, ["line 2"], rotation)

    assert names(path) == ["messages.000001.jsonl", "messages.000002.jsonl", "messages.jsonl"]


def test_files_that_are_set_aside_are_compressed(path: Path) -> None:
    write(path, ["line 0", "line 1"], Rotation(max_size=10))

    assert names(path) == ["messages.000001.jsonl.gz", "messages.jsonl"]
    with gzip.open(path.with_name("messages.000001.jsonl.gz"), "rt") as file:
        assert file.read() == "line 0\n"


def test_nothing_is_kept_where_nothing_shall_be(path: Path) -> None:
    write(path, ["line 0", "line 1"], Rotation(max_size=10, keep=0))

    assert names(path) == ["messages.jsonl"]


def test_a_line_longer_than_a_file_gets_one_of_its_own(path: Path) -> None:
    write(path, ["a", "b" * 50, "c"], Rotation(max_size=10, compress=False))

    assert path.with_name("messages.000002.jsonl").read_text() == "b" * 50 + "\n"


def test_a_daily_log_has_a_file_a_day_also_after_a_restart(path: Path) -> None:
    rotation = Rotation(daily=True, compress=False)
    write(path, ["first"], rotation, day=DAY)
    os.utime(path, (1777636800, 1777636800))  # 2026-05-01

    write(path, ["still first"], rotation, day=DAY)
    os.utime(path, (1777636800, 1777636800))
    write(path, ["second"], rotation, day=date(2026, 5, 2))

    assert path.read_text() == "second\n"
    assert path.with_name("messages.000001.jsonl").read_text() == "first\nstill first\n"


def test_only_the_owner_may_read_it(path: Path) -> None:
    write(path, ["line 0", "line 1"], Rotation(max_size=10))

    assert {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("content", "cut", "left"),
    [
        (b"", 0, b""),
        (b"whole\n", 0, b"whole\n"),
        (b'whole\n{"time', 6, b"whole\n"),
        (b'{"time', 6, b""),
        (b"whole\n" + bytes(200_000), 200_000, b"whole\n"),
    ],
)
def test_an_unfinished_last_line_is_cut_off(
    tmp_path: Path, content: bytes, cut: int, left: bytes
) -> None:
    path = tmp_path / "messages.jsonl"
    path.write_bytes(content)

    assert RotatingFile(path, Rotation()).repair() == cut
    assert path.read_bytes() == left


def test_a_log_that_is_not_there_needs_no_repair(path: Path) -> None:
    assert RotatingFile(path, Rotation()).repair() == 0


def test_a_compression_that_a_power_cut_ended_is_cleared_up(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    for name in (
        "messages.000001.jsonl",  # compressed already, not removed yet
        "messages.000001.jsonl.gz",
        "messages.000002.jsonl",
        "messages.000002.jsonl.gz.part",
        "other.000001.jsonl",
    ):
        (tmp_path / name).write_text("")

    RotatingFile(path, Rotation()).tidy()

    assert names(path) == [
        "messages.000001.jsonl.gz",
        "messages.000002.jsonl",
        "other.000001.jsonl",
    ]


def test_a_line_that_was_written_in_part_is_taken_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = RotatingFile(path, Rotation())
    file.write(b"whole\n", DAY)
    real_write = os.write

    def full_disk(descriptor: int, data: bytes) -> int:
        if len(data) > 3:
            return real_write(descriptor, data[:3])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full_disk)
        with pytest.raises(OSError, match="No space"):
            file.write(b"halves\n", DAY)

    assert path.read_bytes() == b"whole\n"
    file.write(b"again\n", DAY)
    file.close()
    assert path.read_bytes() == b"whole\nagain\n"


@pytest.mark.parametrize(
    ("name", "series", "number"),
    [
        ("messages.jsonl", "messages.jsonl", None),
        ("messages.000042.jsonl", "messages.jsonl", 42),
        ("messages.000042.jsonl.gz", "messages.jsonl", 42),
        ("messages.jsonl.gz", "messages.jsonl", None),
        ("CS.001.jsonl", "CS.001.jsonl", None),
    ],
)
def test_a_file_name_tells_the_log_and_the_number(
    name: str, series: str, number: int | None
) -> None:
    assert (series_of(Path(name)), number_of(Path(name))) == (Path(series), number)
