"""What a driver is known by, in no version's spelling."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from attrs import field, frozen

from ocppkit.connection.masking import shortened
from ocppkit.value import Value

__all__ = [
    "START_BUTTON",
    "AdditionalInfo",
    "IdToken",
    "IdTokenKind",
    "contract_name",
    "same_group",
]

_CHECKED: Final = 15  # characters of an eMAID with its check digit (ISO 15118-2 annex H)


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


@frozen(kw_only=True, eq=False, repr=False)
class AdditionalInfo(Value):
    """What goes with a token, for the CSMS to check as well (2.0.1 AdditionalInfoType).

    Attributes:
        value: at most 36 characters.
        type: what it is, as station and CSMS have agreed; at most 50 characters.
    """

    value: str = field(repr=False)
    type: str


@frozen(repr=False)
class IdToken:
    """A token of a driver; case makes no difference, as the specification has it (C01.FR.25).

    Attributes:
        value: as read; 1.6 takes at most 20 characters, 2.0.1 at most 36.
        kind: what sort of token it is.
        additional: what goes with it, for the CSMS; makes no difference between tokens.
    """

    value: str = field(eq=str.lower)
    kind: IdTokenKind = IdTokenKind.ISO14443
    additional: tuple[AdditionalInfo, ...] = field(default=(), eq=False)

    def __repr__(self) -> str:
        shown = "***" if self.kind is IdTokenKind.KEY_CODE else shortened(self.value)  # (C04.FR.04)
        return f"IdToken({shown}, {self.kind})"


START_BUTTON: Final = IdToken("", IdTokenKind.NO_AUTHORIZATION)
"""The token of whoever presses a button to start (C02)."""


def contract_name(emaid: str) -> str:
    """What an eMAID is in all its spellings: folded, without separators and check digit."""
    plain = emaid.replace("-", "").replace(" ", "").lower()
    return plain[:-1] if len(plain) == _CHECKED else plain


def same_group(one: str | None, other: str | None) -> bool:
    """Whether two groups are the same one, and are any; case makes no difference."""
    return bool(one) and bool(other) and str(one).lower() == str(other).lower()
