from __future__ import annotations

import pytest

from ocppkit.errors import ErrorCode, Rule
from ocppkit.message import Version
from ocppkit.rpc import code_for_rule, spell


def test_version_201_spells_every_code_as_its_table_does() -> None:
    assert {spell(Version.V201, code) for code in ErrorCode} == {
        "FormatViolation",
        "GenericError",
        "InternalError",
        "MessageTypeNotSupported",
        "NotImplemented",
        "NotSupported",
        "OccurrenceConstraintViolation",
        "PropertyConstraintViolation",
        "ProtocolError",
        "RpcFrameworkError",
        "SecurityError",
        "TypeConstraintViolation",
    }


@pytest.mark.requirement("1.6-J §4.2.3")
def test_version_16_sends_only_codes_of_its_own_table() -> None:
    assert {spell(Version.V16, code) for code in ErrorCode} == {
        "FormationViolation",
        "GenericError",
        "InternalError",
        "NotImplemented",
        "NotSupported",
        "OccurenceConstraintViolation",
        "PropertyConstraintViolation",
        "ProtocolError",
        "SecurityError",
        "TypeConstraintViolation",
    }


@pytest.mark.parametrize(
    ("code", "spelling"),
    [
        (ErrorCode.FORMAT_VIOLATION, "FormationViolation"),
        (ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, "OccurenceConstraintViolation"),
        (ErrorCode.RPC_FRAMEWORK_ERROR, "FormationViolation"),
        (ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED, "GenericError"),
    ],
)
def test_version_16_keeps_its_typos_and_replaces_what_it_lacks(
    code: ErrorCode, spelling: str
) -> None:
    assert spell(Version.V16, code) == spelling


@pytest.mark.parametrize(
    ("code", "rules"),
    [
        (
            ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION,
            {Rule.REQUIRED, Rule.MIN_ITEMS, Rule.MAX_ITEMS},
        ),
        (ErrorCode.TYPE_CONSTRAINT_VIOLATION, {Rule.TYPE}),
        (ErrorCode.FORMAT_VIOLATION, {Rule.ADDITIONAL_PROPERTIES}),
        (
            ErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
            {Rule.ENUM, Rule.FORMAT, Rule.MAXIMUM, Rule.MAX_LENGTH, Rule.MINIMUM}
            | {Rule.MIN_LENGTH, Rule.MULTIPLE_OF},
        ),
    ],
)
def test_a_broken_rule_has_its_code(code: ErrorCode, rules: set[Rule]) -> None:
    assert {rule for rule in Rule if code_for_rule(rule) is code} == rules
