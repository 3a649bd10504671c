"""The message log: every message of a session as a line of JSON, written and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocppkit.lazy import attach

if TYPE_CHECKING:
    from ocppkit.message_log.entry import BrokenLine as BrokenLine
    from ocppkit.message_log.entry import Entry as Entry
    from ocppkit.message_log.entry import EntryKind as EntryKind
    from ocppkit.message_log.files import Rotation as Rotation
    from ocppkit.message_log.log import MessageLog as MessageLog
    from ocppkit.message_log.reader import NotALog as NotALog
    from ocppkit.message_log.reader import read_logs as read_logs
    from ocppkit.message_log.summary import facts as facts

__all__ = [
    "BrokenLine",
    "Entry",
    "EntryKind",
    "MessageLog",
    "NotALog",
    "Rotation",
    "facts",
    "read_logs",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "BrokenLine": "ocppkit.message_log.entry",
        "Entry": "ocppkit.message_log.entry",
        "EntryKind": "ocppkit.message_log.entry",
        "MessageLog": "ocppkit.message_log.log",
        "NotALog": "ocppkit.message_log.reader",
        "Rotation": "ocppkit.message_log.files",
        "facts": "ocppkit.message_log.summary",
        "read_logs": "ocppkit.message_log.reader",
    },
)
