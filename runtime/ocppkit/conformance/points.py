"""The start and stop points of transactions: what a case needs, and what follows from them."""

from __future__ import annotations

from typing import Final

from ocppkit.conformance.case import Case
from ocppkit.conformance.inventory import Item, VariableName
from ocppkit.conformance.verdict import NotApplicable

__all__ = ["AUTHORIZING", "START", "STOP", "start_at", "starts_with", "stop_at", "stops_with"]

START: Final = "TxCtrlr.TxStartPoint"
STOP: Final = "TxCtrlr.TxStopPoint"

AUTHORIZING: Final[dict[VariableName, object]] = {
    "AuthCtrlr.Enabled": True,
    "AuthCtrlr.DisableRemoteAuthorization": False,
}
"""What the text of many cases asks for where the station has it."""

_START_ORDER: Final = (
    "ParkingBayOccupancy",
    "EVConnected",
    "Authorized",
    "DataSigned",
    "PowerPathClosed",
    "EnergyTransfer",
)
_STOP_ORDER: Final = (
    "EnergyTransfer",
    "PowerPathClosed",
    "Authorized",
    "DataSigned",
    "EVConnected",
    "ParkingBayOccupancy",
)


def starts_with(t: Case, *points: str) -> bool:
    """Whether one of these starts a transaction."""
    return bool({*points} & {*t.inventory.members(START)})


def stops_with(t: Case, *points: str) -> bool:
    """Whether the end of one of these stops a transaction."""
    return bool({*points} & {*t.inventory.members(STOP)})


async def start_at(t: Case, point: str) -> None:
    """Have transactions start at one point, and at no other before it.

    Raises:
        NotApplicable: the station starts them otherwise.
    """
    await _only(t, START, point, _START_ORDER)


async def stop_at(t: Case, point: str) -> None:
    """Have transactions stop at the end of one point, and at no other before it.

    Raises:
        NotApplicable: the station stops them otherwise.
    """
    await _only(t, STOP, point, _STOP_ORDER)


async def _only(t: Case, variable: str, point: str, order: tuple[str, ...]) -> None:
    item = t.inventory.get(variable)
    if item is None:
        raise NotApplicable(f"needs {variable} to be {point}: there is none")
    if item.writable and (not item.values or point in item.values):
        await t.configure({variable: point})
        return
    if not _fits(item, point, order):
        raise NotApplicable(f"needs {variable} to be {point}: it is {item.value}")


def _fits(item: Item, point: str, order: tuple[str, ...]) -> bool:
    """Whether the point is the first that is reached, of those that are set."""
    chosen = {part.strip() for part in (item.value or "").split(",")}
    return point in chosen and not chosen & {*order[: order.index(point)]}
