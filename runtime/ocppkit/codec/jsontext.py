"""JSON text to values and back, by orjson where it is installed, else by the standard library.

Both readers take and refuse the same texts and give the same values:

* what JSON does not know is refused: NaN and Infinity, a byte order mark, control characters;
* numbers beyond a double (``1e400``) are refused; integers beyond 64 bits become floats;
* invalid UTF-8 and lone surrogates are refused, and what is nested a thousand levels deep or so;
* of a key that an object repeats the last value counts.

Of a good text only what is written with a decimal point or an exponent costs Python work, and only
without orjson; where an integer may be long, all numbers do. Whole seconds of UTC may
be given to the writers as datetimes, all else that is no JSON is the codec's to write. The fast
writer trusts its caller that no float is NaN or infinite: the codec sees to that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

from ocppkit.scalars import format_time

__all__ = [
    "UnreadableJson",
    "UnwritableJson",
    "dumps",
    "dumps_stdlib",
    "loads",
    "loads_stdlib",
]


class UnreadableJson(ValueError):
    """The text is not JSON, or nothing that we can hold."""


class UnwritableJson(ValueError):
    """The value holds something that JSON cannot carry."""


_SAFE_INTEGER = 18  # characters: whatever they are, 64 bits hold them
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|.)"
)


def _refuse_constant(name: str) -> NoReturn:
    msg = f"{name} is not JSON"
    raise UnreadableJson(msg)


def _finite(literal: str) -> float:
    value = float(literal)
    if value - value:  # infinite
        msg = "a number is beyond the range of a double"
        raise UnreadableJson(msg)
    return value


def _integer(literal: str) -> int | float:
    if len(literal) <= _SAFE_INTEGER:
        return int(literal)
    number = _finite(literal)
    if abs(number) < 2**65:
        value = int(literal)
        if -(2**63) <= value < 2**64:
            return value
    return number


_WHITESPACE = " \t\n\r"
_decode_any = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_float=_finite, parse_int=_integer
).raw_decode
_decode_short = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite).raw_decode

_DIGITS_AS_ZEROS = bytes.maketrans(b"123456789", b"000000000")


def _may_hold_long_integer(text: str) -> bool:
    """Whether there may be 19 digits in a row: every fourth character tells it at less cost."""
    return b"0000" in text.encode()[::4].translate(_DIGITS_AS_ZEROS)


def _decoded(text: str | bytes) -> str:
    if isinstance(text, str):
        return text
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        msg = "the text is not UTF-8"
        raise UnreadableJson(msg) from error


def _refuse_surrogates(text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            msg = "the text holds a lone surrogate"
            raise UnreadableJson(msg) from error
    if (
        "\\" in text  # alone it is found several times as fast as with the letter
        and _SURROGATE.search(text)
        and any(match["lone"] for match in _ESCAPE.finditer(text))
    ):
        msg = "a string holds a lone surrogate"
        raise UnreadableJson(msg)


def loads_stdlib(text: str | bytes) -> Any:
    """Read a JSON text with the standard library.

    Raises:
        UnreadableJson: it cannot be read.
    """
    text = _decoded(text).strip(_WHITESPACE)
    _refuse_surrogates(text)
    decode = _decode_any if _may_hold_long_integer(text) else _decode_short
    try:
        value, end = decode(text)
    except RecursionError as error:
        msg = "the text is nested too deep"
        raise UnreadableJson(msg) from error
    except json.JSONDecodeError as error:
        raise UnreadableJson(str(error)) from error
    if end != len(text):
        msg = f"more text follows the value: char {end}"
        raise UnreadableJson(msg)
    return value


_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=format_time
).encode


def dumps_stdlib(value: Any) -> str:
    """Write a value as compact JSON with the standard library.

    Raises:
        UnwritableJson: it holds something that JSON cannot carry: NaN, Infinity, a lone surrogate,
            an object of another kind, itself.
    """
    try:
        text = _encode(value)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise UnwritableJson(str(error)) from error
    return text


loads: Callable[[str | bytes], Any] = loads_stdlib
dumps: Callable[[Any], str] = dumps_stdlib

try:
    import orjson
except ImportError:  # pragma: no cover  # whoever tests has it
    pass
else:

    def loads_orjson(text: str | bytes) -> Any:
        """Read a JSON text with orjson.

        Raises:
            UnreadableJson: it cannot be read.
        """
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise UnreadableJson(str(error)) from error

    def dumps_orjson(value: Any) -> str:
        """Write a value as compact JSON with orjson; NaN and Infinity are the caller's to keep out.

        Raises:
            UnwritableJson: it holds something that JSON cannot carry.
        """
        try:
            return orjson.dumps(value, None, _ONLY_JSON).decode()
        except orjson.JSONEncodeError:
            return dumps_stdlib(value)  # bears deeper nesting, and says what is wrong

    _ONLY_JSON = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_UTC_Z
    loads = loads_orjson
    dumps = dumps_orjson
    __all__ += ["dumps_orjson", "loads_orjson"]
