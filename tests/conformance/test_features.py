from __future__ import annotations

import re

import pytest
from attrs import evolve

from ocppkit.conformance import CaseSettings, all_facts
from ocppkit.conformance.feature_words import in_words
from ocppkit.conformance.features import Features, unmet
from ocppkit.conformance.inventory import Inventory, Key
from ocppkit.v201 import (
    DataEnumType,
    MutabilityEnumType,
    ReportDataType,
    VariableAttributeType,
    VariableCharacteristicsType,
)


def report(
    key: Key, value: str, *, fixed: bool = False, values: str | None = None
) -> ReportDataType:
    mutability = MutabilityEnumType.READ_ONLY if fixed else MutabilityEnumType.READ_WRITE
    return ReportDataType(
        component=key.component_type,
        variable=key.variable_type,
        variable_attribute=[VariableAttributeType(value=value, mutability=mutability)],
        variable_characteristics=VariableCharacteristicsType(
            data_type=DataEnumType.MEMBER_LIST, supports_monitoring=False, values_list=values
        ),
    )


def features(*reports: ReportDataType, settings: CaseSettings | None = None) -> Features:
    return Features(Inventory([*reports]), settings or CaseSettings())


START = Key(component="TxCtrlr", name="TxStartPoint")


def test_a_fixed_start_point_is_what_it_says_whatever_the_list_allows() -> None:
    it = features(report(START, "EVConnected", fixed=True, values="EVConnected,Authorized"))

    assert it.has("C-09.1")
    assert not it.has("C-09.2")
    assert not it.has("C-51")


def test_a_start_point_that_can_be_set_is_all_that_the_list_allows() -> None:
    it = features(report(START, "EVConnected", values="EVConnected,Authorized"))

    assert it.has("C-09.2")
    assert not it.has("C-09.4")
    assert it.has("C-51")


def test_names_of_variables_do_not_differ_by_case() -> None:
    shouted = Key(component="TXCTRLR", name="txstartpoint")

    assert features(report(shouted, "Authorized", fixed=True)).has("C-09.2")


def test_the_settings_win_over_the_inventory() -> None:
    told = CaseSettings(features=frozenset({"C-13"}), lacks=frozenset({"C-30"}))
    it = features(settings=told)

    assert it.has("C-13")
    assert not it.has("C-30")


CONNECTOR = Key(component="Connector", name="ConnectorType")
CABLES = ("HFS-1", "HFS-2", "HFS-4", "AQ-9", "mode12")


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (["sType2"], {"HFS-1", "AQ-9"}),
        (["cType2"], {"HFS-2", "AQ-9"}),
        (["cCCS2"], {"HFS-2", "HFS-4"}),
        (["cTesla"], {"HFS-2", "HFS-4", "AQ-9"}),
        (["sCEE-7-7"], {"HFS-1", "mode12"}),
        (["wInductive"], set()),
        (["Unknown", ""], {"AQ-9"}),
        ([], {"AQ-9"}),
    ],
)
def test_connector_types_tell_of_cables_and_currents(types: list[str], expected: set[str]) -> None:
    it = features(
        *(report(CONNECTOR.at(1, place), each) for place, each in enumerate(types, start=1))
    )

    assert {each for each in CABLES if it.has(each)} == expected


MIXED = [report(CONNECTOR.at(1, 1), "cCCS2"), report(CONNECTOR.at(1, 2), "cType2")]
SOCKET = report(CONNECTOR.at(2, 1), "sType2")


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((1, 1), {"HFS-2", "HFS-4"}),
        ((1, 2), {"HFS-2", "AQ-9"}),
        ((2, 1), {"HFS-1", "AQ-9"}),
        ((3, 1), {"HFS-1", "HFS-2", "HFS-4", "AQ-9"}),
    ],
    ids=str,
)
def test_of_connectors_that_differ_it_is_the_one_where_the_cases_are_played(
    place: tuple[int, int], expected: set[str]
) -> None:
    here = CaseSettings(evse_id=place[0], connector_id=place[1])
    it = features(*MIXED, SOCKET, settings=here)

    assert {each for each in CABLES if it.has(each)} == expected
    assert {each for each in CABLES if features(*MIXED, SOCKET).has(each, at=place)} == expected


def test_what_the_settings_say_of_cables_is_so_everywhere() -> None:
    it = features(*MIXED, SOCKET, settings=CaseSettings(lacks=frozenset({"HFS-1"})))

    assert not it.has("HFS-1", at=(2, 1))


def test_a_station_tells_which_tokens_it_takes() -> None:
    supported = Key(component="AuthCtrlr", name="SupportedIdTokenTypes")
    it = features(report(supported, "ISO15693,Central", fixed=True))

    assert it.has("C-31")
    assert it.has("C-38")
    assert not it.has("C-30")
    assert not it.has("C-36")


def test_a_reader_tells_which_tokens_it_reads() -> None:
    read = Key(component="TokenReader", name="TokenType")
    it = features(report(read, "ISO14443", values="ISO14443,ISO15693"))

    assert [feature for feature in ("C-30", "C-31", "C-32") if it.has(feature)] == ["C-30", "C-31"]


def test_a_station_that_tells_nothing_of_tokens_reads_the_usual_ones() -> None:
    it = features()

    assert it.has("C-30")
    assert not it.has("C-31")
    assert not it.has("C-35")


def test_a_start_button_needs_no_token() -> None:
    assert features(settings=CaseSettings(start_button=True)).has("C-35")


def test_a_station_without_measurands_samples_nothing() -> None:
    measurands = Key(component="SampledDataCtrlr", name="TxUpdatedMeasurands")

    assert features(report(measurands, "Energy.Active.Import.Register")).has("C-40")
    assert features(report(measurands, "", values="Power.Active.Import")).has("C-40")
    assert not features(report(measurands, "")).has("C-40")


def test_what_can_be_switched_on_is_there() -> None:
    key = Key(component="AuthCacheCtrlr", name="Enabled")
    offline = report(Key(component="AuthCtrlr", name="LocalAuthorizeOffline"), "true")

    assert features(report(key, "false"), offline).has("C-01")
    assert not features(report(key, "false", fixed=True), offline).has("C-01")


@pytest.mark.parametrize("feature", ["C-29.3", "C-47", "C-56", "firmware", "log"])
def test_what_no_variable_tells_is_assumed_unless_the_settings_deny_it(feature: str) -> None:
    assert features().has(feature)
    assert not features(settings=CaseSettings(lacks=frozenset({feature}))).has(feature)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("", True),
        ("A", True),
        ("B", False),
        ("not B", True),
        ("A and B", False),
        ("B or A and A", True),
        ("not (A or B)", False),
        ("A and (B or not B)", True),
        ("HFS-8 > 1", False),
    ],
)
def test_conditions_are_weighed(condition: str, holds: bool) -> None:
    it = features(settings=CaseSettings(features=frozenset({"A"})))

    assert (unmet(condition, it) is None) is holds


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("B and C", "lacks B, C"),
        ("(A or B) and C and not D", "lacks C"),
        ("not A", "has A"),
        ("not (A or B) and C", "lacks C and has A"),
        ("C-42", "lacks C-42 (signed meter values)"),
    ],
)
def test_a_condition_that_does_not_hold_says_what_is_in_the_way(condition: str, told: str) -> None:
    it = features(settings=CaseSettings(features=frozenset({"A"})))

    assert unmet(condition, it) == f"needs {condition}; the station {told}"


@pytest.mark.parametrize("condition", ["A and", "(A", "A B", "A and and B)"])
def test_what_is_no_condition_is_refused(condition: str) -> None:
    with pytest.raises(ValueError, match="A"):
        unmet(condition, features())


def test_every_condition_of_the_table_can_be_read_and_told_in_words() -> None:
    for facts in all_facts().values():
        unmet(facts.condition, features())
        for name in re.findall(r"[A-Z]+-[0-9.]+", facts.condition):
            assert in_words(name) != name


def test_one_root_that_replaces_another_is_there_where_it_can_be_switched_on() -> None:
    one_root = Key(component="SecurityCtrlr", name="AdditionalRootCertificateCheck")

    assert features(report(one_root, "true", fixed=True)).has("AS-2")
    assert features(report(one_root, "false")).has("AS-2")
    assert not features(report(one_root, "false", fixed=True)).has("AS-2")


@pytest.mark.parametrize("profile", [1, 2, 3])
def test_security_profile_1_is_there_where_the_station_uses_it(profile: int) -> None:
    assert features(settings=CaseSettings(security_profile=profile)).has("C-61") is (profile == 1)


def test_a_master_pass_stops_all_only_where_there_is_no_screen_to_choose_on() -> None:
    group = report(Key(component="AuthCtrlr", name="MasterPassGroupId"), "X")
    screen = CaseSettings(features=frozenset({"C-07"}))

    assert features(group).has("C-08")
    assert not features(group, settings=screen).has("C-08")


def test_two_evses_are_counted() -> None:
    key = Key(component="EVSE", name="Available")
    it = features(report(key.at(1), "true"), report(key.at(2), "true"))

    assert unmet("HFS-8 > 1", it) is None
    assert it.evse_count == 2


def test_a_setting_changes_no_other() -> None:
    assert evolve(CaseSettings(), evse_id=2).connector_id == 1
