"""A client that answers the CSMS in the station's place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ocppkit import v16, v201
from ocppkit.control.host_handlers import HOST_HANDLERS
from ocppkit.csms import CsmsServer

from .driver import Driver, connected, driven, running, write_file

VERSIONS = ("1.6", "2.0.1")
BOTH = pytest.mark.parametrize("version", VERSIONS)
VENDOR = "com.example"


@pytest.fixture
async def csms() -> AsyncIterator[CsmsServer]:
    async with CsmsServer(port=0) as server:
        yield server


def request(version: str, **more: Any) -> Any:
    module: Any = v16 if version == "1.6" else v201
    return module.DataTransferRequest(vendor_id=VENDOR, **more)


async def transfer(csms: CsmsServer, version: str, **more: Any) -> tuple[str, Any]:
    """Send a DataTransfer to the station; its answer."""
    answer: Any = await csms.station("CS001").call(request(version, **more))
    return answer.status.value, answer.data


async def taking_over(driver: Driver) -> None:
    await driver.event("registration", status="Accepted")
    await driver.do("set_host_handler", name="data_transfer")


@BOTH
async def test_a_client_answers_a_data_transfer(
    version: str, csms: CsmsServer, tmp_path: Path
) -> None:
    async with driven(write_file(tmp_path, url=csms.url, version=version)) as (_, driver):
        await taking_over(driver)
        asked = asyncio.ensure_future(transfer(csms, version, message_id="m", data="d"))
        event = await driver.event("host_request")
        await driver.do(
            "host_reply", request=event["request"], result={"status": "Accepted", "data": "yes"}
        )
        answer = await asked

    assert event["name"] == "data_transfer"
    assert event["args"] == {"vendor_id": VENDOR, "message_id": "m", "data": "d"}
    assert answer == ("Accepted", "yes")


async def test_data_is_any_json_in_201_and_its_text_in_16(csms: CsmsServer, tmp_path: Path) -> None:
    answers = []
    for version in VERSIONS:
        async with driven(write_file(tmp_path, url=csms.url, version=version)) as (_, driver):
            await taking_over(driver)
            asked = asyncio.ensure_future(transfer(csms, version))
            event = await driver.event("host_request")
            await driver.do(
                "host_reply",
                request=event["request"],
                result={"status": "UnknownMessageId", "data": {"a": [1]}},
            )
            answers.append(await asked)
        assert event["args"] == {"vendor_id": VENDOR}

    assert answers == [("UnknownMessageId", '{"a": [1]}'), ("UnknownMessageId", {"a": [1]})]


async def test_a_client_that_refuses_has_it_rejected(csms: CsmsServer, tmp_path: Path) -> None:
    async with driven(write_file(tmp_path, url=csms.url, version="2.0.1")) as (_, driver):
        await taking_over(driver)
        asked = asyncio.ensure_future(transfer(csms, "2.0.1"))
        event = await driver.event("host_request")
        await driver.do("host_reply", request=event["request"], error="no")

        assert await asked == ("Rejected", None)


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"result": {}},
        {"result": {"status": "Fine"}},
        {"result": {"status": "Accepted", "more": 1}},
        {"result": [1]},
        {"result": {"status": "Accepted"}, "error": "no"},
    ],
)
async def test_a_reply_that_is_none_may_be_followed_by_one(
    csms: CsmsServer, tmp_path: Path, reply: dict[str, Any]
) -> None:
    async with driven(write_file(tmp_path, url=csms.url, version="2.0.1")) as (_, driver):
        await taking_over(driver)
        asked = asyncio.ensure_future(transfer(csms, "2.0.1"))
        number = (await driver.event("host_request"))["request"]
        refused = await driver.ask("host_reply", request=number, **reply)
        await driver.do("host_reply", request=number, result={"status": "Accepted"})
        again = await driver.ask("host_reply", request=number, result={"status": "Accepted"})
        answer = await asked

    assert refused["error"]["code"] == "bad_args"
    assert again["error"]["code"] == "bad_args"
    assert answer == ("Accepted", None)


@BOTH
async def test_the_csms_gets_an_answer_also_where_the_client_gives_none(
    version: str, csms: CsmsServer, tmp_path: Path
) -> None:
    file = write_file(tmp_path, url=csms.url, version=version)
    file.write_text(file.read_text().replace("[csms]", "[csms]\nmessage_timeout = 1"))
    async with driven(file) as (_, driver):
        await taking_over(driver)
        answer = await transfer(csms, version)
        number = (await driver.event("host_request"))["request"]
        late = await driver.ask("host_reply", request=number, result={"status": "Accepted"})

    assert answer == ("Rejected", None)
    assert late["error"]["code"] == "bad_args"


@BOTH
async def test_without_a_client_no_vendor_is_known(
    version: str, csms: CsmsServer, tmp_path: Path
) -> None:
    async with driven(write_file(tmp_path, url=csms.url, version=version)) as (_, driver):
        await driver.event("registration", status="Accepted")
        before = await transfer(csms, version)
        await driver.do("set_host_handler", name="data_transfer")
        await driver.do("set_host_handler", name="data_transfer", enabled=False)
        after = await transfer(csms, version)

    assert before == after == ("UnknownVendorId", None)


async def test_when_the_client_goes_the_station_answers_for_itself(
    csms: CsmsServer, tmp_path: Path
) -> None:
    file = write_file(tmp_path, url=csms.url, version="2.0.1")
    async with running(file, "--control", "tcp:127.0.0.1:0") as station:
        address = (await station.logged("commands are taken at ")).strip()
        async with connected(address) as other:
            async with connected(address) as driver:
                await taking_over(driver)
                asked = asyncio.ensure_future(transfer(csms, "2.0.1"))
                number = (await driver.event("host_request"))["request"]
                stolen = await other.ask("host_reply", request=number, error="mine")
            during = await asked
            after = await transfer(csms, "2.0.1")

    assert stolen["error"]["code"] == "bad_args"
    assert during == after == ("UnknownVendorId", None)


@pytest.mark.parametrize("name", [name for name, each in HOST_HANDLERS.items() if not each.serve])
async def test_what_the_station_cannot_ask_for_is_said(name: str, tmp_path: Path) -> None:
    file = write_file(tmp_path, url="ws://127.0.0.1:9", version="2.0.1")
    async with driven(file) as (_, driver):
        error = (await driver.ask("set_host_handler", name=name))["error"]

    assert error["code"] == "not_supported"
    assert HOST_HANDLERS[name].why_not in error["message"]


def test_whatever_is_not_served_has_a_reason() -> None:
    assert all((each.serve is None) is bool(each.why_not) for each in HOST_HANDLERS.values())
