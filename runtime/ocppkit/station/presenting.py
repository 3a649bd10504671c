"""Who presents themselves at an EVSE: drivers by a token, EVs by an identifier or a contract."""

from __future__ import annotations

import asyncio
import logging

from ocppkit.station.autocharge import vehicle_token
from ocppkit.station.calling import refuse_inside
from ocppkit.station.contract import Contract, ContractAnswer, ContractOutcome
from ocppkit.station.contract_presenting import present
from ocppkit.station.id_token import START_BUTTON, IdToken, IdTokenKind, same_group
from ocppkit.station.site import AuthorizationAnswer, Site
from ocppkit.station.token import MasterPass, TokenOutcome, TokenPlace, judge
from ocppkit.station.token_refusal import RefusalReason, TokenRefusal
from ocppkit.station.transaction import Authorization

__all__ = ["Presenting"]

_logger = logging.getLogger(__name__)


class Presenting:
    """Judges those who present themselves, one after another.

    Each may take as long as the CSMS takes to answer. A method of the hardware must not wait for
    it: that is `TokenFromInside`.

    Attributes:
        last_refusal: why the last token was refused; None where it was not.
    """

    def __init__(self, *, evse: TokenPlace, site: Site) -> None:
        """Judge those at an EVSE.

        Args:
            evse: which.
            site: the station around it.
        """
        self.last_refusal: TokenRefusal | None = None
        self._evse = evse
        self._site = site
        self._lock = asyncio.Lock()

    async def token(self, token: IdToken) -> TokenOutcome:
        """A driver shows a token."""
        if not isinstance(token, IdToken):
            msg = f"an IdToken is expected, as IdToken('04E1A2B3'), not {type(token).__name__}"
            raise TypeError(msg)
        refuse_inside()
        button = token.kind is IdTokenKind.NO_AUTHORIZATION
        async with self._lock:
            return await self._judge(START_BUTTON if button else token)

    async def vehicle(self, identifier: str, *, plug_and_charge: bool) -> TokenOutcome | None:
        """The EV's own identifier is known; None where it is not used."""
        token, evse = vehicle_token(identifier), self._evse
        refuse_inside()
        departures = evse.departures
        async with self._lock:
            transaction = evse.transaction
            driven = transaction is not None and transaction.token is not None
            busy = evse.authorization is not None or driven
            if busy or plug_and_charge or not self._site.policy.autocharge:
                return None
            return await self._judge(token, departures=departures)

    async def contract(self, contract: Contract) -> ContractOutcome:
        """The EV presents its contract."""
        refuse_inside()
        departures = self._evse.departures
        async with self._lock:
            return await present(
                contract,
                evse=self._evse,
                authorize=self._authorize_contract,
                departures=departures,
            )

    @property
    def knows_masters(self) -> bool:
        """Whether there are master passes."""
        return bool(self._site.policy.master_pass_group)

    def is_master(self, answer: AuthorizationAnswer) -> bool:
        """Whether an answer is about a master pass that is valid (C16)."""
        return answer.accepted and same_group(answer.group_id, self._site.policy.master_pass_group)

    async def authorize(self, token: IdToken) -> AuthorizationAnswer:
        """Ask whether a driver may charge; tells them what they are to read."""
        answer = await self._site.authorize(token)
        self._site.told(self._evse.id, answer)
        return answer

    def recall(self, token: IdToken) -> AuthorizationAnswer | None:
        """What is known of a token, where it may stop by that."""
        return self._site.recall(token)

    async def _authorize_contract(self, contract: Contract) -> ContractAnswer:
        said = await self._site.authorize_contract(contract)
        self._site.told(self._evse.id, said.answer)
        return said

    async def _judge(self, token: IdToken, *, departures: int | None = None) -> TokenOutcome:
        judged = await judge(token, evse=self._evse, by=self, departures=departures)
        if judged is MasterPass.VALID:
            stopped = await self._site.use_master_pass(token)
            nothing = TokenRefusal(reason=RefusalReason.MASTER_PASS)
            judged = TokenOutcome.STOPPED if stopped else nothing
        if isinstance(judged, TokenOutcome):
            self.last_refusal = None
            return judged
        _logger.info("EVSE %d refuses %r: %s", self._evse.id, token, judged)
        self.last_refusal = judged
        return TokenOutcome.REFUSED

    def hindrance(self, authorization: Authorization | None) -> TokenRefusal:
        """What keeps somebody from charging here; None for anybody."""
        evse, site = self._evse, self._site
        connectors = evse.connectors.values()
        if site.resets(evse.id):
            reason = RefusalReason.RESETTING
        elif authorization and not site.reservations.permits(evse.id, authorization):
            reason = RefusalReason.RESERVED
        elif any(each.lock_failed for each in connectors):
            reason = RefusalReason.LOCK_FAILED
        elif not evse.usable:
            faulted = any(each.fault is not None for each in connectors)
            reason = RefusalReason.FAULTED if faulted else RefusalReason.OUT_OF_USE
        elif evse.authorization is not None or (authorization and evse.others(authorization.token)):
            reason = RefusalReason.OTHERS_TRANSACTION
        else:
            reason = RefusalReason.NOT_POSSIBLE
        return TokenRefusal(reason=reason)
