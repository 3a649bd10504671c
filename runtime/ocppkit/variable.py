"""The standard variables of 2.0.1 and configuration keys of 1.6: what each may hold, and its text.

Both travel as text, whatever they hold: ``"300"``, ``"true"``, ``"NTP,Heartbeat"``. A
:class:`Variable` and a :class:`ConfigurationKey` turn such text into a typed value and back, and
say in words what was expected where it cannot be done. The generated modules
``ocppkit.v201.device_model`` and ``ocppkit.v16.configuration`` hold one constant for each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from math import isfinite
from reprlib import repr as shorten
from typing import Any, Generic, Never, TypeVar

from attrs import frozen

from ocppkit.scalars import format_time, parse_time
from ocppkit.value import Value
from ocppkit.variable_terms import Access, DataType, KeyType, Mutability

__all__ = ["Access", "ConfigurationKey", "DataType", "KeyType", "Mutability", "Variable"]

T = TypeVar("T")


@frozen(kw_only=True, eq=False, repr=False)
class Variable(Value, Generic[T]):
    """A standard variable of the device model, without the EVSE that it may be asked for.

    Attributes:
        component: the component as on the wire; ``<generic>`` where any component may have it.
        name: the variable as on the wire.
        instance: its instance as on the wire; None where it has none, or where ``placeholder``
            says that a station names them.
        placeholder: what a station puts in place of the instance: ``<vendorId>``.
        data_type: what it holds.
        units: the units it may be in, as on the wire; the first one is meant if none is said.
        mutability: None where the specification leaves it to the station.
        minimum: the least value.
        maximum: the greatest value.
        max_length: the most characters of its text.
        values: all options there are; empty where the specification gives no closed list.
        default: what it is until set; None where the specification does not say.
        required: whether a station must have it, given the component and the feature.
        doc: one sentence.
    """

    component: str
    name: str
    data_type: DataType
    instance: str | None = None
    placeholder: str | None = None
    units: tuple[str, ...] = ()
    mutability: Mutability | None = None
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    values: tuple[str, ...] = ()
    default: T | None = None
    required: bool = False
    doc: str = ""

    def __str__(self) -> str:
        instance = self.instance or self.placeholder
        return f"{self.component}.{self.name}" + (f"[{instance}]" if instance else "")

    def parse(self, text: str) -> T:
        """Read a text as it stands on the wire (2.0.1 Part 2 §2.1.4).

        A decimal becomes a float, as in messages; a list becomes a tuple. The empty text, by which
        a station says that it does not know a value, is no number, boolean or option.

        Raises:
            ValueError: with what was expected.
        """
        value: T = self._rules().parse(text)
        return value

    def format(self, value: T) -> str:
        """Write a value as it stands on the wire; what :meth:`parse` reads back as the same.

        A float gets all its digits and never an exponent: who sends one *to* a station rounds it
        to six decimals first (2.0.1 Part 2 §2.1.4). A time is cut to milliseconds.

        Raises:
            ValueError: with what was expected.
        """
        return self._rules().format(value)

    def _rules(self) -> _Rules:
        return _Rules(
            name=str(self),
            form=_VARIABLE_FORMS[self.data_type],
            minimum=self.minimum,
            maximum=self.maximum,
            max_length=self.max_length,
            values=self.values,
            secret=self.mutability is Mutability.WRITE_ONLY,
        )


@frozen(kw_only=True, eq=False, repr=False)
class ConfigurationKey(Value, Generic[T]):
    """A standard configuration key.

    Attributes:
        key: as on the wire.
        profile: the feature profile that it belongs to, as its class is called: ``Core``.
        access: whether it can be read and set.
        type: what it holds.
        required: whether a charge point with the profile must have it.
        unit: as the specification writes it.
        minimum: the least value.
        maximum: the greatest value.
        max_length: the most characters of its text.
        values: all options there are; empty where the specification gives no closed list.
        suffixes: what may follow an option after a dot: the ``L1`` of ``Voltage.L1``.
        numbered: whether each item begins with a connector's number and a dot: ``1.RST``.
        default: what it is until set; None where the specification does not say.
        reboot: whether a change takes effect only after a restart or a new connection.
        doc: one sentence.
    """

    key: str
    profile: str
    access: Access
    type: KeyType
    required: bool = False
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    values: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    numbered: bool = False
    default: T | None = None
    reboot: bool = False
    doc: str = ""

    def __str__(self) -> str:
        return self.key

    def parse(self, text: str) -> T:
        """Read a text as it stands on the wire: booleans in any case, spaces around list items.

        Raises:
            ValueError: with what was expected.
        """
        value: T = self._rules().parse(text)
        return value

    def format(self, value: T) -> str:
        """Write a value as it stands on the wire; what :meth:`parse` reads back as the same.

        Raises:
            ValueError: with what was expected.
        """
        return self._rules().format(value)

    def _rules(self) -> _Rules:
        return _Rules(
            name=self.key,
            form=_KEY_FORMS[self.type],
            minimum=self.minimum,
            maximum=self.maximum,
            max_length=self.max_length,
            values=self.values,
            suffixes=self.suffixes,
            numbered=self.numbered,
            secret=self.access is Access.WRITE,
        )


@frozen(eq=False, repr=False)
class _Form(Value):
    """How the values of a type are written; the functions may raise any of ``_UNFIT``."""

    expected: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]


_UNFIT = (KeyError, OverflowError, RecursionError, TypeError, ValueError)


@frozen(kw_only=True, eq=False, repr=False)
class _Rules(Value):
    """What a variable and a key have in common: a form, and limits to what is written in it."""

    name: str
    form: _Form
    minimum: float | None
    maximum: float | None
    max_length: int | None
    values: tuple[str, ...]
    suffixes: tuple[str, ...] = ()
    numbered: bool = False
    secret: bool

    def parse(self, text: str) -> Any:
        try:
            value = self.form.read(text)
        except _UNFIT:
            self._refuse(self.form.expected, text)
        self._check(value, text)
        return value

    def format(self, value: Any) -> str:
        try:
            text = self.form.write(value)
        except _UNFIT:
            self._refuse(self.form.expected, value)
        self._check(value, text)
        return text

    def _check(self, value: Any, text: str) -> None:
        if self.minimum is not None and value < self.minimum:
            self._refuse(f"at least {self.minimum:g}", value)
        if self.maximum is not None and value > self.maximum:
            self._refuse(f"at most {self.maximum:g}", value)
        if self.max_length is not None and len(text) > self.max_length:
            self._refuse(f"at most {self.max_length} characters", value)
        if self.values:
            items: Iterable[str] = (value,) if isinstance(value, str) else value
            for item in items:
                if not self._is_option(item):
                    self._refuse(self._options(), item)

    def _is_option(self, item: str) -> bool:
        if self.numbered:
            number, _, item = item.partition(".")
            if not _NUMBER(number):
                return False
        value, _, suffix = item.rpartition(".")
        return item in self.values or (value in self.values and suffix in self.suffixes)

    def _options(self) -> str:
        text = f"one of {', '.join(self.values)}"
        if self.suffixes:
            text += f", with or without a dot and one of {', '.join(self.suffixes)} behind it"
        if self.numbered:
            text += ", with a connector's number and a dot before it"
        return text

    def _refuse(self, expected: str, value: object) -> Never:
        got = "something else" if self.secret else shorten(value)  # a password stays out of the log
        msg = f"{self.name}: expected {expected}, got {got}"
        raise ValueError(msg) from None


_NUMBER = re.compile(r"0|[1-9][0-9]*").fullmatch
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,9})").fullmatch
_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?").fullmatch
_LEAST, _MOST = -(2**31), 2**31 - 1


def _read_integer(text: str) -> int:
    if not _INTEGER(text) or not _LEAST <= int(text) <= _MOST:
        raise ValueError
    return int(text)


def _write_integer(value: Any) -> str:
    if value.__class__ is not int or not _LEAST <= value <= _MOST:
        raise TypeError
    return str(value)


def _read_decimal(text: str) -> float:
    if not _DECIMAL(text) or not isfinite(float(text)):
        raise ValueError
    return float(text)


def _write_decimal(value: Any) -> str:
    if value.__class__ not in {float, int} or not isfinite(value):
        raise TypeError
    text = repr(value)
    if "e" not in text:
        return text
    from decimal import Decimal  # noqa: PLC0415  # a third of a megabyte, for the unusual number

    return format(Decimal(text), "f")


_BOOLEANS = {"true": True, "false": False}


def _write_boolean(value: Any) -> str:
    if value.__class__ is not bool:
        raise TypeError
    return "true" if value else "false"


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _read_list(text: str) -> tuple[str, ...]:
    if not text.strip():
        return ()
    items = tuple(item.strip() for item in text.split(","))
    if not all(items):
        raise ValueError
    return items


def _write_list(value: Any) -> str:
    if isinstance(value, str):  # it would be written letter by letter
        raise TypeError
    text = ",".join(value)
    if _read_list(text) != tuple(value):
        raise ValueError
    return text


def _not_json(constant: str) -> Never:
    raise ValueError(constant)


def _read_json(text: str) -> Any:
    return json.loads(text, parse_constant=_not_json)


def _write_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


_INTEGERS = _Form(
    "an integer of 32 bits without plus sign or leading zeros", _read_integer, _write_integer
)
_LISTS = _Form("items without empty ones, separated by commas", _read_list, _write_list)
_STRINGS = _Form("a text", _string, _string)

_VARIABLE_FORMS = {
    DataType.BOOLEAN: _Form("true or false", _BOOLEANS.__getitem__, _write_boolean),
    DataType.DATE_TIME: _Form("a date and time of RFC 3339", parse_time, format_time),
    DataType.DECIMAL: _Form("a number without exponent", _read_decimal, _write_decimal),
    DataType.INTEGER: _INTEGERS,
    DataType.MEMBER_LIST: _LISTS,
    DataType.OPTION_LIST: _STRINGS,
    DataType.SEQUENCE_LIST: _LISTS,
    DataType.STRING: _STRINGS,
}
_KEY_FORMS = {
    KeyType.BOOLEAN: _Form("true or false", lambda text: _BOOLEANS[text.lower()], _write_boolean),
    KeyType.CSL: _LISTS,
    KeyType.INTEGER: _INTEGERS,
    KeyType.JSON: _Form("JSON", _read_json, _write_json),
    KeyType.STRING: _STRINGS,
}
