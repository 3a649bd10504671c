"""The hashes and the serial number that name a certificate, as OCSP makes them (RFC 6960 §4.1.1).

The hashes are over the bytes that stand in the certificates: encoding a name or key anew may give
others.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from attrs import frozen

from ocppkit import v16, v201
from ocppkit.value import Value

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

__all__ = ["HashAlgorithm", "HashData"]

_INTEGER = 0x02


class HashAlgorithm(StrEnum):
    """What hashes are made with."""

    SHA256 = "SHA256"
    SHA384 = "SHA384"
    SHA512 = "SHA512"

    @property
    def primitive(self) -> hashes.HashAlgorithm:
        """The same for ``cryptography``."""
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415  # an extra, and large

        made: dict[HashAlgorithm, hashes.HashAlgorithm] = {
            HashAlgorithm.SHA256: hashes.SHA256(),
            HashAlgorithm.SHA384: hashes.SHA384(),
            HashAlgorithm.SHA512: hashes.SHA512(),
        }
        return made[self]

    def hex(self, data: bytes) -> str:
        """The hash of the data in hexadecimal digits."""
        return hashlib.new(self.value.lower(), data).hexdigest()


@frozen(kw_only=True, eq=False, repr=False)
class HashData(Value):
    """What names a certificate in either version; equal where it names the same one.

    Attributes:
        algorithm: of both hashes.
        issuer_name_hash: over the DER of the issuer's name, lower case.
        issuer_key_hash: over the issuer's public key without tag and length, lower case.
        serial_number: hexadecimal digits, lower case, no leading zeros.
    """

    algorithm: HashAlgorithm
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str

    @classmethod
    def of(
        cls,
        certificate: x509.Certificate,
        issuer: x509.Certificate,
        algorithm: HashAlgorithm = HashAlgorithm.SHA256,
    ) -> Self:
        """Name a certificate; a self-signed one is its own issuer."""
        return cls(
            algorithm=algorithm,
            issuer_name_hash=algorithm.hex(_issuer_name(certificate)),
            issuer_key_hash=algorithm.hex(_public_key_bits(issuer)),
            serial_number=f"{certificate.serial_number:x}",
        )

    @classmethod
    def from_wire(cls, data: v16.CertificateHashDataType | v201.CertificateHashDataType) -> Self:
        """Take over what a CSMS names: case and leading zeros make no difference."""
        return cls(
            algorithm=HashAlgorithm(data.hash_algorithm.value),
            issuer_name_hash=data.issuer_name_hash.lower(),
            issuer_key_hash=data.issuer_key_hash.lower(),
            serial_number=data.serial_number.lower().lstrip("0") or "0",
        )

    def to_v16(self) -> v16.CertificateHashDataType:
        """As 1.6 writes it."""
        return v16.CertificateHashDataType(
            hash_algorithm=v16.HashAlgorithmEnumType(self.algorithm.value),
            issuer_name_hash=self.issuer_name_hash,
            issuer_key_hash=self.issuer_key_hash,
            serial_number=self.serial_number,
        )

    def to_v201(self) -> v201.CertificateHashDataType:
        """As 2.0.1 writes it."""
        return v201.CertificateHashDataType(
            hash_algorithm=v201.HashAlgorithmEnumType(self.algorithm.value),
            issuer_name_hash=self.issuer_name_hash,
            issuer_key_hash=self.issuer_key_hash,
            serial_number=self.serial_number,
        )


def _issuer_name(certificate: x509.Certificate) -> bytes:
    """The DER of the issuer's name, as it stands in the certificate."""
    fields = _fields(certificate)
    start = next(i for i, (tag, _) in enumerate(fields) if tag == _INTEGER)
    return fields[start + 2][1]


def _public_key_bits(certificate: x509.Certificate) -> bytes:
    """The value of the BIT STRING of the public key, without the byte of unused bits."""
    fields = _fields(certificate)
    start = next(i for i, (tag, _) in enumerate(fields) if tag == _INTEGER)
    info, _ = _content(fields[start + 5][1])
    _, rest = _content(info)  # the algorithm
    bits, _ = _content(rest)
    return bits[1:]


def _fields(certificate: x509.Certificate) -> list[tuple[int, bytes]]:
    """Tag and DER of each field: version (if any), serial, algorithm, issuer, ..., key, ..."""
    rest, _ = _content(certificate.tbs_certificate_bytes)
    fields = []
    while rest:
        _, after = _content(rest)
        fields.append((rest[0], rest[: len(rest) - len(after)]))
        rest = after
    return fields


def _content(der: bytes) -> tuple[bytes, bytes]:
    """The value of the first element, and what follows the element."""
    length, start = der[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(der[2:start], "big")
    return der[start : start + length], der[start + length :]
