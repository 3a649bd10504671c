"""Plug & Charge of a station, whichever version wraps its messages.

What it takes is loaded once it is switched on: stations without it stay small.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from attrs import frozen

from ocppkit.authorization import Entry
from ocppkit.message import Version
from ocppkit.station.contract import Contract, ContractAnswer, ContractPolicy
from ocppkit.station.core import StationCore
from ocppkit.station.id_token import IdToken
from ocppkit.station.signing_policy import SigningPolicy
from ocppkit.station.signing_state import KEPT, V2G_KEPT
from ocppkit.station.site import AuthorizationAnswer
from ocppkit.value import Value

if TYPE_CHECKING:
    from ocppkit.station.iso15118 import Call, Iso15118
    from ocppkit.station.v2g_credentials import V2GCredentials

__all__ = ["Contracting", "ContractingTerms"]


@frozen(kw_only=True, eq=False, repr=False)
class ContractingTerms(Value):
    """What a version prescribes for the messages of Plug & Charge.

    Attributes:
        version: which.
        carrier: the action that carries requests for a certificate.
        longest: how many characters of an id transactions can carry.
        call: makes what asks the CSMS; called when Plug & Charge is needed first.
        renews_alone: whether the certificate that EVs are shown is renewed without Plug & Charge,
            too: 2.0.1 has V2GCertificateInstallationEnabled for that.
    """

    version: Version
    carrier: str
    longest: int
    call: Callable[[], Call]
    renews_alone: bool = False


class Contracting:
    """Judges the contracts of EVs once it is switched on; `ocppkit.station.contract.Contracts`.

    Attributes:
        policy: what the configuration says of contracts; changed in place.
        possible: whether the extra ``security`` is there, without which there is none of it.
    """

    def __init__(
        self,
        *,
        core: StationCore,
        terms: ContractingTerms,
        renewals: SigningPolicy,
        learn: Callable[[IdToken, Entry], Awaitable[None]],
    ) -> None:
        """Do nothing until it is switched on.

        Args:
            core: the station.
            terms: of its version.
            renewals: what the configuration says of renewals; changed in place.
            learn: takes up what the CSMS says of a contract's id.
        """
        self.policy = ContractPolicy()
        self.possible = find_spec("cryptography") is not None
        self._core = core
        self._terms = terms
        self._renewals = renewals
        self._learn = learn
        self._made: Iso15118 | None = None
        self._switched = asyncio.Event()
        _ = core.events.subscribe(lambda _: self.wake())
        core.link.on_clock_set(lambda _: self.wake())

    @property
    def enabled(self) -> bool:
        """Whether it is switched on, and can be."""
        return self.possible and self.policy.enabled

    @property
    def renews_own(self) -> bool:
        """Whether the certificate that EVs are shown is renewed by the CSMS (A02, A03)."""
        wanted = self.policy.enabled or self._terms.renews_alone
        return self.possible and wanted and self.policy.installs_own

    @property
    def iso15118(self) -> Iso15118:
        """What it takes, made by now; there is none without the extra ``security``."""
        if self._made is None:
            from ocppkit.station.iso15118 import Iso15118  # noqa: PLC0415  # large, and an extra

            self._made = Iso15118(
                core=self._core,
                policy=self.policy,
                renewals=self._renewals,
                renews=lambda: self.renews_own,
                call=self._terms.call(),
                ready=self._ready,
                learn=self._learn,
                longest=self._terms.longest,
            )
            self.wake()
        return self._made

    def wake(self) -> None:
        """Look anew at what is due."""
        if self.enabled or (self._made is not None and self.renews_own):
            self._switched.set()
        if self._made is not None:
            self._made.wake()

    def forgotten(self) -> None:
        """A certificate was deleted: nobody is asked about it any more."""
        if self._made is not None:
            self._made.forgotten()

    async def run(self) -> None:
        """Do what goes on in the background, once it is switched on, for ever."""
        if self.renews_own and await self._has_asked():
            self._switched.set()
        await self._switched.wait()
        await self.iso15118.run()

    async def online(self, contract: Contract) -> ContractAnswer:
        """Judge a contract while the CSMS is there; raises OcppError."""
        await self.iso15118.load()
        return await self.iso15118.authorizing.online(contract)

    async def offline(
        self, contract: Contract, known: Callable[[IdToken], AuthorizationAnswer]
    ) -> ContractAnswer:
        """Judge a contract while the CSMS is away.

        Args:
            contract: which.
            known: what list and cache say of its id.
        """
        await self.iso15118.load()
        return await self.iso15118.authorizing.offline(contract, known)

    async def credentials(self) -> tuple[V2GCredentials, ...]:
        """What EVs are shown; raises OSError."""
        return await self.iso15118.credentials()

    async def _has_asked(self) -> bool:
        """Whether a certificate for EVs was ever asked for: then it is looked after."""
        return V2G_KEPT in await self._core.store.key_values.all(KEPT)

    def _ready(self, asked: bool) -> bool:
        link = self._core.link
        speaks = link.session is not None and link.session.version is self._terms.version
        return speaks and link.may_send(self._terms.carrier, asked=asked)
