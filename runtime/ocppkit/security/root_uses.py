"""Which roots the messages of 1.6 mean."""

from __future__ import annotations

from typing import Final

from ocppkit.security.uses import RootUse
from ocppkit.v16 import CertificateUseEnumType

__all__ = ["ROOT_USES_OF_V16"]

ROOT_USES_OF_V16: Final = {
    CertificateUseEnumType.CENTRAL_SYSTEM_ROOT_CERTIFICATE: RootUse.CSMS,
    CertificateUseEnumType.MANUFACTURER_ROOT_CERTIFICATE: RootUse.MANUFACTURER,
}
