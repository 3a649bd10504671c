from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from ocppkit.cli.console import StationConsole, prompted
from ocppkit.cli.console_language import ConsoleCompleter, read_line
from ocppkit.control.commands import COMMANDS
from ocppkit.control.controller import Controller, actions_of
from ocppkit.control.errors import CommandFailed

STATUS: dict[str, Any] = {
    "identity": "CS001",
    "vendor": "ocppkit",
    "model": "Simulated",
    "csms_url": "ws://localhost",
    "version": "ocpp1.6",
    "online": True,
    "connected": True,
    "registration": "Accepted",
    "evses": [
        {
            "evse": 1,
            "meter": {"energy_wh": 1234.0, "power_w": 7400.0},
            "transaction": "tx-1",
            "connectors": [
                {"connector": 1, "status": "Charging", "plugged": True, "fault": None},
                {"connector": 2, "status": "Faulted", "plugged": False, "fault": "GroundFailure"},
            ],
        }
    ],
    "transactions": [{"evse": 1, "token": "ABC", "type": "eMAID"}],
    "queue": {"empty": False},
}


class Backing:
    """What can be done; takes note of what was."""

    def __init__(self) -> None:
        self.done: list[tuple[str, dict[str, Any]]] = []
        self.transactions: list[dict[str, Any]] = []

    async def plug_in(self, **arguments: Any) -> None:
        self.done.append(("plug_in", arguments))

    async def present_token(self, **arguments: Any) -> None:
        self.done.append(("present_token", arguments))

    async def ev_power(self, **arguments: Any) -> None:
        self.done.append(("ev_power", arguments))

    async def set_fault(self, **arguments: Any) -> None:
        self.done.append(("set_fault", arguments))

    async def configuration(self, **arguments: Any) -> dict[str, str]:
        return {"value": f"{arguments['name']} is 60"}

    async def status(self) -> dict[str, Any]:
        return {**STATUS, "transactions": self.transactions}


class Typist:
    """Types lines and sees what comes of them."""

    def __init__(self) -> None:
        self.backing = Backing()
        self.controller = Controller(actions_of(self.backing), places={1: 2, 2: 1})
        self.controller.begin()
        self.paper = io.StringIO()
        self.screen = Console(file=self.paper, width=200, highlight=False)
        self.console = StationConsole(self.controller, self.screen)

    async def type(self, *lines: str) -> str:
        """What is shown for some lines."""

        async def typed() -> AsyncIterator[str]:
            for line in lines:
                yield line

        await self.console.run(typed())
        return self.paper.getvalue()


@pytest.fixture
async def typist() -> Typist:
    return Typist()


async def test_lines_typed_at_the_prompt_are_obeyed(typist: Typist) -> None:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("plug 1 2\rplug\r\x04")
        async with asyncio.timeout(10):
            await typist.console.run(prompted(typist.controller.capabilities))

    assert [name for name, _ in typist.backing.done] == ["plug_in", "plug_in"]


@pytest.mark.parametrize("key", ["\x03", "\x04", "quit\r"])
async def test_the_prompt_ends(typist: Typist, key: str) -> None:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text(key)
        async with asyncio.timeout(10):
            await typist.console.run(prompted(typist.controller.capabilities))

    assert typist.backing.done == []


@pytest.mark.parametrize(
    ("line", "cmd", "args"),
    [
        ("plug", "plug_in", {"evse": 1, "connector": 1}),
        ("plug 2", "plug_in", {"evse": 2, "connector": 1}),
        ("plug 1 2 current_a=16", "plug_in", {"evse": 1, "connector": 2, "ev": {"current_a": 16}}),
        ("plug connector=2", "plug_in", {"evse": 1, "connector": 2}),
        ("plug_in", "plug_in", {"evse": 1, "connector": 1}),
        ("plug 1 1 ev", "plug_in", {"evse": 1, "connector": 1, "side": "ev"}),
        ("unplug 2 side=ev", "plug_out", {"evse": 2, "connector": 1, "side": "ev"}),
        ("unplug 1 1 station", "plug_out", {"evse": 1, "connector": 1, "side": "station"}),
        ("select 2", "select", {"evse": 2}),
        ("authorize", "present_token", {"token": "04E1A2B3"}),
        (
            "authorize ABC eMAID 1,2",
            "present_token",
            {"token": "ABC", "type": "eMAID", "evses": [1, 2]},
        ),
        ("power 7400", "ev_power", {"evse": 1, "power_w": 7400}),
        ("power 2 7400", "ev_power", {"evse": 2, "power_w": 7400}),
        ("fault other", "set_fault", {"evse": 1, "connector": 1, "fault": "other"}),
        ("fault ground", "set_fault", {"evse": 1, "connector": 1, "fault": "ground"}),
        ("fault 2 ground", "set_fault", {"evse": 2, "connector": 1, "fault": "ground"}),
        ("meter energy_wh=5.5", "set_meter", {"evse": 1, "energy_wh": 5.5}),
        ("meter 0 100", "set_meter", {"evse": 0, "energy_wh": 100}),
        ("lock works=off", "lock_behaviour", {"evse": 1, "connector": 1, "works": False}),
        (
            "config get HeartbeatInterval",
            "configuration",
            {"action": "get", "name": "HeartbeatInterval"},
        ),
        (
            'data com.example m "some text"',
            "data_transfer",
            {"vendor_id": "com.example", "message_id": "m", "data": "some text"},
        ),
        ("offline # for a while", "go_offline", {}),
    ],
)
def test_a_line_is_a_command_of_the_protocol(line: str, cmd: str, args: dict[str, Any]) -> None:
    understood = read_line(line)

    assert understood is not None
    assert (understood.word, understood.args) == (cmd, args)


@pytest.mark.parametrize("line", ["", "   ", "# nothing"])
def test_a_blank_line_is_nothing(line: str) -> None:
    assert read_line(line) is None


@pytest.mark.parametrize("line", ["dance", 'plug "', "plug 1 1 {} ev 4", "power seven"])
def test_a_line_that_is_not_understood_is_refused(line: str) -> None:
    with pytest.raises(CommandFailed):
        read_line(line)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("unplug speed=3", "speed: unknown; there are evse, connector, side"),
        ("power 1 7400 speed=3", "speed: unknown; there are evse, power_w"),
        ("unplug 1 1 ev 4", "4: too much"),
        ("quit now", "now: too much"),
    ],
)
def test_what_is_too_much_is_named(line: str, message: str) -> None:
    with pytest.raises(CommandFailed) as caught:
        read_line(line)

    assert str(caught.value) == message


async def test_what_went_wrong_is_shown_and_the_console_lives_on(typist: Typist) -> None:
    shown = await typist.type("xyzzy", "plgu", "plug 3", "offline", "power x=1", "plug")

    assert "there is no command 'xyzzy': try help" in shown
    assert "there is no command 'plgu': did you mean plug?" in shown
    assert "there is no EVSE 3" in shown
    assert "offline is not supported here" in shown
    assert "go_offline" not in shown
    assert [name for name, _ in typist.backing.done] == ["plug_in"]


async def test_help_lists_what_this_station_can_do(typist: Typist) -> None:
    shown = await typist.type("help", "help plug", "help dance")

    assert "plug " in shown
    assert "trace" in shown
    assert "reboot" not in shown
    assert "plug [EVSE] [CONNECTOR] [kind=] [start_delay_s=] [current_a=]" in shown
    assert "there is no command 'dance'" in shown


async def test_an_unknown_fault_lists_the_faults_there_are(typist: Typist) -> None:
    shown = await typist.type("fault xx", "fault")

    assert shown.count("one of ev_communication, ground, ") == 2
    assert typist.backing.done == []


async def test_help_brackets_only_what_may_be_left_out(typist: Typist) -> None:
    shown = await typist.type("help fault", "help power")

    assert "fault [EVSE] [CONNECTOR] FAULT" in shown
    assert "power [EVSE] POWER_W" in shown


async def test_help_on_what_needs_the_simulation_says_so(typist: Typist) -> None:
    shown = await typist.type("help lock", "lock off")

    assert shown.count("lock is not supported here: it plays the simulated world") == 2
    assert "lock_behaviour" not in shown


async def test_with_equipment_of_its_own_help_lists_only_what_works(typist: Typist) -> None:
    typist.controller = Controller({"status": typist.backing.status}, places={1: 1})
    typist.controller.begin()
    typist.console = StationConsole(typist.controller, typist.screen)
    listed = (await typist.type("help")).split()
    shown = await typist.type("start", "help stop", "help trace")

    assert {"status", "trace", "quit"} <= {*listed}
    assert not {"start", "stop", "plug"} & {*listed}
    assert "start is not supported here: it plays the simulated world" in shown
    assert "stop is not supported here: it plays the simulated world" in shown
    assert "trace on|off" in shown


async def test_help_shows_what_follows_each_word(typist: Typist) -> None:
    shown = await typist.type("help")

    assert "fault [EVSE] [CONNECTOR] FAULT" in shown
    assert "plug [EVSE] [CONNECTOR] [EV...]" in shown
    assert "start [TOKEN] [EVSE]" in shown


async def test_the_status_is_a_table(typist: Typist) -> None:
    shown = await typist.type("status")

    assert "CS001  ocppkit Simulated  ws://localhost  ocpp1.6  online, Accepted" in shown
    assert "Charging" in shown
    assert "1.234 kWh" in shown
    assert "Faulted (GroundFailure)" in shown
    assert "not been told everything" in shown


async def test_start_and_stop_present_the_token_that_fits(typist: Typist) -> None:
    await typist.type("start ABC", "stop")
    assert typist.backing.done == [
        ("present_token", {"token": "ABC", "type": "ISO14443", "evses": (1,)})
    ]

    typist.backing.transactions = STATUS["transactions"]
    shown = await typist.type("start", "stop")

    assert typist.backing.done[1:] == [
        ("present_token", {"token": "ABC", "type": "eMAID", "evses": (1,)})
    ]
    assert "stop ends it" in shown


async def test_a_result_is_shown(typist: Typist) -> None:
    assert '{"value": "Interval is 60"}' in await typist.type("config get Interval")


async def test_events_are_shown(typist: Typist) -> None:
    async def typed() -> AsyncIterator[str]:
        typist.controller.hub.publish("status", evse=1, connector=2, status="Charging")
        typist.controller.hub.publish("token", outcome="accepted", evses=[1])
        typist.controller.hub.publish("limit", evse=1, power_w=None)
        typist.controller.hub.publish("transaction", what="ended", id="a", csms_transaction_id="a")
        typist.controller.hub.publish("transaction", what="ended", id="a", csms_transaction_id="7")
        yield ""

    await typist.console.run(typed())

    shown = typist.paper.getvalue().splitlines()
    assert shown == [
        "• status 1/2 Charging",
        "• token accepted, evses [1]",
        "• limit 1 none",
        "• transaction ended, id a",
        "• transaction ended, id a, csms_transaction_id 7",
    ]


async def test_trace_shows_messages_until_it_is_off(typist: Typist) -> None:
    def pass_message(action: str) -> None:
        typist.controller.hub.publish(
            "message",
            direction="sent",
            kind="CALL",
            action=action,
            message_id="1",
            payload={"status": "Charging"},
            code=None,
            description=None,
            latency_s=None,
        )

    async def typed() -> AsyncIterator[str]:
        pass_message("Before")
        yield "trace on"
        pass_message("Within")
        yield "trace off"
        pass_message("After")
        yield "trace"

    await typist.console.run(typed())

    shown = typist.paper.getvalue()
    assert "→ Within Charging" in shown
    assert "Before" not in shown
    assert "After" not in shown
    assert "trace on, or trace off" in shown


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("pl", "plug"),
        ("sta", "start"),
        ("trace o", "off"),
        ("help pl", "plug"),
        ("fault 1 1 gr", "ground"),
        ("fault fault=gr", "fault=ground"),
        ("plug cur", "current_a="),
        ("plug kind=", "kind=iso15118"),
        ("lock 1 1 o", "on"),
        ("authorize ABC e", "eMAID"),
    ],
)
def test_a_word_is_completed(text: str, wanted: str) -> None:
    completer = ConsoleCompleter(list(COMMANDS))

    found = completer.get_completions(Document(text), CompleteEvent())

    assert wanted in [completion.text for completion in found]


def test_what_is_not_supported_is_not_offered() -> None:
    completer = ConsoleCompleter(["status"])

    assert not list(completer.get_completions(Document("pl"), CompleteEvent()))
    assert not list(completer.get_completions(Document("dance "), CompleteEvent()))
