"""The certificates and keys of a station on its disk.

::

    roots/<use>/<number>-<fingerprint>.pem    the root, then who signed it where that is known
    own/<use>/<number>/chain.pem              the certificate, then those above it
    own/<use>/<number>/root.pem               the root above them
    own/<use>/<number>/key.pem
    own/<use>/pending.pem                     the key of the request that is open

A number is given once, in the order of installation: the highest is the newest. So each change is
one rename, and a power cut leaves the state before or after it. Damaged files are skipped and told
of. The methods block: call them through `AsyncCertificateStore`; one process at a time.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ocppkit.security import at_need
from ocppkit.security.entries import Contents, Damage, Limits, OwnEntry, RootEntry
from ocppkit.security.files import discard, publish_folder, write_file
from ocppkit.security.hash_data import HashData
from ocppkit.security.results import Deletion, Installation, InstallRefusal, Status
from ocppkit.security.secret import Secret
from ocppkit.security.tls import OwnCertificate
from ocppkit.security.uses import OwnUse, RootUse, own_folder, prepare_folders, roots_folder

if TYPE_CHECKING:
    from cryptography import x509

    from ocppkit.security.chain import ValidChain
    from ocppkit.security.keys import PrivateKey

__all__ = ["CertificateStore"]

_logger = logging.getLogger(__name__)

_NUMBERED: Final = re.compile(r"(\d{6})(?:-[0-9a-f]{16}\.pem)?")
_PENDING: Final = "pending.pem"


class CertificateStore:
    """Certificates and keys in a folder.

    Attributes:
        folder: where they are.
    """

    def __init__(
        self,
        folder: Path,
        *,
        passphrase: Secret | None = None,
        limits: Limits | None = None,
        replace_csms_root: bool = False,
    ) -> None:
        """Say where and how; touches no file.

        Args:
            folder: only the store writes there.
            passphrase: to encrypt the keys with.
            limits: how much it takes; anything unless told otherwise.
            replace_csms_root: AdditionalRootCertificateCheck.
        """
        self.folder = folder
        self._passphrase = passphrase
        self._limits = limits or Limits()
        self._replace_csms_root = replace_csms_root

    def open(self) -> Contents:
        """Make the folders, remove what a power cut left behind, and look at what is there.

        Raises:
            OSError: the disk cannot be used.
        """
        _ = prepare_folders(self.folder)
        contents = self.read()
        for damage in contents.damaged:
            _logger.error("%s is skipped: %s", damage.path, damage.reason)
        for entry in contents.own:
            entry.files.key.chmod(0o600)
            pending = self.pending_key(entry.use)
            if pending is not None and at_need.fits(entry.certificate, pending):
                self._forget_pending(entry.use)  # the power went just before
        self._drop_replaced_roots(contents)
        return self.read()

    def read(self) -> Contents:
        """Look at what is there.

        Raises:
            OSError: a folder cannot be read; that a file cannot is told as damage.
        """
        roots: list[RootEntry] = []
        own: list[OwnEntry] = []
        damaged: list[Damage] = []
        for use in RootUse:
            for number, path in _numbered(self._roots(use)):
                try:
                    certificate, *issuer = at_need.read_certificates(path.read_text())
                except (ValueError, OSError) as error:
                    damaged.append(Damage(path=path, reason=str(error)))
                    continue
                roots.append(
                    RootEntry(
                        use=use,
                        number=number,
                        certificate=certificate,
                        issuer=issuer[0] if issuer else None,
                        path=path,
                    )
                )
        for own_use in OwnUse:
            for number, path in _numbered(self._own(own_use)):
                try:
                    own.append(self._read_own(own_use, number, path))
                except (ValueError, OSError) as error:
                    damaged.append(Damage(path=path, reason=str(error)))
        return Contents(roots=tuple(roots), own=tuple(own), damaged=tuple(damaged))

    def install_root(self, pem: str, use: RootUse, now: datetime) -> Installation:
        """Install what InstallCertificate brings (M05).

        Args:
            pem: as the CSMS sent it.
            use: what it is to be trusted for.
            now: aware.
        """
        new = at_need.read_root(pem, now)
        if isinstance(new, InstallRefusal):
            return Installation(status=Status.REJECTED, refusal=new)
        try:
            contents = self.read()
            refusal = at_need.install_refusal(
                new,
                use,
                contents,
                limits=self._limits,
                replace_csms_root=self._replace_csms_root,
            )
            if refusal is not None:
                return Installation(status=Status.REJECTED, refusal=refusal)
            self._add_root(new, use, contents)
        except OSError as error:
            _logger.error("a root could not be installed: %s", error)  # noqa: TRY400  # the disk
            return Installation(status=Status.FAILED)
        return Installation(status=Status.ACCEPTED)

    def delete(
        self,
        data: HashData,
        *,
        in_use: Collection[x509.Certificate] = (),
        keep_last: bool = True,
    ) -> Deletion:
        """Delete what DeleteCertificate names (M04); with a sub-CA the chains that it is in go.

        Args:
            data: the name.
            in_use: the roots that the present connection may be checked with.
            keep_last: whether the last CSMS root stays in any case.
        """
        try:
            contents = self.read()
            found = at_need.find_named(data, contents)
            if not found:
                return Deletion(status=Status.NOT_FOUND)
            for entry in found:
                refusal = at_need.deletion_refusal(
                    entry, contents, in_use=in_use, keep_last=keep_last
                )
                if refusal is not None:
                    return Deletion(status=Status.FAILED, refusal=refusal)
            for entry in found:
                discard(_path_of(entry))
        except OSError as error:
            _logger.error("a certificate could not be deleted: %s", error)  # noqa: TRY400  # the disk
            return Deletion(status=Status.FAILED)
        return Deletion(status=Status.ACCEPTED)

    def confirm_csms_root(self) -> None:
        """The CSMS was checked with the newest root: the one that it replaced goes (M05.FR.13).

        Raises:
            OSError: the disk does not do it.
        """
        if self._replace_csms_root:
            for entry in self.read().roots_for(RootUse.CSMS)[:-1]:
                discard(entry.path)

    def put_pending_key(self, use: OwnUse, key: PrivateKey) -> None:
        """Keep the key of a request to sign it; replaces that of an earlier one.

        Raises:
            OSError: the disk does not take it.
        """
        write_file(self._own(use) / _PENDING, at_need.key_to_pem(key, self._passphrase))

    def pending_key(self, use: OwnUse) -> PrivateKey | None:
        """The key of the request that is open; None where there is none, or none to be read."""
        try:
            pem = (self._own(use) / _PENDING).read_bytes()
            return at_need.read_key(pem, self._passphrase)
        except FileNotFoundError:
            return None
        except (ValueError, OSError) as error:
            _logger.error("the key of the open request is lost: %s", error)  # noqa: TRY400  # no key in a traceback
            return None

    def install_own(self, use: OwnUse, chain: ValidChain) -> OwnEntry:
        """Put a certificate that fits the pending key beside the one in use (A02.FR.08).

        It is the one to try first from now on; the one in use stays until `confirm_own`. One for
        both uses is put beside that of each.

        Raises:
            ValueError: it does not fit the pending key.
            OSError: the disk does not take it.
        """
        key = self.pending_key(use)
        if key is None or not at_need.fits(chain.chain[0], key):
            msg = "the certificate does not fit the key of the open request"
            raise ValueError(msg)
        if use is OwnUse.COMBINED:
            _ = self.import_own(OwnUse.V2G, chain, key)
        each = OwnUse.CHARGING_STATION if use is OwnUse.COMBINED else use
        entry = self.import_own(each, chain, key)
        self._forget_pending(use)
        return entry

    def import_own(self, use: OwnUse, chain: ValidChain, key: PrivateKey) -> OwnEntry:
        """Put in a certificate with its key, as the manufacturer does.

        Raises:
            ValueError: they do not fit.
            OSError: the disk does not take it.
        """
        if not at_need.fits(chain.chain[0], key):
            msg = "the certificate does not fit the key"
            raise ValueError(msg)
        number = _next_number(self._own(use))
        path = self._own(use) / f"{number:06}"
        # The last that worked stays; one that never had its turn does not.
        superseded = [] if use is OwnUse.V2G else self.read().own_for(use)[:-1]
        publish_folder(
            path,
            {
                "chain.pem": at_need.to_pem(chain.chain).encode(),
                "root.pem": at_need.to_pem([chain.root]).encode(),
                "key.pem": at_need.key_to_pem(key, self._passphrase),
            },
        )
        for entry in superseded:
            discard(_path_of(entry))
        return self._read_own(use, number, path)

    def confirm_own(self, entry: OwnEntry) -> tuple[OwnEntry, ...]:
        """A connection was made with a certificate: the others of its use go (A02.FR.10).

        Of V2G certificates those of the same root go.

        Returns:
            Those that went; where a newer one is among them, 2.0.1 reports it (A02.FR.29).

        Raises:
            OSError: the disk does not do it.
        """
        others = [
            other
            for other in self.read().own_for(entry.use)
            if other.number != entry.number
            and (entry.use is OwnUse.CHARGING_STATION or other.root == entry.root)
        ]
        for other in others:
            discard(_path_of(other))
        return tuple(others)

    def _roots(self, use: RootUse) -> Path:
        return roots_folder(self.folder, use)

    def _own(self, use: OwnUse) -> Path:
        return own_folder(self.folder, use)

    def _forget_pending(self, use: OwnUse) -> None:
        discard(self._own(use) / _PENDING)

    def _add_root(self, new: x509.Certificate, use: RootUse, contents: Contents) -> None:
        same = [entry for entry in contents.roots_for(use) if entry.certificate == new]
        replaces = use is RootUse.CSMS and self._replace_csms_root
        newest = contents.roots_for(use)[-1:]
        if same and (not replaces or same[0] in newest):
            return
        issuer = contents.issuer_of(new)
        folder = self._roots(use)
        path = folder / f"{_next_number(folder):06}-{at_need.fingerprint(new)[:16]}.pem"
        write_file(path, at_need.to_pem([new] if issuer is None else [new, issuer]).encode())
        if replaces:
            self._drop_replaced_roots(self.read())

    def _drop_replaced_roots(self, contents: Contents) -> None:
        """Of CSMS roots that replace one another keep the newest and one to fall back to."""
        if self._replace_csms_root:
            for entry in contents.roots_for(RootUse.CSMS)[:-2]:
                discard(entry.path)

    def _read_own(self, use: OwnUse, number: int, path: Path) -> OwnEntry:
        chain = at_need.read_certificates((path / "chain.pem").read_text())
        (root,) = at_need.read_certificates((path / "root.pem").read_text())
        files = OwnCertificate(
            chain=path / "chain.pem", key=path / "key.pem", passphrase=self._passphrase
        )
        if not at_need.fits(chain[0], at_need.read_key(files.key.read_bytes(), self._passphrase)):
            msg = "key and certificate do not fit"
            raise ValueError(msg)
        return OwnEntry(use=use, number=number, chain=chain, root=root, files=files)


def _path_of(entry: RootEntry | OwnEntry) -> Path:
    return entry.path if isinstance(entry, RootEntry) else entry.files.chain.parent


def _numbered(folder: Path) -> list[tuple[int, Path]]:
    found: Iterable[Path] = folder.iterdir() if folder.exists() else ()
    matches = ((_NUMBERED.fullmatch(path.name), path) for path in found)
    return sorted((int(match[1]), path) for match, path in matches if match)


def _next_number(folder: Path) -> int:
    return max((number for number, _ in _numbered(folder)), default=0) + 1
