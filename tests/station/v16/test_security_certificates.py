"""Roots that the central system installs, lists and deletes (whitepaper M03-M05)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ocppkit.security import CertificateStore
from ocppkit.security.profile import PROFILES
from ocppkit.station.settings.network import Certificates
from ocppkit.testing import START

from .security_pki import ACCEPTED, DAY, REJECTED, named, plain, prepare, root, roots_in, secured

CENTRAL, MANUFACTURER = "CentralSystemRootCertificate", "ManufacturerRootCertificate"
FAILED, NOT_FOUND = {"status": "Failed"}, {"status": "NotFound"}


async def install(it: Any, pem: str, kind: str = CENTRAL) -> Any:
    return await it.call("InstallCertificate", certificateType=kind, certificate=pem)


async def delete(it: Any, data: dict[str, str]) -> Any:
    return await it.call("DeleteCertificate", certificateHashData=data)


async def ids(it: Any, kind: str = CENTRAL) -> Any:
    return await it.call("GetInstalledCertificateIds", certificateType=kind)


@pytest.mark.requirement("1.6-SEC M05.FR.02")
@pytest.mark.requirement("1.6-SEC M03.FR.04")
@pytest.mark.parametrize("kind", [CENTRAL, MANUFACTURER])
@pytest.mark.requirement(
    "1.6-SEC M05.FR.01",
    "1.6-SEC M03.FR.01",
    "1.6-SEC M03.FR.03",
    "1.6 InstallCertificate",
    "1.6 GetInstalledCertificateIds",
)
async def test_m05_a_root_is_installed_and_listed_also_after_a_restart(
    world: Callable[..., Any], tmp_path: Path, kind: str
) -> None:
    made = root()
    async with plain(world, tmp_path).running() as it:
        assert await install(it, made.pem, kind) == ACCEPTED
    async with plain(world, tmp_path).running() as it:
        listed = await ids(it, kind)
        other = await ids(it, CENTRAL if kind == MANUFACTURER else MANUFACTURER)

    assert listed == {**ACCEPTED, "certificateHashData": [named(made)]}
    assert other == NOT_FOUND


@pytest.mark.requirement("1.6-SEC M05.FR.06")
async def test_m05_what_is_no_valid_root_is_rejected(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    made = root()
    leaf = made.issue("x", not_before=START - DAY, not_after=START + DAY)
    async with plain(world, tmp_path).running() as it:
        for pem in ("", "no PEM", made.pem[:-60], leaf.pem, made.pem + root("Other").pem):
            assert await install(it, pem) == REJECTED, pem
        assert await ids(it) == NOT_FOUND


@pytest.mark.requirement("1.6-SEC M05.FR.06")
async def test_m05_a_root_that_has_expired_is_rejected(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    short = root("Short", days=1)
    async with plain(world, tmp_path).running() as it:
        assert await install(it, short.pem) == ACCEPTED
        assert await delete(it, named(short)) == ACCEPTED
        await it.advance(2 * 86_400)
        assert await install(it, short.pem) == REJECTED


@pytest.mark.requirement("1.6-SEC M05.FR.03")
@pytest.mark.requirement("1.6 key CertificateStoreMaxLength")
async def test_m05_no_more_roots_than_certificate_store_max_length(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    first, second, third = root("1"), root("2"), root("3")
    async with plain(world, tmp_path, CertificateStoreMaxLength="2").running() as it:
        assert await install(it, first.pem) == ACCEPTED
        assert await install(it, second.pem, MANUFACTURER) == ACCEPTED
        assert await install(it, third.pem) == REJECTED
        assert await install(it, first.pem) == ACCEPTED  # it is there already
        assert await delete(it, named(first)) == ACCEPTED
        assert await install(it, third.pem) == ACCEPTED
        told = await it.call("GetConfiguration", key=["CertificateStoreMaxLength"])

    assert told["configurationKey"] == [
        {"key": "CertificateStoreMaxLength", "readonly": True, "value": "2"}
    ]


@pytest.mark.requirement("1.6-SEC M05.FR.04")
async def test_m05_a_disk_that_takes_nothing_makes_it_fail(
    world: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    async with plain(world, tmp_path).running() as it:
        monkeypatch.setattr("ocppkit.security.store.write_file", full)
        assert await install(it, root().pem) == FAILED
        assert await ids(it) == NOT_FOUND


@pytest.mark.requirement("1.6-SEC M05.FR.10")
@pytest.mark.requirement("1.6-SEC M05.FR.11")
@pytest.mark.requirement("1.6 key AdditionalRootCertificateCheck")
async def test_m05_with_additional_root_certificate_check_a_root_is_signed_by_the_old_one(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    old, stranger = root("Old"), root("Stranger")
    new = old.issue("New", ca=True, not_before=START - DAY, not_after=START + 999 * DAY)
    async with plain(world, tmp_path, AdditionalRootCertificateCheck="true").running() as it:
        assert await install(it, old.pem) == ACCEPTED
        assert await install(it, stranger.pem) == REJECTED
        assert await install(it, stranger.pem, MANUFACTURER) == ACCEPTED  # not checked so
        assert await install(it, new.pem) == ACCEPTED
        assert await install(it, old.pem) == REJECTED

    assert roots_in(tmp_path) == [old.pem, new.pem]  # the old one is the fallback


@pytest.mark.requirement("1.6-SEC M04.FR.02")
@pytest.mark.requirement("1.6-SEC M04.FR.04")
@pytest.mark.requirement("1.6-SEC M04.FR.01", "1.6-SEC M03.FR.02", "1.6 DeleteCertificate")
async def test_m04_a_root_is_deleted_once_and_the_last_one_too(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    made = root()
    upper = {name: value.upper() for name, value in named(made).items()}
    async with plain(world, tmp_path).running() as it:
        await install(it, made.pem)

        assert await delete(it, named(root("Other"))) == NOT_FOUND
        assert await delete(it, upper) == ACCEPTED
        assert await delete(it, upper) == NOT_FOUND
        assert await ids(it) == NOT_FOUND


@pytest.mark.requirement("1.6-SEC M04.FR.05")
async def test_m04_the_certificate_of_the_station_cannot_be_deleted(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    cso = root()
    own = prepare(tmp_path, cso)
    async with plain(world, tmp_path).running() as it:
        assert await delete(it, named(own, cso)) == FAILED


async def test_m03_roots_of_folders_count_as_installed_and_stay_trusted(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    laid_out, new = root("Laid out"), root("New")
    folder = tmp_path / "ca"
    folder.mkdir()
    (folder / "root.pem").write_text(laid_out.pem)
    told = Certificates(csms_ca=folder)
    async with secured(world, tmp_path, 1, certificates=told).running() as it:
        before = await ids(it)
        rejected = await install(it, "no PEM")
        untouched = roots_in(tmp_path)
        accepted = await install(it, new.pem)

    assert before == {**ACCEPTED, "certificateHashData": [named(laid_out)]}
    assert (rejected, untouched) == (REJECTED, [])
    assert accepted == ACCEPTED
    assert roots_in(tmp_path) == [laid_out.pem, new.pem]


async def test_m04_a_root_of_a_folder_can_be_deleted(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    first, second = root("First"), root("Second")
    folder = tmp_path / "ca"
    folder.mkdir()
    (folder / "roots.pem").write_text(first.pem + second.pem)
    told = Certificates(csms_ca=folder)
    async with secured(world, tmp_path, 1, certificates=told).running() as it:
        assert await delete(it, named(first)) == ACCEPTED
        assert (await ids(it))["certificateHashData"] == [named(second)]


@pytest.mark.requirement("1.6-SEC M04.FR.02", "1.6 DeleteCertificate")
@pytest.mark.parametrize("installed", [False, True])
async def test_m04_the_only_root_of_a_folder_is_deleted_and_does_not_come_back(
    world: Callable[..., Any], tmp_path: Path, *, installed: bool
) -> None:
    only = root("Only")
    folder = tmp_path / "ca"
    folder.mkdir()
    (folder / "root.pem").write_text(only.pem)
    told = Certificates(csms_ca=folder)
    async with secured(world, tmp_path, 1, certificates=told).running() as it:
        if installed:
            assert await install(it, only.pem) == ACCEPTED
        assert await delete(it, named(only)) == ACCEPTED
        assert await ids(it) == NOT_FOUND
    async with secured(world, tmp_path, 1, certificates=told).running() as it:
        assert await ids(it) == NOT_FOUND
        assert not await it.station.core.security.certificates.can_trust()
        assert await delete(it, named(only)) == NOT_FOUND


@pytest.mark.requirement("1.6-SEC M04.FR.02")
async def test_m04_with_the_last_installed_root_those_deleted_before_do_not_come_back(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    laid_out, new = root("Laid out"), root("New")
    folder = tmp_path / "ca"
    folder.mkdir()
    (folder / "root.pem").write_text(laid_out.pem)
    told = Certificates(csms_ca=folder)
    async with secured(world, tmp_path, 1, certificates=told).running() as it:
        await install(it, new.pem)
        assert await delete(it, named(laid_out)) == ACCEPTED
        assert await delete(it, named(new)) == ACCEPTED
        assert await ids(it) == NOT_FOUND
    async with secured(world, tmp_path, 1, certificates=told).running() as it:
        assert await ids(it) == NOT_FOUND
        assert await install(it, laid_out.pem) == ACCEPTED
        assert (await ids(it))["certificateHashData"] == [named(laid_out)]


@pytest.mark.requirement("1.6-SEC M04.FR.06")
async def test_m04_a_root_of_a_folder_that_is_in_use_stays(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    only = root("Only")
    folder = tmp_path / "ca"
    folder.mkdir()
    (folder / "root.pem").write_text(only.pem)
    told = Certificates(csms_ca=folder)
    async with secured(world, tmp_path, 2, certificates=told).running() as it:
        certificates = it.station.core.security.certificates
        [way, *_] = await certificates.ways(PROFILES[2])
        certificates.in_use = way

        assert await delete(it, named(only)) == FAILED
        assert (await ids(it))["certificateHashData"] == [named(only)]


@pytest.mark.parametrize("cut_after", [0, 1, 2])
async def test_m05_a_power_cut_while_roots_of_a_folder_move_loses_none(
    world: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut_after: int
) -> None:
    laid_out, new = [root(f"Laid out {number}") for number in range(3)], root("New")
    folder = tmp_path / "ca"
    folder.mkdir()
    (folder / "roots.pem").write_text("".join(each.pem for each in laid_out))
    told = Certificates(csms_ca=folder)
    count = 0
    real = CertificateStore.install_root

    def until_cut(store: CertificateStore, *given: Any) -> Any:
        nonlocal count
        count += 1
        if count > cut_after:
            raise OSError("the power is gone")
        return real(store, *given)

    async with secured(world, tmp_path, 1, certificates=told).running() as it:
        with monkeypatch.context() as patch:
            patch.setattr(CertificateStore, "install_root", until_cut)
            await install(it, new.pem)
    async with secured(world, tmp_path, 1, certificates=told).running() as it:
        trusted = await it.station.core.security.certificates.csms_roots()

    assert list(trusted) == [each.certificate for each in laid_out]


async def test_without_a_place_for_certificates_none_can_be_managed(
    world: Callable[..., Any],
) -> None:
    async with plain(world, None).running() as it:
        assert await install(it, root().pem) == "NotSupported"
        answer = await it.call(
            "ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate"
        )

    assert answer == {"status": "NotImplemented"}


@pytest.mark.requirement("1.6-SEC A04.FR.04")
async def test_m_what_is_trusted_and_what_not_any_more_is_in_the_security_log(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    made = root()
    async with plain(world, tmp_path).running() as it:
        await install(it, made.pem, MANUFACTURER)
        await install(it, "no PEM", MANUFACTURER)
        await delete(it, named(made))
        await delete(it, named(made))
        changes = [
            each.tech_info
            for each in it.station.core.security.log.entries()
            if each.type == "ReconfigurationOfSecurityParameters"
        ]

    serial = named(made)["serialNumber"]
    assert changes == [
        "another ManufacturerRootCertificate",
        f"the certificate with the serial number {serial} is deleted",
    ]
