"""What came of installing and deleting, in the words that both versions share."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from ocppkit.security.rules import DeletionRefusal, InstallRefusal
from ocppkit.value import Value

__all__ = ["Deletion", "Installation", "Status"]


class Status(StrEnum):
    """The status of an answer; the values are those of 1.6 and 2.0.1."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    FAILED = "Failed"
    NOT_FOUND = "NotFound"


@frozen(kw_only=True, eq=False, repr=False)
class Installation(Value):
    """What came of an InstallCertificate.

    Attributes:
        status: Accepted, Rejected, or Failed where the disk was at fault.
        refusal: why it was rejected.
    """

    status: Status
    refusal: InstallRefusal | None = None


@frozen(kw_only=True, eq=False, repr=False)
class Deletion(Value):
    """What came of a DeleteCertificate.

    Attributes:
        status: Accepted, NotFound or Failed.
        refusal: why it failed; None where the disk was at fault.
    """

    status: Status
    refusal: DeletionRefusal | None = None
