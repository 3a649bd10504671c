"""Plug & Charge over DataTransfer: EVs that want certificates, and simulated ones."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ocppkit.errors import CallRefused, ConnectionLost, InvalidAnswer
from ocppkit.simulation import Happening, SimulatedWorld
from ocppkit.v201 import (
    CertificateActionEnumType,
    Get15118EVCertificateRequest,
    Iso15118EVCertificateStatusEnumType,
)

from .plug_and_charge import EMAID, contract_of, pnc, trust
from .security_pki import root

World = Callable[..., Any]
SCHEMA = "urn:iso:15118:2:2013:MsgDef"
WISH = Get15118EVCertificateRequest(
    iso15118_schema_version=SCHEMA, action=CertificateActionEnumType.INSTALL, exi_request="AAAA"
)


@pytest.mark.requirement("1.6-PNC Get15118EVCertificate")
@pytest.mark.parametrize("action", list(CertificateActionEnumType))
async def test_the_wish_of_an_ev_goes_to_the_csms_and_its_answer_comes_back(
    world: World, action: CertificateActionEnumType
) -> None:
    it = pnc(world, None)
    wish = Get15118EVCertificateRequest(
        iso15118_schema_version=SCHEMA, action=action, exi_request="AAAA"
    )
    async with it.world.running() as around:
        answer = await around.station.ev_certificate(wish)

    assert it.sent("Get15118EVCertificate") == [
        {"iso15118SchemaVersion": SCHEMA, "action": action.value, "exiRequest": "AAAA"}
    ]
    assert answer.status is Iso15118EVCertificateStatusEnumType.ACCEPTED
    assert answer.exi_response == "BBBB"


@pytest.mark.requirement("1.6-PNC Get15118EVCertificate")
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (("Accepted", "?"), InvalidAnswer),
        (("Accepted", '{"status":"Accepted"}'), InvalidAnswer),
        (("UnknownMessageId", None), CallRefused),
        ("NotImplemented", CallRefused),
    ],
)
async def test_an_answer_that_makes_no_sense_is_an_error(
    world: World, wrong: Any, error: type[Exception]
) -> None:
    it = pnc(world, None)
    it.answers["Get15118EVCertificate"] = wrong
    async with it.world.running() as around:
        with pytest.raises(error):
            await around.station.ev_certificate(WISH)


@pytest.mark.requirement("1.6-PNC Get15118EVCertificate", "1.6 key ISO15118PnCEnabled")
async def test_nobody_is_asked_while_it_is_off_or_the_csms_is_away(world: World) -> None:
    it = pnc(world, None, ISO15118PnCEnabled="false")
    async with it.world.running() as around:
        with pytest.raises(ValueError, match="ISO15118PnCEnabled"):
            await around.station.ev_certificate(WISH)
        await it.key("ISO15118PnCEnabled", "true")
        around.station.go_offline()
        await around.settle()
        with pytest.raises(ConnectionLost):
            await around.station.ev_certificate(WISH)

    assert around.sent("DataTransfer") == []


class TestSimulated:
    """What `plug_in` says of an EV takes effect."""

    @staticmethod
    async def plug(around: Any, **ev: Any) -> list[Happening]:
        heard: list[Happening] = []
        simulated = SimulatedWorld(around.hardware)
        stop = simulated.listen(heard.append)
        await simulated.plug_in(ev={"kind": "iso15118", **ev})
        await around.advance(5)
        stop()
        return [each for each in heard if each.kind in {"token", "ev_certificate_response"}]

    @pytest.mark.requirement("1.6-PNC Authorize")
    @pytest.mark.parametrize("payment", ["auto", "contract"])
    async def test_an_ev_with_a_contract_charges_as_it_is_plugged_in(
        self, world: World, tmp_path: Path, payment: str
    ) -> None:
        top = root("Operator")
        trust(tmp_path, top)
        it = pnc(world, tmp_path)
        chain = contract_of(top).chain_pem
        async with it.world.running() as around:
            [told] = await self.plug(around, payment=payment, contract_chain_pem=chain)

        assert told.details == {
            "evses": [1],
            "outcome": "accepted",
            "status": "Accepted",
            "certificate": "Accepted",
        }
        assert around.sent("StartTransaction")[0]["idTag"] == EMAID
        assert around.statuses()[-1] == "Charging"

    @pytest.mark.requirement("1.6-PNC Authorize")
    async def test_one_that_is_refused_says_why(self, world: World, tmp_path: Path) -> None:
        it = pnc(world, tmp_path)
        chain = contract_of(root("Stranger")).chain_pem
        async with it.world.running() as around:
            [told] = await self.plug(around, emaid=EMAID, contract_chain_pem=chain)
            statuses = around.statuses()

        assert told.details["outcome"] == "refused"
        assert told.details["certificate"] == "CertChainError"
        assert "root" in told.details["reason"]
        assert statuses[-1] == "Preparing"

    async def test_one_that_pays_otherwise_presents_nothing(self, world: World) -> None:
        it = pnc(world, None)
        async with it.world.running() as around:
            told = await self.plug(around, payment="external", emaid=EMAID)

        assert told == []
        assert around.sent("DataTransfer") == []

    async def test_a_chain_that_makes_no_sense_is_refused(self, world: World) -> None:
        it = pnc(world, None)
        async with it.world.running() as around:
            [told] = await self.plug(around, contract_chain_pem="no PEM")

        assert told.details["outcome"] == "refused"
        assert told.details["reason"]

    async def test_without_a_contract_its_controller_may_stand_for_a_token(
        self, world: World
    ) -> None:
        it = pnc(world, None, AutochargeEnabled="true", ISO15118PnCEnabled="false")
        async with it.world.running() as around:
            await self.plug(around, evcc_id="00:1A:2B:3C:4D:5E")

        assert [each["idTag"] for each in around.sent("Authorize")] == ["VID:001A2B3C4D5E"]

    @pytest.mark.requirement("1.6-PNC Get15118EVCertificate")
    async def test_an_ev_asks_for_a_certificate_first_and_is_told_the_answer(
        self, world: World
    ) -> None:
        it = pnc(world, None)
        async with it.world.running() as around:
            told = await self.plug(around, exi_certificate_request="CCCC")

        assert [each.details for each in told] == [{"status": "Accepted", "exi_response": "BBBB"}]
        assert it.sent("Get15118EVCertificate")[0]["exiRequest"] == "CCCC"

    @pytest.mark.requirement("1.6-PNC Get15118EVCertificate")
    async def test_a_wish_that_nobody_answers_is_told_and_the_contract_follows(
        self, world: World
    ) -> None:
        it = pnc(world, None)
        it.answers["Get15118EVCertificate"] = "NotSupported"
        async with it.world.running() as around:
            told = await self.plug(around, exi_certificate_request="CCCC", emaid=EMAID)

        assert [each.kind for each in told] == ["ev_certificate_response", "token"]
        assert "NotSupported" in told[0].details["error"]
        assert told[1].details["certificate"] == "NoCertificateAvailable"


@pytest.mark.requirement("1.6 key ISO15118PnCEnabled")
def test_a_station_without_it_loads_nothing_of_it() -> None:
    code = """
import asyncio, sys
from ocppkit.message import Version
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import ChargingStation, StationConfig

async def main():
    config = StationConfig(identity="CS", csms_url="ws://127.0.0.1:9", versions=(Version.V16,))
    async with ChargingStation(config, hardware=SimulatedHardware()) as station:
        await asyncio.sleep(0)

asyncio.run(main())
heavy = ["ocppkit.v201.messages", "ocppkit.v201.actions", "ocppkit.station.iso15118"]
heavy += ["ocppkit.station.ocsp_cache", "ocppkit.station.v16.plug_and_charge_messages"]
print([name for name in sys.modules if any(name.startswith(each) for each in heavy)])
"""
    done = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"
