"""The tables of actions say of every message who is asked, and nothing of what there is not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ocppkit import v16, v201
from ocppkit.message import Action, Side

SCHEMAS = Path(__file__).parents[2] / "schemas"
TABLES = {"v16": v16.ACTIONS, "v201": v201.ACTIONS}
COUNTS = {"v16": 39, "v201": 64}
BLOCKS = {
    "v16": {
        "core",
        "firmware_management",
        "local_auth_list_management",
        "remote_trigger",
        "reservation",
        "security",
        "smart_charging",
    },
    "v201": {
        "a_security",
        "b_provisioning",
        "c_authorization",
        "d_local_authorization_list",
        "e_transactions",
        "f_remote_control",
        "g_availability",
        "h_reservation",
        "i_tariff_and_cost",
        "j_meter_values",
        "k_smart_charging",
        "l_firmware_management",
        "m_certificate_management",
        "n_diagnostics",
        "o_display_message",
        "p_data_transfer",
    },
}
CSMS, STATION = frozenset({Side.CSMS}), frozenset({Side.STATION})

both_versions = pytest.mark.parametrize("folder", ["v16", "v201"])


def actions(folder: str) -> list[Action]:
    return list(TABLES[folder].values())


def rows(folder: str) -> list[dict[str, str]]:
    with (SCHEMAS / folder / "actions.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@both_versions
def test_every_action_has_a_row_a_request_and_a_response(folder: str) -> None:
    names = [row["action"] for row in rows(folder)]
    messages = {path.stem for path in (SCHEMAS / folder).glob("*.json")}

    assert len(names) == len(set(names)) == COUNTS[folder]
    assert messages == {f"{name}{end}" for name in names for end in ("Request", "Response")}
    assert names == sorted(names, key=str.lower)


@both_versions
def test_the_generated_table_says_what_the_rows_say(folder: str) -> None:
    said = {
        action.name: (action.receivers, action.block, action.request.__name__)
        for action in actions(folder)
    }
    receivers = {"csms": CSMS, "station": STATION, "both": CSMS | STATION}

    assert said == {
        row["action"]: (receivers[row["receiver"]], row["block"], f"{row['action']}Request")
        for row in rows(folder)
    }


@both_versions
def test_request_and_response_bear_the_name_of_their_action(folder: str) -> None:
    for action in actions(folder):
        assert action.request.ACTION == action.response.ACTION == action.name
        assert action.response.__name__ == f"{action.name}Response"


@both_versions
def test_only_data_transfer_goes_both_ways(folder: str) -> None:
    both = [action.name for action in actions(folder) if len(action.receivers) == 2]

    assert both == ["DataTransfer"]


@both_versions
def test_every_block_is_one_of_the_specification_and_none_is_empty(folder: str) -> None:
    assert {action.block for action in actions(folder)} == BLOCKS[folder]


@both_versions
def test_names_tell_who_is_asked(folder: str) -> None:
    for action in actions(folder):
        if action.name.startswith(("Notify", "Report", "Log")) or action.name.endswith(
            ("Notification", "StatusUpdate")
        ):
            assert action.receivers == CSMS, action.name
        if action.name.startswith(("Set", "Clear", "Change", "Trigger", "Request", "Remote")):
            expected = CSMS if action.name == "ClearedChargingLimit" else STATION
            assert action.receivers == expected, action.name


# 1.6 edition 2 chapters 4 and 5; security whitepaper edition 3; 2.0.1 Part 2, the use cases.
TO_CSMS = {
    "v16": {
        "Authorize",
        "BootNotification",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SecurityEventNotification",
        "SignCertificate",
        "SignedFirmwareStatusNotification",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
    },
    "v201": {
        "Authorize",
        "BootNotification",
        "ClearedChargingLimit",
        "FirmwareStatusNotification",
        "Get15118EVCertificate",
        "GetCertificateStatus",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "NotifyChargingLimit",
        "NotifyCustomerInformation",
        "NotifyDisplayMessages",
        "NotifyEVChargingNeeds",
        "NotifyEVChargingSchedule",
        "NotifyEvent",
        "NotifyMonitoringReport",
        "NotifyReport",
        "PublishFirmwareStatusNotification",
        "ReportChargingProfiles",
        "ReservationStatusUpdate",
        "SecurityEventNotification",
        "SignCertificate",
        "StatusNotification",
        "TransactionEvent",
    },
}


@both_versions
def test_what_a_station_sends_is_what_a_csms_receives(folder: str) -> None:
    to_csms = {action.name for action in actions(folder) if action.receivers == CSMS}

    assert to_csms == TO_CSMS[folder]
