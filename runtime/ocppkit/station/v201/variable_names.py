"""The names of variables as people write them: ``Component.Variable``, instances in brackets."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ocppkit.device_model.names import VariableId
from ocppkit.station.on_site import SettingName, UnknownSetting
from ocppkit.station.settings.mistakes import nearest

__all__ = ["not_found", "read_name"]

_INSTANCE = r"(?:\[([^\[\]]{1,50})\])?"
_NAMED = re.compile(rf"([^\[\].]{{1,50}}){_INSTANCE}\.([^\[\]]{{1,50}}){_INSTANCE}").fullmatch


def read_name(name: SettingName) -> VariableId:
    """The variable that somebody means.

    Raises:
        UnknownSetting: it is not the name of a variable.
    """
    if isinstance(name, VariableId):
        return name
    found = _NAMED(name)
    if found is None:
        msg = f"Component.Variable is expected, as TxCtrlr.EVConnectionTimeOut, not {name[:120]!r}"
        raise UnknownSetting(msg)
    component, component_instance, variable, instance = found.groups()
    return VariableId(
        component=component,
        component_instance=component_instance,
        variable=variable,
        instance=instance,
    )


def not_found(named: VariableId, known: Iterable[VariableId]) -> UnknownSetting:
    """What to raise for a variable that is not there: says what might have been meant."""
    there = list(known)
    name = ".".join(named.words())
    elsewhere = [each for each in there if _same(each, named)]
    if elsewhere:
        places = ", ".join(dict.fromkeys(map(_place, elsewhere)))
        return UnknownSetting(f"{name}: there is none at {_place(named)}, but at {places}")
    near = nearest(name, [".".join(each.words()) for each in there])
    hint = f": did you mean {near}?" if near else ""
    return UnknownSetting(f"there is no variable {name}{hint}")


def _same(one: VariableId, other: VariableId) -> bool:
    return [each.lower() for each in one.words()] == [each.lower() for each in other.words()]


def _place(named: VariableId) -> str:
    if named.evse is None:
        return "the station as a whole"
    connector = "" if named.connector is None else f", connector {named.connector}"
    return f"EVSE {named.evse}{connector}"
