"""A charging station in a few lines: ``python examples/station.py ws://localhost:9000``.

Its equipment is simulated; a product implements ``ocppkit.station.Hardware`` instead.
"""

from __future__ import annotations

import asyncio
import sys

from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import ChargingStation, IdToken, IdTokenKind, StationConfig


async def main(csms_url: str) -> None:
    """Charge an EV for five seconds."""
    hardware = SimulatedHardware()
    config = StationConfig(identity="CS001", csms_url=csms_url, sample_interval=1)
    async with ChargingStation(config, hardware=hardware) as station:
        hardware.attach(station)
        await station.wait_online()
        await hardware.arrive(SimulatedEv())
        token = IdToken("04E1A2B3", IdTokenKind.ISO14443)
        print("presented:", await station.evse(1).token_presented(token))
        await asyncio.sleep(5)
        print("presented again:", await station.evse(1).token_presented(token))
        await hardware.depart()
        await station.wait_delivered()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python examples/station.py ws://localhost:9000")
    asyncio.run(main(sys.argv[1]))
