"""Plug & Charge over DataTransfer: OCSP of the V2G certificates (Plug & Charge note; M06)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from cryptography.x509.ocsp import OCSPCertStatus

from ocppkit.security import HashData, RootUse
from ocppkit.station.ocsp_cache import OcspCache
from ocppkit.station.settings.plug_and_charge import PlugAndChargeSettings
from ocppkit.testing import START

from .plug_and_charge import (
    RESPONDER,
    Pnc,
    ocsp_answer,
    pnc,
    responder,
    show,
    sub_ca,
    trust,
    v2g_root,
)
from .security_pki import ACCEPTED, DAY, answer_to

World = Callable[..., Any]
SECC = PlugAndChargeSettings(secc_organization="Example Charging")


class Shown:
    """A station that shows a certificate below one sub-CA; the CSMS knows what OCSP says.

    Attributes:
        times: when the station asked, in seconds, and about which certificate.
    """

    def __init__(self, world: World, folder: Path, **more: Any) -> None:
        self.top = v2g_root()
        self.cpo = sub_ca(self.top, "CPO")
        self.leaf = self.cpo.issue(
            "SIM-0001",
            not_before=START - DAY,
            not_after=START + 365 * DAY,
            extensions=(responder(),),
        )
        self.good_for = 30 * DAY
        self.times: list[tuple[float, str]] = []
        if not (folder / "certificates").exists():
            trust(folder, self.top)
            show(folder, self.leaf, self.top)
        self.it = pnc(world, folder, **more)
        self.it.answers["GetCertificateStatus"] = self.answer

    def answer(self, inner: dict[str, Any]) -> dict[str, Any]:
        data = inner["ocspRequestData"]
        made = ((self.leaf, self.cpo), (self.cpo, self.top))
        for name, (holder, by) in zip(("leaf", "cpo"), made, strict=True):
            known = HashData.of(holder.certificate, by.certificate)
            if known.serial_number == data["serialNumber"]:
                self.note(name)
                now = self.it.world.clock.utc_now()
                result = ocsp_answer(holder.certificate, by, at=now, good_for=self.good_for)
                return {"status": "Accepted", "ocspResult": result}
        self.note("other")
        return {"status": "Failed"}

    def note(self, name: str) -> None:
        self.times.append(((self.it.world.clock.utc_now() - START).total_seconds(), name))

    def days(self, name: str) -> list[int]:
        return [round(at / 86_400) for at, told in self.times if told == name]


async def pass_days(it: Pnc, days: int) -> None:
    for _ in range(days):
        await it.world.advance(86_400)


@pytest.mark.requirement("1.6-PNC GetCertificateStatus")
async def test_the_status_of_each_certificate_of_the_chain_is_asked_for_and_kept(
    world: World, tmp_path: Path
) -> None:
    shown = Shown(world, tmp_path)
    async with shown.it.world.running() as around:
        [credentials] = await around.station.v2g_credentials()

    data = HashData.of(shown.leaf.certificate, shown.cpo.certificate)
    assert shown.it.sent("GetCertificateStatus")[0] == {
        "ocspRequestData": {
            "hashAlgorithm": "SHA256",
            "issuerNameHash": data.issuer_name_hash,
            "issuerKeyHash": data.issuer_key_hash,
            "serialNumber": data.serial_number,
            "responderURL": RESPONDER,
        }
    }
    assert [name for _, name in shown.times] == ["leaf", "cpo"]
    assert len(credentials.ocsp) == 2
    assert all(credentials.ocsp)


@pytest.mark.requirement("1.6-PNC GetCertificateStatus")
async def test_what_is_known_outlasts_a_restart(world: World, tmp_path: Path) -> None:
    first = Shown(world, tmp_path)
    async with first.it.world.running():
        pass
    again = Shown(world, tmp_path)
    async with again.it.world.running() as around:
        await around.advance(3600)
        [credentials] = await around.station.v2g_credentials()

    assert again.times == []
    assert all(credentials.ocsp)


@pytest.mark.requirement("1.6-PNC GetCertificateStatus", "1.6-PNC OcspRefresh")
@pytest.mark.parametrize(
    ("refresh", "good_for", "expected"),
    [
        (None, 30 * DAY, [0, 7, 14]),
        (2 * 86_400, 30 * DAY, [0, 2, 4, 6, 8, 10, 12, 14]),
        (None, 4 * DAY, [0, 4, 8, 12]),
        (None, timedelta(hours=1), list(range(15))),
    ],
)
async def test_it_is_refreshed_each_week_or_as_configured_but_not_more_often_than_each_day(
    world: World, tmp_path: Path, refresh: int | None, good_for: timedelta, expected: list[int]
) -> None:
    settings = PlugAndChargeSettings()
    if refresh is not None:
        settings = evolve(settings, ocsp_refresh=refresh)
    shown = Shown(world, tmp_path, settings=settings)
    shown.good_for = good_for
    async with shown.it.world.running():
        await pass_days(shown.it, 15)

    assert shown.days("leaf")[: len(expected)] == expected
    assert len(shown.days("leaf")) in {len(expected), len(expected) + 1}


@pytest.mark.requirement("1.6-PNC GetCertificateStatus")
@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "Failed"},
        {"status": "Accepted"},
        {"status": "Accepted", "ocspResult": "?"},
        {"status": "Accepted", "ocspResult": base64.b64encode(b"no OCSP").decode()},
        ("Accepted", "no JSON"),
        ("Rejected", None),
        "InternalError",
        "stranger",
    ],
)
async def test_an_answer_that_is_worth_nothing_is_asked_for_again_the_next_day(
    world: World, tmp_path: Path, wrong: Any
) -> None:
    shown = Shown(world, tmp_path)
    good = shown.it.answers["GetCertificateStatus"]
    if wrong == "stranger":
        stranger = v2g_root()
        result = ocsp_answer(shown.leaf.certificate, stranger, at=START)
        wrong = {"status": "Accepted", "ocspResult": result}
    shown.it.answers["GetCertificateStatus"] = wrong
    async with shown.it.world.running() as around:
        await around.advance(3600)
        early = len(shown.it.sent("GetCertificateStatus"))
        [without] = await around.station.v2g_credentials()
        shown.it.answers["GetCertificateStatus"] = good
        await pass_days(shown.it, 1)
        [credentials] = await around.station.v2g_credentials()

    assert early == 2
    assert without.ocsp == (None, None)
    assert all(credentials.ocsp)


@pytest.mark.requirement("1.6-PNC GetCertificateStatus")
async def test_while_the_csms_is_away_nobody_is_asked_and_as_soon_as_it_is_back_it_is(
    world: World, tmp_path: Path
) -> None:
    shown = Shown(world, tmp_path)
    shown.it.world.down = True
    async with shown.it.world.running() as around:
        await around.advance(600)
        early = list(shown.times)
        around.down = False
        await around.advance(120)

    assert early == []
    assert [name for _, name in shown.times] == ["leaf", "cpo"]


@pytest.mark.requirement("1.6-PNC GetCertificateStatus")
async def test_after_a_renewal_the_new_certificate_and_those_above_it_are_asked_about(
    world: World, tmp_path: Path
) -> None:
    shown = Shown(world, tmp_path, settings=SECC)
    trust(tmp_path, shown.top, RootUse.V2G)
    async with shown.it.world.running() as around:
        await around.advance(60)
        await shown.it.call("TriggerMessage", requestedMessage="SignV2GCertificate")
        [request] = shown.it.sent("SignCertificate")
        chain = answer_to(request["csr"], shown.cpo, extensions=(responder(),))
        answer = await shown.it.call("CertificateSigned", certificateChain=chain)
        await around.advance(60)

    assert answer == ACCEPTED
    assert [name for _, name in shown.times] == ["leaf", "cpo", "other", "cpo"]


@pytest.mark.requirement("1.6-PNC GetCertificateStatus")
async def test_a_clock_that_is_set_back_after_a_renewal_has_nobody_asked_again_and_again(
    world: World, tmp_path: Path
) -> None:
    shown = Shown(world, tmp_path, settings=SECC)
    trust(tmp_path, shown.top, RootUse.V2G)
    result = ocsp_answer(shown.cpo.certificate, shown.top, at=START - DAY, good_for=30 * DAY)
    shown.it.answers["GetCertificateStatus"] = {"status": "Accepted", "ocspResult": result}
    async with shown.it.world.running() as around:
        await around.advance(60)
        await shown.it.call("TriggerMessage", requestedMessage="SignV2GCertificate")
        [request] = shown.it.sent("SignCertificate")
        chain = answer_to(request["csr"], shown.cpo)
        await shown.it.call("CertificateSigned", certificateChain=chain)
        await around.advance(60)
        before = len(shown.it.sent("GetCertificateStatus"))
        back = around.clock.utc_now() - timedelta(hours=2)
        around.script["Heartbeat"] = lambda _: {"currentTime": back.isoformat()}
        await around.call("TriggerMessage", requestedMessage="Heartbeat")
        await around.advance(300)
        after = len(shown.it.sent("GetCertificateStatus"))

    assert before == 3  # of the leaf, whose answer is another's, of the CPO, and of that anew
    assert after - before <= 1


@pytest.mark.requirement("1.6-PNC GetCertificateStatus")
async def test_a_responder_that_does_not_know_the_certificate_is_asked_again_the_next_day(
    world: World, tmp_path: Path
) -> None:
    shown = Shown(world, tmp_path)
    good = shown.it.answers["GetCertificateStatus"]

    def unknown(inner: dict[str, Any]) -> dict[str, Any]:
        shown.note("asked")
        leaf, cpo, top = shown.leaf, shown.cpo, shown.top
        mine = HashData.of(leaf.certificate, cpo.certificate).serial_number
        of, by = (leaf, cpo) if inner["ocspRequestData"]["serialNumber"] == mine else (cpo, top)
        result = ocsp_answer(of.certificate, by, at=START, status=OCSPCertStatus.UNKNOWN)
        return {"status": "Accepted", "ocspResult": result}

    shown.it.answers["GetCertificateStatus"] = unknown
    async with shown.it.world.running() as around:
        [without] = await around.station.v2g_credentials()
        shown.it.answers["GetCertificateStatus"] = good
        await pass_days(shown.it, 1)
        [credentials] = await around.station.v2g_credentials()

    assert shown.days("asked") == [0, 0]
    assert without.ocsp == (None, None)
    assert all(credentials.ocsp)


@pytest.mark.requirement("1.6 key ISO15118PnCEnabled")
async def test_switched_off_nobody_is_asked(world: World, tmp_path: Path) -> None:
    shown = Shown(world, tmp_path, ISO15118PnCEnabled="false")
    async with shown.it.world.running() as around:
        await pass_days(shown.it, 8)
        credentials = await around.station.v2g_credentials()

    assert (shown.times, credentials) == ([], ())


@pytest.mark.requirement("1.6-PNC Authorize.2")
async def test_a_contract_below_a_ca_that_a_responder_called_revoked_is_refused(
    world: World, tmp_path: Path
) -> None:
    shown = Shown(world, tmp_path)
    result = ocsp_answer(shown.cpo.certificate, shown.top, at=START, revoked=True)

    def answer(inner: dict[str, Any]) -> dict[str, Any]:
        mine = HashData.of(shown.cpo.certificate, shown.top.certificate).serial_number
        if inner["ocspRequestData"]["serialNumber"] == mine:
            return {"status": "Accepted", "ocspResult": result}
        return shown.answer(inner)

    shown.it.answers["GetCertificateStatus"] = answer
    contract = shown.cpo.issue("DE8AAC12345678", not_before=START - DAY, not_after=START + 99 * DAY)
    async with shown.it.world.running() as around:
        await around.station.evse(1).plugged_in()
        outcome = await shown.it.present(contract)

    assert "revoked" in outcome.reason
    assert shown.it.sent("Authorize") == []


@pytest.mark.requirement("1.6-PNC GetCertificateStatus")
async def test_what_was_kept_and_cannot_be_read_is_asked_for_again(
    world: World, tmp_path: Path
) -> None:
    first = Shown(world, tmp_path)
    async with first.it.world.running() as around:
        values = around.station.core.store.key_values
        kept = await values.all("ocsp")
        await values.put("ocsp", dict.fromkeys(kept, "{}"))
    again = Shown(world, tmp_path)
    again.leaf, again.cpo, again.top = first.leaf, first.cpo, first.top
    async with again.it.world.running() as around:
        [credentials] = await around.station.v2g_credentials()

    assert len(kept) == 2
    assert [name for _, name in again.times] == ["leaf", "cpo"]
    assert all(credentials.ocsp)


async def test_of_what_the_csms_called_revoked_a_thousand_are_kept(
    world: World, tmp_path: Path
) -> None:
    async with pnc(world, tmp_path).world.running() as around:
        values = around.station.core.store.key_values
        cache = OcspCache(key_values=values, now=around.clock.utc_now)
        await values.put("ocsp.revoked", {f"{number:04}": "" for number in range(1_000)})
        await cache.load()
        top = v2g_root()
        await cache.note(top.certificate, top.certificate, revoked=True)
        kept = await values.all("ocsp.revoked")
        told = cache.may_be_revoked(top.certificate, top.certificate)
        await cache.note(top.certificate, top.certificate, revoked=False)

    assert (len(kept), "0000" in kept, told) == (1_000, False, True)
    assert not cache.may_be_revoked(top.certificate, top.certificate)
