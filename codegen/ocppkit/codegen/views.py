"""What the templates are given: everything chosen, sorted and worded beforehand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from attrs import field, frozen

from ocppkit.codegen.model import Action, Enum, Field, Kind, Limits, Protocol, Struct

__all__ = [
    "HandlerView",
    "ModuleView",
    "StructView",
    "handlers",
    "modules",
    "stem",
]

_ANNOTATIONS = {
    Kind.ANY: "Any",
    Kind.BOOLEAN: "bool",
    Kind.DATE_TIME: "datetime",
    Kind.INTEGER: "int",
    Kind.NUMBER: "float",
    Kind.STRING: "str",
    Kind.URI: "str",
}


_TOGETHER = 5  # enums
_DEPTH = 2
_SMALL = 7  # fields


@frozen(kw_only=True)
class FieldView:
    """A field as the templates print it.

    ``inline`` is what the field holds, where that is read and written without a call: structs
    without arrays that must be there, or of which there are many, and small ones.
    """

    wire: str
    name: str
    kind: str
    ref: str
    stem: str
    table: str
    values: str
    required: bool
    array: bool
    annotation: str
    doc: str
    limits: Limits
    scale: str
    integral_floats: bool
    inline: StructView | None = None


@frozen(kw_only=True)
class StructView:
    """A class and its two codec functions."""

    name: str
    stem: str
    base: str
    action: str
    doc: str
    open: bool
    integral_floats: bool
    fields: tuple[FieldView, ...]
    class_fields: tuple[FieldView, ...]

    @property
    def optional(self) -> bool:
        """Whether fields are looked for one by one, here or in what is inline."""
        inlined = (field_.inline for field_ in self.fields if field_.inline)
        alone = (field_ for field_ in self.fields if field_ not in self.together)
        found = (not field_.required for field_ in alone)
        return any(found) or any(struct.optional for struct in inlined)

    @property
    def together(self) -> tuple[FieldView, ...]:
        """Optional enums that are looked up at once, which pays from five on."""
        enums = tuple(
            field_
            for field_ in self.class_fields
            if field_.kind == "enum" and not field_.required and not field_.array
        )
        return enums if len(enums) >= _TOGETHER else ()

    @property
    def known(self) -> str:
        """The names on the wire, as a set display."""
        names = (json.dumps(field.wire, ensure_ascii=False) for field in self.fields)
        return f"{{{', '.join(names)}}}"


@frozen(kw_only=True)
class ModuleView:
    """A generated module with enums, classes and their codec functions.

    Attributes:
        name: relative to the version's package: ``messages.reset``.
        doc: its docstring.
        enums: its enums.
        tables: of its enums: name of the table → enum, those that its functions read.
        structs: its classes.
        borrowed: what it takes from the shared module.
    """

    name: str
    doc: str
    enums: tuple[Enum, ...]
    structs: tuple[StructView, ...]
    borrowed: tuple[str, ...] = ()
    exported: tuple[str, ...] = ()
    scalars: tuple[str, ...] = ()
    uses: frozenset[str] = field(factory=frozenset)


@frozen(kw_only=True)
class HandlerView:
    """A stub class: one side, one block."""

    name: str
    doc: str
    actions: tuple[Action, ...]


def stem(name: str) -> str:
    """A class's name as its functions bear it: ``IdTokenType`` → ``id_token_type``."""
    out = ""
    for position, letter in enumerate(name):
        previous = name[position - 1 : position]
        following = name[position + 1 : position + 2]
        if letter.isupper() and previous and (not previous.isupper() or following.islower()):
            out += "_"
        out += letter.lower()
    return out


def _limits_text(field_: Field) -> str:
    limits = field_.limits
    parts = []
    if limits.min_items is not None or limits.max_items is not None:
        parts.append(_range("items", limits.min_items, limits.max_items))
    if limits.min_length is not None or limits.max_length is not None:
        parts.append(_range("characters", limits.min_length, limits.max_length))
    if limits.minimum is not None or limits.maximum is not None:
        parts.append(_range("", limits.minimum, limits.maximum))
    if limits.multiple_of is not None:
        parts.append(f"a multiple of {limits.multiple_of}")
    return f" ({', '.join(parts)})" if parts else ""


def _range(noun: str, low: float | None, high: float | None) -> str:
    if low is None:
        text = f"at most {high:.15g}"
    elif high is None:
        text = f"at least {low:.15g}"
    else:
        text = f"{low:.15g} to {high:.15g}"
    return f"{text} {noun}".rstrip()


def _scale(limits: Limits) -> str:
    """Ten to the number of decimals, where the multiple is 1, 0.1, 0.01, ...; else empty."""
    if limits.multiple_of is None:
        return ""
    step = Decimal(limits.multiple_of)
    sign, digits, exponent = step.as_tuple()
    if sign or digits != (1,) or not isinstance(exponent, int) or exponent > 0:
        return ""
    return repr(float(10**-exponent))


def _field_view(
    field_: Field, structs: Mapping[str, Struct], *, integral_floats: bool, depth: int
) -> FieldView:
    annotation = _ANNOTATIONS.get(field_.kind, field_.ref)
    if field_.array:
        annotation = f"list[{annotation}]"
    if not field_.required and annotation != "Any":
        annotation += " | None"
    return FieldView(
        wire=field_.wire,
        name=field_.name,
        kind=field_.kind.value.replace("-", "_"),
        ref=field_.ref,
        stem=stem(field_.ref),
        table=f"{stem(field_.ref).upper()}_BY_VALUE",
        values=f"{stem(field_.ref).upper()}_VALUES",
        required=field_.required,
        array=field_.array,
        annotation=annotation,
        doc=(field_.doc or "As the specification has it.") + _limits_text(field_),
        limits=field_.limits,
        scale=_scale(field_.limits),
        integral_floats=integral_floats,
        inline=_inline(field_, structs, depth),
    )


def _inline(field_: Field, structs: Mapping[str, Struct], depth: int) -> StructView | None:
    """A struct that is read and written where it stands: without arrays, and not open."""
    struct = structs.get(field_.ref)
    if depth == _DEPTH or struct is None or struct.open:
        return None
    often = not depth and (field_.array or field_.required)
    if any(inner.array for inner in struct.fields) or (len(struct.fields) > _SMALL and not often):
        return None
    return _struct_view(struct, "Struct", structs, depth=depth + 1)


def _struct_view(
    struct: Struct,
    base: str,
    structs: Mapping[str, Struct],
    *,
    action: str = "",
    called: str = "",
    doc: str = "",
    depth: int = 0,
) -> StructView:
    fields = tuple(
        _field_view(field_, structs, integral_floats=struct.integral_floats, depth=depth)
        for field_ in struct.fields
    )
    return StructView(
        name=struct.name,
        stem=called or stem(struct.name),
        base=base,
        action=action,
        doc=doc or struct.doc or "As the specification has it.",
        open=struct.open,
        integral_floats=struct.integral_floats,
        fields=fields,
        class_fields=tuple(
            sorted(fields, key=lambda view: (not view.required, view.name == "custom_data"))
        ),
    )


def modules(protocol: Protocol) -> list[ModuleView]:
    """The modules of a version: one an action, and one for what several actions share."""
    shared = [*protocol.structs, *protocol.enums]
    shared = [name for name in shared if name not in protocol.homes]
    made = [_shared(protocol, set(shared))]
    for action in protocol.actions:
        request = _struct_view(
            action.request,
            f'Request["{action.name}Response"]',
            protocol.structs,
            action=action.name,
            called=f"{action.stem}_request",
            doc=action.doc,
        )
        response = _struct_view(
            action.response,
            "Response",
            protocol.structs,
            action=action.name,
            called=f"{action.stem}_response",
            doc=f"The answer to {action.name}.",
        )
        own = {name for name, home in protocol.homes.items() if home == action.stem}
        datatypes = _datatypes(protocol, own)
        made.append(
            _module(
                protocol,
                name=f"messages.{action.stem}",
                doc=f"{action.name}: its request, its response, and what only they use.",
                own=own,
                structs=(request, response, *datatypes),
            )
        )
    return made


def _shared(protocol: Protocol, own: set[str]) -> ModuleView:
    return _module(
        protocol,
        name="shared",
        doc="What several actions use: datatypes, enums and their codec functions.",
        own=own,
        structs=_datatypes(protocol, own),
    )


def _datatypes(protocol: Protocol, own: set[str]) -> tuple[StructView, ...]:
    return tuple(
        _struct_view(struct, "Struct", protocol.structs)
        for name, struct in protocol.structs.items()
        if name in own
    )


def _module(
    protocol: Protocol, *, name: str, doc: str, own: set[str], structs: tuple[StructView, ...]
) -> ModuleView:
    enums = tuple(enum for enum in protocol.enums.values() if enum.name in own)
    fields = [field_ for struct in structs for field_ in _fields(struct)]
    foreign = {field_.ref for field_ in fields if field_.ref} - own
    borrowed = set(foreign)
    for ref in foreign:
        if ref in protocol.enums:
            borrowed |= {f"{stem(ref).upper()}_BY_VALUE", f"{stem(ref).upper()}_VALUES"}
        else:
            borrowed |= {f"structure_{stem(ref)}", f"unstructure_{stem(ref)}"}
    borrowed |= {
        f"{field_.stem.upper()}_ENUMS"
        for field_ in fields
        if field_.ref in foreign and field_.inline and field_.inline.together
    }
    kinds = {field_.kind for field_ in fields}
    return ModuleView(
        name=name,
        doc=doc,
        enums=enums,
        structs=structs,
        borrowed=tuple(sorted(borrowed, key=str.lower)),
        exported=tuple(
            sorted([*(e.name for e in enums), *(s.name for s in structs)], key=str.lower)
        ),
        scalars=_scalars(fields, kinds, structs),
        uses=frozenset(
            {struct.base.partition("[")[0] for struct in structs}
            | {"open" for struct in structs if struct.open}
            | {"messages" for struct in structs if struct.action}
            | ({"datetime"} if "date_time" in kinds else set())
        ),
    )


def _fields(struct: StructView) -> Iterator[FieldView]:
    """All that its functions read and write, in what stands within as well."""
    for field_ in struct.fields:
        yield field_
        if field_.inline:
            yield from _fields(field_.inline)


def _scalars(
    fields: Iterable[FieldView], kinds: set[str], structs: Iterable[StructView]
) -> tuple[str, ...]:
    names = set()
    if "any" in kinds or any(struct.open for struct in structs):
        names.add("check_json")
    if "date_time" in kinds:
        names |= {"format_time", "parse_time"}
    if "uri" in kinds:
        names.add("check_uri")
    if any(struct.together for struct in structs):
        names.add("Combinations")
    for field_ in fields:
        if field_.kind == "integer" and field_.integral_floats:
            names.add("integral")
        if field_.limits.multiple_of is not None:
            names.add("is_multiple")
    return tuple(sorted(names))


def handlers(protocol: Protocol) -> Mapping[str, list[HandlerView]]:
    """The stub classes: side → a class a block, in the order of the blocks."""
    sides = {"station": ("Station", "station"), "csms": ("Csms", "CSMS")}
    made: dict[str, list[HandlerView]] = {}
    for side, (prefix, noun) in sides.items():
        blocks: dict[str, list[Action]] = {}
        for action in protocol.actions:
            if side in action.receivers:
                blocks.setdefault(action.block, []).append(action)
        made[side] = [
            HandlerView(
                name=f"{prefix}{_camel(block)}Handler",
                doc=f"What a {noun} answers: {_title(block)}.",
                actions=tuple(blocks[block]),
            )
            for block in sorted(blocks)
        ]
    return made


def _bare(block: str) -> str:
    letter, _, rest = block.partition("_")
    return rest if len(letter) == 1 and rest else block


def _camel(block: str) -> str:
    return "".join(word.capitalize() for word in _bare(block).split("_"))


def _title(block: str) -> str:
    letter, _, rest = block.partition("_")
    words = _bare(block).replace("_", " ")
    return f"block {letter.upper()}, {words}" if len(letter) == 1 and rest else words
