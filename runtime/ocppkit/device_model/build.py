"""Puts the device model together, and reports everything that does not agree.

What the station has counts before what files say of it: it knows what it is and does. Files narrow
its limits and what the CSMS may do, give values to what can be set, and add what it has not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from ocppkit.device_model.catalogue import characteristics_of, standard
from ocppkit.device_model.disagreement import Disagreement
from ocppkit.device_model.model import Attribute, Characteristics, Entry
from ocppkit.device_model.names import VariableId, VariableKey
from ocppkit.device_model.values import Unfit, check
from ocppkit.v201 import AttributeEnumType
from ocppkit.value import Value
from ocppkit.variable import DataType, Mutability

__all__ = ["Built", "build", "misplaced"]

_LISTED = frozenset({DataType.MEMBER_LIST, DataType.OPTION_LIST, DataType.SEQUENCE_LIST})


@frozen(kw_only=True, eq=False, repr=False)
class Built(Value):
    """A device model.

    Attributes:
        entries: everything that there is, by its key.
        disagreements: all that was said and does not count.
    """

    entries: Mapping[VariableKey, Entry]
    disagreements: tuple[Disagreement, ...]


def build(
    station: Iterable[Entry],
    files: Iterable[tuple[str, Iterable[Entry]]],
    connectors: Sequence[int],
) -> Built:
    """Put a device model together; never fails.

    Args:
        station: what the station has itself.
        files: what files say, by their names; of what is said twice the first counts.
        connectors: how many each EVSE has.
    """
    built = {entry.id.key: entry for entry in station}
    said: dict[VariableKey, str] = {}
    wrong: list[Disagreement] = []
    for source, entries in files:
        for entry in entries:
            key = entry.id.key
            messages: list[str] = []
            if key in said:
                messages.append(f"is told already, in {said[key]}: that counts")
            elif (place := misplaced(entry.id, connectors)) is not None:
                messages.append(place)
            else:
                said[key] = source
                built[key] = _merged(built.get(key), entry, messages)
            wrong += [
                Disagreement(source=source, where=entry.id.described(), message=message)
                for message in messages
            ]
    return Built(entries=built, disagreements=tuple(wrong))


def misplaced(named: VariableId, connectors: Sequence[int]) -> str | None:
    """Why there is no place for a variable; None where there is one.

    Args:
        named: the variable.
        connectors: how many each EVSE has.
    """
    evse, connector = named.evse, named.connector
    if evse is None:
        return None
    if not 1 <= evse <= len(connectors):
        return f"is left out: there is no EVSE {evse}"
    if connector is not None and not 1 <= connector <= connectors[evse - 1]:
        return f"is left out: EVSE {evse} has no connector {connector}"
    return None


def _merged(known: Entry | None, told: Entry, messages: list[str]) -> Entry:
    """An entry as a file has it, as far as that agrees.

    Args:
        known: the station's own.
        told: the file's.
        messages: what does not agree is added to them.
    """
    base = known.characteristics if known else _standard(told)
    characteristics = _narrowed(base, told.characteristics, messages)
    held = {each.type: each for each in known.attributes} if known else {}
    attributes = []
    for each in told.attributes:
        own = held.pop(each.type, None)
        if own is None:
            attributes.append(_fresh(each, told, characteristics, messages))
        else:
            attributes.append(_agreed(own, each, characteristics, messages))
    _look_at_bounds(attributes, characteristics, messages)
    return Entry(
        id=known.id if known else told.id,
        characteristics=characteristics,
        attributes=(*held.values(), *attributes),
        summary=told.summary or (known is not None and known.summary),
    )


def _standard(told: Entry) -> Characteristics | None:
    known = standard(told.id.component, told.id.variable, told.id.instance)
    if known is None:
        return None
    said = characteristics_of(known)
    return said if not known.units else evolve(said, unit=told.characteristics.unit or said.unit)


def _narrowed(
    base: Characteristics | None, told: Characteristics, messages: list[str]
) -> Characteristics:
    """The characteristics that both allow."""
    if base is None:
        return told
    if told.data_type is not base.data_type:
        messages.append(f"is of type {base.data_type}, not {told.data_type}")
        return evolve(base, supports_monitoring=told.supports_monitoring)
    if told.unit and base.unit and told.unit != base.unit:
        messages.append(f"is told in {base.unit}, not in {told.unit}")
    if strange := [each for each in told.values if base.values and each not in base.values]:
        messages.append(f"cannot be {', '.join(strange)}: {', '.join(base.values)} count")
    least, most = base.min_limit, base.max_limit
    if told.min_limit is not None and least is not None and told.min_limit < least:
        messages.append(f"is at least {least:.15g}, not {told.min_limit:.15g}")
    if told.max_limit is not None and most is not None and told.max_limit > most:
        messages.append(f"is at most {most:.15g}, not {told.max_limit:.15g}")
    lower, upper = _within(told.min_limit, least, max), _within(told.max_limit, most, min)
    if lower is not None and upper is not None and lower > upper:
        messages.append(f"cannot be at least {lower:.15g} and at most {upper:.15g}")
        lower, upper = least, most
    return evolve(
        base,
        unit=base.unit or told.unit,
        min_limit=lower,
        max_limit=upper,
        max_length=_within(told.max_length, base.max_length, min),
        values=tuple(each for each in told.values if each not in strange) or base.values,
        supports_monitoring=told.supports_monitoring or base.supports_monitoring,
    )


def _within(told: float | None, own: float | None, choose: Callable[[float, float], float]) -> Any:
    if told is None or own is None:
        return own if told is None else told
    return choose(told, own)


def _fresh(
    told: Attribute, entry: Entry, characteristics: Characteristics, messages: list[str]
) -> Attribute:
    """An attribute that only the file knows."""
    known = standard(entry.id.component, entry.id.variable, entry.id.instance)
    usual = known.mutability if known and told.type is AttributeEnumType.ACTUAL else None
    mutability = told.mutability or usual or Mutability.READ_WRITE
    if characteristics.data_type in _LISTED and not characteristics.values:
        messages.append(f"is of type {characteristics.data_type}, and no values are told")
    return evolve(
        told,
        value=_fitting(told, characteristics, messages),
        mutability=mutability,
        persistent=told.persistent or mutability is not Mutability.READ_ONLY,
    )


def _agreed(
    own: Attribute, told: Attribute, characteristics: Characteristics, messages: list[str]
) -> Attribute:
    """An attribute of the station, as far as the file may have its way."""
    if own.mutability is Mutability.READ_ONLY:
        if told.mutability not in {None, Mutability.READ_ONLY}:
            messages.append("is read-only: the station itself says what it is")
        if told.value is not None and told.value != own.value:
            messages.append(f"is {own.value or 'not known'}: the station itself says what it is")
        return own
    value = _fitting(told, characteristics, messages)
    if value is None and own.value:
        try:
            check(characteristics, own.value)
        except Unfit as error:
            messages.append(f"{own.type} is {own.value}, and it is told: {error}")
    return evolve(
        own,
        value=own.value if value is None else value,
        mutability=told.mutability or own.mutability,
    )


def _look_at_bounds(
    attributes: Iterable[Attribute], characteristics: Characteristics, messages: list[str]
) -> None:
    """Look whether anything can be set between MinSet and MaxSet."""
    held = {each.type: each.value for each in attributes}
    least, most = held.get(AttributeEnumType.MIN_SET), held.get(AttributeEnumType.MAX_SET)
    numeric = characteristics.data_type in {DataType.DECIMAL, DataType.INTEGER}
    if numeric and least and most and float(least) > float(most):
        messages.append(f"cannot be set: MinSet, {least}, is more than MaxSet, {most}")


def _fitting(told: Attribute, characteristics: Characteristics, messages: list[str]) -> str | None:
    """The value, where it is one of the variable."""
    if told.value is None:
        return None
    try:
        check(characteristics, told.value)
    except Unfit as error:
        messages.append(f"{told.type}: {error}")
        return None
    return told.value
