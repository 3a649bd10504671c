"""Certificates as an operator lays them out: PEM files in folders, which are only read.

::

    ca/csms/any.pem       roots, any number of them in a file
    own/station.pem       the station's certificate, then those above it without the root
    own/station.key       its key, by the same name; or station.key.pem
"""

from __future__ import annotations

import logging
import re
import ssl
from pathlib import Path
from typing import Final

from ocppkit.security.tls import OwnCertificate

__all__ = ["read_own", "read_roots"]

_logger = logging.getLogger(__name__)

_CERTIFICATE: Final = re.compile(
    r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL
)
_CERTIFICATE_FILES: Final = frozenset({".pem", ".crt", ".cer"})
_KEY_FILES: Final = (".key", ".key.pem")


def read_roots(path: Path) -> tuple[str, ...]:
    """The certificates of a PEM file, or of all in a folder, each as PEM; what is none is skipped.

    Raises:
        OSError: it cannot be read.
    """
    files = [path]
    if path.is_dir():
        files = [file for file in sorted(path.iterdir()) if _is_certificate(file)]
    roots: list[str] = []
    for file in files:
        found = _CERTIFICATE.findall(file.read_text(errors="replace"))
        good = [pem for pem in found if _can_be_trusted(pem)]
        if len(good) < len(found) or not found:
            _logger.error("%s: what is no certificate is skipped", file)
        roots += good
    return tuple(dict.fromkeys(roots))


def read_own(folder: Path) -> tuple[OwnCertificate, ...]:
    """The certificates in a folder that have their key beside them, the newest file first.

    Raises:
        OSError: it cannot be read.
    """
    found: list[OwnCertificate] = []
    for chain in sorted(folder.iterdir()):
        if not _is_certificate(chain):
            continue
        keys = (chain.with_suffix(suffix) for suffix in _KEY_FILES)
        key = next((path for path in keys if path.is_file()), None)
        if key is None:
            _logger.warning("%s: there is no key beside it", chain)
        else:
            found.append(OwnCertificate(chain=chain, key=key))
    return tuple(sorted(found, key=lambda own: own.chain.stat().st_mtime_ns, reverse=True))


def _is_certificate(path: Path) -> bool:
    return path.suffix in _CERTIFICATE_FILES and not path.name.endswith(_KEY_FILES)


def _can_be_trusted(pem: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except ssl.SSLError:
        return False
    return True
