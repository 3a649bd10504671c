from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
import trustme

from ocppkit.security import read_own, read_roots


@pytest.fixture(scope="module")
def cas() -> tuple[str, str]:
    first, second = (trustme.CA().cert_pem.bytes().decode() for _ in range(2))
    return first, second


def _bare(pems: tuple[str, ...]) -> list[str]:
    return [pem.strip() for pem in pems]


def test_a_folder_gives_the_certificates_of_all_its_files_once(
    tmp_path: Path, cas: tuple[str, str]
) -> None:
    (tmp_path / "b.crt").write_text("what it is for\n" + cas[0] + cas[1])
    (tmp_path / "a.pem").write_text(cas[1])
    (tmp_path / "readme.txt").write_text(cas[0])
    (tmp_path / "own.key.pem").write_text("a key")

    assert _bare(read_roots(tmp_path)) == [cas[1].strip(), cas[0].strip()]


def test_a_file_may_have_any_name(tmp_path: Path, cas: tuple[str, str]) -> None:
    (tmp_path / "bundle").write_text(cas[0] + cas[1])

    assert _bare(read_roots(tmp_path / "bundle")) == [cas[0].strip(), cas[1].strip()]


def test_what_is_no_certificate_is_skipped_and_told(
    tmp_path: Path, cas: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    (tmp_path / "a.pem").write_bytes(b"\xff\xfe")
    (tmp_path / "b.pem").write_text(broken + cas[0])

    with caplog.at_level(logging.ERROR):
        assert _bare(read_roots(tmp_path)) == [cas[0].strip()]
    assert [record.getMessage().rpartition("/")[2][:5] for record in caplog.records] == [
        "a.pem",
        "b.pem",
    ]


def test_what_is_not_there_raises(tmp_path: Path) -> None:
    for read in (read_roots, read_own):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "nowhere")


def test_the_newest_certificate_with_a_key_comes_first(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for time, name in enumerate(("new", "old", "older", "lonely")):
        (tmp_path / f"{name}.pem").write_text("a certificate")
        os.utime(tmp_path / f"{name}.pem", (9 - time, 9 - time))
    (tmp_path / "new.key").write_text("a key")
    (tmp_path / "old.key.pem").write_text("a key")
    (tmp_path / "older.key").write_text("a key")

    found = read_own(tmp_path)

    assert [(own.chain.name, own.key.name) for own in found] == [
        ("new.pem", "new.key"),
        ("old.pem", "old.key.pem"),
        ("older.pem", "older.key"),
    ]
    assert "lonely.pem: there is no key beside it" in caplog.text
