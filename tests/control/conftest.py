from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ocppkit.control.controller import Controller

from .pretended import Client, World, make_controller


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def controller(world: World) -> Controller:
    return make_controller(world)


@pytest.fixture
async def client(controller: Controller) -> AsyncIterator[Client]:
    client = Client(controller)
    client.events.append(await client.next())
    yield client
    client.pipe.give(b"")
    await client.serving
