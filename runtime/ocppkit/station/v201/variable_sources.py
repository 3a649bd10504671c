"""What variables are beyond the station's own code: catalogue, settings and files."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, assert_never

from attrs import evolve

from ocppkit.device_model.build import build, misplaced
from ocppkit.device_model.catalogue import characteristics_of, standard
from ocppkit.device_model.disagreement import Disagreement
from ocppkit.device_model.model import Attribute, Characteristics, Entry
from ocppkit.device_model.names import VariableId
from ocppkit.device_model.values import check
from ocppkit.station.settings.components import read_files
from ocppkit.station.settings.values import VariableValue
from ocppkit.station.v201.variables import Variable, Variables
from ocppkit.variable import DataType, Mutability

__all__ = ["characteristics_of_row", "entry_of", "take_files", "take_told"]

_logger = logging.getLogger(__name__)

_TOLD: Final = "station.toml"


def characteristics_of_row(row: Variable) -> Characteristics:
    """What a variable may hold: as it says itself, else as the catalogue has it."""
    known = standard(row.component, row.name, row.instance)
    base = Characteristics(data_type=row.data_type or DataType.STRING)
    if known is not None and row.data_type in {None, known.data_type}:
        base = characteristics_of(known)
    counted = base.data_type is DataType.INTEGER and row.set is not None
    least = base.min_limit if row.minimum is None else row.minimum
    return evolve(
        base,
        unit=row.unit or base.unit,
        min_limit=0 if least is None and counted else least,
        max_limit=base.max_limit if row.maximum is None else row.maximum,
        max_length=base.max_length if row.max_length is None else row.max_length,
        values=row.values or base.values,
    )


def entry_of(rows: Sequence[Variable], characteristics: Characteristics) -> Entry:
    """A variable as it is now; without the values of what may only be written.

    Args:
        rows: its attributes.
        characteristics: what it may hold.
    """
    return Entry(
        id=rows[0].id,
        characteristics=characteristics,
        attributes=tuple(
            Attribute(
                type=row.attribute,
                value=row.read() if row.readable else None,
                mutability=row.mutability,
                persistent=row.outlasts,
                constant=row.constant,
            )
            for row in rows
        ),
        summary=any(row.summary for row in rows),
    )


def take_told(told: VariableValue, variables: Variables, connectors: Sequence[int]) -> None:
    """Have a variable be as the station was told to have it.

    Args:
        told: what is said of it.
        variables: what there is; take note of what does not agree.
        connectors: how many each EVSE has.
    """
    if (nowhere := misplaced(told.id, connectors)) is not None:
        _disagree(told, nowhere, variables)
        return
    variables.put(_as_told(told, variables.row(told.id.key), variables))


def _disagree(told: VariableValue, message: str, variables: Variables) -> None:
    variables.disagreements.append(
        Disagreement(source=_TOLD, where=told.id.described(), message=message)
    )


def _as_told(told: VariableValue, known: Variable | None, variables: Variables) -> Variable:
    row = known or _plain(told.id, told.value or "")
    if known is not None and told.value is not None:
        try:
            if known.set is None and known.order is None:
                check(variables.characteristics(known), told.value)
                row = evolve(known, get=_plain(told.id, told.value).get)
            else:
                variables.take(known, told.value)
        except ValueError:
            _disagree(told, "what it was told to be does not fit it", variables)
    match told.mutability:
        case Mutability.READ_ONLY:
            return evolve(row, locked=True, readable=True)
        case Mutability.READ_WRITE | Mutability.WRITE_ONLY:
            if row.set is None and row.order is None:
                settable = _plain(told.id, row.read())
                row = evolve(row, get=settable.get, set=settable.set)
            return evolve(row, readable=told.mutability is Mutability.READ_WRITE)
        case None:
            return row
        case _:
            assert_never(told.mutability)


def take_files(
    paths: Sequence[Path], variables: Variables, connectors: Sequence[int]
) -> list[Disagreement]:
    """Take up the components of the integrator's own.

    Args:
        paths: the files.
        variables: what there is; the files' are added.
        connectors: how many each EVSE has.

    Returns:
        Everything that does not agree; never fails.
    """
    try:
        return _taken_files(paths, variables, connectors)
    except Exception:  # a station boots whatever they say
        _logger.exception("the components of your own cannot be taken up")
        message = "cannot be taken up, or not all of it: an internal error"
        return [Disagreement(source=", ".join(map(str, paths)), where="", message=message)]


def _taken_files(
    paths: Iterable[Path], variables: Variables, connectors: Sequence[int]
) -> list[Disagreement]:
    files, wrong = read_files(paths)
    own = {entry.id.key: entry for entry in variables.entries()}
    built = build(own.values(), files, connectors)
    for source, entries in files:
        for key in dict.fromkeys(entry.id.key for entry in entries):
            entry = built.entries.get(key)
            if entry is not None:
                taken = _adopt(entry, own.get(key), variables)
                where = entry.id.described()
                wrong += [Disagreement(source=source, where=where, message=each) for each in taken]
    return [*wrong, *built.disagreements]


def _adopt(entry: Entry, own: Entry | None, variables: Variables) -> list[str]:
    """Have a variable be as it was built.

    Args:
        entry: the variable.
        own: as the station has it itself.
        variables: what there is.

    Returns:
        What its own code does not take.
    """
    refused: list[str] = []
    # Nothing can be watched yet, whatever a file says of it.
    told = evolve(entry.characteristics, supports_monitoring=False)
    variables.describe(entry.id.key, told)
    for attribute in entry.attributes:
        known = variables.row(entry.id.key, attribute.type)
        if known is None:
            row = _plain(entry.id, attribute.value or "", attribute)
        else:
            row = evolve(
                known,
                locked=known.locked or attribute.mutability is Mutability.READ_ONLY,
                readable=attribute.readable,
            )
            before = own.attribute(attribute.type) if own else None
            if attribute.value is not None and before and attribute.value != before.value:
                try:
                    variables.take(known, attribute.value)
                except ValueError:
                    refused.append(f"{attribute.type}: the station does not take this value")
        variables.put(evolve(row, summary=entry.summary))
    return refused


def _plain(named: VariableId, value: str, attribute: Attribute | None = None) -> Variable:
    """A variable that changes nothing."""
    values = [value]
    told = attribute or Attribute(mutability=Mutability.READ_WRITE)
    return Variable(
        component=named.component,
        name=named.variable,
        component_instance=named.component_instance,
        evse=named.evse,
        connector=named.connector,
        instance=named.instance,
        attribute=told.type,
        get=lambda: values[0],
        set=lambda text: values.__setitem__(0, text),
        locked=told.mutability is Mutability.READ_ONLY,
        readable=told.readable,
        persistent=told.persistent if attribute else None,
        constant=told.constant,
    )
