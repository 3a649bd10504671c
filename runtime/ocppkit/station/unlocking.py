"""Releasing a cable because the CSMS wants it (F05; 1.6 §5.18)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from ocppkit.station.transaction import Cause

if TYPE_CHECKING:
    from ocppkit.station.charging import Charging
    from ocppkit.station.evse_view import EvseView

__all__ = ["keeps_cable", "unlock"]


def keeps_cable(evse: EvseView, connector: int) -> bool:
    """Whether an authorized transaction goes on at a connector (F05.FR.02)."""
    charging = evse.transaction is not None and evse.authorization is not None
    return charging and evse.in_use == connector


async def unlock(
    evse: EvseView, charging: Charging, connector: int, release: Callable[[int], Awaitable[bool]]
) -> bool:
    """Release a cable; whether it is free. Call it with the EVSE's lock held.

    One that an authorized transaction needs stays: it may have begun while this had to wait. A
    driver whose transaction has yet to begin has to ask again: nothing is offered by a free cable.

    Args:
        evse: where.
        charging: its use.
        connector: which one; also where no cable is (F05.FR.06).
        release: releases it.
    """
    if keeps_cable(evse, connector):
        return False
    used = evse.in_use == connector
    if used and evse.authorization is not None and evse.plugged is not None:
        await charging.withdraw(Cause.UNLOCK_COMMAND)
    free = await release(connector)
    if used and evse.transaction is not None:
        await charging.recorder.update(Cause.UNLOCK_COMMAND)
    return free
