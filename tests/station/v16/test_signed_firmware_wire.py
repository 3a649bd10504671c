"""Signed firmware from a real file server, over real connections (whitepaper L01)."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import field, frozen
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from ocppkit import v16
from ocppkit.csms import CsmsServer, Memory
from ocppkit.csms.v16 import AcceptingHandler
from ocppkit.message import Version
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, StationConfig
from ocppkit.station.settings.behaviour import Storage, Transfer
from ocppkit.station.settings.network import Certificates

from ...security.pki import Holder, new_root

CONTENT = bytes(range(256)) * 80_000
DAY = timedelta(days=1)


@frozen
class Depot:
    """A file server whose first answer is cut.

    Attributes:
        cuts: after how many bytes each of the next answers ends.
        ranges: what each GET asked for.
    """

    cuts: list[int] = field(factory=list)
    ranges: list[str | None] = field(factory=list)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        asked = request.headers.get("Range")
        self.ranges.append(asked)
        begin = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        response = web.StreamResponse(status=206 if begin else 200, headers={"ETag": '"1"'})
        size = len(CONTENT)
        if begin:
            response.headers["Content-Range"] = f"bytes {begin}-{size - 1}/{size}"
        response.content_length = size - begin
        await response.prepare(request)
        if self.cuts:
            await response.write(CONTENT[begin : begin + self.cuts.pop()])
            assert request.transport is not None
            request.transport.close()
            return response
        await response.write(CONTENT[begin:])
        return response


class Listening(AcceptingHandler):
    """A CSMS that listens to how updates go."""

    def __init__(self, identity: str, memory: Memory, heard: asyncio.Queue[object]) -> None:
        super().__init__(identity, memory)
        self._heard = heard

    async def on_signed_firmware_status_notification(
        self, request: v16.SignedFirmwareStatusNotificationRequest
    ) -> v16.SignedFirmwareStatusNotificationResponse:
        self._heard.put_nowait((request.status.value, request.request_id))
        return v16.SignedFirmwareStatusNotificationResponse()


@frozen
class Site:
    """A station, its CSMS, a file server and a manufacturer."""

    signer: Holder
    depot: Depot
    url: str
    hardware: SimulatedHardware
    csms: CsmsServer
    heard: asyncio.Queue[object]

    async def update(self, signed: bytes) -> str:
        now = datetime.now(UTC)
        key = self.signer.key
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        signature = key.sign(signed, ec.ECDSA(hashes.SHA256()))
        request = v16.SignedUpdateFirmwareRequest(
            request_id=8,
            firmware=v16.FirmwareType(
                location=self.url,
                retrieve_date_time=now,
                signing_certificate=self.signer.pem,
                signature=b64encode(signature).decode(),
            ),
            retries=2,
            retry_interval=0,
        )
        response = await (await self.csms.wait_for("CS001")).call(request)
        return response.status.value

    async def statuses(self, count: int) -> list[object]:
        return [await self.heard.get() for _ in range(count)]


@asynccontextmanager
async def site(folder: Path) -> AsyncIterator[Site]:
    now = datetime.now(UTC)
    root = new_root("Manufacturer", not_before=now - DAY, not_after=now + 99 * DAY)
    (folder / "mf").mkdir()
    (folder / "mf" / "root.pem").write_text(root.pem)
    signer = root.issue("Firmware", not_before=now - DAY, not_after=now + DAY)
    depot, heard, memory = Depot(), asyncio.Queue[object](), Memory()
    app = web.Application()
    app.router.add_get("/new.bin", depot.serve)
    files = TestServer(app)
    csms = CsmsServer(port=0, handlers=lambda session: [Listening(session.identity, memory, heard)])
    async with files, csms, asyncio.timeout(30):
        hardware = SimulatedHardware(step=0.01)
        config = StationConfig(
            identity="CS001",
            csms_url=csms.url,
            versions=(Version.V16,),
            storage=Storage(state_dir=folder / "state"),
            certificates=Certificates(manufacturer_ca=folder / "mf"),
            transfer=Transfer(retries=0),
        )
        async with ChargingStation(config, hardware=hardware) as station:
            await station.wait_online()
            yield Site(signer, depot, str(files.make_url("/new.bin")), hardware, csms, heard)


@pytest.mark.requirement("1.6-SEC L01.FR.01", "1.6-SEC L01.FR.04", "1.6-SEC L01.FR.14")
async def test_l01_a_download_that_was_cut_is_gone_on_with_checked_and_installed(
    tmp_path: Path,
) -> None:
    async with site(tmp_path) as it:
        it.depot.cuts.append(1_000_000)
        answer = await it.update(CONTENT)
        statuses = await it.statuses(7)

        assert answer == "Accepted"
        assert statuses == [
            (each, 8)
            for each in (
                "Downloading",
                "DownloadPaused",
                "Downloading",
                "Downloaded",
                "SignatureVerified",
                "Installing",
                "Installed",
            )
        ]
        assert it.depot.ranges[0] is None
        assert it.depot.ranges[1] is not None
        assert it.hardware.system.installed == ["firmware.bin"]


@pytest.mark.requirement("1.6-SEC L01.FR.03")
async def test_l01_another_file_than_was_signed_is_not_installed(tmp_path: Path) -> None:
    async with site(tmp_path) as it:
        await it.update(CONTENT[:-1])
        statuses = await it.statuses(3)

        assert statuses == [
            ("Downloading", 8),
            ("Downloaded", 8),
            ("InvalidSignature", 8),
        ]
        assert it.hardware.system.installed == []
