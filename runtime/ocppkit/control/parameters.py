"""The parameters of a command: what they take from a program, and from a person who types."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, assert_never

from attrs import frozen

from ocppkit.control.errors import CommandFailed, ErrorCode
from ocppkit.scalars import parse_time
from ocppkit.value import Value

__all__ = ["Kind", "Parameter", "read_arguments", "typed"]

_LONGEST_TEXT = 1_000_000  # characters; certificate chains are the longest texts
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class Kind(StrEnum):
    """What a parameter takes."""

    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    INTEGERS = "list of integers"
    TEXTS = "list of texts"
    TIME = "date-time"
    OBJECT = "object"
    NAME = "text or object"
    VALUE = "text, number or boolean"
    ANY = "any JSON"


@frozen(kw_only=True, eq=False, repr=False)
class Parameter(Value):
    """A parameter of a command.

    Attributes:
        name: as in ``args``.
        kind: what it takes.
        about: what it is, in a few words.
        required: whether a program has to give it.
        default: what counts where it is not given; None for nothing.
        assumed: what the console takes for a required one that was not typed; None for nothing.
        unit: of a number.
        choices: all that it takes, where that is a closed list.
        synonyms: what is taken besides those, and not offered.
        minimum: of a number, or of each in a list.
        maximum: likewise.
        fields: of an object.
        longest: how many characters a text may have; None for a great many.
    """

    name: str
    kind: Kind
    about: str
    required: bool = False
    default: Any = None
    assumed: Any = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    fields: tuple[Parameter, ...] = ()
    longest: int | None = None

    @property
    def spread(self) -> tuple[Parameter, ...]:
        """What a person gives by name in place of the object."""
        return self.fields if self.kind is Kind.OBJECT else ()

    def read(self, value: Any, *, where: str = "") -> Any:
        """Check a value of JSON and bring it into Python's form.

        Args:
            value: as given.
            where: the path to the object that this is a field of, with a dot at its end.

        Raises:
            CommandFailed: it does not fit; the text names the path.
        """
        path = f"{where}{self.name}"
        if not self._fits(value):
            raise _bad(f"{path}: {self.expected} is expected")
        match self.kind:
            case Kind.TIME:
                try:
                    return parse_time(value)
                except ValueError:
                    raise _bad(f"{path}: {self.expected} is expected") from None
            case Kind.OBJECT if self.fields:
                return read_arguments(self.fields, value, where=f"{path}.")
            case Kind.NAME if isinstance(value, dict):
                return read_arguments(self.fields, value, where=f"{path}.")
            case Kind.VALUE:
                return value if isinstance(value, str) else json.dumps(value)
            case Kind.INTEGERS | Kind.TEXTS:
                return tuple(value)
            case _:
                return value

    @property
    def expected(self) -> str:
        """What it takes, in words."""
        if self.choices:
            wanted = f"one of {', '.join(self.choices)}"
            return f"a list of {wanted}" if self.kind is Kind.TEXTS else wanted
        if self.kind is Kind.ANY:
            return self.kind.value
        article = "an" if self.kind.value[0] in "io" else "a"
        unit = f" in {self.unit}" if self.unit else ""
        if self.minimum is None:
            limits = "" if self.longest is None else f" of at most {self.longest} characters"
        elif self.maximum is None:
            limits = f" of at least {self.minimum:g}"
        else:
            limits = f" from {self.minimum:g} to {self.maximum:g}"
        return f"{article} {self.kind}{unit}{limits}"

    def _fits(self, value: Any) -> bool:
        match self.kind:
            case Kind.INTEGER:
                fits = _is_integer(value) and self._enough(value)
            case Kind.NUMBER:
                fits = _is_number(value) and self._enough(value)
            case Kind.INTEGERS:
                whole = isinstance(value, list) and all(map(_is_integer, value))
                fits = whole and bool(value) and all(map(self._enough, value))
            case Kind.TEXT | Kind.TIME:
                fits = self._is_choice(value)
            case Kind.TEXTS:
                fits = isinstance(value, list) and all(map(self._is_choice, value))
            case Kind.BOOLEAN:
                fits = isinstance(value, bool)
            case Kind.OBJECT:
                fits = isinstance(value, dict)
            case Kind.NAME:
                fits = isinstance(value, dict) or self._is_choice(value)
            case Kind.VALUE:
                fits = _is_number(value) or isinstance(value, str | bool)
            case Kind.ANY:
                fits = True
            case _:
                assert_never(self.kind)
        return fits

    def _enough(self, value: float) -> bool:
        least = self.minimum is None or value >= self.minimum
        return least and (self.maximum is None or value <= self.maximum)

    def _is_choice(self, value: Any) -> bool:
        if not isinstance(value, str) or not 0 < len(value) <= (self.longest or _LONGEST_TEXT):
            return False
        return not self.choices or value in self.choices or value in self.synonyms


def read_arguments(
    parameters: Iterable[Parameter], given: Mapping[str, Any], *, where: str = ""
) -> dict[str, Any]:
    """Check arguments against parameters, and add the defaults.

    Null counts as not given, as does an optional argument that is left out without a default: it
    is not in the result.

    Raises:
        CommandFailed: something is missing, unknown or does not fit.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            hint = f"; there are {', '.join(known)}" if known else ""
            raise _bad(f"{where}{name[:100]}: unknown{hint}")
    read = {}
    for name, parameter in known.items():
        value = given.get(name)
        if value is not None:
            read[name] = parameter.read(value, where=where)
        elif parameter.required:
            raise _bad(f"{where}{name}: missing; {parameter.expected} is expected")
        elif parameter.default is not None:
            read[name] = parameter.default
    return read


def typed(parameter: Parameter, text: str) -> Any:
    """What somebody who typed this means, as JSON; `Parameter.read` checks it.

    Raises:
        CommandFailed: it cannot be read at all.
    """
    try:
        return _TYPED[parameter.kind](text)
    except (ValueError, RecursionError):
        raise _bad(f"{parameter.name}: {parameter.expected} is expected") from None


def _any(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


_TYPED: Mapping[Kind, Callable[[str], Any]] = {
    Kind.INTEGER: int,
    Kind.NUMBER: float,
    Kind.TEXT: str,
    Kind.BOOLEAN: lambda text: _WORDS.get(text.lower(), text),
    Kind.INTEGERS: lambda text: [int(part) for part in text.split(",")],
    Kind.TEXTS: lambda text: text.split(","),
    Kind.TIME: str,
    Kind.OBJECT: json.loads,
    Kind.NAME: lambda text: json.loads(text) if text.startswith("{") else text,
    Kind.VALUE: str,
    Kind.ANY: _any,
}


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    if _is_integer(value):
        return True
    return isinstance(value, float) and math.isfinite(value)


def _bad(message: str) -> CommandFailed:
    return CommandFailed(ErrorCode.BAD_ARGS, message)
