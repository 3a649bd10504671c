"""From the inputs of a version to the model that all templates print."""

from __future__ import annotations

from collections.abc import Mapping
from keyword import iskeyword

from attrs import evolve

from ocppkit.codegen.docs import Docs
from ocppkit.codegen.document import Document, merge
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.model import Action, Enum, Field, Kind, Member, Protocol, Struct
from ocppkit.codegen.names import Names
from ocppkit.codegen.parser import ParsedField, ParsedStruct, parse
from ocppkit.codegen.sources import Sources
from ocppkit.codegen.table_views import table_modules
from ocppkit.codegen.views import stem

__all__ = ["build"]

# What the generated modules take from elsewhere.
_TAKEN = {
    "ACTIONS",
    "Any",
    "ClassVar",
    "CsmsHandler",
    "Request",
    "Response",
    "StationHandler",
    "StrEnum",
    "Struct",
}


def build(sources: Sources, *, package: str) -> Protocol:
    """Build the model of a version.

    Args:
        sources: its inputs.
        package: the package that the generated package becomes part of: ``ocppkit``.

    Raises:
        CodegenError: the inputs contradict one another; all problems are named.
    """
    document = merge(sources)
    parsed, values = parse(document.definitions)
    docs = Docs(sources.docs, sources.docs_file)
    names = sources.names
    problems: list[str] = []

    def struct(name: str) -> Struct:
        found = parsed[name]
        fields = tuple(
            _field(field, names, set(values), docs.of_field(name, field.wire))
            for field in found.fields
        )
        problems.extend(_nameless(name, {field.wire: field.name for field in fields}))
        problems.extend(_clashes(name, [field.name for field in fields]))
        integral = document.integral_floats[name]
        return _struct(found, fields, integral_floats=integral, doc=docs.of_type(name))

    def enum(name: str) -> Enum:
        members = tuple(
            Member(name=names.member(name, value), value=value, doc=docs.of_value(name, value))
            for value in values[name]
        )
        problems.extend(_nameless(name, {member.value: member.name for member in members}))
        problems.extend(_clashes(name, [member.name for member in members]))
        return Enum(name=name, members=members, doc=docs.of_type(name))

    actions = tuple(
        Action(
            name=name,
            stem=names.snake(name),
            receivers=sources.actions[name].receivers,
            block=sources.actions[name].block,
            request=struct(f"{name}Request"),
            response=struct(f"{name}Response"),
            doc=docs.of_action(name),
        )
        for name in sorted(sources.actions, key=str.lower)
    )
    types = sorted(set(parsed) - set(sources.messages), key=str.lower)
    problems += _clashes("actions", [action.stem for action in actions])
    problems += _clashes("types", [stem(name) for name in [*sources.messages, *types, *values]])
    problems += _unusable(
        [*package.split("."), sources.folder], [*sources.actions, *types, *values]
    )
    coded = {
        enum: tuple(code.value for code in codes) for enum, codes in sources.tables.enums.items()
    }
    tabled = [name for exports in table_modules(sources.tables).values() for name in exports]
    problems += _clashes("tables and types", [*tabled, *sources.messages, *types, *values])
    problems += _unusable([], tabled)
    problems += _orphans(names, {**values, **coded})
    structs = {name: struct(name) for name in types}
    enums = {name: enum(name) for name in sorted(values, key=str.lower)}
    if problems:
        raise CodegenError([f"{sources.folder}: {problem}" for problem in problems])
    return Protocol(
        folder=sources.folder,
        package=package,
        actions=actions,
        structs=structs,
        enums=enums,
        homes=_homes(document, [*structs, *enums], names),
        tables=sources.tables,
    )


def _struct(
    parsed: ParsedStruct, fields: tuple[Field, ...], *, integral_floats: bool, doc: str
) -> Struct:
    return Struct(
        name=parsed.name,
        fields=fields,
        open=parsed.open,
        integral_floats=integral_floats,
        doc=doc,
    )


def _field(parsed: ParsedField, names: Names, enums: set[str], doc: str) -> Field:
    return Field(
        wire=parsed.wire,
        name=names.field(parsed.wire),
        kind=Kind.ENUM if parsed.ref in enums else parsed.kind,
        ref=parsed.ref,
        required=parsed.required,
        array=parsed.array,
        limits=evolve(parsed.limits),
        doc=doc,
    )


def _clashes(owner: str, names: list[str]) -> list[str]:
    return [
        f"{owner}: two names become {name}: say in names.toml how they differ"
        for name in sorted({name for name in names if names.count(name) > 1})
    ]


def _nameless(owner: str, names: Mapping[str, str]) -> list[str]:
    return [
        f"{owner}: {wire!r} cannot become a name in Python: say in names.toml what it is called"
        for wire, name in names.items()
        if not name.isidentifier()
    ]


def _unusable(parts: list[str], types: list[str]) -> list[str]:
    return [
        f"{name!r} cannot be the name of a package: it must be a plain word"
        for name in parts
        if name and (not name.isidentifier() or iskeyword(name))
    ] + [
        f"{name!r} cannot be the name of a class"
        for name in types
        if not name.isidentifier() or iskeyword(name) or name in _TAKEN
    ]


def _orphans(names: Names, values: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [
        f"names.toml: [members.{enum}] {value!r}: there is no such value"
        for enum, members in names.members.items()
        for value in members
        if value not in values.get(enum, ())
    ]


def _homes(document: Document, types: list[str], names: Names) -> Mapping[str, str]:
    homes = {}
    for name in types:
        actions = {
            user.removesuffix("Request").removesuffix("Response") for user in document.users[name]
        }
        if len(actions) == 1:
            homes[name] = names.snake(actions.pop())
    return homes
