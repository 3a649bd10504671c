from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ocppkit.control.commands import COMMANDS
from ocppkit.control.controller import Controller

from .pretended import Client, World, make_controller


async def test_the_first_line_says_what_there_is(client: Client) -> None:
    (ready,) = client.events

    assert ready["event"] == "ready"
    assert ready["protocol"] == 1
    assert {"plug_in", "status", "quit", "subscribe", "host_reply"} <= {*ready["capabilities"]}
    assert "reboot" not in ready["capabilities"]


async def test_a_command_is_carried_out_and_answered(client: Client, world: World) -> None:
    answer = await client.ask(
        '{"id":7,"cmd":"set_fault","args":{"evse":1,"connector":2,"fault":"ground"}}'
    )

    assert answer == {"id": 7, "ok": True, "result": None}
    assert world.done == [("set_fault", {"evse": 1, "connector": 2, "fault": "ground"})]


@pytest.mark.parametrize("id", [0, -1, 1.5, "seven", "", True, None, 12345678901234567890])
async def test_the_answer_bears_the_id(client: Client, id: Any) -> None:
    answer = await client.ask(json.dumps({"id": id, "cmd": "status"}))

    assert answer == {"id": id, "ok": True, "result": {"online": True}}


async def test_answers_come_in_the_order_of_the_requests(client: Client) -> None:
    lines = [json.dumps({"id": number, "cmd": "status"}) for number in range(20)]
    client.pipe.give("\n".join([*lines, ""]).encode())

    answers = [await client.next() for _ in lines]

    assert [answer["id"] for answer in answers] == list(range(20))


@pytest.mark.parametrize(
    ("cmd", "args", "code"),
    [
        ("dance", {}, "unknown_command"),
        ("", {}, "unknown_command"),
        ("reboot", {}, "not_supported"),
        ("reboot", {"nonsense": 1}, "not_supported"),
        ("plug_in", {}, "bad_args"),
        ("plug_in", {"evse": 3, "connector": 1}, "bad_args"),
        ("plug_in", {"evse": 2, "connector": 2}, "bad_args"),
        ("present_token", {"token": "A", "evses": [1, 3]}, "bad_args"),
        ("ev_power", {"evse": 1, "power_w": 1}, "failed"),
        ("plug_out", {"evse": 1, "connector": 1}, "failed"),
        ("security_event", {"type": "x"}, "failed"),
        ("host_reply", {"request": 1}, "bad_args"),
        ("set_host_handler", {"name": "display_set"}, "not_supported"),
    ],
)
async def test_what_is_not_done_has_a_code(
    client: Client, cmd: str, args: dict[str, Any], code: str
) -> None:
    assert await client.error(cmd, **args) == code


async def test_the_reason_of_a_failure_is_told(client: Client) -> None:
    answer = await client.command("ev_power", evse=1, power_w=1)

    assert answer["error"]["message"] == "EVSE 1 has no car"


async def test_the_session_lives_on_after_garbage(client: Client) -> None:
    assert (await client.ask(b"\xff{"))["id"] is None

    assert (await client.command("status"))["ok"] is True


async def test_evse_0_is_all_of_them(client: Client, world: World) -> None:
    await client.command("set_meter", evse=0, energy_wh=5)

    assert world.done == [("set_meter", {"evse": 0, "energy_wh": 5})]


async def test_commands_wait_until_the_station_runs(world: World) -> None:
    controller = Controller({"status": world.status}, places={1: 1})
    client = Client(controller)
    assert (await client.next())["event"] == "ready"
    asked = asyncio.ensure_future(client.command("status"))
    other = asyncio.ensure_future(Client(controller).command("subscribe"))
    assert (await other)["ok"] is True
    assert not asked.done()

    controller.begin()

    assert (await asked)["ok"] is True
    controller.end()
    await client.serving


async def test_events_go_to_those_who_subscribed(client: Client, controller: Controller) -> None:
    answer = await client.command("subscribe", events=["limit"])
    controller.hub.publish("status", evse=1)
    controller.hub.publish("limit", evse=2)

    assert answer["result"] == {"events": ["limit"]}
    assert await client.next() == {"event": "limit", "evse": 2}


async def test_messages_are_told_only_on_demand(client: Client, controller: Controller) -> None:
    assert not controller.hub.wanted("message")

    await client.command("subscribe", events=["message", "status"])

    assert controller.hub.wanted("message")
    answer = await client.command("subscribe")
    assert "message" not in answer["result"]["events"]


async def test_events_go_to_all_clients(client: Client, controller: Controller) -> None:
    other = Client(controller)
    await other.next()

    controller.hub.publish("connected", version="ocpp1.6")

    assert await client.next() == await other.next()


async def test_who_does_not_read_misses_events_and_is_told_how_many(
    client: Client, controller: Controller
) -> None:
    client.pipe.block()
    for number in range(5000):
        controller.hub.publish("status", number=number)
    client.pipe.unblock()

    numbers = []
    while "number" in (event := await client.next()):
        numbers.append(event["number"])

    assert numbers == list(range(len(numbers)))
    assert event == {"event": "dropped", "count": 5000 - len(numbers)}
    assert len(numbers) < 1100


async def test_no_answer_is_lost_to_who_does_not_read(client: Client) -> None:
    client.pipe.block()
    client.pipe.give(b'{"cmd":"status"}\n' * 3000)
    for _ in range(10):
        await asyncio.sleep(0)
    client.pipe.unblock()

    answers = [await client.next() for _ in range(3000)]

    assert all(answer["ok"] for answer in answers)


async def test_quit_is_answered_and_the_end_is_told(controller: Controller) -> None:
    client = Client(controller)
    await client.next()

    answer = await client.command("quit")
    await controller.quitting()
    controller.end()

    assert answer["ok"] is True
    assert await client.next() == {"event": "end"}
    await client.serving


async def test_a_client_that_goes_is_forgotten(controller: Controller) -> None:
    client = Client(controller)
    await client.next()
    await client.command("subscribe", events=["message"])

    client.pipe.give(b"")
    await client.serving

    assert not controller.hub.wanted("message")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
ALMOST = st.fixed_dictionaries(
    {"cmd": st.sampled_from([*COMMANDS, "dance"]) | JSON},
    optional={
        "id": JSON,
        "args": JSON
        | st.dictionaries(
            st.sampled_from(
                sorted({each.name for command in COMMANDS.values() for each in command.parameters})
            ),
            JSON,
        ),
    },
)
LINES = st.lists(
    st.binary(max_size=50)
    | st.text(max_size=50).map(lambda text: text.encode())
    | (ALMOST | JSON).map(lambda value: json.dumps(value).encode()),
    max_size=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(LINES)
def test_whatever_comes_is_answered_line_by_line(lines: list[bytes]) -> None:
    data = b"\n".join(line.replace(b'"quit"', b'"QUIT"') for line in lines)
    wanted = sum(bool(line.strip()) for line in data.split(b"\n"))

    async def talk() -> None:
        client = Client(make_controller(World()))
        await client.next()
        client.pipe.give(data + b"\n")
        for _ in range(wanted):
            answer = await client.next()
            assert answer["ok"] in {True, False}
            assert answer.keys() == {"id", "ok", "result" if answer["ok"] else "error"}
        assert (await client.command("status"))["ok"] is True
        client.pipe.give(b"")
        await client.serving

    asyncio.run(talk())
