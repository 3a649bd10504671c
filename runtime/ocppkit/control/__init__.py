"""The control of a standalone station: one table of commands, executed for programs and people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocppkit.lazy import attach

if TYPE_CHECKING:
    from ocppkit.control.commands import COMMANDS as COMMANDS
    from ocppkit.control.commands import Command as Command
    from ocppkit.control.controller import Controller as Controller
    from ocppkit.control.errors import CommandFailed as CommandFailed
    from ocppkit.control.errors import ErrorCode as ErrorCode
    from ocppkit.control.hub import Hub as Hub
    from ocppkit.control.hub import Subscription as Subscription
    from ocppkit.control.standalone import Standalone as Standalone

__all__ = [
    "COMMANDS",
    "Command",
    "CommandFailed",
    "Controller",
    "ErrorCode",
    "Hub",
    "Standalone",
    "Subscription",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "COMMANDS": "ocppkit.control.commands",
        "Command": "ocppkit.control.commands",
        "CommandFailed": "ocppkit.control.errors",
        "Controller": "ocppkit.control.controller",
        "ErrorCode": "ocppkit.control.errors",
        "Hub": "ocppkit.control.hub",
        "Standalone": "ocppkit.control.standalone",
        "Subscription": "ocppkit.control.hub",
    },
)
