"""What an update of the firmware is, and how far it may be (L01; 1.6 §5.19)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from ocppkit.value import Value

__all__ = [
    "BEYOND_RECALL",
    "FETCHED",
    "VERIFIED",
    "FirmwareJob",
    "FirmwareNotice",
    "FirmwareSignature",
    "FirmwareStatus",
    "FirmwareTaken",
]


class FirmwareStatus(StrEnum):
    """How far an update is (FirmwareStatusEnumType)."""

    DOWNLOADED = "Downloaded"
    DOWNLOAD_FAILED = "DownloadFailed"
    DOWNLOADING = "Downloading"
    DOWNLOAD_PAUSED = "DownloadPaused"
    DOWNLOAD_SCHEDULED = "DownloadScheduled"
    IDLE = "Idle"
    INSTALLATION_FAILED = "InstallationFailed"
    INSTALLED = "Installed"
    INSTALLING = "Installing"
    INSTALL_REBOOTING = "InstallRebooting"
    INSTALL_SCHEDULED = "InstallScheduled"
    INSTALL_VERIFICATION_FAILED = "InstallVerificationFailed"
    INVALID_SIGNATURE = "InvalidSignature"
    SIGNATURE_VERIFIED = "SignatureVerified"


VERIFIED: Final = frozenset({FirmwareStatus.SIGNATURE_VERIFIED, FirmwareStatus.INSTALL_SCHEDULED})
"""The CSMS has been told that the signature is good, where there is one."""

FETCHED: Final = VERIFIED | {FirmwareStatus.DOWNLOADED}
"""The file is there."""

BEYOND_RECALL: Final = frozenset({FirmwareStatus.INSTALLING, FirmwareStatus.INSTALL_REBOOTING})
"""The equipment is at work: nothing may come between."""


@frozen(kw_only=True, eq=False, repr=False)
class FirmwareSignature(Value):
    """What proves where a firmware comes from.

    Attributes:
        text: the signature over the file, Base64.
        certificate: of the signer, PEM.
    """

    text: str = field(repr=False)
    certificate: str = field(repr=False)


@frozen(kw_only=True, eq=False, repr=False)
class FirmwareJob(Value):
    """A firmware that is to be installed.

    Attributes:
        location: its URL, which may hold credentials.
        retrieve_at: not to be fetched before.
        install_at: not to be installed before; None for as soon as may be.
        request_id: the number of the request, where it has one.
        signature: of the file; None where nothing is checked.
        retries: of the download; None where the station decides.
        retry_interval: between its attempts, in seconds; None where the station decides.
        status: how far it is; Idle where nothing has been done.
        version_before: what the equipment said it had when the installation began.
    """

    location: str = field(repr=False)
    retrieve_at: datetime
    install_at: datetime | None = None
    request_id: int | None = None
    signature: FirmwareSignature | None = None
    retries: int | None = None
    retry_interval: int | None = None
    status: FirmwareStatus = FirmwareStatus.IDLE
    version_before: str | None = None


@frozen(kw_only=True, eq=False, repr=False)
class FirmwareTaken(Value):
    """What was made of a request.

    Attributes:
        canceled: whether another update is given up for it.
    """

    canceled: bool


@frozen(kw_only=True, eq=False, repr=False)
class FirmwareNotice(Value):
    """How far an update is.

    Attributes:
        status: that.
        request_id: of the update; None where its request had no number, and with Idle.
    """

    status: FirmwareStatus
    request_id: int | None = None
