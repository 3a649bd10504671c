"""What the device model is made of: variables of components, with attributes and characteristics.

A variable has characteristics, which never change, and up to four attributes: what it is (Actual),
what it should be (Target), and between which values that may be set (MinSet, MaxSet) (2.0.1 Part 1
§4.3).
"""

from __future__ import annotations

from attrs import field, frozen

from ocppkit.device_model.names import VariableId
from ocppkit.v201 import AttributeEnumType
from ocppkit.value import Value
from ocppkit.variable import DataType, Mutability

__all__ = ["Attribute", "Characteristics", "Entry"]


@frozen(kw_only=True, eq=False, repr=False)
class Characteristics(Value):
    """What a variable may hold.

    Attributes:
        data_type: what its value is.
        unit: of its value.
        min_limit: the least value.
        max_limit: the greatest value.
        max_length: the most characters of its text.
        values: what it may be, or what its list may hold; empty for anything.
        supports_monitoring: whether the CSMS can have it watched.
    """

    data_type: DataType
    unit: str | None = None
    min_limit: float | None = None
    max_limit: float | None = None
    max_length: int | None = None
    values: tuple[str, ...] = ()
    supports_monitoring: bool = False


@frozen(kw_only=True, eq=False, repr=False)
class Attribute(Value):
    """An attribute of a variable.

    Attributes:
        type: which.
        value: as it stands on the wire; None while it has none.
        mutability: what the CSMS may do; None where nothing is said.
        persistent: whether its value outlasts a restart.
        constant: whether the station never changes its value while it runs.
    """

    type: AttributeEnumType = AttributeEnumType.ACTUAL
    value: str | None = field(default=None, repr=False)  # some are not to be seen
    mutability: Mutability | None = None
    persistent: bool = False
    constant: bool = False

    @property
    def readable(self) -> bool:
        """Whether the CSMS may see its value."""
        return self.mutability is not Mutability.WRITE_ONLY

    @property
    def settable(self) -> bool:
        """Whether the CSMS may set it."""
        return self.mutability is not Mutability.READ_ONLY


@frozen(kw_only=True, eq=False, repr=False)
class Entry(Value):
    """A variable of a component.

    Attributes:
        id: which.
        characteristics: what it may hold.
        attributes: at least one, none twice.
        summary: whether it tells of availability (B07.FR.09).
    """

    id: VariableId
    characteristics: Characteristics
    attributes: tuple[Attribute, ...]
    summary: bool = False

    def attribute(self, type: AttributeEnumType) -> Attribute | None:
        """One of its attributes."""
        return next((each for each in self.attributes if each.type is type), None)

    @property
    def actual(self) -> str | None:
        """Its Actual value, where it has one."""
        found = self.attribute(AttributeEnumType.ACTUAL)
        return found.value if found else None
