"""Every place of a schema, with payloads that are right but for the value at that place.

The payloads are as small as the schema allows, so that only what is meant to be wrong is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from attrs import frozen

from ocppkit.errors import Rule

from .schemas import Node

__all__ = [
    "DATE_TIMES",
    "NO_DATE_TIMES",
    "NO_URIS",
    "URIS",
    "Case",
    "Place",
    "Step",
    "cases",
    "places",
    "smallest",
    "spelled",
    "values",
    "wrong_types",
]

Step = str | int

URIS = [
    "ftp://user:secret@example.com:21/logs/?a=b#c",
    "http://[2001:db8::1]:8443/x",
    "http://example.com",
    "HTTP://EXAMPLE.COM/%7Ea",
    "urn:uuid:00000000-0000-0000-0000-000000000000",
    "mailto:a@b",
    "file:///etc/%20",
    "a:",
    "a:?q/?#f/?",
]
NO_URIS = [
    "",
    "example.com/path",
    "//example.com",
    "/path",
    "1a://example.com",
    "http://exa mple.com",
    "http://example.com/ä",
    "http://example.com/%4",
    "http://example.com:port/",
    "http://[::1/",
    "http://a/[b]",
    "http://a/#b#c",
    "http://a/\n",
    ":",
]
DATE_TIMES = [
    "2024-02-29T12:00:00Z",
    "2024-02-29t12:00:00z",
    "2024-02-29T12:00:00+02:00",
    "2024-02-29T12:00:00-11:30",
    "2024-02-29T12:00:00-00:00",
    "2024-02-29T23:59:59+23:59",
    "2024-02-29T12:00:00.1Z",
    "2024-02-29T12:00:00.120+01:00",
    "2024-02-29T12:00:00.123456789Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
]
NO_DATE_TIMES = [
    "",
    "Z",
    "now",
    "1704067200",
    "2024-02-29",
    "12:00:00Z",
    "2024-02-29 12:00:00Z",
    "2024-02-29_12:00:00Z",
    "2024-13-01T12:00:00Z",
    "2024-00-01T12:00:00Z",
    "2023-02-29T12:00:00Z",
    "2024-02-30T12:00:00Z",
    "2024-02-00T12:00:00Z",
    "2024-02-29T24:00:00Z",
    "2024-02-29T12:60:00Z",
    "2016-12-31T23:59:60Z",
    "2024-02-29T12:00Z",
    "2024-02-29T12:00:00+0200",
    "2024-02-29T12:00:00+02",
    "2024-02-29T12:00:00+24:00",
    "2024-02-29T12:00:00+02:60",
    "2024-02-29T12:00:00.Z",
    "2024-02-29T12:00:00,5Z",
    "20240229T120000Z",
    "2024-W09-4T12:00:00Z",
    "2024-060T12:00:00Z",
    "24-02-29T12:00:00Z",
    "12024-02-29T12:00:00Z",
    "+2024-02-29T12:00:00Z",
    "0000-01-01T00:00:00Z",
    " 2024-02-29T12:00:00Z",
    "2024-02-29T12:00:00Z ",
    "2024-02-29T12:00:00ZZ",
    "2024-02-29T12:00:00Z\x00",
    "2024-02-29T12:00:00Z00",
    "2024-02-29T12:00:00Z+00:00",
    "\uff12\uff10\uff12\uff14-02-29T12:00:00Z",
    "2024-02-29T12:00:00\u221202:00",
]

# Values that jsonschema judges otherwise than our codec: value → the name of the difference.
_OTHER_DATE_TIMES = {
    "2024-02-29T12:00:00": "no zone",
    "2024-02-29T12:00:00.123": "no zone",
    "2024-02-29T12:00:00Z\n": "trailing line feed",
    "0001-01-01T00:00:00+00:01": "beyond the calendar",
    "9999-12-31T23:59:59-00:01": "beyond the calendar",
}


@frozen
class Case:
    """A payload with one value that is put there on purpose.

    Attributes:
        payload: with the value in it.
        value: the value.
        at: where, from the root; for a property that is missing or unknown, its own place.
        rule: what it breaks; None where it is right.
        difference: the name of the known difference, where jsonschema judges otherwise.
    """

    payload: Any
    value: Any
    at: tuple[Step, ...]
    rule: Rule | None
    difference: str = ""

    def __str__(self) -> str:
        return f"{spelled(self.at)} = {self.value!r:.60}: {self.rule or 'allowed'}"


@frozen(kw_only=True)
class Place:
    """A place in the payloads of a schema.

    Attributes:
        node: the schema of the value.
        at: the steps from the root.
        put: the payload that has a given value here.
        without: the payload that has no value here; None where it cannot be left out alone.
        needed: whether it must not be left out.
        met: whether the same object was met before in this message.
    """

    node: Node
    at: tuple[Step, ...]
    put: Callable[[Any], Any]
    without: Callable[[], Any] | None = None
    needed: bool = False
    met: bool = False


def spelled(at: tuple[Step, ...]) -> str:
    """A place as our errors name it."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in at)


def smallest(node: Node) -> Any:  # noqa: PLR0911 - a case a type
    """The smallest value that a schema allows: nothing optional, no more items than needed."""
    match node.get("type"):
        case "object":
            return {name: smallest(node["properties"][name]) for name in node.get("required", [])}
        case "array":
            return [smallest(node["items"])] * node.get("minItems", 0)
        case "string" if "enum" in node:
            return node["enum"][-1]
        case "string":
            found = {"date-time": DATE_TIMES[0], "uri": URIS[0]}
            return found.get(node.get("format", ""), "x" * node.get("minLength", 1))
        case "integer" | "number":
            return int(node.get("minimum", 7))
        case "boolean":
            return True
        case _:
            return {"any": [1, None]}


def places(node: Node) -> Iterator[Place]:
    """Every place of a message's schema, from the root down."""
    met: list[Node] = []

    def walk(place: Place) -> Iterator[Place]:
        node = place.node
        if node.get("type") == "object":
            known = node in met
            met.append(node)
            yield Place(
                node=node,
                at=place.at,
                put=place.put,
                without=place.without,
                needed=place.needed,
                met=known,
            )
            if not known:
                for name in node.get("properties", {}):
                    yield from walk(_property(place, name))
            return
        yield place
        if node.get("type") == "array":
            yield from walk(_item(place))

    return walk(Place(node=node, at=(), put=lambda value: value))


def _property(place: Place, name: str) -> Place:
    base = smallest(place.node)
    rest = {key: value for key, value in base.items() if key != name}
    return Place(
        node=place.node["properties"][name],
        at=(*place.at, name),
        put=lambda value: place.put({**rest, name: value}),
        without=lambda: place.put(rest),
        needed=name in place.node.get("required", []),
    )


def _item(place: Place) -> Place:
    """The last item of an array of two, or of as many as there may be."""
    items = place.node["items"]
    before = [smallest(items)] * (min(2, place.node.get("maxItems", 2)) - 1)
    return Place(
        node=items,
        at=(*place.at, len(before)),
        put=lambda value: place.put([*before, value]),
    )


def cases(place: Place, *, draft_4: bool) -> Iterator[Case]:
    """The payloads to try at a place: right ones and broken ones."""
    if place.without is not None:
        rule = Rule.REQUIRED if place.needed else None
        yield Case(place.without(), "nothing", place.at, rule)
    for value, rule, difference in values(place.node, draft_4=draft_4):
        yield Case(place.put(value), value, place.at, rule, difference)
    if place.node.get("type") == "object":
        yield from _properties(place)


_Value = tuple[Any, Rule | None, str]


def _properties(place: Place) -> Iterator[Case]:
    node, base = place.node, smallest(place.node)
    closed = node.get("additionalProperties", True) is False
    names = [*node.get("properties", {}), ""]
    unknown = ["unknown", "", " ", "__class__", "\U0001f50c", names[0].upper(), f"{names[0]} "]
    for name in unknown[: 2 if place.met else None]:
        if name not in node.get("properties", {}):
            yield Case(
                place.put({**base, name: None}),
                name,
                (*place.at, name),
                Rule.ADDITIONAL_PROPERTIES if closed else None,
            )
    if place.met:  # that its properties are checked here too
        for name in node.get("required", [])[:1]:
            rest = {key: value for key, value in base.items() if key != name}
            yield Case(place.put(rest), "nothing", (*place.at, name), Rule.REQUIRED)


def values(node: Node, *, draft_4: bool) -> Iterator[_Value]:
    """Values to try with the rule that they break, if any, and the difference that they show."""
    kind = node.get("type", "any")
    yield smallest(node), None, ""
    if kind == "any":
        anything: list[Any] = [None, True, 0, 1.5, "", [], {}, [[None]], {"a": {}}]
        yield from ((value, None, "") for value in anything)
        return
    yield from ((value, Rule.TYPE, "") for value in wrong_types(node))
    match kind:
        case "integer":
            yield from _integers(node, draft_4=draft_4)
        case "number":
            yield from _numbers(node)
        case "string" if "enum" in node:
            yield from _enum(node["enum"])
        case "string":
            yield from _strings(node)
        case "array":
            yield from _arrays(node)


def wrong_types(node: Node) -> list[Any]:
    """Values of other types than a schema asks for."""
    kind, good = node["type"], smallest(node)
    everything: dict[str, list[Any]] = {
        "null": [None],
        "boolean": [True, False],
        "integer": [0, 1],
        "number": [0.5],
        "string": ["", "1", "true"],
        "array": [[], [good]],
        "object": [{}, {"a": 1}],
    }
    own = {"integer": {"integer"}, "number": {"integer", "number"}}.get(kind, {kind})
    found = [value for key, some in everything.items() if key not in own for value in some]
    if kind == "array":
        return [value for value in found if value != [good]] + [smallest(node["items"])]
    return found


def _integers(node: Node, *, draft_4: bool) -> Iterator[_Value]:
    least, most = node.get("minimum"), node.get("maximum")
    whole = float(least or 3)
    yield whole, Rule.TYPE if draft_4 else None, ""
    yield from ((value, Rule.TYPE, "") for value in (whole + 0.5, 1e-300))
    if least is None and most is None:
        yield from ((value, None, "") for value in (0, -1, 2**63, -(2**63), 2**64 - 1))
        if draft_4:
            yield 1e300, Rule.TYPE, ""
        else:
            yield 2.0**53, None, ""
            yield -(2.0**53), None, ""
            yield 1e300, Rule.TYPE, "inexact integer"
            yield 2.0**63, Rule.TYPE, "inexact integer"
    yield from _range(node, 1)


def _numbers(node: Node) -> Iterator[_Value]:
    if "multipleOf" in node:
        yield from ((value, None, "") for value in (0, 0.0, -0.0, 0.1, 0.3, -8.1, 4000.7, 1e22))
        yield from (
            (value, Rule.MULTIPLE_OF, "") for value in (8.15, -0.05, 1e-9, 5e-324, 0.30000000000004)
        )
    elif "minimum" not in node and "maximum" not in node:
        yield from ((value, None, "") for value in (0, -1, -0.0, 0.05, 1e300, 5e-324, 2**64 - 1))
    yield from _range(node, 0.001)


def _range(node: Node, step: float) -> Iterator[_Value]:
    for key, rule, away in (("minimum", Rule.MINIMUM, -step), ("maximum", Rule.MAXIMUM, step)):
        if key in node:
            limit = int(node[key])
            yield limit, None, ""
            yield limit + away, rule, ""
            yield limit + away * 10**9, rule, ""


def _enum(members: list[str]) -> Iterator[_Value]:
    yield from ((member, None, "") for member in members)
    near = {change(members[0]) for change in (str.lower, str.upper, str.swapcase)}
    near |= {"", "Unheard", f"{members[0]} ", f" {members[0]}", f"{members[0]}\n", members[0][:-1]}
    yield from ((value, Rule.ENUM, "") for value in sorted(near) if value not in members)


def _strings(node: Node) -> Iterator[_Value]:
    if node.get("format") == "date-time":
        yield from ((text, None, "") for text in DATE_TIMES)
        yield from ((text, Rule.FORMAT, "") for text in NO_DATE_TIMES)
        for text, difference in _OTHER_DATE_TIMES.items():
            yield text, None if difference == "no zone" else Rule.FORMAT, difference
        return
    if node.get("format") == "uri":
        yield from ((text, None, "") for text in URIS)
        yield from ((text, Rule.FORMAT, "unchecked uri") for text in NO_URIS)
        return
    yield from ((text, None, "") for text in ("", "\x00", "null", "\ufeff"))
    if "maxLength" in node:
        for character in ("a", "é", "\U0001f50c", "e\u0301"):
            full = (character * node["maxLength"])[: node["maxLength"]]
            yield full, None, ""
            yield full + character[0], Rule.MAX_LENGTH, ""
        yield "a" * 100_000, Rule.MAX_LENGTH, ""


def _arrays(node: Node) -> Iterator[_Value]:
    item = smallest(node["items"])
    least, most = node.get("minItems", 0), node.get("maxItems")
    yield [item] * least, None, ""
    if least:
        yield [item] * (least - 1), Rule.MIN_ITEMS, ""
    if most is None:
        yield [item] * 200, None, ""
    else:
        yield [item] * most, None, ""
        yield [item] * (most + 1), Rule.MAX_ITEMS, ""
