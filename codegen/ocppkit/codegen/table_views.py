"""What the templates of the tables are given: classes with constants, and rows of pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from attrs import frozen

from ocppkit.codegen.names import Names
from ocppkit.codegen.tables import Code, ConfigurationKey, Limits, Tables, Variable

__all__ = [
    "ClassView",
    "CodeEnumView",
    "Example",
    "PageSection",
    "code_enums",
    "component_classes",
    "component_sections",
    "example",
    "profile_classes",
    "profile_sections",
    "release",
    "table_modules",
]

_TYPES = {
    "MemberList": "tuple[str, ...]",
    "OptionList": "str",
    "SequenceList": "tuple[str, ...]",
    "boolean": "bool",
    "csl": "tuple[str, ...]",
    "dateTime": "datetime",
    "decimal": "float",
    "integer": "int",
    "json": "Any",
    "string": "str",
}
_ACCESSES = {"R": "READ", "RW": "READ_WRITE", "W": "WRITE"}
_GENERIC = "<generic>"
_ANY = "AnyComponent"
_ENUMS = {
    "ReasonCode": "Why a request was refused or failed, in a ``statusInfo``.",
    "SecurityEvent": "What a SecurityEventNotification can be about.",
    "Unit": "A unit of measure.",
}
_UNKNOWN = "As the specification has it."


@frozen(kw_only=True)
class ConstantView:
    """A typed constant: ``name: Final[Variable[type]] = Variable(arguments)``."""

    name: str
    type: str
    arguments: Mapping[str, str]
    doc: str


@frozen(kw_only=True)
class ClassView:
    """A class of constants: a component or a profile."""

    name: str
    doc: str
    constants: tuple[ConstantView, ...]


@frozen(kw_only=True)
class Example:
    """A constant that a page shows in use, and its class."""

    owner: str
    constant: str


@frozen(kw_only=True)
class CodeEnumView:
    """An enum of texts that no schema lists; ``judged`` where some members are critical."""

    name: str
    doc: str
    members: tuple[Code, ...]
    judged: bool


@frozen(kw_only=True)
class PageSection:
    """A section of a reference page: a heading, a sentence, and the cells of a table."""

    title: str
    doc: str
    rows: tuple[tuple[str, ...], ...]


def table_modules(tables: Tables) -> Mapping[str, tuple[str, ...]]:
    """The modules that the tables of a version become: name → what it exports."""
    made: dict[str, tuple[str, ...]] = {}
    if tables.variables:
        names = (view.name for view in component_classes(tables))
        made["device_model"] = ("COMPONENTS", "VARIABLES", *names)
    if tables.keys:
        names = (view.name for view in profile_classes(tables))
        made["configuration"] = ("KEYS", *names)
    if tables.enums:
        made["codes"] = tuple(tables.enums)
    return made


def component_classes(tables: Tables) -> tuple[ClassView, ...]:
    """A class a component, in the order of their names."""
    made: dict[str, list[ConstantView]] = {}
    for variable in tables.variables:
        made.setdefault(variable.component, []).append(_variable(variable))
    return _classes(
        ClassView(
            name=_ANY if component == _GENERIC else component,
            doc=tables.components.get(component, ""),
            constants=tuple(constants),
        )
        for component, constants in made.items()
    )


def profile_classes(tables: Tables) -> tuple[ClassView, ...]:
    """A class a profile, in the order of their names."""
    made: dict[str, list[ConstantView]] = {}
    for key in tables.keys:
        made.setdefault(key.profile, []).append(_key(key))
    return _classes(
        ClassView(
            name=_camel(profile),
            doc=f"The configuration keys of the profile {_camel(profile)}.",
            constants=tuple(constants),
        )
        for profile, constants in made.items()
    )


def _classes(views: Iterable[ClassView]) -> tuple[ClassView, ...]:
    return tuple(sorted(views, key=lambda view: view.name.lower()))


def example(views: Iterable[ClassView]) -> Example | None:
    """The first whole number without limits; None where there is none."""
    for view in views:
        for constant in view.constants:
            if constant.type == "int" and not {"minimum", "maximum"} & set(constant.arguments):
                return Example(owner=view.name, constant=constant.name)
    return None


def code_enums(tables: Tables) -> tuple[CodeEnumView, ...]:
    """The enums of the module ``codes``."""
    return tuple(
        CodeEnumView(
            name=name,
            doc=_ENUMS[name],
            members=members,
            judged=any(member.critical for member in members),
        )
        for name, members in tables.enums.items()
    )


def _variable(variable: Variable) -> ConstantView:
    arguments = {
        "component": _literal(variable.component),
        "name": _literal(variable.name),
        "instance": _literal(variable.instance or None),
        "placeholder": _literal(variable.placeholder or None),
        "data_type": f"DataType.{_upper(variable.data_type)}",
        "units": _literal(variable.units),
        "mutability": f"Mutability.{_upper(variable.mutability)}" if variable.mutability else "",
        **_limits(variable.limits),
        "default": _literal(variable.default),
        "required": _literal(variable.required or None),
        "doc": _literal(variable.doc or _UNKNOWN),
    }
    return ConstantView(
        name=variable.constant,
        type=_TYPES.get(variable.data_type, "Any"),
        arguments={name: text for name, text in arguments.items() if text},
        doc=_with_unit(variable.doc or _UNKNOWN, variable.units),
    )


def _key(key: ConfigurationKey) -> ConstantView:
    arguments = {
        "key": _literal(key.key),
        "profile": _literal(_camel(key.profile)),
        "access": f"Access.{_ACCESSES.get(key.access, '')}",
        "type": f"KeyType.{_upper(key.type)}",
        "required": _literal(key.required or None),
        "unit": _literal(key.unit or None),
        **_limits(key.limits),
        "default": _literal(key.default),
        "reboot": _literal(key.reboot or None),
        "doc": _literal(key.doc),
    }
    return ConstantView(
        name=key.constant,
        type=_TYPES.get(key.type, "Any"),
        arguments={name: text for name, text in arguments.items() if text},
        doc=_with_unit(key.doc, (key.unit,) if key.unit else ()),
    )


def _limits(limits: Limits) -> dict[str, str]:
    return {
        "minimum": _literal(limits.minimum),
        "maximum": _literal(limits.maximum),
        "max_length": _literal(limits.max_length),
        "values": _literal(limits.values),
        "suffixes": _literal(limits.suffixes),
        "numbered": _literal(limits.numbered or None),
    }


def _literal(value: object) -> str:
    """A value as Python writes it; empty where there is nothing to say."""
    if value is None or value == ():
        return ""
    if isinstance(value, tuple):
        return f"({', '.join(_literal(item) for item in value)},)"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return repr(value)


def _with_unit(doc: str, units: tuple[str, ...]) -> str:
    return f"{doc} Unit: {' or '.join(units)}." if units else doc


def _upper(wire: str) -> str:
    return Names().snake(wire).upper()


def _camel(profile: str) -> str:
    return "".join(word.capitalize() for word in profile.split("_"))


def release(folder: str) -> str:
    """The version that a folder is named after: ``v201`` → ``2.0.1``."""
    return ".".join(re.findall(r"[0-9]", folder)) or folder


def component_sections(tables: Tables) -> tuple[PageSection, ...]:
    """The sections of the page of the device model."""
    titles = sorted({variable.component for variable in tables.variables}, key=str.lower)
    return tuple(
        PageSection(
            title=_ANY if title == _GENERIC else title,
            doc=_prose(tables.components.get(title, "")),
            rows=tuple(_variable_rows(tables, title)),
        )
        for title in titles
    )


def profile_sections(tables: Tables) -> tuple[PageSection, ...]:
    """The sections of the page of the configuration keys."""
    profiles = sorted({key.profile for key in tables.keys}, key=str.lower)
    return tuple(
        PageSection(title=_camel(profile), doc="", rows=tuple(_key_rows(tables, profile)))
        for profile in profiles
    )


def _variable_rows(tables: Tables, component: str) -> Iterator[tuple[str, ...]]:
    for variable in tables.variables:
        if variable.component == component:
            instance = variable.instance or variable.placeholder
            yield _cells(
                _code(variable.name + (f"[{instance}]" if instance else "")),
                _code(variable.constant),
                variable.data_type,
                " or ".join(variable.units),
                variable.mutability,
                "yes" if variable.required else "",
                _shown(variable.default),
                _prose(variable.doc) + _limits_text(variable.limits),
            )


def _key_rows(tables: Tables, profile: str) -> Iterator[tuple[str, ...]]:
    for key in tables.keys:
        if key.profile == profile:
            yield _cells(
                _code(key.key),
                _code(key.constant),
                key.type,
                key.unit,
                key.access,
                "yes" if key.required else "",
                _shown(key.default),
                _prose(key.doc) + _limits_text(key.limits),
            )


def _cells(*texts: str) -> tuple[str, ...]:
    return tuple(text.replace("|", "\\|") for text in texts)


def _prose(text: str) -> str:
    """A sentence as Markdown that shows it as it is."""
    return re.sub(r"([<*_\[\]`])", r"\\\1", text)


def _code(text: str) -> str:
    return f"`{text}`"


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    return _code(",".join(value) if isinstance(value, tuple) else str(value))


def _limits_text(limits: Limits) -> str:
    parts = []
    if limits.minimum is not None:
        parts.append(f"at least {limits.minimum:g}")
    if limits.maximum is not None:
        parts.append(f"at most {limits.maximum:g}")
    if limits.max_length is not None:
        parts.append(f"at most {limits.max_length} characters")
    if limits.values:
        parts.append(f"from {', '.join(_code(value) for value in limits.values)}")
    return f" Value: {'; '.join(parts)}." if parts else ""
