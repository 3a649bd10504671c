"""Our own words for messages, types, fields and values: ``docs.toml`` of a version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ocppkit.codegen.model import Protocol, Struct

__all__ = ["Docs", "uncovered"]

JsonObject = dict[str, Any]


class Docs:
    """What ``docs.toml`` says; empty texts where it says nothing.

    Args:
        table: the parsed file; None where a version has none.
        file: where it is, for errors.
    """

    def __init__(self, table: JsonObject | None, file: str) -> None:
        self.table = table or {}
        self.file = file

    def _get(self, *keys: str) -> str:
        node: Any = self.table
        for key in keys:
            node = node.get(key) if isinstance(node, dict) else None
        return node if isinstance(node, str) else ""

    def of_action(self, action: str) -> str:
        """One line on what the action is for."""
        return self._get("messages", action, "doc")

    def of_type(self, name: str) -> str:
        """One line on a datatype or an enum."""
        return self._get("types", name, "doc") or self._get("enums", name, "doc")

    def of_field(self, owner: str, wire: str) -> str:
        """One line on a field of a message or a datatype."""
        own = self._get(*_fields_of(owner, self.table), wire)
        return own or self._get("common", wire)

    def of_value(self, enum: str, value: str) -> str:
        """One line on a value of an enum; empty where the name says it."""
        return self._get("enums", enum, "values", value)


def _fields_of(owner: str, table: JsonObject) -> tuple[str, ...]:
    for suffix in ("Request", "Response"):
        action = owner.removesuffix(suffix)
        if action != owner and action in table.get("messages", {}):
            return ("messages", action, suffix.lower())
    return ("types", owner, "fields")


def uncovered(protocol: Protocol, table: JsonObject | None, file: str) -> list[str]:
    """What the documentation lacks, and what it says of things that do not exist.

    A value of an enum may go without words where its name says all.
    """
    if table is None:
        return []  # whoever writes none wants none
    docs = Docs(table, file)
    missing = [
        f"{file}: [{'.'.join(place[:-1])}] {place[-1]}: no words for it"
        for place, text in _wanted(protocol, docs)
        if not text
    ]
    known = {place for place, _ in _wanted(protocol, docs)}
    known |= {
        ("enums", enum.name, "values", member.value)
        for enum in protocol.enums.values()
        for member in enum.members
    }
    wires = {field.wire for _, struct in _structs(protocol) for field in struct.fields}
    known |= {("common", wire) for wire in wires}
    orphans = [
        f"{file}: [{'.'.join(place[:-1])}] {place[-1]}: there is no such thing"
        for place in _leaves(table)
        if place not in known
    ]
    return missing + orphans


def _structs(protocol: Protocol) -> Iterator[tuple[tuple[str, ...], Struct]]:
    for action in protocol.actions:
        yield ("messages", action.name, "request"), action.request
        yield ("messages", action.name, "response"), action.response
    for struct in protocol.structs.values():
        yield ("types", struct.name, "fields"), struct


def _wanted(protocol: Protocol, docs: Docs) -> Iterator[tuple[tuple[str, ...], str]]:
    for action in protocol.actions:
        yield ("messages", action.name, "doc"), docs.of_action(action.name)
    for place, struct in _structs(protocol):
        for field in struct.fields:
            yield (*place, field.wire), docs.of_field(struct.name, field.wire)
    for struct in protocol.structs.values():
        yield ("types", struct.name, "doc"), docs.of_type(struct.name)
    for enum in protocol.enums.values():
        yield ("enums", enum.name, "doc"), docs.of_type(enum.name)


def _leaves(table: Mapping[str, Any], *at: str) -> Iterator[tuple[str, ...]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, *at, key)
        else:
            yield (*at, key)
