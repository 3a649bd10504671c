"""What becomes of a transfer that does not work.

::

    TransferFailed           the peer, the network or the disk did not do it
    ├── AccessRefused        the server wants other credentials, or does not let these do it
    ├── MissingExtra         a library is not installed: trying again changes nothing
    ├── TooLarge             the file is larger than allowed: trying again changes nothing
    └── UnfitLocation        no URL that may be used: trying again changes nothing

No text of theirs holds credentials.
"""

from __future__ import annotations

from ocppkit.errors import OcppError

__all__ = ["AccessRefused", "MissingExtra", "TooLarge", "TransferFailed", "UnfitLocation"]


class TransferFailed(OcppError):
    """A file did not get where it should; the text says why."""


class AccessRefused(TransferFailed):
    """The server does not let somebody with these credentials do it."""


class MissingExtra(TransferFailed):
    """The protocol needs a library that is not installed."""


class TooLarge(TransferFailed):
    """The file is larger than there is room for."""


class UnfitLocation(TransferFailed):
    """There is nothing at this URL that could be used."""
