"""Runs cases against a station, one after another, and judges them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from ocppkit.conformance.case import CASES, Case, CaseFunction
from ocppkit.conformance.cases import load
from ocppkit.conformance.facts import Facts, all_facts
from ocppkit.conformance.features import unmet
from ocppkit.conformance.kit import Kit
from ocppkit.conformance.postchecks import finish
from ocppkit.conformance.preparation import clean_up, prepare
from ocppkit.conformance.reports import read_inventory
from ocppkit.conformance.verdict import (
    Missing,
    NotApplicable,
    Outcome,
    Phase,
    StationNotIdle,
    Verdict,
)
from ocppkit.v201 import BootNotificationRequest

__all__ = ["Runner", "select"]

_logger = logging.getLogger(__name__)

_SETUP: Final = Facts(
    id="setup", name="", block="", profile="", mark="", condition="", requirements=()
)


def select(
    *,
    profiles: Iterable[str] = (),
    blocks: Iterable[str] = (),
    ids: Iterable[str] = (),
) -> list[Facts]:
    """The cases of these profiles, blocks and ids; each of the three is ignored where empty.

    Raises:
        ValueError: one of them does not exist.
    """
    facts = all_facts().values()
    wanted = {
        "profile": {each.lower() for each in profiles},
        "block": {each.upper() for each in blocks},
        "case": {_full(each) for each in ids},
    }
    there = {
        "profile": {each.profile.lower() for each in facts},
        "block": {each.block for each in facts},
        "case": {each.id for each in facts},
    }
    for kind, names in wanted.items():
        if strange := names - there[kind]:
            known = ", ".join(sorted({each.profile for each in facts})) if kind == "profile" else ""
            msg = f"there is no {kind} {', '.join(sorted(strange))}{known and f': {known}'}"
            raise ValueError(msg)
    return [
        each
        for each in facts
        if not wanted["profile"] or each.profile.lower() in wanted["profile"]
        if not wanted["block"] or each.block in wanted["block"]
        if not wanted["case"] or each.id in wanted["case"]
    ]


def _full(identifier: str) -> str:
    name = identifier.upper().removeprefix("TC_").removesuffix("_CS")
    return f"TC_{name}_CS"


class Runner:
    """Runs cases.

    Attributes:
        kit: what the station talks to.
    """

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        load()

    async def begin(self) -> None:
        """Wait for the station, and learn what it has; once, before the first case.

        Raises:
            StationNotIdle: it does not come, or tells nothing of itself.
        """
        t = Case(kit=self.kit, facts=_SETUP)
        try:
            await t.connected()
            boot = await t.optional(BootNotificationRequest, within=t.settings.message_timeout)
            if boot is None:
                self.kit.note("kit", "no BootNotification: the station has booted before")
            self.kit.inventory = await read_inventory(t)
        except Missing as missing:
            said = "; ".join(str(each) for each in t.deviations)
            raise StationNotIdle(said or str(missing)) from missing
        finally:
            await self._settle()

    async def run(
        self, cases: Sequence[Facts], *, told: Callable[[Verdict], None] | None = None
    ) -> list[Verdict]:
        """Run these cases.

        Args:
            cases: as `select` gives them.
            told: hears each verdict as it falls.
        """
        verdicts = []
        for facts in cases:
            verdict = await self.run_case(facts)
            verdicts.append(verdict)
            if told is not None:
                told(verdict)
        return verdicts

    async def run_case(self, facts: Facts, function: CaseFunction | None = None) -> Verdict:
        """Run one case.

        Args:
            facts: of the case.
            function: what it does, where it is not the registered one.
        """
        written = function or CASES.get(facts.id)
        reason = self._why_not(facts, written)
        if reason is not None or written is None:
            return Verdict(id=facts.id, outcome=Outcome.NOT_APPLICABLE, reason=reason or "")
        self.kit.begin_case()
        t = Case(kit=self.kit, facts=facts, mark=len(self.kit.mailbox.received))
        self.kit.broken = t.broke
        self.kit.mailbox.listeners.append(t.sessions.saw)
        begun = self.kit.clock.monotonic()
        try:
            outcome, reason = await self._judge(t, written)
        finally:
            judged, t.deviations = t.deviations, []
            t.phase = Phase.CLEANUP
            trace = tuple(self.kit.trace)
            for endpoint in (self.kit.first, self.kit.second):
                if endpoint.tls is not None:
                    endpoint.tls.reset()
            try:
                await clean_up(t)
            finally:
                self.kit.mailbox.listeners.remove(t.sessions.saw)
                self.kit.broken = None
        await self._settle()
        return Verdict(
            id=facts.id,
            outcome=outcome,
            reason=reason,
            deviations=tuple(judged),
            warnings=tuple(t.deviations),
            trace=trace,
            seconds=self.kit.clock.monotonic() - begun,
        )

    def _why_not(self, facts: Facts, written: CaseFunction | None) -> str | None:
        if facts.withdrawn:
            return f"withdrawn by {facts.withdrawn}"
        claimed = self.kit.settings.profiles
        if claimed and facts.profile not in claimed:
            return f"the station does not claim the profile {facts.profile}"
        lacking = unmet(facts.condition, self.kit.features)
        if lacking is not None:
            return lacking
        return "the kit does not play it yet" if written is None else None

    async def _judge(self, t: Case, function: CaseFunction) -> tuple[Outcome, str]:
        outcome = Outcome.FAILED
        try:
            await prepare(t)
            t.mark = len(self.kit.mailbox.received)
            t.phase = Phase.MAIN
            await function(t)
        except NotApplicable as why:
            if not t.deviations:
                return Outcome.NOT_APPLICABLE, str(why)
        except Missing:
            pass
        except StationNotIdle as why:
            return Outcome.ERROR, f"the station is not idle: {why}"
        except Exception as error:  # the border to what a case does
            _logger.exception("%s failed", t.facts.id)
            return Outcome.ERROR, f"{type(error).__name__}: {error}"
        t.phase = Phase.POST
        finish(t)
        if not t.deviations:
            outcome = Outcome.PASSED
        return outcome, ""

    async def _settle(self) -> None:
        """Let what is under way arrive, so that it is not taken for the next case's."""
        await self.kit.clock.sleep(_PAUSE)


_PAUSE: Final = 0.05  # seconds
