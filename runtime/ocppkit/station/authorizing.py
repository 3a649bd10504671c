"""Who may charge: decided by what the station knows, or by the CSMS where that can be asked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from attrs import evolve

from ocppkit.authorization import Entry, Rules, Status, Verdict, decide
from ocppkit.errors import CallTimeout, ConnectionLost, OcppError
from ocppkit.message import Version
from ocppkit.station.contract import Contract, ContractAnswer, Contracts, refused
from ocppkit.station.evse import Evse
from ocppkit.station.id_token import IdToken
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.station.token_book import TokenBook, TokenBooks
from ocppkit.station.transaction import Policy
from ocppkit.store import KnownTokens

__all__ = ["Authorizing"]

_logger = logging.getLogger(__name__)


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
    ) -> None:
        """Decide.

        Args:
            rows: where what is known outlasts a restart.
            dialect: the version that is spoken now; asks the CSMS.
            online: whether the CSMS can be asked.
            evses: where somebody may charge already.
            now: the time of day.
        """
        self.books = TokenBooks(rows)
        self._dialect = dialect
        self._online = online
        self._evses = evses
        self._now = now

    @property
    def book(self) -> TokenBook:
        """What the version that is spoken knows."""
        return self.books.of(self._dialect().version)

    async def authorize(self, token: IdToken) -> AuthorizationAnswer:
        """Decide on a token.

        Where the CSMS does not answer in time, only what is known counts, as if it were away.
        """
        dialect = self._dialect()
        rules = _rules(dialect.policy)
        online = self._online()
        verdict, answer = self._decide(token, rules, online=online)
        if verdict is not Verdict.ASK:
            return answer
        try:
            return await dialect.authorize(token)
        except ConnectionLost:
            _logger.info("the connection went before a token was authorized")
        except CallTimeout as error:
            _logger.warning("%r could not be authorized: %s", token, error)
            rules = evolve(rules, unknown_offline=False)
        except OcppError as error:
            _logger.warning("%r could not be authorized: %s", token, error)
            return AuthorizationAnswer(accepted=False)
        return self._decide(token, rules, online=False)[1]

    async def authorize_contract(self, contract: Contract) -> ContractAnswer:
        """Decide on an EV's contract (C07; Plug & Charge of 1.6).

        Where the CSMS does not answer in time, only what is known counts, as if it were away.
        """
        dialect = self._dialect()
        contracts, rules = dialect.contracts, _rules(dialect.policy)
        if contracts is None or not contracts.enabled:
            return refused("Plug & Charge is off", status=Status.NOT_AT_THIS_TIME)
        if self._online():
            try:
                return await contracts.online(contract)
            except ConnectionLost:
                _logger.info("the connection went before a contract was authorized")
            except CallTimeout as error:
                _logger.warning("%r could not be authorized: %s", contract.token, error)
                rules = evolve(rules, unknown_offline=False)
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
        entry = self.book.find(token.value, policy=self._dialect().policy, now=now)
        going_on = (evse.transaction for evse in self._evses.values())
        charging = any(each is not None and each.token == token for each in going_on)
        verdict = decide(entry, rules=rules, online=online, charging=charging, now=now)
        return verdict, _answer(entry, accepted=verdict is Verdict.ACCEPT)


def _rules(policy: Policy) -> Rules:
    return Rules(
        pre_authorize=policy.pre_authorize,
        authorize_offline=policy.authorize_offline,
        unknown_offline=policy.allow_offline_unknown,
    )


def _answer(entry: Entry | None, *, accepted: bool) -> AuthorizationAnswer:
    if entry is None:
        return AuthorizationAnswer(accepted=accepted)
    concurrent = entry.status is Status.CONCURRENT_TX
    return AuthorizationAnswer(accepted=accepted, concurrent=concurrent, group_id=entry.group_id)
