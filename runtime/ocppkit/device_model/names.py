"""The names of variables: as they are spelled, and by what they are found."""

from __future__ import annotations

from functools import cached_property
from typing import TypeAlias

from attrs import frozen

from ocppkit.value import Value

__all__ = ["VariableId", "VariableKey"]

VariableKey: TypeAlias = tuple[str, str, int | None, int | None, str, str]
"""By what a variable is found, whatever case its names are in: component, its instance, EVSE,
connector, variable, its instance."""


@frozen(kw_only=True, eq=False, repr=False, slots=False)
class VariableId(Value):
    """The name of a 2.0.1 variable, in the order in which they are sorted.

    Attributes:
        component: as on the wire.
        variable: as on the wire.
        component_instance: None where the component has none.
        instance: of the variable; None where it has none.
        evse: number of the component's EVSE; None for the whole station.
        connector: number of the component's connector.
    """

    component: str
    variable: str
    component_instance: str | None = None
    instance: str | None = None
    evse: int | None = None
    connector: int | None = None

    @cached_property
    def key(self) -> VariableKey:
        """The same in lower case, and with an empty instance for none (B06.FR.15)."""
        return (
            self.component.lower(),
            (self.component_instance or "").lower(),
            self.evse,
            self.connector,
            self.variable.lower(),
            (self.instance or "").lower(),
        )

    def words(self) -> tuple[str, str]:
        """The component and the variable as in the file: ``("EVSE", "ItemsPerMessage[Get]")``."""
        component, variable = self.component, self.variable
        if self.component_instance is not None:
            component += f"[{self.component_instance}]"
        if self.instance is not None:
            variable += f"[{self.instance}]"
        return component, variable

    def described(self) -> str:
        """The variable in words, with its place: ``EVSE.Power (EVSE 1)``."""
        text = ".".join(self.words())
        if self.evse is None:
            return text
        connector = "" if self.connector is None else f", connector {self.connector}"
        return f"{text} (EVSE {self.evse}{connector})"
