"""A certificate authority of the kit: roots, those below them, and what they sign.

Needs the extra ``security``.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

from attrs import evolve, field, frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ocppkit.conformance.certificate_parts import (
    OF_OTHERS,
    Span,
    as_ca,
    as_end,
    begun,
    for_tls,
    host_name,
    key_usage,
    subject,
    with_responder,
)
from ocppkit.security.hash_data import HashData
from ocppkit.security.keys import KeyKind, PrivateKey, generate_key, key_to_pem, read_key
from ocppkit.security.pem import read_certificates, to_pem
from ocppkit.v201 import CertificateHashDataType

__all__ = ["Authority", "Issued", "Span"]

_ANSWER: Final = timedelta(days=3)


@frozen(kw_only=True, eq=False)
class Issued:
    """A certificate that an authority issued.

    Attributes:
        certificate: itself.
        issuer: who signed it.
        key: its private key; None where it came with a request to sign.
    """

    certificate: x509.Certificate
    issuer: Authority
    key: PrivateKey | None = field(default=None, repr=False)

    @property
    def above(self) -> tuple[x509.Certificate, ...]:
        """The certificates between it and the root, the lowest first."""
        return self.issuer.path

    @property
    def pem(self) -> str:
        """It alone."""
        return to_pem([self.certificate])

    @property
    def der(self) -> bytes:
        """It alone, in DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def chain_pem(self) -> str:
        """It, then those above it, without the root."""
        return to_pem([self.certificate, *self.above])

    @property
    def key_pem(self) -> str:
        """Its private key, PKCS #8, not encrypted.

        Raises:
            ValueError: the kit has no key of it.
        """
        if self.key is None:
            raise ValueError("the key is the station's")
        return key_to_pem(self.key, None).decode()

    @property
    def hash_data(self) -> CertificateHashDataType:
        """What names it in messages."""
        return HashData.of(self.certificate, self.issuer.certificate).to_v201()

    def ocsp_result(
        self,
        now: datetime,
        status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    ) -> str:
        """What its issuer's responder says of it: a response in DER, in Base64."""
        revoked = status is ocsp.OCSPCertStatus.REVOKED
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=self.certificate,
                issuer=self.issuer.certificate,
                algorithm=hashes.SHA256(),
                cert_status=status,
                this_update=now - timedelta(hours=1),
                next_update=now + _ANSWER,
                revocation_time=now - timedelta(hours=2) if revoked else None,
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, self.issuer.certificate)
        )
        response = builder.sign(self.issuer.key, hashes.SHA256())
        return base64.b64encode(response.public_bytes(serialization.Encoding.DER)).decode()

    def write(self, path: Path) -> Path:
        """Write chain and key into one file, which `ssl` can read.

        Raises:
            OSError: it cannot be written.
        """
        return _write(path, self.chain_pem + self.key_pem)


@frozen(kw_only=True, eq=False)
class Authority:
    """A CA with its key: a root, or one below it.

    Attributes:
        certificate: its own.
        key: its private key.
        path: itself and those above it, the lowest first, without the root; nothing for a root.
    """

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    path: tuple[x509.Certificate, ...] = ()

    @classmethod
    def root(
        cls, name: str, *, organization: str, now: datetime, signed_by: Authority | None = None
    ) -> Self:
        """A new root.

        Args:
            name: its CN.
            organization: its O.
            now: it is valid from a day before, for ten years.
            signed_by: the root that it succeeds; without it, it signs itself.
        """
        key = generate_key(KeyKind.ECDSA_P256)
        named = subject(name, organization)
        builder = begun(named, key.public_key(), Span.around(now, years=10))
        by = named if signed_by is None else signed_by.certificate.subject
        builder = as_ca(builder, key.public_key(), path_length=3).issuer_name(by)
        signer = key if signed_by is None else signed_by.key
        return cls(certificate=builder.sign(signer, hashes.SHA256()), key=key)

    @property
    def pem(self) -> str:
        """Its certificate, to be installed where it is a root."""
        return to_pem([self.certificate])

    @property
    def organizations(self) -> list[str]:
        """Its O, which there may be several of."""
        found = self.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        return [str(each.value) for each in found]

    @property
    def hash_data(self) -> CertificateHashDataType:
        """What names a root in messages; see `is_named_by`."""
        return HashData.of(self.certificate, self.certificate).to_v201()

    def is_named_by(self, data: CertificateHashDataType) -> bool:
        """Whether a station means this root; whose key it takes for the issuer's makes no matter.

        A root that another signed has two: a station need not have the other's certificate.
        """
        named = HashData.from_wire(data)
        own = HashData.of(self.certificate, self.certificate, named.algorithm)
        return evolve(named, issuer_key_hash=own.issuer_key_hash) == own

    def sub(self, name: str, *, now: datetime, responder: str | None = None) -> Authority:
        """A new CA below this one.

        Args:
            name: its CN; its O is this one's.
            now: it is valid from a day before, for five years.
            responder: the URL of the OCSP responder about it.
        """
        key = generate_key(KeyKind.ECDSA_P256)
        named = subject(name, *self.organizations)
        builder = begun(named, key.public_key(), Span.around(now, years=5))
        builder = as_ca(builder, key.public_key(), path_length=2 - len(self.path))
        certificate = self._signed(with_responder(builder, responder))
        return Authority(certificate=certificate, key=key, path=(certificate, *self.path))

    def server(
        self, host: str, *, organization: str, span: Span, key: PrivateKey, name: str | None = None
    ) -> Issued:
        """The certificate of a CSMS.

        Args:
            host: the name or address at which it is reached.
            organization: its O.
            span: when it is valid.
            key: of the CSMS.
            name: the name in the certificate where it is not the host's.
        """
        shown = host if name is None else name
        builder = begun(subject(shown, organization), key.public_key(), span)
        alternative = x509.SubjectAlternativeName([host_name(shown)])
        builder = builder.add_extension(alternative, critical=False)
        return self._issue(for_tls(builder, ExtendedKeyUsageOID.SERVER_AUTH), key)

    def client(self, serial_number: str, *, organization: str, now: datetime) -> Issued:
        """A first certificate of a station, with a new key (A00.FR.511)."""
        key = generate_key(KeyKind.ECDSA_P256)
        named = subject(serial_number, organization)
        builder = begun(named, key.public_key(), Span.around(now))
        return self._issue(for_tls(builder, ExtendedKeyUsageOID.CLIENT_AUTH), key)

    def contract(
        self, emaid: str, *, now: datetime, responder: str | None = None, span: Span | None = None
    ) -> Issued:
        """The certificate of a contract (ISO 15118-2 annex F).

        Args:
            emaid: its CN.
            now: it is valid from a day before.
            responder: the URL of the OCSP responder about it.
            span: when it is valid, where it is not now.
        """
        key = generate_key(KeyKind.ECDSA_P256)
        named = subject(emaid, *self.organizations)
        builder = begun(named, key.public_key(), span or Span.around(now))
        usage = key_usage(OF_OTHERS)
        builder = as_end(with_responder(builder, responder)).add_extension(usage, critical=True)
        return self._issue(builder, key)

    def sign(
        self,
        csr: str,
        *,
        now: datetime,
        span: Span | None = None,
        responder: str | None = None,
        public_key: Any = None,
    ) -> Issued:
        """Sign a station's request; whether it is a good one is `ocppkit.conformance.csr`'s matter.

        Args:
            csr: in PEM.
            now: the certificate is valid from a day before.
            span: when it is valid, where it is not now.
            responder: the URL of the OCSP responder about it.
            public_key: another than was asked for, for a wrong certificate.

        Raises:
            ValueError: it cannot be read.
        """
        request = x509.load_pem_x509_csr(csr.encode())
        of = public_key or request.public_key()
        builder = as_end(begun(request.subject, of, span or Span.around(now)))
        builder = with_responder(builder, responder)
        builder = builder.add_extension(key_usage(OF_OTHERS), critical=True)
        return self._issue(builder, None)

    def write(self, path: Path) -> Path:
        """Write certificate, those above it and the key into one file, for `read`.

        Raises:
            OSError: it cannot be written.
        """
        chain = self.path or (self.certificate,)
        return _write(path, to_pem(chain) + key_to_pem(self.key, None).decode())

    @classmethod
    def read(cls, path: Path, *, root: bool = True) -> Self:
        """Read what `write` wrote.

        Args:
            path: of the file.
            root: whether it is a root.

        Raises:
            OSError: it cannot be read.
            ValueError: it is no such file.
        """
        text = path.read_text(encoding="ascii")
        chain = read_certificates(text)
        key = read_key(text[text.index("-----BEGIN PRIVATE KEY") :].encode(), None)
        return cls(certificate=chain[0], key=key, path=() if root else chain)

    def _issue(self, builder: x509.CertificateBuilder, key: PrivateKey | None) -> Issued:
        return Issued(certificate=self._signed(builder), issuer=self, key=key)

    def _signed(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        known = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.issuer_name(self.certificate.subject)
        return builder.add_extension(known, critical=False).sign(self.key, hashes.SHA256())


def _write(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    _ = path.write_text(text, encoding="ascii")
    return path
