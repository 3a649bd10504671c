"""The variables that a 2.0.1 station has: what they are, read and set (B05, B06)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import frozen

from ocppkit.v201 import (
    ComponentType,
    DataEnumType,
    EVSEType,
    GetVariableStatusEnumType,
    SetVariableStatusEnumType,
    VariableType,
)

__all__ = ["Variable", "Variables", "members", "place"]


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
        summary: whether it tells of availability (B07.FR.09).
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
    summary: bool = False

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
                if not (text.isascii() and text.isdigit()) or int(text) < (self.minimum or 0):
                    raise ValueError(text)
            case DataEnumType.MEMBER_LIST | DataEnumType.OPTION_LIST:
                if any(part not in self.values for part in members(text)):
                    raise ValueError(text)
        self.set(text)


def members(text: str) -> list[str]:
    """The members of a list as it stands in a value."""
    return [part.strip() for part in text.split(",") if part.strip()]


def place(evse: int | None, connector: int | None) -> EVSEType | None:
    """Where a component is."""
    return None if evse is None else EVSEType(id=evse, connector_id=connector)


def _key(
    component: str, evse: EVSEType | None, name: str, instance: str | None
) -> tuple[str, int | None, int | None, str, str]:
    number, connector = (evse.id, evse.connector_id) if evse else (None, None)
    return (component.lower(), number, connector, name.lower(), (instance or "").lower())


class Variables:
    """All variables, found by component and name in any case."""

    def __init__(self, rows: Iterable[Variable]) -> None:
        self._rows = {
            _key(row.component, place(row.evse, row.connector), row.name, row.instance): row
            for row in rows
        }
        self._components = {key[:3] for key in self._rows}

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

    def change(
        self, component: ComponentType, variable: VariableType, text: str
    ) -> SetVariableStatusEnumType:
        """Set a variable (B05)."""
        row = self.find(component, variable)
        if not isinstance(row, Variable):
            return SetVariableStatusEnumType(row.value)
        try:
            row.take(text)
        except ValueError:
            return SetVariableStatusEnumType.REJECTED
        return SetVariableStatusEnumType.ACCEPTED
