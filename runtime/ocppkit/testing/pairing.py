"""A station and its CSMS, both whole, connected in memory and in virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count

from attrs import frozen

from ocppkit.connection import Handlers, MessageObserver
from ocppkit.csms import CsmsServer, Memory, Policy, accepting
from ocppkit.station import ChargingStation, Environment, Hardware, StationConfig
from ocppkit.testing.network import MemoryNetwork
from ocppkit.testing.virtual_time import VirtualClock

__all__ = ["Connected", "connected", "virtual_environment"]


@frozen(kw_only=True)
class Connected:
    """What `connected` puts together.

    Attributes:
        clock: the time of both.
        network: the way between them.
        station: runs already.
        csms: listens already.
    """

    clock: VirtualClock
    network: MemoryNetwork
    station: ChargingStation
    csms: CsmsServer


def virtual_environment(clock: VirtualClock | None = None) -> Environment:
    """What a station takes from the world, without chance: virtual time, ids that count.

    Args:
        clock: a new one unless told otherwise.

    Raises:
        TypeError: the running loop is not virtual.
    """
    time = clock or VirtualClock()
    numbers = count(1)
    return Environment(
        utc_now=time.utc_now,
        monotonic=time.monotonic,
        sleep=time.sleep,
        new_id=lambda: f"id-{next(numbers)}",
        random=lambda: 0.0,
    )


@asynccontextmanager
async def connected(
    config: StationConfig,
    *,
    hardware: Callable[[Environment], Hardware],
    handlers: Handlers | None = None,
    observer: MessageObserver | None = None,
) -> AsyncIterator[Connected]:
    """Run a station and its CSMS against each other, on a virtual loop.

    Args:
        config: the station's; of its URL nothing counts.
        hardware: makes the station's equipment; is told its time.
        handlers: what answers the station; the accepting handlers unless told otherwise.
        observer: sees every message as it passes the station.

    Raises:
        TypeError: the running loop is not virtual.
    """
    clock, network = VirtualClock(), MemoryNetwork()
    environment = virtual_environment(clock)
    memory = Memory(transaction_ids=count(1))
    csms = CsmsServer(
        listen=network.listen,
        memory=memory,
        handlers=handlers or accepting(memory, Policy(now=clock.utc_now)),
    )
    station = ChargingStation(
        config,
        hardware=hardware(environment),
        environment=environment,
        dial=network.dial(config, observer=observer),
    )
    async with csms, station:
        yield Connected(clock=clock, network=network, station=station, csms=csms)
