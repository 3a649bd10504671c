"""Fetches and sends files by HTTP, FTP and SFTP, for firmware, logs and diagnostics.

HTTP and SFTP need the extra ``transfer``; what a protocol needs is loaded with its first use.
"""

from __future__ import annotations

from ocppkit.transfer.errors import (
    AccessRefused,
    MissingExtra,
    TooLarge,
    TransferFailed,
    UnfitLocation,
)
from ocppkit.transfer.location import Location
from ocppkit.transfer.port import Progress, Transfers, Wait
from ocppkit.transfer.settings import TransferSettings
from ocppkit.transfer.transfers import FileTransfers

__all__ = [
    "AccessRefused",
    "FileTransfers",
    "Location",
    "MissingExtra",
    "Progress",
    "TooLarge",
    "TransferFailed",
    "TransferSettings",
    "Transfers",
    "UnfitLocation",
    "Wait",
]
