"""The variables of the ways to the CSMS (2.0.1 Part 2 §2.1.1, §2.1.6)."""

from __future__ import annotations

from typing import Final

from ocppkit.device_model.values import Unfit
from ocppkit.message import Version
from ocppkit.station.core import StationCore
from ocppkit.station.v201.variable_change import FollowUp
from ocppkit.station.v201.variables import Variable, members
from ocppkit.variable_terms import DataType

__all__ = ["network_variables"]

_COMM: Final = "OCPPCommCtrlr"


def network_variables(core: StationCore) -> list[Variable]:
    """Which ways there are, in which order they are tried, and which is used.

    Args:
        core: the station.
    """
    network = core.network

    def wanted(text: str) -> tuple[int, ...]:
        slots = tuple(map(int, members(text)))
        try:
            network.check_order(slots)
        except ValueError as error:  # (B10.FR.02)
            raise Unfit(str(error)) from None
        return slots

    def prefer(text: str) -> None:
        network.priority = wanted(text)

    async def order(text: str) -> FollowUp | None:
        slots = wanted(text)
        for slot in slots:
            refusal = await network.refusal(slot, version=Version.V201)
            if refusal is not None:
                raise Unfit(f"slot {slot}: {refusal}")
        await network.order(slots)
        return None

    return [
        Variable(component=_COMM, name="ActiveNetworkProfile", get=lambda: str(network.active)),
        Variable(
            component=_COMM,
            name="NetworkConfigurationPriority",
            get=lambda: ",".join(map(str, network.priority)),
            set=prefer,
            order=order,
            data_type=DataType.SEQUENCE_LIST,
            values=tuple(map(str, network.slots)),
            reboot=True,
        ),
    ]
