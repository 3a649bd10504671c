"""The variables that a 2.0.1 station has: what they are, read and set (B05, B06)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, TypeAlias, assert_never

from attrs import evolve, frozen

from ocppkit.station.kept import VARIABLES, Kept
from ocppkit.station.on_site import Setting, SettingName, UnfitValue
from ocppkit.station.settings.values import VariableId, VariableValue
from ocppkit.station.v201.variable_names import described, not_found, read_name
from ocppkit.v201 import (
    ComponentType,
    DataEnumType,
    EVSEType,
    GetVariableStatusEnumType,
    MutabilityEnumType,
    SetVariableStatusEnumType,
    VariableType,
)
from ocppkit.variable import Mutability

__all__ = ["Variable", "Variables", "members", "place"]

_logger = logging.getLogger(__name__)

_LARGEST: Final = 2**31 - 1  # of an integer: what follows is reckoned with it
_LONGEST: Final = 1000  # characters of a value that is set (2.0.1 SetVariableDataType)


@frozen(kw_only=True)
class Variable:
    """A variable of a component, with its Actual attribute.

    Attributes:
        component: whose it is.
        name: of the variable.
        get: its value.
        set: takes a value; raises ValueError for one that it does not take. None: read only.
        evse: the number of the component's EVSE.
        connector: the number of the component's connector.
        instance: of the variable.
        data_type: what its value is.
        unit: of its value.
        values: what it may be, or what its list may hold.
        minimum: of its value.
        maximum: of its value; None for what fits an integer of 32 bits.
        summary: whether it tells of availability (B07.FR.09).
        readable: whether anybody may read it.
        locked: whether the CSMS may not set it although it can be set.
    """

    component: str
    name: str
    get: Callable[[], str]
    set: Callable[[str], None] | None = None
    evse: int | None = None
    connector: int | None = None
    instance: str | None = None
    data_type: DataEnumType = DataEnumType.STRING
    unit: str | None = None
    values: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    summary: bool = False
    readable: bool = True
    locked: bool = False

    @property
    def mutability(self) -> MutabilityEnumType:
        """What the CSMS may do."""
        if self.set is None or self.locked:
            return MutabilityEnumType.READ_ONLY
        return MutabilityEnumType.READ_WRITE if self.readable else MutabilityEnumType.WRITE_ONLY

    def read(self) -> str:
        """Its value, as plain text also where it comes as an enum."""
        return str(self.get())

    def take(self, text: str) -> None:
        """Set it.

        Raises:
            ValueError: it does not take this (B05.FR.07 - FR.09).
        """
        if self.set is None:
            raise ValueError(text)
        match self.data_type:
            case DataEnumType.BOOLEAN:
                if text not in {"true", "false"}:
                    raise ValueError(text)
            case DataEnumType.INTEGER:
                whole = text.isascii() and text.isdigit()
                if not whole or not (self.minimum or 0) <= int(text) <= (self.maximum or _LARGEST):
                    raise ValueError(text)
            case DataEnumType.MEMBER_LIST | DataEnumType.OPTION_LIST:
                if self.values and any(part not in self.values for part in members(text)):
                    raise ValueError(text)
        self.set(text)


def members(text: str) -> list[str]:
    """The members of a list as it stands in a value."""
    return [part.strip() for part in text.split(",") if part.strip()]


def place(evse: int | None, connector: int | None) -> EVSEType | None:
    """Where a component is."""
    return None if evse is None else EVSEType(id=evse, connector_id=connector)


_Key: TypeAlias = tuple[str, int | None, int | None, str, str]


def _key(component: str, evse: EVSEType | None, name: str, instance: str | None) -> _Key:
    number, connector = (evse.id, evse.connector_id) if evse else (None, None)
    return (component.lower(), number, connector, name.lower(), (instance or "").lower())


def _key_of(row: Variable) -> _Key:
    return _key(row.component, place(row.evse, row.connector), row.name, row.instance)


class Variables:
    """All variables, found by component and name in any case.

    What the CSMS sets wins over what the station was told, and that over the station's own.
    """

    def __init__(
        self, rows: Iterable[Variable], *, told: Iterable[VariableValue] = (), kept: Kept
    ) -> None:
        """Take up what the station was told.

        Args:
            rows: the station's own variables.
            told: values and mutabilities, and variables of the integrator.
            kept: what the CSMS has set, to outlast a restart.
        """
        self._kept = kept
        self._rows = {_key_of(row): row for row in rows}
        for each in told:
            if each.id.component_instance is not None:
                _logger.error("%s.%s: no component has instances here", *each.id.words())
                continue
            row = _plain(each.id, each.value or "")
            self._rows[_key_of(row)] = _as_told(each, self._rows.get(_key_of(row)), row)
        self._components = {key[:3] for key in self._rows}

    def restore(self) -> None:
        """Take up what was set before the restart; what does not fit any more is left out."""
        for key, value in self._kept.all(VARIABLES).items():
            try:
                self._rows[tuple(json.loads(key))].take(value)
            except (KeyError, TypeError, ValueError):
                _logger.error("%s, which was set once, is ignored: it does not fit any more", key)  # noqa: TRY400  # no traceback helps

    async def keep(self, row: Variable, value: str) -> None:
        """Have a value, which holds already, outlast a restart, where the variable can be set."""
        if row.mutability is not MutabilityEnumType.READ_ONLY:
            await self._put(row, value)

    def all(self) -> list[Variable]:
        """Every variable."""
        return list(self._rows.values())

    def find(
        self, component: ComponentType, variable: VariableType
    ) -> Variable | GetVariableStatusEnumType:
        """A variable, or why there is none (B06.FR.06, FR.07, FR.15)."""
        key = _key(component.name, component.evse, variable.name, variable.instance)
        if component.instance or key[:3] not in self._components:
            return GetVariableStatusEnumType.UNKNOWN_COMPONENT
        return self._rows.get(key, GetVariableStatusEnumType.UNKNOWN_VARIABLE)

    async def change(
        self, component: ComponentType, variable: VariableType, text: str
    ) -> SetVariableStatusEnumType:
        """Set a variable, so that it outlasts a restart (B05)."""
        row = self.find(component, variable)
        if not isinstance(row, Variable):
            return SetVariableStatusEnumType(row.value)
        if row.locked:
            return SetVariableStatusEnumType.REJECTED
        try:
            row.take(text)
        except ValueError:
            return SetVariableStatusEnumType.REJECTED
        await self.keep(row, text)
        return SetVariableStatusEnumType.ACCEPTED

    def setting(self, name: SettingName) -> Setting:
        """A variable for a technician on site.

        Raises:
            UnknownSetting: there is none of this name.
        """
        named = read_name(name)
        where = (named.component.lower(), named.evse, named.connector)
        row = self._rows.get((*where, named.variable.lower(), (named.instance or "").lower()))
        if row is None or named.component_instance is not None:
            raise not_found(named, map(_id_of, self.all()))
        return Setting(
            name=described(_id_of(row)),
            mutability=Mutability(row.mutability.value),
            current=row.read,
            change=None if row.set is None else partial(self._change_on_site, row),
        )

    async def _change_on_site(self, row: Variable, value: str) -> None:
        name = described(_id_of(row))
        if len(value) > _LONGEST:
            msg = f"{name}: expected at most {_LONGEST} characters, got {len(value)}"
            raise UnfitValue(msg)
        try:
            row.take(value)
        except ValueError:
            got = repr(value[:100]) if row.readable else "something else"
            msg = f"{name}: expected {_expected(row)}, got {got}"
            raise UnfitValue(msg) from None
        await self._put(row, value)

    async def _put(self, row: Variable, value: str) -> None:
        await self._kept.put(VARIABLES, {json.dumps(_key_of(row)): value})


def _id_of(row: Variable) -> VariableId:
    return VariableId(
        component=row.component,
        variable=row.name,
        instance=row.instance,
        evse=row.evse,
        connector=row.connector,
    )


def _expected(row: Variable) -> str:
    match row.data_type:
        case DataEnumType.BOOLEAN:
            return "true or false"
        case DataEnumType.INTEGER:
            return f"an integer of at least {row.minimum or 0}"
        case DataEnumType.MEMBER_LIST:
            return f"a list of {', '.join(row.values)}"
        case DataEnumType.OPTION_LIST:
            return f"one of {', '.join(row.values)}"
        case _:
            return f"a {row.data_type} that the station can use"


def _as_told(told: VariableValue, known: Variable | None, plain: Variable) -> Variable:
    """A variable as the station was told to have it.

    Args:
        told: what is said of it.
        known: the station's own.
        plain: one that changes nothing.
    """
    row = known or plain
    if known is not None and told.value is not None:
        if known.set is None:
            row = evolve(known, get=plain.get)
        else:
            try:
                known.take(told.value)
            except ValueError:
                _logger.error("what %s.%s was told to be does not fit it", *told.id.words())  # noqa: TRY400  # no traceback helps
    match told.mutability:
        case Mutability.READ_ONLY:
            return evolve(row, locked=True, readable=True)
        case Mutability.READ_WRITE | Mutability.WRITE_ONLY:
            if row.set is None:
                settable = _plain(told.id, row.read())
                row = evolve(row, get=settable.get, set=settable.set)
            return evolve(row, readable=told.mutability is Mutability.READ_WRITE)
        case None:
            return row
        case _:
            assert_never(told.mutability)


def _plain(named: VariableId, value: str) -> Variable:
    """A variable that changes nothing."""
    from ocppkit.v201.device_model import (  # noqa: PLC0415  # large, and rarely needed
        VARIABLES as STANDARD,
    )

    values = [value]
    standard = STANDARD.get((named.component, named.variable, named.instance))
    return Variable(
        component=named.component,
        name=named.variable,
        evse=named.evse,
        connector=named.connector,
        instance=named.instance,
        get=lambda: values[0],
        set=lambda text: values.__setitem__(0, text),
        data_type=DataEnumType(standard.data_type.value) if standard else DataEnumType.STRING,
        unit=standard.units[0] if standard and standard.units else None,
        values=standard.values if standard else (),
    )
