"""Stations that are right in another way than ours: the kit lets them pass."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import pytest

from ocppkit.conformance import Kit, Outcome, all_facts
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.transaction import TransactionPoint as Point
from ocppkit.v201 import (
    ChargingStateEnumType,
    TransactionEventEnumType,
    TransactionEventRequest,
    TransactionType,
    TriggerReasonEnumType,
)

from .harness import at_work
from .tampering import Payload, Tamper, event, is_caught, says
from .test_cases_elsewhere import by_the_csms, fixed_cables

_ENERGY: Final = frozenset({Point.ENERGY_TRANSFER})
_PATH: Final = frozenset({Point.POWER_PATH_CLOSED})
_BAY: Final = frozenset({Point.PARKING_BAY_OCCUPANCY})


async def _passes(case: str, **station: Any) -> None:
    async with at_work(**station) as runner:
        verdict = await runner.run_case(all_facts()[case])

    assert verdict.outcome is Outcome.PASSED, (verdict.reason, *verdict.deviations)


def _in_lower_case(_: str, payload: Payload) -> Payload | None:
    if "idToken" in payload:
        token = payload["idToken"]
        return {**payload, "idToken": {**token, "idToken": token["idToken"].lower()}}
    return payload


@pytest.mark.parametrize(
    "case", ["TC_C_02_CS", "TC_C_33_CS", "TC_C_34_CS", "TC_C_39_CS", "TC_C_49_CS", "TC_E_10_CS"]
)
async def test_a_station_that_tells_tokens_in_lower_case_passes(case: str) -> None:
    await _passes(case, tamper=_in_lower_case)


def _to_the_second(_: str, payload: Payload) -> Payload | None:
    at = payload.get("timestamp")
    return payload if at is None else {**payload, "timestamp": f"{at.split('.')[0].rstrip('Z')}Z"}


@pytest.mark.parametrize("case", ["TC_C_26_CS", "TC_E_16_CS"])
async def test_a_station_that_tells_the_time_to_the_second_passes(case: str) -> None:
    await _passes(case, tamper=_to_the_second)


def _suspended_first(kits: list[Kit]) -> Tamper:
    """Before energy flows, the station tells that it does not yet."""
    later: dict[str, int] = {}

    def tamper(name: str, payload: Payload) -> Payload | None:
        if name != "TransactionEvent" or not kits:
            return payload
        changed = deepcopy(payload)
        info = changed["transactionInfo"]
        number = info["transactionId"]
        changed["seqNo"] += later.get(number, 0)
        if (
            number not in later
            and changed["eventType"] == "Updated"
            and info.get("chargingState") == "Charging"
        ):
            told = TransactionEventRequest(
                event_type=TransactionEventEnumType.UPDATED,
                timestamp=kits[0].clock.utc_now(),
                trigger_reason=TriggerReasonEnumType.CHARGING_STATE_CHANGED,
                seq_no=changed["seqNo"],
                transaction_info=TransactionType(
                    transaction_id=number, charging_state=ChargingStateEnumType.SUSPENDED_EVSE
                ),
                offline=changed.get("offline"),
            )
            _ = kits[0].mailbox.put(told.ACTION, told, {}, 1)
            later[number] = 1
            changed["seqNo"] += 1
        return changed

    return tamper


@pytest.mark.parametrize("case", ["TC_C_15_CS", "TC_E_20_CS", "TC_E_22_CS", "TC_E_26_CS"])
async def test_a_station_that_tells_of_suspended_evse_on_the_way_passes(case: str) -> None:
    kits: list[Kit] = []
    station = fixed_cables() if case in {"TC_E_20_CS", "TC_E_26_CS"} else {}
    async with at_work(tamper=_suspended_first(kits), **station) as runner:
        kits.append(runner.kit)
        verdict = await runner.run_case(all_facts()[case])

    assert verdict.outcome is Outcome.PASSED, (verdict.reason, *verdict.deviations)


@pytest.mark.parametrize(
    ("case", "station"),
    [
        ("TC_C_02_CS", {"sample_interval": 3}),
        ("TC_C_56_CS", {"sample_interval": 3}),
        ("TC_C_57_CS", {"sample_interval": 3}),
        ("TC_E_39_CS", {"sample_interval": 3}),
        ("TC_C_22_CS", {"sample_interval": 3, "start_points": _BAY, "stop_points": _BAY}),
        ("TC_C_34_CS", {"sample_interval": 3, "start_points": _ENERGY, "stop_points": _ENERGY}),
        ("TC_C_50_CS", {"start_points": _PATH, "stop_points": _PATH}),
        ("TC_E_41_CS", {"start_points": _ENERGY, **by_the_csms()}),
    ],
)
async def test_a_station_that_is_set_up_otherwise_passes(
    case: str, station: dict[str, Any], tmp_path: Path
) -> None:
    await _passes(case, storage=Storage(state_dir=tmp_path), **station)


async def test_an_ev_that_has_ended_its_transaction_cannot_end_it_again() -> None:
    async with at_work(stop_points=_ENERGY) as runner:
        verdict = await runner.run_case(all_facts()["TC_E_24_CS"])

    assert verdict.outcome is Outcome.NOT_APPLICABLE, verdict.deviations


@pytest.mark.parametrize("case", ["TC_E_01_CS", "TC_E_09_CS", "TC_E_12_CS"])
async def test_a_token_that_the_first_event_does_not_tell_is_missed(case: str) -> None:
    async with at_work(tamper=event(says(idToken=None))) as runner:
        await is_caught(runner, case, "id_token: expected")


async def test_a_deviation_says_which_reusable_state_it_is_in() -> None:
    async with at_work(tamper=event(says(idToken=None), triggerReason="Authorized")) as runner:
        await is_caught(runner, "TC_E_10_CS", "main, Authorized, step 3: TransactionEventRequest")
        await is_caught(runner, "TC_E_10_CS", "main, step 3: TransactionEventRequest")
