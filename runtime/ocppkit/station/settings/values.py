"""What is said of configuration keys and variables, and where it comes from."""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from ocppkit.variable import Mutability

__all__ = ["KeyValue", "Origin", "VariableId", "VariableValue"]


class Origin(StrEnum):
    """Where a value comes from; what comes later wins."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    OCPP = "ocpp"


@frozen(kw_only=True)
class VariableId:
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

    def words(self) -> tuple[str, str]:
        """The component and the variable as in the file: ``("EVSE", "ItemsPerMessage[Get]")``."""
        component, variable = self.component, self.variable
        if self.component_instance is not None:
            component += f"[{self.component_instance}]"
        if self.instance is not None:
            variable += f"[{self.instance}]"
        return component, variable


@frozen(kw_only=True)
class KeyValue:
    """What is said of a 1.6 configuration key.

    Attributes:
        name: as the specification spells it.
        value: as it stands on the wire; None where only the mutability is said.
        mutability: None: as the station has it.
        custom: whether it is one of the integrator's own.
        origin: the file or the environment.
    """

    name: str
    value: str | None = field(default=None, repr=False)  # some are not to be seen
    mutability: Mutability | None = None
    custom: bool = False
    origin: Origin = Origin.FILE


@frozen(kw_only=True)
class VariableValue:
    """What is said of a 2.0.1 variable.

    Attributes:
        id: which.
        value: as it stands on the wire; None where only the mutability is said.
        mutability: None: as the station has it.
        custom: whether it is one of the integrator's own.
        origin: the file or the environment.
    """

    id: VariableId
    value: str | None = field(default=None, repr=False)  # some are not to be seen
    mutability: Mutability | None = None
    custom: bool = False
    origin: Origin = Origin.FILE
