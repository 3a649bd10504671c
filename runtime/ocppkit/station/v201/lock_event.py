"""What tells the CSMS that a lock of a connector fails, or works again (G05)."""

from __future__ import annotations

from datetime import datetime

from ocppkit.v201 import (
    ComponentType,
    EventDataType,
    EventNotificationEnumType,
    EventTriggerEnumType,
    EVSEType,
    NotifyEventRequest,
    VariableType,
)

__all__ = ["lock_event"]


def lock_event(
    evse: int, connector: int, *, problem: bool, at: datetime, number: int
) -> NotifyEventRequest:
    """The message for a lock.

    Args:
        evse: whose.
        connector: which one.
        problem: whether it fails.
        at: when that was noticed.
        number: of the event.
    """
    event = EventDataType(
        event_id=number,
        timestamp=at,
        trigger=EventTriggerEnumType.DELTA,
        actual_value=str(problem).lower(),
        event_notification_type=EventNotificationEnumType.HARD_WIRED_NOTIFICATION,
        component=ComponentType(
            name="ConnectorPlugRetentionLock", evse=EVSEType(id=evse, connector_id=connector)
        ),
        variable=VariableType(name="Problem"),
    )
    return NotifyEventRequest(generated_at=at, seq_no=0, event_data=[event])
