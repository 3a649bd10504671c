"""Who may charge: decided by what the station knows, or by the CSMS where that can be asked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Protocol

from attrs import evolve

from ocppkit.authorization import Known, Rules, Status, Verdict, decide
from ocppkit.errors import CallRefused, CallTimeout, ConnectionLost, ErrorCode, OcppError
from ocppkit.message import Version
from ocppkit.station.contract import Contract, ContractAnswer, Contracts, refused
from ocppkit.station.evse import Evse
from ocppkit.station.id_token import IdToken, IdTokenKind
from ocppkit.station.key_codes import KeyCodes
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.station.token_book import TokenBook, TokenBooks
from ocppkit.station.token_refusal import RefusalReason, TokenRefusal
from ocppkit.station.transaction import Policy
from ocppkit.store import KnownTokens

__all__ = ["Authorizing"]

_logger = logging.getLogger(__name__)

_UNSUPPORTED: Final = {
    "UnknownVendorId",
    "UnknownMessageId",
    ErrorCode.NOT_IMPLEMENTED,
    ErrorCode.NOT_SUPPORTED,
}
_NO_ANSWER: Final = TokenRefusal(reason=RefusalReason.NO_ANSWER)


class _Asking(Protocol):
    """The version that is spoken: `ocppkit.station.Dialect`."""

    @property
    def version(self) -> Version: ...
    @property
    def policy(self) -> Policy: ...
    @property
    def contracts(self) -> Contracts | None: ...
    async def authorize(self, token: IdToken) -> AuthorizationAnswer: ...


class Authorizing:
    """Decides on tokens, any number of them at the same time.

    Attributes:
        books: what is known.
    """

    def __init__(
        self,
        *,
        rows: KnownTokens,
        dialect: Callable[[], _Asking],
        online: Callable[[], bool],
        evses: Mapping[int, Evse],
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        """Decide.

        Args:
            rows: where what is known outlasts a restart.
            dialect: the version that is spoken now; asks the CSMS.
            online: whether the CSMS can be asked.
            evses: where somebody may charge already.
            now: the time of day.
            monotonic: a clock that nobody sets.
        """
        self.books = TokenBooks(rows)
        self._dialect = dialect
        self._online = online
        self._evses = evses
        self._now = now
        self._key_codes = KeyCodes(monotonic)

    @property
    def book(self) -> TokenBook:
        """What the version that is spoken knows."""
        return self.books.of(self._dialect().version)

    async def authorize(self, token: IdToken) -> AuthorizationAnswer:
        """Decide on a token.

        Where the CSMS does not answer in time, only what is known counts, as if it were away. Who
        tries many codes has to wait between them (C04.FR.06).
        """
        if token.kind is not IdTokenKind.KEY_CODE:
            return await self._authorize(token)
        if self._key_codes.exhausted:
            _logger.warning("a code is not tried: too many were wrong")
            refusal = TokenRefusal(reason=RefusalReason.KEY_CODES)
            return AuthorizationAnswer(accepted=False, refusal=refusal)
        answer = await self._authorize(token)
        self._key_codes.tried(right=answer.accepted or answer.concurrent)
        return answer

    def recall(self, token: IdToken) -> AuthorizationAnswer | None:
        """What is known of a token, where it may stop by that (C01.FR.03, C09.FR.07)."""
        policy, now = self._dialect().policy, self._now()
        known = self.book.find(token, policy=policy, now=now) if policy.stops_unasked else None
        if known is None or _rules(policy).status(known, now) is not Status.ACCEPTED:
            return None
        return _answer(known, _rules(policy), accepted=True, now=now)

    async def _authorize(self, token: IdToken) -> AuthorizationAnswer:
        dialect = self._dialect()
        policy = dialect.policy
        button = policy.has_start_button and token.kind is IdTokenKind.NO_AUTHORIZATION
        if button or not policy.authorizes:
            return AuthorizationAnswer(accepted=True)
        rules = _rules(policy)
        online = self._online()
        verdict, answer = self._decide(token, rules, online=online)
        if verdict is not Verdict.ASK:
            if answer.accepted and policy.cache_enabled:
                await self.book.used(token)
            return answer
        try:
            return await dialect.authorize(token)
        except ConnectionLost:
            _logger.info("the connection went before a token was authorized")
        except CallTimeout as error:
            _logger.warning("%r could not be authorized: %s", token, error)
            rules = evolve(rules, unknown_offline=False)
            answer = self._decide(token, rules, online=False)[1]
            return answer if answer.accepted else evolve(answer, refusal=_NO_ANSWER)
        except OcppError as error:
            _logger.warning("%r could not be authorized: %s", token, error)
            return AuthorizationAnswer(accepted=False, refusal=_NO_ANSWER)
        return self._decide(token, rules, online=False)[1]

    async def authorize_contract(self, contract: Contract) -> ContractAnswer:
        """Decide on an EV's contract (C07; Plug & Charge of 1.6).

        Where the CSMS does not answer in time, only what is known counts, as if it were away.
        """
        dialect = self._dialect()
        contracts, rules = dialect.contracts, _rules(dialect.policy)
        if contracts is None or not contracts.enabled:
            return refused("Plug & Charge is off", status=Status.NOT_AT_THIS_TIME)
        if not dialect.policy.authorizes:
            yes = AuthorizationAnswer(accepted=True)
            return ContractAnswer(answer=yes, status=Status.ACCEPTED)
        if rules.asks and self._online():
            try:
                return await contracts.online(contract)
            except ConnectionLost:
                _logger.info("the connection went before a contract was authorized")
            except CallTimeout as error:
                _logger.warning("%r could not be authorized: %s", contract.token, error)
                rules = evolve(rules, unknown_offline=False)
            except CallRefused as error:
                _logger.warning("%r could not be authorized: %s", contract.token, error)
                return refused(_why_refused(error), status=Status.UNKNOWN)
            except OcppError as error:
                _logger.warning("%r could not be authorized: %s", contract.token, error)
                return refused("the CSMS cannot be understood", status=Status.UNKNOWN)

        def known(token: IdToken) -> AuthorizationAnswer:
            if not rules.authorize_offline:  # (C07.FR.09)
                return AuthorizationAnswer(accepted=False)
            return self._decide(token, rules, online=False)[1]

        return await contracts.offline(contract, known)

    def _decide(
        self, token: IdToken, rules: Rules, *, online: bool
    ) -> tuple[Verdict, AuthorizationAnswer]:
        """What becomes of a token, and the answer where the CSMS is not asked."""
        now = self._now()
        known = self.book.find(token, policy=self._dialect().policy, now=now)
        going_on = (evse.transaction for evse in self._evses.values())
        charging = any(each is not None and each.token == token for each in going_on)
        verdict = decide(known, rules=rules, online=online, charging=charging, now=now)
        return verdict, _answer(known, rules, accepted=verdict is Verdict.ACCEPT, now=now)


def _why_refused(error: CallRefused) -> str:
    """Why the CSMS does not judge a contract (Plug & Charge of 1.6; 2.0.1 C07)."""
    if error.code in _UNSUPPORTED:
        return "the CSMS does not support Plug & Charge"
    return f"the CSMS does not judge contracts: {error.code}"


def _rules(policy: Policy) -> Rules:
    return Rules(
        pre_authorize=policy.pre_authorize,
        authorize_offline=policy.authorize_offline,
        unknown_offline=policy.allow_offline_unknown,
        asks=policy.asks,
        asks_again_of_listed=policy.asks_again_of_listed,
        asks_again_of_cached=policy.asks_again_of_cached,
        list_expires=policy.list_expires,
        tolerates_concurrent=policy.tolerates_concurrent,
    )


def _answer(
    known: Known | None, rules: Rules, *, accepted: bool, now: datetime
) -> AuthorizationAnswer:
    if known is None:
        unknown = TokenRefusal(reason=RefusalReason.OFFLINE_UNKNOWN)
        return AuthorizationAnswer(accepted=accepted, refusal=unknown)
    entry = known.entry
    status = rules.status(known, now)
    said = None if status is Status.ACCEPTED else status
    return AuthorizationAnswer(
        accepted=accepted,
        concurrent=rules.tolerates_concurrent and entry.status is Status.CONCURRENT_TX,
        group_id=entry.group_id,
        evses=entry.evses,
        priority=entry.priority,
        languages=entry.languages,
        refusal=TokenRefusal(reason=RefusalReason.OFFLINE, status=said),
    )
