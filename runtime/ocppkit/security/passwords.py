"""The rules of the passwords for HTTP basic authentication.

Whatever breaks a rule is told without the password.
"""

from __future__ import annotations

import re

from ocppkit.security.secret import Secret

__all__ = ["key_from_hex", "password_from_text"]

_MIN_LENGTH = 16
_KEY_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){16,20}")


def password_from_text(text: str, *, max_length: int = 40) -> Secret:
    """A password of 2.0.1, which goes to the CSMS as UTF-8 (A00.FR.205, A00.FR.304).

    Args:
        text: what BasicAuthPassword is to be.
        max_length: the variable's ``maxLimit``: 40 to 64 (errata 2025-09 §2.1).

    Raises:
        ValueError: it is too short or too long, or has characters that do not print.
    """
    if not 40 <= max_length <= 64:
        msg = f"the longest password is one of 40 to 64 characters, not {max_length}"
        raise ValueError(msg)
    if not _MIN_LENGTH <= len(text) <= max_length:
        msg = f"a password has {_MIN_LENGTH} to {max_length} characters, not {len(text)}"
        raise ValueError(msg)
    if not text.isprintable():  # all others are fine (errata 2025-09 §2.1, RFC 7617 §2)
        msg = "a password has no control characters"
        raise ValueError(msg)
    return Secret(text.encode())


def key_from_hex(text: str) -> Secret:
    """A password of 1.6: 16 to 20 bytes, which AuthorizationKey gives as hexadecimal digits.

    The bytes go to the central system as they are (whitepaper A00.FR.205).

    Raises:
        ValueError: it is not that many bytes in hexadecimal.
    """
    if not _KEY_HEX.fullmatch(text):
        msg = "an AuthorizationKey is 16 to 20 bytes, written as 32 to 40 hexadecimal digits"
        raise ValueError(msg)
    return Secret(bytes.fromhex(text))
