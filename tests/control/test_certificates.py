"""A car asks for a contract certificate through the station."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ocppkit import v16, v201
from ocppkit.csms import CsmsServer
from ocppkit.message import Version

from .driver import driven, write_file

HERE = {"evse": 1, "connector": 1}
ASK = {
    "evse": 1,
    "action": "Install",
    "schema_version": "urn:iso:15118:2:2013:MsgDef",
    "exi_request": "AAAA",
}
ON = "[v201.variables.ISO15118Ctrlr]\nPnCEnabled = true\n"


class Csms(v201.CsmsHandler):
    """Accepts the station, and answers a certificate request when it is told to."""

    def __init__(self) -> None:
        self.asked: list[v201.Get15118EVCertificateRequest] = []
        self.may_answer = asyncio.Event()

    async def on_boot_notification(
        self,
        request: v201.BootNotificationRequest,  # noqa: ARG002  # any will do
    ) -> v201.BootNotificationResponse:
        return v201.BootNotificationResponse(
            current_time=datetime.now(UTC),
            interval=300,
            status=v201.RegistrationStatusEnumType.ACCEPTED,
        )

    async def on_get_15118_ev_certificate(
        self, request: v201.Get15118EVCertificateRequest
    ) -> v201.Get15118EVCertificateResponse:
        self.asked.append(request)
        await self.may_answer.wait()
        accepted = v201.Iso15118EVCertificateStatusEnumType.ACCEPTED
        return v201.Get15118EVCertificateResponse(status=accepted, exi_response="BBBB")


@pytest.fixture
async def csms() -> AsyncIterator[tuple[CsmsServer, Csms]]:
    handler = Csms()
    async with CsmsServer(port=0, versions=[Version.V201], handlers=lambda _: [handler]) as server:
        yield server, handler


async def test_a_car_gets_its_answer_as_an_event_and_nobody_waits_for_it(
    csms: tuple[CsmsServer, Csms], tmp_path: Path
) -> None:
    server, handler = csms
    async with driven(write_file(tmp_path, url=server.url, version="2.0.1", more=ON)) as (
        _,
        driver,
    ):
        await driver.event("registration", status="Accepted")
        await driver.do("plug_in", **HERE, ev={"kind": "iso15118"})
        await driver.do("ev_certificate_request", **ASK)
        await driver.do("status")
        handler.may_answer.set()
        event = await driver.event("ev_certificate_response")

    (asked,) = handler.asked
    assert event == {
        "event": "ev_certificate_response",
        "evse": 1,
        "status": "Accepted",
        "exi_response": "BBBB",
    }
    assert asked.action is v201.CertificateActionEnumType.INSTALL
    assert (asked.iso15118_schema_version, asked.exi_request) == (
        ASK["schema_version"],
        ASK["exi_request"],
    )


async def test_a_csms_that_does_not_know_it_is_an_event_too(tmp_path: Path) -> None:
    class Plain(v201.CsmsHandler):
        on_boot_notification = Csms.on_boot_notification

    async with CsmsServer(port=0, versions=[Version.V201], handlers=lambda _: [Plain()]) as server:
        file = write_file(tmp_path, url=server.url, version="2.0.1", more=ON)
        async with driven(file) as (_, driver):
            await driver.event("registration", status="Accepted")
            await driver.do("plug_in", **HERE, ev={"kind": "iso15118"})
            await driver.do("ev_certificate_request", **ASK)
            event = await driver.event("ev_certificate_response")

    assert "NotSupported" in event["error"]


class Csms16(v16.CsmsHandler):
    """Answers certificate requests that come by DataTransfer."""

    def __init__(self) -> None:
        self.asked: list[v16.DataTransferRequest] = []

    async def on_boot_notification(
        self,
        request: v16.BootNotificationRequest,  # noqa: ARG002  # any will do
    ) -> v16.BootNotificationResponse:
        return v16.BootNotificationResponse(
            current_time=datetime.now(UTC), interval=300, status=v16.RegistrationStatus.ACCEPTED
        )

    async def on_data_transfer(self, request: v16.DataTransferRequest) -> v16.DataTransferResponse:
        self.asked.append(request)
        answer = {"status": "Accepted", "exiResponse": "BBBB"}
        return v16.DataTransferResponse(
            status=v16.DataTransferStatus.ACCEPTED, data=json.dumps(answer)
        )


async def test_in_16_it_goes_by_data_transfer_where_plug_and_charge_is_on(
    tmp_path: Path,
) -> None:
    handler = Csms16()
    on = "[v16.configuration]\nISO15118PnCEnabled = true\n"
    async with CsmsServer(port=0, versions=[Version.V16], handlers=lambda _: [handler]) as server:
        file = write_file(tmp_path, url=server.url, version="1.6", more=on)
        async with driven(file) as (_, driver):
            await driver.event("registration", status="Accepted")
            await driver.do("plug_in", **HERE, ev={"kind": "iso15118"})
            await driver.do("ev_certificate_request", **ASK)
            event = await driver.event("ev_certificate_response")

    (asked,) = handler.asked
    assert (event["evse"], event["status"], event["exi_response"]) == (1, "Accepted", "BBBB")
    assert (asked.vendor_id, asked.message_id) == (
        "org.openchargealliance.iso15118pnc",
        "Get15118EVCertificate",
    )
    assert json.loads(asked.data or "") == {
        "iso15118SchemaVersion": ASK["schema_version"],
        "action": "Install",
        "exiRequest": ASK["exi_request"],
    }


async def test_in_16_it_fails_while_plug_and_charge_is_off(tmp_path: Path) -> None:
    handler = Csms16()
    async with CsmsServer(port=0, versions=[Version.V16], handlers=lambda _: [handler]) as server:
        file = write_file(tmp_path, url=server.url, version="1.6")
        async with driven(file) as (_, driver):
            await driver.event("registration", status="Accepted")
            await driver.do("plug_in", **HERE, ev={"kind": "iso15118"})
            error = (await driver.ask("ev_certificate_request", **ASK))["error"]

    assert (error["code"], "ISO15118PnCEnabled" in error["message"]) == ("failed", True)
    assert handler.asked == []


@pytest.mark.parametrize("ev", [None, {"kind": "basic"}])
async def test_it_takes_a_car_that_speaks_iso_15118(
    csms: tuple[CsmsServer, Csms], tmp_path: Path, ev: Any
) -> None:
    server, handler = csms
    async with driven(write_file(tmp_path, url=server.url, version="2.0.1", more=ON)) as (
        _,
        driver,
    ):
        await driver.event("registration", status="Accepted")
        if ev is not None:
            await driver.do("plug_in", **HERE, ev=ev)
        error = (await driver.ask("ev_certificate_request", **ASK))["error"]

    assert error["code"] == "failed"
    assert "ISO 15118" in error["message"]
    assert handler.asked == []


@pytest.mark.parametrize(
    ("version", "more", "code"),
    [
        ("1.6", {}, "failed"),
        ("2.0.1", {}, "failed"),
        ("2.0.1", {"schema_version": "x" * 51}, "bad_args"),
        ("2.0.1", {"exi_request": "x" * 5601}, "bad_args"),
        ("2.0.1", {"action": "Delete"}, "bad_args"),
    ],
)
async def test_what_cannot_be_sent_has_a_code(
    tmp_path: Path, version: str, more: dict[str, Any], code: str
) -> None:
    file = write_file(tmp_path, url="ws://127.0.0.1:9", version=version)
    async with driven(file) as (_, driver):
        await driver.do("plug_in", **HERE, ev={"kind": "iso15118"})
        error = (await driver.ask("ev_certificate_request", **{**ASK, **more}))["error"]

    assert error["code"] == code
