"""From the inputs of a version to the model that all templates print."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from ocppkit.codegen.docs import Docs
from ocppkit.codegen.document import Document, merge
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.model import Action, Enum, Field, Kind, Member, Protocol, Struct
from ocppkit.codegen.names import Names
from ocppkit.codegen.parser import ParsedField, ParsedStruct, parse
from ocppkit.codegen.sources import Sources

__all__ = ["build"]


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
        problems.extend(_clashes(name, [field.name for field in fields]))
        integral = document.integral_floats[name]
        return _struct(found, fields, integral_floats=integral, doc=docs.of_type(name))

    def enum(name: str) -> Enum:
        members = tuple(
            Member(name=names.member(name, value), value=value, doc=docs.of_value(name, value))
            for value in values[name]
        )
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
    structs = {name: struct(name) for name in types}
    enums = {name: enum(name) for name in sorted(values, key=str.lower)}
    if problems:
        raise CodegenError(problems)
    return Protocol(
        folder=sources.folder,
        package=package,
        actions=actions,
        structs=structs,
        enums=enums,
        homes=_homes(document, [*structs, *enums], names),
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
        name=names.snake(parsed.wire),
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


def _homes(document: Document, types: list[str], names: Names) -> Mapping[str, str]:
    homes = {}
    for name in types:
        actions = {
            user.removesuffix("Request").removesuffix("Response") for user in document.users[name]
        }
        if len(actions) == 1:
            homes[name] = names.snake(actions.pop())
    return homes
