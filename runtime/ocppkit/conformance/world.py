"""The world around the station under test: the driver, the car, the power switch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final, Protocol

from ocppkit.codec.jsontext import UnreadableJson, dumps, loads
from ocppkit.conformance.verdict import Impossible

__all__ = ["ACTIONS", "CommandRefused", "ControlWorld", "Lines", "PromptWorld", "World", "brief"]

ACTIONS: Final = {
    "plug_in": "Connect the EV to EVSE {evse}, connector {connector}",
    "plug_out": "Disconnect the EV from EVSE {evse}, connector {connector}",
    "present_token": "Present the token {token} ({type}) at EVSE {evses}",
    "ev_power": "Have the EV at EVSE {evse} take {power_w} W (0: suspend the energy transfer)",
    "set_meter": "Have the meter of EVSE {evse} show {energy_wh} Wh",
    "lock_behaviour": "Make the cable lock of EVSE {evse} work: {works}",
    "power_cut": "Cut the power of the charging station, and give it back",
    "reboot": "Restart the charging station",
    "bay": "Drive the EV into the parking bay of EVSE {evse} (or out of it): {occupied}",
    "stop_from_ev": "End the session at EVSE {evse} from the EV",
    "select": "Select the transaction at EVSE {evse} on the display",
}
"""What a case may want done, and how a person is told."""

_EXTRAS: Final = frozenset({"ev", "side"})
_LONGEST: Final = 100  # characters


def brief(value: Any) -> Any:
    """An argument for people to read: long texts in it, as certificates are, are left out."""
    if isinstance(value, Mapping):
        return {name: brief(each) for name, each in value.items()}
    return "..." if isinstance(value, str) and len(value) > _LONGEST else value


class World(Protocol):
    """Has things done around the station.

    An action takes effect before it returns, and never waits for an exchange with the CSMS.
    """

    def can(self, action: str) -> bool:
        """Whether there is a way to have this done."""
        ...

    async def perform(self, action: str, **args: Any) -> None:
        """Have something done.

        Args:
            action: one of `ACTIONS`.
            **args: as the control protocol's command of that name takes them.

        Raises:
            Impossible: there is no way.
        """
        ...


class CommandRefused(Exception):
    """The station's control protocol did not carry a command out; the text says why."""


class Lines(Protocol):
    """Lines of JSON to a station, and from it."""

    async def read(self) -> bytes:
        """The next line; nothing at the end."""
        ...

    async def write(self, line: bytes) -> None:
        """Write a line; raises OSError where nobody reads."""
        ...


class ControlWorld:
    """A station's control protocol: one JSON object a line, as ``ocppkit station`` speaks it.

    Call `run` in a task of the caller's own; commands wait until the station said what it can do.
    """

    def __init__(self, lines: Lines, *, patience: float = 30.0) -> None:
        """Speak over lines; wait at most so many seconds for an answer."""
        self._lines = lines
        self._patience = patience
        self._ready = asyncio.Event()
        self._capabilities: Collection[str] = ()
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._last = 0

    async def run(self) -> None:
        """Read what the station says until it ends."""
        try:
            while line := await self._lines.read():
                self._take(line)
        finally:
            for asked in self._asked.values():
                if not asked.done():
                    asked.set_exception(CommandRefused("the station ended"))

    async def ready(self) -> None:
        """Wait until the station said what it can do.

        Raises:
            TimeoutError: it says nothing.
        """
        async with asyncio.timeout(self._patience):
            await self._ready.wait()

    def can(self, action: str) -> bool:
        """Whether the station listed this command."""
        return action in self._capabilities

    async def perform(self, action: str, **args: Any) -> None:
        """Give a command.

        Raises:
            Impossible: the station does not know it, or not with these arguments.
            CommandRefused: it was not carried out.
            TimeoutError: there is no answer.
        """
        await self.ready()
        if not self.can(action):
            raise Impossible(f"no way to {action}: the station's control protocol has none")
        self._last += 1
        asked: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[self._last] = asked
        try:
            line = dumps({"id": self._last, "cmd": action, "args": args})
            await self._lines.write(line.encode() + b"\n")
            async with asyncio.timeout(self._patience):
                answer = await asked
        finally:
            del self._asked[self._last]
        if answer.get("ok"):
            return
        error = answer.get("error") or {}
        unknown = error.get("code") in {"not_supported", "unknown_command"}
        if unknown or ("side" in args and error.get("code") == "bad_args"):  # few know of sides
            raise Impossible(f"no way to {action}: {error.get('message')}")
        raise CommandRefused(f"{action} {args}: {error.get('message')}")

    def _take(self, line: bytes) -> None:
        try:
            said = loads(line)
        except UnreadableJson:
            return
        if not isinstance(said, dict):
            return
        if said.get("event") == "ready":
            self._capabilities = frozenset(said.get("capabilities", ()))
            self._ready.set()
        asked = self._asked.get(said.get("id", 0))
        if "ok" in said and asked is not None and not asked.done():
            asked.set_result(said)


class PromptWorld:
    """A person beside the station, who is told what to do and says when it is done."""

    def __init__(self, ask: Callable[[str], Awaitable[str]]) -> None:
        """Ask a person.

        Args:
            ask: shows a text and waits for a line; one that begins with ``n`` says that it
                cannot be done.
        """
        self._ask = ask

    def can(self, action: str) -> bool:
        """A person can do all that has words."""
        return action in ACTIONS

    async def perform(self, action: str, **args: Any) -> None:
        """Tell the person.

        Raises:
            Impossible: the person says so.
        """
        words = ACTIONS[action].format_map(_Given(args))
        extras = {name: brief(each) for name, each in args.items() if name in _EXTRAS and each}
        more = f" {extras}" if extras else ""
        said = await self._ask(f"{words}{more}. Done [Y/n]? ")
        if said.strip().lower().startswith("n"):
            raise Impossible(f"no way to {action}: the operator cannot")


class _Given(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"
