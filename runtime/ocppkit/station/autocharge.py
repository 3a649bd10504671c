"""Autocharge: an EV that charges by its own identifier, as if it were a driver's token."""

from __future__ import annotations

import re
from typing import Final

from ocppkit.station.id_token import IdToken, IdTokenKind

__all__ = ["vehicle_token"]

_DIGITS: Final = re.compile(r"[0-9A-F]{12}")
_SEPARATORS: Final = str.maketrans("", "", ":-. ")


def vehicle_token(identifier: str) -> IdToken:
    """The token of an EV.

    Args:
        identifier: its EVCCID, or its MAC address as SLAC shows it: 12 hexadecimal digits, in any
            case, with or without separators.

    Raises:
        ValueError: it is no such identifier.
    """
    digits = identifier.translate(_SEPARATORS).upper()
    if _DIGITS.fullmatch(digits) is None:
        msg = "an EV's identifier is expected, of 12 hexadecimal digits, as 00:1A:2B:3C:4D:5E"
        raise ValueError(msg)
    return IdToken(f"VID:{digits}", IdTokenKind.MAC_ADDRESS)
