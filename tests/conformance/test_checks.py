from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ocppkit.conformance.checks import (
    ABSENT,
    PRESENT,
    contains,
    each,
    fields,
    near,
    non_zero,
    one_of,
    optional,
)
from ocppkit.v201 import (
    ChargingStateEnumType,
    EVSEType,
    TransactionEventEnumType,
    TransactionEventRequest,
    TransactionType,
    TriggerReasonEnumType,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def event() -> TransactionEventRequest:
    return TransactionEventRequest(
        event_type=TransactionEventEnumType.STARTED,
        timestamp=NOW,
        trigger_reason=TriggerReasonEnumType.CABLE_PLUGGED_IN,
        seq_no=0,
        transaction_info=TransactionType(
            transaction_id="1", charging_state=ChargingStateEnumType.EV_CONNECTED
        ),
        evse=EVSEType(id=1, connector_id=1),
    )


def test_all_fields_that_deviate_are_found_not_the_first_only() -> None:
    found = fields(
        seq_no=1,
        transaction_info__charging_state=ChargingStateEnumType.CHARGING,
        transaction_info__transaction_id="1",
        evse__connector_id=2,
    )(event())

    assert [each.path for each in found] == [
        "seq_no",
        "transaction_info.charging_state",
        "evse.connector_id",
    ]
    assert (found[1].expected, found[1].came) == ("Charging", "EVConnected")


def test_a_field_that_no_message_has_is_a_mistake_of_the_case() -> None:
    with pytest.raises(TypeError, match="has no field 'seq_number'"):
        fields(seq_number=1)(event())


def test_what_stands_in_what_is_absent_is_absent() -> None:
    assert fields(id_token__id_token=ABSENT, evse__id=PRESENT)(event()) == ()
    assert fields(id_token__id_token=one_of("A"))(event())[0].came == "nothing"


def test_matchers_take_what_they_say() -> None:
    assert one_of(1, ABSENT).fits(None)
    assert not one_of(1, 2).fits(3)
    assert optional(1).fits(1)
    assert not optional(1).fits(2)
    assert not non_zero().fits(0)
    assert contains("b").fits("abc")
    assert not contains("b").fits(None)
    assert near(NOW, 4).fits(NOW - timedelta(seconds=4))
    assert not near(NOW, 4).fits(NOW + timedelta(seconds=5))


def test_every_item_of_a_list_is_looked_at() -> None:
    holder = [event(), event()]
    holder[1].seq_no = 7
    found = each("0", fields(seq_no=0))([holder])

    assert [one.path for one in found] == ["0[1].seq_no"]
