"""What a simulated EV says by ISO 15118 once it is plugged in: its contract, or a wish for one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final, Protocol

from ocppkit.errors import OcppError
from ocppkit.simulation.ev import EvKind, Payment, SimulatedEv
from ocppkit.station.contract import Contract, ContractOutcome
from ocppkit.station.token import TokenOutcome

if TYPE_CHECKING:
    from ocppkit.v201 import Get15118EVCertificateRequest, Get15118EVCertificateResponse

__all__ = ["Talking", "contract_of", "talk"]

_logger = logging.getLogger(__name__)

SCHEMA: Final = "urn:iso:15118:2:2013:MsgDef"


class Talking(Protocol):
    """The EVSE that the EV talks to: `ocppkit.station.Evse`."""

    def contract_presented(self, contract: Contract) -> Coroutine[Any, Any, ContractOutcome]:
        """The EV presents its contract."""
        ...

    def ev_identified(
        self, identifier: str, *, plug_and_charge: bool = False
    ) -> Coroutine[Any, Any, TokenOutcome | None]:
        """The EV's own identifier is known."""
        ...


Exchange = Callable[
    ["Get15118EVCertificateRequest"], Coroutine[Any, Any, "Get15118EVCertificateResponse"]
]
"""Has the CSMS answer an EV that wants a certificate: `ChargingStation.ev_certificate`."""


def contract_of(ev: SimulatedEv) -> Contract | None:
    """The contract that an EV presents; None where it has none, or pays otherwise.

    Raises:
        ValueError: it makes no sense.
    """
    if ev.kind is not EvKind.ISO15118 or ev.payment is Payment.EXTERNAL:
        return None
    emaid = ev.emaid
    if emaid is None and ev.contract_chain_pem is not None:
        emaid = _named(ev.contract_chain_pem)
    return None if emaid is None else Contract(emaid=emaid, chain_pem=ev.contract_chain_pem)


async def talk(
    ev: SimulatedEv,
    evse: int,
    *,
    station: Talking,
    exchange: Exchange,
    tell: Callable[..., None],
) -> None:
    """Say what an EV has to say: first its wish for a certificate, then its contract.

    Args:
        ev: which has just been plugged in.
        evse: where; its number.
        station: what the EVSE reports to.
        exchange: has the CSMS answer a wish for a certificate.
        tell: those who watch.
    """
    if ev.exi_certificate_request is not None and ev.kind is EvKind.ISO15118:
        await _wish(ev, evse, ev.exi_certificate_request, exchange, tell)
    try:
        contract = contract_of(ev)
    except ValueError as error:
        refused = TokenOutcome.REFUSED.value
        tell("token", evses=[evse], outcome=refused, reason=f"the contract: {error}")
        return
    accepted = False
    if contract is not None:
        came = await station.contract_presented(contract)
        accepted = came.outcome is TokenOutcome.ACCEPTED
        more = {"status": came.status.value, "certificate": came.certificate, "reason": came.reason}
        told = {key: str(value) for key, value in more.items() if value}
        tell("token", evses=[evse], outcome=came.outcome.value, **told)
    if not accepted and ev.evcc_id is not None and ev.payment is not Payment.CONTRACT:
        try:
            _ = await station.ev_identified(ev.evcc_id)
        except ValueError as error:
            _logger.info("the EV is not known by its controller's id: %s", error)


async def _wish(
    ev: SimulatedEv, evse: int, exi: str, exchange: Exchange, tell: Callable[..., None]
) -> None:
    from ocppkit.v201 import (  # noqa: PLC0415  # large, and rarely needed
        CertificateActionEnumType,
        Get15118EVCertificateRequest,
    )

    action = CertificateActionEnumType.UPDATE if ev.emaid else CertificateActionEnumType.INSTALL
    request = Get15118EVCertificateRequest(
        iso15118_schema_version=SCHEMA, action=action, exi_request=exi
    )
    event = "ev_certificate_response"
    try:
        answer = await exchange(request)
    except (OcppError, ValueError) as error:
        tell(event, evse, error=str(error))
        return
    tell(event, evse, status=answer.status.value, exi_response=answer.exi_response)


def _named(chain_pem: str) -> str | None:
    """The eMAID in a contract certificate; None without what reads it, or where it has none."""
    try:
        from ocppkit.security.chain import common_name  # noqa: PLC0415  # an extra
        from ocppkit.security.pem import read_certificates  # noqa: PLC0415  # an extra
    except ImportError:
        return None
    return common_name(read_certificates(chain_pem)[0])
