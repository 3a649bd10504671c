"""A station process before the kit, over real websockets."""

from __future__ import annotations

import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ocppkit.clock import SystemClock
from ocppkit.conformance import CaseSettings, Kit, Outcome, Runner, Verdict, all_facts
from ocppkit.conformance.process import in_process
from ocppkit.conformance.serving import serve

_RUN = "from ocppkit.cli.station import command; command(prog_name='ocppkit station')"
_SETTINGS = CaseSettings(message_timeout=5, optional_wait=0.5, transaction_duration=0.2)


def station(folder: Path, url: str) -> str:
    """What starts a station that goes to a URL."""
    path = folder / "station.toml"
    path.write_text(
        f'[station]\nidentity = "CS001"\n\n[csms]\nurl = "{url}"\nversions = ["2.0.1"]\n'
        'password = "0123456789abcdef"\n\n[transactions]\nsample_interval = 0\n',
        encoding="utf-8",
    )
    state = str(folder / "state")
    arguments = ["--control", "stdio", "--state-dir", state, "--log-level", "error"]
    return shlex.join([sys.executable, "-c", _RUN, str(path), *arguments])


@asynccontextmanager
async def runner(folder: Path) -> AsyncIterator[Runner]:
    kit = Kit(settings=_SETTINGS, world=None, clock=SystemClock())  # type: ignore[arg-type]  # set at once
    async with (
        serve(kit.first, host="127.0.0.1", port=0) as url,
        in_process(station(folder, url)) as process,
    ):
        kit.world = process
        it = Runner(kit)
        await it.begin()
        yield it


def told(verdict: Verdict) -> str:
    return "\n".join(map(str, (*verdict.deviations, *verdict.trace)))


async def test_a_station_process_passes_a_case_over_the_wire(tmp_path: Path) -> None:
    async with runner(tmp_path) as it:
        verdict = await it.run_case(all_facts()["TC_E_03_CS"])

        assert verdict.outcome is Outcome.PASSED, told(verdict)
        assert it.kit.first.attempts[0].user == "CS001"
        assert it.kit.first.attempts[0].password == b"0123456789abcdef"


async def test_a_process_whose_power_is_cut_comes_back(tmp_path: Path) -> None:
    async with runner(tmp_path) as it:
        connections = it.kit.first.connection
        await it.kit.world.perform("power_cut")
        again = await it.kit.mailbox.until(lambda: it.kit.first.connection > connections, 20)

        assert again
        assert it.kit.world.can("plug_in")
