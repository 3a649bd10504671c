"""How a command fails.

::

    CommandFailed      carries the code and the text of the answer
"""

from __future__ import annotations

from enum import StrEnum

__all__ = ["CommandFailed", "ErrorCode"]


class ErrorCode(StrEnum):
    """The codes of the control protocol."""

    UNKNOWN_COMMAND = "unknown_command"
    NOT_SUPPORTED = "not_supported"
    BAD_ARGS = "bad_args"
    FAILED = "failed"


class CommandFailed(Exception):
    """A command was not carried out.

    Attributes:
        code: why, for programs.
        message: why, for people.
    """

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
