"""Drivers, lists and a CSMS that has its mind of tokens, for tests of blocks C and D."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ocppkit.simulation import SimulatedEv
from ocppkit.station import IdToken, IdTokenKind, TokenOutcome
from ocppkit.station.hardware import EvseDescription, StationDescription

YES, NO, STOPPED = TokenOutcome.ACCEPTED, TokenOutcome.REFUSED, TokenOutcome.STOPPED
TWO = StationDescription(
    vendor="ocppkit", model="Two", evses=(EvseDescription(), EvseDescription())
)


def says(status: str = "Accepted", group: str | None = None, **more: Any) -> dict[str, Any]:
    """What the CSMS says of a token."""
    info: dict[str, Any] = {"status": status, **more}
    if group is not None:
        info["groupIdToken"] = {"idToken": group, "type": "Central"}
    return info


def thinks(it: Any, **of: dict[str, Any]) -> None:
    """Let the CSMS say this of tokens, by name; of all others that they are accepted."""

    def info(payload: dict[str, Any]) -> dict[str, Any]:
        return of.get(payload["idToken"]["idToken"], says())

    it.script["Authorize"] = lambda payload: {"idTokenInfo": info(payload)}
    it.script["TransactionEvent"] = lambda payload: (
        {"idTokenInfo": info(payload)} if "idToken" in payload else {}
    )


async def variable(it: Any, name: str, value: str) -> None:
    """Set a variable, ``Component.Variable``."""
    component, _, called = name.partition(".")
    assert await it.set_variable(component, called, value) == "Accepted"


async def read(it: Any, name: str) -> str:
    """The value of a variable."""
    component, _, called = name.partition(".")
    asked = {"component": {"name": component}, "variable": {"name": called}}
    answer = await it.call("GetVariables", getVariableData=[asked])
    value: str = answer["getVariableResult"][0]["attributeValue"]
    return value


async def on_site(it: Any, name: str, value: str) -> None:
    """Set a variable while nobody else can."""
    change = it.station.setting(name).change
    assert change is not None
    await change(value)


async def offline(it: Any) -> None:
    it.down = True
    await it.drop()


async def online(it: Any) -> None:
    it.down = False
    await it.advance(120)


async def show(
    it: Any, name: str, *, evse: int = 1, kind: IdTokenKind = IdTokenKind.ISO14443
) -> TokenOutcome:
    """Present a token."""
    outcome: TokenOutcome = await it.station.evse(evse).token_presented(IdToken(name, kind))
    await it.settle()
    return outcome


async def shows(it: Any, *names: str) -> list[TokenOutcome]:
    """What comes of each, presented at an EVSE that nobody uses."""
    outcomes = []
    for name in names:
        outcomes.append(await show(it, name))
        if outcomes[-1] is YES:
            await show(it, name)
    return outcomes


async def charge(it: Any, name: str = "A", *, evse: int = 1) -> TokenOutcome:
    """Plug in, present a token, and let the EV draw."""
    await it.hardware.arrive(SimulatedEv(start_delay=1), evse=evse)
    outcome = await show(it, name, evse=evse)
    await it.advance(2)
    return outcome


def asked(it: Any) -> list[str]:
    """The tokens that the CSMS was asked about, in order."""
    return [each["idToken"]["idToken"] for each in it.sent("Authorize")]


def events(it: Any) -> list[tuple[str, str, str | None]]:
    """What was told of transactions: kind, trigger, and whose token."""
    return [
        (each["eventType"], each["triggerReason"], each.get("idToken", {}).get("idToken"))
        for each in it.sent("TransactionEvent")
    ]


def entry(name: str, info: dict[str, Any] | None = None, kind: str = "ISO14443") -> dict[str, Any]:
    """An entry of the local list."""
    token = {"idToken": {"idToken": name, "type": kind}}
    return token if info is None else {**token, "idTokenInfo": info}


async def send_list(it: Any, version: int, *entries: dict[str, Any], full: bool = True) -> str:
    """Send the local list, or changes of it; the status."""
    more = {"localAuthorizationList": list(entries)} if entries else {}
    update = "Full" if full else "Differential"
    answer = await it.call("SendLocalList", versionNumber=version, updateType=update, **more)
    status: str = answer["status"]
    return status


async def list_version(it: Any) -> int:
    answer = await it.call("GetLocalListVersion")
    number: int = answer["versionNumber"]
    return number


Charge = Callable[..., Any]
