"""The tables of a version beside its schemas: device model, configuration keys, codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import evolve, field, frozen

from ocppkit.codegen.names import Names
from ocppkit.codegen.rows import Row, read_rows

__all__ = [
    "DATA_TYPES",
    "DEVICE_MODEL",
    "DEVICE_MODEL_COLUMNS",
    "Code",
    "ConfigurationKey",
    "Limits",
    "Tables",
    "Variable",
    "read_tables",
    "undocumented",
]

DEVICE_MODEL = "device_model.csv"
DEVICE_MODEL_COLUMNS = ("component", "variable", "instance", "required", "data_type", "unit")
_EXTRA = "device_model.extra.csv"
_LIMITS = ("minimum", "maximum", "max_length", "values")
_EXTRA_COLUMNS = (*DEVICE_MODEL_COLUMNS, "mutability", *_LIMITS, "default", "key", "doc")
_KEY_COLUMNS = (
    *("key", "profile", "required", "access", "type", "unit"),
    *(*_LIMITS, "suffixes", "numbered", "default", "reboot", "doc"),
)
_MUTABILITIES = ("ReadOnly", "ReadWrite", "WriteOnly")
_ACCESSES = ("R", "RW", "W")
_LISTS = ("MemberList", "SequenceList", "csl")
_NUMBERS = {
    "decimal": re.compile(r"-?[0-9]+(?:\.[0-9]+)?").fullmatch,
    "integer": re.compile(r"-?(?:0|[1-9][0-9]*)").fullmatch,
}
_PLACEHOLDER = re.compile(r"<[^<>]+>(?:\.<[^<>]+>)*").fullmatch

DATA_TYPES = (
    *("boolean", "dateTime", "decimal", "integer"),
    *("MemberList", "OptionList", "SequenceList", "string"),
)
_KEY_TYPES = ("boolean", "csl", "integer", "json", "string")

Value = bool | int | float | str | tuple[str, ...]


@frozen(kw_only=True)
class Limits:
    """What a value may be beyond its type; None and empty say nothing."""

    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    values: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    numbered: bool = False


@frozen(kw_only=True)
class Variable:
    """A standard variable of a component.

    Attributes:
        place: the file and line that has it.
        constant: its name in Python.
        component: as on the wire, or ``<generic>``.
        name: as on the wire.
        instance: as on the wire; empty for none.
        placeholder: what stands for an instance that stations name; empty for none.
        doc: one sentence; empty where nobody has written one.
    """

    place: str
    constant: str
    component: str
    name: str
    instance: str
    placeholder: str
    required: bool
    data_type: str
    units: tuple[str, ...]
    mutability: str = ""
    limits: Limits = Limits()
    default: Value | None = None
    doc: str = ""


@frozen(kw_only=True)
class ConfigurationKey:
    """A standard configuration key."""

    place: str
    constant: str
    key: str
    profile: str
    required: bool
    access: str
    type: str
    unit: str
    limits: Limits
    default: Value | None
    reboot: bool
    doc: str


@frozen(kw_only=True)
class Code:
    """A text that has a meaning, and a name in Python."""

    constant: str
    value: str
    doc: str
    critical: bool = False


@frozen(kw_only=True)
class Tables:
    """All tables of a version; what it does not have is empty.

    Attributes:
        components: name → one sentence; all that are standard, ``<generic>`` among them.
        variables: those of one component stand together.
        keys: those of one profile stand together.
        enums: name of the class → its members.
    """

    components: Mapping[str, str] = field(factory=dict)
    variables: tuple[Variable, ...] = ()
    keys: tuple[ConfigurationKey, ...] = ()
    enums: Mapping[str, tuple[Code, ...]] = field(factory=dict)


def undocumented(tables: Tables) -> list[str]:
    """The variables that nobody has written a sentence on."""
    return [
        f"{variable.place}: no words for it in {_EXTRA}"
        for variable in tables.variables
        if not variable.doc
    ]


def read_tables(root: Path, shown: str, names: Names, problems: list[str]) -> Tables:
    """Read the tables of a version.

    Args:
        root: its folder.
        shown: what people call that.
        names: its naming.
        problems: where what is wrong is noted, each with file, line and column.
    """

    def rows(file: str, *columns: str) -> list[Row]:
        return read_rows(root / file, f"{shown}/{file}", columns, problems)

    def codes(enum: str, file: str, *columns: str) -> tuple[Code, ...]:
        found = _unique(rows(file, *columns, "doc"), columns[0])
        made = [_code(row, enum, columns, names) for row in found]
        _no_clash([(code.constant, row) for code, row in zip(made, found, strict=True)], columns[0])
        return tuple(made)

    enums = {
        "ReasonCode": codes("ReasonCode", "reason_codes.csv", "code"),
        "SecurityEvent": codes("SecurityEvent", "security_events.csv", "event", "critical"),
        "Unit": codes("Unit", "units.csv", "unit"),
    }
    components = {
        row.needed("component"): row.doc()
        for row in _unique(rows("components.csv", "component", "doc"), "component")
    }
    variables = _variables(
        rows(DEVICE_MODEL, *DEVICE_MODEL_COLUMNS),
        rows(_EXTRA, *_EXTRA_COLUMNS),
        names,
        components=components,
        units={code.value for code in enums["Unit"]},
    )
    keys = _keys(rows("configuration_keys.csv", *_KEY_COLUMNS), names)
    return Tables(
        components=components,
        variables=variables,
        keys=keys,
        enums={enum: members for enum, members in enums.items() if members},
    )


def _code(row: Row, enum: str, columns: Sequence[str], names: Names) -> Code:
    value = row.needed(columns[0])
    return Code(
        constant=names.member(enum, value),
        value=value,
        doc=row.doc(),
        critical="critical" in columns and row.flag("critical"),
    )


def _unique(rows: Iterable[Row], *columns: str) -> list[Row]:
    """The rows that do not repeat these cells."""
    found: dict[tuple[str, ...], Row] = {}
    for row in rows:
        key = tuple(row[column] for column in columns)
        if key in found:
            row.wrong(columns[0], f"{' '.join(filter(None, key))} stands here twice")
        else:
            found[key] = row
    return list(found.values())


def _no_clash(constants: Iterable[tuple[str, Row]], column: str) -> None:
    taken: set[str] = set()
    for constant, row in constants:
        if constant in taken:
            row.wrong(column, f"two become {constant}: say in names.toml how they differ")
        elif not constant.isidentifier():
            row.wrong(column, f"cannot be a name in Python: {constant!r}")
        taken.add(constant)


def _variables(
    facts: list[Row],
    extra: list[Row],
    names: Names,
    *,
    components: Mapping[str, str],
    units: set[str],
) -> tuple[Variable, ...]:
    identity = ("component", "variable", "instance")
    official = _unique(facts, *identity)
    ours = {tuple(row[c] for c in identity): row for row in _unique(extra, *identity)}
    made: dict[str, list[tuple[Variable, Row]]] = {}
    for row in official:
        variable = _variable(row, names, units)
        addition = ours.pop(tuple(row[column] for column in identity), None)
        if addition is not None:
            variable = _with_extra(variable, addition, units)
        made.setdefault(variable.component, []).append((variable, row))
    for row in ours.values():
        if not row["required"] or not row["data_type"]:
            row.wrong(
                "variable",
                f"not in {DEVICE_MODEL}: one of our own needs required and data_type",
            )
            continue
        variable = _with_extra(_variable(row, names, units), row, units)
        made.setdefault(variable.component, []).append((variable, row))
    for component, found in made.items():
        if component not in components:
            found[0][1].wrong("component", f"no row for {component} in components.csv")
        _no_clash([(variable.constant, row) for variable, row in found], "variable")
    return tuple(variable for found in made.values() for variable, _ in found)


def _variable(row: Row, names: Names, units: set[str]) -> Variable:
    instance = row["instance"]
    placeholder = instance if _PLACEHOLDER(instance) else ""
    literal = "" if placeholder else instance
    name = row.needed("variable")
    return Variable(
        place=row.place,
        constant=_constant(name, literal, names),
        component=row.needed("component"),
        name=name,
        instance=literal,
        placeholder=placeholder,
        required=row.flag("required", yes="yes", no="no"),
        data_type=row.choice("data_type", DATA_TYPES),
        units=_units(row, units),
    )


def _constant(name: str, instance: str, names: Names) -> str:
    parts = [names.snake(part).strip("_") for part in (name, instance) if part]
    return "_".join(parts).upper()


def _units(row: Row, known: set[str]) -> tuple[str, ...]:
    units = row.several("unit")
    for unit in units:
        if known and unit not in known:
            row.wrong("unit", f"{unit} is not in units.csv")
    return units


def _with_extra(variable: Variable, row: Row, units: set[str]) -> Variable:
    placeholder = row["key"]
    if placeholder and (variable.instance or not _PLACEHOLDER(placeholder)):
        row.wrong("key", f"expected <name> in place of an instance, got {placeholder!r}")
    if row["data_type"]:
        variable = evolve(variable, data_type=row.choice("data_type", DATA_TYPES))
    if row["required"]:
        variable = evolve(variable, required=row.flag("required", yes="yes", no="no"))
    if row["unit"]:
        variable = evolve(variable, units=_units(row, units))
    limits = _limits(row, variable.data_type)
    return evolve(
        variable,
        placeholder=variable.placeholder or placeholder,
        mutability=row.choice("mutability", ("", *_MUTABILITIES)),
        limits=limits,
        default=_default(row, variable.data_type, limits),
        doc=row.doc(),
    )


def _keys(rows: list[Row], names: Names) -> tuple[ConfigurationKey, ...]:
    made: dict[str, list[tuple[ConfigurationKey, Row]]] = {}
    for row in _unique(rows, "key"):
        if not row["profile"].isidentifier():
            row.wrong("profile", f"{row['profile']!r} cannot be a name in Python")
        key_type = row.choice("type", _KEY_TYPES)
        limits = evolve(
            _limits(row, key_type),
            suffixes=row.several("suffixes"),
            numbered=row.flag("numbered"),
        )
        key = ConfigurationKey(
            place=row.place,
            constant=_constant(row.needed("key"), "", names),
            key=row["key"],
            profile=row["profile"],
            required=row.flag("required", yes="yes", no="no"),
            access=row.choice("access", _ACCESSES),
            type=key_type,
            unit=row["unit"],
            limits=limits,
            default=_default(row, key_type, limits),
            reboot=row.flag("reboot"),
            doc=row.doc(),
        )
        made.setdefault(key.profile, []).append((key, row))
    for found in made.values():
        _no_clash([(key.constant, row) for key, row in found], "key")
    return tuple(key for found in made.values() for key, _ in found)


def _limits(row: Row, of: str) -> Limits:
    limits = Limits(
        minimum=row.number("minimum"),
        maximum=row.number("maximum"),
        max_length=row.whole("max_length"),
        values=row.several("values"),
    )
    texts = {"OptionList", "string", "json", *_LISTS}
    for column, fits in (
        ("minimum", of in _NUMBERS),
        ("maximum", of in _NUMBERS),
        ("max_length", of in texts),
        ("values", of in texts),
    ):
        if row[column] and of and not fits:
            row.wrong(column, f"means nothing for {of}")
    low, high = limits.minimum, limits.maximum
    if low is not None and high is not None and low > high:
        row.wrong("maximum", f"{high:g} is below the minimum {low:g}")
    return limits


def _default(row: Row, of: str, limits: Limits) -> Value | None:
    text = row["default"]
    if not text or not of:
        return None
    value: Value = text
    items: tuple[str, ...] = (text,)
    if of == "boolean":
        return row.flag("default")
    if of in _NUMBERS:
        if not _NUMBERS[of](text):
            row.wrong("default", f"expected {of}, got {text!r}")
            return None
        number = float(text)
        low, high = limits.minimum, limits.maximum
        if (low is not None and number < low) or (high is not None and number > high):
            row.wrong("default", f"{text} is not within the limits")
        return int(text) if of == "integer" else number
    if of in _LISTS:
        value = items = tuple(item.strip() for item in text.split(","))
    for item in items:
        if limits.values and item not in limits.values:
            row.wrong("default", f"{item!r} is not among the values")
    if limits.max_length is not None and len(text) > limits.max_length:
        row.wrong("default", f"longer than {limits.max_length}")
    return value
