"""Garbage: texts, octets, JSON of any kind, and what was right until it was tampered with."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from hypothesis import strategies as st

__all__ = ["json_values", "mutated", "mutated_text", "octets", "texts"]

Strategy = st.SearchStrategy[Any]

_ODD_TEXTS: Final = (
    "",
    "\x00",
    "\ufeff",
    "\ud800",
    "\uffff",
    "\u202e",
    "\U0001f50c" * 300,
    "null",
    "NaN",
    "-1",
    "1e400",
    "9" * 5000,
    "٣",
    "__class__",
    "$ref",
    "../..",
    "%s%n{0}",
    "2024-02-30T25:61:61Z",
    "9999-12-31T23:59:59-23:59",
    "a" * 20_000,
)
_ODD_NUMBERS: Final = (
    *(0, 1, -1, 2**31, 2**53 + 1, 2**63, -(2**63), 2**64 - 1, 2**64, 10**400),
    *(0.0, -0.0, 0.1, 1.0, 1e308, -1e308, 5e-324, 1e22),
)


def texts() -> Strategy:
    """Any text, also with lone surrogates; seldom a long one."""
    return st.text(max_size=40) | st.text(st.characters(), max_size=8) | st.sampled_from(_ODD_TEXTS)


def octets() -> Strategy:
    """Any bytes."""
    return st.binary(max_size=80) | texts().map(lambda text: text.encode(errors="surrogatepass"))


def json_values() -> Strategy:
    """Values that ``json.loads`` could give, also those that our own reader refuses."""
    leaves = (st.none() | st.booleans() | st.integers() | st.floats() | texts()) | st.sampled_from(
        _ODD_NUMBERS
    )
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts(), inner, max_size=4),
        max_leaves=8,
    )


_ANYTHING: Final = json_values()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with each of its keys."""
    match value:
        case dict():
            for key, inner in value.items():
                yield value, key
                yield from _places(inner)
        case list():
            for index, inner in enumerate(value):
                yield value, index
                yield from _places(inner)


def _retyped(value: Any) -> Any:
    """The same in another type, as careless peers write it."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return [value]
        case list():
            return {str(index): inner for index, inner in enumerate(value)}
        case dict():
            return list(value.values())
        case _:
            return {}


@st.composite
def _tampered(draw: Callable[[Strategy], Any], valid: Strategy) -> Any:
    value = copy.deepcopy(draw(valid))
    for _ in range(draw(st.integers(1, 3))):
        found = list(_places(value))
        if not found:
            return draw(_ANYTHING)
        container, key = draw(st.sampled_from(found))
        inner = container[key]
        match draw(st.sampled_from(["replace", "remove", "retype", "nest", "repeat", "add"])):
            case "replace":
                container[key] = draw(_ANYTHING)
            case "remove":
                del container[key]
            case "retype":
                container[key] = _retyped(inner)
            case "nest":
                container[key] = draw(st.sampled_from([[inner], {"a": inner}, [[inner]]]))
            case "repeat" if isinstance(container, list):
                container[key:key] = [copy.deepcopy(inner)] * draw(st.sampled_from([1, 2, 200]))
            case "repeat" if isinstance(inner, str):
                container[key] = inner * 50
            case _ if isinstance(container, dict):
                container[draw(texts())] = copy.deepcopy(inner)
            case _:
                container.append(draw(_ANYTHING))
    return value


def mutated(valid: Strategy) -> Strategy:
    """Right JSON values with one to three places made wrong."""
    return _tampered(valid)


@st.composite
def mutated_text(draw: Callable[[Strategy], Any], valid: Strategy) -> str:
    """Right texts that were cut, doubled, or had characters changed, as a broken line does."""
    value = draw(valid)
    text: str = value if isinstance(value, str) else json.dumps(value)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        to = min(len(text), at + draw(st.integers(0, 12)))
        match draw(st.sampled_from(["cut", "drop", "double", "put", "flip", "nest"])):
            case "cut":
                text = text[:at]
            case "drop":
                text = text[:at] + text[to:]
            case "double":
                text = text[:to] + text[at:]
            case "put":
                text = text[:at] + draw(texts()) + text[at:]
            case "flip" if at < len(text):
                flipped = chr(ord(text[at]) ^ (1 << draw(st.integers(0, 7))))
                text = text[:at] + flipped + text[at + 1 :]
            case _:
                deep = draw(st.sampled_from([1, 50, 3000]))
                text = text[:at] + "[" * deep + text[at:]
    return text
