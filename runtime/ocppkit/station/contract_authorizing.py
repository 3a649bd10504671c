"""Decides on contracts: asks the CSMS, or goes by what is known here (C07; Plug & Charge of 1.6).

The messages are those of 2.0.1, which 1.6 carries too; needs the extra ``security``.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from ocppkit.authorization import Entry, Status
from ocppkit.security.chain import ValidChain
from ocppkit.security.ocsp import request_data
from ocppkit.station.capabilities import DisplayText
from ocppkit.station.contract import (
    CertificateVerdict,
    Contract,
    ContractAnswer,
    ContractPolicy,
    refused,
)
from ocppkit.station.contract_validation import ContractFault, ContractValidation
from ocppkit.station.id_token import IdToken
from ocppkit.station.ocsp_cache import OcspCache
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.v201 import (
    AuthorizeRequest,
    AuthorizeResponse,
    IdTokenEnumType,
    IdTokenInfoType,
    IdTokenType,
    OCSPRequestDataType,
)

__all__ = ["ContractAuthorizing"]

_logger = logging.getLogger(__name__)

_MOST_HASHES: Final = 4
_LONGEST_URL: Final = 512  # characters
_LONGEST_CHAIN: Final = 5_500  # characters
_FOUND_VALID: Final = {CertificateVerdict.ACCEPTED, CertificateVerdict.CONTRACT_CANCELLED}
"""What a CSMS says of a chain that is valid (C07.FR.13, C07.FR.14)."""


class ContractAuthorizing:
    """Judges contracts for one version; `ocppkit.station.contract.Contracts`."""

    def __init__(
        self,
        *,
        policy: ContractPolicy,
        validation: ContractValidation,
        cache: OcspCache,
        ask: Callable[[AuthorizeRequest], Awaitable[AuthorizeResponse]],
        learn: Callable[[IdToken, Entry], Awaitable[None]],
        longest: int,
    ) -> None:
        """Judge.

        Args:
            policy: what the configuration says; may be changed in place.
            validation: of chains.
            cache: what is known to be revoked.
            ask: the CSMS; raises OcppError.
            learn: takes up what the CSMS says of a contract's id.
            longest: how many characters of an id the version's transactions can carry.
        """
        self._policy = policy
        self._validation = validation
        self._cache = cache
        self._ask = ask
        self._learn = learn
        self._longest = longest

    async def online(self, contract: Contract) -> ContractAnswer:  # noqa: PLR0911  # a return a rule
        """Ask the CSMS (C07.FR.01); what is not valid here is refused at once.

        Raises:
            OcppError: it did not answer, or not so that it can be understood.
        """
        if len(contract.emaid) > self._longest:
            return refused(f"an id of {len(contract.emaid)} characters is too long")
        token = IdTokenType(id_token=contract.emaid, type=IdTokenEnumType.EMAID)
        if contract.hash_data:
            hashes = list(contract.hash_data)
            request = AuthorizeRequest(id_token=token, iso15118_certificate_hash_data=hashes)
            return await self._authorize(contract, request)
        if not contract.chain_pem:
            return refused(
                "there is no certificate", certificate=CertificateVerdict.NO_CERTIFICATE_AVAILABLE
            )
        judged = await self._validation.validate(contract, is_revoked=self._cache.is_revoked)
        if isinstance(judged, ValidChain):
            named = _hash_data(judged)
            request = AuthorizeRequest(id_token=token, iso15118_certificate_hash_data=named or None)
            return await self._authorize(contract, request, judged)
        if not judged.unknown_root or not self._policy.central:
            return _fault(judged)
        if len(contract.chain_pem or "") > _LONGEST_CHAIN:
            return refused("the chain is too long for the CSMS to judge it")
        request = AuthorizeRequest(id_token=token, certificate=contract.chain_pem)
        return await self._authorize(contract, request)

    async def offline(
        self, contract: Contract, known: Callable[[IdToken], AuthorizationAnswer]
    ) -> ContractAnswer:
        """Go by chain, list and cache (C07.FR.07 - C07.FR.12)."""
        if len(contract.emaid) > self._longest:
            return refused(f"an id of {len(contract.emaid)} characters is too long")
        if not self._policy.offline:
            return refused("the CSMS is away", status=Status.NOT_AT_THIS_TIME)
        if not contract.chain_pem:
            return refused("the CSMS is away, and there is no chain to judge")
        judged = await self._validation.validate(contract, is_revoked=self._cache.may_be_revoked)
        if isinstance(judged, ContractFault):
            return _fault(judged)
        answer = known(contract.token)
        if not answer.accepted:
            return refused(
                "the CSMS is away, and the contract is not known here",
                status=Status.UNKNOWN,
                certificate=CertificateVerdict.ACCEPTED,
            )
        return ContractAnswer(
            answer=answer, status=Status.ACCEPTED, certificate=CertificateVerdict.ACCEPTED
        )

    async def _authorize(
        self, contract: Contract, request: AuthorizeRequest, chain: ValidChain | None = None
    ) -> ContractAnswer:
        response = await self._ask(request)
        info, told = response.id_token_info, response.certificate_status
        verdict = None if told is None else CertificateVerdict(told.value)
        good = verdict in {None, CertificateVerdict.ACCEPTED}
        said = Status(info.status.value)
        status = Status.INVALID if said is Status.ACCEPTED and not good else said
        gone = verdict is CertificateVerdict.CERTIFICATE_REVOKED
        if gone or verdict in _FOUND_VALID:
            await self._note(contract, chain, revoked=gone)
        if status is said or verdict is CertificateVerdict.CONTRACT_CANCELLED:
            await self._learn(contract.token, _entry(info, status))
        accepted = status is Status.ACCEPTED
        if not accepted:
            _logger.info("a contract is refused: %s, its certificate %s", said, verdict)
        return ContractAnswer(
            answer=AuthorizationAnswer(
                accepted=accepted,
                concurrent=status is Status.CONCURRENT_TX,
                group_id=info.group_id_token.id_token if info.group_id_token else None,
                evses=tuple(info.evse_id or ()),
                priority=info.charging_priority or 0,
                languages=_languages(info),
                message=_message(info),
            ),
            status=status,
            certificate=verdict,
            reason="" if accepted else _why(status, verdict),
        )

    async def _note(self, contract: Contract, chain: ValidChain | None, *, revoked: bool) -> None:
        """Keep what the CSMS says of a chain for when it is away."""
        if chain is None and contract.chain_pem:  # it was asked by hash data from elsewhere
            judged = await self._validation.validate(contract)
            chain = judged if isinstance(judged, ValidChain) else None
        if chain is not None:
            issuer = (*chain.chain[1:], chain.root)[0]
            await self._cache.note(chain.chain[0], issuer, revoked=revoked)


def _entry(info: IdTokenInfoType, status: Status) -> Entry:
    return Entry(
        status=status,
        expires=info.cache_expiry_date_time,
        group_id=info.group_id_token.id_token if info.group_id_token else None,
        evses=tuple(info.evse_id or ()),
        priority=info.charging_priority or 0,
        languages=_languages(info),
    )


def _languages(info: IdTokenInfoType) -> tuple[str, ...]:
    return tuple(each for each in (info.language1, info.language2) if each)


def _message(info: IdTokenInfoType) -> DisplayText | None:
    told = info.personal_message
    if told is None:
        return None
    return DisplayText(content=told.content, format=told.format.value, language=told.language)


def _hash_data(chain: ValidChain) -> list[OCSPRequestDataType]:
    """What asks about a chain, as much as a message holds, from the contract upwards."""
    asked = request_data(chain.chain, chain.root)
    return [each for each in asked if len(each.responder_url) <= _LONGEST_URL][:_MOST_HASHES]


def _why(status: Status, verdict: CertificateVerdict | None) -> str:
    said = f"the CSMS says {status.value}"
    return said if verdict is None else f"{said}, and {verdict.value} of the certificate"


def _fault(fault: ContractFault) -> ContractAnswer:
    expired = fault.verdict is CertificateVerdict.CERTIFICATE_EXPIRED
    status = Status.EXPIRED if expired else Status.INVALID
    return refused(fault.reason, status=status, certificate=fault.verdict)
