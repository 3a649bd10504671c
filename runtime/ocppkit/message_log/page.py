"""A message log as one HTML page that needs nothing else: no network, no other file.

What a peer said reaches the page as JSON data only, and from there as text, never as markup or
code; besides, the page's content security policy runs no script but its own.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from ocppkit.message_log.conversation import Step, Transaction, transactions
from ocppkit.message_log.entry import EntryKind
from ocppkit.message_log.summary import facts

__all__ = ["page"]

_IN_SCRIPT = str.maketrans(
    {"<": r"\u003c", ">": r"\u003e", "&": r"\u0026", "\u2028": r"\u2028", "\u2029": r"\u2029"}
)


def page(steps: Sequence[Step], *, title: str) -> str:
    """The page; what is shown of it is chosen there, so it takes the steps of a whole log.

    Args:
        steps: what to show, in order.
        title: plain text.
    """
    style, script = _resource("page.css"), _resource("page.js")
    data = {
        "steps": [_step(step) for step in steps],
        "transactions": [_transaction(one) for one in transactions(steps)],
    }
    return Template(_resource("page.html")).substitute(
        title=escape(title),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT),
    )


def _step(step: Step) -> dict[str, Any]:
    entry = step.entry
    said = {
        "time": entry.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "kind": entry.kind,
        "identity": entry.identity,
        "version": entry.version,
        "from": entry.sender,
        "action": step.action,
        "id": entry.message_id,
        "facts": _facts(step),
        "latency": entry.latency_ms,
        "size": entry.size,
        "code": entry.code,
        "description": entry.description,
        "lack": step.lack,
        "transaction": step.transaction,
        "faulty": step.faulty or None,
        # As text: a browser's numbers are not those of the message.
        "payload": None
        if entry.payload is None
        else json.dumps(entry.payload, ensure_ascii=False, indent=2),
    }
    return {name: value for name, value in said.items() if value is not None and value != ""}


def _facts(step: Step) -> str:
    entry = step.entry
    if entry.kind is EntryKind.GAP:
        return f"{entry.dropped or 'some'} lines are missing: {entry.description}"
    return facts(entry)


def _transaction(transaction: Transaction) -> dict[str, Any]:
    return {
        "identity": transaction.identity,
        "id": transaction.id,
        "first": transaction.first.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "seconds": round((transaction.last - transaction.first).total_seconds()),
        "messages": transaction.messages,
        "energy": transaction.energy_wh,
        "faulty": transaction.faulty,
    }


def _resource(name: str) -> str:
    return files("ocppkit.message_log").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
