"""What a schema says of a type, as data: read only where a payload has to be explained."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

__all__ = ["FieldShape", "Kind", "Shape"]


class Kind(StrEnum):
    """What a value is on the wire."""

    ANY = "any"
    BOOLEAN = "boolean"
    DATE_TIME = "date-time"
    ENUM = "enum"
    INTEGER = "integer"
    NUMBER = "number"
    OBJECT = "object"
    STRING = "string"
    URI = "uri"


@frozen(kw_only=True)
class FieldShape:
    """One property of an object.

    Attributes:
        wire: its name on the wire.
        name: its name in Python.
        kind: of the value, or of each item of an array.
        required: whether it must be there.
        array: whether it is an array of such values.
        type: the name of the class or enum, for OBJECT and ENUM.
        values: what an ENUM allows, as on the wire.
        min_length: of a string, in characters.
        max_length: of a string, in characters.
        minimum: of a number.
        maximum: of a number.
        multiple_of: of a number, in decimals: ``"0.1"``.
        min_items: of an array.
        max_items: of an array.
    """

    wire: str
    name: str
    kind: Kind
    required: bool = False
    array: bool = False
    type: str = ""
    values: tuple[str, ...] = ()
    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    multiple_of: str | None = None
    min_items: int | None = None
    max_items: int | None = None


@frozen(kw_only=True)
class Shape:
    """An object: a message or a datatype.

    Attributes:
        name: of the class.
        fields: in the schema's order.
        open: whether properties that the schema does not name are kept (in ``extra``).
        integral_floats: whether ``1.0`` is an integer: so in draft 6, not in draft 4.
    """

    name: str
    fields: tuple[FieldShape, ...]
    open: bool = False
    integral_floats: bool = True
