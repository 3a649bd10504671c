"""A01, A02, M04 over real connections with TLS."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from cryptography import x509

from ocppkit import v201
from ocppkit.csms import CsmsServer, Memory
from ocppkit.csms.v201 import AcceptingHandler
from ocppkit.message import Version
from ocppkit.security import OwnUse, RootUse, ValidChain
from ocppkit.security.hash_data import HashData
from ocppkit.station import StationConfig

from ..v16.test_security_wire import CSO, DAY, IDENTITY, OLD, Operator, live, made
from .security import NEW


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path, made("Root"))


def now() -> datetime:
    return datetime.now(UTC)


def config(operator: Operator, server: CsmsServer, profile: int) -> StationConfig:
    told = operator.config(server, profile)
    spoken = (Version.V201,)
    ways = tuple(evolve(each, versions=spoken) for each in told.network)
    return evolve(told, versions=spoken, profiles=ways)


@pytest.mark.requirement("A01.FR.01", "A00.FR.302", "A00.FR.303")
async def test_a01_the_new_password_is_shown_from_then_on(operator: Operator) -> None:
    shown: list[bytes | None] = []

    def note(_: str, password: bytes | None) -> bool:
        shown.append(password)
        return True

    async with CsmsServer(port=0, ssl=operator.context(2), authenticate=note) as server:
        operator.store().install_root(operator.root.pem, RootUse.CSMS, now())
        async with live(config(operator, server, 2)) as (_, connections):
            handle = await server.wait_for(IDENTITY)
            answer = await handle.call(
                v201.SetVariablesRequest(
                    set_variable_data=[
                        v201.SetVariableDataType(
                            attribute_value=NEW,
                            component=v201.ComponentType(name="SecurityCtrlr"),
                            variable=v201.VariableType(name="BasicAuthPassword"),
                        )
                    ]
                )
            )
            _ = await connections.get()
        async with live(config(operator, server, 2)):
            pass

    assert [each.attribute_status for each in answer.set_variable_result] == ["Accepted"]
    assert shown == [OLD, NEW.encode(), NEW.encode()]


@pytest.mark.requirement("A02.FR.08", "A02.FR.10", "A03.FR.08", "A03.FR.10")
async def test_a02_the_renewed_certificate_is_shown_at_once(operator: Operator) -> None:
    csrs: asyncio.Queue[str] = asyncio.Queue()
    serials: list[int] = []

    class Signing(AcceptingHandler):
        async def on_sign_certificate(
            self, request: v201.SignCertificateRequest
        ) -> v201.SignCertificateResponse:
            csrs.put_nowait(request.csr)
            return v201.SignCertificateResponse(status=v201.GenericStatusEnumType.ACCEPTED)

    def note(_: str, certificate: bytes | None) -> bool:
        assert certificate is not None
        serials.append(x509.load_der_x509_certificate(certificate).serial_number)
        return True

    def issue(**more: Any) -> Any:
        return operator.root.issue(
            IDENTITY,
            organization=CSO,
            not_before=now() - DAY,
            not_after=now() + 60 * DAY,
            **more,
        )

    store = operator.store()
    store.install_root(operator.root.pem, RootUse.CSMS, now())
    first = issue()
    chain = ValidChain(chain=(first.certificate,), root=operator.root.certificate)
    store.import_own(OwnUse.CHARGING_STATION, chain, first.key)
    memory = Memory()
    server = CsmsServer(
        port=0,
        ssl=operator.context(3),
        verify_certificate=note,
        handlers=lambda session: [Signing(session.identity, memory)],
    )
    async with server, live(config(operator, server, 3)) as (_, connections):
        handle = await server.wait_for(IDENTITY)
        sign = v201.MessageTriggerEnumType.SIGN_CHARGING_STATION_CERTIFICATE
        await handle.call(v201.TriggerMessageRequest(requested_message=sign))
        asked = x509.load_pem_x509_csr((await csrs.get()).encode())
        second = issue(public_key=asked.public_key())
        answer = await handle.call(
            v201.CertificateSignedRequest(certificate_chain=second.chain_pem)
        )
        _ = await connections.get()

    assert answer.status == "Accepted"
    assert serials == [first.certificate.serial_number, second.certificate.serial_number]
    installed = store.read().own_for(OwnUse.CHARGING_STATION)
    assert [entry.certificate for entry in installed] == [second.certificate]


@pytest.mark.requirement("M04.FR.03")
async def test_m04_the_root_that_checks_the_connection_cannot_be_deleted(
    operator: Operator,
) -> None:
    other = made("Other")
    store = operator.store()
    for root in (operator.root, other):
        store.install_root(root.pem, RootUse.CSMS, now())
    async with (
        CsmsServer(port=0, ssl=operator.context(2)) as server,
        live(config(operator, server, 2)),
    ):
        handle = await server.wait_for(IDENTITY)
        answers = [
            await handle.call(
                v201.DeleteCertificateRequest(
                    certificate_hash_data=HashData.of(each, each).to_v201()
                )
            )
            for each in (operator.root.certificate, other.certificate)
        ]

    assert [answer.status for answer in answers] == ["Failed", "Accepted"]
