"""What the cases about contracts in EVs share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from ocppkit.conformance.case import Case
from ocppkit.conformance.checks import Check, Found, fields, matching
from ocppkit.conformance.contracts import EvContract, contract_of
from ocppkit.conformance.inventory import Key, VariableName
from ocppkit.conformance.points import AUTHORIZING, start_at, starts_with
from ocppkit.conformance.states import (
    EIM,
    certificate_installed,
    ev_with,
    v2g_certificates_renewed,
)
from ocppkit.conformance.verdict import NotApplicable
from ocppkit.v201 import (
    ChargingStateEnumType,
    DeleteCertificateRequest,
    DeleteCertificateStatusEnumType,
    GetCertificateStatusEnumType,
    GetCertificateStatusRequest,
    GetCertificateStatusResponse,
    InstallCertificateUseEnumType,
    TransactionEventRequest,
    TriggerReasonEnumType,
)

__all__ = [
    "CENTRAL",
    "OFFLINE",
    "iso15118_variable",
    "let_in",
    "ready_for_15118",
    "ready_for_contracts",
    "with_chain",
    "with_hashes",
    "without_root",
]

CENTRAL: Final = "CentralContractValidationAllowed"
OFFLINE: Final = "ContractValidationOffline"
_ISO15118: Final = "ISO15118Ctrlr"
_STARTS: Final = ("PowerPathClosed", "Authorized", "EVConnected", "ParkingBayOccupancy")
_GONE: Final = (DeleteCertificateStatusEnumType.ACCEPTED, DeleteCertificateStatusEnumType.NOT_FOUND)
_Status = GetCertificateStatusEnumType
_Use = InstallCertificateUseEnumType
_Trigger = TriggerReasonEnumType


async def ready_for_contracts(
    t: Case, contract: EvContract | None, variables: dict[str, bool]
) -> None:
    """Have the station charge EVs by contracts, with a V2G certificate of the kit's.

    Args:
        t: the case.
        contract: whose root the station is given; None for no root.
        variables: what its ISO15118Ctrlr has to say besides.

    Raises:
        NotApplicable: the station cannot do that.
        Missing: it refuses.
    """
    if not starts_with(t, *_STARTS):
        await start_at(t, _STARTS[0])
    await t.configure(AUTHORIZING, optional=AUTHORIZING)
    await _configure(t, variables)
    t.answer(GetCertificateStatusRequest, partial(_status, t))  # a station may ask that first
    await certificate_installed(t, _Use.V2G_ROOT_CERTIFICATE, t.kit.pki.v2g.pem)
    if contract is not None:
        await certificate_installed(t, _Use.MO_ROOT_CERTIFICATE, _root_of(contract))
    await v2g_certificates_renewed(t)  # always (errata 6.2.35)


def _status(t: Case, request: GetCertificateStatusRequest) -> GetCertificateStatusResponse:
    """What is known of a certificate: that it is good, where the kit has issued it."""
    result = t.kit.pki.ocsp_result(request.ocsp_request_data, now=t.kit.clock.utc_now())
    status = _Status.FAILED if result is None else _Status.ACCEPTED
    return GetCertificateStatusResponse(status=status, ocsp_result=result)


async def ready_for_15118(t: Case) -> Mapping[str, Any]:
    """Have the station charge EVs that speak ISO 15118, as the settings have their drivers pay.

    Returns:
        The EV that `authorized_15118` needs, as the control protocol's ``plug_in`` takes it.

    Raises:
        NotApplicable: the station cannot do that.
        Missing: it refuses.
    """
    if t.settings.authorize_15118 == EIM:
        return {"kind": "iso15118", "payment": "external"}
    contract = contract_of(t)
    await ready_for_contracts(t, contract, {})
    return ev_with(contract)


async def _configure(t: Case, variables: dict[str, bool]) -> None:
    helpful = {
        "ContractCertificateInstallationEnabled": True,
        "V2GCertificateInstallationEnabled": True,
        "SeccId": t.settings.secc_id,
        "CountryName": "NL",
        "OrganizationName": t.settings.vendor_id,
    }
    wanted: dict[VariableName, object] = {
        iso15118_variable(t, name): value
        for name, value in {**helpful, **variables, "PnCEnabled": True}.items()
    }
    await t.configure(wanted, optional=[iso15118_variable(t, name) for name in helpful])


def iso15118_variable(t: Case, name: str) -> Key:
    """A variable of the EVSE's ISO 15118 controller, or of the only one that the station has."""
    alone = Key(component=_ISO15118, name=name)
    own = alone.at(t.settings.evse_id)
    return alone if t.inventory.get(own) is None else own


def _root_of(contract: EvContract) -> str:
    if contract.root_pem is None:
        raise NotApplicable("needs the root of the settings' contract: the last of its file")
    return contract.root_pem


async def without_root(t: Case, contract: EvContract) -> None:
    """See that the station does not know the root above a contract.

    Raises:
        NotApplicable: it keeps it.
        Missing: it does not answer.
    """
    if contract.root_hash is None:
        return
    request = DeleteCertificateRequest(certificate_hash_data=contract.root_hash)
    answer = await t.call(request)
    if answer.status not in _GONE:
        raise NotApplicable("needs a station without the contract's root: it keeps it")


def with_hashes(contract: EvContract) -> Check:
    """What asks about a contract's certificates is there, also about its own (C07.FR.02)."""

    def fits(came: Any) -> bool:
        numbers = {each.serial_number.lower().lstrip("0") for each in came or ()}
        return contract.serial_number in numbers

    return fields(iso15118_certificate_hash_data=matching("that of the contract", fits))


def with_chain(contract: EvContract) -> Check:
    """The contract's certificate came with it, as PEM (C07.FR.06)."""
    end = "-----END CERTIFICATE-----"
    own = _bare(contract.chain_pem.partition(end)[0] + end)

    def fits(came: Any) -> bool:
        return came is not None and own in _bare(came)

    return fields(certificate=matching("the contract's certificates as PEM", fits))


def _bare(pem: str) -> str:
    """Without what may stand between the lines."""
    return "".join(pem.replace("\\n", "").split())


def let_in(event: TransactionEventRequest) -> tuple[Found, ...]:
    """Holds for what tells that somebody may charge, or does."""
    if event.transaction_info.charging_state is ChargingStateEnumType.CHARGING:
        return ()
    return fields(trigger_reason=_Trigger.AUTHORIZED)(event)
