"""Configuration keys and variables by name, as ``[v16.configuration]`` and ``[v201.variables]``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final, TypeVar

from ocppkit import v16, v201  # what is asked of them is loaded with the first entry
from ocppkit.station.settings.mistakes import KeyPath, Mistake, Mistakes, mismatch, unknown
from ocppkit.station.settings.values import KeyValue, VariableId, VariableValue
from ocppkit.variable import ConfigurationKey, Mutability, Variable

__all__ = ["find_key", "read_configuration", "read_variables", "wire_text"]

_GENERIC = "<generic>"
_ELSEWHERE: Final = {
    "authorizationkey": "csms.password",
    "securityctrlr.basicauthpassword": "csms.password",
    "securityctrlr.identity": "station.identity",
    "numberofconnectors": "[[evse]] and [[evse.connector]]",
}
_CUSTOM_HINT = " One of your own needs `custom = true`."
_NAMED = re.compile(r"([^\[\]]{1,50})(?:\[([^\[\]]{1,50})\])?").fullmatch
_KEY_LENGTH, _KEY_VALUE_LENGTH = 50, 500  # (1.6 §7.29: CiString50Type, CiString500Type)
_VARIABLE_VALUE_LENGTH = 2500  # (2.0.1 AttributeType.value)

_Entry = TypeVar("_Entry")


def find_key(name: str) -> ConfigurationKey[Any] | None:
    """The standard key of this name, in any case."""
    return _keys().get(name.lower())


def wire_text(value: Any, known: ConfigurationKey[Any] | Variable[Any] | None, most: int) -> str:
    """A value of TOML as it stands on the wire.

    Args:
        value: a text is taken as what stands on the wire.
        known: what the value is of; None: anything goes.
        most: how many characters it may have.

    Raises:
        ValueError: with what was expected.
    """
    if known is None:
        text = _free_text(value)
    elif isinstance(value, str):
        known.parse(value)
        text = value
    else:
        text = known.format(tuple(value) if isinstance(value, list) else value)
    if len(text) > most:
        msg = f"expected at most {most} characters, got {len(text)}"
        raise ValueError(msg)
    return text


def read_configuration(raw: Any) -> tuple[KeyValue, ...]:
    """Read ``[v16.configuration]``.

    Raises:
        Mistakes: in any of the keys.
    """

    def read(name: str, said: Any) -> KeyValue:
        fields = _unpacked(said, frozenset())
        known = find_key(name)
        if known is None and fields.get("custom") is not True:
            raise Mistakes([Mistake((), unknown(name, v16.KEYS, _CUSTOM_HINT))])
        if known is None and not (name.isprintable() and 1 <= len(name) <= _KEY_LENGTH):
            raise mismatch(f"a name of at most {_KEY_LENGTH} characters", name)
        return KeyValue(
            name=known.key if known else name, **_read_said(fields, known, _KEY_VALUE_LENGTH)
        )

    found = _each(raw, read)
    return _once(found, lambda entry: (entry.name,), lambda entry: (entry.name.lower(),))


def read_variables(raw: Any) -> tuple[VariableValue, ...]:
    """Read ``[v201.variables]``.

    Raises:
        Mistakes: in any of the variables.
    """

    def read_component(name: str, said: Any) -> tuple[VariableValue, ...]:
        named = _NAMED(name)
        if named is None:
            raise mismatch("a component's name, perhaps with an instance in brackets", name)
        found: list[VariableValue] = []
        for entries in _each(said, lambda variable, value: _variable(named, variable, value)):
            found += entries
        return tuple(found)

    found: list[VariableValue] = []
    for entries in _each(raw, read_component):
        found += entries
    return _once(
        found,
        lambda entry: (entry.id.component, entry.id.variable),
        lambda entry: tuple(
            part.lower() if isinstance(part, str) else part
            for part in (
                entry.id.component,
                entry.id.component_instance,
                entry.id.variable,
                entry.id.instance,
                entry.id.evse,
                entry.id.connector,
            )
        ),
    )


def _variable(component: re.Match[str], name: str, said: Any) -> list[VariableValue]:
    """A variable, or several of the same name at different EVSEs."""
    named = _NAMED(name)
    if named is None:
        raise mismatch("a variable's name, perhaps with an instance in brackets", name)
    if not (isinstance(said, list) and said and isinstance(said[0], dict)):
        return [_one_variable(component, named, said)]
    found: list[VariableValue] = []
    mistakes: list[Mistake] = []
    for number, each in enumerate(said):
        try:
            found.append(_one_variable(component, named, each))
        except Mistakes as error:
            mistakes += [one.under(number) for one in error.found]
    if mistakes:
        raise Mistakes(mistakes)
    return found


def _one_variable(component: re.Match[str], named: re.Match[str], said: Any) -> VariableValue:
    fields = _unpacked(said, frozenset({"evse", "connector"}))
    known = _find_variable(component[1], named[1], named[2])
    if known is None and fields.get("custom") is not True:
        raise Mistakes([_unknown_variable(component[1], named[0])])
    place: dict[str, int | None] = {}
    mistakes: list[Mistake] = []
    for key in ("evse", "connector"):
        place[key] = fields.pop(key, None)
        if place[key] is not None and (place[key].__class__ is not int or (place[key] or 0) < 1):
            wrong = mismatch("an integer of at least 1", place[key])
            mistakes += [one.under(key) for one in wrong.found]
    if place["connector"] is not None and place["evse"] is None:
        mistakes.append(Mistake(("connector",), "expected an `evse` with it"))
    try:
        said_of_it = _read_said(fields, known, _VARIABLE_VALUE_LENGTH)
    except Mistakes as error:
        raise Mistakes([*mistakes, *error.found]) from None
    if mistakes:
        raise Mistakes(mistakes)
    return VariableValue(
        id=VariableId(
            component=_component(component[1]),
            variable=known.name if known else named[1],
            component_instance=component[2],
            instance=(known.instance if known else None) or named[2],
            evse=place["evse"],
            connector=place["connector"],
        ),
        **said_of_it,
    )


def _unpacked(said: Any, more: frozenset[str]) -> dict[str, Any]:
    """The fields of an entry; a plain value is the field ``value``."""
    if not isinstance(said, dict):
        return {"value": said}
    names = {"value", "mutability", "custom", *more}
    if strange := [Mistake((key,), unknown(key, names)) for key in said if key not in names]:
        raise Mistakes(strange)
    return dict(said)


def _read_said(
    fields: Mapping[str, Any], known: ConfigurationKey[Any] | Variable[Any] | None, most: int
) -> dict[str, Any]:
    mistakes: list[Mistake] = []
    custom = fields.get("custom", False)
    if custom.__class__ is not bool:
        mistakes += [one.under("custom") for one in mismatch("true or false", custom).found]
    elif custom and known is not None:
        mistakes.append(Mistake(("custom",), f"{known} is a standard name, not one of your own"))
    mutability = fields.get("mutability")
    if mutability is not None and mutability not in {each.value for each in Mutability}:
        listed = ", ".join(f'"{each.value}"' for each in Mutability)
        wrong = mismatch(f"one of {listed}", mutability)
        mistakes += [one.under("mutability") for one in wrong.found]
        mutability = None
    text: str | None = None
    at: KeyPath = ("value",) if len(fields) > 1 else ()
    elsewhere = _ELSEWHERE.get(str(known).lower()) if known else None
    if "value" not in fields:
        if mutability is None and not mistakes:
            mistakes.append(Mistake((), "expected a value, or a table with `value`"))
    elif elsewhere:
        mistakes.append(Mistake(at, f"expected in {elsewhere}, not here"))
    else:
        try:
            text = wire_text(fields["value"], known, most)
        except ValueError as error:
            message = str(error).removeprefix(f"{known}: ")
            mistakes.append(Mistake(at, message))
    if mistakes:
        raise Mistakes(mistakes)
    return {
        "value": text,
        "mutability": None if mutability is None else Mutability(mutability),
        "custom": custom,
    }


def _free_text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float() | str():
            return str(value)
        case list() if all(isinstance(item, str) for item in value):
            return ",".join(value)
    msg = "expected a text, a number, true or false, or an array of texts"
    raise ValueError(msg)


def _each(raw: Any, read: Callable[[str, Any], _Entry]) -> list[_Entry]:
    """Read every entry of a table, and gather what is wrong with any."""
    if not isinstance(raw, dict):
        raise mismatch("a table", raw)
    found: list[_Entry] = []
    mistakes: list[Mistake] = []
    for name, said in raw.items():
        try:
            found.append(read(name, said))
        except Mistakes as error:
            mistakes += [one.under(name) for one in error.found]
    if mistakes:
        raise Mistakes(mistakes)
    return found


def _once(
    found: Iterable[_Entry],
    path: Callable[[_Entry], KeyPath],
    same: Callable[[_Entry], tuple[Any, ...]],
) -> tuple[_Entry, ...]:
    seen: dict[tuple[Any, ...], _Entry] = {}
    twice: list[Mistake] = []
    for entry in found:
        if same(entry) in seen:
            twice.append(Mistake(path(entry), "is set twice"))
        seen[same(entry)] = entry
    if twice:
        raise Mistakes(twice)
    return tuple(seen.values())


@cache
def _keys() -> dict[str, ConfigurationKey[Any]]:
    return {name.lower(): key for name, key in v16.KEYS.items()}


@cache
def _variables() -> dict[tuple[str, str, str | None], Variable[Any]]:
    return {
        (component.lower(), name.lower(), instance and instance.lower()): variable
        for (component, name, instance), variable in v201.VARIABLES.items()
    }


@cache
def _components() -> dict[str, str]:
    return {name.lower(): name for name in v201.COMPONENTS}


def _component(name: str) -> str:
    return _components().get(name.lower(), name)


def _find_variable(component: str, name: str, instance: str | None) -> Variable[Any] | None:
    """The standard variable, also where the station names the instance, or any component has it."""
    rows = _variables()
    of, called = component.lower(), name.lower()
    if found := rows.get((of, called, instance and instance.lower())):
        return found if instance or not found.placeholder else None
    anonymous = rows.get((of, called, None))
    if anonymous is not None:
        return anonymous if instance and anonymous.placeholder else None
    return rows.get((_GENERIC, called, None)) if of in _components() else None


def _unknown_variable(component: str, name: str) -> Mistake:
    if component.lower() not in _components():
        return Mistake(
            (), f"component {component} is {unknown(component, v201.COMPONENTS, _CUSTOM_HINT)}"
        )
    return Mistake((), unknown(name, _names_of(component), _CUSTOM_HINT))


def _names_of(component: str) -> Iterator[str]:
    for (of, name, _), variable in v201.VARIABLES.items():
        if of.lower() == component.lower():
            instance = variable.instance or variable.placeholder
            yield f"{name}[{instance}]" if instance else name
        elif of == _GENERIC:
            yield name
