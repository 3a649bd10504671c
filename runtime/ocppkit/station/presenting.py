"""Who presents themselves at an EVSE: drivers by a token, EVs by an identifier or a contract."""

from __future__ import annotations

import asyncio

from ocppkit.station.autocharge import vehicle_token
from ocppkit.station.calling import refuse_inside
from ocppkit.station.contract import Contract, ContractOutcome
from ocppkit.station.contract_presenting import present
from ocppkit.station.id_token import IdToken
from ocppkit.station.site import Site
from ocppkit.station.token import TokenOutcome, TokenPlace, judge

__all__ = ["Presenting"]


class Presenting:
    """Judges those who present themselves, one after another.

    Each may take as long as the CSMS takes to answer. A method of the hardware must not wait for
    it: that is `TokenFromInside`.
    """

    def __init__(self, *, evse: TokenPlace, site: Site) -> None:
        """Judge those at an EVSE.

        Args:
            evse: which.
            site: the station around it.
        """
        self._evse = evse
        self._site = site
        self._lock = asyncio.Lock()

    async def token(self, token: IdToken) -> TokenOutcome:
        """A driver shows a token."""
        if not isinstance(token, IdToken):
            msg = f"an IdToken is expected, as IdToken('04E1A2B3'), not {type(token).__name__}"
            raise TypeError(msg)
        refuse_inside()
        async with self._lock:
            return await judge(token, evse=self._evse, authorize=self._site.authorize)

    async def vehicle(self, identifier: str, *, plug_and_charge: bool) -> TokenOutcome | None:
        """The EV's own identifier is known; None where it is not used."""
        token, evse = vehicle_token(identifier), self._evse
        refuse_inside()
        async with self._lock:
            busy = evse.authorization is not None or evse.transaction is not None
            if busy or plug_and_charge or not self._site.policy.autocharge:
                return None
            return await judge(token, evse=evse, authorize=self._site.authorize)

    async def contract(self, contract: Contract) -> ContractOutcome:
        """The EV presents its contract."""
        refuse_inside()
        async with self._lock:
            return await present(contract, evse=self._evse, authorize=self._site.authorize_contract)
