from __future__ import annotations

import pytest

from ocppkit.codegen.names import Names

_NAMES = Names(
    words={"SoC": "Soc", "eMAID": "Emaid", "MAID": "Wrong"},
    members={"Unit": {"kWh": "KWH"}},
)


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        ("evseId", "evse_id"),
        ("evseID", "evse_id"),
        ("responderURL", "responder_url"),
        ("OCSPRequestData", "ocsp_request_data"),
        ("iso15118SchemaVersion", "iso15118_schema_version"),
        ("Energy.Active.Import", "energy_active_import"),
        ("L1-N", "l1_n"),
        ("with space", "with_space"),
        ("_private_", "private"),
        ("class", "class_"),
        ("Import", "import_"),
    ],
)
def test_a_wire_name_becomes_snake_case(wire: str, name: str) -> None:
    assert _NAMES.snake(wire) == name


def test_the_words_of_the_table_are_kept_together_the_longest_first() -> None:
    assert _NAMES.snake("fullSoC") == "full_soc"
    assert _NAMES.snake("eMAID") == "emaid"


@pytest.mark.parametrize("wire", ["list", "int", "str", "self", "field", "extra", "datetime"])
def test_a_field_is_not_called_what_a_generated_class_uses_itself(wire: str) -> None:
    assert _NAMES.field(wire) == f"{wire}_"


def test_a_field_does_not_begin_with_a_digit_nor_look_private() -> None:
    assert _NAMES.field("3phase") == "field_3phase"


def test_a_field_may_be_called_type_or_id() -> None:
    assert [_NAMES.field(wire) for wire in ("type", "id")] == ["type", "id"]


@pytest.mark.parametrize(
    ("value", "member"),
    [
        ("kWh", "KWH"),
        ("kVarh", "K_VARH"),
        ("3.3.1", "_3_3_1"),
        ("class", "CLASS"),
        ("None", "NONE"),
        ("100%", "_100"),
    ],
)
def test_a_value_becomes_upper_snake_case_unless_the_table_names_it(
    value: str, member: str
) -> None:
    assert _NAMES.member("Unit", value) == member


def test_an_exception_holds_for_its_enum_alone() -> None:
    assert _NAMES.member("Other", "kWh") == "K_WH"
