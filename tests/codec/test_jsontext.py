from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocppkit.codec.jsontext import (
    UnreadableJson,
    UnwritableJson,
    dumps_orjson,
    dumps_stdlib,
    loads_orjson,
    loads_stdlib,
)

Loads = Callable[[str | bytes], Any]
Dumps = Callable[[Any], str]

both_readers = pytest.mark.parametrize("loads", [loads_stdlib, loads_orjson])
both_writers = pytest.mark.parametrize("dumps", [dumps_stdlib, dumps_orjson])


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@both_readers
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('[2,"a","Heartbeat",{}]', [2, "a", "Heartbeat", {}]),
        (b'{"a":"\xc3\xa9"}', {"a": "é"}),
        (
            ' { "a" : [ 1 , -2.5e3 , true , false , null ] } \r\n',
            {"a": [1, -2500.0, True, False, None]},
        ),
        ('{"a":1,"a":2}', {"a": 2}),
        ('"\\ud83d\\ude00"', "😀"),
        ('"\\\\ud800"', "\\ud800"),
        ('"\\u0000\x7f"', "\x00\x7f"),
        ("1.5e300", 1.5e300),
        ("1e-400", 0.0),
        ("18446744073709551615", 2**64 - 1),
        ("-9223372036854775808", -(2**63)),
        ("-0", 0),
    ],
)
def test_a_text_is_read(loads: Loads, text: str | bytes, value: Any) -> None:
    read = loads(text)

    assert read == value
    assert type(read) is type(value)


@both_readers
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18446744073709551616", 2.0**64),
        ("-9223372036854775809", -(2.0**63)),
        ("1" + "0" * 300, 1e300),
        ("-1" + "0" * 300, -1e300),
    ],
)
def test_an_integer_beyond_64_bits_is_read_as_a_float(
    loads: Loads, text: str, value: float
) -> None:
    read = loads(text)

    assert read == value
    assert type(read) is float


@both_readers
@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        '[2,"a"',
        "[1,]",
        "{'a':1}",
        "01",
        "[1]x",
        "NaN",
        "[Infinity]",
        "-Infinity",
        "1e400",
        "[-1e400]",
        "1" * 211 + "e99",
        "1" * 400,
        "1" * 5000,
        "-" + "1" * 5000,
        '"\\ud800"',
        '"\\uDC00"',
        '"\\ud800\\ud800"',
        '"\\\\\\ud800"',
        '"\ud800"',
        '{"a":"\\ud800","a":1}',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\xc3',
        "\ufeff[]",
        b"\xef\xbb\xbf[]",
        "[]".encode("utf-16"),
        '"\t"',
        '"\x00"',
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        nested(100_000),
    ],
)
def test_a_text_that_cannot_be_read_is_refused(loads: Loads, text: str | bytes) -> None:
    with pytest.raises(UnreadableJson):
        loads(text)


@both_readers
def test_deep_nesting_is_read(loads: Loads) -> None:
    assert loads(nested(300)) is not None
    assert loads('{"a":' * 300 + "1" + "}" * 300) is not None


@both_writers
@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([2, "a", "Heartbeat", {}], '[2,"a","Heartbeat",{}]'),
        ({"a": None, "b": [True, 1.5]}, '{"a":null,"b":[true,1.5]}'),
        ("é\u2028", '"é\u2028"'),
        ('"\\\n', '"\\"\\\\\\n"'),
        (2**64, "18446744073709551616"),
    ],
)
def test_a_value_is_written_compactly(dumps: Dumps, value: Any, text: str) -> None:
    assert dumps(value) == text


@both_writers
def test_a_value_nested_up_to_the_limit_is_written(dumps: Dumps) -> None:
    assert dumps(json.loads(nested(300))) == nested(300)


class Anything: ...


@both_writers
@pytest.mark.parametrize(
    "value",
    [
        "\ud800",
        {"\udc00": 1},
        {1, 2},
        b"a",
        Anything(),
    ],
)
def test_a_value_that_json_cannot_carry_is_refused(dumps: Dumps, value: Any) -> None:
    with pytest.raises(UnwritableJson):
        dumps(value)


@both_writers
def test_a_value_that_holds_itself_is_refused(dumps: Dumps) -> None:
    value: list[Any] = []
    value.append(value)

    with pytest.raises(UnwritableJson):
        dumps(value)


@both_writers
def test_a_value_nested_without_end_is_refused(dumps: Dumps) -> None:
    value: list[Any] = []
    for _ in range(200_000):
        value = [value]

    with pytest.raises(UnwritableJson):
        dumps(value)


JSON_TEXTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
).map(json.dumps)
SOUP = st.text('[]{}",:\\ud8dc0123456789eE+-.truefalsn \ud800é', max_size=30)


def outcome(loads: Loads, text: str) -> str:
    try:
        return repr(loads(text))
    except UnreadableJson:
        return "unreadable"


@settings(max_examples=200, deadline=None)
@given(JSON_TEXTS | SOUP)
def test_both_readers_give_the_same(text: str) -> None:
    assert outcome(loads_orjson, text) == outcome(loads_stdlib, text)


def test_the_standard_library_serves_where_orjson_is_missing() -> None:
    script = (
        "import sys; sys.modules['orjson'] = None\n"
        "from ocppkit.codec import jsontext\n"
        "assert jsontext.loads is jsontext.loads_stdlib\n"
        "assert jsontext.dumps is jsontext.dumps_stdlib\n"
    )
    done = subprocess.run(  # noqa: S603  # our own script
        [sys.executable, "-c", script], check=False, capture_output=True, text=True
    )

    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("value", [math.nan, [math.inf], {"a": -math.inf}, [None, math.nan]])
def test_the_standard_library_writes_no_number_that_is_none(value: Any) -> None:
    with pytest.raises(UnwritableJson):
        dumps_stdlib(value)


@pytest.mark.parametrize("digits", [16, 19, 20, 25])
@pytest.mark.parametrize("offset", range(4))
def test_a_long_integer_is_found_wherever_it_stands(offset: int, digits: int) -> None:
    text = " " * offset + f'["{"x" * offset}",{"9" * digits}]'

    value = loads_stdlib(text)

    assert value == loads_orjson(text)
    assert type(value[1]) is type(loads_orjson(text)[1])


@both_readers
def test_every_integer_of_a_text_with_a_long_one_is_read(loads: Loads) -> None:
    assert loads("[1,-2,12345678901234567890123,4]") == [1, -2, 1.2345678901234568e22, 4]


@both_readers
@pytest.mark.parametrize("text", ["{} x", "[] []", "1 2", '"a" "b"', "{}\u00a0"])
def test_a_text_that_goes_on_after_the_value_is_refused(loads: Loads, text: str) -> None:
    with pytest.raises(UnreadableJson):
        loads(text)
