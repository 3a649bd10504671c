from __future__ import annotations

import os
from pathlib import Path

import pytest

from ocppkit.codegen.write import Difference, compare, write

from .version import texts_in

_OWNED = {"v1": ".py"}


def _age(path: Path) -> int:
    os.utime(path, ns=(10**18, 10**18))
    return path.stat().st_mtime_ns


def test_compare_tells_what_is_missing_changed_and_stale(tmp_path: Path) -> None:
    write(tmp_path, {"v1/same.py": "a", "v1/old.py": "a", "v1/gone.py": "a"}, _OWNED)

    difference = compare(tmp_path, {"v1/same.py": "a", "v1/old.py": "b", "v1/new.py": "c"}, _OWNED)

    assert difference == Difference(["v1/new.py"], ["v1/old.py"], ["v1/gone.py"])
    assert difference
    assert "v1/new.py" not in texts_in(tmp_path)


def test_a_folder_that_is_right_does_not_differ(tmp_path: Path) -> None:
    write(tmp_path, {"v1/a.py": "ä\n"}, _OWNED)

    assert not compare(tmp_path, {"v1/a.py": "ä\n"}, _OWNED)


def test_other_line_ends_are_a_change(tmp_path: Path) -> None:
    write(tmp_path, {"v1/a.py": "a\r\n"}, _OWNED)

    assert compare(tmp_path, {"v1/a.py": "a\n"}, _OWNED).changed == ["v1/a.py"]


def test_write_makes_the_folder_hold_the_texts(tmp_path: Path) -> None:
    write(tmp_path, {"v1/a.py": "a", "v1/inner/b.py": "b", "v1/c.py": "c"}, _OWNED)

    done = write(tmp_path, {"v1/a.py": "A", "v1/d.py": "d", "v1/c.py": "c"}, _OWNED)

    assert done == Difference(["v1/d.py"], ["v1/a.py"], ["v1/inner/b.py"])
    assert texts_in(tmp_path) == {"v1/a.py": b"A", "v1/c.py": b"c", "v1/d.py": b"d"}


def test_a_file_that_is_right_is_not_touched(tmp_path: Path) -> None:
    write(tmp_path, {"v1/a.py": "a", "v1/b.py": "b"}, _OWNED)
    ages = [_age(tmp_path / "v1" / name) for name in ("a.py", "b.py")]

    write(tmp_path, {"v1/a.py": "a", "v1/b.py": "B"}, _OWNED)

    assert (tmp_path / "v1" / "a.py").stat().st_mtime_ns == ages[0]
    assert (tmp_path / "v1" / "b.py").stat().st_mtime_ns != ages[1]


def test_only_files_of_the_ending_inside_the_own_folder_are_removed(tmp_path: Path) -> None:
    others = ("a.py", "v2/a.py", "v1/notes.txt", "v10/a.py")
    write(tmp_path, dict.fromkeys(others, "kept"), {})
    write(tmp_path, {"v1/stale.py": "x"}, {})

    done = write(tmp_path, {"v1/new.py": "n"}, _OWNED)

    assert done.stale == ["v1/stale.py"]
    assert set(texts_in(tmp_path)) == {*others, "v1/new.py"}


def test_a_failure_in_the_middle_leaves_every_file_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"v1/a.py": "old a", "v1/b.py": "old b", "v1/c.py": "old c"}, _OWNED)
    replace = Path.replace

    def fail_at_b(self: Path, target: Path) -> Path:
        if Path(target).name == "b.py":
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail_at_b)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, {"v1/a.py": "new a", "v1/b.py": "new b"}, _OWNED)

    assert texts_in(tmp_path) == {"v1/a.py": b"new a", "v1/b.py": b"old b", "v1/c.py": b"old c"}


def test_a_write_that_is_cut_short_leaves_the_old_file_and_no_scraps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"v1/a.py": "old"}, _OWNED)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "chmod", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, {"v1/a.py": "new"}, _OWNED)

    assert texts_in(tmp_path) == {"v1/a.py": b"old"}


def test_what_is_written_can_be_read_by_everyone(tmp_path: Path) -> None:
    write(tmp_path, {"v1/a.py": "a"}, _OWNED)

    assert (tmp_path / "v1" / "a.py").stat().st_mode & 0o777 == 0o644
