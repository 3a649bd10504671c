"""A simulated station in a process of its own: idle, or as an EV charges.

Ordered to charge, or to end that, it does; every other order is answered with what it has used.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.processes import answer, orders, run, usage
from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import ChargingStation, IdToken, StationConfig
from ocppkit.station.settings.behaviour import Storage

__all__ = ["main"]

_TOKEN: Final = IdToken("04E1A2B3")


async def _stand(port: int, version: Version, state_dir: Path | None) -> None:
    config = StationConfig(
        identity="CS001",
        csms_url=f"ws://127.0.0.1:{port}",
        versions=(version,),
        storage=Storage(state_dir=state_dir),
    )
    hardware = SimulatedHardware()
    async with ChargingStation(config, hardware=hardware) as station:
        hardware.attach(station)
        async with asyncio.timeout(30):
            await station.wait_online()
        answer()
        async for order in orders():
            if "charge" in order:
                await _charge(station, hardware, begin=order["charge"])
                answer()
            else:
                answer(**usage(memory=order.get("memory", False)))


async def _charge(station: ChargingStation, hardware: SimulatedHardware, *, begin: bool) -> None:
    """Begin to charge, or end that; returns once the CSMS knows."""
    evse = station.evse(1)
    if begin:
        await hardware.arrive(SimulatedEv(start_delay=0.0))
        _ = await evse.token_presented(_TOKEN)
        await _until(station, lambda: evse.energized)
    else:
        _ = await evse.token_presented(_TOKEN)
        await hardware.depart()
        await _until(station, lambda: evse.transaction is None)
    await station.wait_delivered()


async def _until(station: ChargingStation, condition: Callable[[], bool]) -> None:
    changed = asyncio.Event()
    end = station.changes.subscribe(lambda _: changed.set())
    while not condition():
        await changed.wait()
        changed.clear()
    end()


def main() -> None:
    """Stand until standard input ends."""
    parser = argparse.ArgumentParser(prog="benchmarks.station")
    parser.add_argument("port", type=int)
    parser.add_argument("version", type=Version)
    parser.add_argument("--state-dir", type=Path, help="what outlasts a restart; nothing without")
    options = parser.parse_args()
    run(_stand(options.port, options.version, options.state_dir), "asyncio")


if __name__ == "__main__":
    main()
