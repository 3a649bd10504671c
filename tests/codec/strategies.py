"""Valid payloads: the strategy of a schema, and payloads reduced to what they say."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from .schemas import Node

__all__ = ["json_values", "payloads", "said"]

SearchStrategy = st.SearchStrategy[Any]

_CHARACTERS = st.characters(exclude_categories=["Cs"])
_LARGE = st.sampled_from([0, 1, -1, 2**31, -(2**31), 2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1])
_NAMES = st.text(_CHARACTERS, max_size=6).filter(lambda name: name != "vendorId")
_WIDE = ["a", "é", "\u0800", "\U0001f50c", "\x00", '"', "\\"]


def json_values() -> SearchStrategy:
    """Any JSON value that our reader can give."""
    leaves = (
        st.none()
        | st.booleans()
        | _LARGE
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(_CHARACTERS, max_size=6)
    )
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
        max_leaves=5,
    )


_ANY = json_values()
_ANY_BUT_NULL = _ANY.filter(lambda value: value is not None)
_CUSTOM = st.dictionaries(_NAMES, _ANY, max_size=2)


def _texts(shortest: int, longest: int | None) -> SearchStrategy:
    short = st.text(_CHARACTERS, min_size=shortest, max_size=min(longest or 8, shortest + 8))
    if longest is None:
        return short
    return short | st.sampled_from([character * longest for character in _WIDE])


def _written(moment: datetime, minutes: int | None, decimals: int, lower: bool) -> str:
    zone = UTC if minutes is None else timezone(timedelta(minutes=minutes))
    text = moment.replace(tzinfo=UTC).astimezone(zone).strftime("%m-%dT%H:%M:%S")
    text = f"{moment.replace(tzinfo=UTC).astimezone(zone).year:04}-{text}"
    if decimals:
        text += f".{moment.microsecond // 1000:03}"[: decimals + 1]
    if minutes is None:
        text += "Z"
    else:
        text += f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    return text.lower() if lower else text


_DATE_TIMES = st.builds(
    _written,
    st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)),  # noqa: DTZ001 - given a zone above
    st.none() | st.integers(-23 * 60 - 59, 23 * 60 + 59),
    st.integers(0, 3),
    st.sampled_from([False, False, False, True]),
)
_URIS = st.sampled_from(
    [
        "ftp://user:secret@example.com:21/logs/?a=b#c",
        "https://[2001:db8::1]:8443/",
        "http://example.com",
        "urn:uuid:00000000-0000-0000-0000-000000000000",
        "file:///etc/%20",
        "a:",
    ]
)


def _strings(node: Node) -> SearchStrategy:
    if "enum" in node:
        return st.sampled_from(node["enum"])
    match node.get("format"):
        case "date-time":
            return _DATE_TIMES
        case "uri":
            return _URIS
        case _:
            return _texts(node.get("minLength", 0), node.get("maxLength"))


def _integers(node: Node, *, draft_4: bool) -> SearchStrategy:
    low, high = int(node.get("minimum", -(2**63))), int(node.get("maximum", 2**64 - 1))
    found: SearchStrategy = st.integers(low, high) | st.sampled_from([low, high])
    return found if draft_4 else found | st.integers(max(low, -9), min(high, 9)).map(float)


def _numbers(node: Node) -> SearchStrategy:
    low, high = node.get("minimum"), node.get("maximum")
    whole = st.integers(int(low or -(2**63)), int(high or 2**64 - 1))
    if "multipleOf" in node:
        tenths = st.integers(-50_000, 50_000) | st.integers(-(2**52), 2**52)
        return whole | tenths.map(lambda tenth: tenth / 10)
    return whole | st.floats(low, high, allow_nan=False, allow_infinity=False)


def payloads(  # noqa: PLR0911 - a case a type
    node: Node, *, draft_4: bool
) -> SearchStrategy:
    """Payloads that a schema without references allows."""
    match node.get("type"):
        case "object":
            inner = {
                name: payloads(of, draft_4=draft_4)
                for name, of in node.get("properties", {}).items()
            }
            needed = node.get("required", [])
            known = st.fixed_dictionaries(
                {name: inner[name] for name in needed},
                optional={name: of for name, of in inner.items() if name not in needed},
            )
            if node.get("additionalProperties", True) is False:
                return known
            return st.builds(lambda one, other: {**other, **one}, known, _CUSTOM)
        case "array":
            least, most = node.get("minItems", 0), node.get("maxItems")
            items = payloads(node["items"], draft_4=draft_4)
            few = st.lists(items, min_size=least, max_size=min(most or 3, least + 2))
            if most is None or most > 20:
                return few
            return few | items.map(lambda item: [item] * most)
        case "string":
            return _strings(node)
        case "integer":
            return _integers(node, draft_4=draft_4)
        case "number":
            return _numbers(node)
        case "boolean":
            return st.booleans()
        case _:
            return _ANY_BUT_NULL


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat()


def _reduced(node: Node, value: Any) -> Any:
    match node:
        case {"type": "object"}:
            properties = node.get("properties", {})
            return {key: _reduced(properties.get(key, {}), of) for key, of in value.items()}
        case {"type": "array"}:
            return [_reduced(node["items"], item) for item in value]
        case {"format": "date-time"}:
            return _moment(value)
        case {"type": "integer"}:
            return int(value)
        case _:
            return value


def said(node: Node, payload: Any) -> str:
    """What a payload says: two payloads that say the same give the same text.

    Date-times are in UTC, integers have no decimals, and properties no order.
    """
    return json.dumps(_reduced(node, payload), sort_keys=True)
