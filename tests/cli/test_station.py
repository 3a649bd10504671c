from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ocppkit.cli.station import command
from ocppkit.cli.station_file import NoHardware, equipment, read_settings
from ocppkit.message import Version
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import StationDescription
from ocppkit.station.capabilities import Capability, ConnectorState, capabilities_of
from ocppkit.station.settings import load
from ocppkit.station.settings.simulation import Simulation

NOWHERE = "ws://127.0.0.1:9"  # the discard port: nobody listens there
RUN = "from ocppkit.cli.station import command; command(prog_name='ocppkit station')"


class Custom(SimulatedHardware):
    """Equipment of one's own."""

    def __init__(self, description: StationDescription) -> None:
        super().__init__(description)


class Talkative(Custom):
    """Equipment that prints."""

    async def connector_state(self, evse: int, connector: int) -> ConnectorState:
        print("looking")  # noqa: T201  # that is the test
        return await super().connector_state(evse, connector)


class Unwilling:
    """Equipment that cannot be made."""

    def __init__(self, _description: StationDescription) -> None:
        raise RuntimeError


@pytest.fixture(autouse=True)
def _log() -> Iterator[None]:
    """Takes back what the command does to the log."""
    root, ours = logging.getLogger(), logging.getLogger("ocppkit")
    before = root.level, ours.level, list(root.handlers)
    yield
    root.setLevel(before[0])
    ours.setLevel(before[1])
    root.handlers[:] = before[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "station.toml"
    path.write_text(f'[station]\nidentity = "CS001"\n\n[csms]\nurl = "{NOWHERE}"\n')
    return path


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [*map(str, arguments)])


def run(
    *arguments: str | Path, typed: str = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", RUN, *map(str, arguments)],
        input=typed,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=cwd,
        env={"PYTHONPATH": ":".join([*sys.path, str(Path(__file__).parent)]), "COLUMNS": "200"},
    )


def test_init_writes_a_file_that_a_station_can_be_run_with(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"

    result = invoke("init", path)

    assert result.exit_code == 0
    assert load(path).station.identity == "CS001"
    assert f"ocppkit station {path}" in result.output


@pytest.mark.parametrize(
    ("arguments", "spoken"),
    [(["--version", "1.6"], (Version.V16,)), ([], (Version.V201, Version.V16))],
)
def test_init_writes_the_versions_that_are_asked_for(
    tmp_path: Path, arguments: list[str], spoken: tuple[Version, ...]
) -> None:
    path = tmp_path / "mine.toml"

    result = invoke("init", path, *arguments)

    assert result.exit_code == 0
    assert load(path).csms.versions == spoken


def test_init_does_not_overwrite_unless_forced(file: Path) -> None:
    before = file.read_text()

    refused = invoke("init", file)
    assert (refused.exit_code, file.read_text()) == (2, before)

    assert invoke("init", file, "--force").exit_code == 0
    assert file.read_text() != before


def test_init_says_why_it_cannot_write(tmp_path: Path) -> None:
    result = invoke("init", tmp_path / "nowhere" / "station.toml")

    assert result.exit_code == 2
    assert "cannot be written" in result.output


def test_every_mistake_in_the_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "station.toml"
    path.write_text('[station]\nidentity = 7\n\n[csms]\nurl = "http://x"\n')

    result = invoke(path)

    assert result.exit_code == 2
    assert "station.identity" in result.output
    assert "csms.url" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["--control", "pigeon"],
        ["--control", "tcp:localhost"],
        ["--control", "unix:"],
        ["--control", "tcp:localhost:99999"],
        ["--console", "--control", "stdio"],
        ["--hardware", "no_such_module:Class"],
        ["--hardware", "no such entry point"],
        ["--hardware", "math:pi"],
        ["--hardware", "math:no_such_thing"],
    ],
)
def test_a_wrong_command_line_is_refused(file: Path, arguments: list[str]) -> None:
    assert invoke(file, *arguments).exit_code == 2


def test_hardware_that_cannot_be_made_is_told(file: Path) -> None:
    done = run(file, "--hardware", "test_station:Unwilling")

    assert done.returncode == 2
    assert "RuntimeError" in done.stderr


def test_an_address_that_is_taken_ends_it(file: Path, tmp_path: Path) -> None:
    done = run(file, "--control", f"unix:{tmp_path}/no/such/folder")

    assert done.returncode == 1
    assert f"the station failed: [Errno 2] cannot listen at unix:{tmp_path}/no" in done.stderr


@pytest.mark.parametrize("spelling", [[], ["run"]])
def test_the_console_takes_lines_from_a_file(file: Path, spelling: list[str]) -> None:
    done = run(*spelling, file, "--console", typed="plug\nstatus\ndance\nquit\n")

    assert done.returncode == 0, done.stderr
    assert "ok\n" in done.stdout
    assert "Preparing" in done.stdout
    assert "there is no command 'dance'" in done.stdout


def test_the_end_of_the_lines_ends_the_station(file: Path) -> None:
    assert run(file, "--console", typed="plug").returncode == 0


def test_options_may_come_first(file: Path) -> None:
    assert run("--console", file).returncode == 0


def test_equipment_of_ones_own_is_a_class(file: Path) -> None:
    done = run(file, "--hardware", "test_station:Custom", "--console", typed="plug\n")

    assert done.returncode == 0, done.stderr


def wallbox_of_the_page() -> str:
    """The classes that the how-to shows for equipment of one's own."""
    page = (Path(__file__).parents[2] / "docs/how-to/integrate-hardware.md").read_text("utf-8")
    blocks: list[str] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    return next(block for block in blocks if "class Wallbox:" in block)


def test_the_wallbox_of_the_documentation_runs_from_the_current_folder(
    file: Path, tmp_path: Path
) -> None:
    (tmp_path / "wallbox.py").write_text(wallbox_of_the_page(), "utf-8")

    done = run(
        file,
        "--hardware",
        "wallbox:Wallbox",
        "--control",
        "stdio",
        typed='{"id":1,"cmd":"status"}\n{"id":2,"cmd":"plug_in","args":{"evse":1,"connector":1}}\n',
        cwd=tmp_path,
    )

    told = [json.loads(line) for line in done.stdout.splitlines()]
    status, plug = [line for line in told if "ok" in line]
    assert done.returncode == 0, done.stderr
    assert status["result"]["model"] == "Wallbox 11"
    assert status["result"]["evses"][0]["connectors"][0]["plugged"]  # attach has reported it
    assert "plays the simulated world" in plug["error"]["message"]
    assert "plug_in" not in told[0]["capabilities"]


def test_a_name_that_nobody_installed_says_what_to_write(file: Path) -> None:
    done = run(file, "--hardware", "foo")

    assert done.returncode == 2
    assert done.stderr == "no entry point foo in ocppkit.hardware; use MODULE:CLASS\n"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        ("class It: pass", "It has no description, allow_charging, stop_charging, meter"),
        ("class It(Base):\n    async def attach(self, station): ...", "make it a plain def"),
        ("class It(Base):\n    def __init__(self, *, port): ...", "port"),
    ],
)
def test_a_class_that_is_no_hardware_is_refused(
    file: Path, tmp_path: Path, make: str, said: str
) -> None:
    base = "from ocppkit.simulation import SimulatedHardware as Base\n"
    (tmp_path / "mine.py").write_text(base + make)

    done = run(file, "--hardware", "mine:It", cwd=tmp_path)

    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("arguments", "passed"),
    [
        ("self", False),
        ("self, port='/dev/ttyUSB0'", False),
        ("self, *, port=1", False),
        ("self, it", True),
        ("self, description=None", True),
        ("self, station: 'StationDescription' = None", True),
        ("self, *given", True),
    ],
)
def test_the_description_goes_to_a_class_that_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, passed: bool
) -> None:
    name = f"mine_{abs(hash(arguments))}"
    (tmp_path / f"{name}.py").write_text(
        "from ocppkit.simulation import SimulatedHardware\n"
        "class It(SimulatedHardware):\n"
        f"    def __init__({arguments}):\n"
        "        super().__init__()\n"
        "        self.got = [v for v in locals().values() if v]\n"
    )
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path)
    description = StationDescription(vendor="A", model="B")

    hardware: Any = equipment(f"{name}:It", description)

    assert (description in hardware.got or (description,) in hardware.got) is passed


def test_a_meter_signs_where_the_file_says_so(file: Path) -> None:
    file.write_text(file.read_text() + "[simulation]\nsigned_meter = true\n")
    settings = read_settings(file)

    hardware = equipment(None, settings.description(), simulation=settings.simulation)

    assert Capability.SIGNED_METER in capabilities_of(hardware)
    assert Capability.SIGNED_METER not in capabilities_of(equipment(None, settings.description()))


def test_a_meter_that_signs_needs_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)

    with pytest.raises(NoHardware, match=re.escape("pip install 'ocppkit[security]'")):
        equipment(
            None,
            StationDescription(vendor="A", model="B"),
            simulation=Simulation(signed_meter=True),
        )


BOX = """
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, StationDescription

class Box(SimulatedHardware):
    def __init__(self) -> None:
        super().__init__(StationDescription(vendor="Acme", model="Box"))

class Inner:
    description = StationDescription(vendor="Acme", model="Box")
    async def allow_charging(self, evse, offer): ...
    async def stop_charging(self, evse): ...
    async def meter(self, evse): ...
    def attach(self, station):
        raise KeyError("no pilot")
"""


def test_settings_that_the_equipment_overrules_are_named_but_for_a_number_that_it_has_not(
    file: Path, tmp_path: Path
) -> None:
    (tmp_path / "box.py").write_text(BOX)
    file.write_text(
        file.read_text().replace(
            "[csms]", 'vendor = "Mine"\nmodel = "Box"\nserial_number = "SN-7"\n[csms]'
        )
        + "[[evse]]\n[[evse]]\n[simulation]\nstop_menu = true\nsigned_meter = true\n"
    )

    done = run(file, "--hardware", "box:Box", "--console", typed="status\n", cwd=tmp_path)

    warned = [line for line in done.stderr.splitlines() if "does not count" in line]
    assert [line.split()[4] for line in warned] == [
        "station.vendor",
        "simulation.signed_meter",
        "simulation.stop_menu",
        "evse",
    ]
    assert "the hardware says 'Acme'" in warned[0]


def test_an_attach_that_raises_ends_it_with_one_line(file: Path, tmp_path: Path) -> None:
    (tmp_path / "box.py").write_text(BOX)

    done = run(file, "--hardware", "box:Inner", "--log-level", "error", cwd=tmp_path)

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("the station failed: attach of the hardware: KeyError('no pilot') (")
    assert "box.py:15)" in line


def test_what_the_equipment_prints_does_not_come_between_the_lines(file: Path) -> None:
    options = ["--hardware", "test_station:Talkative", "--control", "stdio"]
    with subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-c", RUN, str(file), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": ":".join([*sys.path, str(Path(__file__).parent)])},
    ) as station:
        assert station.stdin is not None
        assert station.stdout is not None
        assert station.stderr is not None
        patience = threading.Timer(30, station.kill)
        patience.start()
        printed = any("looking" in line for line in station.stderr)
        station.stdin.close()
        lines = station.stdout.read().splitlines()
        patience.cancel()

    assert printed
    assert lines
    assert all(line.startswith("{") for line in lines)


def test_a_second_station_on_the_same_state_ends_with_one_line(file: Path, tmp_path: Path) -> None:
    arguments: list[str | Path] = [file, "--state-dir", tmp_path / "state", "--control", "stdio"]
    with subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-c", RUN, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    ) as first:
        assert first.stdin is not None
        assert first.stdout is not None
        first.stdin.write('{"cmd":"status"}\n')
        first.stdin.flush()
        while '"ok":true' not in first.stdout.readline():
            pass
        second = run(*arguments, "--log-level", "error")
        first.stdin.write('{"cmd":"quit"}\n')
        _ = first.communicate(timeout=20)

    store = tmp_path / "state" / "station.db"
    assert second.returncode == 1
    assert second.stderr == f"the station failed: {store} is in use by another process\n"
    assert first.returncode == 0


def test_a_connector_is_without_a_lock_where_the_file_says_so(file: Path) -> None:
    file.write_text(f"{file.read_text()}\n[[evse]]\n[[evse.connector]]\ncable_lock = false\n")

    done = run(file, "--console", typed="lock works=off\nquit\n")

    assert done.returncode == 0
    assert "has no lock" in done.stdout


def test_the_console_reads_and_sets_what_a_technician_may(file: Path) -> None:
    typed = [
        "variable set TxCtrlr.EVConnectionTimeOut 7",
        "variable get EVSE.SupplyPhases evse=1",
        "config get X",
    ]

    done = run(file, "--console", typed="".join(f"{line}\n" for line in typed))

    assert '{"name": "TxCtrlr.EVConnectionTimeOut", "value": "7"' in done.stdout
    assert '{"name": "EVSE.SupplyPhases (EVSE 1)", "value": "3"' in done.stdout
    assert "use variable" in done.stdout


def test_help_tells_the_exit_codes() -> None:
    assert "Exit codes" in invoke("--help").output
    assert "Exit codes" in invoke("run", "--help").output
