from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import pytest

from ocppkit.csms import Memory, TransactionRecord
from ocppkit.message import Version
from ocppkit.v16 import DataTransferRequest, MeterValue, SampledValue

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


def goes_on(transaction_id: str) -> TransactionRecord:
    return TransactionRecord(transaction_id=transaction_id, started_at=NOON)


def kept(memory: Memory, identity: str) -> list[str]:
    return [each.transaction_id for each in memory.record(identity).transactions]


def test_of_too_many_that_never_end_a_station_loses_those_that_were_silent_longest() -> None:
    memory = Memory(unended_of_a_station=2)
    station = memory.station("CS001")

    for transaction_id in ("1", "2", "1", "3", "4"):
        station.put_transaction(goes_on(transaction_id))

    assert kept(memory, "CS001") == ["3", "4"]
    assert memory.record("CS001").forgotten_transactions == 2


def test_one_that_has_ended_makes_room() -> None:
    memory = Memory(unended_of_a_station=2)
    station = memory.station("CS001")

    for record in (goes_on("1"), goes_on("2"), ended("1"), goes_on("3")):
        station.put_transaction(record)

    assert kept(memory, "CS001") == ["1", "2", "3"]
    assert memory.record("CS001").forgotten_transactions == 0


def test_of_too_many_in_all_a_station_that_is_away_loses_one_first() -> None:
    memory = Memory(unended_transactions=3)
    memory.ask_connected(lambda identity: identity != "away")

    for identity, transaction_id in (("here", "1"), ("away", "2"), ("here", "3"), ("there", "4")):
        memory.station(identity).put_transaction(goes_on(transaction_id))

    assert kept(memory, "here") == ["1", "3"]
    assert (kept(memory, "away"), kept(memory, "there")) == ([], ["4"])
    assert memory.record("away").forgotten_transactions == 1


def test_where_all_are_connected_the_one_that_was_silent_longest_goes() -> None:
    memory = Memory(unended_transactions=2)
    memory.ask_connected(lambda _: True)

    for identity in ("A", "B", "C"):
        memory.station(identity).put_transaction(goes_on("1"))

    assert [kept(memory, identity) for identity in ("A", "B", "C")] == [[], ["1"], ["1"]]


def test_one_that_was_forgotten_may_be_heard_of_again() -> None:
    memory = Memory(unended_of_a_station=1)
    station = memory.station("CS001")

    for record in (goes_on("1"), goes_on("2"), goes_on("1"), ended("2")):
        station.put_transaction(record)

    assert sorted(kept(memory, "CS001")) == ["1", "2"]
    assert memory.record("CS001").forgotten_transactions == 2


@pytest.mark.parametrize("limit", ["unended_of_a_station", "unended_transactions"])
def test_one_that_goes_on_is_remembered_at_least(limit: str) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Memory(**{limit: 0})  # type: ignore[arg-type]  # only the name varies


def test_of_too_many_readings_every_second_goes_but_neither_the_first_nor_the_last() -> None:
    memory = Memory()
    station = memory.station("CS001")
    station.put_transaction(goes_on("1"))
    readings = [
        MeterValue(timestamp=NOON, sampled_value=[SampledValue(value=str(number))])
        for number in range(25_000)
    ]

    station.add_readings("1", readings)

    values = [int(each.sampled_value[0].value) for each in _readings(memory)]
    assert 5_000 <= len(values) <= 10_000
    assert (values[0], values[-1]) == (0, 24_999)
    assert values == sorted(values)


def _readings(memory: Memory) -> list[MeterValue]:
    found = memory.record("CS001").transaction("1").meter_values
    return [each for each in found if isinstance(each, MeterValue)]


def test_one_whose_readings_come_is_not_silent() -> None:
    memory = Memory(unended_of_a_station=2)
    station = memory.station("CS001")

    station.put_transaction(goes_on("1"))
    station.put_transaction(goes_on("2"))
    station.add_new_readings("1", [])
    station.put_transaction(goes_on("3"))

    assert kept(memory, "CS001") == ["1", "3"]
