"""What a client may answer in the station's place: the one table of it.

What is not there yet stands here with the reason; it needs a ``serve`` instead, and no more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from attrs import frozen

from ocppkit.control.host import HostAbsent, HostDesk, HostRefused
from ocppkit.control.parameters import Kind, Parameter, read_arguments
from ocppkit.station.data_transfer import (
    DataTransferAnswer,
    DataTransferMessage,
    DataTransferOutcome,
)
from ocppkit.station.station import ChargingStation
from ocppkit.value import Value

__all__ = ["HOST_HANDLERS", "HostHandler", "serve_hosts"]

Ask: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]
"""Asks the client, with the arguments of the event; its result, checked.

Raises HostAbsent where there is no client, and HostRefused where it does not answer.
"""


@frozen(kw_only=True, eq=False, repr=False)
class HostHandler(Value):
    """A request that a client may answer.

    Attributes:
        name: in the protocol.
        about: what the CSMS wants.
        args: what the event holds.
        result: what the client's answer holds.
        serve: has the station ask for it from now on; None where the station cannot.
        why_not: why it cannot, for people.
    """

    name: str
    about: str
    args: tuple[Parameter, ...] = ()
    result: tuple[Parameter, ...] = ()
    serve: Callable[[ChargingStation, Ask], object] | None = None
    why_not: str = ""

    def read(self, result: Any) -> dict[str, Any]:
        """Check a client's result; raises CommandFailed."""
        whole = Parameter(name="result", kind=Kind.OBJECT, about="", required=True)
        given = read_arguments((whole,), {"result": result})["result"]
        return read_arguments(self.result, given, where="result.")


def serve_hosts(station: ChargingStation, desk: HostDesk) -> frozenset[str]:
    """Have a station ask at a desk; returns for what it does."""

    def asking(handler: HostHandler) -> Ask:
        async def ask(args: Mapping[str, Any]) -> dict[str, Any]:
            answer: dict[str, Any] = await desk.ask(handler.name, args, read=handler.read)
            return answer

        return ask

    served = [each for each in HOST_HANDLERS.values() if each.serve is not None]
    for each in served:
        if each.serve is not None:
            _ = each.serve(station, asking(each))
    return frozenset(each.name for each in served)


def _serve_data_transfer(station: ChargingStation, ask: Ask) -> None:
    async def answer(message: DataTransferMessage) -> DataTransferAnswer | None:
        fields = {
            "vendor_id": message.vendor_id,
            "message_id": message.message_id,
            "data": message.data,
        }
        try:
            result = await ask({key: value for key, value in fields.items() if value is not None})
        except HostAbsent:
            return None
        except HostRefused:
            return DataTransferAnswer(outcome=DataTransferOutcome.REJECTED)
        outcome = DataTransferOutcome(result["status"])
        return DataTransferAnswer(outcome=outcome, data=result.get("data"))

    _ = station.on_data_transfer(answer)


_NO_DISPLAY = "the station does not take display messages of the CSMS yet"

_TABLE = (
    HostHandler(
        name="data_transfer",
        about="The CSMS sends a DataTransfer.",
        args=(
            Parameter(name="vendor_id", kind=Kind.TEXT, about="whose", required=True),
            Parameter(name="message_id", kind=Kind.TEXT, about="which of their messages"),
            Parameter(name="data", kind=Kind.ANY, about="what it carries; in 1.6 a text"),
        ),
        result=(
            Parameter(
                name="status",
                kind=Kind.TEXT,
                about="what the CSMS is told",
                required=True,
                choices=tuple(DataTransferOutcome),
            ),
            Parameter(
                name="data",
                kind=Kind.ANY,
                about="what the answer carries; for 1.6, what is no text becomes its JSON",
            ),
        ),
        serve=_serve_data_transfer,
    ),
    HostHandler(name="display_set", about="A message is to be shown.", why_not=_NO_DISPLAY),
    HostHandler(
        name="display_get", about="The messages there are are asked for.", why_not=_NO_DISPLAY
    ),
    HostHandler(
        name="display_clear", about="A message is to be shown no more.", why_not=_NO_DISPLAY
    ),
    HostHandler(
        name="ev_certificate_response",
        about="The answer to an EV's request for a certificate.",
        why_not="the answer comes as the event ev_certificate_response; nobody is asked",
    ),
)

HOST_HANDLERS: Mapping[str, HostHandler] = MappingProxyType({each.name: each for each in _TABLE})
"""All of them by their name."""
