"""The station's certificate is renewed, asked for or by itself (whitepaper A02, A03)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from ocppkit.message import Version
from ocppkit.security import CertificateStore, OwnUse
from ocppkit.station.settings.network import Certificates
from ocppkit.testing import START

from .security_pki import (
    ACCEPTED,
    CSO,
    DAY,
    REJECTED,
    SERIAL,
    answer_to,
    prepare,
    root,
    secured,
)

INVALID = "InvalidChargePointCertificate"


async def trigger(it: Any, message: str = "SignChargePointCertificate") -> Any:
    return await it.call("ExtendedTriggerMessage", requestedMessage=message)


async def signed(it: Any, pem: str) -> Any:
    return await it.call("CertificateSigned", certificateChain=pem)


def requests(it: Any) -> list[str]:
    return [payload["csr"] for payload in it.sent("SignCertificate")]


def logged(it: Any) -> list[str]:
    """The security log, without times and details."""
    lines = it.station.core.security.log.text(Version.V16).splitlines()
    return [line.split()[1] for line in lines]


def installed(folder: Path) -> list[x509.Certificate]:
    """The certificates of the station, newest first."""
    contents = CertificateStore(folder / "certificates").read()
    return [entry.certificate for entry in contents.own_for(OwnUse.CHARGING_STATION)]


async def set_key(it: Any, name: str, value: str) -> None:
    assert await it.call("ChangeConfiguration", key=name, value=value) == ACCEPTED


@pytest.mark.requirement("1.6-SEC A02.FR.02")
@pytest.mark.requirement("1.6-SEC A02.FR.03")
@pytest.mark.requirement("1.6-SEC A02.FR.08")
@pytest.mark.requirement("1.6-SEC A02.FR.13")
@pytest.mark.requirement(
    "1.6 SignCertificate", "1.6 CertificateSigned", "1.6 ExtendedTriggerMessage"
)
async def test_a02_on_request_a_new_key_is_signed_and_used_at_the_next_connection(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    cso = root()
    before = prepare(tmp_path, cso)
    async with secured(world, tmp_path).running() as it:
        dials = it.dials
        triggered = await trigger(it)
        [csr] = requests(it)
        answer = await signed(it, answer_to(csr, cso))
        await it.settle()
        dialled = it.dials

    asked = x509.load_pem_x509_csr(csr.encode())
    assert (triggered, answer) == (ACCEPTED, ACCEPTED)
    assert asked.is_signature_valid
    assert asked.subject.rfc4514_string() == f"O={CSO},CN={SERIAL}"
    assert asked.public_key() != before.certificate.public_key()
    assert dialled == dials + 1
    newest = installed(tmp_path)[0]
    assert newest.public_key() == asked.public_key()
    assert len(installed(tmp_path)) == 2  # the old one is the fallback


@pytest.mark.requirement("1.6-SEC A02.FR.13")
@pytest.mark.requirement("1.6 key CpoName")
async def test_a02_without_a_cpo_name_nothing_can_be_signed(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    prepare(tmp_path, root())
    made = secured(world, tmp_path)
    made.config = type(made.config)(
        identity="CS001",
        profiles=made.config.profiles,
        versions=made.config.versions,
        storage=made.config.storage,
    )
    async with made.running() as it:
        assert await trigger(it) == REJECTED
        await set_key(it, "cponame", "Other CPO")
        assert await trigger(it) == ACCEPTED
        [csr] = requests(it)

    subject = x509.load_pem_x509_csr(csr.encode()).subject
    assert subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "Other CPO"


async def test_a02_the_name_of_the_present_certificate_is_asked_for_again(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    prepare(tmp_path, root(), name="CS001")
    async with secured(world, tmp_path).running() as it:
        await trigger(it)
        [csr] = requests(it)

    assert "CN=CS001" in x509.load_pem_x509_csr(csr.encode()).subject.rfc4514_string()


@pytest.mark.requirement("1.6-SEC A02.FR.07")
@pytest.mark.parametrize(
    "wrong",
    ["no PEM", "stranger", "name", "organization", "expired", "key"],
)
async def test_a02_a_certificate_that_is_not_valid_is_discarded_and_logged(
    world: Callable[..., Any], tmp_path: Path, wrong: str
) -> None:
    cso = root()
    before = prepare(tmp_path, cso)
    async with secured(world, tmp_path, CertSigningWaitMinimum="10").running() as it:
        await trigger(it)
        [csr] = requests(it)
        changes: dict[str, Any] = {
            "name": {"name": "OTHER"},
            "organization": {"organization": "Other"},
            "expired": {"start": START - 9 * DAY, "end": START - DAY},
            "key": {"public_key": before.certificate.public_key()},
        }
        signer = root("Stranger") if wrong == "stranger" else cso
        pem = wrong if wrong == "no PEM" else answer_to(csr, signer, **changes.get(wrong, {}))
        dials = it.dials

        assert await signed(it, pem) == REJECTED
        assert logged(it)[-1] == INVALID
        await it.advance(100)
        assert len(requests(it)) == 1  # nothing goes again (A02.FR.20)
        assert installed(tmp_path) == [before.certificate]
        assert it.dials == dials
        assert it.sent("SecurityEventNotification")[-1]["type"] != INVALID  # it is not critical

        assert await signed(it, answer_to(csr, cso)) == ACCEPTED  # it blocks nothing


async def test_a02_what_nobody_asked_for_is_rejected(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    cso = root()
    prepare(tmp_path, cso)
    stray = cso.issue(SERIAL, not_before=START - DAY, not_after=START + DAY)
    async with secured(world, tmp_path).running() as it:
        assert await signed(it, stray.chain_pem) == REJECTED
        assert INVALID not in logged(it)


@pytest.mark.requirement("1.6 key CertificateSignedMaxChainSize")
async def test_a02_a_chain_larger_than_certificate_signed_max_chain_size_is_rejected(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    cso = root()
    prepare(tmp_path, cso)
    async with secured(world, tmp_path, CertificateSignedMaxChainSize="300").running() as it:
        await trigger(it)
        assert await signed(it, answer_to(requests(it)[0], cso)) == REJECTED
        key = await it.call("GetConfiguration", key=["CertificateSignedMaxChainSize"])

    assert key["configurationKey"][0]["value"] == "300"


async def test_a02_an_answer_that_was_lost_may_come_again(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    cso = root()
    prepare(tmp_path, cso)
    async with secured(world, tmp_path, 1).running() as it:
        await trigger(it)
        chain = answer_to(requests(it)[0], cso)

        assert await signed(it, chain) == ACCEPTED
        assert await signed(it, chain) == ACCEPTED
        assert it.dials == 1  # no certificate is shown under profile 1


async def test_a02_a_chain_with_a_sub_ca_is_taken(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    cso = root()
    sub = cso.issue("Sub", ca=True, not_before=START - DAY, not_after=START + 999 * DAY)
    prepare(tmp_path, cso)
    async with secured(world, tmp_path).running() as it:
        await trigger(it)
        assert await signed(it, answer_to(requests(it)[0], sub)) == ACCEPTED


async def test_a02_a_newer_request_takes_the_place_of_an_open_one(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    cso = root()
    prepare(tmp_path, cso)
    async with secured(world, tmp_path).running() as it:
        await trigger(it)
        await trigger(it)
        first, second = requests(it)

        assert await signed(it, answer_to(first, cso)) == REJECTED
        assert await signed(it, answer_to(second, cso)) == ACCEPTED


async def test_a02_an_open_request_outlasts_a_restart(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    cso = root()
    prepare(tmp_path, cso)
    async with secured(world, tmp_path).running() as it:
        await trigger(it)
        [csr] = requests(it)
    async with secured(world, tmp_path).running() as it:
        assert requests(it) == []
        assert await signed(it, answer_to(csr, cso)) == ACCEPTED


async def test_a02_a_request_whose_key_is_gone_is_forgotten(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    prepare(tmp_path, root())
    async with secured(world, tmp_path, CertSigningWaitMinimum="60").running() as it:
        await trigger(it)
    (tmp_path / "certificates" / "own" / OwnUse.CHARGING_STATION / "pending.pem").unlink()
    async with secured(world, tmp_path, CertSigningWaitMinimum="60").running() as it:
        await it.advance(3600)

        assert requests(it) == []


async def test_a02_a_state_that_cannot_be_read_is_no_state(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    prepare(tmp_path, root())
    async with secured(world, tmp_path).running() as it:
        await it.station.core.store.key_values.put("certificate_signing", {"state": "{}"})
    async with secured(world, tmp_path).running() as it:
        assert await trigger(it) == ACCEPTED
        assert len(requests(it)) == 1


@pytest.mark.requirement("A02.FR.17")
@pytest.mark.requirement("A02.FR.18")
@pytest.mark.requirement("A02.FR.19")
@pytest.mark.requirement("1.6 key CertSigningWaitMinimum", "1.6 key CertSigningRepeatTimes")
async def test_a02_without_a_certificate_the_request_goes_again_after_waits_that_double(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    prepare(tmp_path, root())
    async with secured(world, tmp_path).running() as it:
        await set_key(it, "CertSigningWaitMinimum", "10")
        await set_key(it, "CertSigningRepeatTimes", "2")
        await trigger(it)
        sent = []
        for wait in (9, 1, 19, 1, 39, 1, 10_000):
            await it.advance(wait)
            sent.append(len(requests(it)))

        assert sent == [1, 2, 2, 3, 3, 4, 4]
        assert len(set(requests(it))) == 1  # a late answer to the first still fits
        await trigger(it)
        assert len(requests(it)) == 5


async def test_a02_unless_it_is_told_to_the_station_does_not_ask_again(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    prepare(tmp_path, root())
    async with secured(world, tmp_path).running() as it:
        await trigger(it)
        await it.advance(7 * 86_400)

        assert len(requests(it)) == 1


@pytest.mark.parametrize("answer", [REJECTED, "NotImplemented"])
async def test_a02_a_request_that_the_central_system_refuses_does_not_go_again(
    world: Callable[..., Any], tmp_path: Path, answer: Any
) -> None:
    prepare(tmp_path, root())
    async with secured(world, tmp_path, CertSigningWaitMinimum="10").running() as it:
        it.script["SignCertificate"] = lambda _: answer
        await trigger(it)
        await it.advance(1000)

        assert len(requests(it)) == 1


async def test_a02_a_request_waits_for_the_central_system_also_over_a_restart(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    prepare(tmp_path, root())
    async with secured(world, tmp_path, CertSigningWaitMinimum="60").running() as it:
        await trigger(it)
        it.down = True
        await it.drop()
        await it.advance(120)
        assert len(requests(it)) == 1
    async with secured(world, tmp_path, CertSigningWaitMinimum="60").running() as it:
        await it.advance(61)
        assert len(requests(it)) == 1


async def test_a02_while_the_boot_is_pending_a_request_goes_that_was_asked_for(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    prepare(tmp_path, root())
    made = secured(world, tmp_path)
    made.boot = {"status": "Pending", "interval": 1000}
    async with made.running() as it:
        assert await trigger(it) == ACCEPTED
        assert len(requests(it)) == 1


@pytest.mark.requirement("1.6-SEC A02.FR.08")
async def test_a02_a_certificate_that_is_not_valid_yet_is_used_once_it_is(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    cso = root()
    before = prepare(tmp_path, cso)
    async with secured(world, tmp_path).running() as it:
        await trigger(it)
        chain = answer_to(requests(it)[0], cso, start=START + DAY / 24)
        assert await signed(it, chain) == ACCEPTED
        await it.advance(3590)
        assert (installed(tmp_path), it.dials) == ([before.certificate], 1)
        await it.advance(10)
        assert len(installed(tmp_path)) == 2
        assert it.dials == 2


@pytest.mark.requirement("1.6-SEC A03.FR.02")
@pytest.mark.requirement("1.6-SEC A03.FR.08")
@pytest.mark.requirement("1.6-SEC A03")
async def test_a03_a_month_before_its_end_the_station_renews_its_certificate_by_itself(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    cso = root()
    prepare(tmp_path, cso, until=START + 40 * DAY)
    async with secured(world, tmp_path).running() as it:
        await it.advance(10 * 86_400 - 60)
        early = len(requests(it))
        await it.advance(120)
        [csr] = requests(it)
        answer = await signed(it, answer_to(csr, cso, start=START))
        await it.advance(5 * 86_400)

        assert early == 0
        assert answer == ACCEPTED
        assert len(requests(it)) == 1
        assert it.dials == 2


async def test_a03_how_long_before_can_be_configured_and_it_is_tried_daily(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    prepare(tmp_path, root(), until=START + 40 * DAY)
    told = Certificates(organization=CSO, renew_before=3)
    async with secured(world, tmp_path, certificates=told).running() as it:
        it.script["SignCertificate"] = lambda _: REJECTED
        await it.advance(37 * 86_400 - 60)
        early = len(requests(it))
        await it.advance(120)
        assert (early, len(requests(it))) == (0, 1)
        await it.advance(86_400)
        assert len(requests(it)) == 2


async def test_a03_a_certificate_that_is_not_shown_is_not_renewed(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    prepare(tmp_path, root(), until=START + DAY)
    async with secured(world, tmp_path, 2).running() as it:
        await it.advance(3600)

        assert requests(it) == []


@pytest.mark.parametrize(
    ("message", "sent"),
    [
        ("Heartbeat", "Heartbeat"),
        ("StatusNotification", "StatusNotification"),
        ("MeterValues", "MeterValues"),
        ("LogStatusNotification", "LogStatusNotification"),
        ("FirmwareStatusNotification", "SignedFirmwareStatusNotification"),
    ],
)
async def test_each_message_can_be_triggered(
    world: Callable[..., Any], tmp_path: Path, message: str, sent: str
) -> None:
    async with secured(world, tmp_path, 1).running() as it:
        before = len(it.sent(sent))
        assert await trigger(it, message) == ACCEPTED
        assert len(it.sent(sent)) > before


async def test_what_cannot_be_sent_is_rejected(world: Callable[..., Any], tmp_path: Path) -> None:
    async with secured(world, tmp_path, 1).running() as it:
        assert await trigger(it, "BootNotification") == REJECTED  # it is settled already
        for connector in (0, 7, -1):
            answer = await it.call(
                "ExtendedTriggerMessage", requestedMessage="MeterValues", connectorId=connector
            )
            assert answer == REJECTED
        answer = await it.call(
            "ExtendedTriggerMessage", requestedMessage="StatusNotification", connectorId=1
        )
        assert answer == ACCEPTED
        assert it.sent("StatusNotification")[-1]["connectorId"] == 1
        assert it.sent("BootNotification")[1:] == []


def full_disk(monkeypatch: pytest.MonkeyPatch, method: str) -> Callable[[], None]:
    """Have a method of the certificate store fail; what ends that."""
    real = getattr(CertificateStore, method)
    full = True

    def failing(store: CertificateStore, *given: Any) -> Any:
        if full:
            raise OSError("no space left on device")
        return real(store, *given)

    def recover() -> None:
        nonlocal full
        full = False

    monkeypatch.setattr(CertificateStore, method, failing)
    return recover


@pytest.mark.requirement("1.6-SEC A02.FR.02")
async def test_a02_a_request_for_which_there_is_no_room_is_made_once_there_is(
    world: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(tmp_path, root())
    async with secured(world, tmp_path).running() as it:
        recover = full_disk(monkeypatch, "put_pending_key")
        assert await trigger(it) == ACCEPTED
        await it.advance(200)
        before = len(requests(it))
        recover()
        await it.advance(61)

        assert (before, len(requests(it))) == (0, 1)


@pytest.mark.requirement("1.6-SEC A03.FR.02")
async def test_a03_a_renewal_for_which_there_is_no_room_ends_nothing_else(
    world: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    prepare(tmp_path, root(), until=START + 20 * DAY)
    recover = full_disk(monkeypatch, "put_pending_key")
    async with secured(world, tmp_path).running() as it:
        await it.advance(300)
        before = len(requests(it))
        recover()
        await it.advance(61)

        assert (before, len(requests(it))) == (0, 1)
        assert "begins again" not in caplog.text  # its neighbours go on


@pytest.mark.requirement("1.6-SEC A02.FR.08")
async def test_a02_a_certificate_that_becomes_valid_on_a_full_disk_is_used_later(
    world: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cso = root()
    before = prepare(tmp_path, cso)
    async with secured(world, tmp_path).running() as it:
        await trigger(it)
        chain = answer_to(requests(it)[0], cso, start=START + DAY / 24)
        assert await signed(it, chain) == ACCEPTED
        recover = full_disk(monkeypatch, "install_own")
        await it.advance(3700)
        still = installed(tmp_path)
        recover()
        await it.advance(61)

        assert still == [before.certificate]
        assert len(installed(tmp_path)) == 2
        assert it.dials == 2
