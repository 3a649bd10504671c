from __future__ import annotations

import asyncio

import pytest

from ocppkit.control.controller import Controller
from ocppkit.control.host import HostDesk, HostRefused
from ocppkit.control.hub import Subscription

from .pretended import Client


async def test_a_request_goes_to_the_client_and_its_reply_comes_back(
    client: Client, controller: Controller
) -> None:
    await client.command("set_host_handler", name="data_transfer")
    asked = asyncio.ensure_future(controller.host.ask("data_transfer", {"vendor_id": "v"}))

    event = await client.next()
    await client.command("host_reply", request=event["request"], result={"status": "Accepted"})

    assert event["name"] == "data_transfer"
    assert event["args"] == {"vendor_id": "v"}
    assert await asked == {"status": "Accepted"}


async def test_an_error_is_a_refusal(client: Client, controller: Controller) -> None:
    await client.command("set_host_handler", name="data_transfer")
    asked = asyncio.ensure_future(controller.host.ask("data_transfer", {}))
    event = await client.next()

    await client.command("host_reply", request=event["request"], error={"code": "nope"})

    with pytest.raises(HostRefused) as raised:
        await asked
    assert raised.value.error == {"code": "nope"}


async def test_a_second_reply_fails(client: Client, controller: Controller) -> None:
    await client.command("set_host_handler", name="data_transfer")
    asked = asyncio.ensure_future(controller.host.ask("data_transfer", {}))
    event = await client.next()
    await client.command("host_reply", request=event["request"], result=1)

    assert await client.error("host_reply", request=event["request"], result=2) == "bad_args"
    assert await asked == 1


async def test_nobody_is_asked_unless_somebody_wants_to_be(
    client: Client, controller: Controller
) -> None:
    await client.command("set_host_handler", name="data_transfer")
    await client.command("set_host_handler", name="data_transfer", enabled=False)

    assert not controller.host.has("data_transfer")
    with pytest.raises(HostRefused, match="nobody"):
        await controller.host.ask("data_transfer", {})


async def test_what_cannot_be_asked_is_not_waited_for() -> None:
    desk = HostDesk(timeout=1)
    desk.set("data_transfer", Subscription(), enabled=True)

    with pytest.raises(TypeError):
        await desk.ask("data_transfer", {"data": object()})
    assert desk._open == {}


async def test_a_client_that_goes_refuses_what_it_was_asked(controller: Controller) -> None:
    client = Client(controller)
    await client.next()
    await client.command("set_host_handler", name="data_transfer")
    asked = asyncio.ensure_future(controller.host.ask("data_transfer", {}))
    await client.next()

    client.pipe.give(b"")
    await client.serving

    with pytest.raises(HostRefused, match="gone"):
        await asked
    assert not controller.host.has("data_transfer")


async def test_a_client_that_does_not_reply_in_time_refuses() -> None:
    controller = Controller(
        {}, places={}, host=HostDesk(timeout=0.01), host_handlers=frozenset({"data_transfer"})
    )
    client = Client(controller)
    await client.next()
    await client.command("set_host_handler", name="data_transfer")

    with pytest.raises(HostRefused, match="no answer"):
        await controller.host.ask("data_transfer", {})
    controller.end()
    await client.serving


async def test_only_who_answers_can_give_up(controller: Controller) -> None:
    first, second = Client(controller), Client(controller)
    for each in (first, second):
        await each.next()
    await first.command("set_host_handler", name="data_transfer")

    await second.command("set_host_handler", name="data_transfer", enabled=False)

    assert controller.host.has("data_transfer")
