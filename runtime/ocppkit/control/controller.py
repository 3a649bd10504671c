"""Carries out commands: finds who can, checks the arguments, says what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from inspect import iscoroutinefunction
from types import MappingProxyType
from typing import Any, TypeAlias

from ocppkit.control.commands import COMMANDS
from ocppkit.control.errors import CommandFailed, ErrorCode
from ocppkit.control.host import HostDesk
from ocppkit.control.host_handlers import HOST_HANDLERS
from ocppkit.control.hub import Hub, Subscription
from ocppkit.control.parameters import read_arguments
from ocppkit.control.vocabulary import PROTOCOL
from ocppkit.simulation.world import COMMANDS as SIMULATED
from ocppkit.station.settings.mistakes import nearest

__all__ = ["Action", "Controller", "actions_of"]

_logger = logging.getLogger(__name__)

Action: TypeAlias = Callable[..., Awaitable[Any]]
"""Carries out a command: called with its arguments by name, returns its result.

A ``ValueError`` says that it cannot be done as things are.
"""

_NO_REASONS: Mapping[str, str] = MappingProxyType({})
_OWN = ("subscribe", "quit")
_HOST = ("set_host_handler", "host_reply")


def actions_of(*backings: object) -> dict[str, Action]:
    """What some objects can do: a coroutine method bears the name of its command.

    The first object that has a method counts.
    """
    found: dict[str, Action] = {}
    for backing in backings:
        for name in COMMANDS:
            method = getattr(backing, name, None)
            if iscoroutinefunction(method):
                found.setdefault(name, method)
    return found


class Controller:
    """Takes commands from everybody, for one station.

    Attributes:
        hub: where events go out.
        host: who answers what the CSMS wants of somebody outside.
    """

    def __init__(
        self,
        actions: Mapping[str, Action],
        *,
        places: Mapping[int, int],
        hub: Hub | None = None,
        host: HostDesk | None = None,
        host_handlers: frozenset[str] = frozenset(),
        reasons: Mapping[str, str] = _NO_REASONS,
    ) -> None:
        """Control a station.

        Args:
            actions: what can be done, by the name of the command.
            places: how many connectors each EVSE has.
            hub: where events go out.
            host: asked by the station.
            host_handlers: what the station asks it for.
            reasons: why commands are not supported here, for people; they need no action.

        Raises:
            ValueError: an action or a host handler has no such name.
        """
        unknown = sorted({*actions} - {*COMMANDS}) + sorted(host_handlers - {*HOST_HANDLERS})
        if unknown:
            msg = f"{unknown[0]} is no command and no host handler"
            raise ValueError(msg)
        self.hub = hub or Hub()
        self.host = host or HostDesk()
        self._actions = {name: each for name, each in actions.items() if name not in reasons}
        self._reasons = reasons
        self._places = places
        self._host_handlers = host_handlers
        self._ready = asyncio.Event()
        self._quit = asyncio.Event()
        self._ended = asyncio.Event()

    @property
    def capabilities(self) -> list[str]:
        """The commands that are supported, in the order of the table."""
        supported = {*self._actions, *_OWN, *(_HOST if self._host_handlers else ())}
        return [name for name in COMMANDS if name in supported]

    def ready(self) -> dict[str, Any]:
        """The event that each client is greeted with."""
        return {"event": "ready", "protocol": PROTOCOL, "capabilities": self.capabilities}

    def join(self, client: Subscription) -> None:
        """A client is there."""
        self.hub.add(client)

    def leave(self, client: Subscription) -> None:
        """A client has gone."""
        self.hub.remove(client)
        self.host.leave(client)

    def begin(self) -> None:
        """The station runs: commands, which have waited, are carried out."""
        self._ready.set()

    def quit(self) -> None:
        """Ask for a clean end."""
        self._quit.set()

    async def quitting(self) -> None:
        """Wait until somebody asks for a clean end."""
        await self._quit.wait()

    def end(self) -> None:
        """The station has ended: say so."""
        self.hub.publish("end")
        self._ended.set()

    async def ended(self) -> None:
        """Wait until the station has ended."""
        await self._ended.wait()

    async def execute(self, name: str, args: Mapping[str, Any], *, client: Subscription) -> Any:
        """Carry out a command; returns its result, once it has taken effect.

        Args:
            name: of the command.
            args: as given, in JSON's types.
            client: who asks.

        Raises:
            CommandFailed: it was not carried out.
        """
        command = COMMANDS.get(name)
        if command is None:
            near = nearest(name[:100], self.capabilities)
            hint = "" if near is None else f": did you mean {near}?"
            text = f"there is no command {name[:100]!r}{hint}"
            raise CommandFailed(ErrorCode.UNKNOWN_COMMAND, text)
        if name not in self.capabilities:
            raise CommandFailed(ErrorCode.NOT_SUPPORTED, self.why_not(name))
        arguments = read_arguments(command.parameters, args)
        self._check_places(arguments)
        match name:
            case "subscribe":
                return {"events": sorted(client.choose(arguments.get("events")))}
            case "quit":
                self.quit()
                return None
            case "set_host_handler":
                self._set_host_handler(client, **arguments)
                return None
            case "host_reply":
                self.host.reply(client, **arguments)
                return None
            case _:
                await self._ready.wait()
                return await self._act(name, arguments)

    def why_not(self, name: str, *, called: str = "") -> str:
        """Why a command that exists is not supported here, for people.

        Args:
            name: of the command.
            called: what it is to be called; its name where that is empty.
        """
        text = f"{called or name} is not supported here"
        if name in self._reasons:
            return f"{text}: {self._reasons[name]}"
        if name in SIMULATED:
            return f"{text}: it plays the simulated world, not yours"
        return text

    def _set_host_handler(self, client: Subscription, *, name: str, enabled: bool) -> None:
        if name not in self._host_handlers:
            why = HOST_HANDLERS[name].why_not or "the station does not ask for it"
            raise CommandFailed(ErrorCode.NOT_SUPPORTED, f"{name} cannot be answered here: {why}")
        self.host.set(name, client, enabled=enabled)

    async def _act(self, name: str, arguments: Mapping[str, Any]) -> Any:
        try:
            return await self._actions[name](**arguments)
        except CommandFailed:
            raise
        except ValueError as error:
            raise CommandFailed(ErrorCode.FAILED, str(error)) from None
        except Exception as error:
            _logger.exception("%s failed", name)
            text = f"{name} failed: {type(error).__name__}"
            raise CommandFailed(ErrorCode.FAILED, text) from error

    def _check_places(self, arguments: Mapping[str, Any]) -> None:
        evses = list(arguments.get("evses", ()))
        evse = arguments.get("evse")
        if evse:
            evses.append(evse)
        for number in evses:
            if number not in self._places:
                raise CommandFailed(ErrorCode.BAD_ARGS, f"evse: there is no EVSE {number}")
        connector = arguments.get("connector")
        if evse and connector is not None and connector > self._places[evse]:
            text = f"connector: EVSE {evse} has no connector {connector}"
            raise CommandFailed(ErrorCode.BAD_ARGS, text)
