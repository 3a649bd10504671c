"""Reads components of the integrator's own, and what is said of standard ones.

Two forms are read: ours, from TOML or JSON, with ``[[component]]`` and ``[[component.variable]]``
tables; and libocpp's, one JSON object a component, with its variables in ``properties``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, TypeVar

from attrs import frozen

from ocppkit.device_model.catalogue import characteristics_of, standard
from ocppkit.device_model.disagreement import Disagreement
from ocppkit.device_model.model import Attribute, Characteristics, Entry
from ocppkit.device_model.names import VariableId
from ocppkit.v201 import AttributeEnumType
from ocppkit.value import Value
from ocppkit.variable import DataType, Mutability

__all__ = ["read_components"]

_T = TypeVar("_T", bound=StrEnum)

_LONGEST_NAME: Final = 50  # characters (2.0.1 ComponentType.name, VariableType.name)
_LONGEST_UNIT: Final = 16  # characters (2.0.1 VariableCharacteristicsType.unit)
_OURS: Final = {
    AttributeEnumType.ACTUAL: "actual",
    AttributeEnumType.TARGET: "target",
    AttributeEnumType.MIN_SET: "min_set",
    AttributeEnumType.MAX_SET: "max_set",
}
_COMPONENT_KEYS: Final = frozenset({"name", "instance", "evse", "connector", "variable"})
_VARIABLE_KEYS: Final = frozenset(
    {
        "name",
        "instance",
        "data_type",
        "unit",
        "min_limit",
        "max_limit",
        "max_length",
        "values",
        "monitoring",
        "summary",
        *_OURS.values(),
    }
)
_ATTRIBUTE_KEYS: Final = frozenset({"value", "mutability", "persistent", "constant"})


class _Wrong(Exception):
    """Something cannot be read; the text says what was expected."""


@frozen
class _Place(Value):
    """A component, as far as it is read."""

    name: str
    instance: str | None
    evse: int | None
    connector: int | None


def read_components(document: Any, source: str) -> tuple[list[Entry], list[Disagreement]]:
    """Read a document.

    Args:
        document: what TOML or JSON gave.
        source: the file, for the report.

    Returns:
        What can be read, each variable with the characteristics that the catalogue has where
        the document says none; and everything that is wrong.
    """
    if isinstance(document, dict) and "properties" in document:
        read, components = _read_libocpp, [document]
    elif isinstance(document, dict) and isinstance(document.get("component"), list):
        read, components = _read_ours, document["component"]
    else:
        expected = "expected an array of tables `component`, or libocpp's `properties`"
        return [], [Disagreement(source=source, where="", message=expected)]
    entries: list[Entry] = []
    wrong: list[Disagreement] = []
    for index, component in enumerate(components):
        try:
            for found in read(_table(component)):
                if isinstance(found, Entry):
                    entries.append(found)
                else:
                    where, message = found
                    wrong.append(Disagreement(source=source, where=where, message=message))
        except _Wrong as error:
            where = f"component {index + 1}"
            wrong.append(Disagreement(source=source, where=where, message=str(error)))
    return entries, wrong


def _read_ours(raw: dict[str, Any]) -> Iterator[Entry | tuple[str, str]]:
    place = _Place(
        _name(raw, "name"),
        _name(raw, "instance", needed=False),
        _number(raw, "evse"),
        _number(raw, "connector"),
    )
    for key in sorted(set(raw) - _COMPONENT_KEYS):
        yield place.name, f"there is no setting {key}"
    variables = raw.get("variable")
    if not isinstance(variables, list) or not variables:
        raise _Wrong(f"{place.name}: expected an array of tables `variable`")
    for index, each in enumerate(variables):
        where = f"{place.name}: variable {index + 1}"
        try:
            variable = _table(each)
            name = _name(variable, "name")
            where = f"{place.name}.{name}"
            for key in sorted(set(variable) - _VARIABLE_KEYS):
                yield where, f"there is no setting {key}"
            yield _ours(place, name, variable)
        except _Wrong as error:
            yield where, str(error)


def _ours(place: _Place, name: str, raw: dict[str, Any]) -> Entry:
    attributes = []
    for type_, key in _OURS.items():
        said = raw.get(key)
        if said is None:
            continue
        fields = said if isinstance(said, dict) else {"value": said}
        if strange := sorted(set(fields) - _ATTRIBUTE_KEYS):
            raise _Wrong(f"{key}: there is no setting {strange[0]}")
        attributes.append(_attribute(type_, fields))
    values = raw.get("values", [])
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise _Wrong("values: expected an array of texts")
    return _entry(
        place,
        name,
        raw,
        attributes,
        data_type=raw.get("data_type"),
        unit=raw.get("unit"),
        limits=(raw.get("min_limit"), raw.get("max_limit"), raw.get("max_length")),
        values=tuple(values),
    )


def _read_libocpp(raw: dict[str, Any]) -> Iterator[Entry | tuple[str, str]]:
    place = _Place(
        _name(raw, "name"),
        _name(raw, "instance", needed=False),
        _number(raw, "evse_id"),
        _number(raw, "connector_id"),
    )
    properties = raw["properties"]
    if not isinstance(properties, dict):
        raise _Wrong(f"{place.name}: expected an object `properties`")
    for key, each in properties.items():
        where = f"{place.name}.{key}"
        try:
            variable = _table(each)
            yield _libocpp(place, _name(variable, "variable_name"), variable)
        except _Wrong as error:
            yield where, str(error)


def _libocpp(place: _Place, name: str, raw: dict[str, Any]) -> Entry:
    told = raw.get("characteristics", {})
    said = raw.get("attributes", [])
    if not isinstance(told, dict) or not isinstance(said, list):
        raise _Wrong("expected an object `characteristics` and an array `attributes`")
    known = standard(place.name, name, raw.get("instance"))
    measured = known is not None and known.mutability is Mutability.READ_ONLY
    attributes = []
    for each in said:
        fields = dict(_table(each))
        type_ = _member(AttributeEnumType, fields.get("type", "Actual"), "type")
        if fields.get("value") is None and type_ is AttributeEnumType.ACTUAL and not measured:
            fields["value"] = raw.get("default")
        attributes.append(_attribute(type_, fields))
    listed = told.get("valuesList")
    if not (listed is None or isinstance(listed, str)):
        raise _Wrong("valuesList: expected a text")
    data_type = _member(DataType, told["dataType"], "dataType") if "dataType" in told else None
    text = data_type not in {None, DataType.INTEGER, DataType.DECIMAL}
    least, most = told.get("minLimit"), told.get("maxLimit")
    return _entry(
        place,
        name,
        {"instance": raw.get("instance"), "monitoring": told.get("supportsMonitoring", False)},
        attributes,
        data_type=data_type,
        unit=told.get("unit"),
        limits=(None, None, most) if text else (least, most, None),
        values=tuple(part.strip() for part in (listed or "").split(",") if part.strip()),
    )


def _entry(
    place: _Place,
    name: str,
    raw: Mapping[str, Any],
    attributes: Iterable[Attribute],
    *,
    data_type: Any,
    unit: Any,
    limits: tuple[Any, Any, Any],
    values: tuple[str, ...],
) -> Entry:
    if place.connector is not None and place.evse is None:
        raise _Wrong("a connector needs the number of its EVSE")
    instance = _name(raw, "instance", needed=False)
    known = standard(place.name, name, instance)
    said = characteristics_of(known) if known else None
    if data_type is None and said is None:
        raise _Wrong("expected a data type: the specification has no such variable")
    if not (unit is None or (isinstance(unit, str) and len(unit) <= _LONGEST_UNIT)):
        raise _Wrong(f"unit: expected a text of at most {_LONGEST_UNIT} characters")
    least, most, longest = (
        _limit(value, key)
        for value, key in zip(limits, ("min_limit", "max_limit", "max_length"), strict=True)
    )
    told = Characteristics(
        data_type=_member(DataType, data_type, "data_type")
        if data_type is not None or said is None
        else said.data_type,
        unit=unit,
        min_limit=least,
        max_limit=most,
        max_length=None if longest is None else int(longest),
        values=values,
        supports_monitoring=_flag(raw, "monitoring"),
    )
    held = tuple(attributes) or (Attribute(),)
    if len({each.type for each in held}) < len(held):
        raise _Wrong("an attribute is told twice")
    return Entry(
        id=VariableId(
            component=place.name,
            variable=name,
            component_instance=place.instance,
            instance=instance,
            evse=place.evse,
            connector=place.connector,
        ),
        characteristics=told,
        attributes=held,
        summary=_flag(raw, "summary"),
    )


def _attribute(type_: AttributeEnumType, fields: Mapping[str, Any]) -> Attribute:
    mutability = fields.get("mutability")
    return Attribute(
        type=type_,
        value=_text(fields.get("value")),
        mutability=None if mutability is None else _member(Mutability, mutability, "mutability"),
        persistent=_flag(fields, "persistent"),
        constant=_flag(fields, "constant"),
    )


def _text(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case int() | str():
            return str(value)
        case float():
            return f"{value:.15g}"
        case list() if all(isinstance(each, str) for each in value):
            return ",".join(value)
        case _:
            raise _Wrong("value: expected a text, a number, true or false, or an array of texts")


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Wrong("expected a table")
    return value


def _name(raw: Mapping[str, Any], key: str, *, needed: bool = True) -> Any:
    name = raw.get(key)
    if name is None and not needed:
        return None
    if not isinstance(name, str) or not (name.isprintable() and 1 <= len(name) <= _LONGEST_NAME):
        raise _Wrong(f"{key}: expected a text of 1 to {_LONGEST_NAME} characters")
    return name


def _number(raw: Mapping[str, Any], key: str) -> int | None:
    number = raw.get(key)
    if number is not None and (number.__class__ is not int or number < 1):
        raise _Wrong(f"{key}: expected an integer of at least 1")
    return number


def _limit(value: Any, key: str) -> float | None:
    if value is not None and value.__class__ not in {int, float}:
        raise _Wrong(f"{key}: expected a number")
    return None if value is None else value


def _flag(raw: Mapping[str, Any], key: str) -> bool:
    flag = raw.get(key, False)
    if flag.__class__ is not bool:
        raise _Wrong(f"{key}: expected true or false")
    return bool(flag)


def _member(kind: type[_T], value: Any, key: str) -> _T:
    try:
        return kind(value)
    except ValueError:
        listed = ", ".join(each.value for each in kind)
        raise _Wrong(f"{key}: expected one of {listed}") from None
