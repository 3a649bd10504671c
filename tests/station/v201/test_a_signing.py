"""A02, A03: the station's certificates are renewed, asked for or by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from ocppkit.message import Version
from ocppkit.security import OwnUse, RootUse
from ocppkit.station.settings.network import Certificates
from ocppkit.testing import START

from ..v16.plug_and_charge import trust
from ..v16.security_pki import CSO, DAY, SERIAL, answer_to, named, prepare, root
from .security import (
    ACCEPTED,
    REJECTED,
    installed,
    logged,
    requests,
    signed,
    station,
    told,
    told_events,
    trigger,
)

World = Callable[..., Any]
INVALID = "InvalidChargingStationCertificate"
V2G, COMBINED = "SignV2GCertificate", "SignCombinedCertificate"
NOT_IMPLEMENTED = {"status": "NotImplemented"}


async def setting(it: Any, name: str, value: str, component: str = "SecurityCtrlr") -> None:
    assert await it.set_variable(component, name, value) == "Accepted"


async def waits(it: Any, minimum: int, repeats: int) -> None:
    await setting(it, "CertSigningWaitMinimum", str(minimum))
    await setting(it, "CertSigningRepeatTimes", str(repeats))


@pytest.mark.requirement("A02.FR.02", "A02.FR.03", "A02.FR.08", "A02.FR.13", "A00.FR.511")
async def test_a02_on_request_a_new_key_is_signed_and_used_at_once(
    world: World, tmp_path: Path
) -> None:
    cso = root()
    before = prepare(tmp_path, cso)
    async with station(world, tmp_path).running() as it:
        dials = it.dials
        triggered = await trigger(it)
        [request] = it.sent("SignCertificate")
        answer = await signed(it, answer_to(request["csr"], cso))
        dialled = it.dials

    asked = x509.load_pem_x509_csr(request["csr"].encode())
    assert (triggered, answer) == (ACCEPTED, ACCEPTED)
    assert request["certificateType"] == "ChargingStationCertificate"
    assert asked.is_signature_valid
    assert asked.subject.rfc4514_string() == f"O={CSO},CN={SERIAL}"
    assert asked.public_key() != before.certificate.public_key()
    assert dialled == dials + 1
    assert installed(tmp_path)[0].public_key() == asked.public_key()
    assert len(installed(tmp_path)) == 2  # the old one is the fallback until a connection is made


@pytest.mark.requirement("A00.FR.501", "A00.FR.503", "A00.FR.506", "A00.FR.507")
async def test_a00_the_key_is_of_256_bits_on_a_curve_and_the_request_is_pem(
    world: World, tmp_path: Path
) -> None:
    prepare(tmp_path, root())
    async with station(world, tmp_path).running() as it:
        await trigger(it)
        [csr] = requests(it)

    asked = x509.load_pem_x509_csr(csr.encode())
    key = asked.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.key_size == 256
    assert isinstance(asked.signature_hash_algorithm, SHA256)


@pytest.mark.requirement("A02.FR.05", "A03.FR.05")
async def test_a02_no_private_key_leaves_the_station(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    cso = root()
    prepare(tmp_path, cso)
    async with station(world, tmp_path).running() as it:
        await trigger(it)
        await signed(it, answer_to(requests(it)[0], cso))
        await it.call("GetBaseReport", requestId=1, reportBase="FullInventory")
        await it.settle()

        assert "PRIVATE KEY" not in str(it.calls)
        assert "PRIVATE KEY" not in caplog.text


@pytest.mark.requirement("A00.FR.509", "A02.FR.06")
async def test_a02_without_an_organization_name_nothing_can_be_signed(
    world: World, tmp_path: Path
) -> None:
    prepare(tmp_path, root())
    made = station(world, tmp_path, certificates=Certificates())
    async with made.running() as it:
        assert await trigger(it) == REJECTED
        await setting(it, "OrganizationName", "Other CSO")
        assert await trigger(it) == ACCEPTED
        [csr] = requests(it)

    subject = x509.load_pem_x509_csr(csr.encode()).subject
    assert subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value == "Other CSO"


@pytest.mark.requirement("A02.FR.06", "A02.FR.07", "A02.FR.20", "A03.FR.06", "A03.FR.07")
@pytest.mark.parametrize(
    "wrong", ["no PEM", "stranger", "name", "organization", "expired", "early", "key"]
)
async def test_a02_a_certificate_that_is_not_valid_is_discarded_and_told_of(
    world: World, tmp_path: Path, wrong: str
) -> None:
    cso = root()
    before = prepare(tmp_path, cso)
    async with station(world, tmp_path).running() as it:
        await waits(it, 10, 3)
        await trigger(it)
        [csr] = requests(it)
        changes: dict[str, Any] = {
            "name": {"name": "OTHER"},
            "organization": {"organization": "Other"},
            "expired": {"start": START - 9 * DAY, "end": START - DAY},
            "early": {"start": START + DAY},  # (errata 2025-09 §2.9)
            "key": {"public_key": before.certificate.public_key()},
        }
        signer = root("Stranger") if wrong == "stranger" else cso
        pem = wrong if wrong == "no PEM" else answer_to(csr, signer, **changes.get(wrong, {}))
        dials = it.dials

        assert await signed(it, pem) == REJECTED
        await it.advance(100)
        assert told_events(it)[-1] == INVALID
        assert len(requests(it)) == 1  # nothing goes again (A02.FR.20)
        assert installed(tmp_path) == [before.certificate]
        assert it.dials == dials

        assert await signed(it, answer_to(csr, cso)) == ACCEPTED  # it blocks nothing


@pytest.mark.requirement("A02.FR.16", "A03.FR.16")
async def test_a02_a_chain_larger_than_max_certificate_chain_size_is_rejected(
    world: World, tmp_path: Path
) -> None:
    cso = root()
    prepare(tmp_path, cso)
    small = (told("MaxCertificateChainSize", "300"),)
    async with station(world, tmp_path, variables=small).running() as it:
        await trigger(it)
        assert await signed(it, answer_to(requests(it)[0], cso)) == REJECTED
        assert INVALID not in logged(it)


async def test_a02_a_chain_from_another_station_or_nobody_is_rejected_without_an_event(
    world: World, tmp_path: Path
) -> None:
    cso = root()
    prepare(tmp_path, cso)
    stray = cso.issue(SERIAL, not_before=START - DAY, not_after=START + DAY)
    async with station(world, tmp_path).running() as it:
        assert await signed(it, stray.chain_pem) == REJECTED
        assert INVALID not in logged(it)


async def test_a02_the_csms_need_not_repeat_the_type(world: World, tmp_path: Path) -> None:
    cso = root()
    prepare(tmp_path, cso)
    async with station(world, tmp_path).running() as it:
        await trigger(it)
        assert await signed(it, answer_to(requests(it)[0], cso), kind=None) == ACCEPTED


async def test_a02_an_answer_that_was_lost_may_come_again(world: World, tmp_path: Path) -> None:
    cso = root()
    prepare(tmp_path, cso)
    async with station(world, tmp_path, 1).running() as it:
        await trigger(it)
        chain = answer_to(requests(it)[0], cso)

        assert [await signed(it, chain), await signed(it, chain)] == [ACCEPTED, ACCEPTED]
        assert it.dials == 1  # no certificate is shown under profile 1


@pytest.mark.requirement("A02.FR.17", "A02.FR.18", "A02.FR.19")
@pytest.mark.requirement("A03.FR.17", "A03.FR.18", "A03.FR.19")
async def test_a02_without_a_certificate_the_request_goes_again_after_waits_that_double(
    world: World, tmp_path: Path
) -> None:
    prepare(tmp_path, root())
    async with station(world, tmp_path).running() as it:
        await waits(it, 10, 2)
        await trigger(it)
        sent = []
        for wait in (9, 1, 19, 1, 39, 1, 10_000):
            await it.advance(wait)
            sent.append(len(requests(it)))

        assert sent == [1, 2, 2, 3, 3, 4, 4]
        assert len(set(requests(it))) == 1  # a late answer to the first still fits
        await trigger(it)
        assert len(requests(it)) == 5


@pytest.mark.requirement("A02.FR.17")
async def test_a02_one_certificate_for_each_request_is_no_trouble(
    world: World, tmp_path: Path
) -> None:
    """The CSMS may answer each of the requests that went again (errata 2025-09 §6.2.5)."""
    cso = root()
    prepare(tmp_path, cso)
    async with station(world, tmp_path, 1).running() as it:
        await waits(it, 10, 2)
        await trigger(it)
        await it.advance(100)
        answers = [await signed(it, answer_to(csr, cso)) for csr in requests(it)]
        await it.advance(1000)

        assert len(requests(it)) == 4
        assert answers[0] == ACCEPTED
        assert INVALID not in logged(it)


@pytest.mark.parametrize("answer", [REJECTED, "NotSupported", "InternalError", None, {"x": 1}])
async def test_a02_no_request_blocks_the_next_one(
    world: World, tmp_path: Path, answer: Any
) -> None:
    cso = root()
    prepare(tmp_path, cso)
    async with station(world, tmp_path).running() as it:
        it.script["SignCertificate"] = lambda _: answer
        await trigger(it)
        await it.advance(5)
        again = await trigger(it)
        del it.script["SignCertificate"]
        await it.advance(3600)
        third = await trigger(it)

        assert (again, third) == (ACCEPTED, ACCEPTED)
        assert await signed(it, answer_to(requests(it)[-1], cso)) == ACCEPTED


async def test_a02_a_request_that_the_csms_never_answers_blocks_none_after_a_restart(
    world: World, tmp_path: Path
) -> None:
    cso = root()
    prepare(tmp_path, cso)
    async with station(world, tmp_path).running() as it:
        it.script["SignCertificate"] = lambda _: None
        await trigger(it)
        await it.advance(1)
    async with station(world, tmp_path).running() as it:
        await trigger(it)
        assert await signed(it, answer_to(requests(it)[-1], cso)) == ACCEPTED


async def test_a02_a_newer_request_takes_the_place_of_an_open_one(
    world: World, tmp_path: Path
) -> None:
    cso = root()
    prepare(tmp_path, cso)
    async with station(world, tmp_path).running() as it:
        await trigger(it)
        await trigger(it)
        first, second = requests(it)

        assert await signed(it, answer_to(first, cso)) == REJECTED
        assert await signed(it, answer_to(second, cso)) == ACCEPTED


async def test_a02_while_the_boot_is_pending_a_request_goes_that_was_asked_for(
    world: World, tmp_path: Path
) -> None:
    prepare(tmp_path, root())
    made = station(world, tmp_path)
    made.boot = {"status": "Pending", "interval": 1000}
    async with made.running() as it:
        assert await trigger(it) == ACCEPTED
        assert len(requests(it)) == 1


@pytest.mark.requirement("A03.FR.02", "A03.FR.03", "A03.FR.08", "A03.FR.13")
async def test_a03_a_certificate_is_renewed_a_month_before_its_end(
    world: World, tmp_path: Path
) -> None:
    cso = root()
    before = prepare(tmp_path, cso, until=START + 31 * DAY)
    async with station(world, tmp_path).running() as it:
        await it.advance(86_000)
        early = requests(it)
        await it.advance(1000)
        request, *_ = it.sent("SignCertificate")
        dials = it.dials
        answer = await signed(it, answer_to(request["csr"], cso))

        assert early == []
        assert request["certificateType"] == "ChargingStationCertificate"
        assert (answer, it.dials) == (ACCEPTED, dials + 1)
    asked = x509.load_pem_x509_csr(request["csr"].encode())
    assert asked.public_key() != before.certificate.public_key()


async def test_a03_under_a_profile_without_a_certificate_none_is_renewed(
    world: World, tmp_path: Path
) -> None:
    prepare(tmp_path, root(), until=START + 10 * DAY)
    async with station(world, tmp_path, 2).running() as it:
        await it.advance(2 * 86_400)

        assert requests(it) == []


@pytest.mark.requirement("A02.FR.02", "A02.FR.06", "A02.FR.13", "A03.FR.13")
async def test_a02_the_certificate_that_evs_are_shown_is_renewed_apart(
    world: World, tmp_path: Path
) -> None:
    cso, v2g = root(), root("V2G Root")
    before = prepare(tmp_path, cso)
    trust(tmp_path, v2g, RootUse.V2G)
    async with station(world, tmp_path).running() as it:
        await setting(it, "PnCEnabled", "true", "ISO15118Ctrlr")
        dials = it.dials
        triggered = await trigger(it, V2G)
        [request] = it.sent("SignCertificate")
        wrong = await signed(it, answer_to(request["csr"], cso), "V2GCertificate")
        answer = await signed(it, answer_to(request["csr"], v2g), "V2GCertificate")

        assert (triggered, wrong, answer) == (ACCEPTED, REJECTED, ACCEPTED)
        assert request["certificateType"] == "V2GCertificate"
        assert it.dials == dials
    assert len(installed(tmp_path, OwnUse.V2G)) == 1
    assert installed(tmp_path) == [before.certificate]


@pytest.mark.requirement("A02.FR.15", "A03.FR.15")
async def test_a02_of_v2g_certificates_of_one_root_evs_are_shown_the_newest(
    world: World, tmp_path: Path
) -> None:
    v2g = root("V2G Root")
    prepare(tmp_path, root())
    trust(tmp_path, v2g, RootUse.V2G)
    async with station(world, tmp_path).running() as it:
        await setting(it, "PnCEnabled", "true", "ISO15118Ctrlr")
        for _ in range(2):
            await trigger(it, V2G)
            await signed(it, answer_to(requests(it)[-1], v2g), None)
        [shown] = await it.station.v2g_credentials()
        chain = shown.files.chain.read_text()

    newest = x509.load_pem_x509_csr(requests(it)[-1].encode()).public_key()
    assert x509.load_pem_x509_certificate(chain.encode()).public_key() == newest


@pytest.mark.requirement("A00.FR.428", "A00.FR.513", "A02.FR.02", "A02.FR.06")
async def test_a02_one_certificate_for_both_names_no_type(world: World, tmp_path: Path) -> None:
    cso, v2g = root(), root("V2G Root")
    prepare(tmp_path, cso)
    trust(tmp_path, v2g, RootUse.V2G)
    async with station(world, tmp_path).running() as it:
        await setting(it, "PnCEnabled", "true", "ISO15118Ctrlr")
        dials = it.dials
        triggered = await trigger(it, COMBINED)
        [request] = it.sent("SignCertificate")
        chain = answer_to(request["csr"], v2g)
        answers = [await signed(it, chain, None), await signed(it, chain, None)]

        assert triggered == ACCEPTED
        assert "certificateType" not in request
        assert answers == [ACCEPTED, ACCEPTED]  # the first answer may have been lost
        assert it.dials > dials
    asked = x509.load_pem_x509_csr(request["csr"].encode())
    key = asked.public_key()
    assert asked.subject.rfc4514_string() == f"DC=CPO,O={CSO},CN={SERIAL}"
    assert installed(tmp_path)[0].public_key() == key
    assert [each.public_key() for each in installed(tmp_path, OwnUse.V2G)] == [key]


async def test_a02_requests_of_each_kind_are_open_side_by_side(
    world: World, tmp_path: Path
) -> None:
    cso, v2g = root(), root("V2G Root")
    prepare(tmp_path, cso)
    trust(tmp_path, v2g, RootUse.V2G)
    async with station(world, tmp_path, 1).running() as it:
        await setting(it, "PnCEnabled", "true", "ISO15118Ctrlr")
        for each in ("SignChargingStationCertificate", V2G, COMBINED):
            await trigger(it, each)
        own, evs, both = requests(it)
        answers = [
            await signed(it, answer_to(both, v2g), None),
            await signed(it, answer_to(evs, v2g), None),
            await signed(it, answer_to(own, cso), None),
        ]

    assert answers == [ACCEPTED] * 3
    assert INVALID not in logged(it)


@pytest.mark.requirement("A02.FR.02", "A02.FR.06", "A02.FR.17")
async def test_a02_what_evs_are_shown_without_plug_and_charge_is_renewed_too(
    world: World, tmp_path: Path
) -> None:
    v2g = root("V2G Root")
    prepare(tmp_path, root())
    trust(tmp_path, v2g, RootUse.V2G)
    made = station(world, tmp_path)
    async with made.running() as it:
        await setting(it, "CertSigningWaitMinimum", "100")
        triggered = await trigger(it, V2G)
        asked = requests(it)
    async with made.running() as it:
        before = len(requests(it))
        await it.advance(300)
        again = requests(it)[before:]
        answer = await signed(it, answer_to(again[-1], v2g), "V2GCertificate")

        assert (triggered, answer) == (ACCEPTED, ACCEPTED)
        assert len(asked) == 1
        assert set(again) == set(asked)
    assert len(installed(tmp_path, OwnUse.V2G)) == 1


@pytest.mark.parametrize("message", [V2G, COMBINED])
async def test_a02_where_that_is_switched_off_nothing_is_asked_for_evs(
    world: World, tmp_path: Path, message: str
) -> None:
    prepare(tmp_path, root())
    async with station(world, tmp_path).running() as it:
        await setting(it, "V2GCertificateInstallationEnabled", "false", "ISO15118Ctrlr")
        assert await trigger(it, message) == REJECTED
        assert requests(it) == []
        stray = root("V2G Root").issue("x", not_before=START - DAY, not_after=START + DAY)
        assert await signed(it, stray.chain_pem, "V2GCertificate") == REJECTED


async def test_a02_a_station_without_a_place_for_certificates_does_not_pretend(
    world: World,
) -> None:
    async with station(world, None, 1).running() as it:
        assert await trigger(it) == NOT_IMPLEMENTED
        assert await signed(it, "x") == "NotSupported"


@pytest.mark.requirement("M04.FR.06")
async def test_m04_the_station_s_certificate_cannot_be_deleted(
    world: World, tmp_path: Path
) -> None:
    cso = root()
    own = prepare(tmp_path, cso)
    async with station(world, tmp_path).running() as it:
        answer = await it.call("DeleteCertificate", certificateHashData=named(own, cso))

    assert answer == {"status": "Failed"}
    assert installed(tmp_path) == [own.certificate]


async def test_a02_two_versions_in_one_station_ask_once(world: World, tmp_path: Path) -> None:
    cso = root()
    prepare(tmp_path, cso, until=START + 10 * DAY)
    made = station(world, tmp_path)
    both = (Version.V201, Version.V16)
    ways = tuple(evolve(each, versions=both) for each in made.config.profiles)
    made.config = evolve(made.config, versions=both, profiles=ways)
    async with made.running() as it:
        await it.advance(10)
        it.version = Version.V16
        await it.drop()
        await it.advance(60)

        assert it.station.core.dialect.version is Version.V16
        [csr] = set(requests(it))
        answer = await it.call("CertificateSigned", certificateChain=answer_to(csr, cso))
        assert answer == ACCEPTED
