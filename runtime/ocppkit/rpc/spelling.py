"""How each version spells the error codes, and which code answers which broken rule."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ocppkit.errors import ErrorCode, Rule
from ocppkit.message import Version

__all__ = ["code_for_rule", "spell"]

# The two misspelt names stay on the wire (errata 1.6-J 5.1, 5.2). What 1.6 lacks: its
# FormationViolation speaks of what is "not conform the PDU structure", nothing of message types.
_SPELLINGS: Mapping[Version, Mapping[ErrorCode, str]] = MappingProxyType(
    {
        Version.V16: MappingProxyType(
            {
                ErrorCode.FORMAT_VIOLATION: "FormationViolation",
                ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED: ErrorCode.GENERIC_ERROR.value,
                ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION: "OccurenceConstraintViolation",
                ErrorCode.RPC_FRAMEWORK_ERROR: "FormationViolation",
            }
        ),
        Version.V201: MappingProxyType({}),
    }
)

_CODES: Mapping[Rule, ErrorCode] = MappingProxyType(
    {
        Rule.ADDITIONAL_PROPERTIES: ErrorCode.FORMAT_VIOLATION,
        Rule.ENUM: ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        Rule.FORMAT: ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        Rule.MAXIMUM: ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        Rule.MAX_ITEMS: ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION,
        Rule.MAX_LENGTH: ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        Rule.MINIMUM: ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        Rule.MIN_ITEMS: ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION,
        Rule.MIN_LENGTH: ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        Rule.MULTIPLE_OF: ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
        Rule.REQUIRED: ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION,
        Rule.TYPE: ErrorCode.TYPE_CONSTRAINT_VIOLATION,
    }
)


def spell(version: Version, code: ErrorCode) -> str:
    """The error code as a version writes it, or the nearest that the version knows.

    (1.6-J §4.2.3 and errata 5.1, 5.2; 2.0.1 Part 4 §4.3)
    """
    return _SPELLINGS[version].get(code, code.value)


def code_for_rule(rule: Rule) -> ErrorCode:
    """The error code that answers a payload which breaks the rule (2.0.1 Part 4 §4.3)."""
    return _CODES[rule]
