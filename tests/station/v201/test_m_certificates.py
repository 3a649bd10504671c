"""M03 - M05: certificates that the CSMS installs, lists and deletes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ocppkit.security import OwnUse, RootUse
from ocppkit.station.settings.values import KeyValue
from ocppkit.testing import START
from ocppkit.v201 import CertificateActionEnumType, Get15118EVCertificateRequest

from ..v16.plug_and_charge import responder, show, sub_ca, trust
from ..v16.security_pki import DAY, answer_to, named, prepare, root, roots_in
from .security import (
    ACCEPTED,
    REJECTED,
    installed,
    requests,
    signed,
    station,
    told,
    trigger,
    value,
)

World = Callable[..., Any]
CSMS = "CSMSRootCertificate"
KINDS = [CSMS, "V2GRootCertificate", "MORootCertificate", "ManufacturerRootCertificate"]
FAILED, NOT_FOUND = {"status": "Failed"}, {"status": "NotFound"}


async def install(it: Any, pem: str, kind: str = CSMS) -> Any:
    return await it.call("InstallCertificate", certificateType=kind, certificate=pem)


async def delete(it: Any, data: dict[str, str]) -> Any:
    return await it.call("DeleteCertificate", certificateHashData=data)


async def ids(it: Any, *kinds: str) -> Any:
    more = {"certificateType": list(kinds)} if kinds else {}
    return await it.call("GetInstalledCertificateIds", **more)


@pytest.mark.requirement("M03.FR.01", "M03.FR.02", "M03.FR.03", "M03.FR.04")
@pytest.mark.requirement("M05.FR.01", "M05.FR.02")
@pytest.mark.parametrize("kind", KINDS)
async def test_m05_a_root_is_installed_and_listed_also_after_a_restart(
    world: World, tmp_path: Path, kind: str
) -> None:
    made = root()
    async with station(world, tmp_path, 1).running() as it:
        assert await ids(it, kind) == NOT_FOUND
        assert await install(it, made.pem, kind) == ACCEPTED
    async with station(world, tmp_path, 1).running() as it:
        listed, everything = await ids(it, kind), await ids(it)
        others = await ids(it, *(each for each in KINDS if each != kind))

    chain = [{"certificateType": kind, "certificateHashData": named(made)}]
    assert listed == everything == {**ACCEPTED, "certificateHashDataChain": chain}
    assert others == NOT_FOUND


@pytest.mark.requirement("M03.FR.05")
async def test_m03_of_a_v2g_chain_the_sub_cas_are_children(world: World, tmp_path: Path) -> None:
    top = root("V2G Root")
    middle = sub_ca(top)
    leaf = middle.issue("SECC", not_before=START - DAY, not_after=START + 99 * DAY)
    show(tmp_path, leaf, top)
    async with station(world, tmp_path, 1).running() as it:
        answer = await ids(it, "V2GCertificateChain")

    assert answer["certificateHashDataChain"] == [
        {
            "certificateType": "V2GCertificateChain",
            "certificateHashData": named(leaf, middle),
            "childCertificateHashData": [named(middle, top)],
        }
    ]


@pytest.mark.requirement("M05.FR.07")
async def test_m05_what_is_no_valid_root_is_rejected(world: World, tmp_path: Path) -> None:
    made, short = root(), root("Short", days=1)
    leaf = made.issue("x", not_before=START - DAY, not_after=START + DAY)
    async with station(world, tmp_path, 1).running() as it:
        await it.advance(2 * 86_400)
        for pem in ("", "no PEM", made.pem[:-60], leaf.pem, short.pem, made.pem + root("2").pem):
            assert await install(it, pem) == REJECTED, pem
        assert await ids(it) == NOT_FOUND


@pytest.mark.requirement("M05.FR.03")
async def test_m05_a_disk_that_takes_nothing_makes_it_fail(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async with station(world, tmp_path, 1).running() as it:
        monkeypatch.setattr("ocppkit.security.store.write_file", full)
        assert await install(it, root().pem) == FAILED
        assert await ids(it) == NOT_FOUND


@pytest.mark.requirement("M05.FR.06", "M05.FR.17")
async def test_m05_no_more_certificates_than_the_limit_of_certificate_entries(
    world: World, tmp_path: Path
) -> None:
    prepare(tmp_path, root())  # a root and a certificate of the station
    first, second = root("1"), root("2")
    most = (KeyValue(name="CertificateStoreMaxLength", value="3"),)
    async with station(world, tmp_path, configuration=most).running() as it:
        assert await install(it, first.pem, KINDS[1]) == ACCEPTED
        assert await install(it, second.pem, KINDS[2]) == REJECTED
        assert await install(it, first.pem, KINDS[1]) == ACCEPTED  # it is there already
        assert (await value(it, "CertificateEntries"))["attributeValue"] == "3"
        one = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "CertificateEntries"}}
        await it.call("GetReport", requestId=1, componentVariable=[one])
        await it.settle()
        [reported] = it.sent("NotifyReport")[0]["reportData"]
        assert reported["variableCharacteristics"]["maxLimit"] == 3
        assert await delete(it, named(first)) == ACCEPTED
        assert (await value(it, "CertificateEntries"))["attributeValue"] == "2"
        assert await install(it, second.pem, KINDS[2]) == ACCEPTED


@pytest.mark.requirement("M04.FR.01", "M04.FR.02", "M04.FR.04")
@pytest.mark.parametrize("kind", KINDS[1:])
async def test_m04_a_root_is_deleted(world: World, tmp_path: Path, kind: str) -> None:
    made = root()
    async with station(world, tmp_path, 1).running() as it:
        await install(it, made.pem, kind)
        answers = [await delete(it, named(made)), await delete(it, named(made))]

        assert answers == [ACCEPTED, NOT_FOUND]
        assert await ids(it) == NOT_FOUND


@pytest.mark.requirement("M04.FR.03")
async def test_m04_the_last_root_of_the_csms_stays(world: World, tmp_path: Path) -> None:
    first, second = root("1"), root("2")
    async with station(world, tmp_path, 1).running() as it:
        await install(it, first.pem)
        alone = await delete(it, named(first))
        await install(it, second.pem)

        assert (alone, await delete(it, named(first))) == (FAILED, ACCEPTED)


@pytest.mark.requirement("M04.FR.08")
async def test_m04_with_a_sub_ca_the_chains_below_it_go(world: World, tmp_path: Path) -> None:
    top = root("V2G Root")
    middle = sub_ca(top)
    show(tmp_path, middle.issue("SECC", not_before=START - DAY, not_after=START + 99 * DAY), top)
    async with station(world, tmp_path, 1).running() as it:
        assert await delete(it, named(middle, top)) == ACCEPTED

    assert installed(tmp_path, OwnUse.V2G) == []


@pytest.mark.requirement("M05.FR.09", "M05.FR.10", "M05.FR.11", "M05.FR.12")
async def test_m05_with_the_additional_check_a_root_is_signed_by_the_one_it_replaces(
    world: World, tmp_path: Path
) -> None:
    old = root("Old")
    new = old.issue("New", ca=True, not_before=START - DAY, not_after=START + 999 * DAY)
    checked = (told("AdditionalRootCertificateCheck", "true"),)
    async with station(world, tmp_path, 1, variables=checked).running() as it:
        assert (await value(it, "AdditionalRootCertificateCheck"))["attributeValue"] == "true"
        assert await install(it, old.pem) == ACCEPTED
        assert await install(it, root("Stranger").pem) == REJECTED
        assert roots_in(tmp_path) == [old.pem]
        assert await install(it, new.pem) == ACCEPTED

    assert roots_in(tmp_path) == [old.pem, new.pem]  # the old one is the fallback


async def test_m_a_station_without_a_place_for_certificates_says_so(world: World) -> None:
    async with station(world, None, 1).running() as it:
        assert await install(it, root().pem) == FAILED
        assert await ids(it) == NOT_FOUND
        assert await delete(it, named(root())) == NOT_FOUND


@pytest.mark.requirement("M06.FR.06")
async def test_m06_the_csms_is_asked_about_the_v2g_chain_and_again_every_week(
    world: World, tmp_path: Path
) -> None:
    top = root("V2G Root")
    middle = sub_ca(top)
    trust(tmp_path, top, RootUse.V2G)
    leaf = middle.issue("SECC", not_before=START - DAY, not_after=START + 99 * DAY)
    show(tmp_path, leaf, top)
    async with station(world, tmp_path, 1).running() as it:
        it.script["GetCertificateStatus"] = lambda _: FAILED
        await it.set_variable("ISO15118Ctrlr", "PnCEnabled", "true")
        await it.advance(5)
        asked = [
            each["ocspRequestData"]["serialNumber"] for each in it.sent("GetCertificateStatus")
        ]
        await it.advance(7 * 86_400 + 3600)

        assert asked == [named(middle, top)["serialNumber"]]
        assert len(it.sent("GetCertificateStatus")) > len(asked)


@pytest.mark.requirement("M06.FR.07")
async def test_m06_a_renewed_v2g_certificate_is_asked_about_with_those_above_it(
    world: World, tmp_path: Path
) -> None:
    top = root("V2G Root")
    middle = sub_ca(top)
    prepare(tmp_path, root())
    trust(tmp_path, top, RootUse.V2G)
    async with station(world, tmp_path).running() as it:
        it.script["GetCertificateStatus"] = lambda _: FAILED
        await it.set_variable("ISO15118Ctrlr", "PnCEnabled", "true")
        await trigger(it, "SignV2GCertificate")
        before = it.sent("GetCertificateStatus")
        chain = answer_to(requests(it)[0], middle, extensions=[responder()])
        answer = await signed(it, chain, "V2GCertificate")
        await it.advance(5)

        asked = [
            each["ocspRequestData"]["serialNumber"] for each in it.sent("GetCertificateStatus")
        ]
        [leaf] = installed(tmp_path, OwnUse.V2G)
        serials = [format(leaf.serial_number, "x"), named(middle, top)["serialNumber"]]
        assert (answer, before) == (ACCEPTED, [])
        assert sorted(asked) == sorted(serials)


@pytest.mark.requirement("M01.FR.01", "M02.FR.01")
@pytest.mark.parametrize("action", list(CertificateActionEnumType))
async def test_m01_m02_what_an_ev_wants_goes_to_the_csms_and_its_answer_comes_back(
    world: World, tmp_path: Path, action: CertificateActionEnumType
) -> None:
    schema = "urn:iso:15118:2:2013:MsgDef"
    wish = Get15118EVCertificateRequest(
        iso15118_schema_version=schema, action=action, exi_request="AAAA"
    )
    async with station(world, tmp_path, 1).running() as it:
        it.script["Get15118EVCertificate"] = lambda _: {**ACCEPTED, "exiResponse": "BBBB"}
        await it.set_variable("ISO15118Ctrlr", "PnCEnabled", "true")
        answer = await it.station.ev_certificate(wish)

    assert it.sent("Get15118EVCertificate") == [
        {"iso15118SchemaVersion": schema, "action": action.value, "exiRequest": "AAAA"}
    ]
    assert answer.exi_response == "BBBB"


@pytest.mark.requirement("A04.FR.04")
async def test_m_what_is_trusted_and_what_not_any_more_is_in_the_security_log(
    world: World, tmp_path: Path
) -> None:
    made = root()
    async with station(world, tmp_path, 1).running() as it:
        await install(it, made.pem, KINDS[1])
        await install(it, "no PEM", KINDS[1])
        await delete(it, named(made))
        await delete(it, named(made))
        changes = [
            each.tech_info
            for each in it.station.core.security.log.entries()
            if each.type == "ReconfigurationOfSecurityParameters"
        ]

    serial = named(made)["serialNumber"]
    assert changes == [
        "another V2GRootCertificate",
        f"the certificate with the serial number {serial} is deleted",
    ]
