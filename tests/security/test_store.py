from __future__ import annotations

import asyncio
import stat
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from ocppkit.security import (
    AsyncCertificateStore,
    CertificateStore,
    DeletionRefusal,
    HashAlgorithm,
    HashData,
    Installation,
    InstallRefusal,
    Limits,
    OwnEntry,
    OwnUse,
    RootUse,
    Secret,
    Status,
    ValidChain,
)
from ocppkit.security.pem import to_pem

from .pki import DAY, NOW, SERIAL, Holder, build, new_key, new_root, subject

ROOT = new_root()
SUB = ROOT.issue("Sub CA", ca=True)
CS, V2G = OwnUse.CHARGING_STATION, OwnUse.V2G


def opened(folder: Path, **settings: Any) -> CertificateStore:
    store = CertificateStore(folder / "certificates", **settings)
    store.open()
    return store


def successor(of: Holder, name: str = "Next Root") -> Holder:
    """A root that is signed by the one that it replaces."""
    key = new_key()
    certificate = build(
        subject(name), key.public_key(), issuer=of.certificate.subject, signer=of.key, ca=True
    )
    return Holder(certificate=certificate, key=key)


def put(
    store: CertificateStore, use: OwnUse = CS, issuer: Holder = SUB, root: Holder = ROOT
) -> Any:
    key = new_key()
    store.put_pending_key(use, key)
    leaf = issuer.issue(SERIAL, key=key)
    chain = (leaf.certificate, *leaf.above)
    return store.install_own(use, ValidChain(chain=chain, root=root.certificate))


def csms_roots(store: CertificateStore) -> list[x509.Certificate]:
    return [entry.certificate for entry in store.read().roots_for(RootUse.CSMS)]


@pytest.mark.requirement("M05.FR.02", "1.6-SEC M05.FR.02")
@pytest.mark.parametrize("use", RootUse)
def test_a_root_is_installed_and_found_again_by_another_program(
    tmp_path: Path, use: RootUse
) -> None:
    result = opened(tmp_path).install_root(ROOT.pem, use, NOW)

    (entry,) = opened(tmp_path).read().roots
    assert result.status is Status.ACCEPTED
    assert (entry.use, entry.certificate) == (use, ROOT.certificate)


@pytest.mark.requirement("M05.FR.07", "1.6-SEC M05.FR.06")
@pytest.mark.parametrize(
    ("pem", "refusal"),
    [
        ("", InstallRefusal.UNREADABLE),
        ("-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----", InstallRefusal.UNREADABLE),
        (ROOT.pem + SUB.pem, InstallRefusal.UNREADABLE),
        (ROOT.issue(SERIAL).pem, InstallRefusal.NO_CA),
        (new_root(not_after=NOW - DAY / 2).pem, InstallRefusal.EXPIRED),
    ],
)
def test_what_is_no_root_is_rejected(tmp_path: Path, pem: str, refusal: InstallRefusal) -> None:
    result = opened(tmp_path).install_root(pem, RootUse.V2G, NOW)

    assert (result.status, result.refusal) == (Status.REJECTED, refusal)


@pytest.mark.requirement("M05.FR.17")
def test_a_root_that_is_there_is_accepted_again_and_kept_once(tmp_path: Path) -> None:
    store = opened(tmp_path, limits=Limits(roots=1))
    store.install_root(ROOT.pem, RootUse.V2G, NOW)

    assert store.install_root(ROOT.pem, RootUse.V2G, NOW).status is Status.ACCEPTED
    assert len(store.read().roots) == 1


@pytest.mark.requirement("M05.FR.06", "1.6-SEC M05.FR.03")
def test_a_full_store_takes_no_more(tmp_path: Path) -> None:
    store = opened(tmp_path, limits=Limits(entries=2))
    put(store)
    store.install_root(ROOT.pem, RootUse.V2G, NOW)

    full = store.install_root(new_root("Another").pem, RootUse.MO, NOW)

    assert store.read().entries == 2
    assert (full.status, full.refusal) == (Status.REJECTED, InstallRefusal.FULL)


def test_1_6_counts_roots_only(tmp_path: Path) -> None:
    store = opened(tmp_path, limits=Limits(roots=1))
    put(store)

    first = store.install_root(ROOT.pem, RootUse.CSMS, NOW)
    second = store.install_root(new_root("Another").pem, RootUse.CSMS, NOW)

    assert (first.status, second.status) == (Status.ACCEPTED, Status.REJECTED)


@pytest.mark.requirement("M05.FR.10", "1.6-SEC M05.FR.09")
@pytest.mark.requirement("M05.FR.11", "1.6-SEC M05.FR.10")
@pytest.mark.requirement("M05.FR.12", "1.6-SEC M05.FR.11")
@pytest.mark.requirement("M05.FR.13", "1.6-SEC M05.FR.12")
@pytest.mark.requirement("M05.FR.14", "1.6-SEC M05.FR.13")
def test_a_csms_root_is_replaced_by_one_that_it_signed(tmp_path: Path) -> None:
    store = opened(tmp_path, replace_csms_root=True, limits=Limits(roots=1))
    store.install_root(ROOT.pem, RootUse.CSMS, NOW)
    second = successor(ROOT)

    stranger = store.install_root(new_root("Stranger").pem, RootUse.CSMS, NOW)
    replaced = store.install_root(second.pem, RootUse.CSMS, NOW)
    trusted = store.read().csms_trust(replace=True)
    store.confirm_csms_root()

    assert stranger.refusal is InstallRefusal.NOT_SIGNED_BY_OLD
    assert replaced.status is Status.ACCEPTED
    assert trusted == ((second.certificate,), (ROOT.certificate,))
    assert csms_roots(store) == [second.certificate]


@pytest.mark.requirement("M05.FR.09", "1.6-SEC M05.FR.08")
def test_there_is_never_more_than_one_csms_root_and_one_to_fall_back_to(tmp_path: Path) -> None:
    store = opened(tmp_path, replace_csms_root=True)
    second = successor(ROOT)
    third = successor(second, "Third Root")
    for root in (ROOT, second, third, third):
        assert store.install_root(root.pem, RootUse.CSMS, NOW).status is Status.ACCEPTED

    assert csms_roots(store) == [second.certificate, third.certificate]


def test_without_the_check_all_csms_roots_are_trusted_at_once(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for root in (ROOT, new_root("Another")):
        store.install_root(root.pem, RootUse.CSMS, NOW)
    store.confirm_csms_root()

    assert [len(roots) for roots in store.read().csms_trust(replace=False)] == [2]


@pytest.mark.requirement("M03.FR.04", "1.6-SEC M03.FR.04")
def test_a_root_that_another_signed_keeps_its_name_when_that_one_goes(tmp_path: Path) -> None:
    store = opened(tmp_path, replace_csms_root=True)
    second = successor(ROOT)
    store.install_root(ROOT.pem, RootUse.CSMS, NOW)
    store.install_root(second.pem, RootUse.CSMS, NOW)
    store.confirm_csms_root()

    (named,) = store.read().named()

    assert named.certificate == HashData.of(second.certificate, ROOT.certificate)


@pytest.mark.requirement("M03.FR.05")
def test_a_v2g_chain_is_listed_with_its_sub_cas_and_the_station_certificate_is_not(
    tmp_path: Path,
) -> None:
    store = opened(tmp_path)
    put(store)
    entry = put(store, V2G)
    store.install_root(ROOT.pem, RootUse.V2G, NOW)

    listed = {chain.kind: chain for chain in store.read().named(HashAlgorithm.SHA512)}

    chain = listed["V2GCertificateChain"]
    assert sorted(listed) == ["V2GCertificateChain", "V2GRootCertificate"]
    assert chain.certificate.algorithm is HashAlgorithm.SHA512
    assert int(chain.certificate.serial_number, 16) == entry.certificate.serial_number
    assert chain.children == (HashData.of(SUB.certificate, ROOT.certificate, HashAlgorithm.SHA512),)


@pytest.mark.requirement("M04.FR.02", "1.6-SEC M04.FR.02")
@pytest.mark.requirement("M04.FR.04", "1.6-SEC M04.FR.04")
def test_a_root_is_deleted_by_its_hashes_of_any_kind(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.install_root(ROOT.pem, RootUse.V2G, NOW)
    data = HashData.of(ROOT.certificate, ROOT.certificate, HashAlgorithm.SHA384)

    assert store.delete(data).status is Status.ACCEPTED
    assert store.delete(data).status is Status.NOT_FOUND
    assert store.read().entries == 0


@pytest.mark.requirement("M04.FR.03", "1.6-SEC M04.FR.03")
def test_the_last_csms_root_and_one_in_use_stay(tmp_path: Path) -> None:
    store = opened(tmp_path)
    another = new_root("Another")
    first, second = (HashData.of(root.certificate, root.certificate) for root in (ROOT, another))
    for root in (ROOT, another):
        store.install_root(root.pem, RootUse.CSMS, NOW)

    used = store.delete(first, in_use=[ROOT.certificate])
    other = store.delete(second, in_use=[ROOT.certificate])
    last = store.delete(first)

    assert (used.status, used.refusal) == (Status.FAILED, DeletionRefusal.IN_USE)
    assert other.status is Status.ACCEPTED
    assert (last.status, last.refusal) == (Status.FAILED, DeletionRefusal.LAST_CSMS_ROOT)


@pytest.mark.requirement("M04.FR.06", "1.6-SEC M04.FR.05")
def test_the_certificate_of_the_station_stays(tmp_path: Path) -> None:
    store = opened(tmp_path)
    data = put(store).hash_data()[0]

    deletion = store.delete(data)

    assert (deletion.status, deletion.refusal) == (Status.FAILED, DeletionRefusal.OWN_CERTIFICATE)


@pytest.mark.requirement("M04.FR.08")
@pytest.mark.parametrize("index", [0, 1])
def test_a_v2g_chain_goes_with_any_of_its_certificates(tmp_path: Path, index: int) -> None:
    store = opened(tmp_path)
    data = put(store, V2G).hash_data()[index]

    assert store.delete(data).status is Status.ACCEPTED
    assert store.read().own == ()


@pytest.mark.parametrize("passphrase", [None, Secret(b"open sesame")])
@pytest.mark.requirement("1.6-SEC A02.FR.05", "1.6-SEC A03.FR.05")
def test_keys_are_for_the_owner_only(tmp_path: Path, passphrase: Secret | None) -> None:
    store = opened(tmp_path, passphrase=passphrase)
    store.put_pending_key(V2G, new_key())
    put(store)

    keys = [p for p in store.folder.rglob("*.pem") if b"PRIVATE KEY" in p.read_bytes()]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in store.folder.rglob("*.pem")}
    folders = [store.folder, *(p for p in store.folder.rglob("*") if p.is_dir())]
    assert len(keys) == 2
    assert modes == {0o600}
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    assert all((b"ENCRYPTED" in p.read_bytes()) is (passphrase is not None) for p in keys)


@pytest.mark.requirement("A02.FR.10", "1.6-SEC A02.FR.10")
@pytest.mark.requirement("A02.FR.28")
@pytest.mark.requirement("1.6-SEC A02.FR.09", "1.6-SEC A03.FR.09", "1.6-SEC A03.FR.10")
def test_a_new_certificate_is_tried_first_and_the_old_goes_when_it_works(tmp_path: Path) -> None:
    store = opened(tmp_path)
    old, new = put(store), put(store)

    assert [entry.number for entry in store.read().own_for(CS)] == [new.number, old.number]
    assert [entry.number for entry in store.confirm_own(new)] == [old.number]
    assert [entry.number for entry in store.read().own_for(CS)] == [new.number]


def test_a_new_certificate_that_does_not_work_goes(tmp_path: Path) -> None:
    store = opened(tmp_path)
    old, new = put(store), put(store)

    assert [entry.number for entry in store.confirm_own(old)] == [new.number]
    assert [entry.number for entry in store.read().own_for(CS)] == [old.number]


def test_of_several_new_certificates_only_the_newest_stays_beside_the_one_that_works(
    tmp_path: Path,
) -> None:
    store = opened(tmp_path)
    numbers = [put(store).number for _ in range(3)]

    assert [entry.number for entry in store.read().own_for(CS)] == [numbers[2], numbers[0]]


@pytest.mark.requirement("A02.FR.15")
def test_of_v2g_certificates_the_newest_of_each_root_is_used(tmp_path: Path) -> None:
    store = opened(tmp_path)
    other = new_root("Other Root")
    old = put(store, V2G)
    elsewhere = put(store, V2G, other, other)
    newer = SUB.issue(SERIAL, not_before=NOW)
    chain = ValidChain(chain=(newer.certificate, *newer.above), root=ROOT.certificate)
    new = store.import_own(V2G, chain, newer.key)

    assert {e.number for e in store.read().v2g_in_use()} == {new.number, elsewhere.number}
    assert [entry.number for entry in store.confirm_own(new)] == [old.number]


def test_a_certificate_must_fit_the_key_that_was_to_be_signed(tmp_path: Path) -> None:
    store = opened(tmp_path)
    leaf = SUB.issue(SERIAL)
    chain = ValidChain(chain=(leaf.certificate,), root=ROOT.certificate)
    with pytest.raises(ValueError, match="does not fit"):
        store.install_own(CS, chain)
    store.put_pending_key(CS, new_key())
    with pytest.raises(ValueError, match="does not fit"):
        store.install_own(CS, chain)
    with pytest.raises(ValueError, match="does not fit"):
        store.import_own(CS, chain, new_key())

    assert store.read().own == ()


def test_the_pending_key_survives_a_reboot_and_goes_with_its_certificate(tmp_path: Path) -> None:
    store = opened(tmp_path)
    key = new_key()
    store.put_pending_key(CS, key)
    again = opened(tmp_path).pending_key(CS)
    put(store)

    assert again is not None
    assert again.private_numbers() == key.private_numbers()
    assert store.pending_key(CS) is None


def test_what_is_damaged_is_told_and_skipped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = opened(tmp_path)
    put(store)
    broken = put(store, V2G)
    store.install_root(ROOT.pem, RootUse.CSMS, NOW)
    store.install_root(ROOT.pem, RootUse.MO, NOW)
    root = next(entry for entry in store.read().roots if entry.use is RootUse.MO)
    root.path.write_bytes(b"\xff\x00")
    broken.files.key.write_bytes(b"")
    (store.folder / "roots" / "readme.txt").write_text("not ours")
    (store.folder / "roots" / "CSMSRootCertificate" / "notes.txt").write_text("not ours")

    contents = store.open()

    assert {damage.path for damage in contents.damaged} == {root.path, broken.files.key.parent}
    assert [entry.use for entry in contents.own] == [CS]
    assert [entry.use for entry in contents.roots] == [RootUse.CSMS]
    assert caplog.text.count("is skipped") == 2
    # A damaged file keeps its number.
    assert store.install_root(ROOT.pem, RootUse.MO, NOW).status is Status.ACCEPTED
    assert store.read().roots[-1].path != root.path


def test_another_passphrase_makes_keys_unusable_but_nothing_worse(tmp_path: Path) -> None:
    put(opened(tmp_path, passphrase=Secret(b"one")))

    contents = opened(tmp_path, passphrase=Secret(b"two")).read()

    assert contents.own == ()
    assert len(contents.damaged) == 1


def test_what_a_power_cut_left_behind_goes_at_the_next_start(tmp_path: Path) -> None:
    store = opened(tmp_path, replace_csms_root=True)
    second, third = successor(ROOT), None
    third = successor(second, "Third Root")
    for number, root in enumerate((ROOT, second, third), start=1):
        # The third was written, the first not yet removed.
        path = store.folder / "roots/CSMSRootCertificate" / f"{number:06}-{number:016x}.pem"
        path.write_text(root.pem)
    entry = put(store)
    own = entry.files.key.parent.parent
    (own / "pending.pem").write_bytes(entry.files.key.read_bytes())
    (own / ".tmp-000002").mkdir()
    (own / ".tmp-000002" / "key.pem").write_text("half a k")
    (own / ".old-000000").mkdir()
    (own / ".tmp-pending.pem").write_text("half a k")

    contents = store.open()

    assert [path.name for path in own.iterdir()] == [f"{entry.number:06}"]
    assert [e.certificate for e in contents.roots] == [second.certificate, third.certificate]


def test_a_disk_that_fails_makes_the_answer_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(tmp_path)
    store.install_root(ROOT.pem, RootUse.V2G, NOW)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    installed = store.install_root(new_root("Another").pem, RootUse.V2G, NOW)
    deleted = store.delete(store.read().roots[0].hash_data())
    monkeypatch.undo()

    assert (installed.status, installed.refusal) == (Status.FAILED, None)
    assert (deleted.status, deleted.refusal) == (Status.FAILED, None)
    assert not list(store.folder.rglob(".tmp-*"))


async def test_the_facade_works_in_threads_one_call_at_a_time(tmp_path: Path) -> None:
    class Watched(CertificateStore):
        threads: set[int]
        busy = 0
        most = 0

        def install_root(self, pem: str, use: RootUse, now: datetime) -> Installation:
            self.threads.add(threading.get_ident())
            self.busy += 1
            self.most = max(self.most, self.busy)
            try:
                return super().install_root(pem, use, now)
            finally:
                self.busy -= 1

    watched = Watched(tmp_path / "certificates")
    watched.threads = set()
    store = AsyncCertificateStore(watched)
    await store.open()
    roots = [new_root(f"Root {n}") for n in range(4)]
    results = await asyncio.gather(
        *(store.install_root(root.pem, RootUse.V2G, NOW) for root in roots)
    )

    assert [result.status for result in results] == [Status.ACCEPTED] * 4
    assert len((await store.read()).roots) == 4
    assert watched.most == 1
    assert threading.get_ident() not in watched.threads


async def test_the_facade_goes_the_way_of_a_renewal(tmp_path: Path) -> None:
    store = AsyncCertificateStore(CertificateStore(tmp_path / "certificates"))
    await store.open()

    async def renewed() -> OwnEntry:
        leaf = SUB.issue(SERIAL, key=await store.new_pending_key(CS))
        assert await store.pending_key(CS) is not None
        chain = ValidChain(chain=(leaf.certificate, *leaf.above), root=ROOT.certificate)
        return await store.install_own(CS, chain)

    await renewed()
    entry = await renewed()
    await store.install_root(ROOT.pem, RootUse.MO, NOW)
    await store.confirm_csms_root()

    gone = await store.confirm_own(entry)
    deletion = await store.delete(HashData.of(ROOT.certificate, ROOT.certificate))

    assert len(gone) == 1
    assert deletion.status is Status.ACCEPTED
    assert entry.files.chain.read_text() == to_pem(entry.chain)


async def test_a_call_that_is_cancelled_is_done_before_the_next_begins(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    class Slow(CertificateStore):
        def confirm_csms_root(self) -> None:
            begun.set()
            go_on.wait(5)
            order.append("first")

        def read(self) -> Any:
            order.append("second")
            return super().read()

    store = AsyncCertificateStore(Slow(tmp_path / "certificates"))
    first = asyncio.create_task(store.confirm_csms_root())
    await asyncio.to_thread(begun.wait, 5)
    first.cancel()
    second = asyncio.create_task(store.read())
    go_on.set()
    await second

    assert order[0] == "first"
    assert first.cancelled()
