"""C07: the contracts of EVs (ISO 15118 Plug & Charge)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from ocppkit.authorization import Entry
from ocppkit.message import Version
from ocppkit.station.contracting import Contracting, ContractingTerms
from ocppkit.station.core import StationCore
from ocppkit.station.id_token import IdToken
from ocppkit.station.signing_policy import SigningPolicy
from ocppkit.station.v201.c_variables import contract_variables
from ocppkit.station.v201.variables import Variable
from ocppkit.v201 import SignCertificateRequest

if TYPE_CHECKING:
    from ocppkit.v201 import Get15118EVCertificateRequest, Get15118EVCertificateResponse

__all__ = ["ContractBlock"]

_LONGEST_ID_TOKEN: Final = 36  # characters (IdTokenType)


class ContractBlock:
    """Plug & Charge by the messages and variables of 2.0.1.

    Attributes:
        contracting: does what it is about, in no version's wrapping.
    """

    def __init__(
        self,
        *,
        core: StationCore,
        renewals: SigningPolicy,
        learn: Callable[[IdToken, Entry], Awaitable[None]],
    ) -> None:
        """Take no contract until ISO15118Ctrlr.PnCEnabled is true.

        Args:
            core: the station.
            renewals: what the variables say of renewals; changed in place.
            learn: takes up what the CSMS says of a contract's id.
        """
        self._core = core
        terms = ContractingTerms(
            version=Version.V201,
            carrier=SignCertificateRequest.ACTION,
            longest=_LONGEST_ID_TOKEN,
            call=lambda: core.link.call,
            renews_alone=True,
        )
        self.contracting = Contracting(core=core, terms=terms, renewals=renewals, learn=learn)

    @property
    def country(self) -> str | None:
        """Of the certificates that EVs are shown: two letters (ISO 3166-1)."""
        return self.contracting.policy.country or self._core.config.plug_and_charge.secc_country

    def variables(self) -> list[Variable]:
        """Its variables; none where the extra ``security`` is missing."""
        if not self.contracting.possible:
            return []
        told, policy = self._core.config.plug_and_charge, self.contracting.policy
        return contract_variables(policy, told=told, changed=self.contracting.wake)

    async def ev_certificate(
        self, request: Get15118EVCertificateRequest
    ) -> Get15118EVCertificateResponse:
        """Ask for a contract certificate on behalf of an EV (M01, M02).

        Raises:
            OcppError: the CSMS did not answer, or not so that it can be understood.
            ValueError: it is switched off.
        """
        if not (self.contracting.enabled and self.contracting.policy.installs_contracts):
            msg = (
                "EVs get no contracts here: ISO15118Ctrlr.PnCEnabled,"
                " ISO15118Ctrlr.ContractCertificateInstallationEnabled"
            )
            raise ValueError(msg)
        return await self._core.link.call(request)
