"""Which of the values that a key or variable was given holds: pure arithmetic of precedence.

What OCPP set, kept in the store, wins over the environment, which wins over the file, which wins
over the defaults. The first three of these are the factory defaults of a key or variable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from attrs import frozen

from ocppkit.station.settings.about import About, rows
from ocppkit.station.settings.document import StationSettings
from ocppkit.station.settings.values import KeyValue, Origin, VariableId, VariableValue
from ocppkit.v16.configuration import KEYS
from ocppkit.v201.device_model import VARIABLES
from ocppkit.value import Value
from ocppkit.variable import ConfigurationKey, Variable

__all__ = ["Sourced", "configuration_values", "effective", "variable_values"]

K = TypeVar("K")
V = TypeVar("V")


@frozen(eq=False, repr=False)
class Sourced(Value, Generic[V]):
    """A value and where it comes from."""

    value: V
    origin: Origin


def effective(factory: Mapping[K, Sourced[V]], stored: Mapping[K, V]) -> dict[K, Sourced[V]]:
    """The values that hold.

    Args:
        factory: what file, environment and defaults say.
        stored: what OCPP set since; wins.
    """
    return {**factory, **{key: Sourced(value, Origin.OCPP) for key, value in stored.items()}}


def configuration_values(settings: StationSettings) -> dict[str, Sourced[str]]:
    """The factory defaults of 1.6 keys, as on the wire, where the settings say any.

    A key by name wins over the setting of the same meaning.
    """
    told = {
        said.key: Sourced(_wire(KEYS[said.key], value), settings.origins.get(path, Origin.DEFAULT))
        for path, said, value in _leaves(settings)
        if said.key is not None and value is not None
    }
    return _with_entries(told, ((one.name, one) for one in settings.v16.configuration))


def variable_values(settings: StationSettings) -> dict[VariableId, Sourced[str]]:
    """The factory defaults of 2.0.1 variables, as on the wire, where the settings say any.

    A variable by name wins over the setting of the same meaning.
    """
    told = {
        named: Sourced(
            _wire(VARIABLES[named.component, named.variable, named.instance], value),
            settings.origins.get(path, Origin.DEFAULT),
        )
        for path, said, value in _leaves(settings)
        if (named := said.variable) is not None and value is not None
    }
    return _with_entries(told, ((one.id, one) for one in settings.v201.variables))


def _leaves(table: Any, path: str = "") -> Iterator[tuple[str, About, Any]]:
    for attribute, said in rows(type(table)):
        here = f"{path}.{attribute.name}".removeprefix(".")
        value = getattr(table, attribute.name)
        if said.kind.table is None:
            yield here, said, value
        elif not said.kind.many:
            yield from _leaves(value, here)


def _wire(known: ConfigurationKey[Any] | Variable[Any], value: Any) -> str:
    if isinstance(value, frozenset):
        value = sorted(value)
    return known.format(tuple(map(str, value)) if isinstance(value, list | tuple) else value)


def _with_entries(
    told: dict[K, Sourced[str]], entries: Iterable[tuple[K, KeyValue | VariableValue]]
) -> dict[K, Sourced[str]]:
    named = {key: Sourced(one.value, one.origin) for key, one in entries if one.value is not None}
    return {**told, **named}
