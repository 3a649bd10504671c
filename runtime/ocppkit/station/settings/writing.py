"""Writes a first ``station.toml``: every setting with its words, its default commented out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import NOTHING, Attribute

from ocppkit.message import Version
from ocppkit.station.settings.about import About, rows
from ocppkit.station.settings.document import StationSettings
from ocppkit.station.settings.overrides import FILE_SUFFIX
from ocppkit.station.settings.toml_text import TomlText

__all__ = ["as_written", "initial_configuration"]

_HEAD = """\
The configuration of a charging station. Values here are factory defaults: what OCPP changes is
kept in storage.state_dir and wins. An environment variable wins over this file: OCPPKIT_CSMS__URL
is csms.url.
What is commented out with `#` and no space shows the default, or an example where there is none.
`ocppkit config check` reads this file and names all mistakes in it."""
_KEYS = """\
1.6 configuration keys by name, as a value or with its mutability. They win over the settings
above that mean the same, for 1.6. Keys of your own need `custom = true`."""
_VARIABLES = """\
2.0.1 variables by component and name, as a value or with its mutability. They win over the
settings above that mean the same, for 2.0.1. Variables of your own need `custom = true`."""


def initial_configuration(
    *,
    identity: str = "CS001",
    csms_url: str = "ws://localhost:9000",
    versions: Sequence[Version] = (),
) -> str:
    """A commented ``station.toml``; besides what is given, it says nothing but the defaults.

    Args:
        identity: of the station.
        csms_url: of the CSMS, without the identity.
        versions: what the station speaks, best first; the default where there are none.
    """
    text = TomlText()
    _words(text, _HEAD)
    given: dict[str, Any] = {"station.identity": identity, "csms.url": csms_url}
    if versions:
        given["csms.versions"] = as_written(tuple(versions))
    for attribute, said in rows(StationSettings):
        if attribute.name not in {"v16", "v201"}:
            _table(text, attribute.name, attribute, said, given)
    _entries(text)
    return str(text)


def as_written(value: Any) -> Any:
    """A value as the file has it: versions by their numbers, everything else as it is."""
    if isinstance(value, Version):
        return value.value.removeprefix("ocpp")
    if isinstance(value, tuple):
        return [as_written(each) for each in value]
    return value


def _words(text: TomlText, words: str) -> None:
    for line in words.splitlines():
        text.comment(line)


def _table(
    text: TomlText, name: str, attribute: Attribute[Any], said: About, given: Mapping[str, Any]
) -> None:
    """Write a table, and behind it those in it."""
    cls = said.kind.table
    if cls is None:
        msg = f"{name} is no table"
        raise TypeError(msg)
    text.gap()
    text.comment(said.doc)
    if attribute.default == ():
        _example(text, name, said, cls)
        return
    text.table(name, many=said.kind.many)
    inner = [row for row in rows(cls) if row[1].kind.table is not None]
    for each, about in rows(cls):
        if about.kind.table is None:
            _setting(text, f"{name}.{each.name}", each, about, given)
    for each, about in inner:
        _table(text, f"{name}.{each.name}", each, about, given)


def _example(text: TomlText, name: str, said: About, cls: type) -> None:
    """Write a table that is not there: words first, so that its keys stay with its header."""
    for each, about in rows(cls):
        _prose(text, f"`{each.name}`: {' '.join(_said(each, about))}")
    text.comment("An example: its keys mean something else without the header, so take that first.")
    text.table(name, many=said.kind.many, off=True)
    for each, about in rows(cls):
        text.value(each.name, _shown(each, about), off=True)


def _prose(text: TomlText, words: str) -> None:
    for line in textwrap.wrap(words, 96):
        text.comment(line)


def _shown(attribute: Attribute[Any], said: About) -> Any:
    return as_written(attribute.default if said.example is None else said.example)


def _setting(
    text: TomlText, path: str, attribute: Attribute[Any], said: About, given: Mapping[str, Any]
) -> None:
    key = path.rpartition(".")[2]
    _prose(text, " ".join(_said(attribute, said)))
    if path in given:
        text.value(key, given[path])
        return
    text.value(key, _shown(attribute, said), off=True)
    if said.kind.secret:
        text.comment("Or the name of a file that holds it:")
        text.value(key + FILE_SUFFIX, "password.txt", off=True)


def _said(attribute: Attribute[Any], said: About) -> Iterator[str]:
    yield said.doc
    if said.unit:
        yield f"In {said.unit}."
    if attribute.default is NOTHING:
        yield "Required."
    elif attribute.default is None:
        yield "Not set by default."
    yield f"Expected: {said.kind.expected}."


def _entries(text: TomlText) -> None:
    text.gap()
    _words(text, _KEYS)
    text.table("v16.configuration")
    text.value("MeterValuesSampledData", ["Energy.Active.Import.Register", "SoC"], off=True)
    text.value("LocalPreAuthorize", {"value": True, "mutability": "ReadOnly"}, off=True)
    text.value("ExampleKey", {"value": "on", "custom": True}, off=True)
    text.gap()
    _words(text, _VARIABLES)
    text.table("v201.variables.AuthCtrlr", off=True)
    text.value("LocalPreAuthorize", {"value": True, "mutability": "ReadOnly"}, off=True)
    text.table("v201.variables.DeviceDataCtrlr", off=True)
    text.value("ItemsPerMessage[GetReport]", 50, off=True)
    text.table("v201.variables.EVSE", off=True)
    text.value("SupplyPhases", [{"value": 3, "evse": 1}], off=True)
