"""Which variables a station has, and what each changes (2.0.1 Part 2 §2, referenced components)."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from ocppkit.station.core import StationCore
from ocppkit.station.transaction import Policy
from ocppkit.station.v201.b_device_variables import (
    device_variables,
    equipment_variables,
)
from ocppkit.station.v201.b_network_variables import network_variables
from ocppkit.station.v201.b_reset import reset_variables
from ocppkit.station.v201.c_variables import authorization_variables
from ocppkit.station.v201.d_variables import local_list_variables
from ocppkit.station.v201.e_variables import transaction_variables
from ocppkit.station.v201.g_variables import availability_variables
from ocppkit.station.v201.j_meter_values import Measurands
from ocppkit.station.v201.j_public_key import PublicKeys
from ocppkit.station.v201.j_variables import meter_variables
from ocppkit.station.v201.smart_charging_variables import smart_charging
from ocppkit.station.v201.variable_rows import fixed, flag, number
from ocppkit.station.v201.variables import Variable

__all__ = ["inventory"]

_MOST_DOUBLINGS = 30  # of a wait: more is not to be reckoned with, nor of any use


def inventory(
    core: StationCore,
    policy: Policy,
    measurands: Measurands,
    public_keys: PublicKeys,
    restate: Callable[[], None],
) -> list[Variable]:
    """All variables of a station.

    Args:
        core: the station.
        policy: what they change.
        measurands: what is measured.
        public_keys: which of them are sent.
        restate: called when statuses have to last otherwise.
    """
    return [
        *_controllers(core, policy),
        *authorization_variables(core, policy),
        *local_list_variables(core, policy),
        *availability_variables(core, policy, restate=restate),
        *meter_variables(core, policy, measurands, public_keys),
        *smart_charging(core, policy),
        *transaction_variables(core, policy),
        *device_variables(core),
        *network_variables(core),
        *reset_variables(core),
        *equipment_variables(core),
    ]


def _controllers(core: StationCore, policy: Policy) -> list[Variable]:
    return [
        flag("OCPPCommCtrlr", "QueueAllMessages", policy, "queue_all_messages"),
        number("OCPPCommCtrlr", "ResetRetries", policy, "reset_retries"),
        *_connecting(core, policy),
    ]


def _connecting(core: StationCore, policy: Policy) -> list[Variable]:
    def connecting() -> None:
        core.adopt_connecting(policy)

    def waits(name: str, part: str, maximum: int | None = None) -> Variable:
        def take(text: str) -> None:
            policy.backoff = evolve(policy.backoff, **{part: int(text)})
            connecting()

        return Variable(
            component="OCPPCommCtrlr",
            name=name,
            get=lambda: f"{getattr(policy.backoff, part):.15g}",
            set=take,
            minimum=0,
            maximum=maximum,
        )

    locks = core.hardware.any_locks
    unlocking = "UnlockOnEVSideDisconnect"
    return [
        number(
            "OCPPCommCtrlr",
            "NetworkProfileConnectionAttempts",
            policy,
            "connection_attempts",
            minimum=1,
            then=connecting,
        ),
        waits("RetryBackOffRandomRange", "random_range_s"),
        waits("RetryBackOffRepeatTimes", "repeat_times", _MOST_DOUBLINGS),
        waits("RetryBackOffWaitMinimum", "wait_minimum_s"),
        flag("OCPPCommCtrlr", unlocking, policy, "unlock_on_ev_disconnect")
        if locks
        else fixed("OCPPCommCtrlr", unlocking, "false"),
        number("OCPPCommCtrlr", "WebSocketPingInterval", policy, "ping_interval", then=connecting),
    ]
