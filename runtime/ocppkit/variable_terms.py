"""The words for variables and configuration keys: they load nothing of what checks values."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Access", "DataType", "KeyType", "Mutability"]


class DataType(StrEnum):
    """What a variable holds (2.0.1 Part 2 §3.26)."""

    BOOLEAN = "boolean"
    DATE_TIME = "dateTime"
    DECIMAL = "decimal"
    INTEGER = "integer"
    MEMBER_LIST = "MemberList"
    """A set of options."""
    OPTION_LIST = "OptionList"
    """One option of several."""
    SEQUENCE_LIST = "SequenceList"
    """Options in an order that matters."""
    STRING = "string"


class Mutability(StrEnum):
    """Whether a variable can be read and set (2.0.1 Part 2 §3.58)."""

    READ_ONLY = "ReadOnly"
    READ_WRITE = "ReadWrite"
    WRITE_ONLY = "WriteOnly"


class KeyType(StrEnum):
    """What a configuration key holds (1.6 §9)."""

    BOOLEAN = "boolean"
    CSL = "csl"
    """A list, separated by commas."""
    INTEGER = "integer"
    JSON = "json"
    STRING = "string"


class Access(StrEnum):
    """Whether a configuration key can be read and set (1.6 §9)."""

    READ = "R"
    READ_WRITE = "RW"
    WRITE = "W"
