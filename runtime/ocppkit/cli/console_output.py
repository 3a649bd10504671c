"""What the console shows: events, results, the station's status, help."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ocppkit.cli.console_language import OwnWord, command_words, own_words, usage
from ocppkit.control.commands import Command
from ocppkit.message_log.summary import facts
from ocppkit.printable import printable

__all__ = ["ConsoleOutput"]

_COLOURS = {
    "Available": "green",
    "Charging": "cyan",
    "Faulted": "red",
    "Unavailable": "yellow",
    "connected": "green",
    "disconnected": "yellow",
}


@frozen(kw_only=True)
class _Told:
    """A message, as it is told by an event."""

    kind: str
    payload: Any
    code: str
    description: str


class ConsoleOutput:
    """Writes for people."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def event(self, event: Mapping[str, Any]) -> None:
        """Show an event."""
        fields = dict(event)
        name = str(fields.pop("event"))
        if name == "message":
            self._message(fields)
            return
        if fields.get("csms_transaction_id") == fields.get("id"):  # as in 2.0.1: once is enough
            fields.pop("csms_transaction_id", None)
        place = [str(fields.pop(key)) for key in ("evse", "connector") if fields.get(key)]
        where = f" {'/'.join(place)}" if place else ""
        told = [_said(key, value) for key, value in fields.items() if value is not None]
        said = ", ".join(told) or ("none" if fields else "")
        colour = _COLOURS.get(str(event.get("status", name)), "blue")
        self._line(Text.assemble(("• ", colour), (f"{name}{where}", "bold"), " ", printable(said)))

    def done(self, result: Any) -> None:
        """Show what a command came to."""
        self._line(Text("ok" if result is None else printable(_json(result)), style="dim"))

    def failed(self, message: str) -> None:
        """Show why a command was not carried out."""
        self._line(Text(printable(message), style="red"))

    def say(self, text: str) -> None:
        """Say something."""
        self._line(Text(printable(text)))

    def status(self, status: Mapping[str, Any]) -> None:
        """Show everything about the station."""
        link = "online" if status["online"] else "connected" if status["connected"] else "offline"
        head = (
            f"{status['identity']}  {status['vendor']} {status['model']}  "
            f"{status['csms_url']}  {status['version']}  {link}, {status['registration']}"
        )
        self._line(Text(printable(head), style="bold"))
        table = Table(box=None, pad_edge=False)
        for name in ("EVSE", "connector", "status", "cable", "energy", "power", "transaction"):
            table.add_column(name, justify="right" if name in {"energy", "power"} else "left")
        for evse in status["evses"]:
            for number, connector in enumerate(evse["connectors"]):
                table.add_row(*_row(evse, connector, first=number == 0))
        self._console.print(table)
        if not status["queue"]["empty"]:
            self._line(Text("the CSMS has not been told everything yet", style="yellow"))

    def help(self, capabilities: Sequence[str]) -> None:
        """Show what there is to type."""
        table = Table(box=None, pad_edge=False, show_header=False)
        for word, command in sorted(command_words(capabilities).items()):
            shape = usage(command, word, briefly=True)
            table.add_row(Text(shape, style="bold"), Text(command.about))
        for word, own in own_words(capabilities).items():
            table.add_row(Text(f"{word} {own.shape}", style="bold"), Text(own.about))
        self._console.print(table)

    def help_on(self, word: str, command: Command) -> None:
        """Show how a command is typed."""
        self._line(Text(usage(command, word), style="bold"))
        self._line(Text(command.about))
        table = Table(box=None, show_header=False)
        for parameter in command.parameters:
            for each in parameter.spread or (parameter,):
                table.add_row(each.name, Text(_taken(each.expected, each.default)), each.about)
        self._console.print(table)

    def help_on_own(self, word: str, own: OwnWord) -> None:
        """Show how a word that only the console knows is typed."""
        self._line(Text(f"{word} {own.shape}", style="bold"))
        self._line(Text(own.about))

    def _message(self, fields: Mapping[str, Any]) -> None:
        sent, kind = fields["direction"] == "sent", fields["kind"]
        call = kind == "CALL"
        arrow = ("→" if sent else "←") if call else ("⇢" if sent else "⇠")
        told = _Told(
            kind=kind,
            payload=fields["payload"],
            code=fields["code"] or "",
            description=fields["description"] or "",
        )
        bad = kind not in {"CALL", "CALLRESULT"}
        colour = "red" if bad else "cyan" if sent else "green"
        name = printable(fields["action"] or "?")
        self._line(Text.assemble((f"{arrow} {name} ", colour), (facts(told), "dim")))

    def _line(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)


def _row(evse: Mapping[str, Any], connector: Mapping[str, Any], *, first: bool) -> list[str | Text]:
    meter, status = evse["meter"], str(connector["status"])
    energy, power = meter["energy_wh"], meter["power_w"]
    fault = f" ({connector['fault']})" if connector["fault"] else ""
    return [
        str(evse["evse"]) if first else "",
        str(connector["connector"]),
        Text(f"{status}{fault}", style=_COLOURS.get(status, "")),
        "plugged" if connector["plugged"] else "-",
        "" if not first or energy is None else f"{energy / 1000:.3f} kWh",
        "" if not first or power is None else f"{power / 1000:.2f} kW",
        str(evse["transaction"] or "-") if first else "",
    ]


def _said(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return key if value else f"not {key}"
    if isinstance(value, str) and key in {"status", "what", "outcome", "version", "text"}:
        return value
    return f"{key} {value if isinstance(value, str) else _json(value)}"


def _taken(expected: str, default: Any) -> str:
    return expected if default is None else f"{expected}; {_json(default)} if left out"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
