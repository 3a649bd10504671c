"""What a full inventory of 2,000 variables takes, from the request to the last part of the report.

Processor time of a station and of a CSMS that only counts, joined in memory. ``python -m
benchmarks.device_model`` from the root of the repository.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import process_time
from typing import Final

from benchmarks.report import Measurement, Target, judge, save, table, write_line
from ocppkit.codec import codec_for
from ocppkit.connection import NetworkProfile, Session, memory_pair
from ocppkit.connection.session import Handlers
from ocppkit.connection.transport import MemoryTransport
from ocppkit.message import Side, Version
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, StationConfig
from ocppkit.station.settings.values import VariableId, VariableValue

__all__ = ["TARGETS", "main"]

_DISTRIBUTIONS = ("ocppkit", "attrs")
_OF: Final = "2,000 variables"
_ACCEPTED = {"status": "Accepted", "interval": 300, "currentTime": "2026-01-01T00:00:00Z"}

TARGETS = (
    Target(part="full inventory", payload=_OF, contender="ocppkit", against=None, at_most=100),
)


class _Csms:
    """Accepts the station, and asks for reports."""

    def __init__(self) -> None:
        self.transport: MemoryTransport | None = None
        self.accepted = asyncio.Event()
        self.over = asyncio.Event()
        self.told = 0
        self.serving: asyncio.Task[None] | None = None

    async def dial(self, _: NetworkProfile, handlers: Handlers) -> Session:
        ours, self.transport = memory_pair(Version.V201.value)
        self.serving = asyncio.create_task(self._serve(self.transport))
        return Session(
            ours,
            identity="CS001",
            version=Version.V201,
            side=Side.STATION,
            codec=codec_for(Version.V201),
            handlers=handlers,
        )

    async def _serve(self, transport: MemoryTransport) -> None:
        while True:
            kind, message_id, *rest = json.loads(await transport.receive())
            if kind != 2:
                continue
            action, payload = rest
            answer = _ACCEPTED if action == "BootNotification" else {}
            await transport.send(json.dumps([3, message_id, answer]))
            if action == "StatusNotification":
                self.accepted.set()
            if action == "NotifyReport":
                self.told += len(payload["reportData"])
                if not payload.get("tbc", False):
                    self.over.set()

    async def ask(self, number: int) -> None:
        self.over.clear()
        request = {"requestId": number, "reportBase": "FullInventory"}
        assert self.transport is not None  # noqa: S101  # there was a message on it
        await self.transport.send(json.dumps([2, f"{number}", "GetBaseReport", request]))
        await self.over.wait()


async def _measure(count: int, rounds: int) -> list[float]:
    """The seconds that each report takes."""
    variables = tuple(
        VariableValue(
            id=VariableId(
                component="Panel", component_instance=f"{number % 40}", variable=f"Value{number}"
            ),
            value=f"{number}",
            custom=True,
        )
        for number in range(count)
    )
    csms = _Csms()
    config = StationConfig(
        identity="CS001", csms_url="ws://nowhere", versions=(Version.V201,), variables=variables
    )
    hardware = SimulatedHardware()
    took: list[float] = []
    async with ChargingStation(config, hardware=hardware, dial=csms.dial) as station:
        hardware.attach(station)
        async with asyncio.timeout(30 + rounds):
            await csms.accepted.wait()
            for number in range(rounds + 1):
                before = process_time()
                await csms.ask(number)
                took.append(process_time() - before)
        if csms.serving is not None:
            csms.serving.cancel()
    if csms.told < count * len(took):
        msg = f"{csms.told} variables were reported, {count * len(took)} are expected"
        raise RuntimeError(msg)
    return took[1:]  # the first one loads what it takes


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.device_model", description="Measure reports of the device model."
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--quick", action="store_true", help="one round")
    options = parser.parse_args(arguments)
    rounds = 1 if options.quick else 15
    took = [1000 * each for each in asyncio.run(_measure(2_000, rounds))]
    measurements = [
        Measurement(
            part="full inventory",
            payload=_OF,
            contender="ocppkit",
            median=median(took),
            fastest=min(took),
            unit="ms",
            batches=rounds,
            calls=1,
        )
    ]
    rows = [
        [each.payload, f"{each.median:.4g}", f"{each.fastest:.4g}", each.unit, "≤ 100"]
        for each in measurements
    ]
    write_line(table(["full inventory", "median", "fastest", "", "target"], rows))
    if options.json is not None:
        save(
            options.json,
            benchmark="device_model",
            settings={"rounds": rounds},
            distributions=_DISTRIBUTIONS,
            measurements=measurements,
            verdicts=judge(measurements, TARGETS),
        )


if __name__ == "__main__":
    main()
