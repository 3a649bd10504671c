"""What comes of setting a variable."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TypeAlias

from attrs import field, frozen

from ocppkit.value import Value

__all__ = ["Changed", "FollowUp", "VariableStatus"]

FollowUp: TypeAlias = Callable[[], Awaitable[None]]
"""What is done once the CSMS has its answer."""


class VariableStatus(StrEnum):
    """What comes of looking for a variable or of setting one, under the names of both messages."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    UNKNOWN_COMPONENT = "UnknownComponent"
    UNKNOWN_VARIABLE = "UnknownVariable"
    NOT_SUPPORTED_ATTRIBUTE_TYPE = "NotSupportedAttributeType"
    REBOOT_REQUIRED = "RebootRequired"


@frozen(kw_only=True, eq=False, repr=False)
class Changed(Value):
    """What came of setting a variable.

    Attributes:
        status: as it is told.
        reason_code: why it is rejected.
        info: the same for people; never the value itself of what may only be written.
        then: what is to follow once the CSMS has its answer.
    """

    status: VariableStatus
    reason_code: str | None = None
    info: str | None = None
    then: FollowUp | None = field(default=None, repr=False)
