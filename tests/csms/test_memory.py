from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import pytest

from ocppkit.csms import Memory, TransactionRecord
from ocppkit.message import Version
from ocppkit.v16 import DataTransferRequest

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def test_transaction_ids_are_positive_and_all_different() -> None:
    memory = Memory()

    ids = [memory.new_transaction_id() for _ in range(100)]

    assert len(set(ids)) == 100
    assert min(ids) > 0


def test_transaction_ids_can_be_chosen() -> None:
    memory = Memory(transaction_ids=count(7))

    assert [memory.new_transaction_id(), memory.new_transaction_id()] == [7, 8]


def test_a_record_of_an_unknown_station_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Memory().record("CS001")


def test_a_record_does_not_change_once_it_is_taken() -> None:
    memory = Memory()
    memory.station("CS001").connected(Version.V16)

    before = memory.record("CS001")
    memory.station("CS001").notified(DataTransferRequest(vendor_id="later"))

    assert before.notifications == ()
    assert len(memory.record("CS001").notifications) == 1


def test_only_the_latest_notifications_are_kept() -> None:
    memory = Memory()

    for number in range(1500):
        memory.station("CS001").notified(DataTransferRequest(vendor_id=str(number)))

    kept = memory.record("CS001").notified(DataTransferRequest)
    assert (kept[0].vendor_id, kept[-1].vendor_id, len(kept)) == ("500", "1499", 1000)


def test_records_stand_in_the_order_in_which_the_stations_came() -> None:
    memory = Memory()

    for identity in ("CS2", "CS1"):
        memory.station(identity)

    assert [record.identity for record in memory.records()] == ["CS2", "CS1"]


def ended(transaction_id: str) -> TransactionRecord:
    return TransactionRecord(transaction_id=transaction_id, started_at=NOON, ended_at=NOON)


def test_of_the_transactions_that_ended_the_last_are_kept_and_all_that_go_on() -> None:
    memory = Memory(ended_transactions=2)
    station = memory.station("CS001")

    station.put_transaction(TransactionRecord(transaction_id="goes on", started_at=NOON))
    for transaction_id in ("1", "2", "3", "2"):
        station.put_transaction(ended(transaction_id))

    kept = [record.transaction_id for record in memory.record("CS001").transactions]
    assert kept == ["goes on", "2", "3"]
    assert station.transaction("1") is None


def test_at_least_one_ended_transaction_is_remembered() -> None:
    with pytest.raises(ValueError, match="not 0"):
        Memory(ended_transactions=0)


def test_readings_of_an_unknown_transaction_are_a_key_error() -> None:
    with pytest.raises(KeyError):
        Memory().station("CS001").add_readings("1", [])
