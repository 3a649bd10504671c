"""Contracts, V2G certificates and their CSMS, for tests of Plug & Charge."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from ocppkit.message import Version
from ocppkit.security import CertificateStore, OwnUse, RootUse, ValidChain
from ocppkit.simulation.hardware import DEFAULT_DESCRIPTION
from ocppkit.station import Contract, ContractOutcome
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.settings.plug_and_charge import PlugAndChargeSettings
from ocppkit.station.settings.values import KeyValue
from ocppkit.testing import START

from ...security.pki import Holder
from .security_pki import ACCEPTED, root

VENDOR = "org.openchargealliance.iso15118pnc"
EMAID = "DE8AAC12345678"
DAY = timedelta(days=1)
RESPONDER = "http://ocsp.example.com"
ACCEPTED_INSIDE = {"idTokenInfo": {"status": "Accepted"}, "certificateStatus": "Accepted"}


def responder(url: str = RESPONDER) -> tuple[x509.ExtensionType, bool]:
    """What names an OCSP responder in a certificate."""
    access = x509.AccessDescription(
        AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(url)
    )
    return x509.AuthorityInformationAccess([access]), False


def contract_of(by: Holder, emaid: str = EMAID, **more: Any) -> Holder:
    """A contract that a mobility operator has signed."""
    return by.issue(
        emaid,
        **{
            "not_before": START - DAY,
            "not_after": START + 365 * DAY,
            "extensions": (responder(),),
            **more,
        },
    )


def sub_ca(by: Holder, name: str = "Sub", *, url: str = RESPONDER) -> Holder:
    return by.issue(
        name,
        ca=True,
        not_before=START - DAY,
        not_after=START + 3000 * DAY,
        extensions=(responder(url),),
    )


def ocsp_answer(
    of: x509.Certificate,
    by: Holder,
    *,
    at: datetime,
    revoked: bool = False,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    good_for: timedelta = 7 * DAY,
) -> str:
    """What a responder says of a certificate, as the CSMS passes it on."""
    status = ocsp.OCSPCertStatus.REVOKED if revoked else status
    built = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=of,
            issuer=by.certificate,
            algorithm=hashes.SHA256(),
            cert_status=status,
            this_update=at,
            next_update=at + good_for,
            revocation_time=at if revoked else None,
            revocation_reason=None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.NAME, by.certificate)
        .sign(by.key, hashes.SHA256())
    )
    return base64.b64encode(built.public_bytes(serialization.Encoding.DER)).decode()


def trust(folder: Path, by: Holder, use: RootUse = RootUse.MO) -> None:
    """Put a root where the station's store finds it."""
    store = CertificateStore(folder / "certificates")
    store.open()
    store.install_root(by.pem, use, START)


def show(folder: Path, leaf: Holder, by: Holder) -> None:
    """Put a V2G certificate, with its key, where the station's store finds it."""
    store = CertificateStore(folder / "certificates")
    store.open()
    chain = ValidChain(chain=(leaf.certificate, *leaf.above), root=by.certificate)
    store.import_own(OwnUse.V2G, chain, leaf.key)


def v2g_root() -> Holder:
    return root("V2G Root")


Inner = Callable[[dict[str, Any]], Any]


class Pnc:
    """A station with Plug & Charge, and what its CSMS says to it.

    Attributes:
        world: everything around the station.
        answers: by message: the inner answer, a whole DataTransfer.conf as ``(status, data)``, the
            code of an error as text, or None for silence.
    """

    def __init__(self, world: Any) -> None:
        self.world = world
        self.answers: dict[str, Any] = {
            "Authorize": ACCEPTED_INSIDE,
            "SignCertificate": ACCEPTED,
            "GetCertificateStatus": {"status": "Failed"},
            "Get15118EVCertificate": {**ACCEPTED, "exiResponse": "BBBB"},
        }
        world.script["DataTransfer"] = self._answer

    def _answer(self, payload: dict[str, Any]) -> Any:
        assert payload["vendorId"] == VENDOR
        answer = self.answers[payload["messageId"]]
        if callable(answer):
            answer = answer(json.loads(payload["data"]))
        match answer:
            case (status, None):
                return {"status": status}
            case (status, data):
                return {"status": status, "data": data}
            case dict():
                return {"status": "Accepted", "data": json.dumps(answer)}
            case _:
                return answer

    def sent(self, message: str) -> list[dict[str, Any]]:
        """What the station sent inside, in order."""
        return [
            json.loads(payload["data"])
            for payload in self.world.sent("DataTransfer")
            if payload["messageId"] == message
        ]

    async def call(self, message: str, **inner: Any) -> Any:
        """Ask the station; the inner answer, or the status of one that has none."""
        answer = await self.world.call(
            "DataTransfer", vendorId=VENDOR, messageId=message, data=json.dumps(inner)
        )
        if "data" not in answer:
            return answer["status"]
        assert answer["status"] == "Accepted"
        return json.loads(answer["data"])

    async def present(
        self, holder: Holder | None = None, emaid: str = EMAID, **more: Any
    ) -> ContractOutcome:
        """An EV presents its contract."""
        told: Mapping[str, Any] = {} if holder is None else {"chain_pem": holder.chain_pem}
        contract = Contract(emaid=emaid, **told, **more)
        outcome: ContractOutcome = await self.world.station.evse(1).contract_presented(contract)
        await self.world.settle()
        return outcome

    async def key(self, name: str, value: str) -> Any:
        return (await self.world.call("ChangeConfiguration", key=name, value=value))["status"]


def pnc(
    world: Callable[..., Any],
    folder: Path | None,
    *,
    settings: PlugAndChargeSettings | None = None,
    **keys: str,
) -> Pnc:
    """A station with Plug & Charge that is switched on, unless told otherwise."""
    told = {"ISO15118PnCEnabled": "true", **keys}
    rows = tuple(KeyValue(name=name, value=value) for name, value in told.items())
    made = world(
        Version.V16, DEFAULT_DESCRIPTION, storage=Storage(state_dir=folder), configuration=rows
    )
    made.boot["interval"] = 86_400
    if settings is not None:
        made.config = evolve(made.config, plug_and_charge=settings)
    return Pnc(made)


def values(csr: str) -> dict[str, str]:
    """The subject of a request."""
    names = {
        NameOID.COMMON_NAME: "CN",
        NameOID.ORGANIZATION_NAME: "O",
        NameOID.COUNTRY_NAME: "C",
        NameOID.DOMAIN_COMPONENT: "DC",
    }
    subject = x509.load_pem_x509_csr(csr.encode()).subject
    return {names[each.oid]: str(each.value) for each in subject}
