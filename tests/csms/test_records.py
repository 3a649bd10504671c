from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ocppkit.csms import ConnectorRecord, StationRecord, TransactionRecord
from ocppkit.v16 import FirmwareStatus, FirmwareStatusNotificationRequest, HeartbeatRequest

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seq_nos", "missing"), [((), ()), ((4,), ()), ((4, 5, 6), ()), ((4, 7, 9), (5, 6, 8))]
)
def test_a_transaction_names_the_sequence_numbers_that_did_not_come(
    seq_nos: tuple[int, ...], missing: tuple[int, ...]
) -> None:
    assert TransactionRecord(transaction_id="t", seq_nos=seq_nos).missing_seq_nos == missing


@pytest.mark.parametrize(
    ("started_at", "ended_at", "seq_nos", "complete"),
    [
        (NOON, NOON, (0, 1), True),
        (NOON, NOON, (), True),
        (NOON, NOON, (0, 2), False),
        (None, NOON, (1, 2), False),
        (NOON, None, (0, 1), False),
    ],
)
def test_a_transaction_is_complete_once_start_end_and_all_between_have_come(
    started_at: datetime | None,
    ended_at: datetime | None,
    seq_nos: tuple[int, ...],
    complete: bool,
) -> None:
    record = TransactionRecord(
        transaction_id="t", started_at=started_at, ended_at=ended_at, seq_nos=seq_nos
    )

    assert record.is_complete is complete


def test_a_station_record_finds_connectors_and_transactions() -> None:
    connector = ConnectorRecord(evse_id=2, connector_id=1, status="Available", since=NOON)
    transaction = TransactionRecord(transaction_id="17")
    record = StationRecord(identity="CS001", connectors=(connector,), transactions=(transaction,))

    assert record.connector(1, evse_id=2) is connector
    assert record.transaction(17) is transaction
    with pytest.raises(KeyError):
        record.connector(1)
    with pytest.raises(KeyError):
        record.transaction("18")


def test_a_station_record_gives_the_notifications_of_one_kind() -> None:
    downloading = FirmwareStatusNotificationRequest(status=FirmwareStatus.DOWNLOADING)
    installed = FirmwareStatusNotificationRequest(status=FirmwareStatus.INSTALLED)
    record = StationRecord(
        identity="CS001", notifications=(downloading, HeartbeatRequest(), installed)
    )

    assert record.notified(FirmwareStatusNotificationRequest) == (downloading, installed)


def test_of_a_gap_of_billions_the_lowest_missing_numbers_are_named() -> None:
    record = TransactionRecord(
        transaction_id="t", started_at=NOON, ended_at=NOON, seq_nos=(0, 2, 2**62)
    )

    assert not record.is_complete
    assert record.missing_seq_nos == (1, *range(3, 1002))
