"""A master pass: stops what others have started, so that their cables can be taken (C16)."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from ocppkit.station.evse import Evse
from ocppkit.station.guard import GuardedHardware
from ocppkit.station.id_token import IdToken
from ocppkit.station.transaction import Cause

__all__ = ["use_master_pass"]

_logger = logging.getLogger(__name__)


async def use_master_pass(
    token: IdToken, *, evses: Mapping[int, Evse], hardware: GuardedHardware
) -> bool:
    """Stop one transaction after another; whether there was anything to stop.

    Args:
        token: the master pass.
        evses: of the station.
        hardware: where it has a user interface, the person chooses (C16.FR.01); nothing is stopped
            where they do not in time. Otherwise everything is (C16.FR.02).
    """
    going_on = [each for each in evses.values() if _stoppable(each)]
    if not going_on:
        return False
    chosen = await hardware.choose_to_stop(tuple(each.id for each in going_on))
    for evse in going_on:
        if evse.id in chosen:
            _logger.info("EVSE %d is stopped by a master pass", evse.id)
            await _stop(evse, token)
    return bool(chosen)


def _stoppable(evse: Evse) -> bool:
    charging = evse.authorization is not None and evse.transaction is not None
    return charging or bool(_held(evse))


async def _stop(evse: Evse, token: IdToken) -> None:
    current = evse.authorization
    if current is not None and evse.transaction is not None:
        await evse.withdraw(Cause.MASTER_PASS, token=token, only=current)
    for connector in _held(evse):
        await evse.unlock(connector)


def _held(evse: Evse) -> list[int]:
    """The connectors whose cables are held for somebody."""
    return [each.id for each in evse.connectors.values() if each.held_for is not None]
