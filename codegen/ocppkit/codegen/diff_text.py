"""What ``ocppkit codegen diff`` prints: the changes for people and for programs."""

from __future__ import annotations

import json
from typing import Any

from ocppkit.codegen.diff import Change

__all__ = ["as_json", "as_text"]

_NAMED = 3  # messages that are named beside a type; of more the number is given
_SAID = {True: "breaks", False: "ok"}
_HEAD = """\
old→new: a sender that keeps to OLD, a receiver that checks by NEW
new→old: a sender that keeps to NEW, a receiver that checks by OLD
breaks:  the receiver refuses messages that are right for the sender

old→new  new→old
"""


def as_text(changes: list[Change]) -> str:
    """The changes for people, grouped by message or type."""
    if not changes:
        return "no difference"
    lines = [_HEAD]
    subject = ""
    for change in changes:
        if change.subject != subject:
            subject = change.subject
            lines.append(f"{'':18}{subject}{_where(changes, subject)}")
        place = f"{change.path}: " if change.path else ""
        lines.append(
            f"{_SAID[change.old_to_new]:9}{_SAID[change.new_to_old]:9}  {place}{_worded(change)}"
        )
    breaking = sum(change.breaking for change in changes)
    return "\n".join([*lines, "", f"{len(changes)} changes, {breaking} of them break something"])


def _where(changes: list[Change], subject: str) -> str:
    messages = {name for change in changes if change.subject == subject for name in change.messages}
    if not messages - {subject}:
        return ""
    if len(messages) > _NAMED:
        return f" (in {len(messages)} messages)"
    return f" (in {', '.join(sorted(messages, key=str.lower))})"


def _worded(change: Change) -> str:
    if change.what in {"message", "type"} and "there" in (change.old, change.new):
        return f"{change.what} {'added' if change.old is None else 'removed'}"
    if change.what == "property":
        return f"added, {change.new}" if change.old is None else f"removed, was {change.old}"
    if change.what == "enum":
        return (
            f"value {change.new!r} added" if change.old is None else f"value {change.old!r} removed"
        )
    return f"{change.what} {_value(change.old)} → {_value(change.new)}"


def _value(value: Any) -> str:
    return "none" if value is None else value if isinstance(value, str) else json.dumps(value)


def as_json(changes: list[Change]) -> str:
    """The changes for programs."""
    rows = [
        {
            "subject": change.subject,
            "messages": list(change.messages),
            "path": change.path,
            "what": change.what,
            "old": change.old,
            "new": change.new,
            "old_sender_to_new_receiver": _SAID[change.old_to_new],
            "new_sender_to_old_receiver": _SAID[change.new_to_old],
        }
        for change in changes
    ]
    return json.dumps({"changes": rows}, indent=2, ensure_ascii=False)
