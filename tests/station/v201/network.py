"""A world with one way to the CSMS, whose slots the CSMS fills."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from attrs import evolve

from ocppkit.connection import NetworkProfile, Session
from ocppkit.connection.session import Handlers
from ocppkit.message import Version
from ocppkit.station import ChargingStation

V201 = Version.V201
PASSWORD = "0123456789abcdef"  # noqa: S105  # of no use
COMM = {"name": "OCPPCommCtrlr"}


class Network:
    """A world whose station notes by which ways it dials.

    Attributes:
        it: the world.
        dialled: the ways, in order.
        dead: the URLs where nobody is.
    """

    def __init__(self, world: Any, *, security: int | None = 1, **config: Any) -> None:
        self.it = world(V201, connection_attempts=2, password=PASSWORD, **config)
        scheme = "ws" if security in {None, 1} else "wss"
        ways = [NetworkProfile(slot=0, url=f"{scheme}://old", security_profile=security)]
        self.it.config = evolve(self.it.config, csms_url="", profiles=tuple(ways))
        self.dialled: list[NetworkProfile] = []
        self.dead: set[str] = set()

    @property
    def urls(self) -> list[str]:
        """Where it dialled, in order."""
        return [each.url for each in self.dialled]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Network]:
        it = self.it
        it.station = ChargingStation(
            it.config, hardware=it.equipment, environment=it.environment, dial=self._dial
        )
        it.hardware.attach(it.station)
        async with it.station:
            await it.settle()
            yield self
        for task in it._tasks:
            task.cancel()

    async def _dial(self, profile: NetworkProfile, handlers: Handlers) -> Session:
        self.dialled.append(profile)
        self.it.down = profile.url in self.dead
        session: Session = await self.it._dial(profile, handlers)
        return session

    async def fill(self, slot: int = 1, **changes: Any) -> Any:
        """Have the CSMS fill a slot; the answer."""
        data: dict[str, Any] = {
            "ocppVersion": "OCPP20",
            "ocppTransport": "JSON",
            "ocppCsmsUrl": "ws://new",
            "messageTimeout": 20,
            "securityProfile": 1,
            "ocppInterface": "Wired0",
            **changes,
        }
        return await self.it.call("SetNetworkProfile", configurationSlot=slot, connectionData=data)

    async def order(self, text: str) -> tuple[str, str | None]:
        """Have the CSMS say in which order the slots are tried; status and reason."""
        data = {
            "component": COMM,
            "variable": {"name": "NetworkConfigurationPriority"},
            "attributeValue": text,
        }
        answer = await self.it.call("SetVariables", setVariableData=[data])
        result = answer["setVariableResult"][0]
        info = result.get("attributeStatusInfo", {})
        return result["attributeStatus"], info.get("reasonCode")

    async def read(self, name: str, instance: str | None = None) -> str:
        """A variable, as the CSMS reads it."""
        variable = {"name": name} if instance is None else {"name": name, "instance": instance}
        answer = await self.it.call(
            "GetVariables", getVariableData=[{"component": COMM, "variable": variable}]
        )
        value: str = answer["getVariableResult"][0]["attributeValue"]
        return value

    async def reset(self) -> None:
        """Have the CSMS reset the station."""
        await self.it.call("Reset", type="OnIdle")
        await self.it.settle()


def secured(made: Network, in_use: int, *, downgrade: bool = False) -> None:
    """Have the station be connected by a security profile."""
    change = made.it.station.core.security.change
    change.in_use, change.allow_downgrade = in_use, downgrade
