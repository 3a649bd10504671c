"""The variables of transactions: when they start and stop, and their delivery (2.0.1 §2.6)."""

from __future__ import annotations

from typing import Final

from ocppkit.station.capabilities import Capability
from ocppkit.station.core import StationCore
from ocppkit.station.transaction import Policy, TransactionPoint
from ocppkit.station.v201.variable_rows import flag, number
from ocppkit.station.v201.variables import Variable, members

__all__ = ["transaction_variables"]

_NEEDED: Final = {
    TransactionPoint.DATA_SIGNED: Capability.SIGNED_METER,
    TransactionPoint.PARKING_BAY_OCCUPANCY: Capability.PARKING_BAY,
}
"""What equipment a point takes; those that are not here take none."""


def transaction_variables(core: StationCore, policy: Policy) -> list[Variable]:
    """Those of the whole station.

    Args:
        core: the station.
        policy: what they change.
    """
    usable = [
        point
        for point in TransactionPoint
        if point not in _NEEDED or core.hardware.can(_NEEDED[point])
    ]
    stops = [point for point in usable if point.stops]
    event, again = "TransactionEvent", core.delivery.reconsider
    return [
        number(
            "OCPPCommCtrlr",
            "MessageAttempts",
            policy,
            "message_attempts",
            minimum=1,
            instance=event,
            then=again,
        ),
        number(
            "OCPPCommCtrlr",
            "MessageAttemptInterval",
            policy,
            "message_retry_interval",
            instance=event,
            then=again,
        ),
        number("TxCtrlr", "EVConnectionTimeOut", policy, "connection_timeout", minimum=1),
        number("TxCtrlr", "MaxEnergyOnInvalidId", policy, "energy_after_refusal_wh"),
        flag("TxCtrlr", "StopTxOnEVSideDisconnect", policy, "stop_on_ev_disconnect"),
        flag("TxCtrlr", "StopTxOnInvalidId", policy, "stop_on_invalid_id"),
        _points("TxStartPoint", policy, "start_points", usable),
        _points("TxStopPoint", policy, "stop_points", stops),
    ]


def _points(name: str, policy: Policy, attribute: str, usable: list[TransactionPoint]) -> Variable:
    def take(text: str) -> None:
        wanted = frozenset(TransactionPoint(part) for part in members(text))
        if not wanted:
            msg = "there has to be one, or no transaction would ever start, or stop"
            raise ValueError(msg)
        setattr(policy, attribute, wanted)

    return Variable(
        component="TxCtrlr",
        name=name,
        get=lambda: ",".join(sorted(getattr(policy, attribute))),
        set=take,
        values=tuple(point.value for point in usable),
    )
