"""Signed firmware as a 1.6 CSMS sees it, message by message (whitepaper L01)."""

from __future__ import annotations

import asyncio
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve, field, frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from ocppkit.message import Version
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import IdToken, RebootReason
from ocppkit.station.capabilities import Capability, InstallOutcome
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.settings.network import Certificates
from ocppkit.testing import START
from ocppkit.transfer import TransferFailed

from ...security.pki import Holder
from .security_pki import DAY, named, root, secured

URL = "https://me:secret@files.example/new.bin"
FIRMWARE = bytes(range(256)) * 32
ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}
CANCELED, INVALID = {"status": "AcceptedCanceled"}, {"status": "InvalidCertificate"}
FETCHED = ["Downloading", "Downloaded", "SignatureVerified"]
ALL = [*FETCHED, "Installing", "Installed"]
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def ecdsa(key: Any, content: bytes) -> str:
    return b64encode(key.sign(content, ec.ECDSA(hashes.SHA256()))).decode()


def pss(key: Any, content: bytes, salt: int = 32) -> str:
    way = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=salt)
    return b64encode(key.sign(content, way, hashes.SHA256())).decode()


@frozen
class Maker:
    """A manufacturer, whose root is in a folder of the station."""

    root: Holder
    folder: Path

    def signer(self, **changed: Any) -> Holder:
        told = {"not_before": START - DAY, "not_after": START + 90 * DAY, **changed}
        return self.root.issue("Firmware", **told)


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    folder = tmp_path / "mf"
    folder.mkdir()
    made = root("Manufacturer Root")
    (folder / "root.pem").write_text(made.pem)
    return Maker(made, folder)


@define
class Files:
    """A file server without a wire.

    Attributes:
        content: of every file.
        urls: what was asked for.
        pauses: how long it waits between attempts, after so many bytes.
    """

    sleep: Callable[[float], Awaitable[None]]
    content: bytes = FIRMWARE
    failure: Exception | None = None
    urls: list[str] = field(factory=list)
    pauses: list[tuple[float, int]] = field(factory=list)

    async def download(self, url: str, target: Path, **more: Any) -> None:
        self.urls.append(url)
        for seconds, arrived in self.pauses:
            more["progress"](arrived, None)
            await more["wait"](seconds)
        await self.sleep(10)
        if self.failure is not None:
            raise self.failure
        await asyncio.to_thread(target.write_bytes, self.content)

    async def upload(self, source: Path, url: str, **more: Any) -> None:
        raise NotImplementedError


@asynccontextmanager
async def started(world: Any) -> AsyncIterator[Any]:
    files = Files(world.environment.sleep)
    with pytest.MonkeyPatch.context() as patch:  # an update goes on as soon as the station runs
        patch.setattr("ocppkit.station.file_jobs.FileTransfers", lambda *_, **__: files)
        async with world.running() as running:
            running.files = files
            yield running


@pytest.fixture
async def station(world: Any, maker: Maker) -> AsyncIterator[Any]:
    certificates = Certificates(manufacturer_ca=maker.folder)
    async with started(world(Version.V16, certificates=certificates)) as running:
        yield running


def told(it: Any) -> list[str]:
    return [each["status"] for each in it.sent("SignedFirmwareStatusNotification")]


def events(it: Any) -> list[str]:
    kinds = [each["type"] for each in it.sent("SecurityEventNotification")]
    return [each for each in kinds if "Firmware" in each]


async def update(
    it: Any,
    by: Holder,
    signature: str | None = None,
    *,
    id: int = 1,
    after: float = 0.0,
    install_after: float | None = None,
    **more: Any,
) -> Any:
    now = it.clock.utc_now()
    firmware = {
        "location": URL,
        "retrieveDateTime": (now + timedelta(seconds=after)).isoformat(),
        "signingCertificate": by.chain_pem,
        "signature": ecdsa(by.key, FIRMWARE) if signature is None else signature,
    }
    if install_after is not None:
        firmware["installDateTime"] = (now + timedelta(seconds=install_after)).isoformat()
    return await it.call("SignedUpdateFirmware", requestId=id, firmware=firmware, **more)


async def trigger(it: Any) -> Any:
    return await it.call("ExtendedTriggerMessage", requestedMessage="FirmwareStatusNotification")


@pytest.mark.requirement(
    "1.6-SEC L01.FR.01", "1.6-SEC L01.FR.05", "1.6-SEC L01.FR.10", "1.6-SEC L01.FR.12"
)
@pytest.mark.requirement(
    "1.6-SEC L01", "1.6 SignedUpdateFirmware", "1.6 SignedFirmwareStatusNotification"
)
async def test_l01_a_signed_firmware_is_fetched_checked_and_installed(
    station: Any, maker: Maker, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await update(station, maker.signer(), id=42, retries=2, retryInterval=7)
    at_once = told(station)
    await station.advance(20)

    assert answer == ACCEPTED
    assert at_once == ["Downloading"]
    assert told(station) == ALL
    numbers = {each["requestId"] for each in station.sent("SignedFirmwareStatusNotification")}
    assert numbers == {42}
    assert station.sent("FirmwareStatusNotification") == []
    assert station.hardware.system.installed == ["firmware.bin"]
    assert events(station) == ["FirmwareUpdated"]
    assert station.statuses() == ["Available", "Unavailable", "Available"]
    assert "secret" not in caplog.text


@pytest.mark.requirement("1.6-SEC L01.FR.04", "1.6-SEC A00.FR.505")
@pytest.mark.parametrize("salt", [20, 32, 222])
async def test_l01_an_rsa_key_signs_by_pss_with_any_salt(
    station: Any, maker: Maker, salt: int
) -> None:
    await update(station, maker.signer(key=RSA), pss(RSA, FIRMWARE, salt))
    await station.advance(20)

    assert told(station) == ALL


def pkcs1(by: Holder) -> str:
    del by
    return b64encode(RSA.sign(FIRMWARE, padding.PKCS1v15(), hashes.SHA256())).decode()


def other_hash(by: Holder) -> str:
    del by
    way = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=32)
    return b64encode(RSA.sign(FIRMWARE, way, hashes.SHA512())).decode()


BAD = {
    "of another file": lambda by: pss(by.key, FIRMWARE + b"more"),
    "of another signer": lambda _: ecdsa(ec.generate_private_key(ec.SECP256R1()), FIRMWARE),
    "PKCS #1 1.5": pkcs1,
    "SHA-512": other_hash,
    "missing": lambda _: "",
    "no Base64": lambda _: "=?=",
    "longer": lambda by: pss(by.key, FIRMWARE)[:-4],
}


@pytest.mark.requirement("1.6-SEC L01.FR.03", "1.6-SEC L01.FR.04")
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
async def test_l01_a_firmware_with_a_bad_signature_is_told_and_never_installed(
    station: Any, maker: Maker, bad: Callable[[Holder], str]
) -> None:
    by = maker.signer(key=RSA)
    answer = await update(station, by, bad(by), id=5)
    await station.advance(60)

    assert answer == ACCEPTED
    assert told(station) == ["Downloading", "Downloaded", "InvalidSignature"]
    assert events(station) == ["InvalidFirmwareSignature"]
    assert station.hardware.system.installed == []
    assert station.statuses() == ["Available"]
    folder = await asyncio.to_thread(station.station.core.files.firmware._place.folder)
    assert list(folder.iterdir()) == []


@pytest.mark.requirement("1.6-SEC L01.FR.04")
async def test_l01_a_file_of_several_blocks_is_checked_to_its_end(
    station: Any, maker: Maker
) -> None:
    by, content = maker.signer(), bytes(9 << 20)
    station.files.content = content[:-1] + b"x"
    await update(station, by, ecdsa(by.key, content))
    await station.advance(20)
    bad = told(station)
    station.files.content = content
    await update(station, by, ecdsa(by.key, content))
    await station.advance(20)

    assert bad[-1] == "InvalidSignature"
    assert told(station) == [*bad, *ALL]


UNTRUSTED: dict[str, Callable[[Maker], Holder]] = {
    "of another manufacturer": lambda _: root("Manufacturer Root").issue(
        "F", not_before=START - DAY, not_after=START + DAY
    ),
    "expired": lambda maker: maker.signer(not_after=START - timedelta(hours=1)),
    "of the future": lambda maker: maker.signer(not_before=START + DAY),
    "a CA": lambda maker: maker.signer(ca=True),
    "for TLS alone": lambda maker: maker.signer(
        extensions=[(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)]
    ),
    "may not sign": lambda maker: maker.signer(usage=("key_agreement",)),
    "of an intermediate": lambda maker: maker.signer(ca=True).issue(
        "F", not_before=START - DAY, not_after=START + DAY
    ),
    "of a weak key": lambda maker: maker.signer(
        key=rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  # on purpose
    ),
    "of a key of another kind": lambda maker: maker.signer(
        public_key=ed25519.Ed25519PrivateKey.generate().public_key()
    ),
    "the root itself": lambda maker: maker.root,
}


@pytest.mark.requirement(
    "1.6-SEC L01.FR.02", "1.6-SEC L01.FR.12", "1.6-SEC L01.FR.23", "1.6-SEC L01.FR.24"
)
@pytest.mark.parametrize("made", UNTRUSTED.values(), ids=UNTRUSTED.keys())
async def test_l01_a_signer_that_is_not_trusted_is_refused_before_anything(
    station: Any, maker: Maker, made: Callable[[Maker], Holder]
) -> None:
    answer = await update(station, made(maker), "c2lnbmF0dXJl")
    await station.advance(30)

    assert answer == INVALID
    assert events(station) == ["InvalidFirmwareSigningCertificate"]
    assert told(station) == []
    assert station.files.urls == []


@pytest.mark.requirement("1.6-SEC L01.FR.24")
@pytest.mark.parametrize("pem", ["", "no PEM", "-----BEGIN CERTIFICATE-----\nx\n"])
async def test_l01_what_is_no_certificate_is_refused(station: Any, maker: Maker, pem: str) -> None:
    firmware = {
        "location": URL,
        "retrieveDateTime": START.isoformat(),
        "signingCertificate": pem,
        "signature": ecdsa(maker.signer().key, FIRMWARE),
    }

    assert await station.call("SignedUpdateFirmware", requestId=1, firmware=firmware) == INVALID


@pytest.mark.requirement("1.6-SEC L01.FR.24")
async def test_l01_a_bad_signer_leaves_the_update_that_is_under_way_alone(
    station: Any, maker: Maker
) -> None:
    await update(station, maker.signer(), id=1)
    answer = await update(station, root("Other"), id=2)
    await station.advance(20)

    assert answer == INVALID
    assert told(station) == ALL


@pytest.mark.requirement("1.6-SEC L01.FR.12", "1.6-SEC M04.FR.02")
async def test_l01_without_a_root_of_the_manufacturer_nothing_is_installed(
    world: Any, maker: Maker, tmp_path: Path
) -> None:
    storage = Storage(state_dir=tmp_path / "state")
    by = maker.signer()
    kind = "ManufacturerRootCertificate"
    async with started(world(Version.V16, storage=storage)) as it:
        none = await update(it, by)
        await it.call("InstallCertificate", certificateType=kind, certificate=maker.root.pem)
        there = await update(it, by)
        await it.advance(20)
        await it.call("DeleteCertificate", certificateHashData=named(maker.root))
        gone = await update(it, by)

    assert (none, there, gone) == (INVALID, ACCEPTED, INVALID)
    assert told(it) == ALL


@pytest.mark.requirement("1.6-SEC L01.FR.12")
async def test_l01_roots_that_cannot_be_read_vouch_for_nobody(
    world: Any, maker: Maker, tmp_path: Path
) -> None:
    by = maker.signer()
    certificates = Certificates(manufacturer_ca=tmp_path / "not there")
    async with started(world(Version.V16, certificates=certificates)) as it:
        answer = await update(it, by)
        plain = await it.call(
            "UpdateFirmware", location=URL, retrieveDate=it.clock.utc_now().isoformat()
        )

    assert answer == INVALID
    assert plain == "NotSupported"


@pytest.mark.requirement("1.6-SEC L01.FR.13")
async def test_l01_a_download_that_is_to_come_is_told(station: Any, maker: Maker) -> None:
    await update(station, maker.signer(), after=3600)
    await station.advance(3590)
    before = told(station)
    await station.advance(60)

    assert before == ["DownloadScheduled"]
    assert told(station) == ["DownloadScheduled", *ALL]


@pytest.mark.requirement("1.6-SEC L01.FR.14")
async def test_l01_a_download_that_waits_for_its_next_attempt_pauses(
    station: Any, maker: Maker
) -> None:
    station.files.pauses = [(60.0, 0), (60.0, 100)]
    await update(station, maker.signer())
    await station.advance(50)
    nothing_yet = told(station)
    await station.advance(40)
    paused = told(station)
    await station.advance(60)

    assert nothing_yet == ["Downloading"]
    assert paused == ["Downloading", "DownloadPaused"]
    assert told(station) == [*paused, *ALL]


async def test_l01_pauses_do_not_pile_up_while_the_csms_is_away(station: Any, maker: Maker) -> None:
    station.files.pauses = [(10, 100)] * 50
    await update(station, maker.signer())
    before = told(station)
    station.down = True
    await station.drop()
    await station.advance(400)
    waiting = len(station.station.core.files.firmware.announcer.untold)
    station.down = False
    await station.advance(300)

    assert before == ["Downloading", "DownloadPaused"]
    assert waiting < 5
    assert told(station)[-5:] == ["Downloading", *ALL[1:]]


@pytest.mark.requirement("1.6-SEC L01.FR.01")
async def test_l01_a_download_that_fails_is_told(station: Any, maker: Maker) -> None:
    station.files.failure = TransferFailed("gone")
    await update(station, maker.signer())
    await station.advance(20)

    assert told(station) == ["Downloading", "DownloadFailed"]


@pytest.mark.requirement("1.6-SEC L01.FR.16", "1.6-SEC L01.FR.17")
async def test_l01_the_installation_waits_for_its_time_and_nobody_for_it(
    station: Any, maker: Maker
) -> None:
    await update(station, maker.signer(), install_after=3600)
    await station.advance(3590)
    before, free = told(station), station.statuses()
    await station.advance(20)

    assert before == [*FETCHED, "InstallScheduled"]
    assert free == ["Available"]
    assert told(station) == [*before, "Installing", "Installed"]


@pytest.mark.requirement("1.6-SEC L01.FR.16")
async def test_l01_a_clock_that_the_csms_sets_brings_the_time_to_install(
    station: Any, maker: Maker
) -> None:
    await update(station, maker.signer(), install_after=3600)
    await station.advance(20)
    later = (station.clock.utc_now() + timedelta(hours=2)).isoformat()
    station.script["Heartbeat"] = lambda _: {"currentTime": later}
    await station.call("TriggerMessage", requestedMessage="Heartbeat")
    await station.advance(10)

    assert told(station) == [*FETCHED, "InstallScheduled", "Installing", "Installed"]


@pytest.mark.requirement("1.6-SEC L01.FR.06", "1.6-SEC L01.FR.07")
@pytest.mark.parametrize("install_after", [None, -10.0, 60.0])
@pytest.mark.requirement("1.6-SEC L01.FR.18", "1.6-SEC L01.FR.19")
async def test_l01_the_installation_waits_for_transactions(
    station: Any, maker: Maker, install_after: float | None
) -> None:
    await station.charge()
    await update(station, maker.signer(), install_after=install_after)
    await station.advance(100)
    waiting, whole = told(station), station.statuses(0)[-1]
    refused = await station.call("RemoteStartTransaction", idTag="XYZ")
    await station.station.evse(1).token_presented(IdToken("ABC"))
    await station.advance(10)

    assert waiting == [*FETCHED, "InstallScheduled"]
    assert whole == "Unavailable"
    assert refused == REJECTED
    assert told(station) == [*waiting, "Installing", "Installed"]


@pytest.mark.requirement("1.6-SEC L01.FR.15")
async def test_l01_a_reboot_is_told_before_it_happens(station: Any, maker: Maker) -> None:
    station.hardware.system.firmware_outcome = InstallOutcome.REBOOT_NEEDED
    seen: list[int] = []

    def slow(payload: dict[str, Any]) -> dict[str, Any] | None:
        if payload["status"] == "InstallRebooting":
            seen.append(len(station.hardware.reboots))
        return None if payload["status"] == "Installing" else {}  # so that others have to wait

    station.script["SignedFirmwareStatusNotification"] = slow
    await update(station, maker.signer())
    await station.advance(120)

    assert seen == [0]
    assert station.hardware.reboots == [RebootReason.FIRMWARE_UPDATE]
    assert told(station) == [*FETCHED, "Installing", "InstallRebooting", "Installed"]
    assert station.actions().count("BootNotification") == 2


@pytest.mark.requirement("1.6-SEC L01.FR.15")
async def test_l01_a_csms_that_does_not_answer_holds_up_no_reboot(
    station: Any, maker: Maker
) -> None:
    station.hardware.system.firmware_outcome = InstallOutcome.REBOOT_NEEDED
    station.script["SignedFirmwareStatusNotification"] = lambda payload: (
        None if payload["status"] == "InstallRebooting" else {}
    )
    await update(station, maker.signer())
    await station.advance(300)

    assert station.hardware.reboots == [RebootReason.FIRMWARE_UPDATE]
    assert told(station)[-1] == "Installed"


@pytest.mark.requirement("1.6-SEC L01.FR.01")
@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (InstallOutcome.FAILED, "InstallationFailed"),
        (InstallOutcome.VERIFICATION_FAILED, "InstallVerificationFailed"),
    ],
)
async def test_l01_an_installation_that_fails_is_told_as_what_it_is(
    station: Any, maker: Maker, outcome: InstallOutcome, status: str
) -> None:
    station.hardware.system.firmware_outcome = outcome
    await update(station, maker.signer())
    await station.advance(20)

    assert told(station) == [*FETCHED, "Installing", status]
    assert events(station) == []
    assert station.statuses()[-1] == "Available"


@pytest.mark.requirement("1.6-SEC L01.FR.26", "1.6-SEC L01.FR.10")
@pytest.mark.parametrize(
    ("more", "seconds", "before"),
    [
        ({"after": 600.0}, 5, ["DownloadScheduled"]),
        ({}, 5, ["Downloading"]),
        ({"install_after": 600.0}, 15, [*FETCHED, "InstallScheduled"]),
    ],
    ids=["scheduled", "downloading", "to be installed"],
)
async def test_l01_another_request_takes_the_place_of_one_that_can_be_given_up(
    station: Any, maker: Maker, more: dict[str, Any], seconds: float, before: list[str]
) -> None:
    by = maker.signer()
    first = await update(station, by, id=1, **more)
    await station.advance(seconds)
    second = await update(station, by, id=2)
    await station.advance(700)

    sent = station.sent("SignedFirmwareStatusNotification")
    assert (first, second) == (ACCEPTED, CANCELED)
    assert [each["status"] for each in sent if each["requestId"] == 1] == before
    assert [each["status"] for each in sent if each["requestId"] == 2] == ALL
    assert len(station.hardware.system.installed) == 1


@pytest.mark.requirement("1.6-SEC L01.FR.27")
async def test_l01_another_request_is_rejected_while_one_is_installed(
    station: Any, maker: Maker
) -> None:
    await update(station, maker.signer(), id=1)
    await station.advance(11)
    during = told(station)
    answer = await update(station, maker.signer(), id=2)
    await station.advance(20)

    assert during[-1] == "Installing"
    assert answer == REJECTED
    assert told(station) == ALL


@pytest.mark.requirement("1.6 §5.14", "B11.FR.06")
@pytest.mark.parametrize("kind", ["Soft", "Hard"])
async def test_5_14_a_reset_does_not_interrupt_an_installation(
    station: Any, maker: Maker, kind: str
) -> None:
    await update(station, maker.signer())
    await station.advance(11)
    during = await station.call("Reset", type=kind)
    await station.advance(10)
    after = await station.call("Reset", type=kind)
    await station.advance(10)

    assert during == REJECTED
    assert told(station) == ALL
    assert after == ACCEPTED
    assert len(station.hardware.reboots) == 1


@pytest.mark.requirement("1.6 §5.14")
async def test_5_14_a_reset_before_the_installation_comes_first_and_the_update_goes_on(
    station: Any, maker: Maker
) -> None:
    await update(station, maker.signer())
    await station.advance(5)
    answer = await station.call("Reset", type="Soft")
    await station.advance(120)

    assert answer == ACCEPTED
    assert len(station.hardware.reboots) == 1
    assert told(station) == ALL


@pytest.mark.requirement("1.6 §5.14")
async def test_5_14_nothing_is_installed_while_a_reset_is_under_way(
    station: Any, maker: Maker
) -> None:
    station.script["StopTransaction"] = lambda _: None  # the reset waits for its answer
    await station.charge()
    await update(station, maker.signer())
    await station.advance(5)
    await station.call("Reset", type="Soft")
    await station.advance(10)
    during = len(station.hardware.reboots), list(station.hardware.system.installed)
    station.script["StopTransaction"] = lambda _: {}
    await station.advance(300)

    assert during == (0, [])
    assert len(station.hardware.reboots) == 1
    assert told(station) == [*FETCHED, "InstallScheduled", "Installing", "Installed"]


@pytest.mark.requirement("1.6-SEC L01.FR.20")
@pytest.mark.parametrize("profile", [0, 1, 2])
async def test_l01_unsigned_firmware_is_not_supported_where_the_whitepaper_is_in_use(
    world: Any, maker: Maker, tmp_path: Path, profile: int
) -> None:
    made = secured(world, tmp_path / "state", profile)
    certificates = Certificates(manufacturer_ca=maker.folder if profile == 0 else None)
    made.config = evolve(made.config, certificates=certificates)
    async with started(made) as it:
        answer = await it.call(
            "UpdateFirmware", location=URL, retrieveDate=it.clock.utc_now().isoformat()
        )
        await it.advance(60)

        assert answer == "NotSupported"
        assert it.files.urls == []
        assert it.sent("FirmwareStatusNotification") == []


@pytest.mark.requirement("1.6-SEC L01.FR.21", "1.6-SEC L01.FR.28", "1.6-SEC L01.FR.29")
async def test_l01_a_triggered_status_is_the_last_one_and_idle_once_installed(
    station: Any, maker: Maker
) -> None:
    async def asked() -> dict[str, Any]:
        before = len(told(station))
        assert await trigger(station) == ACCEPTED
        [sent] = station.sent("SignedFirmwareStatusNotification")[before:]
        return dict(sent)

    by = maker.signer()
    seen = [await asked()]
    await update(station, by, id=9)
    seen.append(await asked())
    await station.advance(20)
    seen.append(await asked())
    await update(station, by, "", id=10)
    await station.advance(20)
    seen.append(await asked())

    assert seen == [
        {"status": "Idle"},
        {"status": "Downloading", "requestId": 9},
        {"status": "Idle"},
        {"status": "InvalidSignature", "requestId": 10},
    ]
    assert station.sent("FirmwareStatusNotification") == []


@pytest.mark.requirement("1.6 §5.17")
async def test_5_17_the_plain_trigger_says_nothing_of_signed_firmware(
    station: Any, maker: Maker
) -> None:
    await update(station, maker.signer())
    answer = await station.call("TriggerMessage", requestedMessage="FirmwareStatusNotification")

    assert answer == ACCEPTED
    assert station.sent("FirmwareStatusNotification") == [{"status": "Idle"}]
    assert told(station) == ["Downloading"]


@frozen
class Interrupted:
    """An update that a restart interrupts.

    Attributes:
        when: its dates.
        seconds: how long before the restart.
        before: what was told by then.
        after: what is told from then on.
        fetched: how often the file is fetched from then on.
    """

    when: dict[str, Any]
    seconds: float
    before: list[str]
    after: list[str]
    fetched: int


INTERRUPTED = {
    "scheduled": Interrupted({"after": 600.0}, 5, ["DownloadScheduled"], ALL, 1),
    "downloading": Interrupted({}, 5, ["Downloading"], ALL[1:], 1),
    "to be installed": Interrupted(
        {"install_after": 600.0}, 20, [*FETCHED, "InstallScheduled"], ["Installing", "Installed"], 0
    ),
}


@pytest.mark.requirement("1.6-SEC L01.FR.10", "1.6-SEC L01.FR.16")
@pytest.mark.parametrize("case", INTERRUPTED.values(), ids=INTERRUPTED.keys())
async def test_l01_an_update_outlasts_a_restart(
    world: Any, maker: Maker, tmp_path: Path, case: Interrupted
) -> None:
    common = {
        "storage": Storage(state_dir=tmp_path / "state"),
        "certificates": Certificates(manufacturer_ca=maker.folder),
    }
    async with started(world(Version.V16, **common)) as it:
        await update(it, maker.signer(), id=77, **case.when)
        await it.advance(case.seconds)
        first = told(it)
    async with started(world(Version.V16, **common)) as it:
        await trigger(it)
        triggered = it.sent("SignedFirmwareStatusNotification")[0]
        await it.advance(700)

        assert first == case.before
        assert triggered == {"status": case.before[-1], "requestId": 77}
        assert told(it)[1:] == case.after
        assert len(it.files.urls) == case.fetched
        numbers = {each["requestId"] for each in it.sent("SignedFirmwareStatusNotification")}
        assert numbers == {77}


@pytest.mark.requirement("1.6-SEC L01.FR.13", "1.6-SEC L01.FR.16")
async def test_l01_a_clock_that_a_restart_sets_back_schedules_no_download_of_what_is_there(
    world: Any, maker: Maker, tmp_path: Path
) -> None:
    common = {
        "storage": Storage(state_dir=tmp_path / "state"),
        "certificates": Certificates(manufacturer_ca=maker.folder),
    }
    async with started(world(Version.V16, **common)) as it:
        await update(it, maker.signer(), install_after=3600)
        await it.advance(20)
    second = world(Version.V16, **common)
    second.environment = evolve(
        second.environment, utc_now=lambda: second.clock.utc_now() - 9999 * DAY
    )
    second.down = True
    async with started(second) as it:
        await it.advance(60)
        second.down = False
        await it.advance(8000)

        assert told(it) == ["Installing", "Installed"]
        assert it.files.urls == []


@pytest.mark.requirement("1.6-SEC L01.FR.04", "1.6-SEC L01.FR.03")
async def test_l01_a_file_that_was_changed_while_the_station_was_off_is_not_installed(
    world: Any, maker: Maker, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    common = {
        "storage": Storage(state_dir=state),
        "certificates": Certificates(manufacturer_ca=maker.folder),
    }
    async with started(world(Version.V16, **common)) as it:
        await update(it, maker.signer(), id=77, install_after=600)
        await it.advance(20)
    (state / "transfer" / "firmware.bin").write_bytes(b"another")
    async with started(world(Version.V16, **common)) as it:
        await it.advance(700)

        assert told(it) == ["InvalidSignature"]
        assert events(it) == ["InvalidFirmwareSignature"]
        assert it.hardware.system.installed == []


@pytest.mark.requirement("1.6-SEC L01.FR.15")
async def test_l01_installed_is_told_by_the_process_that_comes_after(
    world: Any, maker: Maker, tmp_path: Path
) -> None:
    common = {
        "storage": Storage(state_dir=tmp_path / "state"),
        "certificates": Certificates(manufacturer_ca=maker.folder),
    }
    first = world(Version.V16, **common)
    async with started(first) as it:
        it.hardware.system.firmware_outcome = InstallOutcome.REBOOT_NEEDED
        await update(it, maker.signer(), id=3)
        it.down = True
        await it.advance(13)
    description = evolve(first.hardware.description, firmware_version="2.0")
    async with started(world(Version.V16, description, **common)) as it:
        await it.advance(10)

        assert told(it)[-1] == "Installed"
        assert it.sent("SignedFirmwareStatusNotification")[-1]["requestId"] == 3
        assert events(it) == ["FirmwareUpdated"]


async def test_equipment_that_takes_no_firmware_says_so(world: Any, maker: Maker) -> None:
    plain = world(Version.V16, certificates=Certificates(manufacturer_ca=maker.folder))
    plain.equipment = plain.hardware = SimulatedHardware(
        environment=plain.environment, without=frozenset({Capability.FIRMWARE})
    )
    async with started(plain) as it:
        assert await update(it, maker.signer()) == "NotSupported"


async def test_without_the_extra_nothing_signed_is_taken_and_nothing_unsigned_where_roots_are(
    station: Any, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = maker.signer()
    monkeypatch.setitem(sys.modules, "cryptography", None)
    monkeypatch.setattr("ocppkit.station.firmware.find_spec", lambda _: None)
    monkeypatch.setattr("ocppkit.station.v16.signed_firmware.find_spec", lambda _: None)
    signed = await update(station, by)
    plain = await station.call(
        "UpdateFirmware", location=URL, retrieveDate=station.clock.utc_now().isoformat()
    )

    assert (signed, plain) == ("NotSupported", "NotSupported")
