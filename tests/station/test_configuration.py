from __future__ import annotations

from pathlib import Path

import pytest
from attrs import fields

from ocppkit.errors import ConfigurationError, OcppError
from ocppkit.message import Version
from ocppkit.security import Secret
from ocppkit.station import ConnectorDescription, StationConfig
from ocppkit.station.settings import Origin, StationSettings, load, parse
from ocppkit.station.settings.behaviour import OnReset
from ocppkit.station.settings.network import INTERFACES
from ocppkit.station.transaction import TransactionPoint
from ocppkit.v201 import OCPPInterfaceEnumType
from ocppkit.variable import Mutability

_LEAST = '[station]\nidentity = "CS001"\n[csms]\nurl = "ws://localhost:9000"\n'


def _mistakes(text: str, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        parse(text, environ or {})
    return [str(problem) for problem in raised.value.problems]


def test_a_station_needs_no_more_than_an_identity_and_a_url() -> None:
    config = parse(_LEAST).config()

    assert config.identity == "CS001"
    assert [profile.url for profile in config.network] == ["ws://localhost:9000"]


def test_what_the_file_does_not_say_is_as_without_a_file() -> None:
    by_hand = StationConfig(identity="CS001", csms_url="ws://localhost:9000")
    from_file = parse(_LEAST).config()

    told = {"csms_url", "profiles", "station", "password"}
    for name in {attribute.name for attribute in fields(StationConfig)} - told:
        assert getattr(from_file, name) == getattr(by_hand, name), name


def test_every_table_reaches_the_station() -> None:
    config = parse(
        """
        [station]
        identity = "CS001"
        iccid = "89310"
        hardware_timeout = 2
        [csms]
        versions = ["1.6"]
        allow_unsecured = true
        priority = [2, 1]
        message_timeout = 20
        heartbeat_interval = 30
        [csms.backoff]
        wait_minimum = 1
        [[csms.profiles]]
        slot = 1
        url = "ws://one"
        [[csms.profiles]]
        slot = 2
        url = "ws://two"
        security_profile = 0
        message_timeout = 7
        interface = "Wireless0"
        [transactions]
        start_points = ["EVConnected", "Authorized"]
        ev_connection_timeout = 45
        [storage]
        state_dir = "state"
        on_reset = "exit"
        [transfer]
        protocols = ["FTP"]
        ftp_passive = false
        """
    ).config()

    assert [profile.slot for profile in config.profiles] == [2, 1]
    assert [profile.message_timeout for profile in config.profiles] == [7, 20]
    assert [profile.security_profile for profile in config.profiles] == [0, None]
    assert config.profiles[0].interface == "Wireless0"
    assert config.profiles[0].versions == config.versions == (Version.V16,)
    assert (config.heartbeat_interval, config.connection_timeout) == (30, 45)
    assert (config.hardware_timeout, config.backoff.wait_minimum_s) == (2.0, 1.0)
    assert config.start_points == {TransactionPoint.EV_CONNECTED, TransactionPoint.AUTHORIZED}
    assert config.storage.state_dir == Path("state")
    assert config.storage.on_reset is OnReset.EXIT
    assert not config.transfer.ftp_passive
    assert config.station is not None
    assert config.station.iccid == "89310"


def test_the_equipment_is_described() -> None:
    description = parse(
        _LEAST
        + """
        [[evse]]
        max_current_a = 16
        phases = 1
        [[evse.connector]]
        type = "cType2"
        tethered = true
        [[evse.connector]]
        [[evse]]
        current = "DC"
        phases = 0
        max_power_w = 50000
        """
    ).description()

    assert [evse.max_power_w for evse in description.evses] == [16 * 230.0, 50000.0]
    assert description.evses[0].connectors == (
        ConnectorDescription(type="cType2", tethered=True),
        ConnectorDescription(),
    )
    assert description.evses[1].phases == 0


def test_all_mistakes_are_reported_at_once() -> None:
    mistakes = _mistakes(
        """
        [station]
        identity = ""
        vendr = "x"
        [csms]
        versions = ["2.1"]
        [[csms.profiles]]
        url = "ws://x"
        [[csms.profiles]]
        slot = 2
        url = "http://x"
        [storage]
        on_reset = "explode"
        [nonsense]
        """
    )

    assert mistakes == [
        (
            "nonsense: unknown: expected one of certificates, csms, device_model, evse, limits, "
            "logging, plug_and_charge, simulation, smart_charging, "
            "station, storage, transactions, transfer, v16, v201"
        ),
        "station.identity: expected a text of at most 48 characters, not empty, got ''",
        "station.vendr: unknown: did you mean vendor?",
        (
            'csms.versions: expected an array, nothing twice and not empty, of one of "2.0.1", '
            "\"1.6\", got ['2.1']"
        ),
        "csms.profiles[0].slot: missing: expected an integer of at least 0",
        "csms.profiles[1].url: expected ws:// or wss:// URL without credentials, got 'http://x'",
        'storage.on_reset: expected one of "restart", "exit", got \'explode\'',
    ]


def test_an_error_is_one_of_ours_and_names_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text(_LEAST + "[limits]\n# three\nphases = 9\n")

    with pytest.raises(ConfigurationError) as raised:
        load(file)

    assert isinstance(raised.value, OcppError | ValueError)
    assert str(raised.value) == (
        f"{file}:7: limits.phases: expected an integer of at least 1 and at most 3, got 9"
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[station]\nidentity = "CS001"\n[csms.backoff]\nrepeat_times = -1\n', 4),
        ('[station]\nidentity = "CS001"\n[csms]\nbackoff.repeat_times = -1\n', 4),
        ('[station]\nidentity = "CS001"\n[csms]\nbackoff = { repeat_times = -1 }\n', 4),
        ('[station]\nidentity = "CS001"\n[[evse]]\n[[evse]]\n[[evse.connector]]\ntype = 3\n', 6),
        ('[station]\nidentity = "CS001"\n\n[v16]\n"configuration".Mine = 3\n', 5),
    ],
)
def test_the_line_is_found(text: str, line: int) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse(text)

    assert line in [problem.line for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "station.identity: missing: expected a text of at most 48 characters, not empty"),
        ('station = "CS001"', "station: expected a table, got 'CS001'"),
        ("evse = []", "evse: expected an array of tables, not empty, got []"),
        ("evse = [3]", "evse[0]: expected a table, got 3"),
        ("[transfer]\nretries = true", "transfer.retries: expected an integer of at least 0, got"),
        ("[limits]\nvoltage_v = nan", "limits.voltage_v: expected a number above 0, got nan"),
        ("[[evse]]\nphases = 0", "evse[0].phases: expected 1 to 3 for AC, got 0"),
        ("[storage]\nstate_dir = ''", "storage.state_dir: expected the path of a folder, got ''"),
        ("[csms]\npriority = [1]", "csms.url: missing: expected the ws:// or wss:// URL of the"),
        ("[csms]\nurl = 'ws://x'\npriority = [1]", "csms.priority: expected each of the slots 0 "),
        ("[csms]\nurl = 'ws://a:b@x'", "csms.url: expected ws:// or wss:// URL without crede"),
        ("[csms]\nurl = 'ws://x'\nsecurity_profile = 2", "csms.url: expected a wss:// URL for "),
        ("[csms]\nurl = 'ws://x'\nsecurity_profile = 1", "csms.password: missing: security prof"),
        ("[csms]\nurl = 'ws://x'\nsecurity_profile = 0", "csms.security_profile: expected 1 to"),
        (
            "[csms]\nurl = 'ws://x'\nversions = ['1.6']\nsecurity_profile = 0",
            "csms.security_profile: expected 1 to 3, or csms.allow_unsecured: ",
        ),
        ("[csms]\nurl = 'ws://x'\nprofiles = [{slot = 1, url = 'ws://y'}]", "csms.url: expected "),
        (
            "[csms]\nprofiles = [{slot = 1, url = 'ws://y'}, {slot = 1, url = 'ws://z'}]",
            "csms.profiles[1].slot: expected another slot: 1 is taken",
        ),
        (
            (
                "[csms]\nversions = ['1.6']\n[[csms.profiles]]\nslot = 1\nurl = 'ws://x'\n"
                "versions = ['2.0.1']"
            ),
            "csms.profiles[0].versions: expected some of csms.versions, not 2.0.1",
        ),
        ("[csms]\nurl = 'ws://x'\npassword_file = 3", "csms.password_file: expected the path of"),
        ("[csms]\nurl = 'ws://x'\npassword_file = '/no'", "csms.password_file: cannot be read: "),
        ("[csms]\npassword = 'a'\npassword_file = 'b'", "csms.password_file: expected nothing "),
        ("[station]\nidentity = 'a:b'\n[csms]\nurl = 'ws://x'\npassword = 'a'", "station.identity"),
    ],
)
def test_a_mistake_says_where_it_is_and_what_was_expected(text: str, mistake: str) -> None:
    assert [one for one in _mistakes(text) if one.startswith(mistake)]


def test_what_is_no_toml_says_where() -> None:
    (mistake,) = _mistakes("[station\n")

    assert mistake.startswith("is no TOML: ")
    assert "line 1" in mistake


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_a_file_that_cannot_be_read_is_a_configuration_error(
    content: bytes | None, tmp_path: Path
) -> None:
    file = tmp_path / "station.toml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ConfigurationError, match=r"station\.toml: cannot be read: "):
        load(file)


def test_relative_paths_count_from_the_file(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text(
        _LEAST
        + 'password_file = "pw.txt"\n[storage]\nstate_dir = "state"\n'
        + '[certificates]\ncsms_ca = "/etc/ca"\n[logging]\nmessages = "log.jsonl"\n'
    )
    (tmp_path / "pw.txt").write_bytes(b"\x00\xffsecret\r\n")

    config = load(file).config()

    assert config.storage.state_dir == tmp_path / "state"
    assert config.certificates.csms_ca == Path("/etc/ca")
    assert config.logging.messages == tmp_path / "log.jsonl"
    assert config.password == Secret(b"\x00\xffsecret")


def _with_password(password: str) -> StationSettings:
    return parse(f'{_LEAST}password = "{password}"')


def test_a_password_may_be_any_bytes() -> None:
    assert _with_password("0123456789ABCDEF").config().password == Secret(b"0123456789ABCDEF")
    assert _with_password("hex:00ff").config().password == Secret(b"\x00\xff")


def test_a_password_is_not_shown() -> None:
    settings = _with_password("geheimnis")

    assert "geheimnis" not in repr(settings) + repr(settings.config())
    assert not any("zzgeheim" in one for one in _mistakes(_LEAST + 'password = "hex:zzgeheim"'))


def test_the_interfaces_are_those_of_the_schema() -> None:
    assert {str(each) for each in OCPPInterfaceEnumType} == set(INTERFACES)


def test_the_environment_wins_over_the_file() -> None:
    settings = parse(
        _LEAST + 'password_file = "nowhere"\n[v16.configuration]\nconnectiontimeout = 3\n',
        {
            "OCPPKIT_STATION__IDENTITY": "007",
            "OCPPKIT_CSMS__PASSWORD": "123",
            "OCPPKIT_csms__versions": '["1.6"]',
            "OCPPKIT_CSMS__BACKOFF__WAIT_MINIMUM": "9",
            "OCPPKIT_EVSE__0__PHASES": "1",
            "OCPPKIT_EVSE__1__CONNECTOR__0__TYPE": "cCCS2",
            "OCPPKIT_V16__CONFIGURATION__CONNECTIONTIMEOUT": "90",
            "OCPPKIT_V16__CONFIGURATION__CPONAME": "12",
            "OCPPKIT_V201__VARIABLES__TXCTRLR__TXSTARTPOINT": "EVConnected,Authorized",
            "OCPPKIT_V201__VARIABLES__TXCTRLR__TXSTARTPOINT__MUTABILITY": "ReadOnly",
            "OCPPKIT_HOME": "/home",
            "PATH": "/bin",
        },
    )

    config = settings.config()
    assert (config.identity, config.password) == ("007", Secret(b"123"))
    assert config.versions == (Version.V16,)
    assert config.backoff.wait_minimum_s == 9.0
    assert [evse.phases for evse in settings.evse] == [1, 3]
    assert settings.evse[1].connector[0].type == "cCCS2"
    assert [(key.name, key.value, key.origin) for key in config.configuration] == [
        ("ConnectionTimeOut", "90", Origin.ENVIRONMENT),
        ("CpoName", "12", Origin.ENVIRONMENT),
    ]
    (variable,) = config.variables
    assert (variable.id.component, variable.id.variable) == ("TxCtrlr", "TxStartPoint")
    assert variable.value == "EVConnected,Authorized"
    assert variable.mutability is Mutability.READ_ONLY
    assert variable.origin is Origin.ENVIRONMENT


def test_a_secret_of_the_environment_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    environ = {"OCPPKIT_CSMS__PASSWORD_FILE": str(tmp_path / "secret")}

    told = parse(_LEAST + 'password = "other"', environ).config()
    assert told.password == Secret(b"from a file")


def test_a_mistake_of_the_environment_names_the_variable() -> None:
    mistakes = _mistakes(
        _LEAST,
        {
            "OCPPKIT_LIMITS__PHASES": "many",
            "OCPPKIT_CSMS__URLL": "ws://x",
            "OCPPKIT_EVSE__7__PHASES": "1",
            "OCPPKIT_EVSE__0": "1",
            "OCPPKIT_CSMS__URL__MORE": "1",
        },
    )

    assert len(mistakes) == 5
    assert [one for one in mistakes if one.startswith("OCPPKIT_CSMS__URLL: unknown: did you")]
    assert [one for one in mistakes if one.startswith("OCPPKIT_EVSE__7__PHASES: expected the")]
    assert [one for one in mistakes if one.startswith("OCPPKIT_EVSE__0: expected the name of")]
    assert [one for one in mistakes if one.startswith("limits.phases (OCPPKIT_LIMITS__PHASES):")]
    assert [one for one in mistakes if one.startswith("OCPPKIT_CSMS__URL__MORE: url has ")]
