"""Reads components of the integrator's own, and what is said of standard ones.

Two forms are read: ours, from TOML or JSON, with ``[[component]]`` and ``[[component.variable]]``
tables; and libocpp's, one JSON object a component, with its variables in ``properties``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from attrs import frozen

from ocppkit.device_model import fields
from ocppkit.device_model.catalogue import characteristics_of, standard
from ocppkit.device_model.disagreement import Disagreement
from ocppkit.device_model.fields import Reading, Wrong
from ocppkit.device_model.model import Attribute, Characteristics, Entry
from ocppkit.device_model.names import VariableId
from ocppkit.v201 import AttributeEnumType
from ocppkit.value import Value
from ocppkit.variable import DataType, Mutability

__all__ = ["read_components"]


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


@frozen
class _Place(Value):
    """A component, as far as it is read: without a name where that cannot be."""

    name: str | None
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
        label = f"component {index + 1}"
        try:
            for found in read(fields.table(component), label):
                if isinstance(found, Entry):
                    entries.append(found)
                else:
                    where, message = found
                    wrong.append(Disagreement(source=source, where=where, message=message))
        except Wrong as error:
            wrong += [Disagreement(source=source, where=label, message=each) for each in error.args]
    return entries, wrong


_Found: TypeAlias = Iterator[Entry | tuple[str, str]]


def _read_ours(raw: dict[str, Any], label: str) -> _Found:
    reading = Reading()
    place = _read_place(raw, "evse", "connector", reading)
    called = place.name or label
    yield from ((label, each) for each in reading.wrong)
    for key in sorted(set(raw) - _COMPONENT_KEYS):
        yield called, f"there is no setting {key}"
    variables = raw.get("variable")
    if not isinstance(variables, list) or not variables:
        expected = "expected an array of tables `variable`"
        yield label, expected if reading.wrong else f"{called}: {expected}"
        return
    for index, each in enumerate(variables):
        where = f"{called}: variable {index + 1}"
        try:
            variable = fields.table(each)
            name = fields.name(variable, "name")
            where = f"{called}.{name}"
            for key in sorted(set(variable) - _VARIABLE_KEYS):
                yield where, f"there is no setting {key}"
            entry = _ours(place, name, variable)
        except Wrong as error:
            yield from ((where, each) for each in error.args)
        else:
            if not reading.wrong:
                yield entry


def _read_place(raw: dict[str, Any], evse: str, connector: str, reading: Reading) -> _Place:
    place = _Place(
        reading.take(fields.name, raw, "name"),
        reading.take(fields.name, raw, "instance", needed=False),
        reading.take(fields.number, raw, evse),
        reading.take(fields.number, raw, connector),
    )
    return _Place(None, None, None, None) if reading.wrong else place


def _ours(place: _Place, name: str, raw: dict[str, Any]) -> Entry:
    reading = Reading()
    return _entry(
        place,
        name,
        raw,
        [
            reading.take(_our_attribute, type_, key, raw[key])
            for type_, key in _OURS.items()
            if raw.get(key) is not None
        ],
        reading,
        data_type=raw.get("data_type"),
        unit=raw.get("unit"),
        limits=(raw.get("min_limit"), raw.get("max_limit"), raw.get("max_length")),
        values=raw.get("values", []),
    )


def _our_attribute(type_: AttributeEnumType, key: str, said: Any) -> Attribute:
    raw = said if isinstance(said, dict) else {"value": said}
    if strange := sorted(set(raw) - _ATTRIBUTE_KEYS):
        raise Wrong(*(f"{key}: there is no setting {each}" for each in strange))
    return _attribute(type_, raw)


def _read_libocpp(raw: dict[str, Any], label: str) -> _Found:
    reading = Reading()
    place = _read_place(raw, "evse_id", "connector_id", reading)
    called = place.name or label
    yield from ((label, each) for each in reading.wrong)
    properties = raw["properties"]
    if not isinstance(properties, dict):
        raise Wrong(f"{called}: expected an object `properties`")
    for key, each in properties.items():
        where = f"{called}.{key}"
        try:
            variable = fields.table(each)
            entry = _libocpp(place, fields.name(variable, "variable_name"), variable)
        except Wrong as error:
            yield from ((where, each) for each in error.args)
        else:
            if not reading.wrong:
                yield entry


def _libocpp(place: _Place, name: str, raw: dict[str, Any]) -> Entry:
    told = raw.get("characteristics", {})
    said = raw.get("attributes", [])
    if not isinstance(told, dict) or not isinstance(said, list):
        raise Wrong("expected an object `characteristics` and an array `attributes`")
    reading = Reading()
    instance = reading.take(fields.name, raw, "instance", needed=False)
    reading.end()
    known = standard(place.name or "", name, instance)
    measured = known is not None and known.mutability is Mutability.READ_ONLY
    listed = told.get("valuesList")
    if not (listed is None or isinstance(listed, str)):
        reading.wrong.append("valuesList: expected a text")
        listed = None
    text = told.get("dataType") not in (None, "integer", "decimal")  # a list is not hashable
    least, most = told.get("minLimit"), told.get("maxLimit")
    return _entry(
        place,
        name,
        {"instance": instance, "monitoring": told.get("supportsMonitoring", False)},
        [reading.take(_libocpp_attribute, each, raw, measured=measured) for each in said],
        reading,
        data_type=told.get("dataType"),
        unit=told.get("unit"),
        limits=(None, None, most) if text else (least, most, None),
        values=[part.strip() for part in (listed or "").split(",") if part.strip()],
    )


def _libocpp_attribute(said: Any, variable: dict[str, Any], *, measured: bool) -> Attribute:
    raw = dict(fields.table(said))
    type_ = fields.member(AttributeEnumType, raw.get("type", "Actual"), "type")
    if raw.get("value") is None and type_ is AttributeEnumType.ACTUAL and not measured:
        raw["value"] = variable.get("default")
    return _attribute(type_, raw)


def _entry(
    place: _Place,
    name: str,
    raw: Mapping[str, Any],
    attributes: Iterable[Attribute | None],
    reading: Reading,
    *,
    data_type: Any,
    unit: Any,
    limits: tuple[Any, Any, Any],
    values: Any,
) -> Entry:
    """A variable, of what both forms have in common.

    Raises:
        Wrong: something of it cannot be read, now or before by the same reading.
    """
    wrong = reading.wrong
    if place.connector is not None and place.evse is None:
        wrong.append("a connector needs the number of its EVSE")
    instance = reading.take(fields.name, raw, "instance", needed=False)
    known = standard(place.name or "", name, instance)
    said = characteristics_of(known) if known else None
    if data_type is None and said is None and place.name is not None:
        wrong.append("expected a data type: the specification has no such variable")
    if not (unit is None or (isinstance(unit, str) and len(unit) <= _LONGEST_UNIT)):
        wrong.append(f"unit: expected a text of at most {_LONGEST_UNIT} characters")
    least, most, longest = (
        reading.take(fields.limit, value, key)
        for value, key in zip(limits, ("min_limit", "max_limit", "max_length"), strict=True)
    )
    if least is not None and most is not None and least > most:
        wrong.append(f"min_limit: expected at most the max_limit, {most:.15g}")
    if longest is not None and longest < 0:
        wrong.append("max_length: expected at least 0")
    kind = reading.take(fields.member, DataType, data_type, "data_type", needed=False)
    options = reading.take(fields.options, values)
    flags = [reading.take(fields.flag, raw, key) for key in ("monitoring", "summary")]
    held = tuple(each for each in attributes if each is not None) or (Attribute(),)
    if len({each.type for each in held}) < len(held):
        wrong.append("an attribute is told twice")
    reading.end()
    return Entry(
        id=VariableId(
            component=place.name or "",  # what has no name is read for its mistakes only
            variable=name,
            component_instance=place.instance,
            instance=instance,
            evse=place.evse,
            connector=place.connector,
        ),
        characteristics=Characteristics(
            data_type=kind or (said.data_type if said else DataType.STRING),
            unit=unit,
            min_limit=least,
            max_limit=most,
            max_length=None if longest is None else int(longest),
            values=options,
            supports_monitoring=flags[0],
        ),
        attributes=held,
        summary=flags[1],
    )


def _attribute(type_: AttributeEnumType, raw: Mapping[str, Any]) -> Attribute:
    reading = Reading()
    attribute = Attribute(
        type=type_,
        value=reading.take(fields.text, raw.get("value")),
        mutability=reading.take(
            fields.member, Mutability, raw.get("mutability"), "mutability", needed=False
        ),
        persistent=reading.take(fields.flag, raw, "persistent"),
        constant=reading.take(fields.flag, raw, "constant"),
    )
    reading.end()
    return attribute
