from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from ocppkit.security import CertificateStore, OwnUse, RootUse, ValidChain
from ocppkit.security.files import private_folder, publish_folder, write_file
from ocppkit.security.pem import to_pem

from .pki import NOW, SERIAL, build, new_key, new_root, subject

ROOT = new_root()
NEXT_KEY = new_key()
SUCCESSOR = build(
    subject("Next Root"),
    NEXT_KEY.public_key(),
    issuer=ROOT.certificate.subject,
    signer=ROOT.key,
    ca=True,
)
CS, V2G = OwnUse.CHARGING_STATION, OwnUse.V2G
KEYS = [new_key(), new_key()]
LEAVES = [ROOT.issue(SERIAL, key=key) for key in KEYS]
CHAINS = [ValidChain(chain=(leaf.certificate,), root=ROOT.certificate) for leaf in LEAVES]

State: TypeAlias = tuple[Any, ...]


class PowerCut(BaseException):
    """Nothing runs after it, not even a clean-up."""


class Power:
    """Goes at the nth instruction that touches the disk."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._left = -1
        for owner, name in (
            (os, "open"),
            (os, "write"),
            (os, "fsync"),
            (shutil, "rmtree"),
            (Path, "mkdir"),
            (Path, "rename"),
            (Path, "replace"),
            (Path, "unlink"),
        ):
            monkeypatch.setattr(owner, name, self._wrapped(getattr(owner, name)))

    def _wrapped(self, touch: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            if self._left == 0:
                raise PowerCut
            self._left -= 1
            return touch(*args, **kwargs)

        return wrapped

    def lasts(self, instructions: int, work: Callable[[], object]) -> bool:
        """Whether the work was done to its end before the power went."""
        self._left = instructions
        try:
            work()
        except PowerCut:
            return False
        finally:
            self._left = -1
        return True


def state(store: CertificateStore) -> State:
    contents = store.read()
    assert not contents.damaged
    return (
        [(entry.use, entry.certificate) for entry in contents.roots],
        [(entry.use, entry.chain) for entry in contents.own],
    )


def prepare_install(store: CertificateStore) -> Callable[[], object]:
    store.import_own(CS, CHAINS[0], KEYS[0])
    store.put_pending_key(CS, KEYS[1])
    return lambda: store.install_own(CS, CHAINS[1])


def prepare_confirm(store: CertificateStore) -> Callable[[], object]:
    store.import_own(CS, CHAINS[0], KEYS[0])
    new = store.import_own(CS, CHAINS[1], KEYS[1])
    return lambda: store.confirm_own(new)


def prepare_delete(store: CertificateStore) -> Callable[[], object]:
    data = store.import_own(V2G, CHAINS[0], KEYS[0]).hash_data()[0]
    return lambda: store.delete(data)


def prepare_root(store: CertificateStore) -> Callable[[], object]:
    store.install_root(ROOT.pem, RootUse.CSMS, NOW)
    return lambda: store.install_root(to_pem([SUCCESSOR]), RootUse.CSMS, NOW)


@pytest.mark.parametrize(
    "prepare", [prepare_install, prepare_confirm, prepare_delete, prepare_root]
)
def test_a_power_cut_at_any_instruction_leaves_the_state_before_or_after(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[CertificateStore], Callable[[], object]],
) -> None:
    power = Power(monkeypatch)
    seen: list[State] = []
    done, instructions = False, 0
    while not done:
        folder = tmp_path / str(instructions)
        store = CertificateStore(folder, replace_csms_root=True)
        store.open()
        change = prepare(store)
        before = state(store)
        done = power.lasts(instructions, change)
        restarted = CertificateStore(folder, replace_csms_root=True)
        restarted.open()
        if state(restarted) != before:
            seen.append(state(restarted))
        elif seen:
            pytest.fail("the change was there and went again")
        pending = list(folder.rglob("pending.pem"))
        assert not (seen and pending)
        assert not [p for p in folder.rglob("*") if p.name.startswith((".tmp-", ".old-"))]
        instructions += 1

    assert instructions > 3
    assert seen
    assert all(after == seen[0] for after in seen)


def test_a_file_is_replaced_as_a_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_file(path, b"old")

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        write_file(path, b"new")
    with pytest.raises(OSError, match="No space"):
        publish_folder(tmp_path / "folder", {"file": b"new"})

    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_large_file_is_written_in_as_many_pieces_as_the_disk_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, bytes(data[:7])))

    write_file(tmp_path / "file", bytes(range(100)))

    assert (tmp_path / "file").read_bytes() == bytes(range(100))


def test_a_folder_that_others_could_enter_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)

    private_folder(folder)
    private_folder(folder / "a" / "b")

    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "a").stat().st_mode & 0o777 == 0o700
