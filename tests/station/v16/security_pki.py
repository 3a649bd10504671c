"""Certificates of an operator that are valid as virtual time begins, and a station with one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import evolve
from cryptography import x509

from ocppkit.connection import NetworkProfile
from ocppkit.message import Version
from ocppkit.security import CertificateStore, OwnUse, RootUse, ValidChain
from ocppkit.security.hash_data import HashData
from ocppkit.security.pem import to_pem
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.settings.network import Certificates
from ocppkit.station.settings.values import KeyValue
from ocppkit.testing import START

from ...security.pki import Holder, new_root

DAY = timedelta(days=1)
SERIAL, CSO = "SIM-0001", "Example Charging"
ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}
PASSWORD = bytes(range(16))


def root(name: str = "CSO Root", days: int = 3650, **more: Any) -> Holder:
    return new_root(name, not_before=START - DAY, not_after=START + days * DAY, **more)


def named(of: Holder | x509.Certificate, by: Holder | None = None) -> dict[str, str]:
    """The name of a certificate as 1.6 writes it."""
    certificate = of.certificate if isinstance(of, Holder) else of
    data = HashData.of(certificate, by.certificate if by else certificate)
    return {
        "hashAlgorithm": data.algorithm.value,
        "issuerNameHash": data.issuer_name_hash,
        "issuerKeyHash": data.issuer_key_hash,
        "serialNumber": data.serial_number,
    }


def answer_to(csr: str, by: Holder, *, start: datetime = START - DAY, **changed: Any) -> str:
    """The certificate that a CA makes of a request, and those above it."""
    asked = x509.load_pem_x509_csr(csr.encode())
    told = {each.oid.dotted_string: str(each.value) for each in asked.subject}
    made = by.issue(
        changed.pop("name", told["2.5.4.3"]),
        organization=changed.pop("organization", told["2.5.4.10"]),
        public_key=changed.pop("public_key", asked.public_key()),
        not_before=start,
        not_after=changed.pop("end", START + 365 * DAY),
        **changed,
    )
    return made.chain_pem


def prepare(
    folder: Path, by: Holder, *, until: datetime = START + 365 * DAY, name: str = SERIAL
) -> Holder:
    """Put a root and a certificate of the station where its store finds them."""
    store = CertificateStore(folder / "certificates")
    store.open()
    store.install_root(by.pem, RootUse.CSMS, START)
    own = by.issue(name, organization=CSO, not_before=START - 300 * DAY, not_after=until)
    chain = ValidChain(chain=(own.certificate,), root=by.certificate)
    store.import_own(OwnUse.CHARGING_STATION, chain, own.key)
    return own


def roots_in(folder: Path, use: RootUse = RootUse.CSMS) -> list[str]:
    """What a store trusts, PEM."""
    entries = CertificateStore(folder / "certificates").read().roots_for(use)
    return [to_pem([entry.certificate]) for entry in entries]


def plain(world: Callable[..., Any], folder: Path | None, **keys: str) -> Any:
    """A station at an unsecured CSMS."""
    told = tuple(KeyValue(name=name, value=value) for name, value in keys.items())
    storage = Storage(state_dir=folder)
    made = world(Version.V16, storage=storage, configuration=told)
    made.boot["interval"] = 86_400
    return made


def secured(
    world: Callable[..., Any],
    folder: Path,
    profile: int = 3,
    *,
    certificates: Certificates | None = None,
    **keys: str,
) -> Any:
    """A station under a security profile, as far as it can know: there is no wire."""
    made = plain(world, folder, **({"CpoName": CSO} | keys))
    scheme = "ws" if profile < 2 else "wss"
    way = NetworkProfile(
        slot=1, url=f"{scheme}://nowhere", security_profile=profile, versions=(Version.V16,)
    )
    made.config = evolve(
        made.config,
        csms_url="",
        profiles=(way,),
        password=PASSWORD if profile in {1, 2} else None,
        certificates=certificates or Certificates(),
    )
    return made
