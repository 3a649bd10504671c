"""The kit's TLS over real sockets: what it shows, what it sees of a station that goes away."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from attrs import evolve
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage
from websockets.typing import Subprotocol

from ocppkit.clock import SystemClock
from ocppkit.conformance import CaseSettings, Kit
from ocppkit.conformance.endpoint import Attempt
from ocppkit.conformance.hello import TLS_1_2
from ocppkit.conformance.pki import Flaw, Pki
from ocppkit.conformance.serving import serve, shown
from ocppkit.conformance.tls_end import TlsEnd
from ocppkit.conformance.world import PromptWorld

SPOKEN = [Subprotocol("ocpp2.0.1")]


async def _nobody(_: str) -> str:
    return ""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    Pki.make(SystemClock().utc_now()).write(folder)
    return folder


@asynccontextmanager
async def listening(authority: Path, profile: int = 2) -> AsyncIterator[tuple[Kit, TlsEnd, str]]:
    settings = CaseSettings(security_profile=profile, authority=authority)
    kit = Kit(settings=settings, world=PromptWorld(_nobody), clock=SystemClock())
    shown(kit, "127.0.0.1")
    assert kit.first.tls is not None
    async with serve(kit.first, host="127.0.0.1", port=0) as url:
        yield kit, kit.first.tls, url


def trusting(kit: Kit) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=kit.pki.csms.pem)


async def attempted(kit: Kit, count: int = 1) -> Attempt:
    assert await kit.mailbox.until(lambda: len(kit.first.attempts) >= count, 5)
    return kit.first.attempts[-1]


async def test_a_station_that_trusts_the_root_is_let_in(authority: Path) -> None:
    async with (
        listening(authority) as (kit, _, url),
        connect(f"{url}/CS001", subprotocols=SPOKEN, ssl=trusting(kit)) as connection,
    ):
        await connection.send('[2,"1","Heartbeat",{}]')
        answer = await connection.recv()
        attempt = kit.first.attempts[0]

    assert str(answer).startswith('[3,"1"')
    assert attempt.failure is None
    assert attempt.hello is not None
    assert TLS_1_2 in attempt.hello.versions
    assert 0xC02B in attempt.hello.suites
    assert attempt.handshake is not None
    assert attempt.handshake.version == "TLSv1.3"


async def test_much_goes_through_in_both_directions(authority: Path) -> None:
    payload = "x" * 300_000
    async with (
        listening(authority) as (kit, _, url),
        connect(f"{url}/CS001", subprotocols=SPOKEN, ssl=trusting(kit)) as connection,
    ):
        await connection.send(f'[2,"1","Invented",{{"x":"{payload}"}}]')
        answer = await connection.recv()
        await kit.first.send_text(f'["{payload}"]')
        came = await connection.recv()

    assert "NotImplemented" in str(answer)
    assert len(came) == len(payload) + 4


@pytest.mark.parametrize("flaw", [flaw for flaw in Flaw if flaw is not Flaw.WILDCARD])
async def test_a_certificate_that_is_wrong_is_refused_and_that_is_seen(
    authority: Path, flaw: Flaw
) -> None:
    async with listening(authority) as (kit, tls, url):
        tls.flaw = flaw
        with pytest.raises(ssl.SSLCertVerificationError):
            async with connect(f"{url}/CS001", subprotocols=SPOKEN, ssl=trusting(kit)):
                pass
        refused = await attempted(kit)
        tls.reset()
        async with connect(f"{url}/CS001", subprotocols=SPOKEN, ssl=trusting(kit)):
            pass

    # The station of this test leaves without an alert, as asyncio does.
    assert refused.failure == "the station closed the connection in the handshake"
    assert kit.first.attempts[1].failure is None


async def test_a_station_that_has_suites_for_rsa_only_is_let_in(authority: Path) -> None:
    async with listening(authority) as (kit, _, url):
        context = trusting(kit)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("AES128-GCM-SHA256")
        async with connect(f"{url}/CS001", subprotocols=SPOKEN, ssl=context):
            pass

    assert kit.first.attempts[0].handshake is not None
    assert kit.first.attempts[0].handshake.cipher == "AES128-GCM-SHA256"


async def test_a_session_is_never_taken_up_again(authority: Path) -> None:
    """Or the station would not look at the certificate that is shown next."""
    async with listening(authority) as (kit, tls, url):
        context = trusting(kit)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        port = urlsplit(url).port
        session, _ = await asyncio.to_thread(taken_up, context, port, None)
        _, again = await asyncio.to_thread(taken_up, context, port, session)
        tls.flaw = Flaw.EXPIRED
        with pytest.raises(ssl.SSLCertVerificationError):
            _ = await asyncio.to_thread(taken_up, context, port, session)

    assert again is False


def taken_up(context: ssl.SSLContext, port: int | None, session: Any) -> tuple[Any, bool | None]:
    """A handshake: its session, and whether it took the given one up."""
    with (
        socket.create_connection(("127.0.0.1", port or 0)) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as shaken,
    ):
        return shaken.session, shaken.session_reused


@pytest.mark.parametrize(
    ("flaw", "why"), [(Flaw.WILDCARD, "no wildcard name"), (Flaw.EXPIRED, "needs authority")]
)
async def test_what_the_kit_cannot_show_is_told(
    authority: Path, tmp_path: Path, flaw: Flaw, why: str
) -> None:
    async with listening(authority) as (kit, tls, url):
        if flaw is Flaw.EXPIRED:
            chain = Pki.read(authority).servers("127.0.0.1", now=kit.clock.utc_now())[0]
            given = evolve(kit.settings, server_chain=chain.write(tmp_path / "chain.pem"))
            tls.chains.settings, tls.chains.pki = given, None
        tls.flaw = flaw
        with pytest.raises((ssl.SSLError, OSError, EOFError)):
            async with connect(f"{url}/CS001", subprotocols=SPOKEN, ssl=trusting(kit)):
                pass
        failed = await attempted(kit)

    assert failed.failure is not None
    assert why in failed.failure


async def test_a_station_without_a_certificate_is_not_let_in_under_profile_3(
    authority: Path,
) -> None:
    async with listening(authority, 3) as (kit, _, url):
        with pytest.raises((InvalidMessage, OSError)):
            async with connect(f"{url}/CS001", subprotocols=SPOKEN, ssl=trusting(kit)):
                pass
        refused = await attempted(kit)

    assert refused.failure is not None
    assert "the client shows no certificate" in refused.failure


async def test_the_certificate_of_a_station_is_seen(authority: Path, tmp_path: Path) -> None:
    async with listening(authority, 3) as (kit, _, url):
        own = kit.pki.csms.client("SN-1", organization="Example", now=kit.clock.utc_now())
        context = trusting(kit)
        context.load_cert_chain(own.write(tmp_path / "own.pem"))
        async with connect(f"{url}/CS001", subprotocols=SPOKEN, ssl=context):
            pass

    assert kit.first.attempts[0].certificate == ssl.PEM_cert_to_DER_cert(own.pem)


async def test_a_station_that_wants_tls_1_2_refuses_less(authority: Path) -> None:
    async with listening(authority) as (kit, tls, url):
        tls.too_old = True
        with pytest.raises(ssl.SSLError, match=r"(?i)version|protocol"):
            async with connect(f"{url}/CS001", subprotocols=SPOKEN, ssl=trusting(kit)):
                pass
        refused = await attempted(kit)

    assert refused.failure == "the station closed the connection"


async def test_the_alert_of_a_station_is_told(authority: Path) -> None:
    async with listening(authority) as (kit, tls, url):
        tls.too_old = True
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        station = trusting(kit).wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
        with pytest.raises(ssl.SSLWantReadError):
            station.do_handshake()
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
        writer.write(outgoing.read())
        incoming.write(await reader.read(65536))
        with pytest.raises(ssl.SSLError):
            station.do_handshake()
        writer.write(outgoing.read())
        refused = await attempted(kit)
        writer.close()

    assert refused.failure == "protocol_version"


async def test_a_station_that_goes_on_with_tls_1_1_is_caught(authority: Path) -> None:
    """Its bytes are made by hand: no library here speaks that any more."""
    hello = bytes.fromhex("16030100330100002f0302") + bytes(32) + bytes.fromhex("00000200 2f 01 00")
    whole = hello[:3] + (len(hello) - 5).to_bytes(2, "big") + hello[5:]
    whole = whole[:6] + (len(whole) - 9).to_bytes(3, "big") + whole[9:]
    async with listening(authority) as (kit, tls, url):
        tls.too_old = True
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
        writer.write(whole)
        answer = await reader.read(65536)
        writer.write(bytes.fromhex("1603020004 10000000"))  # ClientKeyExchange
        refused = await attempted(kit)
        writer.close()

    assert answer[:3] == b"\x16\x03\x02"
    assert answer[9:11] == b"\x03\x02"
    assert refused.failure == "the station went on with TLS 1.1"


async def test_a_station_that_comes_without_tls_is_turned_away(authority: Path) -> None:
    async with listening(authority) as (kit, _, url):
        with pytest.raises(Exception, match=r"(?i)http|connection|eof"):
            async with connect(f"{url.replace('wss', 'ws')}/CS001", subprotocols=SPOKEN):
                pass
        refused = await attempted(kit)

    assert refused.failure == "it is no TLS"


async def test_an_endpoint_of_profile_1_speaks_plainly_and_refuses_tls(authority: Path) -> None:
    async with listening(authority, 1) as (kit, tls, url):
        async with connect(f"{url}/CS001", subprotocols=SPOKEN):
            pass
        with suppress(ssl.SSLError, OSError, EOFError):
            async with connect(
                f"{url.replace('ws', 'wss')}/CS001", subprotocols=SPOKEN, ssl=trusting(kit)
            ):
                pass
        refused = await attempted(kit, 2)
        tls.profile = 2
        async with connect(
            f"{url.replace('ws', 'wss')}/CS001", subprotocols=SPOKEN, ssl=trusting(kit)
        ):
            pass

    assert url.startswith("ws://")
    assert refused.failure == "it is TLS"


async def test_a_station_that_says_nothing_is_noted(authority: Path) -> None:
    async with listening(authority) as (kit, _, url):
        _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
        with closing(writer):
            pass
        gone = await attempted(kit)

    assert gone.failure == "the station closed the connection at once"


async def test_a_station_that_leaves_after_the_handshake_is_noted(authority: Path) -> None:
    async with listening(authority) as (kit, _, url):
        _, writer = await asyncio.open_connection(
            "127.0.0.1", urlsplit(url).port, ssl=trusting(kit)
        )
        writer.close()
        await writer.wait_closed()
        gone = await attempted(kit)

    assert gone.handshake is not None
    assert gone.failure == "the station closed the connection before it asked anything"


async def test_a_root_that_succeeds_is_shown_at_once(authority: Path, tmp_path: Path) -> None:
    Pki.read(authority).write(tmp_path)
    async with listening(tmp_path) as (kit, tls, url):
        new = ssl.create_default_context(cadata=kit.pki.csms_new.pem)
        new.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        tls.by = kit.pki.csms_new
        async with connect(f"{url}/CS001", subprotocols=SPOKEN, ssl=new):
            pass
        tls.reset()
        kit.pki.succeed(kit.clock.utc_now())
        async with connect(f"{url}/CS001", subprotocols=SPOKEN, ssl=new):
            pass

    assert [each.failure for each in kit.first.attempts] == [None, None]


def test_an_authority_that_is_not_there_is_told() -> None:
    settings = CaseSettings(security_profile=2, authority=Path("/nowhere"))
    kit = Kit(settings=settings, world=PromptWorld(_nobody), clock=SystemClock())

    with pytest.raises(ValueError, match="nowhere"):
        shown(kit, "127.0.0.1")
    with pytest.raises(ValueError, match="need authority"):
        shown(evolve_kit(kit), "127.0.0.1")


def evolve_kit(kit: Kit) -> Kit:
    return Kit(settings=evolve(kit.settings, authority=None), world=kit.world, clock=kit.clock)
