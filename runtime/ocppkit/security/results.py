"""What comes of installing and deleting, in the words that both versions share."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from ocppkit.value import Value

__all__ = ["Deletion", "DeletionRefusal", "InstallRefusal", "Installation", "Status"]


class Status(StrEnum):
    """The status of an answer; the values are those of 1.6 and 2.0.1."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    FAILED = "Failed"
    NOT_FOUND = "NotFound"


class InstallRefusal(StrEnum):
    """Why a root is answered with Rejected."""

    UNREADABLE = "it is not one certificate in PEM"
    NO_CA = "it is no certificate of a CA"
    EXPIRED = "it has expired"
    WEAK_KEY = "its key is too weak"
    NOT_SIGNED_BY_OLD = "it is not signed by the root that it is to replace"
    FULL = "there is no space for another certificate"


class DeletionRefusal(StrEnum):
    """Why a deletion is answered with Failed."""

    OWN_CERTIFICATE = "it is the certificate of the station"
    IN_USE = "it is the root that the CSMS is checked with"
    LAST_CSMS_ROOT = "it is the last root that a CSMS can be checked with"


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
