"""What changed between two sets of schemas, and whose messages are refused because of it.

A peer that stays with the old schemas meets one that has gone to the new ones. Each change is
judged twice, for what the one may send and the other must accept:

* old to new: a sender that keeps to OLD, a receiver that checks by NEW;
* new to old: a sender that keeps to NEW, a receiver that checks by OLD.

A change breaks a direction when a message that is right for the sender is refused by the receiver.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from ocppkit.codegen.bundle import read_bundles
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.normalise import normalise

__all__ = ["Change", "diff"]

JsonObject = dict[str, Any]
_DRAFT_4 = "http://json-schema.org/draft-04/schema#"
_LOWER = ("minLength", "minimum", "minItems")
_UPPER = ("maxLength", "maximum", "maxItems")
_SUBSETS = {
    ("integer", "number"),
    ("date-time", "string"),
    ("uri", "string"),
}


@frozen(kw_only=True)
class Change:
    """One difference.

    Attributes:
        subject: the message or type that it is in.
        path: the property, from there: ``meterValue[].value``; empty for the subject itself.
        what: the keyword that differs, or ``message``, ``type``, ``property``.
        old: what OLD says; None where it says nothing.
        new: what NEW says; None where it says nothing.
        old_to_new: whether it breaks what old senders send to new receivers.
        new_to_old: whether it breaks what new senders send to old receivers.
        messages: the messages that it is in.
    """

    subject: str
    path: str = ""
    what: str
    old: Any
    new: Any
    old_to_new: bool = False
    new_to_old: bool = False
    messages: tuple[str, ...] = ()

    @property
    def breaking(self) -> bool:
        """Whether it breaks either direction."""
        return self.old_to_new or self.new_to_old


def diff(old: Path, new: Path) -> list[Change]:
    """Compare two versions.

    Args:
        old: a folder or zip with the schemas of a version, official or normalised.
        new: another.

    Returns:
        The changes, by subject; what is the same in several messages stands there once.

    Raises:
        CodegenError: a schema cannot be read or used.
    """
    before, after = _read(old), _read(new)
    changes = [
        *_presence("message", before, after),
        *_presence("type", *map(_types, (before, after))),
    ]
    found: dict[str, tuple[Change, list[str]]] = {}
    for message in sorted(set(before) & set(after), key=str.lower):
        for change in _message(message, before[message], after[message]):
            found.setdefault(repr(change), (change, []))[1].append(message)
    changes += [evolve(change, messages=tuple(messages)) for change, messages in found.values()]
    return sorted(changes, key=lambda change: (change.subject.lower(), change.subject))


def _read(bundle: Path) -> dict[str, JsonObject]:
    schemas, problems = {}, []
    for name, (origin, schema) in read_bundles([bundle]).items():
        try:
            schemas[name] = normalise(schema, origin)
        except CodegenError as error:
            problems += error.problems
    if problems:
        raise CodegenError(problems)
    return schemas


def _types(schemas: Mapping[str, JsonObject]) -> dict[str, str]:
    return {name: "" for schema in schemas.values() for name in schema.get("definitions", {})}


def _presence(
    what: str, before: Mapping[str, object], after: Mapping[str, object]
) -> Iterator[Change]:
    """What one side alone has. Only a message travels under its name."""
    travels = what == "message"
    for name in sorted(set(before) ^ set(after)):
        yield Change(
            subject=name,
            what=what,
            old="there" if name in before else None,
            new="there" if name in after else None,
            old_to_new=travels and name in before,
            new_to_old=travels and name in after,
            messages=(name,) if travels else (),
        )


def _message(name: str, old: JsonObject, new: JsonObject) -> Iterator[Change]:
    drafts = old["$schema"], new["$schema"]
    if drafts[0] != drafts[1]:
        wide = [
            draft != _DRAFT_4 and _has_integers(of)
            for draft, of in zip(drafts, (old, new), strict=True)
        ]
        yield Change(
            subject=name,
            what="$schema",
            old=drafts[0],
            new=drafts[1],
            old_to_new=wide[0],  # 1.0 is an integer in draft 6, not in draft 4
            new_to_old=wide[1],
        )
    pair = _Pair(old.get("definitions", {}), new.get("definitions", {}))
    yield from pair.compare(name, "", old, new)
    for of in sorted(set(pair.old) & set(pair.new), key=str.lower):
        yield from pair.compare(of, "", pair.old[of], pair.new[of])


def _has_integers(schema: JsonObject) -> bool:
    return '"type": "integer"' in json.dumps(schema)


class _Pair:
    """Compares two schemas whose references point into two sets of definitions."""

    def __init__(self, old: Mapping[str, JsonObject], new: Mapping[str, JsonObject]) -> None:
        self.old = old
        self.new = new
        self._within: set[tuple[str, str]] = set()

    def compare(
        self, subject: str, path: str, old: JsonObject, new: JsonObject
    ) -> Iterator[Change]:
        names = _type_name(old), _type_name(new)
        if all(names):
            if names[0] == names[1] or names in self._within:
                return  # compared on its own, or further out
            yield Change(subject=subject, path=path, what="type", old=names[0], new=names[1])
        self._within.add(names)
        old, new = self.old.get(names[0], old), self.new.get(names[1], new)
        yield from self._compare(subject, path, old, new)
        self._within.discard(names)

    def _compare(
        self, subject: str, path: str, old: JsonObject, new: JsonObject
    ) -> Iterator[Change]:
        kinds = _kind(old), _kind(new)
        if kinds[0] != kinds[1]:
            yield Change(
                subject=subject,
                path=path,
                what="type",
                old=kinds[0],
                new=kinds[1],
                old_to_new=not _is_subset(old, new),
                new_to_old=not _is_subset(new, old),
            )
        for what, before, after, *breaks in (*_limits(old, new), *_values(old, new)):
            yield Change(
                subject=subject,
                path=path,
                what=what,
                old=before,
                new=after,
                old_to_new=breaks[0],
                new_to_old=breaks[1],
            )
        if kinds == ("object", "object"):
            yield from self._properties(subject, path, old, new)
        elif kinds == ("array", "array"):
            yield from self.compare(subject, f"{path}[]", old["items"], new["items"])

    def _properties(
        self, subject: str, path: str, old: JsonObject, new: JsonObject
    ) -> Iterator[Change]:
        opens = _is_open(old), _is_open(new)
        if opens[0] != opens[1]:
            yield Change(
                subject=subject,
                path=path,
                what="additionalProperties",
                old=opens[0],
                new=opens[1],
                old_to_new=opens[0],
                new_to_old=opens[1],
            )
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in dict.fromkeys([*before, *after]):
            at = f"{path}.{name}" if path else name
            needs = name in old.get("required", []), name in new.get("required", [])
            if name in before and name in after:
                if needs[0] != needs[1]:
                    yield Change(
                        subject=subject,
                        path=at,
                        what="required",
                        old=needs[0],
                        new=needs[1],
                        old_to_new=needs[1],
                        new_to_old=needs[0],
                    )
                yield from self.compare(subject, at, before[name], after[name])
            elif name in after:
                yield Change(
                    subject=subject,
                    path=at,
                    what="property",
                    old=None,
                    new=_shown(after[name], required=needs[1]),
                    old_to_new=needs[1] or (opens[0] and bool(after[name])),
                    new_to_old=not opens[0],
                )
            else:
                yield Change(
                    subject=subject,
                    path=at,
                    what="property",
                    old=_shown(before[name], required=needs[0]),
                    new=None,
                    old_to_new=not opens[1],
                    new_to_old=needs[0] or (opens[1] and bool(before[name])),
                )


def _type_name(node: JsonObject) -> str:
    return str(node.get("$ref", "")).rpartition("/")[2]


def _kind(node: JsonObject) -> str:
    return "enum" if "enum" in node else str(node.get("format") or node.get("type", "any"))


def _is_open(node: JsonObject) -> bool:
    return node.get("additionalProperties", True) is not False


def _shown(node: JsonObject, *, required: bool) -> str:
    array = node.get("type") == "array"
    item = node["items"] if array else node
    kind = _type_name(item) or _kind(item)
    return f"{'required' if required else 'optional'} {'array of ' if array else ''}{kind}"


def _is_subset(old: JsonObject, new: JsonObject) -> bool:
    """Whether all values of one kind are of the other; limits are judged apart."""
    kinds = _kind(old), _kind(new)
    if kinds == ("enum", "string"):
        low, high = new.get("minLength", 0), new.get("maxLength")
        return all(low <= len(v) and (high is None or len(v) <= high) for v in old["enum"])
    return kinds[1] == "any" or kinds in _SUBSETS


_Row = tuple[str, Any, Any, bool, bool]


def _limits(old: JsonObject, new: JsonObject) -> Iterator[_Row]:
    """The limits and the default, where both kinds may have them."""
    if _family(old) != _family(new):
        return
    if old.get("default") != new.get("default"):
        yield "default", old.get("default"), new.get("default"), False, False
    for key in (*_LOWER, *_UPPER, "multipleOf"):
        before, after = old.get(key), new.get(key)
        if before != after:
            narrower = _exceeds(key, old, new), _exceeds(key, new, old)
            yield key, before, after, *narrower


def _family(node: JsonObject) -> str:
    kind = _kind(node)
    return {"integer": "number", "date-time": "string", "uri": "string"}.get(kind, kind)


def _exceeds(key: str, sent: JsonObject, accepted: JsonObject) -> bool:
    """Whether what is sent may go beyond a limit of what is accepted."""
    limit, bound = accepted.get(key), sent.get(key)
    if limit is None or (limit == 0 and key in {"minLength", "minItems"}):
        return False
    if key == "multipleOf":
        step = 1 if bound is None and _kind(sent) == "integer" else bound
        return step is None or (_exact(step) / _exact(limit)).denominator != 1
    if bound is None:
        return True
    return bool(bound < limit if key in _LOWER else bound > limit)


def _exact(number: float) -> Fraction:
    return Fraction(Decimal(repr(number)))


def _values(old: JsonObject, new: JsonObject) -> Iterator[_Row]:
    if "enum" in old and "enum" in new:
        for value in old["enum"]:
            if value not in new["enum"]:
                yield "enum", value, None, True, False
        for value in new["enum"]:
            if value not in old["enum"]:
                yield "enum", None, value, False, True
