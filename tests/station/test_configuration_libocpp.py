from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocppkit.security import Secret
from ocppkit.station.settings import parse
from ocppkit.station.settings.libocpp import Conversion, convert
from ocppkit.station.settings.libocpp_keys import LIBOCPP_KEYS
from ocppkit.variable import Mutability

_LEAST: dict[str, dict[str, Any]] = {
    "Internal": {"ChargePointId": "cp1", "CentralSystemURI": "ws://csms/ocpp"}
}
_SAMPLES: dict[type, Any] = {bool: True, int: 3, float: 2, str: "x", list: ["x"], dict: {"a": 1}}
_TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["SoC", "Core,Reservation", "ws://a/b", "Current", "HTTP,FTP", "0.RST"]),
)
_OF_TYPE: dict[type, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(-1, 100) | st.integers(),
    float: st.floats() | st.integers(),
    str: _TEXTS,
    list: st.lists(_TEXTS, max_size=3),
    dict: st.dictionaries(_TEXTS, _TEXTS, max_size=2),
}
_ANY = st.none() | st.one_of(*_OF_TYPE.values())


@st.composite
def _configs(draw: st.DrawFn) -> dict[str, Any]:
    config: dict[str, Any] = {}
    for row in draw(st.lists(st.sampled_from(LIBOCPP_KEYS), max_size=12)):
        value = draw(_OF_TYPE[row.type] | _OF_TYPE[row.type] | _ANY)
        config.setdefault(row.section, {})[row.name] = value
    custom = draw(st.dictionaries(_TEXTS, _ANY, max_size=3))
    return {**config, "Custom": custom} if custom else config


def _convert(**sections: dict[str, Any]) -> Conversion:
    return convert({name: {**_LEAST.get(name, {}), **keys} for name, keys in sections.items()})


def _named(done: Conversion) -> set[str]:
    return {*done.carried, *(left.key for left in done.left)}


def test_the_table_has_every_key_once() -> None:
    assert len({row.name for row in LIBOCPP_KEYS}) == len(LIBOCPP_KEYS) == 125


@pytest.mark.parametrize("row", LIBOCPP_KEYS, ids=lambda row: f"{row.section}.{row.name}")
def test_each_key_alone_is_carried_or_named(row: Any) -> None:
    done = convert({row.section: {row.name: _SAMPLES[row.type]}})

    assert _named(done) == {f"{row.section}.{row.name}"}
    assert all(left.reason for left in done.left)


@settings(max_examples=150, deadline=None)
@given(_configs(), _configs())
def test_every_key_is_carried_or_named_and_the_result_is_sound(
    config: dict[str, Any], user_config: dict[str, Any]
) -> None:
    config.setdefault("Internal", {}).update(_LEAST["Internal"])
    user_config.get("Internal", {}).pop("ChargePointId", None)
    user_config.get("Internal", {}).pop("CentralSystemURI", None)

    done = convert(config, user_config)

    keys = {
        f"{section}.{name}"
        for file in (config, user_config)
        for section in file
        for name in file[section]
    }
    assert _named(done) == keys
    together = {"csms.url", "csms.password", "station.identity"}  # with the security profile
    assert {problem.path for problem in done.problems} <= together
    assert all(str(left).isprintable() or left.key for left in done.left)


def test_keys_go_to_the_settings_of_the_same_meaning() -> None:
    done = _convert(
        Internal={
            "ChargePointModel": "M",
            "ChargePointVendor": "V",
            "ChargeBoxSerialNumber": "B",
            "SupplyVoltage": 240,
            "CompositeScheduleDefaultNumberPhases": 1.0,
            "LogMessages": True,
        },
        Core={"HeartbeatInterval": 30, "ConnectionTimeOut": 20, "NumberOfConnectors": 2},
        Security={"SecurityProfile": 1, "AuthorizationKey": "00112233445566778899aabbccddeeff"},
        FirmwareManagement={"SupportedFileTransferProtocols": "FTP, HTTP"},
    )
    told = parse(done.text)

    assert (done.left, done.problems) == ((), ())
    assert (told.station.identity, told.station.model, told.station.vendor) == ("cp1", "M", "V")
    assert (told.csms.heartbeat_interval, told.transactions.ev_connection_timeout) == (30, 20)
    assert (told.limits.voltage_v, told.limits.phases, len(told.evse)) == (240.0, 1, 2)
    assert told.config().password == Secret(bytes.fromhex("00112233445566778899aabbccddeeff"))
    assert told.transfer.protocols == ("FTP", "HTTP")
    assert told.logging.messages is not None


def test_smart_charging_goes_to_its_settings_in_the_words_of_2_0_1() -> None:
    done = _convert(
        Internal={"IgnoredProfilePurposesOffline": "ChargePointMaxProfile, TxProfile"},
        SmartCharging={
            "ChargeProfileMaxStackLevel": 5,
            "ChargingScheduleAllowedChargingRateUnit": "Current",
            "ConnectorSwitch3to1PhaseSupported": True,
        },
    )
    told = parse(done.text).config().smart_charging

    assert (done.left, done.problems) == ((), ())
    assert (told.max_stack_level, told.units, told.phases_3_to_1) == (5, ("A",), True)
    assert told.ignored_offline == {"ChargingStationMaxProfile", "TxProfile"}


def test_other_standard_keys_go_by_name_with_the_mutability_that_they_had() -> None:
    done = _convert(
        Internal={},
        Core={"StopTransactionOnEVSideDisconnect": True, "LocalPreAuthorize": False},
        CostAndPrice={"DefaultPrice": {"priceText": "0.30"}},
    )
    found = {one.name: one for one in parse(done.text).v16.configuration}

    assert done.left == ()
    assert found["StopTransactionOnEVSideDisconnect"].mutability is Mutability.READ_ONLY
    assert found["LocalPreAuthorize"].mutability is None
    assert found["LocalPreAuthorize"].value == "false"
    assert found["DefaultPrice"].value == '{"priceText":"0.30"}'


def test_keys_of_ones_own_stay_so() -> None:
    done = _convert(
        Internal={}, Custom={"Mine": 3}, Security={"DisableSecurityEventNotifications": True}
    )
    found = {one.name: one for one in parse(done.text).v16.configuration}

    assert found["Mine"].custom
    assert found["Mine"].value == "3"
    assert found["DisableSecurityEventNotifications"].custom
    (left,) = done.left
    assert left.key == "Security.DisableSecurityEventNotifications"
    assert left.reason == "kept as a key of your own, which nothing acts on"


def test_the_users_changes_win() -> None:
    done = convert(
        {**_LEAST, "Core": {"HeartbeatInterval": 30, "ConnectionTimeOut": 20}},
        {"Core": {"HeartbeatInterval": 40}},
    )
    told = parse(done.text)

    assert (told.csms.heartbeat_interval, told.transactions.ev_connection_timeout) == (40, 20)


def test_defaults_that_show_in_the_connection_are_kept() -> None:
    told = parse(convert(_LEAST).text)

    assert (told.csms.backoff.wait_minimum, told.csms.backoff.random_range) == (3, 10)
    assert told.csms.backoff.repeat_times == 3
    assert (told.csms.pong_timeout, told.certificates.system_roots) == (5.0, True)


@pytest.mark.parametrize(
    ("uri", "profile", "url"),
    [
        ("csms:9000/ocpp/cp1", 0, "ws://csms:9000/ocpp"),
        ("csms:9000/ocpp/", 2, "wss://csms:9000/ocpp/"),
        ("wss://csms/cp1", 2, "wss://csms"),
        ("ws://csms/cp11", 0, "ws://csms/cp11"),
    ],
)
def test_the_url_loses_the_identity_and_gets_a_scheme(uri: str, profile: int, url: str) -> None:
    done = _convert(
        Internal={"CentralSystemURI": uri},
        Security={"SecurityProfile": profile, "AuthorizationKey": "0123456789ABCDEFGH"},
    )

    assert parse(done.text).csms.url == url


@pytest.mark.parametrize(
    ("section", "name", "value", "reason"),
    [
        ("Core", "HeartbeatInterval", 0, "expected an integer of at least 1, got 0"),
        ("Core", "HeartbeatInterval", "30", "is not of its type, int"),
        ("Core", "HeartbeatInterval", True, "is not of its type, int"),
        ("Core", "NumberOfConnectors", 0, "expected 1 to 100, got 0"),
        ("Core", "HeartbeatIntervall", 3, "libocpp knows no such key"),
        ("Core", "MeterValuesSampledData", "Nonsense", "expected one of "),
        ("Internal", "UseTPM", True, "keys in a TPM are not supported"),
        ("Internal", "VerifyCsmsCommonName", False, "the CSMS's name is always verified"),
        ("Internal", "LogRotationMaximumFileCount", 0, "there is always a limit"),
        ("Internal", "HostName", "x", "there is no such setting"),
        ("Internal", "ICCID", "\ud800", "is no text"),
        ("Custom", "HeartbeatInterval", 3, "is the name of a standard key"),
        ("Custom", "Mine", None, "expected a text, a number, true or false"),
        ("Custom", "M" * 51, 1, "is too long, or has no printable name"),
        ("Security", "AuthorizationKey", "x" * 65, "expected 1 to 64 bytes"),
    ],
)
def test_what_cannot_be_carried_is_named_with_the_reason(
    section: str, name: str, value: Any, reason: str
) -> None:
    done = convert({section: {name: value}})

    (left,) = done.left
    assert left.key == f"{section}.{name}"
    assert left.reason.startswith(reason)
    assert done.carried == ()


def test_a_password_that_cannot_be_carried_is_not_shown() -> None:
    done = convert({"Security": {"AuthorizationKey": "geheim" * 20}})

    assert "geheim" not in str(done.left)


def test_names_that_differ_in_case_only_cannot_both_stay() -> None:
    done = convert({**_LEAST, "Custom": {"Mine": 1, "MINE": 2}})

    assert [left.key for left in done.left] == ["Custom.MINE"]


def test_what_is_no_section_is_named() -> None:
    assert [left.key for left in convert({**_LEAST, "Core": 3}).left] == ["Core"]


def test_what_is_still_missing_is_said() -> None:
    paths = [problem.path for problem in convert({}).problems]

    assert paths == ["station.identity", "csms.url"]


@pytest.mark.parametrize("profile", [[], {}, "2", None, 7])
def test_a_security_profile_that_is_none_takes_no_key_with_it(profile: Any) -> None:
    conversion = convert(
        {
            "Internal": {"CentralSystemURI": "csms/ocpp", "ChargePointId": "CS001"},
            "Security": {"SecurityProfile": profile},
        }
    )

    assert "ws://csms/ocpp" in conversion.text


def test_what_is_told_where_no_profile_limits_is_no_limit_of_the_connection() -> None:
    done = _convert(
        Internal={
            "CompositeScheduleDefaultLimitAmps": 16,
            "CompositeScheduleDefaultLimitWatts": 11_000,
        }
    )
    told = parse(done.text).limits

    assert (told.max_current_a, told.max_power_w) == (None, None)
    assert [left.key for left in done.left] == [
        "Internal.CompositeScheduleDefaultLimitAmps",
        "Internal.CompositeScheduleDefaultLimitWatts",
    ]
