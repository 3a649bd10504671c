"""The kit over real sockets: TLS, credentials, refusals, a station's commands at a socket."""

from __future__ import annotations

import asyncio
import json
import ssl as tls
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import pytest
import trustme
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from ocppkit.clock import SystemClock
from ocppkit.conformance import CaseSettings, Kit
from ocppkit.conformance.process import at_socket
from ocppkit.conformance.serving import serve, shown
from ocppkit.conformance.verdict import Impossible
from ocppkit.conformance.world import PromptWorld

SPOKEN = [Subprotocol("ocpp2.0.1")]


async def _nobody(_: str) -> str:
    return ""


def kit(settings: CaseSettings | None = None) -> Kit:
    return Kit(settings=settings or CaseSettings(), world=PromptWorld(_nobody), clock=SystemClock())


def pem(folder: Path, name: str, *blobs: trustme.Blob) -> Path:
    path = folder / name
    path.write_bytes(b"".join(blob.bytes() for blob in blobs))
    return path


async def test_a_station_shows_its_certificate_under_profile_3(tmp_path: Path) -> None:
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1")
    station = authority.issue_cert("CS001.example")
    chain = pem(tmp_path, "server.pem", server.private_key_and_cert_chain_pem)
    root = pem(tmp_path, "root.pem", authority.cert_pem)
    settings = CaseSettings(security_profile=3, server_chain=chain, station_root=root)
    ours = kit(settings)
    client = tls.create_default_context(cafile=str(root))
    station.configure_cert(client)

    shown(ours, "127.0.0.1")

    async with (
        serve(ours.first, host="127.0.0.1", port=0) as url,
        connect(f"{url}/CS001", subprotocols=SPOKEN, ssl=client) as connection,
    ):
        await connection.send('[2,"1","Heartbeat",{}]')
        answer = json.loads(await connection.recv())

    assert url.startswith("wss://")
    assert answer[:2] == [3, "1"]
    assert ours.first.attempts[0].certificate is not None
    assert [came.action for came in ours.mailbox.received] == ["Heartbeat"]


@pytest.mark.parametrize(("profile", "why"), [(2, "need authority"), (3, "needs authority")])
def test_a_profile_without_its_certificates_is_refused(
    tmp_path: Path, profile: int, why: str
) -> None:
    chain = None
    if profile == 3:
        issued = trustme.CA().issue_cert("127.0.0.1")
        chain = pem(tmp_path, "server.pem", issued.private_key_and_cert_chain_pem)

    with pytest.raises(ValueError, match=why):
        shown(kit(CaseSettings(security_profile=profile, server_chain=chain)), "127.0.0.1")


async def test_a_station_that_is_refused_gets_the_status() -> None:
    ours = kit()
    ours.first.refusing = HTTPStatus.SERVICE_UNAVAILABLE

    async with serve(ours.first, host="127.0.0.1", port=0) as url:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{url}/CS001", subprotocols=SPOKEN)

    assert refused.value.response.status_code == 503
    assert ours.first.attempts[0].refused is HTTPStatus.SERVICE_UNAVAILABLE


async def test_what_is_no_frame_or_breaks_the_schema_is_answered_and_noted() -> None:
    ours = kit()
    broken: list[tuple[str, str, str]] = []
    ours.broken = broken.append

    async with (
        serve(ours.first, host="127.0.0.1", port=0) as url,
        connect(f"{url}/CS001", subprotocols=SPOKEN) as connection,
    ):
        answers = []
        for text in ("nonsense", '[2,"1","Invented",{}]', '[2,"2","Authorize",{}]'):
            await connection.send(text)
            answers.append(json.loads(await connection.recv())[2])

    assert answers == ["RpcFrameworkError", "NotImplemented", "OccurrenceConstraintViolation"]
    assert [path for path, _, _ in broken] == ["message", "Invented", "AuthorizeRequest.idToken"]


@asynccontextmanager
async def control_socket() -> AsyncIterator[int]:
    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'{"event":"ready","protocol":1,"capabilities":["reboot"]}\n')
        while line := await reader.readline():
            asked = json.loads(line)
            writer.write(json.dumps({"id": asked["id"], "ok": True}).encode() + b"\n")
        writer.close()

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_station_takes_commands_at_a_socket() -> None:
    async with control_socket() as port, at_socket(f"tcp:127.0.0.1:{port}") as world:
        await world.perform("reboot")

        assert world.can("reboot")
        with pytest.raises(Impossible):
            await world.perform("plug_in")


async def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="tcp:HOST:PORT"):
        async with at_socket("tcp:nowhere"):
            pass
