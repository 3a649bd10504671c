from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ocppkit.cli.schedule import command

_ROOT = Path(__file__).parents[2]
_EXAMPLE = _ROOT / "examples" / "schedule.json"
_START = "2024-05-01T00:00:00Z"
_RUN = "from ocppkit.cli.schedule import command; command(prog_name='schedule')"


def _profile(id: int, *limits: float, **said: Any) -> dict[str, Any]:
    """A SetChargingProfile of 2.0.1: a default profile for EVSE 1, an hour a limit."""
    schedule = {
        "id": 1,
        "startSchedule": _START,
        "chargingRateUnit": said.pop("unit", "A"),
        "chargingSchedulePeriod": [
            {"startPeriod": 3600 * hour, "limit": limit} for hour, limit in enumerate(limits)
        ],
    }
    profile = {
        "id": id,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule],
    }
    evse = said.pop("evse", 1)
    schedule |= {key: said.pop(key) for key in ("duration",) if key in said}
    profile |= said
    if profile["chargingProfileKind"] == "Relative":
        del schedule["startSchedule"]
    return {"evseId": evse, "chargingProfile": profile}


def _profile_v16(id: int, limit: float, **said: Any) -> dict[str, Any]:
    connector = said.pop("connector", 1)
    schedule = {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
    }
    profile = {
        "chargingProfileId": id,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule,
    }
    return {"connectorId": connector, "csChargingProfiles": profile | said}


def _case(*profiles: dict[str, Any], **said: Any) -> dict[str, Any]:
    request = {"evseId": 1, "start": _START, "duration": 7200} | said.pop("request", {})
    return {"protocol": "2.0.1", "profiles": list(profiles), "request": request} | said


def _case_v16(*profiles: dict[str, Any], **said: Any) -> dict[str, Any]:
    request = {"connectorId": 1, "start": _START, "duration": 7200} | said.pop("request", {})
    return {"protocol": "1.6", "profiles": list(profiles), "request": request} | said


def _run(content: Any, *arguments: str, columns: int = 80) -> Result:
    """Run the command with its file on the standard input."""
    text = content if isinstance(content, str) else json.dumps(content)
    return CliRunner().invoke(command, [*arguments, "-"], input=text, env={"COLUMNS": str(columns)})


def _answer(content: Any, *arguments: str) -> Any:
    result = _run(content, "--json", *arguments)
    assert result.stderr == "", result.stderr
    return json.loads(result.stdout)


def _periods(content: Any) -> list[tuple[Any, ...]]:
    answer = _answer(content)
    return [tuple(each.values()) for each in answer["chargingSchedulePeriod"]]


def _errors(content: Any) -> list[dict[str, Any]]:
    result = _run(content, "--json")
    assert (result.exit_code, result.stderr) == (1, "")
    errors: list[dict[str, Any]] = json.loads(result.stdout)["errors"]
    return errors


def test_a_schedule_of_2_0_1_is_worked_out() -> None:
    result = _run(_case(_profile(1, 16, 15.9)), "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "scheduleStart": _START,
        "duration": 7200,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [
            {"startPeriod": 0, "limit": 16},
            {"startPeriod": 3600, "limit": 15.9},
        ],
    }


def test_a_schedule_of_1_6_is_worked_out() -> None:
    ceiling = _profile_v16(
        2, 10, connector=0, chargingProfilePurpose="ChargePointMaxProfile", stackLevel=3
    )

    assert _periods(_case_v16(_profile_v16(1, 16))) == [(0, 16)]
    assert _periods(_case_v16(_profile_v16(1, 16), ceiling)) == [(0, 10)]


def test_limits_are_the_shortest_numbers() -> None:
    result = _run(_case(_profile(1, 16.0, 15.9)), "--json")

    assert '"limit":16}' in result.stdout
    assert '"limit":15.9}' in result.stdout


def test_watts_are_asked_for_and_converted_by_the_settings() -> None:
    settings = {"supplyVoltage": 120, "defaultNumberPhases": 2, "defaultLimitA": 5}
    request = {"chargingRateUnit": "W", "duration": 7200}
    profile = _profile(1, 16, duration=3600)

    answer = _answer(_case(profile, settings=settings, request=request))

    assert answer["chargingRateUnit"] == "W"
    assert [each["limit"] for each in answer["chargingSchedulePeriod"]] == [3840, 1200]


def test_a_limit_that_names_no_phases_holds_on_the_default_number() -> None:
    profile = _profile(1, 3680, 3680, unit="W", duration=7200)
    periods = profile["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"]
    periods[1]["numberPhases"] = 2
    settings = {"defaultNumberPhases": 1, "defaultLimitW": 2300}

    answer = _answer(_case(profile, settings=settings, request={"duration": 7201}))

    assert answer["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 16, "numberPhases": 1},
        {"startPeriod": 3600, "limit": 8, "numberPhases": 2},
        {"startPeriod": 7200, "limit": 10, "numberPhases": 1},
    ]


def test_a_default_limit_in_the_other_unit_is_rounded_down() -> None:
    assert _periods(_case(settings={"defaultLimitW": 11000})) == [(0, 15.9)]
    assert _periods(_case(settings={"defaultLimitW": 1e300, "defaultLimitA": 6})) == [(0, 6)]
    assert _periods(_case(settings={"defaultLimitW": 6.9e102})) == [(0, 10**100)]


def test_what_limits_nothing_is_null_unless_there_is_a_default() -> None:
    profile = _profile(1, 16, duration=3600)

    assert _periods(_case(profile)) == [(0, 16), (3600, None)]
    assert _periods(_case(profile, settings={"defaultLimitA": 6.5})) == [(0, 16), (3600, 6.5)]


def test_the_number_of_phases_is_told_where_a_profile_says_it() -> None:
    profile = _profile(1, 16)
    period = profile["chargingProfile"]["chargingSchedule"][0]["chargingSchedulePeriod"][0]
    period["numberPhases"] = 1

    answer = _answer(_case(profile))

    assert answer["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 16, "numberPhases": 1}]


def test_all_but_the_question_itself_has_defaults() -> None:
    answer = _answer({"protocol": "2.0.1", "now": _START, "request": {"evseId": 0, "duration": 60}})

    assert answer == {
        "scheduleStart": _START,
        "duration": 60,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": None}],
    }


def test_null_is_as_good_as_absent() -> None:
    case = _case(_profile(1, 16), settings={"defaultLimitA": None}, transactions=None, now=None)

    assert _periods(case) == [(0, 16)]


def test_as_many_evses_are_there_as_are_mentioned() -> None:
    case = _case(_profile(1, 16), _profile(2, 10, evse=3), request={"evseId": 0})

    assert _periods(case | {"settings": {"defaultLimitA": 1}}) == [(0, 27)]


def test_a_time_with_a_zone_and_a_fraction_comes_out_as_utc() -> None:
    request = {"start": "2024-05-01T02:00:00.75+02:00"}

    assert _answer(_case(_profile(1, 16), request=request))["scheduleStart"] == _START


def test_a_duration_of_zero_gives_the_period_that_holds_now() -> None:
    case = _case(_profile(1, 16, 10), request={"duration": 0})

    assert _periods(case) == [(0, 16)]


def test_a_relative_profile_counts_from_the_transaction_in_the_list() -> None:
    transaction = {"evseId": 1, "transactionId": "x", "start": "2024-04-30T23:30:00Z"}
    said = {"chargingProfileKind": "Relative", "chargingProfilePurpose": "TxProfile"}
    case = _case(_profile(1, 16, 10, **said, transactionId="x"), transactions=[transaction])

    assert _periods(case) == [(0, 16), (1800, 10)]


def test_a_simulated_transaction_takes_the_tx_profile_and_begins_with_the_schedule() -> None:
    said = {"chargingProfileKind": "Relative", "chargingProfilePurpose": "TxProfile"}
    case = _case(
        _profile(1, 16, 10, **said, transactionId="x"),
        request={"simulateTransactionActive": True},
    )

    assert _periods(case) == [(0, 16), (3600, 10)]


def test_a_simulated_transaction_begins_with_the_schedule_also_where_one_is_listed() -> None:
    transaction = {"connectorId": 1, "transactionId": 7, "start": "2024-04-30T23:30:00Z"}
    profile = _profile_v16(1, 16, chargingProfilePurpose="TxProfile", transactionId=7)
    periods = profile["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"]
    periods.append({"startPeriod": 3600, "limit": 10})
    case = _case_v16(profile, transactions=[transaction])

    assert _periods(case) == [(0, 16), (1800, 10)]
    case["request"]["simulateTransactionActive"] = True
    assert _periods(case) == [(0, 16), (3600, 10)]


def test_a_transaction_of_1_6_may_have_no_id_yet() -> None:
    transaction = {"connectorId": 1, "start": _START}
    case = _case_v16(
        _profile_v16(1, 16, chargingProfilePurpose="TxProfile"), transactions=[transaction]
    )

    assert _periods(case) == [(0, 16)]


def test_a_later_profile_replaces_one_as_the_version_does() -> None:
    assert _periods(_case(_profile(1, 16), _profile(1, 10))) == [(0, 10)]
    assert _periods(_case_v16(_profile_v16(1, 16), _profile_v16(2, 10))) == [(0, 10)]


def test_external_constraints_may_be_in_a_file() -> None:
    said = {"chargingProfilePurpose": "ChargingStationExternalConstraints"}

    assert _periods(_case(_profile(1, 16), _profile(2, 8, evse=0, **said))) == [(0, 8)]
    assert _periods(_case(_profile(1, 16), _profile(2, 8, **said))) == [(0, 8)]


def test_external_constraints_have_to_make_sense() -> None:
    said = {"chargingProfilePurpose": "ChargingStationExternalConstraints"}
    double = _case(_profile(1, 16, **said), _profile(2, 8, **said))
    backwards = _case(_profile(1, 8, validFrom=_START, validTo=_START, **said))

    (twice,), (never,) = _errors(double), _errors(backwards)

    assert (twice["profile"], twice["rule"]) == (2, "K01.FR.06")
    assert "is a ChargingStationExternalConstraints on stackLevel 0 too" in twice["message"]
    assert never["rule"] == "K01.FR.37"


def test_profiles_that_break_rules_are_named_with_them() -> None:
    tx = {"chargingProfilePurpose": "TxProfile", "transactionId": "x"}
    missing_start = _profile(7, 16)
    del missing_start["chargingProfile"]["chargingSchedule"][0]["startSchedule"]

    errors = _errors(_case(_profile(1, 16), missing_start, _profile(8, 16, **tx)))

    assert [(each["profile"], each["rule"], each["path"]) for each in errors] == [
        (7, "K01.FR.40", "$.profiles[1]"),
        (8, "K01.FR.09", "$.profiles[2]"),
    ]
    assert errors[0]["message"].startswith("startSchedule is missing")


def test_profiles_of_1_6_that_break_rules_are_named_with_them() -> None:
    tx = {"chargingProfilePurpose": "TxProfile"}

    errors = _errors(_case_v16(_profile_v16(1, 16, **tx), _profile_v16(2, 16, connector=0, **tx)))

    assert [(each["profile"], each["rule"]) for each in errors] == [
        (1, "1.6 §5.16.4"),
        (2, "1.6 §3.13.1"),
    ]


def test_a_profile_for_an_evse_that_is_not_there_is_refused() -> None:
    (error,) = _errors(_case(_profile(1, 16, evse=3), settings={"numberOfEvses": 2}))

    assert (error["profile"], error["rule"]) == (1, "K01.FR.28")


@pytest.mark.parametrize(
    ("said", "path", "rule", "message"),
    [
        ({"stackLevel": "1"}, "stackLevel", "type", "expected an integer, got '1'"),
        ({"chargingProfilePurpose": "Tx"}, "chargingProfilePurpose", "enum", "expected one of"),
        ({"validTo": "soon"}, "validTo", "format", "got 'soon'"),
        ({"colour": "red"}, "colour", "additionalProperties", "unknown key"),
    ],
)
def test_a_profile_that_breaks_its_schema_is_named_with_path_and_rule(
    said: dict[str, Any], path: str, rule: str, message: str
) -> None:
    (error,) = _errors(_case(_profile(4, 16, **said)))

    assert (error["profile"], error["rule"]) == (4, rule)
    assert error["path"] == f"$.profiles[0].chargingProfile.{path}"
    assert message in error["message"]


def test_a_profile_that_breaks_its_schema_hides_no_other_mistake() -> None:
    broken: dict[str, Any] = {"connectorId": 1, "csChargingProfiles": {"chargingProfileId": True}}
    wrong = _profile_v16(5, 16, recurrencyKind="Daily")

    errors = _errors(_case_v16(broken, {"connectorId": 1}, wrong))

    assert [(each["profile"], each["rule"]) for each in errors] == [
        (None, "type"),
        (None, "required"),
        (5, "1.6 errata 3.56"),
    ]
    assert errors[1]["path"] == "$.profiles[1].csChargingProfiles"
    assert errors[1]["message"] == "missing"


@pytest.mark.parametrize(
    ("said", "path", "message"),
    [
        ({"protocol": None}, "protocol", 'missing: expected "1.6" or "2.0.1"'),
        ({"protocol": "2.1"}, "protocol", 'expected "1.6" or "2.0.1", got "2.1"'),
        ({"protocol": ["1.6"]}, "protocol", 'expected "1.6" or "2.0.1", got ["1.6"]'),
        ({"now": "noon"}, "now", 'a time such as 2024-05-01T12:00:00Z, got "noon"'),
        ({"now": 5}, "now", "a time such as 2024-05-01T12:00:00Z, got 5"),
        ({"profile": []}, "profile", "unknown key: expected protocol, now,"),
        ({"profiles": {}}, "profiles", "expected a list, got {}"),
        ({"profiles": [5]}, "profiles[0]", "expected an object, got 5"),
        ({"settings": []}, "settings", "expected an object, got []"),
        ({"settings": {"defaultLimitA": -1}}, "settings.defaultLimitA", "a number from 0, got -1"),
        ({"settings": {"defaultLimitW": "9"}}, "settings.defaultLimitW", 'from 0, got "9"'),
        ({"settings": {"defaultLimitW": True}}, "settings.defaultLimitW", "from 0, got true"),
        ({"settings": {"supplyVoltage": 0}}, "settings.supplyVoltage", "a number above 0, in V"),
        ({"settings": {"defaultNumberPhases": 4}}, "settings.defaultNumberPhases", "from 1 to 3"),
        ({"settings": {"numberOfEvses": 0}}, "settings.numberOfEvses", "from 1 to 1000, got 0"),
        ({"settings": {"numberOfEvses": 1e9}}, "settings.numberOfEvses", "from 1 to 1000, got 1"),
        (
            {"settings": {"numberOfConnectors": 1}},
            "settings.numberOfConnectors",
            "unknown key: expected defaultLimitA, ",
        ),
        ({"transactions": [{"evseId": 1, "transactionId": "x"}]}, "transactions[0].start", "miss"),
        (
            {"transactions": [{"evseId": 1, "start": _START}]},
            "transactions[0].transactionId",
            "missing: expected a text of 1 to 36 characters",
        ),
        (
            {"transactions": [{"evseId": 0, "transactionId": "x", "start": _START}]},
            "transactions[0].evseId",
            "expected a whole number from 1 to 1000, got 0",
        ),
        (
            {"transactions": [{"evseId": 1, "transactionId": "x" * 37, "start": _START}]},
            "transactions[0].transactionId",
            "expected a text of 1 to 36 characters, got ",
        ),
        ({"request": {"evseId": None}}, "request.evseId", "missing: expected a whole number"),
        ({"request": {"connectorId": 1}}, "request.connectorId", "unknown key: expected evseId,"),
        ({"request": {"duration": -1}}, "request.duration", "from 0 to 2147483647, got -1"),
        ({"request": {"duration": 1.5}}, "request.duration", "from 0 to 2147483647, got 1.5"),
        ({"request": {"duration": True}}, "request.duration", "from 0 to 2147483647, got true"),
        ({"request": {"duration": [1]}}, "request.duration", "from 0 to 2147483647, got [1]"),
        ({"request": {"chargingRateUnit": "kW"}}, "request.chargingRateUnit", '"A" or "W", got'),
        (
            {"request": {"simulateTransactionActive": 1}},
            "request.simulateTransactionActive",
            "expected true or false, got 1",
        ),
        ({"request": {"start": None}}, "now", "missing: expected a time here or in request.start"),
        ({"request": {"start": "9999-12-31T23:00:00Z"}}, "request.duration", "the year 10000"),
        (
            {"request": {"evseId": 3}, "settings": {"numberOfEvses": 2}},
            "request.evseId",
            "there is no 3: numberOfEvses is 2",
        ),
    ],
)
def test_a_mistake_is_named_by_its_path_and_what_was_expected(
    said: dict[str, Any], path: str, message: str
) -> None:
    (error,) = _errors(_case(**said))

    assert error["path"] == f"$.{path}"
    assert message in error["message"]
    assert "rule" not in error


def test_a_station_has_one_transaction_an_evse_and_an_id() -> None:
    def transaction(evse: int, id: str) -> dict[str, Any]:
        return {"evseId": evse, "transactionId": id, "start": _START}

    errors = _errors(
        _case(
            transactions=[
                transaction(1, "a"),
                transaction(1, "b"),
                transaction(2, "a"),
                transaction(3, "c"),
            ],
            settings={"numberOfEvses": 2},
        )
    )

    assert [(each["path"], each["message"]) for each in errors] == [
        ("$.transactions[1].evseId", "another transaction is going on at 1"),
        ("$.transactions[2].transactionId", "another transaction is a"),
        ("$.transactions[3].evseId", "there is no 3: numberOfEvses is 2"),
    ]


def test_all_mistakes_are_named_at_once() -> None:
    case = {
        "protocol": "1.6",
        "settings": {"defaultLimitA": "6", "volts": 230},
        "transactions": [{"connectorId": 1, "transactionId": "x", "start": _START}],
        "profiles": [{"connectorId": 1}],
    }

    assert {error["path"] for error in _errors(case)} == {
        "$.settings.defaultLimitA",
        "$.settings.volts",
        "$.transactions[0].transactionId",
        "$.profiles[0].csChargingProfiles",
        "$.request.connectorId",
        "$.request.duration",
        "$.now",
    }


def test_a_list_gives_a_list_in_which_the_good_ones_are_answered() -> None:
    bad = _profile(7, 16, validFrom=_START, validTo=_START)

    result = _run([_case(_profile(1, 16)), _case(bad), 5, _case_v16()], "--json")

    first, second, third, fourth = json.loads(result.stdout)
    assert result.exit_code == 1
    assert first["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 16}]
    assert (second["errors"][0]["rule"], second["errors"][0]["path"]) == (
        "K01.FR.37",
        "$[1].profiles[0]",
    )
    assert third == {"errors": [{"path": "$[2]", "message": "expected an object, got 5"}]}
    assert fourth["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": None}]


def test_lists_that_are_all_right_end_well() -> None:
    assert _run([], "--json").stdout == "[]\n"
    assert _run([_case()], "--json").exit_code == 0


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps(_case(_profile(1, 16))))

    result = CliRunner().invoke(command, ["--json", str(file)])

    assert result.exit_code == 0
    assert json.loads(result.stdout)["duration"] == 7200


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Path.absolute, "cannot be read: No such file or directory"),
        (Path.mkdir, "cannot be read: Is a directory"),
        (lambda path: path.write_text("{"), "is no JSON: "),
        (lambda path: path.write_text('{"limit": NaN}'), "is no JSON: "),
        (lambda path: path.write_bytes(b"\xff\xfe"), "is no JSON: "),
        (lambda path: path.write_text("5"), "expected an object, or a list of them"),
    ],
)
def test_what_cannot_be_read_is_one_line(
    tmp_path: Path, make: Callable[[Path], object], reason: str
) -> None:
    path = tmp_path / "case.json"
    make(path)

    result = CliRunner().invoke(command, ["--json", str(path)])

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {path}: {reason}")
    assert result.stderr.count("\n") == 1


def test_a_table_shows_the_periods() -> None:
    case = _case(_profile(1, 16, 15.9), request={"duration": 10800})
    case["profiles"][0]["chargingProfile"]["chargingSchedule"][0]["duration"] = 7200

    result = _run(case)

    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert lines == [
        "EVSE 1, OCPP 2.0.1, in A on each phase; times are UTC",
        "from to limit [A] phases",
        "2024-05-01 00:00:00 2024-05-01 01:00:00 16",
        "2024-05-01 01:00:00 2024-05-01 02:00:00 15.9",
        "2024-05-01 02:00:00 2024-05-01 03:00:00 unlimited",
    ]


def test_a_table_loses_nothing_on_a_narrow_terminal() -> None:
    result = _run(_case(_profile(1, 15.9)), columns=30)

    lines = result.stdout.splitlines()
    assert lines[-2] == "from                 to                   limit [A]  phases"
    assert lines[-1] == "2024-05-01 00:00:00  2024-05-01 02:00:00       15.9"


def test_tables_of_a_list_have_titles_and_mistakes_are_on_the_error_output() -> None:
    request = {"connectorId": 0, "chargingRateUnit": "W"}

    result = _run([_case_v16(request=request), _case(now="noon")])

    assert result.exit_code == 1
    assert result.stdout.splitlines()[:2] == [
        "$[0]",
        "charge point, OCPP 1.6, in W on all phases together; times are UTC",
    ]
    assert result.stderr == (
        '-: $[1].now: expected a time such as 2024-05-01T12:00:00Z, got "noon"\n'
    )


def test_a_rule_is_told_with_its_mistake() -> None:
    result = _run(_case(_profile(7, 16, validFrom=_START, validTo=_START)))

    assert result.exit_code == 1
    assert result.stderr.startswith("-: $.profiles[0]: validTo is to be after validFrom: ")
    assert result.stderr.endswith(" (K01.FR.37)\n")


def test_hostile_text_does_nothing_to_a_terminal() -> None:
    result = _run(_case(**{"\x1b]0;owned\x07": 1, "now": "\x1b[2J"}))

    assert result.exit_code == 1
    assert "\x1b" not in result.output


def test_each_period_is_explained() -> None:
    station = {"chargingProfilePurpose": "ChargingStationMaxProfile", "evse": 0}
    case = _case(_profile(1, 16, 10), _profile(2, 12, **station))

    answer = _answer(case, "--explain")

    first, second = answer["explanation"]
    assert (first["at"], first["evseId"], first["limit"]) == (_START, 1, 12)
    assert [(each["profile"], each["decides"]) for each in first["profiles"]] == [
        (1, False),
        (2, True),
    ]
    assert first["profiles"][0]["reason"] == "higher"
    assert first["profiles"][0]["other"] == 2
    assert (second["at"], second["limit"]) == ("2024-05-01T01:00:00Z", 10)
    assert [each["decides"] for each in second["profiles"]] == [True, False]
    assert second["profiles"][0]["startPeriod"] == 3600


def test_explanations_have_the_limits_of_the_schedule() -> None:
    relative = {"chargingProfileKind": "Relative"}
    tx = {**relative, "chargingProfilePurpose": "TxProfile", "stackLevel": 1}
    profiles = [
        _profile(1, 16, 15, 14, 13, **relative),
        _profile(2, 20, 21, duration=7200, transactionId="x", **tx),
        _profile(3, 9, 30, evse=2, transactionId="y", **tx),
        _profile(
            4, 40, 12, 40, evse=0, chargingProfilePurpose="ChargingStationExternalConstraints"
        ),
    ]
    for evse in (0, 1, 2):
        request = {"evseId": evse, "duration": 14400, "simulateTransactionActive": True}
        answer = _answer(
            _case(*profiles, settings={"defaultLimitA": 6}, request=request), "--explain"
        )
        periods, explained = answer["chargingSchedulePeriod"], answer["explanation"]

        assert len(periods) > 1
        assert [each["limit"] for each in periods] == [each["limit"] for each in explained]


def test_one_instant_is_explained() -> None:
    (explained,) = _answer(
        _case_v16(_profile_v16(1, 16)), "--explain", "--at", "2024-05-01T00:30:00"
    )["explanation"]

    assert (explained["at"], explained["connectorId"]) == ("2024-05-01T00:30:00Z", 1)
    assert [each["reason"] for each in explained["profiles"]] == ["decides"]


def test_a_station_is_explained_by_its_evses() -> None:
    request = {"evseId": 0, "duration": 60}
    case = _case(_profile(1, 16), settings={"numberOfEvses": 2, "defaultLimitA": 6})

    (explained,) = _answer(case | {"request": case["request"] | request}, "--explain")[
        "explanation"
    ]
    text = _run(case | {"request": case["request"] | request}, "--explain").stdout

    assert (explained["limit"], explained["decider"]) == (22, "EVSEs")
    assert [(each["evseId"], each["limit"]) for each in explained["evses"]] == [(1, 16), (2, 6)]
    assert "22 A: that is what all EVSEs together may draw" in text
    assert "EVSE 2  6 A: no profile limits, so the default limit holds" in text


def test_an_explanation_is_text_with_who_decides_first() -> None:
    station = {"chargingProfilePurpose": "ChargingStationMaxProfile", "evse": 0}
    result = _run(_case(_profile(1, 16), _profile(2, 12, **station)), "--explain")

    lines = result.stdout.splitlines()
    heading = lines.index("2024-05-01 00:00:00  12 A")
    assert lines[heading + 1].startswith("  * profile 2 (ChargingStationMaxProfile")
    assert lines[heading + 2].startswith("  - profile 1 (TxDefaultProfile")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--at", _START], "--at goes with --explain"),
        (["--explain", "--at", "noon"], "'noon' is no time such as 2024-05-01T12:00:00Z"),
        (["--json", "--plot", "-"], "--plot - does not go with --json"),
        (["--plot", "schedule.gif"], "--plot draws a .png or an .svg file"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], reason: str) -> None:
    result = _run(_case(), *arguments)

    assert result.exit_code == 2
    assert reason in " ".join(result.stderr.split())


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_a_chart_fits_the_terminal(columns: int) -> None:
    result = _run(_EXAMPLE.read_text(), "--plot", "-", columns=columns)

    lines = result.stdout.splitlines()
    chart = lines[lines.index("") + 1 :]
    assert result.exit_code == 0
    assert max(map(len, chart)) in range(columns - 1, columns + 1)
    assert chart[0].startswith("                   32 A │█████")
    assert chart[11].split()[:3] == ["UTC", "00:00", chart[11].split()[2]]
    assert [line.split("│")[0].strip() for line in chart[12:]] == [
        "1: station max, level 0",
        "3: Tx, level 1",
        "2: TxDefault, level 0",
    ]


def test_a_chart_of_the_station_says_where_profiles_are() -> None:
    profiles = [_profile(1, 16, 10, evse=0), _profile(2, 20, evse=2, stackLevel=1)]

    result = _run(_case(*profiles, request={"evseId": 0}), "--plot", "-")

    labels = [line.split("│")[0].strip() for line in result.stdout.splitlines()[-2:]]
    assert labels == ["2: TxDefault at 2, level 1", "1: TxDefault at each, level 0"]


def test_a_narrow_chart_cuts_long_labels() -> None:
    profile = _profile(1000000, 16, chargingProfilePurpose="ChargingStationExternalConstraints")

    result = _run(_case(profile), "--plot", "-", columns=50)

    assert result.stdout.splitlines()[-1].startswith("1000000: external constr~ │━")


def test_a_chart_says_where_nothing_limits() -> None:
    result = _run(_case(_profile(1, 16, duration=3600)), "--plot", "-")

    lines = result.stdout.splitlines()
    assert re.search(r"│█+░+$", lines[-4 - 10])
    assert lines[-1].endswith("░ unlimited")
    assert re.search(r"1: TxDefault, level 0 │━+·+$", lines[-2])


@pytest.mark.parametrize("duration", [0, 60, 86_400 * 2, 86_400 * 40, 86_400 * 5000])
def test_a_chart_takes_any_duration(duration: int) -> None:
    result = _run(_case(_profile(1, 16, 0)), "--plot", "-")
    other = _run(_case(_profile(1, 0), request={"duration": duration}), "--plot", "-")

    assert (result.exit_code, other.exit_code) == (0, 0)
    assert max(map(len, other.stdout.splitlines())) <= 80


def test_a_terminal_that_knows_no_blocks_gets_plain_letters() -> None:
    shown = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", _RUN, "--plot", "-", str(_EXAMPLE)],
        capture_output=True,
        timeout=30,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path), "COLUMNS": "80", "PYTHONIOENCODING": "ascii"},
    )

    assert shown.returncode == 0, shown.stderr
    assert b"32 A |####" in shown.stdout


@pytest.fixture
def _matplotlib() -> None:
    pytest.importorskip("matplotlib")


@pytest.mark.usefixtures("_matplotlib")
@pytest.mark.parametrize(
    ("name", "start"), [("out.png", b"\x89PNG"), ("out.svg", b"<?xml"), ("OUT.PNG", b"\x89PNG")]
)
def test_a_picture_is_drawn(tmp_path: Path, name: str, start: bytes) -> None:
    result = _run(_EXAMPLE.read_text(), "--json", "--plot", str(tmp_path / name))

    assert result.exit_code == 0
    assert json.loads(result.stdout)["duration"] == 86_400
    assert (tmp_path / name).read_bytes().startswith(start)


def test_a_picture_names_units_and_profiles(tmp_path: Path) -> None:
    mpl = pytest.importorskip("matplotlib")

    with mpl.rc_context({"svg.fonttype": "none"}):
        _run(_EXAMPLE.read_text(), "--plot", str(tmp_path / "out.svg"))

    text = (tmp_path / "out.svg").read_text()
    for said in (
        "EVSE 1, 2024-05-01 00:00 to 2024-05-02 00:00 UTC",
        "limit [A per phase]",
        "time [UTC]",
        "1: station max, level 0 (ceiling)",
        "3: Tx, level 1",
        "2: TxDefault, level 0",
        "allowed",
        "default, where nothing limits",
    ):
        assert f">{said}</text>" in text


@pytest.mark.usefixtures("_matplotlib")
def test_each_good_case_of_a_list_has_a_picture_of_its_own(tmp_path: Path) -> None:
    cases = [_case(request={"evseId": 0}), _case(now="noon"), _case_v16(request={"duration": 0})]

    result = _run(cases, "--plot", str(tmp_path / "out.svg"))

    assert result.exit_code == 1
    assert sorted(each.name for each in tmp_path.iterdir()) == ["out-0.svg", "out-2.svg"]


@pytest.mark.usefixtures("_matplotlib")
def test_a_picture_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    result = _run(_case(), "--plot", str(tmp_path / "no" / "out.png"))

    assert result.exit_code == 2
    assert "out.png: cannot be written: No such file or directory\n" in result.stderr


def test_a_picture_without_matplotlib_says_what_to_install(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603  # our own command
        [
            sys.executable,
            "-c",
            f"import sys; sys.modules['matplotlib'] = None; {_RUN}",
            str(_EXAMPLE),
            "--plot",
            str(tmp_path / "out.png"),
        ],
        capture_output=True,
        timeout=30,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"error: --plot needs more packages: pip install 'ocppkit[plot]'\n"


def test_nothing_but_a_picture_needs_matplotlib() -> None:
    imported = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, ocppkit.cli.schedule; print('matplotlib' in sys.modules)",
        ],
        capture_output=True,
        timeout=30,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )

    assert imported.stdout == b"False\n"


def test_the_page_about_the_command_shows_what_it_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(_ROOT)
    page = (_ROOT / "docs" / "how-to" / "work-out-a-schedule.md").read_text(encoding="utf-8")
    shown = re.findall(r"```sh\n(ocppkit schedule [^\n]*)\n```\n\n```text\n([^`]*)```", page)

    assert len(shown) == 4
    for line, text in shown:
        result = CliRunner().invoke(command, shlex.split(line)[2:], env={"COLUMNS": "80"})
        assert [each.rstrip() for each in result.stdout.splitlines()] == text.splitlines()
