"""C10 - C12: the authorization cache, message by message."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation.hardware import DEFAULT_DESCRIPTION
from ocppkit.station.settings.behaviour import Storage

from .drivers import (
    NO,
    YES,
    asked,
    charge,
    entry,
    events,
    offline,
    on_site,
    read,
    says,
    send_list,
    show,
    shows,
    thinks,
    variable,
)

PRE = "AuthCtrlr.LocalPreAuthorize"


@pytest.fixture
async def it(world: Callable[..., Any]) -> AsyncIterator[Any]:
    async with world(Version.V201).running() as running:
        yield running


def later(it: Any, seconds: float) -> str:
    moment: str = (it.clock.utc_now() + timedelta(seconds=seconds)).isoformat()
    return moment


@pytest.mark.requirement("C10.FR.04", "C12.FR.02", "C12.FR.04")
async def test_whoever_is_cached_starts_unasked_and_the_transaction_tells_the_token(
    it: Any,
) -> None:
    await shows(it, "A")
    await variable(it, PRE, "true")
    await charge(it, "a")

    assert asked(it) == ["A"]
    assert ("Updated", "Authorized", "a") in events(it)
    assert it.station.evse(1).energized


@pytest.mark.requirement("C10.FR.01", "C10.FR.03", "C12.FR.05")
@pytest.mark.parametrize("status", ["Invalid", "Blocked", "Expired", "ConcurrentTx", "NoCredit"])
async def test_whoever_is_cached_as_refused_is_asked_about_again(it: Any, status: str) -> None:
    thinks(it, A=says(status))
    await variable(it, PRE, "true")
    await shows(it, "A")
    thinks(it)

    assert await shows(it, "A") == [YES]
    assert asked(it) == ["A", "A"]


@pytest.mark.requirement("C10.FR.03", "C12.FR.05")
async def test_whoever_is_cached_as_refused_is_not_asked_about_where_that_is_switched_off(
    it: Any,
) -> None:
    thinks(it, A=says("Invalid"))
    await variable(it, "AuthCacheCtrlr.DisablePostAuthorize", "true")
    await shows(it, "A", "A")

    assert asked(it) == ["A"]


@pytest.mark.requirement("C10.FR.01")
async def test_whoever_is_cached_as_refused_is_no_stranger_offline(it: Any) -> None:
    thinks(it, A=says("Blocked"))
    await shows(it, "A")
    await variable(it, "AuthCtrlr.OfflineTxForUnknownIdEnabled", "true")
    await offline(it)

    assert await shows(it, "A", "B") == [NO, YES]


@pytest.mark.requirement("C10.FR.05", "C12.FR.06")
async def test_what_the_csms_says_of_a_transaction_counts(it: Any) -> None:
    await shows(it, "A")
    it.script["TransactionEvent"] = lambda _: {"idTokenInfo": says("Blocked")}
    await charge(it, "A")
    await it.hardware.depart(force=True)
    await offline(it)

    assert await show(it, "A") is NO


@pytest.mark.requirement("C10.FR.02")
async def test_the_cache_outlasts_a_restart(world: Callable[..., Any], tmp_path: Path) -> None:
    def station() -> Any:
        return world(Version.V201, DEFAULT_DESCRIPTION, storage=Storage(state_dir=tmp_path))

    async with station().running() as it:
        thinks(it, B=says("Blocked"))
        await shows(it, "A", "B")
    async with station().running() as it:
        await on_site(it, "AuthCtrlr.OfflineTxForUnknownIdEnabled", "true")
        await offline(it)

        assert await shows(it, "A", "B", "C") == [YES, NO, YES]
        assert await read_on_site(it, "AuthCacheCtrlr.LifeTime") == "2592000"


async def read_on_site(it: Any, name: str) -> str:
    value: str = it.station.setting(name).current()
    return value


@pytest.mark.requirement("C10.FR.12")
async def test_nobody_else_on_the_machine_may_read_the_cache(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "state"
    async with world(
        Version.V201, DEFAULT_DESCRIPTION, storage=Storage(state_dir=folder)
    ).running() as it:
        await shows(it, "A")

    files = [each for each in folder.rglob("*") if each.is_file() and each.suffix != ".lock"]
    holding = [each for each in files if b"iso14443 a" in each.read_bytes()]
    assert holding
    assert {stat.S_IMODE(each.stat().st_mode) & 0o077 for each in holding} == {0}


@pytest.mark.requirement("C10.FR.07")
@pytest.mark.parametrize(
    ("policy", "left"),
    [("CUSTOM", "BC D"), ("FIFO", "BCD"), ("LRU", "ACD"), ("LFU", "ACD")],
)
async def test_a_full_cache_takes_new_tokens(it: Any, policy: str, left: str) -> None:
    book = it.station.core.authorizing.book
    book.cache.size = 3
    await variable(it, "AuthCacheCtrlr.Policy", policy)
    await shows(it, "A", "B", "C")
    await offline(it)
    await shows(it, "A", "A", "C")
    it.down = False
    await it.advance(120)
    it.script["TransactionEvent"] = lambda _: {}
    await show(it, "D")

    cached = {each.token.split()[1].upper() for each in book.cache}
    assert len(cached) == 3
    assert "D" in cached
    assert policy == "CUSTOM" or cached == set(left)


@pytest.mark.requirement("C10.FR.08", "C10.FR.10")
async def test_an_answer_without_an_expiry_counts_for_the_configured_time_after_its_last_use(
    it: Any,
) -> None:
    await variable(it, "AuthCacheCtrlr.LifeTime", "60")
    await variable(it, PRE, "true")
    it.script["TransactionEvent"] = lambda _: {}
    await shows(it, "A")
    await it.advance(59)
    await shows(it, "A")
    await it.advance(59)
    await shows(it, "A")
    during = asked(it)
    await it.advance(61)
    await shows(it, "A")

    assert during == ["A"]
    assert asked(it) == ["A", "A"]


@pytest.mark.requirement("C10.FR.02", "C10.FR.08")
async def test_the_last_use_outlasts_a_power_cut(world: Callable[..., Any], tmp_path: Path) -> None:
    made = world(Version.V201, DEFAULT_DESCRIPTION, storage=Storage(state_dir=tmp_path))
    made.script["TransactionEvent"] = lambda _: {}
    async with made.running() as it:
        await variable(it, "AuthCacheCtrlr.LifeTime", "60")
        await variable(it, PRE, "true")
        await shows(it, "A")
        await it.advance(50)
        await shows(it, "A")
    async with made.running() as it:
        await it.advance(30)
        await shows(it, "A")

    assert asked(made) == ["A"]


@pytest.mark.requirement("C10.FR.13")
async def test_an_answer_with_an_expiry_counts_until_then_whatever_is_configured(it: Any) -> None:
    thinks(it, A=says(cacheExpiryDateTime=later(it, 600)))
    await variable(it, "AuthCacheCtrlr.LifeTime", "1")
    await variable(it, PRE, "true")
    await shows(it, "A")
    await it.advance(500)
    await shows(it, "A")
    await it.advance(101)
    await shows(it, "A")

    assert asked(it) == ["A", "A"]


@pytest.mark.requirement("C10.FR.10", "C10.FR.13")
async def test_what_has_expired_is_out_of_the_cache(it: Any) -> None:
    await shows(it, "A")
    kept = await read(it, "AuthCacheCtrlr.Storage")
    thinks(it, A=says(cacheExpiryDateTime=later(it, -1)))
    await shows(it, "A")

    assert int(kept) > 0
    assert await read(it, "AuthCacheCtrlr.Storage") == "0"


@pytest.mark.requirement("C10.FR.10")
async def test_what_has_expired_is_forgotten_on_the_disk_too(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    made = world(Version.V201, DEFAULT_DESCRIPTION, storage=Storage(state_dir=tmp_path))
    async with made.running() as it:
        await shows(it, "A", "B")
        thinks(it, A=says(cacheExpiryDateTime=later(it, -1)))
        await shows(it, "A")

    assert kept_tokens(tmp_path) == [("iso14443 b",)]


def kept_tokens(folder: Path) -> list[Any]:
    [path] = [each for each in folder.iterdir() if each.suffix in {".db", ".sqlite"}]
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT token FROM authorization_cache").fetchall()


@pytest.mark.requirement("C10.FR.09")
async def test_what_a_driver_pays_is_not_cached(it: Any) -> None:
    price = {"format": "UTF8", "content": "0.30 EUR/kWh"}
    thinks(it, A=says(personalMessage=price, language1="en"))
    await shows(it, "A")
    await it.advance(120)
    await offline(it)
    shown: list[Any] = []
    stop = it.hardware.listen(lambda each: shown.append(each) if each.kind == "display" else None)
    outcome = await show(it, "A")
    await it.advance(2)
    stop()

    assert outcome is YES
    assert shown == []


@pytest.mark.requirement("C10.FR.11")
async def test_a_cache_that_is_switched_off_neither_counts_nor_learns(it: Any) -> None:
    await shows(it, "A")
    await variable(it, "AuthCacheCtrlr.Enabled", "false")
    await variable(it, PRE, "true")
    await shows(it, "A", "B")
    await variable(it, "AuthCacheCtrlr.Enabled", "true")
    await shows(it, "A", "B")

    assert asked(it) == ["A", "A", "B", "B"]


@pytest.mark.requirement("C11.FR.01", "C11.FR.02", "C11.FR.03")
async def test_the_cache_is_cleared(it: Any) -> None:
    await variable(it, PRE, "true")
    await shows(it, "A")
    await send_list(it, 1, entry("L", says()))
    answer = await it.call("ClearCache")
    await shows(it, "A", "L")

    assert answer == {"status": "Accepted"}
    assert asked(it) == ["A", "A"]


@pytest.mark.requirement("C11.FR.04")
async def test_a_cache_that_is_switched_off_is_not_cleared(it: Any) -> None:
    await variable(it, "AuthCacheCtrlr.Enabled", "false")

    answer = await it.call("ClearCache")
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "NotEnabled")


@pytest.mark.requirement("C11.FR.05")
async def test_a_cache_that_cannot_be_cleared_says_so(
    it: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: str) -> None:
        raise OSError

    monkeypatch.setattr(it.station.core.store.known_tokens, "clear_cache", fail)

    answer = await it.call("ClearCache")
    assert answer["status"] == "Rejected"


async def test_the_cache_says_how_it_is(it: Any) -> None:
    names = ("Available", "Enabled", "LifeTime", "Policy", "DisablePostAuthorize")

    told = [await read(it, f"AuthCacheCtrlr.{name}") for name in names]
    assert told == ["true", "true", "2592000", "CUSTOM", "false"]
    assert await it.set_variable("AuthCacheCtrlr", "Policy", "RANDOM") == "Rejected"
    assert await it.set_variable("AuthCacheCtrlr", "Storage", "1") == "Rejected"


@pytest.mark.requirement("C12.FR.09", "C16.FR.03")
async def test_a_master_pass_that_is_cached_starts_nothing(it: Any) -> None:
    thinks(it, M=says(group="masters"))
    await shows(it, "M")
    await variable(it, "AuthCtrlr.MasterPassGroupId", "Masters")
    await variable(it, PRE, "true")

    assert await charge(it, "M") is NO
    assert not it.station.evse(1).energized
