"""What a driver is known by, in no version's spelling."""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from ocppkit.connection.masking import shortened

__all__ = ["IdToken", "IdTokenKind", "same_group"]


class IdTokenKind(StrEnum):
    """What sort of token it is (IdTokenEnumType; 1.6 does not tell them apart)."""

    CENTRAL = "Central"
    EMAID = "eMAID"
    ISO14443 = "ISO14443"
    ISO15693 = "ISO15693"
    KEY_CODE = "KeyCode"
    LOCAL = "Local"
    MAC_ADDRESS = "MacAddress"
    NO_AUTHORIZATION = "NoAuthorization"


@frozen(repr=False)
class IdToken:
    """A token of a driver; case makes no difference, as the specification has it.

    Attributes:
        value: as read; 1.6 takes at most 20 characters, 2.0.1 at most 36.
        kind: what sort of token it is.
    """

    value: str = field(eq=str.lower)
    kind: IdTokenKind = IdTokenKind.ISO14443

    def __repr__(self) -> str:
        return f"IdToken({shortened(self.value)}, {self.kind})"


def same_group(one: str | None, other: str | None) -> bool:
    """Whether two groups are the same one; case makes no difference."""
    return one is not None and other is not None and one.lower() == other.lower()
