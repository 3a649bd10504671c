"""The Local Auth List Management profile, frame for frame (1.6 §3.5.2, §5.10, §5.15)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station import IdToken, TokenOutcome
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.settings.values import KeyValue

ACCEPTED = {"status": "Accepted"}


@pytest.fixture
async def it(world: Callable[..., Any]) -> AsyncIterator[Any]:
    async with world(Version.V16).running() as running:
        yield running


def tag(name: str, status: str | None = "Accepted", **more: str) -> dict[str, Any]:
    return {"idTag": name} | ({} if status is None else {"idTagInfo": {"status": status, **more}})


async def send(it: Any, version: int, *tags: dict[str, Any], full: bool = True) -> str:
    update = "Full" if full else "Differential"
    answer = await it.call(
        "SendLocalList", listVersion=version, updateType=update, localAuthorizationList=list(tags)
    )
    status: str = answer["status"]
    return status


async def version(it: Any) -> int:
    answer = await it.call("GetLocalListVersion")
    number: int = answer["listVersion"]
    return number


async def key(it: Any, name: str, value: str) -> None:
    assert await it.call("ChangeConfiguration", key=name, value=value) == ACCEPTED


async def offline(it: Any) -> None:
    it.down = True
    await it.drop()


async def shows(it: Any, *names: str) -> list[TokenOutcome]:
    """What comes of each, shown at an EVSE that nobody uses."""
    outcomes = []
    for name in names:
        outcome = await it.station.evse(1).token_presented(IdToken(name))
        outcomes.append(outcome)
        if outcome is TokenOutcome.ACCEPTED:
            await it.station.evse(1).token_presented(IdToken(name))
    return outcomes


YES, NO = TokenOutcome.ACCEPTED, TokenOutcome.REFUSED


@pytest.mark.requirement("1.6 GetLocalListVersion")
async def test_5_10_a_list_that_never_came_has_version_0(it: Any) -> None:
    assert await version(it) == 0


@pytest.mark.requirement("1.6 §3.3", "1.6 key SupportedFeatureProfiles")
async def test_5_10_the_profile_and_its_keys_say_that_there_is_a_list(it: Any) -> None:
    names = [
        "LocalAuthListEnabled", "LocalAuthListMaxLength", "SendLocalListMaxLength",
        "SupportedFeatureProfiles",
    ]  # fmt: skip
    answer = await it.call("GetConfiguration", key=names)

    found = {each["key"]: (each["readonly"], each["value"]) for each in answer["configurationKey"]}
    assert found["LocalAuthListEnabled"] == (False, "true")
    assert found["LocalAuthListMaxLength"] == (True, "10000")
    assert found["SendLocalListMaxLength"] == (True, "5242")
    assert "LocalAuthListManagement" in found["SupportedFeatureProfiles"][1].split(",")


@pytest.mark.requirement("1.6 SendLocalList")
async def test_5_15_a_full_update_replaces_and_a_differential_one_changes(it: Any) -> None:
    first = await send(it, 5, tag("A"), tag("B"), tag("C"))
    second = await send(it, 6, tag("b", "Blocked"), tag("C", None), tag("D"), full=False)
    number = await version(it)
    await offline(it)

    assert (first, second, number) == ("Accepted", "Accepted", 6)
    assert await shows(it, "A", "B", "C", "D") == [YES, NO, NO, YES]


async def test_5_15_a_full_update_may_have_any_version(it: Any) -> None:
    await send(it, 5, tag("A"))

    assert await send(it, 2, tag("B")) == "Accepted"
    assert await version(it) == 2


@pytest.mark.parametrize("wrong", [4, 5])
async def test_7_47_a_differential_update_that_is_not_newer_is_a_mismatch(
    it: Any, wrong: int
) -> None:
    await send(it, 5, tag("A"))

    status = await send(it, wrong, tag("B"), full=False)

    assert (status, await version(it)) == ("VersionMismatch", 5)
    await offline(it)
    assert await shows(it, "A", "B") == [YES, NO]


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("wrong", [0, -1, 2**63])
async def test_errata_3_52_versions_that_mean_something_else_fail(
    it: Any, wrong: int, full: bool
) -> None:
    assert await send(it, wrong, tag("A"), full=full) == "Failed"
    assert await version(it) == 0


async def test_6_41_a_full_update_without_a_list_empties_it(it: Any) -> None:
    await send(it, 5, tag("A"))

    answer = await it.call("SendLocalList", listVersion=6, updateType="Full")

    assert answer == ACCEPTED
    assert await version(it) == 0
    await offline(it)
    assert await shows(it, "A") == [NO]


async def test_6_41_a_differential_update_without_a_list_changes_its_version_alone(
    it: Any,
) -> None:
    await send(it, 5, tag("A"))

    answer = await it.call("SendLocalList", listVersion=6, updateType="Differential")

    assert answer == ACCEPTED
    assert await version(it) == 6
    await offline(it)
    assert await shows(it, "A") == [YES]


@pytest.mark.parametrize("full", [True, False])
async def test_6_41_a_duplicate_fails_and_nothing_changes(it: Any, full: bool) -> None:
    await send(it, 5, tag("A"))

    status = await send(it, 6, tag("X"), tag("x", "Blocked"), full=full)

    assert (status, await version(it)) == ("Failed", 5)
    await offline(it)
    assert await shows(it, "A", "X") == [YES, NO]


async def test_7_1_a_full_update_that_leaves_something_out_fails(it: Any) -> None:
    await send(it, 5, tag("A"))

    assert await send(it, 6, tag("B"), tag("C", None)) == "Failed"
    assert await version(it) == 5


async def test_5_15_what_breaks_the_schema_changes_nothing(it: Any) -> None:
    await send(it, 5, tag("A"))

    answers = [
        await it.call("SendLocalList", listVersion=6),
        await it.call("SendLocalList", listVersion="6", updateType="Full"),
        await it.call(
            "SendLocalList", listVersion=6, updateType="Full",
            localAuthorizationList=[tag("A" * 21)],
        ),
    ]  # fmt: skip

    assert all(isinstance(each, str) for each in answers)
    assert await version(it) == 5


@pytest.mark.requirement("1.6 key LocalAuthListMaxLength", "1.6 key SendLocalListMaxLength")
async def test_9_2_3_what_is_longer_than_the_keys_say_fails(world: Any) -> None:
    told = (
        KeyValue(name="LocalAuthListMaxLength", value="3"),
        KeyValue(name="SendLocalListMaxLength", value="2"),
    )
    async with world(Version.V16, configuration=told).running() as it:
        too_many = await send(it, 1, tag("A"), tag("B"), tag("C"))
        first = await send(it, 1, tag("A"), tag("B"))
        second = await send(it, 2, tag("C"), tag("D"), full=False)
        third = await send(it, 2, tag("C"), tag("B", None), full=False)

        assert (too_many, first, second, third) == ("Failed", "Accepted", "Failed", "Accepted")
        assert await version(it) == 2


async def test_9_2_1_a_list_that_is_not_enabled_counts_as_not_supported(it: Any) -> None:
    await send(it, 5, tag("A"))
    await key(it, "LocalAuthListEnabled", "false")

    disabled = (await send(it, 6, tag("B")), await version(it))
    await offline(it)
    unused = await shows(it, "A")
    it.down = False
    await it.advance(30)
    await key(it, "LocalAuthListEnabled", "true")

    assert disabled == ("NotSupported", -1)
    assert unused == [NO]
    assert await version(it) == 5


@pytest.mark.parametrize("status", ["Blocked", "Expired", "Invalid"])
async def test_3_5_4_who_is_listed_with_another_status_is_refused_offline(
    it: Any, status: str
) -> None:
    await key(it, "AllowOfflineTxForUnknownId", "true")
    await send(it, 1, tag("A", status), tag("B", "ConcurrentTx"))
    await offline(it)

    assert await shows(it, "A", "B", "stranger") == [NO, YES, YES]


async def test_3_5_4_who_is_listed_but_has_expired_is_refused_offline(it: Any) -> None:
    await key(it, "AllowOfflineTxForUnknownId", "true")
    soon = it.clock.utc_now().replace(microsecond=0)
    late = soon.replace(year=soon.year + 1)
    await send(
        it, 1, tag("A", expiryDate=soon.isoformat()), tag("B", expiryDate=late.isoformat())
    )  # fmt: skip
    await offline(it)
    await it.advance(1)

    assert await shows(it, "A", "B") == [NO, YES]


async def test_3_5_2_a_listed_one_that_has_expired_is_asked_about(it: Any) -> None:
    await key(it, "LocalPreAuthorize", "true")
    soon = it.clock.utc_now()
    await send(it, 1, tag("A", expiryDate=soon.isoformat()))
    await it.advance(1)

    assert await shows(it, "A") == [YES]
    assert [each["idTag"] for each in it.sent("Authorize")] == ["A"]


async def test_3_5_2_a_contradiction_is_told_with_connector_0(it: Any) -> None:
    await send(it, 1, tag("A", "Blocked"), tag("B"))
    before = len(it.sent("StatusNotification"))

    assert await shows(it, "A", "B") == [YES, YES]
    await it.settle()
    told = it.sent("StatusNotification")[before:]
    conflicts = [each for each in told if each["errorCode"] == "LocalListConflict"]
    assert [(each["connectorId"], each["status"]) for each in conflicts] == [(0, "Available")]


async def test_3_5_2_a_contradiction_at_the_start_is_told_and_obeyed(it: Any) -> None:
    await key(it, "LocalPreAuthorize", "true")
    await send(it, 1, tag("ABC"))
    it.script["StartTransaction"] = lambda _: {
        "idTagInfo": {"status": "Blocked"},
        "transactionId": 8,
    }
    await it.charge()

    codes = [each["errorCode"] for each in it.sent("StatusNotification")]
    assert codes.count("LocalListConflict") == 1
    assert [each["reason"] for each in it.sent("StopTransaction")] == ["DeAuthorized"]
    assert it.sent("Authorize") == []
    assert await version(it) == 1


async def test_3_5_3_who_is_listed_is_not_cached(it: Any) -> None:
    await shows(it, "A")
    await send(it, 1, tag("A"), tag("B"))
    await shows(it, "A", "B")
    await send(it, 2, tag("A", None), tag("B", None), tag("C"), full=False)
    await offline(it)

    assert await shows(it, "A", "B", "C") == [NO, NO, YES]


async def test_3_5_3_the_list_is_heeded_before_what_was_cached(it: Any) -> None:
    await shows(it, "A")
    await send(it, 1, tag("A", "Blocked"))
    await offline(it)

    assert await shows(it, "A") == [NO]


async def test_3_5_2_the_list_outlasts_a_restart(world: Any, tmp_path: Path) -> None:
    storage = Storage(state_dir=tmp_path)
    async with world(Version.V16, storage=storage).running() as it:
        await send(it, 5, tag("A"), tag("B", "Blocked"), tag("C"))
        await send(it, 6, tag("C", None), full=False)
    async with world(Version.V16, storage=storage).running() as it:
        number = await version(it)
        await offline(it)

        assert number == 6
        assert await shows(it, "A", "B", "C") == [YES, NO, NO]


async def test_5_15_two_updates_at_once_do_not_disturb_each_other(it: Any) -> None:
    many = [tag(f"T{number}") for number in range(500)]
    payloads = [
        {"listVersion": 1, "updateType": "Full", "localAuthorizationList": many},
        {"listVersion": 2, "updateType": "Differential", "localAuthorizationList": [tag("X")]},
    ]
    waiting = [it.station.core.spawn(_call(it, payload), name="an update") for payload in payloads]
    for each in waiting:
        await each

    assert await version(it) == 2
    await offline(it)
    assert await shows(it, "T0", "T499", "X") == [YES, YES, YES]


async def _call(it: Any, payload: dict[str, Any]) -> None:
    assert await it.call("SendLocalList", **payload) == ACCEPTED


@pytest.mark.requirement("1.6 §5.15")
async def test_a_list_that_cannot_be_kept_is_a_failure_and_changes_nothing(
    it: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await key(it, "LocalAuthListEnabled", "true")
    await send(it, 1, tag("A"))

    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is gone")

    rows = it.station.core.store.known_tokens
    monkeypatch.setattr(rows, "replace_list", fails)
    monkeypatch.setattr(rows, "amend_list", fails)
    answers = [await send(it, 2, tag("B")), await send(it, 3, tag("C"), full=False)]

    assert (answers, await version(it)) == (["Failed", "Failed"], 1)
