"""A simulated station in a process of its own; orders are answered with what it has used so far."""

from __future__ import annotations

import argparse
import asyncio

from benchmarks.processes import answer, orders, run, usage
from ocppkit.message import Version
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, StationConfig

__all__ = ["main"]


async def _stand(port: int, version: Version) -> None:
    config = StationConfig(identity="CS001", csms_url=f"ws://127.0.0.1:{port}", versions=(version,))
    hardware = SimulatedHardware()
    async with ChargingStation(config, hardware=hardware) as station:
        hardware.attach(station)
        async with asyncio.timeout(30):
            await station.wait_online()
        answer()
        async for order in orders():
            answer(**usage(memory=order.get("memory", False)))


def main() -> None:
    """Stand until standard input ends."""
    parser = argparse.ArgumentParser(prog="benchmarks.station")
    parser.add_argument("port", type=int)
    parser.add_argument("version", type=Version)
    options = parser.parse_args()
    run(_stand(options.port, options.version), "asyncio")


if __name__ == "__main__":
    main()
