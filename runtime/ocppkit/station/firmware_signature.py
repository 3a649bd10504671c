"""Who signed a firmware, and whether the signature is good (L01.FR.04, L01.FR.12).

Needs the extra ``security``. Signatures are RSA-PSS, or ECDSA where the specification says
ECSchnorr, which nobody's tools make; with SHA-256 both.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from ocppkit.security.chain import ChainProblem, Usage, validate_chain
from ocppkit.security.entries import RootUse
from ocppkit.security.pem import UNUSABLE, read_certificates
from ocppkit.station.certificates import StationCertificates
from ocppkit.station.firmware_job import FirmwareSignature

__all__ = ["is_signed", "manufacturer_roots", "signer_problem"]

_BLOCK: Final = 1 << 22


async def manufacturer_roots(certificates: StationCertificates) -> tuple[x509.Certificate, ...]:
    """What the signers of firmware are checked with: what OCPP installed, or else the folder's.

    Raises:
        OSError: they cannot be read.
    """
    if certificates.store is not None:
        installed = (await certificates.store.read()).roots_for(RootUse.MANUFACTURER)
        if installed:
            return tuple(entry.certificate for entry in installed)
    return await certificates.folder_roots(RootUse.MANUFACTURER)


async def signer_problem(
    pem: str, *, certificates: StationCertificates, now: datetime
) -> str | None:
    """Why a signer is not to be trusted; None where it is (L01.FR.21).

    Args:
        pem: its certificate; what else is in there does not count.
        certificates: of the station.
        now: the time of day.
    """
    try:
        roots = await manufacturer_roots(certificates)
    except OSError as error:
        return f"the manufacturer's roots cannot be read: {error}"
    if not roots:
        return "there is no root of the manufacturer"
    return await asyncio.to_thread(_problem, pem, roots, now)


def _problem(pem: str, roots: tuple[x509.Certificate, ...], now: datetime) -> str | None:
    try:
        signer = read_certificates(pem)[0]
        # A manufacturer has nothing between the root and the signer (L01, remark).
        found = validate_chain(signer, above=(), roots=roots, now=now, usage=Usage.SIGNING)
    except UNUSABLE as error:
        return str(error)
    if isinstance(found, ChainProblem):
        return str(found)
    if not isinstance(signer.public_key(), rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return "its key is neither RSA nor of an elliptic curve"
    return None


async def is_signed(path: Path, signature: FirmwareSignature) -> bool:
    """Whether a file is what its signer signed; reads it in a thread, however large it is.

    Raises:
        OSError: the file cannot be read.
    """
    digest = hashlib.sha256()

    def take(file: IO[bytes]) -> bool:
        block = file.read(_BLOCK)
        digest.update(block)
        return bool(block)

    file = await asyncio.to_thread(path.open, "rb")
    with file:
        while await asyncio.to_thread(take, file):
            pass
    return await asyncio.to_thread(_fits, signature, digest.digest())


def _fits(signature: FirmwareSignature, digest: bytes) -> bool:
    hashed = Prehashed(SHA256())
    try:
        told = base64.b64decode("".join(signature.text.split()), validate=True)
        match read_certificates(signature.certificate)[0].public_key():
            case rsa.RSAPublicKey() as key:
                pss = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=padding.PSS.AUTO)
                key.verify(told, digest, pss, hashed)
            case ec.EllipticCurvePublicKey() as key:
                key.verify(told, digest, ec.ECDSA(hashed))
            case _:
                return False
    except (InvalidSignature, UnsupportedAlgorithm, binascii.Error, ValueError):
        return False
    return True
