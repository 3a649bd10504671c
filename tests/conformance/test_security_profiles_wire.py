"""The cases that need TLS, on our own station over real sockets."""

from __future__ import annotations

import pytest

from ocppkit.conformance import Outcome
from ocppkit.conformance.certificates import LaidOut
from ocppkit.security import tls

from .secure import ONE_ROOT, laid_out, secured, told, verdict_of

__all__ = ["laid_out"]

UNDER_2 = ["A_01", "A_04", "A_05", "A_06", "A_09", "A_10", "A_21", "A_22", "B_45", "B_50"]
UNDER_3 = ["A_04", "A_05", "A_06", "A_07", "A_11", "A_14", "A_15", "A_22", "A_23", "B_50"]


@pytest.mark.parametrize("name", UNDER_2)
async def test_our_station_passes_under_profile_2(name: str, laid_out: LaidOut) -> None:
    async with secured(laid_out, 2) as runner:
        verdict = await verdict_of(runner, name)

    assert verdict.outcome is Outcome.PASSED, told(verdict)
    assert not verdict.warnings, told(verdict)


@pytest.mark.parametrize("name", UNDER_3)
async def test_our_station_passes_under_profile_3(name: str, laid_out: LaidOut) -> None:
    async with secured(laid_out, 3) as runner:
        verdict = await verdict_of(runner, name)

    assert verdict.outcome is Outcome.PASSED, told(verdict)
    assert not verdict.warnings, told(verdict)


async def test_a_station_with_suites_for_rsa_only_passes(
    laid_out: LaidOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "TLS12_CIPHERS", ("AES128-GCM-SHA256", "AES256-GCM-SHA384"))
    async with secured(laid_out, 2) as runner:
        verdict = await verdict_of(runner, "A_04")

    assert verdict.outcome is Outcome.PASSED, told(verdict)


@pytest.mark.parametrize("profile", [1, 2])
async def test_our_station_can_be_raised_and_is_tested_on_from_there(
    profile: int, laid_out: LaidOut
) -> None:
    async with secured(laid_out, profile) as runner:
        raised = await verdict_of(runner, "A_19")
        after = await verdict_of(runner, "A_22")

        assert raised.outcome is Outcome.PASSED, told(raised)
        assert not raised.warnings, told(raised)
        assert after.outcome is Outcome.PASSED, told(after)
        assert runner.kit.settings.security_profile == profile + 1


@pytest.mark.parametrize("profile", [2, 3])
async def test_our_station_with_one_root_at_a_time_migrates_again_and_again(
    profile: int, laid_out: LaidOut
) -> None:
    async with secured(laid_out, profile, variables=ONE_ROOT) as runner:
        verdicts = [await verdict_of(runner, name) for name in ("B_47", "B_50", "B_47", "B_50")]

    for verdict in verdicts:
        assert verdict.outcome is Outcome.PASSED, told(verdict)
        assert not verdict.warnings, told(verdict)
