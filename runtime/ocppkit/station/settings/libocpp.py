"""Makes a ``station.toml`` of libocpp's ``config.json`` for 1.6."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from attrs import define, field, frozen

from ocppkit.errors import ConfigurationError, ConfigurationProblem
from ocppkit.station.settings.about import UNFIT, parts, rows
from ocppkit.station.settings.document import StationSettings
from ocppkit.station.settings.entries import find_key, wire_text
from ocppkit.station.settings.libocpp_keys import LIBOCPP_KEYS, LibocppKey
from ocppkit.station.settings.libocpp_targets import (
    ALWAYS,
    KEPT_DEFAULTS,
    LISTS,
    REASONS,
    TARGETS,
    WORDS,
)
from ocppkit.station.settings.mistakes import mismatch
from ocppkit.station.settings.reading import parse
from ocppkit.station.settings.toml_text import TomlText
from ocppkit.value import Value
from ocppkit.variable_terms import Access, Mutability

__all__ = ["Conversion", "Left", "convert"]

_CUSTOM: Final = "Custom"
_VALUE_LENGTH: Final = 500  # (1.6 §7.29: CiString500Type)
_MOST_CONNECTORS: Final = 100

_NONE = "there is no such setting"


@frozen(kw_only=True, eq=False, repr=False)
class Left(Value):
    """A key that was not carried over.

    Attributes:
        key: with its section: ``Internal.UseTPM``.
        reason: why.
    """

    key: str
    reason: str

    def __str__(self) -> str:
        line = f"{self.key}: {self.reason}"
        return line.encode(errors="backslashreplace").decode()


@frozen(kw_only=True, eq=False, repr=False)
class Conversion(Value):
    """What became of a ``config.json``.

    Attributes:
        text: the ``station.toml``.
        carried: the keys that it holds, with their sections.
        left: the keys that were not carried over, or only in name.
        problems: what is still wrong in ``text``: what was missing, or does not fit together.
    """

    text: str
    carried: tuple[str, ...]
    left: tuple[Left, ...]
    problems: tuple[ConfigurationProblem, ...]


def convert(config: Mapping[str, Any], user_config: Mapping[str, Any] | None = None) -> Conversion:
    """Convert a configuration of libocpp for 1.6.

    Args:
        config: what ``config.json`` holds.
        user_config: what the file of the user's changes holds; it is merged over ``config``.
    """
    work = _Work()
    sections = work.merged(config, user_config or {})
    known = {(row.section, row.name): row for row in LIBOCPP_KEYS}
    for section, keys in sections.items():
        for name, value in keys.items():
            work.attempt(section, name, value, known.get((section, name)), sections)
    for row in LIBOCPP_KEYS:
        if row.name in KEPT_DEFAULTS and row.name not in sections.get(row.section, {}):
            work.put(TARGETS[row.name], row.default)
    if work.raw.get("csms", {}).get("security_profile") == 0:
        # Only 1.6, which is what the file was for, may go without security.
        work.put("csms.versions", ["1.6"])
        work.put("csms.allow_unsecured", value=True)
    text = _text(work.raw)
    try:
        parse(text)
    except ConfigurationError as error:
        problems = error.problems
    else:
        problems = ()
    return Conversion(
        text=text, carried=tuple(work.carried), left=tuple(work.left), problems=problems
    )


@define
class _Work:
    """A conversion under way."""

    raw: dict[str, Any] = field(factory=dict)
    carried: list[str] = field(factory=list)
    left: list[Left] = field(factory=list)

    def merged(self, *files: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The sections of all files, the later ones over the earlier."""
        sections: dict[str, dict[str, Any]] = {}
        for file in files:
            for section, keys in file.items():
                if isinstance(keys, dict):
                    sections.setdefault(section, {}).update(keys)
                else:
                    self.left.append(Left(key=section, reason="is no section"))
        return sections

    def attempt(
        self,
        section: str,
        name: str,
        value: Any,
        row: LibocppKey | None,
        sections: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Carry a key over, or say why not."""
        try:
            _refuse_broken(name, value)
            if section == _CUSTOM:
                note = self._put_custom(name, value)
            else:
                note = self._put_known(_typed(row, value), value, sections)
        except _Refused as refused:
            self.left.append(Left(key=f"{section}.{name}", reason=str(refused)))
        else:
            self.carried.append(f"{section}.{name}")
            if note:
                self.left.append(Left(key=f"{section}.{name}", reason=note))

    def put(self, path: str, value: Any) -> None:
        """Put a setting where it belongs.

        Raises:
            _Refused: the setting does not take this.
        """
        *tables, name = path.split(".")
        cls: type = StationSettings
        inner = self.raw
        for each in tables:
            cls = parts(cls)[each].kind.table or cls
        said = parts(cls)[name]
        try:
            said.kind.read(value)
        except UNFIT:
            wrong = mismatch(said.kind.expected, value, secret=said.kind.secret)
            raise _Refused(wrong.found[0].message) from None
        for each in tables:
            inner = inner.setdefault(each, {})
        inner[name] = value

    def _put_known(
        self, row: LibocppKey, value: Any, sections: Mapping[str, Mapping[str, Any]]
    ) -> str | None:
        """Carry a key that libocpp knows; what remains to be said of it."""
        match row.name:
            case "CentralSystemURI":
                value = _url(value, sections)
            case "AuthorizationKey":
                value = _password(value)
            case "NumberOfConnectors":
                self._put_connectors(value)
                return None
            case "LogMessages":
                if value:
                    self.put("logging.messages", "log/messages.jsonl")
                return None
            case "LogRotationMaximumFileCount" if value == 0:
                raise _Refused("there is always a limit")
        if row.name in ALWAYS and value is ALWAYS[row.name]:
            return None
        target = TARGETS.get(row.name) or _settings_by_key().get(row.name)
        if target in LISTS:
            words = [item.strip() for item in value.split(",") if item.strip()]
            value = [WORDS.get(word, word) for word in words]
        if target == "limits.phases" and isinstance(value, float) and value.is_integer():
            value = int(value)
        if target is not None:
            self.put(target, value)
            return None
        if row.section == "Internal":
            raise _Refused(REASONS.get(row.name, _NONE))
        return self._put_key(row, value)

    def _put_key(self, row: LibocppKey, value: Any) -> str | None:
        """Carry a key by its name."""
        known = find_key(row.name)
        if known is None:
            entry = {"value": value, "mutability": row.mutability, "custom": True}
            self._put_entry(row.name, entry)
            return "kept as a key of your own, which nothing acts on"
        try:
            text = wire_text(value, known, _VALUE_LENGTH)
        except ValueError as error:
            raise _Refused(str(error).removeprefix(f"{known}: ")) from None
        if isinstance(value, dict):
            value = text
        if row.mutability is _MUTABILITIES[known.access]:
            self._put_entry(known.key, value)
        else:
            self._put_entry(known.key, {"value": value, "mutability": row.mutability})
        return None

    def _put_custom(self, name: str, value: Any) -> str | None:
        if not isinstance(value, bool | int | float | str):
            raise _Refused("expected a text, a number, true or false")
        if find_key(name):
            raise _Refused("is the name of a standard key")
        if not (name.isprintable() and 1 <= len(name) <= 50 and len(str(value)) <= _VALUE_LENGTH):
            raise _Refused("is too long, or has no printable name")
        self._put_entry(name, {"value": value, "custom": True})
        return None

    def _put_entry(self, name: str, value: Any) -> None:
        entries = self.raw.setdefault("v16", {}).setdefault("configuration", {})
        if any(name.lower() == each.lower() for each in entries):
            raise _Refused("another key has this name in another case")
        entries[name] = value

    def _put_connectors(self, value: int) -> None:
        if not 1 <= value <= _MOST_CONNECTORS:
            raise _Refused(f"expected 1 to {_MOST_CONNECTORS}, got {value}")
        self.raw["evse"] = [{} for _ in range(value)]


class _Refused(Exception):
    """A key cannot be carried over; the text says why."""


_MUTABILITIES: Final = {
    Access.READ: Mutability.READ_ONLY,
    Access.READ_WRITE: Mutability.READ_WRITE,
    Access.WRITE: Mutability.WRITE_ONLY,
}


def _refuse_broken(name: str, value: Any) -> None:
    """Refuse half characters, which JSON can hold and TOML cannot."""
    try:
        json.dumps([name, value], ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _Refused("is no text") from None


def _typed(row: LibocppKey | None, value: Any) -> LibocppKey:
    """The row of a key, where there is one and the value is of its type."""
    if row is None:
        raise _Refused("libocpp knows no such key")
    if isinstance(value, bool) or row.type is bool:
        fits = isinstance(value, bool) and row.type is bool
    else:
        fits = isinstance(value, (int, float) if row.type is float else row.type)
    if not fits:
        raise _Refused(f"is not of its type, {row.type.__name__}")
    return row


def _url(uri: str, sections: Mapping[str, Mapping[str, Any]]) -> str:
    """The URL with its scheme, which the security profile gives, and without the identity."""
    identity = sections.get("Internal", {}).get("ChargePointId")
    if "://" not in uri:
        profile = sections.get("Security", {}).get("SecurityProfile", 0)
        uri = f"{'wss' if profile in (2, 3) else 'ws'}://{uri}"
    if isinstance(identity, str) and identity:
        uri = uri.removesuffix(f"/{identity}")
    return uri


def _password(text: str) -> str:
    """An AuthorizationKey: the digits of 16 to 20 bytes, or what was typed in as a text."""
    digits = all(each in "0123456789abcdefABCDEF" for each in text)
    return f"hex:{text}" if digits and 32 <= len(text) <= 40 and len(text) % 2 == 0 else text


def _settings_by_key() -> dict[str, str]:
    """1.6 key → path of the setting of the same meaning."""
    return dict(_keyed(StationSettings, ""))


def _keyed(cls: type, path: str) -> Iterator[tuple[str, str]]:
    for attribute, said in rows(cls):
        here = f"{path}.{attribute.name}".removeprefix(".")
        if said.key is not None:
            yield said.key, here
        if said.kind.table is not None:
            yield from _keyed(said.kind.table, here)


def _text(raw: Mapping[str, Any]) -> str:
    text = TomlText()
    text.comment("Made by `ocppkit config convert` from a configuration of libocpp.")
    for attribute, _ in rows(StationSettings):
        if attribute.name in raw:
            _write(text, attribute.name, raw[attribute.name])
    return str(text)


def _write(text: TomlText, name: str, table: Any) -> None:
    if isinstance(table, list):
        text.gap()
        for _ in table:
            text.table(name, many=True)
        return
    inner = {key: value for key, value in table.items() if key in {"backoff", "configuration"}}
    if table.keys() - inner.keys():
        text.gap()
        text.table(name)
    for key, value in table.items():
        if key not in inner:
            text.value(key, value)
    for key, value in inner.items():
        text.gap()
        text.table(f"{name}.{key}")
        for each, said in value.items():
            text.value(each, said)
