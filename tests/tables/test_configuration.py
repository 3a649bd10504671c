from __future__ import annotations

import pytest

from ocppkit.v16 import configuration
from ocppkit.v16.configuration import KEYS, Core, CostAndPrice, PlugAndCharge, Security
from ocppkit.variable import Access, ConfigurationKey, KeyType


def test_every_constant_stands_in_the_table_once() -> None:
    constants = {
        constant.key: profile.__name__
        for name in configuration.__all__
        if isinstance(profile := getattr(configuration, name), type)
        for constant in vars(profile).values()
        if isinstance(constant, ConfigurationKey)
    }

    assert len(KEYS) == 68
    assert {key: KEYS[key].profile for key in KEYS} == constants


def test_every_key_has_words() -> None:
    assert all(key.doc for key in KEYS.values())


def test_every_default_can_be_written_and_read_back() -> None:
    defaults = [key for key in KEYS.values() if key.default is not None]

    assert len(defaults) == 2
    for key in defaults:
        assert key.parse(key.format(key.default)) == key.default


def test_a_key_says_what_the_specification_says_of_it() -> None:
    heartbeat = Core.HEARTBEAT_INTERVAL

    assert (heartbeat.key, heartbeat.unit, heartbeat.required) == ("HeartbeatInterval", "s", True)
    assert (heartbeat.access, heartbeat.type) == (Access.READ_WRITE, KeyType.INTEGER)
    assert heartbeat.parse("300") == 300


def test_a_measurand_may_name_its_phase() -> None:
    key = Core.METER_VALUES_SAMPLED_DATA

    assert key.parse("Voltage.L1, Power.Factor") == ("Voltage.L1", "Power.Factor")
    with pytest.raises(ValueError, match=r"got 'Voltage\.L7'"):
        key.parse("Voltage.L7")


def test_empty_means_no_meter_values() -> None:
    assert Core.STOP_TXN_SAMPLED_DATA.parse("") == ()


def test_a_phase_rotation_names_its_connector() -> None:
    assert Core.CONNECTOR_PHASE_ROTATION.parse("0.RST, 1.RST, 2.RTS") == ("0.RST", "1.RST", "2.RTS")


def test_the_security_profile_is_within_its_limits() -> None:
    assert Security.SECURITY_PROFILE.default == 0
    assert Security.SECURITY_PROFILE.reboot
    with pytest.raises(ValueError, match="SecurityProfile: expected at most 3, got 4"):
        Security.SECURITY_PROFILE.parse("4")


def test_a_key_that_is_written_only_keeps_its_value_to_itself() -> None:
    with pytest.raises(ValueError, match="AuthorizationKey: expected at most 40 ") as raised:
        Security.AUTHORIZATION_KEY.parse("0123456789ABCDEF" * 3)

    assert "0123" not in str(raised.value)


def test_extensions_have_profiles_of_their_own() -> None:
    assert PlugAndCharge.ISO15118_PNC_ENABLED.key == "ISO15118PnCEnabled"
    assert CostAndPrice.DEFAULT_PRICE.parse('{"priceText": "0.30"}') == {"priceText": "0.30"}
