"""What a station said of its variables: the full inventory, read once and kept up to date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from attrs import define, evolve, field, frozen

from ocppkit.v201 import (
    AttributeEnumType,
    ComponentType,
    EVSEType,
    MutabilityEnumType,
    ReportDataType,
    VariableCharacteristicsType,
    VariableType,
)
from ocppkit.variable import Variable

__all__ = ["Inventory", "Item", "Key", "VariableName", "key_of"]


@frozen(kw_only=True)
class Key:
    """A variable of a component, and where that is.

    Attributes:
        component: its name.
        name: of the variable.
        instance: of the variable.
        component_instance: of the component.
        evse: None for the station.
        connector: None for the EVSE.
    """

    component: str
    name: str
    instance: str | None = None
    component_instance: str | None = None
    evse: int | None = None
    connector: int | None = None

    def __str__(self) -> str:
        place = "" if self.evse is None else f"@{self.evse}"
        place += "" if self.connector is None else f".{self.connector}"
        of = f"[{self.instance}]" if self.instance else ""
        component = f"[{self.component_instance}]" if self.component_instance else ""
        return f"{self.component}{component}{place}.{self.name}{of}"

    @property
    def component_type(self) -> ComponentType:
        """As messages hold it."""
        evse = None
        if self.evse is not None:
            evse = EVSEType(id=self.evse, connector_id=self.connector)
        return ComponentType(name=self.component, instance=self.component_instance, evse=evse)

    @property
    def variable_type(self) -> VariableType:
        """As messages hold it."""
        return VariableType(name=self.name, instance=self.instance)

    def at(self, evse: int, connector: int | None = None) -> Key:
        """The same of an EVSE, or of one of its connectors."""
        return evolve(self, evse=evse, connector=connector)


VariableName: TypeAlias = "Key | Variable[Any] | str"
"""A variable: a key, a constant of `ocppkit.v201.device_model`, or ``"TxCtrlr.TxStartPoint"``."""


def key_of(variable: VariableName) -> Key:
    """The key of a variable."""
    match variable:
        case Key():
            return variable
        case Variable():
            return Key(component=variable.component, name=variable.name, instance=variable.instance)
    component, _, name = variable.partition(".")
    name, _, instance = name.partition("[")
    return Key(component=component, name=name, instance=instance.removesuffix("]") or None)


@define(kw_only=True)
class Item:
    """A variable that the station has.

    Attributes:
        key: as the station spells it.
        value: the actual one; None where it is not told.
        mutability: ReadWrite where the station does not say.
        characteristics: None where the station does not say.
    """

    key: Key
    value: str | None = None
    mutability: MutabilityEnumType = MutabilityEnumType.READ_WRITE
    characteristics: VariableCharacteristicsType | None = None

    @property
    def writable(self) -> bool:
        """Whether the CSMS may set it."""
        return self.mutability is not MutabilityEnumType.READ_ONLY

    @property
    def values(self) -> tuple[str, ...]:
        """What its list of values allows; nothing where there is none."""
        listed = self.characteristics and self.characteristics.values_list
        return tuple(each.strip() for each in listed.split(",")) if listed else ()


@define
class Inventory:
    """All variables of a station.

    Attributes:
        reports: as they came, for what a case wants to know besides.
    """

    reports: list[ReportDataType] = field(factory=list)
    _items: dict[tuple[object, ...], Item] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        """Index the reports."""
        self.add(self.reports)

    def add(self, reports: Iterable[ReportDataType]) -> None:
        """Take up more, or newer, reports."""
        for report in reports:
            component, variable = report.component, report.variable
            place = component.evse
            item = Item(
                key=Key(
                    component=component.name,
                    component_instance=component.instance,
                    evse=None if place is None else place.id,
                    connector=None if place is None else place.connector_id,
                    name=variable.name,
                    instance=variable.instance,
                ),
                characteristics=report.variable_characteristics,
            )
            for attribute in report.variable_attribute:
                if attribute.type in (None, AttributeEnumType.ACTUAL):
                    item.value = attribute.value
                    item.mutability = attribute.mutability or MutabilityEnumType.READ_WRITE
            self._items[_index(item.key)] = item

    def __iter__(self) -> Iterator[Item]:
        """All of them."""
        return iter(self._items.values())

    def get(self, variable: VariableName) -> Item | None:
        """A variable; None where the station has none such."""
        return self._items.get(_index(key_of(variable)))

    def value(self, variable: VariableName, default: str = "") -> str:
        """A value, or the default where the station does not tell any."""
        item = self.get(variable)
        return default if item is None or item.value is None else item.value

    def true(self, variable: VariableName) -> bool:
        """Whether a boolean variable is true."""
        return self.value(variable).lower() == "true"

    def members(self, variable: VariableName) -> tuple[str, ...]:
        """The items of a list."""
        return tuple(part.strip() for part in self.value(variable).split(",") if part.strip())

    @property
    def connectors(self) -> tuple[tuple[int, int], ...]:
        """All connectors: EVSE and connector."""
        return tuple(
            sorted(
                {
                    (item.key.evse, item.key.connector)
                    for item in self
                    if item.key.component.lower() == "connector"
                    if item.key.evse and item.key.connector
                }
            )
        )

    @property
    def evses(self) -> tuple[int, ...]:
        """All EVSEs."""
        return tuple(sorted({item.key.evse for item in self if item.key.evse}))


def _index(key: Key) -> tuple[object, ...]:
    """Names do not differ by case (Part 1 §4.2)."""
    return (
        key.component.lower(),
        (key.component_instance or "").lower(),
        key.evse,
        key.connector,
        key.name.lower(),
        (key.instance or "").lower(),
    )
