"""Every case that is written, on our own station in memory and virtual time."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ocppkit.conformance import CASES, Facts, Outcome, Verdict, all_facts
from ocppkit.conformance.cases import load
from ocppkit.station.settings.behaviour import Storage

from .harness import at_work

load()
WRITTEN = [all_facts()[identifier] for identifier in sorted(CASES)]
KEEPS_CERTIFICATES = {"Advanced Security", "ISO 15118 Support"}
"""The profiles whose cases install certificates, which takes a disk."""
NOT_RUN: dict[str, str] = tomllib.loads(
    Path(__file__).with_name("not_run.toml").read_text(encoding="utf-8")
)["reasons"]


@pytest.mark.parametrize("facts", WRITTEN, ids=lambda facts: facts.id)
async def test_our_station_passes(facts: Facts, tmp_path: Path) -> None:
    keeps = facts.profile in KEEPS_CERTIFICATES
    async with at_work(storage=Storage(state_dir=tmp_path if keeps else None)) as runner:
        verdict = await runner.run_case(facts)

    if facts.id in NOT_RUN:
        assert verdict.outcome is Outcome.NOT_APPLICABLE, _told(verdict)
        assert NOT_RUN[facts.id] in verdict.reason
    else:
        assert verdict.outcome is Outcome.PASSED, _told(verdict)
        assert not verdict.warnings, _told(verdict)


def test_every_case_that_is_not_run_exists() -> None:
    assert NOT_RUN.keys() <= all_facts().keys()


def _told(verdict: Verdict) -> str:
    lines = [f"{verdict.id}: {verdict.outcome} {verdict.reason}"]
    lines += [f"  {each}" for each in (*verdict.deviations, *verdict.warnings)]
    return "\n".join([*lines, *(f"  {each}" for each in verdict.trace)])
