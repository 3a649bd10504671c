"""What the generator knows of a protocol version: the one input of all templates."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen

from ocppkit.codegen.tables import Tables

__all__ = [
    "Action",
    "Enum",
    "Field",
    "Kind",
    "Limits",
    "Member",
    "Message",
    "Protocol",
    "Struct",
]


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
class Limits:
    """The limits of a value (or of each item) and of its array."""

    min_length: int | None = None
    max_length: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    multiple_of: str | None = None
    min_items: int | None = None
    max_items: int | None = None


@frozen(kw_only=True)
class Field:
    """A property of a struct.

    Attributes:
        wire: its name on the wire.
        name: its name in Python.
        kind: what the value, or each item of the array, is.
        ref: the struct or enum that an OBJECT or ENUM is.
        required: whether it must be there.
        array: whether it is an array.
        limits: what the schema allows.
        doc: one line.
    """

    wire: str
    name: str
    kind: Kind
    ref: str = ""
    required: bool = False
    array: bool = False
    limits: Limits = Limits()
    doc: str = ""


@frozen(kw_only=True)
class Member:
    """A value of an enum."""

    name: str
    value: str
    doc: str = ""


@frozen(kw_only=True)
class Enum:
    """A closed set of strings."""

    name: str
    members: tuple[Member, ...]
    doc: str = ""


@frozen(kw_only=True)
class Struct:
    """An object: a datatype or a message.

    Attributes:
        name: of the class.
        fields: in the schema's order.
        open: whether unknown properties are kept.
        integral_floats: whether ``1.0`` counts as an integer (JSON Schema draft 6, not draft 4).
        doc: one line.
    """

    name: str
    fields: tuple[Field, ...]
    open: bool = False
    integral_floats: bool = True
    doc: str = ""


@frozen(kw_only=True)
class Message:
    """One direction of an action."""

    action: str
    struct: Struct


@frozen(kw_only=True)
class Action:
    """A request, its response, and who may ask whom.

    Attributes:
        name: as on the wire.
        stem: in Python names: ``boot_notification``.
        receivers: ``station``, ``csms`` or both.
        block: the block or profile, as its module is called: ``b_provisioning``.
        request: the request.
        response: the response.
        doc: one line.
    """

    name: str
    stem: str
    receivers: tuple[str, ...]
    block: str
    request: Struct
    response: Struct
    doc: str = ""


@frozen(kw_only=True)
class Protocol:
    """A protocol version.

    Attributes:
        folder: as its folder is called: ``v201``.
        package: the package that its generated package is put in: ``ocppkit``.
        actions: sorted by name.
        structs: the datatypes, by name.
        enums: by name.
        homes: name of a datatype or enum → the stem of the only action that uses it; what
            several actions use is not in it.
        tables: the device model, the configuration keys, the codes.
    """

    folder: str
    package: str
    actions: tuple[Action, ...]
    structs: Mapping[str, Struct] = field(factory=dict)
    enums: Mapping[str, Enum] = field(factory=dict)
    homes: Mapping[str, str] = field(factory=dict)
    tables: Tables = field(factory=Tables)
