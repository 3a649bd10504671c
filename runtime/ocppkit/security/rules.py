"""What may be installed and deleted: decisions about the contents of a store (M04, M05)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cryptography import x509

from ocppkit.security.chain import is_issued_by, is_weak
from ocppkit.security.entries import Contents, Limits, OwnEntry, RootEntry
from ocppkit.security.hash_data import HashData
from ocppkit.security.pem import fingerprint, read_certificates
from ocppkit.security.results import DeletionRefusal, InstallRefusal
from ocppkit.security.uses import OwnUse, RootUse

__all__ = [
    "deletion_refusal",
    "find_named",
    "install_refusal",
    "read_root",
]


def read_root(pem: str, now: datetime) -> x509.Certificate | InstallRefusal:
    """Read what InstallCertificate brings: one CA certificate that is of use (M05.FR.07).

    Args:
        pem: as the CSMS sent it.
        now: aware.
    """
    try:
        certificate, *more = read_certificates(pem)
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except ValueError:
        return InstallRefusal.UNREADABLE
    except x509.ExtensionNotFound:
        return InstallRefusal.NO_CA
    if more:  # a bundle would be trusted as a whole (errata 2025-09 §2.7)
        return InstallRefusal.UNREADABLE
    if not constraints.value.ca:
        return InstallRefusal.NO_CA
    if now > certificate.not_valid_after_utc:
        return InstallRefusal.EXPIRED
    return InstallRefusal.WEAK_KEY if is_weak(certificate) else certificate


def install_refusal(
    new: x509.Certificate,
    use: RootUse,
    contents: Contents,
    *,
    limits: Limits,
    replace_csms_root: bool,
) -> InstallRefusal | None:
    """Why a root may not be installed; None where it may.

    One that is there already may always come again (M05.FR.17).

    Args:
        new: the root.
        use: what it is to be trusted for.
        contents: what is there.
        limits: of the store.
        replace_csms_root: AdditionalRootCertificateCheck: a new CSMS root is signed by the one that
            it replaces (M05.FR.10, M05.FR.11).
    """
    roots = contents.roots_for(use)
    if use is RootUse.CSMS and replace_csms_root and roots:
        current = roots[-1].certificate
        if new == current or is_issued_by(new, current):
            return None
        return InstallRefusal.NOT_SIGNED_BY_OLD
    if any(fingerprint(entry.certificate) == fingerprint(new) for entry in roots):
        return None
    if limits.roots is not None and len(contents.roots) >= limits.roots:
        return InstallRefusal.FULL
    if limits.entries is not None and contents.entries >= limits.entries:
        return InstallRefusal.FULL
    return None


def find_named(data: HashData, contents: Contents) -> tuple[RootEntry | OwnEntry, ...]:
    """What a CSMS means: roots, the station's certificate, or the chains that a sub-CA is in."""
    roots = [entry for entry in contents.roots if entry.hash_data(data.algorithm) == data]
    own = [entry for entry in contents.own if data in entry.hash_data(data.algorithm)]
    return (*roots, *own)


def deletion_refusal(
    entry: RootEntry | OwnEntry,
    contents: Contents,
    *,
    in_use: Collection[x509.Certificate] = (),
    keep_last: bool = True,
) -> DeletionRefusal | None:
    """Why an entry may not be deleted; None where it may.

    Args:
        entry: to be deleted.
        contents: what is there.
        in_use: the roots that the present connection may be checked with (1.6 M04.FR.06).
        keep_last: whether the last CSMS root stays; 1.6 lets it go where it is not in use.
    """
    match entry:
        case OwnEntry(use=OwnUse.CHARGING_STATION):
            return DeletionRefusal.OWN_CERTIFICATE  # M04.FR.06, 1.6 M04.FR.05
        case RootEntry(use=RootUse.CSMS):
            if entry.certificate in in_use:
                return DeletionRefusal.IN_USE
            if keep_last and len(contents.roots_for(RootUse.CSMS)) == 1:
                return DeletionRefusal.LAST_CSMS_ROOT  # M04.FR.03
    return None
