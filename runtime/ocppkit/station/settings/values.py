"""What is said of configuration keys and variables, and where it comes from."""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from ocppkit.device_model.names import VariableId
from ocppkit.value import Value
from ocppkit.variable_terms import Mutability

__all__ = ["KeyValue", "Origin", "VariableId", "VariableValue"]


class Origin(StrEnum):
    """Where a value comes from; what comes later wins."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    OCPP = "ocpp"


@frozen(kw_only=True, eq=False, repr=False)
class KeyValue(Value):
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


@frozen(kw_only=True, eq=False, repr=False)
class VariableValue(Value):
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
