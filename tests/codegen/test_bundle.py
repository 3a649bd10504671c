from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ocppkit.codegen.bundle import message_name, read_bundles
from ocppkit.codegen.errors import CodegenError


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Heartbeat.json", "HeartbeatRequest"),
        ("HeartbeatResponse.json", "HeartbeatResponse"),
        ("folder/HeartbeatRequest.json", "HeartbeatRequest"),
        ("SignCertificate.req.json", "SignCertificateRequest"),
        ("SignCertificate.conf.json", "SignCertificateResponse"),
    ],
)
def test_the_name_of_a_file_tells_the_message(file: str, name: str) -> None:
    assert message_name(file) == name


def test_a_folder_is_read_with_its_sub_folders(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "Reset.json").write_text("{}")
    (tmp_path / "inner" / "ResetResponse.json").write_text("[1]")
    (tmp_path / "readme.txt").write_text("not a schema")

    found = read_bundles([tmp_path])

    assert found == {
        "ResetRequest": (str(tmp_path / "Reset.json"), {}),
        "ResetResponse": (str(tmp_path / "inner" / "ResetResponse.json"), [1]),
    }


def test_a_zip_is_read_without_what_the_archiver_of_a_mac_adds(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("schemas/Reset.json", "{}")
        archive.writestr("__MACOSX/schemas/._Reset.json", b"\x00\x05")

    found = read_bundles([bundle])

    assert found == {"ResetRequest": (f"{bundle}!schemas/Reset.json", {})}


def test_a_byte_order_mark_tabs_and_crlf_are_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "Reset.json").write_bytes(b'\xef\xbb\xbf{\r\n\t"type": "object"\r\n}')

    assert read_bundles([tmp_path])["ResetRequest"][1] == {"type": "object"}


def _problems(*bundles: Path) -> list[str]:
    with pytest.raises(CodegenError) as refused:
        read_bundles(list(bundles))
    return refused.value.problems


def test_all_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    (tmp_path / "Broken.json").write_text("{")
    (tmp_path / "Latin.json").write_bytes(b'{"a": "\xe9"}')
    (tmp_path / "Reset.json").write_text("{}")
    (tmp_path / "ResetRequest.json").write_text("{}")

    problems = _problems(tmp_path)

    assert [problem.partition(": ")[0] for problem in problems] == [
        str(tmp_path / name) for name in ("Broken.json", "Latin.json", "ResetRequest.json")
    ]
    assert "not JSON" in problems[0]
    assert problems[2].endswith(f"ResetRequest is defined by {tmp_path / 'Reset.json'} too")


def test_a_bundle_without_a_schema_is_refused(tmp_path: Path) -> None:
    assert _problems(tmp_path) == [f"{tmp_path}: no *.json file in it"]


def test_a_bundle_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert _problems(tmp_path / "x.zip") == [f"{tmp_path / 'x.zip'}: no such file or folder"]


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_text("hello")

    (problem,) = _problems(tmp_path / "x.zip")

    assert "neither a folder nor a zip" in problem
