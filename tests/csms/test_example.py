from __future__ import annotations

import asyncio
import os
import runpy
import subprocess
import sys
from pathlib import Path

_EXAMPLES = Path(__file__).parents[2] / "examples"


async def test_the_examples_charge_together_and_both_end() -> None:
    said: asyncio.Queue[str] = asyncio.Queue()
    csms = runpy.run_path(str(_EXAMPLES / "csms.py"), {"print": said.put_nowait})["main"]
    station = runpy.run_path(str(_EXAMPLES / "station.py"), {"print": lambda *_: None})["main"]

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(csms(port=0))
        url = (await said.get()).removeprefix("stations connect to ")
        tasks.create_task(station(url))
    lines = [said.get_nowait() for _ in range(said.qsize())]

    assert lines[0].startswith("CS001: Started")
    assert any("CS001 has more to tell: " in line for line in lines)
    assert lines[-1] == "CS001 is gone; why it stopped: Local"


def test_the_station_without_an_address_says_how_it_is_used() -> None:
    done = subprocess.run(  # noqa: S603  # our own example
        [sys.executable, str(_EXAMPLES / "station.py")],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )

    assert done.returncode == 1
    assert done.stderr == "usage: python examples/station.py ws://localhost:9000\n"


def test_the_example_fits_on_a_page() -> None:
    lines = (_EXAMPLES / "csms.py").read_text(encoding="utf-8").splitlines()

    assert len([line for line in lines if line.strip()]) <= 50
