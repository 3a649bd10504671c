"""A station of both versions runs what the CSMS picks, and charges outlast a switch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from tests.station.conftest import SCRIPTS

from ocppkit.csms import CsmsServer
from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import ChargingStation, IdToken, StationConfig
from ocppkit.station.settings.behaviour import Storage

V16, V201 = Version.V16, Version.V201
BOTH_WAYS = pytest.mark.parametrize("versions", [(V201, V16), (V16, V201)])
ABC = IdToken("ABC")


class Bilingual:
    """A station of both versions, and a CSMS that picks another at each connection.

    Attributes:
        it: the world.
    """

    def __init__(self, world: Callable[..., Any], first: Version, **config: Any) -> None:
        self.it = world(first, **config)
        self.it.config = evolve(self.it.config, versions=(V201, V16))

    def picks(self, version: Version) -> None:
        """Have the CSMS speak a version from the next connection on."""
        self.it.version = version
        self.it.script = dict(SCRIPTS[version])

    async def switch(self, version: Version) -> None:
        """Have the connection lost, and found again in another version."""
        self.picks(version)
        await self.it.drop()
        await self.it.advance(10)

    def told(self, *actions: str) -> list[dict[str, Any]]:
        """What was sent, by actions."""
        return [payload for action, payload in self.it.calls if action in actions]


async def charge(it: Any) -> None:
    await it.hardware.arrive(SimulatedEv(start_delay=1))
    await it.station.evse(1).token_presented(ABC)
    await it.advance(60)


def energy(event: dict[str, Any]) -> list[float]:
    """What the register showed, of a TransactionEvent."""
    return [
        sampled["value"]
        for value in event.get("meterValue", [])
        for sampled in value["sampledValue"]
        if sampled.get("measurand", "Energy.Active.Import.Register")
        == "Energy.Active.Import.Register"
    ]


@BOTH_WAYS
@pytest.mark.parametrize("picked", list(Version))
async def test_it_runs_what_the_csms_picks_of_what_it_offers(
    versions: tuple[Version, ...], picked: Version
) -> None:
    async with CsmsServer(port=0, versions=[picked]) as csms:
        config = StationConfig(identity="CS001", csms_url=csms.url, versions=versions)
        async with ChargingStation(config, hardware=SimulatedHardware()) as station:
            await station.wait_online()
            spoken = station.version

    assert spoken is picked


@pytest.mark.parametrize("first", list(Version))
@pytest.mark.requirement("B10.FR.10")
async def test_in_another_version_it_boots_again_and_tells_of_every_connector(
    world: Any, first: Version
) -> None:
    other = V16 if first is V201 else V201
    made = Bilingual(world, first)
    async with made.it.running():
        await made.switch(other)
        version, online = made.it.station.version, made.it.station.online

    assert (version, online) == (other, True)
    boots = made.told("BootNotification")
    assert ["chargingStation" in boot for boot in boots] == [first is V201, other is V201]
    told = made.told("StatusNotification")
    assert {"connectorStatus" in each for each in told} == {True, False}


async def test_a_charge_that_began_in_2_0_1_ends_in_1_6_with_its_number(world: Any) -> None:
    made = Bilingual(world, V201)
    it = made.it
    async with it.running():
        await charge(it)
        began = made.told("TransactionEvent")[0]
        await made.switch(V16)
        started = made.told("StartTransaction")
        await it.advance(60)
        stopped_by = await it.station.evse(1).token_presented(ABC)
        await it.settle()
        ended = made.told("StopTransaction")

    assert stopped_by.value == "stopped"
    assert [each["idTag"] for each in started] == ["ABC"]
    assert started[0]["timestamp"] == began["timestamp"]
    assert started[0]["meterStart"] == 1_000_000
    assert [each["transactionId"] for each in ended] == [7]
    assert ended[0]["meterStop"] > started[0]["meterStart"]
    assert made.told("StartTransaction") == started


async def test_a_charge_began_when_it_did_though_the_meter_was_silent_for_long(world: Any) -> None:
    made = Bilingual(world, V201)
    it = made.it
    async with it.running():
        await it.charge()
        await it.station.evse(1).token_presented(ABC)
        await it.hardware.leave()
        it.hardware.meter = None
        await it.advance(600)
        await charge(it)
        began = [e for e in made.told("TransactionEvent") if e["eventType"] == "Started"][-1]
        await made.switch(V16)
        (started,) = made.told("StartTransaction")

    assert started["timestamp"] == began["timestamp"]
    assert started["meterStart"] == 1_000_000


async def test_a_charge_that_began_in_1_6_ends_in_2_0_1_from_its_start_on(world: Any) -> None:
    made = Bilingual(world, V16)
    it = made.it
    async with it.running():
        await charge(it)
        began = made.told("StartTransaction")[0]
        await made.switch(V201)
        await it.advance(60)
        await it.station.evse(1).token_presented(ABC)
        await it.settle()
        events = made.told("TransactionEvent")

    kinds = [each["eventType"] for each in events]
    assert (kinds[0], kinds[-1]) == ("Started", "Ended")
    assert kinds.count("Started") == kinds.count("Ended") == 1
    assert events[0]["timestamp"] == began["timestamp"]
    assert events[0]["offline"]
    assert events[0]["idToken"]["idToken"] == "ABC"
    assert events[0]["evse"] == {"id": 1, "connectorId": 1}
    assert energy(events[0]) == [began["meterStart"]]
    assert len({each["transactionInfo"]["transactionId"] for each in events}) == 1
    numbers = [each["seqNo"] for each in events]
    assert numbers == sorted(set(numbers))
    assert energy(events[-1])[-1] > began["meterStart"]


@pytest.mark.parametrize("first", list(Version))
async def test_a_charge_that_ended_before_the_switch_is_told_whole_after_it(
    world: Any, first: Version
) -> None:
    other = V16 if first is V201 else V201
    made = Bilingual(world, first)
    it = made.it
    async with it.running():
        await charge(it)
        it.down = True
        await it.drop()
        await it.station.evse(1).token_presented(ABC)
        await it.hardware.depart()
        await it.settle()
        ended = it.station.evse(1).transaction is None
        it.down = False
        made.picks(other)
        await it.advance(60)

    assert ended
    if other is V16:
        assert len(made.told("StartTransaction")) == 1
        assert [each["transactionId"] for each in made.told("StopTransaction")] == [7]
    else:
        kinds = [each["eventType"] for each in made.told("TransactionEvent")]
        assert (kinds[0], kinds[-1]) == ("Started", "Ended")


async def test_a_charge_that_no_driver_came_for_is_not_told_in_1_6(world: Any) -> None:
    made = Bilingual(world, V201)
    it = made.it
    async with it.running():
        await it.set_variable("TxCtrlr", "TxStartPoint", "EVConnected")
        await it.hardware.arrive(SimulatedEv())
        await it.settle()
        began = it.station.evse(1).transaction is not None
        await made.switch(V16)
        await it.hardware.depart()
        await it.settle()
        left = await it.station.core.delivery.holds(None)

    assert began
    assert not made.told("StartTransaction", "StopTransaction")
    assert not left


async def test_a_start_that_the_csms_does_not_take_is_tried_again(world: Any) -> None:
    made = Bilingual(world, V201, message_retry_interval=10)
    it = made.it
    taken = SCRIPTS[V16]["StartTransaction"]
    async with it.running():
        await charge(it)
        made.picks(V16)
        it.script["StartTransaction"] = lambda _: "InternalError"
        await it.drop()
        await it.advance(10)
        failed = len(made.told("StartTransaction"))
        it.script["StartTransaction"] = taken
        await it.advance(10)
        await it.station.evse(1).token_presented(ABC)
        await it.settle()

    assert failed == 1
    assert len(made.told("StartTransaction")) == 2
    assert [each["transactionId"] for each in made.told("StopTransaction")] == [7]


async def test_what_was_told_anew_is_not_told_once_more_after_a_power_cut(
    world: Any, tmp_path: Any
) -> None:
    made = Bilingual(world, V201, storage=Storage(state_dir=tmp_path))
    it = made.it
    async with it.running():
        await charge(it)
        await made.switch(V16)
    async with it.running():
        await it.advance(10)
        await it.station.evse(1).token_presented(ABC)
        await it.settle()

    assert len(made.told("StartTransaction")) == 1
    assert [each["transactionId"] for each in made.told("StopTransaction")] == [7]


async def test_what_a_power_cut_ended_is_told_in_the_version_that_is_spoken_then(
    world: Any, tmp_path: Any
) -> None:
    made = Bilingual(world, V201, storage=Storage(state_dir=tmp_path))
    it = made.it
    async with it.running():
        await charge(it)
    await it.hardware.depart(force=True)
    made.picks(V16)
    async with it.running():
        await it.advance(10)

    started, stopped = made.told("StartTransaction"), made.told("StopTransaction")
    assert [each["idTag"] for each in started] == ["ABC"]
    assert [(each["transactionId"], each["reason"]) for each in stopped] == [(7, "PowerLoss")]


async def test_a_1_6_csms_that_refuses_the_driver_has_charging_ended(world: Any) -> None:
    made = Bilingual(world, V201)
    it = made.it
    async with it.running():
        await charge(it)
        made.picks(V16)
        refused = {"idTagInfo": {"status": "Invalid"}, "transactionId": 8}
        it.script["StartTransaction"] = lambda _: refused
        await it.drop()
        await it.advance(60)

    stopped = made.told("StopTransaction")
    assert [(each["transactionId"], each["reason"]) for each in stopped] == [(8, "DeAuthorized")]


async def test_a_station_of_one_version_keeps_nothing_of_the_start(world: Any) -> None:
    it = world(V201)
    async with it.running():
        await charge(it)
        number = await it.station.core.store.journal.number("tx-1")

    assert number is None


async def test_back_in_the_first_version_the_charge_is_still_one(world: Any) -> None:
    made = Bilingual(world, V16)
    it = made.it
    async with it.running():
        await charge(it)
        await made.switch(V201)
        await made.switch(V16)
        await it.station.evse(1).token_presented(ABC)
        await it.settle()

    assert [each["meterStart"] for each in made.told("StartTransaction")] == [1_000_000] * 2
    assert [each["transactionId"] for each in made.told("StopTransaction")] == [7]


def test_the_dial_offers_what_is_configured() -> None:
    config = StationConfig(identity="CS001", csms_url="ws://nowhere", versions=(V16, V201))

    assert config.network[0].versions == (V16, V201)
    assert config.policy.tells_start


async def back_and_forth(made: Bilingual) -> list[dict[str, Any]]:
    """A charge in 2.0.1, 1.6 and 2.0.1 again; its TransactionEvents."""
    it = made.it
    await charge(it)
    await made.switch(V16)
    await it.advance(60)
    await made.switch(V201)
    await it.station.evse(1).token_presented(ABC)
    await it.settle()
    return made.told("TransactionEvent")


@pytest.mark.requirement("E01.FR.07")
async def test_back_in_2_0_1_the_charge_goes_on_where_it_was(world: Any) -> None:
    made = Bilingual(world, V201)
    async with made.it.running():
        events = await back_and_forth(made)

    kinds = [each["eventType"] for each in events]
    numbers = [each["seqNo"] for each in events]
    assert kinds.count("Started") == kinds.count("Ended") == 1
    assert numbers == sorted(set(numbers))
    assert len({each["transactionInfo"]["transactionId"] for each in events}) == 1
    assert len(made.told("StartTransaction")) == 1


async def test_back_in_2_0_1_the_charge_goes_on_after_a_power_cut(
    world: Any, tmp_path: Any
) -> None:
    made = Bilingual(world, V201, storage=Storage(state_dir=tmp_path))
    it = made.it
    async with it.running():
        await charge(it)
        await made.switch(V16)
    made.picks(V201)
    async with it.running():
        await it.advance(10)
        await it.station.evse(1).token_presented(ABC)
        await it.settle()

    kinds = [each["eventType"] for each in made.told("TransactionEvent")]
    assert kinds.count("Started") == 1
    assert len(made.told("StartTransaction")) == 1


async def test_in_1_6_the_number_counts_though_the_csms_knows_the_charge_by_its_id(
    world: Any, tmp_path: Any
) -> None:
    made = Bilingual(world, V201, storage=Storage(state_dir=tmp_path))
    it = made.it
    async with it.running():
        await charge(it)
        await made.switch(V16)
        numbers = dict(it.station.core.delivery.numbers)
    async with it.running():
        again = dict(it.station.core.delivery.numbers)

    assert numbers == again == {"tx-1": 7}
