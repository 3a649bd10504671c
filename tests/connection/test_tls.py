from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from attrs import field, frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ocppkit.connection import Server, connect
from ocppkit.errors import NegotiationFailed
from ocppkit.message import Version
from ocppkit.security import (
    PROFILES,
    TLS12_CIPHERS,
    OwnCertificate,
    Secret,
    TlsReason,
    client_context,
    describe_tls_error,
    key_from_hex,
    password_from_text,
    server_context,
    station_certificate_problem,
    tls_event,
)

SERIAL, CSO = "CS001", "Example Charging"
PASSWORD = "correct-horse-battery"  # noqa: S105  # of a test
NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


@frozen
class Pki:
    """A CSO with its root; writes what it issues into a folder."""

    folder: Path
    root: trustme.CA = field(factory=lambda: trustme.CA(organization_name=CSO))

    @property
    def roots(self) -> list[str]:
        return [self.root.cert_pem.bytes().decode()]

    def csms(self, *names: str, **changed: Any) -> OwnCertificate:
        shown = names or ("localhost",)
        return self._written(
            self.root.issue_cert(*shown, common_name=shown[0], organization_name=CSO, **changed)
        )

    def station(self, name: str = SERIAL, **changed: Any) -> OwnCertificate:
        settings = {"common_name": name, "organization_name": CSO, **changed}
        return self._written(self.root.issue_cert(f"{name}.invalid", **settings))

    def crl(self, revoked: OwnCertificate) -> Path:
        serial = x509.load_pem_x509_certificate(revoked.chain.read_bytes()).serial_number
        issuer = x509.load_pem_x509_certificate(self.root.cert_pem.bytes())
        key = serialization.load_pem_private_key(self.root.private_key_pem.bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(NOW - DAY)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.subject)
            .last_update(NOW - DAY)
            .next_update(NOW + DAY)
            .add_revoked_certificate(entry.build())
        )
        path = self.folder / "crl.pem"
        crl = builder.sign(key, hashes.SHA256())
        path.write_bytes(crl.public_bytes(serialization.Encoding.PEM))
        return path

    def plain(self, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> OwnCertificate:
        """A certificate as OCPP wants it: the host is its common name, there is no extension."""
        issuer = serialization.load_pem_private_key(self.root.private_key_pem.bytes(), None)
        assert isinstance(issuer, ec.EllipticCurvePrivateKey)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")]))
            .issuer_name(x509.load_pem_x509_certificate(self.root.cert_pem.bytes()).subject)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(NOW - DAY)
            .not_valid_after(NOW + DAY)
            .sign(issuer, hashes.SHA256())
        )
        own = OwnCertificate(chain=self.folder / "plain.pem", key=self.folder / "plain.key.pem")
        own.chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        own.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return own

    def _written(self, leaf: trustme.LeafCert) -> OwnCertificate:
        number = len(list(self.folder.iterdir()))
        chain, key = self.folder / f"{number}.chain.pem", self.folder / f"{number}.key.pem"
        chain.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        key.write_bytes(leaf.private_key_pem.bytes())
        return OwnCertificate(chain=chain, key=key)


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    return Pki(tmp_path)


@pytest.fixture
def stranger(tmp_path: Path) -> Pki:
    folder = tmp_path / "stranger"
    folder.mkdir()
    return Pki(folder)


@asynccontextmanager
async def serving(context: ssl.SSLContext | None, **changed: Any) -> AsyncIterator[str]:
    settings: dict[str, Any] = {
        "versions": [Version.V201],
        "handlers": lambda _: [],
        **changed,
    }
    async with Server(**settings).serve("127.0.0.1", 0, ssl=context) as port:
        yield f"{'ws' if context is None else 'wss'}://localhost:{port}"


def dial(url: str, context: ssl.SSLContext | None = None, **changed: Any) -> Any:
    settings: dict[str, Any] = {
        "identity": SERIAL,
        "versions": [Version.V201],
        "handlers": lambda _: [],
        "ssl": context,
        **changed,
    }
    return connect(url, **settings)


async def failure(url: str, context: ssl.SSLContext | None = None) -> NegotiationFailed:
    with pytest.raises(NegotiationFailed) as refused:
        await dial(url, context)
    return refused.value


@asynccontextmanager
async def blocking(context: ssl.SSLContext) -> AsyncIterator[str]:
    """A peer that does the handshake and, unlike asyncio's TLS, says why it fails."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def handshake() -> None:
            raw, _ = listener.accept()
            peer = context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
            peer.settimeout(5)
            with contextlib.suppress(ssl.SSLError, ConnectionError):
                peer.do_handshake()
            # What is left unread would make the system drop the alert.
            with (
                socket.socket(fileno=peer.detach()) as rest,
                contextlib.suppress(OSError),  # the station was quicker to close
            ):
                rest.settimeout(5)
                rest.shutdown(socket.SHUT_WR)
                while rest.recv(4096):
                    pass

        running = asyncio.create_task(asyncio.to_thread(handshake))
        yield f"wss://localhost:{listener.getsockname()[1]}"
        await running


async def tls_failure(server: ssl.SSLContext, client: ssl.SSLContext) -> TlsReason | None:
    """Why TLS fails between the two; the error says the same to people."""
    async with serving(server) as url:
        await failure(url, client)
    async with blocking(server) as url:
        error = await failure(url, client)
    reason = describe_tls_error(error)
    assert reason is not None, error
    assert error.reason == f"no connection: TLS failed: {reason.value}"
    return reason


def csms_context(pki: Pki, profile: int = 2, **changed: Any) -> ssl.SSLContext:
    settings: dict[str, Any] = {"own": [pki.csms()], **changed}
    if profile == 3:
        settings.setdefault("station_roots", pki.roots)
    context = server_context(PROFILES[profile], **settings)
    assert context is not None
    return context


def station_context(pki: Pki, profile: int = 2, **changed: Any) -> ssl.SSLContext:
    settings: dict[str, Any] = {"roots": pki.roots, **changed}
    context = client_context(PROFILES[profile], **settings)
    assert context is not None
    return context


def lax(context: ssl.SSLContext, ciphers: str = "ALL:@SECLEVEL=0") -> ssl.SSLContext:
    """The settings of a peer that does not care."""
    context.set_ciphers(ciphers)
    return context


def only_tls_1_1(context: ssl.SSLContext) -> ssl.SSLContext:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1_1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return lax(context)


def only_tls_1_2(context: ssl.SSLContext) -> ssl.SSLContext:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


@pytest.mark.requirement("A00.FR.301", "1.6-SEC A00.FR.301")
@pytest.mark.requirement("A00.FR.324")
@pytest.mark.parametrize(
    "password", [password_from_text(PASSWORD), key_from_hex("ff00" * 8), b"bytes"]
)
@pytest.mark.requirement("1.6-SEC A00.FR.302", "1.6-SEC A00.FR.303", "1.6-SEC A00.FR.311")
@pytest.mark.requirement("A00.FR.302", "A00.FR.303", "A00.FR.312")
async def test_under_profile_2_the_station_sends_its_password_through_tls(
    pki: Pki, password: Secret | bytes
) -> None:
    expected = password.reveal() if isinstance(password, Secret) else password

    def authenticate(identity: str, given: bytes | None) -> bool:
        return (identity, given) == (SERIAL, expected)

    async with serving(csms_context(pki), authenticate=authenticate) as url:
        async with dial(url, station_context(pki), password=password) as session:
            assert session.version is Version.V201
        with pytest.raises(NegotiationFailed) as refused:
            await dial(url, station_context(pki), password=b"wrong")

    assert refused.value.status == 401


@pytest.mark.requirement("A00.FR.401", "1.6-SEC A00.FR.401")
@pytest.mark.requirement("A00.FR.405", "1.6-SEC A00.FR.405")
@pytest.mark.requirement("1.6-SEC A00.FR.402", "1.6-SEC A00.FR.415")
@pytest.mark.requirement("A00.FR.402", "A00.FR.415")
async def test_under_profile_3_the_certificate_must_be_that_of_the_station(pki: Pki) -> None:
    def verify(identity: str, certificate: bytes | None) -> bool:
        problem = station_certificate_problem(certificate, serial_number=identity, organization=CSO)
        return problem is None

    async with serving(csms_context(pki, 3), verify_certificate=verify) as url:
        async with dial(url, station_context(pki, 3, own=pki.station())) as session:
            assert session.identity == SERIAL
        other = await failure(url, station_context(pki, 3, own=pki.station("CS002")))
        foreign = pki.station(organization_name="Someone Else")
        elsewhere = await failure(url, station_context(pki, 3, own=foreign))

    assert (other.status, elsewhere.status) == (403, 403)


@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_without_a_client_certificate_there_is_none_to_verify(pki: Pki, scheme: str) -> None:
    seen: list[bytes | None] = []

    async def verify(_: str, certificate: bytes | None) -> bool:
        seen.append(certificate)
        return False

    server = csms_context(pki) if scheme == "wss" else None
    client = station_context(pki) if scheme == "wss" else None
    async with serving(server, verify_certificate=verify) as url:
        refused = await failure(url, client)

    assert (refused.status, seen) == (403, [None])


@pytest.mark.requirement("A00.FR.309", "1.6-SEC A00.FR.308")
@pytest.mark.requirement("A00.FR.412", "1.6-SEC A00.FR.412")
async def test_the_certificate_must_name_the_host(pki: Pki) -> None:
    server = csms_context(pki, own=[pki.csms("csms.example.com")])

    assert await tls_failure(server, station_context(pki)) is TlsReason.WRONG_HOST


@pytest.mark.requirement("A00.FR.510", "1.6-SEC A00.FR.510")
async def test_the_host_may_be_named_by_the_common_name_alone(pki: Pki) -> None:
    own = pki.plain(ec.generate_private_key(ec.SECP256R1()))

    async with serving(csms_context(pki, own=[own])) as url:
        async with dial(url, station_context(pki)):
            pass
        error = await failure(url.replace("localhost", "127.0.0.1"), station_context(pki))

    assert describe_tls_error(error) is TlsReason.WRONG_HOST


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ({"not_before": NOW - 9 * DAY, "not_after": NOW - DAY}, TlsReason.EXPIRED),
        ({"not_before": NOW + DAY, "not_after": NOW + 9 * DAY}, TlsReason.NOT_YET_VALID),
    ],
)
@pytest.mark.requirement("1.6-SEC A00.FR.307", "1.6-SEC A00.FR.411")
@pytest.mark.requirement("A00.FR.308", "A00.FR.411")
async def test_the_certificate_of_the_csms_must_be_valid_now(
    pki: Pki, times: dict[str, datetime], reason: TlsReason
) -> None:
    server = csms_context(pki, own=[pki.csms(**times)])

    assert await tls_failure(server, station_context(pki)) is reason


@pytest.mark.requirement("A00.FR.310", "1.6-SEC A00.FR.309")
@pytest.mark.requirement("A00.FR.413", "1.6-SEC A00.FR.413")
@pytest.mark.requirement("A00.FR.308", "A00.FR.311", "A00.FR.411", "A00.FR.414")
@pytest.mark.requirement(
    "1.6-SEC A00.FR.307", "1.6-SEC A00.FR.310", "1.6-SEC A00.FR.411", "1.6-SEC A00.FR.414"
)
async def test_only_the_given_roots_are_trusted(pki: Pki, stranger: Pki) -> None:
    reason = await tls_failure(csms_context(stranger), station_context(pki))

    assert reason is TlsReason.UNKNOWN_ROOT
    assert tls_event(reason, Version.V201) == "InvalidCsmsCertificate"
    assert tls_event(reason, Version.V16) == "InvalidCentralSystemCertificate"
    assert station_context(pki).cert_store_stats()["x509_ca"] == 1


async def test_a_revoked_certificate_of_the_csms_is_refused(pki: Pki) -> None:
    revoked, good = pki.csms(), pki.csms()
    client = station_context(pki, crl=pki.crl(revoked))

    assert await tls_failure(csms_context(pki, own=[revoked]), client) is TlsReason.REVOKED
    async with serving(csms_context(pki, own=[good])) as url, dial(url, client):
        pass


async def test_a_wildcard_certificate_is_refused_before_a_password_is_sent(pki: Pki) -> None:
    seen: list[bytes | None] = []

    def authenticate(_: str, password: bytes | None) -> bool:
        seen.append(password)
        return True

    server = csms_context(pki, own=[pki.csms("localhost", "*.example.com")])
    async with serving(server, authenticate=authenticate) as url:
        with pytest.raises(NegotiationFailed) as refused:
            await dial(url, station_context(pki), password=PASSWORD.encode())
        assert describe_tls_error(refused.value) is TlsReason.WILDCARD
        assert seen == []
        async with dial(url, station_context(pki, allow_wildcards=True), password=b"sent"):
            assert seen == [b"sent"]


async def test_a_blocking_socket_refuses_wildcards_too(pki: Pki) -> None:
    server = csms_context(pki, own=[pki.csms("localhost", "*.example.com")])

    def handshake(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as raw:
            station_context(pki).wrap_socket(raw, server_hostname="localhost").close()

    async with serving(server) as url:
        with pytest.raises(ssl.SSLError) as refused:
            await asyncio.to_thread(handshake, int(url.rpartition(":")[2]))

    assert describe_tls_error(refused.value) is TlsReason.WILDCARD


@pytest.mark.requirement("A00.FR.316", "1.6-SEC A00.FR.315")
@pytest.mark.requirement("A00.FR.419", "1.6-SEC A00.FR.419")
@pytest.mark.requirement("A00.FR.313", "A00.FR.314", "A00.FR.416", "A00.FR.417")
@pytest.mark.requirement(
    "1.6-SEC A00.FR.312", "1.6-SEC A00.FR.313", "1.6-SEC A00.FR.416", "1.6-SEC A00.FR.417"
)
async def test_the_station_refuses_a_csms_of_old(pki: Pki) -> None:
    reason = await tls_failure(only_tls_1_1(csms_context(pki)), station_context(pki))

    assert reason is TlsReason.OLD_TLS_VERSION
    assert tls_event(reason, Version.V201) == "InvalidTLSVersion"


@pytest.mark.requirement("A00.FR.315", "1.6-SEC A00.FR.314")
@pytest.mark.requirement("A00.FR.418", "1.6-SEC A00.FR.418")
@pytest.mark.requirement(
    "1.6-SEC A00.FR.312", "1.6-SEC A00.FR.313", "1.6-SEC A00.FR.416", "1.6-SEC A00.FR.417"
)
async def test_the_csms_refuses_a_station_of_old(pki: Pki) -> None:
    reason = await tls_failure(csms_context(pki), only_tls_1_1(station_context(pki)))

    assert reason is TlsReason.OLD_TLS_VERSION


@pytest.mark.requirement("A00.FR.318", "1.6-SEC A00.FR.317")
@pytest.mark.requirement("A00.FR.319", "1.6-SEC A00.FR.318")
@pytest.mark.requirement("A00.FR.421", "1.6-SEC A00.FR.421")
@pytest.mark.requirement("1.6-SEC A00.FR.319", "1.6-SEC A00.FR.320")
@pytest.mark.requirement("1.6-SEC A00.FR.422", "1.6-SEC A00.FR.423", "1.6-SEC A00.FR.424")
@pytest.mark.requirement("A00.FR.320", "A00.FR.321", "A00.FR.422")
@pytest.mark.requirement("A00.FR.423", "A00.FR.424")
def test_only_the_cipher_suites_that_are_allowed_are_offered(pki: Pki) -> None:
    for context in (station_context(pki), csms_context(pki)):
        offered = [c["name"] for c in context.get_ciphers() if c["protocol"] != "TLSv1.3"]

        assert tuple(offered) == TLS12_CIPHERS
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2
        assert context.options & ssl.OP_NO_COMPRESSION
        assert context.options & ssl.OP_NO_RENEGOTIATION


@pytest.mark.parametrize("cipher", TLS12_CIPHERS)
@pytest.mark.requirement("1.6-SEC A00.FR.318", "1.6-SEC A00.FR.422")
async def test_each_cipher_suite_works_with_the_certificate_of_its_kind(
    pki: Pki, cipher: str
) -> None:
    both = [pki.csms(), pki.csms(key_type=trustme.KeyType.RSA)]
    client = only_tls_1_2(station_context(pki))
    client.set_ciphers(cipher)

    async with serving(csms_context(pki, own=both)) as url:
        host, port = url.removeprefix("wss://").split(":")
        _, writer = await asyncio.open_connection(host, int(port), ssl=client)
        used = writer.get_extra_info("cipher")
        writer.close()
        await writer.wait_closed()

    assert used[0] == cipher


@pytest.mark.requirement("A00.FR.323", "1.6-SEC A00.FR.322")
@pytest.mark.requirement("A00.FR.426", "1.6-SEC A00.FR.426")
async def test_a_csms_with_other_cipher_suites_is_refused(pki: Pki) -> None:
    server = only_tls_1_2(lax(csms_context(pki), "ECDHE-ECDSA-AES128-SHA"))

    reason = await tls_failure(server, station_context(pki))

    assert reason is TlsReason.NO_SHARED_CIPHER
    assert tls_event(reason, Version.V16) == "InvalidTLSCipherSuite"


@pytest.mark.requirement("A00.FR.502", "1.6-SEC A00.FR.502")
async def test_a_small_key_of_the_csms_is_refused_by_both(pki: Pki) -> None:
    own = pki.plain(rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505  # refused
    server = lax(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    server.load_cert_chain(own.chain, own.key)

    with pytest.raises(ssl.SSLError) as refused:
        csms_context(pki, own=[own])
    assert describe_tls_error(refused.value) is TlsReason.WEAK_KEY
    assert await tls_failure(server, station_context(pki)) is TlsReason.WEAK_KEY


@pytest.mark.requirement("A00.FR.407", "1.6-SEC A00.FR.407")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("kind", ["missing", "foreign", "expired", "revoked"])
async def test_the_csms_refuses_a_station_without_a_certificate_that_it_trusts(
    pki: Pki, stranger: Pki, kind: str, version: ssl.TLSVersion
) -> None:
    crl = None
    match kind:
        case "missing":
            client = station_context(pki, 2)
        case "foreign":
            client = station_context(pki, 3, own=stranger.station())
        case "expired":
            old = pki.station(not_before=NOW - 9 * DAY, not_after=NOW - DAY)
            client = station_context(pki, 3, own=old)
        case _:
            revoked = pki.station()
            crl = pki.crl(revoked)
            client = station_context(pki, 3, own=revoked)
    client.maximum_version = version
    expected = TlsReason.CERTIFICATE_REFUSED
    if kind == "missing" and version is ssl.TLSVersion.TLSv1_2:
        expected = TlsReason.NO_SHARED_CIPHER  # TLS 1.2 has the same alert for both

    assert await tls_failure(csms_context(pki, 3, crl=crl), client) is expected


@pytest.mark.requirement("1.6-SEC A00.FR.002")
async def test_a_station_without_tls_gets_no_connection_to_a_csms_with_tls(pki: Pki) -> None:
    async with serving(csms_context(pki)) as url:
        error = await failure(url.replace("wss:", "ws:"))

    assert error.reason.startswith("no connection")
    assert error.status is None


@pytest.mark.requirement("1.6-SEC A00.FR.003")
async def test_a_station_with_tls_gets_no_connection_to_a_csms_without(pki: Pki) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with serving(None) as url:
        await failure(url.replace("ws:", "wss:"), station_context(pki))
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await failure(f"wss://localhost:{port}", station_context(pki))

    assert describe_tls_error(error) is TlsReason.NO_TLS


async def test_an_encrypted_key_serves_tls(pki: Pki, tmp_path: Path) -> None:
    own, passphrase = pki.csms(), Secret(b"open sesame")
    key = serialization.load_pem_private_key(own.key.read_bytes(), None)
    encrypted = tmp_path / "encrypted.pem"
    encrypted.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase.reveal()),
        )
    )
    right = OwnCertificate(chain=own.chain, key=encrypted, passphrase=passphrase)

    async with serving(csms_context(pki, own=[right])) as url, dial(url, station_context(pki)):
        pass
    for wrong in (None, Secret(b"wrong")):
        with pytest.raises(ssl.SSLError):
            csms_context(
                pki, own=[OwnCertificate(chain=own.chain, key=encrypted, passphrase=wrong)]
            )


@pytest.mark.requirement("M05.FR.12", "1.6-SEC M05.FR.11")
async def test_a_root_that_an_old_one_signed_is_enough_without_the_old_one(tmp_path: Path) -> None:
    old = trustme.CA(organization_name=CSO)
    new = Pki(tmp_path, old.create_child_ca())

    async with serving(csms_context(new)) as url, dial(url, station_context(new)):
        pass


def test_a_profile_without_tls_has_no_settings_and_one_with_it_needs_its_means(pki: Pki) -> None:
    assert client_context(PROFILES[1], roots=[]) is None
    assert server_context(PROFILES[1], own=[]) is None
    with pytest.raises(ValueError, match="at least one CSMS root"):
        client_context(PROFILES[2], roots=[])
    with pytest.raises(ValueError, match="certificate of the station"):
        client_context(PROFILES[3], roots=pki.roots)
    with pytest.raises(ValueError, match="shows a certificate"):
        server_context(PROFILES[2], own=[])
    with pytest.raises(ValueError, match="roots of station certificates"):
        server_context(PROFILES[3], own=[pki.csms()])


def test_the_roots_of_the_system_are_trusted_when_asked_for() -> None:
    context = client_context(PROFILES[2], roots=[], system_roots=True)

    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.requirement("A01.FR.09", "1.6-SEC A01.FR.09")
@pytest.mark.requirement("A01.FR.12", "1.6-SEC A01.FR.12")
async def test_no_log_of_a_connection_shows_the_password(
    pki: Pki, caplog: pytest.LogCaptureFixture
) -> None:
    secret = password_from_text(PASSWORD)
    caplog.set_level(logging.DEBUG)
    async with (
        serving(csms_context(pki), authenticate=lambda *_: True) as url,
        dial(url, station_context(pki), password=secret) as session,
    ):
        pass

    encoded = "Q1MwMDE6Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5"  # CS001:correct-horse-battery
    shown = caplog.text + repr(session) + "".join(repr(vars(r)) for r in caplog.records)
    assert "Authorization: ***" in caplog.text
    assert PASSWORD not in shown
    assert encoded not in shown
