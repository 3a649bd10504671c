"""Firmware comes and logs go over real HTTP servers, part of them with TLS."""

from __future__ import annotations

import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import define, field
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from ...security.pki import new_root
from .driver import BASIC, MUTUAL, PLAIN, TLS, Bench, bench

INVALID = ("InvalidSignature",)
FIRMWARE = bytes(range(256)) * 64


@define
class Files:
    """A file server.

    Attributes:
        url: its address.
        taken: what was sent to it, by path.
    """

    url: str = ""
    taken: dict[str, bytes] = field(factory=dict)

    @asynccontextmanager
    async def serve(self, context: ssl.SSLContext | None) -> AsyncIterator[Files]:
        app = web.Application(client_max_size=1 << 24)
        app.router.add_get("/new.bin", self.give)
        app.router.add_put("/logs/{name}", self.take)
        scheme = "http" if context is None else "https"
        server = TestServer(app, scheme=scheme, host="localhost")
        await server.start_server(ssl=context)
        try:
            self.url = str(server.make_url("")).rstrip("/")
            yield self
        finally:
            await server.close()

    async def give(self, _: web.Request) -> web.Response:
        return web.Response(body=FIRMWARE)

    async def take(self, request: web.Request) -> web.Response:
        self.taken[request.path] = await request.read()
        return web.Response(status=201)


def with_tls(folder: Path) -> ssl.SSLContext:
    """The settings of a file server whose certificate the operator has signed."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(
        folder / "pki" / "csms" / "one.pem", folder / "pki" / "csms" / "one.key"
    )
    return context


@asynccontextmanager
async def with_files(
    folder: Path, profile: int, *, tls: bool = True
) -> AsyncIterator[tuple[Bench, Files]]:
    """A bench with a file server."""
    async with bench(folder, profile) as it:
        context = with_tls(folder) if tls else None
        async with Files().serve(context) as files:
            yield it, files


async def steps(it: Bench, action: str, *statuses: str, **fields: Any) -> None:
    for status in statuses:
        await it.told(f"{action}StatusNotification", status=status, **fields)


@pytest.mark.requirement("1.6 §5.19", "1.6 §4.5")
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
async def test_5_19_a_firmware_is_fetched_and_installed(tmp_path: Path, tls: bool) -> None:
    async with with_files(tmp_path, PLAIN, tls=tls) as (it, files):
        answer = await it.ask("UpdateFirmware", location=f"{files.url}/new.bin", retrieveDate=now())
        await steps(it, "Firmware", "Downloading", "Downloaded", "Installing", "Installed")

        assert answer == {}
        assert it.hardware.system.installed == ["firmware.bin"]


@pytest.mark.requirement("1.6 §4.5")
async def test_4_5_a_firmware_from_a_stranger_is_not_fetched(tmp_path: Path) -> None:
    stranger = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("localhost").configure_cert(stranger)
    async with bench(tmp_path, PLAIN) as it, Files().serve(stranger) as files:
        await it.ask("UpdateFirmware", location=f"{files.url}/new.bin", retrieveDate=now())
        await steps(it, "Firmware", "Downloading", "DownloadFailed")

        assert it.hardware.system.installed == []


@pytest.mark.requirement("1.6-SEC L01", "1.6-SEC M05", "1.6 SignedUpdateFirmware")
@pytest.mark.parametrize("right", [True, False], ids=["signed", "tampered with"])
async def test_l01_a_signed_firmware_is_checked_and_installed(tmp_path: Path, right: bool) -> None:
    at, day = datetime.now(UTC), timedelta(days=1)
    maker = new_root("Manufacturer", not_before=at - day, not_after=at + 9 * day)
    signer = maker.issue("Firmware", not_before=at - day, not_after=at + 9 * day)
    assert isinstance(signer.key, EllipticCurvePrivateKey)
    signature = signer.key.sign(FIRMWARE if right else FIRMWARE[1:], ECDSA(SHA256()))
    async with with_files(tmp_path, TLS) as (it, files):
        await it.ask(
            "InstallCertificate",
            certificateType="ManufacturerRootCertificate",
            certificate=maker.pem,
        )
        firmware = {
            "location": f"{files.url}/new.bin",
            "retrieveDateTime": now(),
            "signingCertificate": signer.pem,
            "signature": b64encode(signature).decode(),
        }
        answer = await it.ask("SignedUpdateFirmware", requestId=5, firmware=firmware)
        await steps(it, "SignedFirmware", "Downloading", "Downloaded", request_id=5)
        expected = ("SignatureVerified", "Installing", "Installed") if right else INVALID
        await steps(it, "SignedFirmware", *expected, request_id=5)

        assert answer == {"status": "Accepted"}
        assert len(it.hardware.system.installed) == right


@pytest.mark.requirement("1.6 §5.9", "1.6 §4.4")
@pytest.mark.parametrize("profile", [BASIC, MUTUAL])
async def test_5_9_diagnostics_are_sent(tmp_path: Path, profile: int) -> None:
    async with with_files(tmp_path, profile, tls=profile == MUTUAL) as (it, files):
        answer = await it.ask("GetDiagnostics", location=f"{files.url}/logs")
        await steps(it, "Diagnostics", "Uploading", "Uploaded")

        assert list(files.taken) == [f"/logs/{answer['fileName']}"]


@pytest.mark.requirement("1.6-SEC N01")
async def test_n01_the_security_log_is_sent(tmp_path: Path) -> None:
    async with with_files(tmp_path, TLS) as (it, files):
        answer = await it.ask(
            "GetLog",
            log={"remoteLocation": f"{files.url}/logs"},
            logType="SecurityLog",
            requestId=7,
        )
        await steps(it, "Log", "Uploading", "Uploaded", request_id=7)

        [content] = files.taken.values()
    assert answer["status"] == "Accepted"
    assert b"StartupOfTheDevice" in content


@pytest.mark.requirement("1.6 §4.4")
async def test_4_4_a_server_that_is_not_there_is_a_failed_upload(tmp_path: Path) -> None:
    async with Files().serve(None) as files:
        pass
    async with bench(tmp_path, PLAIN) as it:
        await it.ask("GetDiagnostics", location=f"{files.url}/logs", retries=0)
        await steps(it, "Diagnostics", "Uploading", "UploadFailed")
        answer = await it.ask("TriggerMessage", requestedMessage="DiagnosticsStatusNotification")

    assert answer == {"status": "Accepted"}


def now() -> str:
    return datetime.now(UTC).isoformat()
