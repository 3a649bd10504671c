"""What a report tells, and how much of it goes into a message (B07, B08)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias

from attrs import frozen

from ocppkit.device_model.model import Entry
from ocppkit.device_model.names import VariableId
from ocppkit.v201 import ComponentCriterionEnumType, ReportBaseEnumType
from ocppkit.value import Value

__all__ = ["Wanted", "base_report", "custom_report", "parts", "weight"]

_ABNORMAL: Final = frozenset({"fallback", "overload", "problem", "tripped"})
_Component: TypeAlias = tuple[str, str, int | None, int | None]


@frozen(kw_only=True, eq=False, repr=False)
class Wanted(Value):
    """What a custom report is limited to; None, and an empty text, for any.

    Attributes:
        component: its name.
        component_instance: its instance.
        evse: the number of its EVSE.
        connector: the number of its connector.
        variable: the variable's name.
        instance: its instance.
    """

    component: str
    component_instance: str | None = None
    evse: int | None = None
    connector: int | None = None
    variable: str | None = None
    instance: str | None = None

    def covers(self, named: VariableId) -> bool:
        """Whether this means a variable (B08.FR.20 - FR.25)."""
        component, of, evse, connector, variable, instance = named.key
        return (
            component == self.component.lower()
            and (not self.component_instance or of == self.component_instance.lower())
            and (self.evse is None or evse == self.evse)
            and (self.connector is None or connector == self.connector)
            and (not self.variable or variable == self.variable.lower())
            and (not self.instance or instance == self.instance.lower())
        )


def base_report(entries: Iterable[Entry], base: ReportBaseEnumType) -> list[Entry]:
    """What a predefined report tells (B07.FR.07 - FR.09)."""
    match base:
        case ReportBaseEnumType.CONFIGURATION_INVENTORY:
            return [entry for entry in entries if any(each.settable for each in entry.attributes)]
        case ReportBaseEnumType.SUMMARY_INVENTORY:
            return [entry for entry in entries if entry.summary or _abnormal(entry)]
        case ReportBaseEnumType.FULL_INVENTORY:
            return list(entries)


def _abnormal(entry: Entry) -> bool:
    return entry.id.variable.lower() in _ABNORMAL and entry.actual == "true"


def custom_report(
    entries: Iterable[Entry],
    criteria: Sequence[ComponentCriterionEnumType],
    wanted: Sequence[Wanted],
) -> list[Entry]:
    """What a report by criteria and variables tells (B08.FR.05, FR.07 - FR.13).

    Of a component that is told for a criterion alone the variable of that name is told, or where
    it has none, all of them.
    """
    told = list(entries)
    if criteria:
        told = _meeting(told, {each.value.lower() for each in criteria}, whole=bool(wanted))
    if wanted:
        told = [entry for entry in told if any(each.covers(entry.id) for each in wanted)]
    return told


def _meeting(entries: list[Entry], criteria: set[str], *, whole: bool) -> list[Entry]:
    """What is told of the components that meet any criterion.

    Args:
        entries: of all components.
        criteria: the variables that have to be true.
        whole: whether all variables of such a component are told.
    """
    flags: dict[_Component, dict[str, bool]] = defaultdict(dict)
    for entry in entries:
        name = entry.id.key[4]
        of = flags[_component(entry)]
        if name in criteria:
            of[name] = of.get(name, False) or entry.actual == "true"
    problem = ComponentCriterionEnumType.PROBLEM.value.lower()
    told_by_one = {component for component, of in flags.items() if any(of.values())}
    lacking = {
        component
        for component, of in flags.items()
        if component not in told_by_one and any(name not in of for name in criteria - {problem})
    }
    if whole:
        return [entry for entry in entries if _component(entry) in told_by_one | lacking]
    return [
        entry
        for entry in entries
        if _component(entry) in lacking or (entry.id.key[4] in criteria and entry.actual == "true")
    ]


def _component(entry: Entry) -> _Component:
    component, instance, evse, connector, _, _ = entry.id.key
    return component, instance, evse, connector


def parts(weights: Iterable[int], *, items: int, bytes: int) -> Iterator[slice]:
    """Which items go into a message each, in order; one that is too large goes alone.

    Args:
        weights: of the items, in bytes.
        items: how many a message takes.
        bytes: how much a message takes.
    """
    first = size = count = 0
    for count, weight_of in enumerate(weights, start=1):
        index = count - 1
        if index > first and (index - first >= items or size + weight_of > bytes):
            yield slice(first, index)
            first, size = index, 0
        size += weight_of
    if count:
        yield slice(first, count)


_FRAME: Final = 210  # bytes of names, braces and numbers around an entry
_ATTRIBUTE: Final = 100  # bytes of those around an attribute


def weight(entry: Entry, longest: int) -> int:
    """How many bytes an entry takes in a message, at most.

    Args:
        entry: what is reported.
        longest: how many characters of a value are told.
    """
    told = entry.characteristics
    size = _FRAME + _length(entry.id.component) + _length(entry.id.variable)
    size += _length(entry.id.component_instance) + _length(entry.id.instance) + _length(told.unit)
    size += sum(len(each) + 1 for each in told.values)
    for attribute in entry.attributes:
        size += _ATTRIBUTE + min(_length(attribute.value), 6 * longest)
    return size


def _length(text: str | None) -> int:
    """Of a text in JSON, at most."""
    if not text:
        return 0
    plain = text.isascii() and text.isprintable() and '"' not in text and "\\" not in text
    return len(text) if plain else 6 * len(text)
