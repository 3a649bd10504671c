"""Plug & Charge over DataTransfer: the certificates that it takes (Plug & Charge note)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from ocppkit.errors import ConfigurationError
from ocppkit.security import CertificateStore, HashData, OwnUse, RootUse
from ocppkit.station.data_transfer import DataTransferMessage
from ocppkit.station.settings import parse
from ocppkit.station.settings.plug_and_charge import PlugAndChargeSettings
from ocppkit.testing import START

from ...security.pki import Holder, new_key
from .plug_and_charge import VENDOR, Pnc, pnc, show, sub_ca, trust, v2g_root, values
from .security_pki import ACCEPTED, DAY, REJECTED, answer_to, named, root

World = Callable[..., Any]
SECC = PlugAndChargeSettings(
    secc_common_name="DEPNXSECC01", secc_country="DE", secc_organization="Example Charging"
)


def installed(folder: Path) -> list[x509.Certificate]:
    """The V2G certificates of the station, newest first."""
    contents = CertificateStore(folder / "certificates").read()
    return [entry.certificate for entry in contents.own_for(OwnUse.V2G)]


def secc(by: Holder, *, until: timedelta = 365 * DAY, **more: Any) -> Holder:
    return by.issue("DEPNXSECC01", not_before=START - 300 * DAY, not_after=START + until, **more)


async def signed(it: Pnc, pem: str, **more: Any) -> Any:
    return await it.call("CertificateSigned", certificateChain=pem, **more)


async def trigger(it: Pnc, message: str = "SignV2GCertificate") -> Any:
    return await it.call("TriggerMessage", requestedMessage=message)


class TestDataTransfer:
    """What the outer message says."""

    @pytest.mark.requirement("1.6-PNC DataTransfer")
    @pytest.mark.parametrize(
        "message",
        [
            "Authorize",
            "SignCertificate",
            "Get15118EVCertificate",
            "GetCertificateStatus",
            "Reset",
            "triggermessage",
            None,
        ],
    )
    async def test_a_message_that_is_not_listed_for_the_station_is_unknown(
        self, world: World, message: str | None
    ) -> None:
        it = pnc(world, None)
        more = {} if message is None else {"messageId": message}
        async with it.world.running() as around:
            answer = await around.call("DataTransfer", vendorId=VENDOR, data="{}", **more)

        assert answer == {"status": "UnknownMessageId"}

    @pytest.mark.requirement("1.6-PNC DataTransfer")
    @pytest.mark.parametrize(
        ("message", "data"),
        [
            ("TriggerMessage", None),
            ("TriggerMessage", ""),
            ("TriggerMessage", "{"),
            ("TriggerMessage", "[]"),
            ("TriggerMessage", "{}"),
            ("TriggerMessage", '{"requestedMessage":"Sign"}'),
            ("CertificateSigned", '{"certificateChain":1}'),
            ("CertificateSigned", json.dumps({"certificateChain": "x" * 10_001})),
            ("GetInstalledCertificateIds", '{"certificateType":[]}'),
            ("GetInstalledCertificateIds", '{"certificateType":["V2GRootCertificate"],"x":1}'),
            ("InstallCertificate", '{"certificateType":"V2GCertificate","certificate":"x"}'),
            ("DeleteCertificate", '{"certificateHashData":{"hashAlgorithm":"MD5"}}'),
        ],
    )
    async def test_data_that_does_not_parse_or_validate_is_rejected(
        self, world: World, message: str, data: str | None
    ) -> None:
        it = pnc(world, None)
        more = {} if data is None else {"data": data}
        async with it.world.running() as around:
            answer = await around.call("DataTransfer", vendorId=VENDOR, messageId=message, **more)
            alive = await it.call("GetInstalledCertificateIds")

        assert answer == REJECTED
        assert alive == {"status": "NotFound"}

    @pytest.mark.requirement("1.6-PNC DataTransfer")
    async def test_accepted_outside_says_only_that_it_was_understood(self, world: World) -> None:
        it = pnc(world, None)
        async with it.world.running() as around:
            answer = await around.call(
                "DataTransfer",
                vendorId=VENDOR.upper(),
                messageId="CertificateSigned",
                data='{"certificateChain":"no PEM"}',
            )

        assert answer == {"status": "Accepted", "data": '{"status":"Rejected"}'}


class TestSigning:
    """TriggerMessage, SignCertificate, CertificateSigned."""

    @pytest.mark.requirement(
        "1.6-PNC TriggerMessage", "1.6-PNC SignCertificate", "1.6-PNC CertificateSigned"
    )
    async def test_on_request_a_v2g_certificate_is_signed_and_installed(
        self, world: World, tmp_path: Path
    ) -> None:
        top = v2g_root()
        cpo = sub_ca(top, "CPO")
        trust(tmp_path, top, RootUse.V2G)
        it = pnc(world, tmp_path, settings=SECC)
        async with it.world.running() as around:
            triggered = await trigger(it)
            [request] = it.sent("SignCertificate")
            dials = around.dials
            answer = await signed(
                it, answer_to(request["csr"], cpo), certificateType="V2GCertificate"
            )
            shown = await around.station.v2g_credentials()

        assert (triggered, answer) == (ACCEPTED, ACCEPTED)
        assert request["certificateType"] == "V2GCertificate"
        assert values(request["csr"]) == {
            "CN": "DEPNXSECC01",
            "O": "Example Charging",
            "C": "DE",
            "DC": "CPO",
        }
        asked = x509.load_pem_x509_csr(request["csr"].encode())
        assert asked.is_signature_valid
        assert [each.public_key() for each in installed(tmp_path)] == [asked.public_key()]
        assert around.dials == dials  # the CSMS is shown another one
        assert around.sent("SignCertificate") == []
        [credentials] = shown
        chain = x509.load_pem_x509_certificates(credentials.files.chain.read_bytes())
        assert chain[0].public_key() == asked.public_key()
        assert chain[1:] == [cpo.certificate]
        assert credentials.ocsp == (None, None)

    @pytest.mark.requirement("1.6-PNC TriggerMessage")
    async def test_the_request_follows_the_answer(self, world: World, tmp_path: Path) -> None:
        it = pnc(world, tmp_path, settings=SECC)
        message = DataTransferMessage(
            vendor_id=VENDOR,
            message_id="TriggerMessage",
            data='{"requestedMessage":"SignV2GCertificate"}',
        )
        async with it.world.running() as around:
            answer = await around.station.core.data_transfers.answer(message)
            await around.settle()
            early = it.sent("SignCertificate")
            assert answer.then is not None
            await answer.then()
            await around.settle()

        assert (answer.text, early) == ('{"status":"Accepted"}', [])
        assert len(it.sent("SignCertificate")) == 1

    @pytest.mark.requirement("1.6-PNC TriggerMessage")
    @pytest.mark.parametrize(
        ("message", "status"),
        [
            ("SignV2GCertificate", "Rejected"),  # nobody knows the organization
            ("SignChargingStationCertificate", "NotImplemented"),
            ("Heartbeat", "NotImplemented"),
        ],
    )
    async def test_what_cannot_be_triggered_says_so(
        self, world: World, tmp_path: Path, message: str, status: str
    ) -> None:
        it = pnc(world, tmp_path)
        async with it.world.running() as around:
            answer = await trigger(it, message)
            await around.advance(60)

        assert answer == {"status": status}
        assert it.sent("SignCertificate") == []

    @pytest.mark.requirement("1.6-PNC SignCertificate")
    async def test_without_a_subject_the_serial_number_and_the_cpo_stand_in_it(
        self, world: World, tmp_path: Path
    ) -> None:
        it = pnc(world, tmp_path)
        async with it.world.running():
            await it.key("CpoName", "CPO Ltd")
            await trigger(it)
            [request] = it.sent("SignCertificate")

        assert values(request["csr"]) == {"CN": "SIM-0001", "O": "CPO Ltd", "DC": "CPO"}

    @pytest.mark.requirement("1.6-PNC CertificateSigned")
    @pytest.mark.parametrize(
        "wrong", ["no PEM", "stranger", "name", "key", "expired", "other use", "nobody asked"]
    )
    async def test_a_certificate_that_is_not_what_was_asked_for_is_rejected(
        self, world: World, tmp_path: Path, wrong: str
    ) -> None:
        top = v2g_root()
        trust(tmp_path, top, RootUse.V2G)
        it = pnc(world, tmp_path, settings=SECC)
        changes: dict[str, dict[str, Any]] = {
            "name": {"name": "OTHER"},
            "expired": {"start": START - 9 * DAY, "end": START - DAY},
            "key": {"public_key": top.certificate.public_key()},
        }
        changed = changes.get(wrong, {})
        async with it.world.running():
            await trigger(it)
            [request] = it.sent("SignCertificate")
            signer = root("Stranger") if wrong == "stranger" else top
            pem = wrong if wrong == "no PEM" else answer_to(request["csr"], signer, **changed)
            more: dict[str, Any] = (
                {"certificateType": "ChargingStationCertificate"} if "use" in wrong else {}
            )
            if wrong == "nobody asked":
                pem = secc(top).chain_pem

            assert await signed(it, pem, **more) == REJECTED
            assert installed(tmp_path) == []
            assert await signed(it, answer_to(request["csr"], top)) == ACCEPTED

    @pytest.mark.requirement("1.6-PNC CertificateSigned", "1.6 key CertificateSignedMaxChainSize")
    async def test_a_chain_that_is_too_long_is_rejected(self, world: World, tmp_path: Path) -> None:
        top = v2g_root()
        trust(tmp_path, top, RootUse.V2G)
        it = pnc(world, tmp_path, settings=SECC, CertificateSignedMaxChainSize="300")
        async with it.world.running():
            await trigger(it)
            [request] = it.sent("SignCertificate")

            assert await signed(it, answer_to(request["csr"], top)) == REJECTED

    @pytest.mark.requirement("1.6 key CertSigningWaitMinimum", "1.6 key CertSigningRepeatTimes")
    async def test_a_request_that_brings_nothing_goes_again_after_waits_that_double(
        self, world: World, tmp_path: Path
    ) -> None:
        it = pnc(
            world,
            tmp_path,
            settings=SECC,
            CertSigningWaitMinimum="100",
            CertSigningRepeatTimes="2",
        )
        times: list[float] = []

        def note(_: object) -> dict[str, str]:
            times.append((it.world.clock.utc_now() - START).total_seconds())
            return ACCEPTED

        it.answers["SignCertificate"] = note
        async with it.world.running() as around:
            await trigger(it)
            for _ in range(40):
                await around.advance(60)

        assert [round(each - times[0], -1) for each in times] == [0, 100, 300, 700]
        assert len({each["csr"] for each in it.sent("SignCertificate")}) == 1

    @pytest.mark.requirement("1.6 key CertSigningWaitMinimum")
    async def test_a_wait_that_the_csms_sets_counts_for_the_next_request(
        self, world: World, tmp_path: Path
    ) -> None:
        it = pnc(world, tmp_path, settings=SECC)
        async with it.world.running() as around:
            assert await it.key("CertSigningWaitMinimum", "30") == "Accepted"
            await trigger(it)
            await around.advance(31)

        assert len(it.sent("SignCertificate")) == 2

    @pytest.mark.requirement("1.6-PNC SignCertificate")
    @pytest.mark.parametrize(
        "answer", [{"status": "Rejected"}, ("Rejected", None), ("UnknownVendorId", None)]
    )
    async def test_a_csms_that_does_not_sign_is_not_asked_again(
        self, world: World, tmp_path: Path, answer: Any
    ) -> None:
        it = pnc(world, tmp_path, settings=SECC, CertSigningWaitMinimum="30")
        it.answers["SignCertificate"] = answer
        async with it.world.running() as around:
            await trigger(it)
            await around.advance(3600)

        assert len(it.sent("SignCertificate")) == 1

    @pytest.mark.requirement("1.6-PNC SignCertificate", "1.6 key CertSigningWaitMinimum")
    @pytest.mark.parametrize("answer", [("Accepted", "nonsense"), ("Accepted", None)])
    async def test_an_answer_that_makes_no_sense_lets_it_go_again(
        self, world: World, tmp_path: Path, answer: Any
    ) -> None:
        it = pnc(world, tmp_path, settings=SECC, CertSigningWaitMinimum="30")
        it.answers["SignCertificate"] = answer
        async with it.world.running() as around:
            await trigger(it)
            await around.advance(31)

        assert len(it.sent("SignCertificate")) == 2

    @pytest.mark.requirement("1.6-PNC SignCertificate")
    async def test_a_request_outlasts_a_restart_and_its_certificate_fits_then(
        self, world: World, tmp_path: Path
    ) -> None:
        top = v2g_root()
        trust(tmp_path, top, RootUse.V2G)
        it = pnc(world, tmp_path, settings=SECC)
        async with it.world.running():
            await trigger(it)
        [request] = it.sent("SignCertificate")
        again = pnc(world, tmp_path, settings=SECC)
        async with again.world.running():
            answer = await signed(again, answer_to(request["csr"], top))

        assert answer == ACCEPTED
        assert len(installed(tmp_path)) == 1

    @pytest.mark.requirement("1.6-PNC SignCertificate")
    async def test_a_request_whose_key_a_power_cut_took_is_not_sent_again(
        self, world: World, tmp_path: Path
    ) -> None:
        it = pnc(world, tmp_path, settings=SECC, CertSigningWaitMinimum="30")
        async with it.world.running():
            await trigger(it)
        # The power goes after the next request's key is on the disk, before the request is.
        CertificateStore(tmp_path / "certificates").put_pending_key(OwnUse.V2G, new_key())
        again = pnc(world, tmp_path, settings=SECC, CertSigningWaitMinimum="30")
        async with again.world.running() as around:
            await around.advance(3600)
            lost = again.sent("SignCertificate")
            await trigger(again)

        assert len(it.sent("SignCertificate")) == 1
        assert lost == []
        assert len(again.sent("SignCertificate")) == 1

    @pytest.mark.requirement("1.6-PNC SignCertificate")
    async def test_a_v2g_certificate_is_renewed_a_month_before_its_end(
        self, world: World, tmp_path: Path
    ) -> None:
        top = v2g_root()
        trust(tmp_path, top, RootUse.V2G)
        before = secc(top, until=31 * DAY)
        show(tmp_path, before, top)
        it = pnc(world, tmp_path, settings=SECC)
        async with it.world.running() as around:
            early = it.sent("SignCertificate")
            await around.advance(1.5 * 86_400)
            [request] = it.sent("SignCertificate")
            answer = await signed(it, answer_to(request["csr"], top))
            [newest] = installed(tmp_path)

        assert early == []
        assert answer == ACCEPTED
        assert newest.public_key() != before.certificate.public_key()

    @pytest.mark.requirement("1.6 key ISO15118PnCEnabled")
    async def test_switched_off_nothing_is_renewed(self, world: World, tmp_path: Path) -> None:
        top = v2g_root()
        trust(tmp_path, top, RootUse.V2G)
        show(tmp_path, secc(top, until=2 * DAY), top)
        it = pnc(world, tmp_path, settings=SECC, ISO15118PnCEnabled="false")
        async with it.world.running() as around:
            await around.advance(3600)
            off = it.sent("SignCertificate")
            await it.key("ISO15118PnCEnabled", "true")
            await around.advance(10)
            on = it.sent("SignCertificate")
            await it.key("ISO15118PnCEnabled", "false")
            await around.advance(3 * 86_400)

        assert (len(off), len(on)) == (0, 1)
        assert len(it.sent("SignCertificate")) == 1


class TestInstalled:
    """InstallCertificate, DeleteCertificate, GetInstalledCertificateIds."""

    @pytest.mark.requirement("1.6-PNC InstallCertificate", "1.6-PNC GetInstalledCertificateIds")
    @pytest.mark.parametrize("use", list(RootUse))
    async def test_a_root_of_each_kind_is_installed_listed_and_deleted(
        self, world: World, tmp_path: Path, use: RootUse
    ) -> None:
        new = root("New")
        it = pnc(world, tmp_path)
        async with it.world.running():
            before = await it.call("GetInstalledCertificateIds", certificateType=[use.value])
            done = await it.call(
                "InstallCertificate", certificateType=use.value, certificate=new.pem
            )
            listed = await it.call("GetInstalledCertificateIds", certificateType=[use.value])
            every = await it.call("GetInstalledCertificateIds")
            deleted = await it.call("DeleteCertificate", certificateHashData=named(new))
            again = await it.call("DeleteCertificate", certificateHashData=named(new))

            log = it.world.station.core.security.log.entries()

        assert (before, done) == ({"status": "NotFound"}, ACCEPTED)
        assert f"another {use.value}" in [each.tech_info for each in log]
        assert listed == every
        assert listed == {
            "status": "Accepted",
            "certificateHashDataChain": [
                {"certificateHashData": named(new), "certificateType": use.value}
            ],
        }
        last = use is RootUse.CSMS  # (M04.FR.03)
        assert deleted == {"status": "Failed" if last else "Accepted"}
        assert again == {"status": "Failed" if last else "NotFound"}

    @pytest.mark.requirement("1.6-PNC InstallCertificate")
    @pytest.mark.parametrize("wrong", ["no PEM", "leaf", "expired"])
    async def test_what_is_no_root_is_rejected(
        self, world: World, tmp_path: Path, wrong: str
    ) -> None:
        top = root()
        pem = {
            "no PEM": "no PEM",
            "leaf": secc(top).pem,
            "expired": root("Old", days=-1).pem if wrong == "expired" else "",
        }[wrong]
        it = pnc(world, tmp_path)
        async with it.world.running():
            answer = await it.call(
                "InstallCertificate", certificateType="MORootCertificate", certificate=pem
            )
            listed = await it.call("GetInstalledCertificateIds")

        assert answer == REJECTED
        assert listed == {"status": "NotFound"}

    @pytest.mark.requirement("1.6-PNC InstallCertificate")
    async def test_without_a_place_for_certificates_it_fails(self, world: World) -> None:
        it = pnc(world, None)
        async with it.world.running():
            answer = await it.call(
                "InstallCertificate", certificateType="MORootCertificate", certificate=root().pem
            )

        assert answer == {"status": "Failed"}

    @pytest.mark.requirement("1.6-PNC InstallCertificate", "1.6 key CertificateStoreMaxLength")
    async def test_more_roots_than_there_is_space_for_are_rejected(
        self, world: World, tmp_path: Path
    ) -> None:
        it = pnc(world, tmp_path, CertificateStoreMaxLength="1")
        told = {"certificateType": "V2GRootCertificate"}
        async with it.world.running():
            first = await it.call("InstallCertificate", certificate=root("One").pem, **told)
            second = await it.call("InstallCertificate", certificate=root("Two").pem, **told)

        assert (first, second) == (ACCEPTED, REJECTED)

    @pytest.mark.requirement("1.6-PNC GetInstalledCertificateIds")
    @pytest.mark.requirement("1.6-PNC DeleteCertificate")
    async def test_a_v2g_chain_is_listed_with_its_sub_cas_and_can_be_deleted(
        self, world: World, tmp_path: Path
    ) -> None:
        top = v2g_root()
        cpo = sub_ca(top, "CPO")
        inner = sub_ca(cpo, "CPO 2")
        leaf = secc(inner)
        show(tmp_path, leaf, top)
        it = pnc(world, tmp_path)
        async with it.world.running() as around:
            listed = await it.call(
                "GetInstalledCertificateIds", certificateType=["V2GCertificateChain"]
            )
            deleted = await it.call("DeleteCertificate", certificateHashData=named(leaf, by=inner))
            after = await it.call("GetInstalledCertificateIds")
            shown = await around.station.v2g_credentials()

        assert listed == {
            "status": "Accepted",
            "certificateHashDataChain": [
                {
                    "certificateHashData": named(leaf, by=inner),
                    "certificateType": "V2GCertificateChain",
                    "childCertificateHashData": [named(inner, by=cpo), named(cpo, by=top)],
                }
            ],
        }
        assert deleted == ACCEPTED
        assert after == {"status": "NotFound"}
        assert shown == ()

    @pytest.mark.requirement("1.6-PNC DeleteCertificate")
    async def test_what_is_not_there_is_not_found(self, world: World, tmp_path: Path) -> None:
        it = pnc(world, tmp_path)
        async with it.world.running():
            answer = await it.call("DeleteCertificate", certificateHashData=named(root()))

        assert answer == {"status": "NotFound"}

    @pytest.mark.requirement("1.6-PNC GetInstalledCertificateIds")
    async def test_only_the_kinds_that_are_asked_for_are_listed(
        self, world: World, tmp_path: Path
    ) -> None:
        mobility, vehicle = root("MO"), v2g_root()
        trust(tmp_path, mobility)
        trust(tmp_path, vehicle, RootUse.V2G)
        it = pnc(world, tmp_path)
        async with it.world.running():
            one = await it.call("GetInstalledCertificateIds", certificateType=["MORootCertificate"])
            both = await it.call("GetInstalledCertificateIds")

        assert [each["certificateType"] for each in one["certificateHashDataChain"]] == [
            "MORootCertificate"
        ]
        assert {each["certificateType"] for each in both["certificateHashDataChain"]} == {
            "MORootCertificate",
            "V2GRootCertificate",
        }
        data = HashData.of(mobility.certificate, mobility.certificate)
        named_one = one["certificateHashDataChain"][0]["certificateHashData"]
        assert named_one["serialNumber"] == data.serial_number


@pytest.mark.parametrize("country", ["D", "DEU", "D1", 5])
def test_a_country_has_two_letters(country: object) -> None:
    with pytest.raises(ConfigurationError, match="secc_country"):
        parse(
            '[station]\nidentity = "CS001"\n[csms]\nurl = "ws://x"\n'
            f"[plug_and_charge]\nsecc_country = {country!r}\n"
        )


def test_the_subject_of_the_file_is_that_of_the_station() -> None:
    config = parse(
        '[station]\nidentity = "CS001"\n[csms]\nurl = "ws://x"\n'
        '[plug_and_charge]\nsecc_country = "de"\nocsp_refresh = 86400\n'
    ).config()

    assert config.plug_and_charge == PlugAndChargeSettings(secc_country="DE", ocsp_refresh=86_400)


def test_ocsp_is_not_refreshed_more_often_than_each_day() -> None:
    with pytest.raises(ConfigurationError, match="ocsp_refresh"):
        parse(
            '[station]\nidentity = "CS001"\n[csms]\nurl = "ws://x"\n'
            "[plug_and_charge]\nocsp_refresh = 86399\n"
        )
