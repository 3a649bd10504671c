from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocppkit.control.codec import LONGEST_LINE, LineSplitter, Request, encode, parse
from ocppkit.control.errors import ErrorCode

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
FINITE = SCALARS.filter(lambda value: value not in {float("inf"), float("-inf")})


def read(line: bytes | None) -> Request:
    request = parse(line)
    assert request is not None
    return request


def test_a_request_has_an_id_a_command_and_arguments() -> None:
    request = read(b'{"id":7,"cmd":"plug_in","args":{"evse":1}}')

    assert request == Request(id=7, cmd="plug_in", args={"evse": 1})


def test_id_and_arguments_may_be_left_out() -> None:
    assert read(b'{"cmd":"status"}') == Request(id=None, cmd="status", args={})
    assert read(b'{"cmd":"status","args":null}').args == {}


@given(FINITE)
def test_any_scalar_is_an_id(id: str | float | bool | None) -> None:
    assert read(encode({"id": id, "cmd": "status"})).id == id


@pytest.mark.parametrize("line", [b"", b"  ", b"\r", b"\t"])
def test_a_blank_line_is_nothing(line: bytes) -> None:
    assert parse(line) is None


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b"[" * 200_000,
        b"[1]",
        b"7",
        b'{"id":NaN,"cmd":"status"}',
        b'{"id":1e999,"cmd":"status"}',
        b'{"id":"\\ud800","cmd":"status"}',
        b'{"id":[1],"cmd":"status"}',
        b'{"id":{},"cmd":"status"}',
        b"1" * 5000,
        None,
    ],
)
def test_a_line_that_cannot_be_read_is_an_error_without_an_id(line: bytes | None) -> None:
    request = read(line)

    assert request.id is None
    assert request.error is not None
    assert request.error.code is ErrorCode.BAD_ARGS


@pytest.mark.parametrize(
    "line",
    [b'{"id":7}', b'{"id":7,"cmd":8}', b'{"id":7,"cmd":"status","args":[]}'],
)
def test_an_error_bears_the_id_that_could_be_read(line: bytes) -> None:
    request = read(line)

    assert request.id == 7
    assert request.error is not None


def test_a_line_is_utf_8_and_ends_with_one_line_feed() -> None:
    assert encode({"text": "é\n"}) == '{"text":"é\\n"}\n'.encode()


def test_what_json_cannot_carry_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        encode({"value": float("nan")})


def test_what_is_nested_too_deeply_is_refused_like_all_that_cannot_be_written() -> None:
    value: list[object] = []
    for _ in range(10_000):
        value = [value]

    with pytest.raises(ValueError, match="nested too deeply"):
        encode({"value": value})


@given(st.lists(st.binary().map(lambda data: data.replace(b"\n", b""))), st.integers(1, 10))
def test_lines_come_out_as_they_went_in_however_the_stream_is_cut(
    lines: list[bytes], size: int
) -> None:
    stream = b"\n".join([*lines, b""])
    splitter = LineSplitter()

    found = [
        line
        for start in range(0, len(stream), size)
        for line in splitter.feed(stream[start : start + size])
    ]

    assert found == lines
    assert splitter.finish() == []


def test_the_last_line_needs_no_line_feed() -> None:
    splitter = LineSplitter()

    assert splitter.feed(b"one\ntwo") == [b"one"]
    assert splitter.finish() == [b"two"]


def test_a_line_that_is_too_long_is_skipped_and_the_next_is_read() -> None:
    splitter = LineSplitter(longest=4)

    assert splitter.feed(b"12345") == []
    assert splitter.feed(b"6789") == []
    assert splitter.feed(b"\n1234\n") == [None, b"1234"]


def test_a_long_line_is_read() -> None:
    text = "x" * (LONGEST_LINE - 100)
    splitter = LineSplitter()

    (line,) = splitter.feed(encode({"cmd": "status", "args": {"a": text}}))

    assert read(line).args == {"a": text}
