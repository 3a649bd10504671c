"""The control protocol's commands, as the simulated world carries them out."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Sequence
from typing import Any

import pytest

from ocppkit.authorization import Status
from ocppkit.errors import ConnectionLost
from ocppkit.simulation import Happening, SimulatedEv, SimulatedHardware, SimulatedWorld
from ocppkit.simulation.world import COMMANDS, FAULTS
from ocppkit.station import (
    ConnectorDescription,
    Contract,
    ContractOutcome,
    EvseDescription,
    Fault,
    FaultKind,
    IdToken,
    StationDescription,
    TokenOutcome,
    TokenRefusal,
)
from ocppkit.station.hardware import Offer, SecurityEvent
from ocppkit.station.local_stop import LocalStop
from ocppkit.testing import advance, settle, virtual_environment
from ocppkit.v201 import (
    Get15118EVCertificateRequest,
    Get15118EVCertificateResponse,
)

TWO = StationDescription(
    vendor="ocppkit",
    model="Two",
    evses=(
        EvseDescription(connectors=(ConnectorDescription(), ConnectorDescription())),
        EvseDescription(),
    ),
)


class FakeEvse:
    """Writes down what is reported; offers energy again after a pause, as a station does."""

    def __init__(self, number: int, station: FakeStation) -> None:
        self.number = number
        self.station = station

    def note(self, report: str, *details: object) -> None:
        self.station.reports.append((self.number, report, *details))

    async def plugged_in(self, connector: int = 1) -> None:
        self.note("plugged in", connector)

    async def unplugged(self, connector: int = 1) -> None:
        self.note("unplugged", connector)

    async def ev_suspended(self) -> None:
        self.note("suspended")

    async def ev_resumed(self) -> None:
        self.note("resumed")

    async def station_suspended(self) -> None:
        self.note("held")
        await self.station.hardware.stop_charging(self.number)

    async def station_resumed(self) -> None:
        self.note("released")
        await self.station.hardware.allow_charging(self.number, Offer())

    async def bay_occupied(self) -> None:
        self.note("bay occupied")

    async def bay_free(self) -> None:
        self.note("bay free")

    async def stopped_locally(self, stop: LocalStop) -> None:
        self.note("stopped", stop)

    async def fault(self, fault: Fault, *, connector: int | None = None) -> None:
        self.note("fault", fault.kind, connector)

    async def fault_cleared(self, *, connector: int | None = None) -> None:
        self.note("cleared", connector)

    async def contract_presented(self, contract: Contract) -> ContractOutcome:
        self.note("contract", contract.emaid, contract.chain_pem)
        return self.station.contract_outcome

    async def ev_identified(
        self, identifier: str, *, plug_and_charge: bool = False
    ) -> TokenOutcome | None:
        self.note("identified", identifier, plug_and_charge)
        return None


class FakeStation:
    """What the equipment is attached to."""

    def __init__(self, hardware: SimulatedHardware) -> None:
        self.hardware = hardware
        self.reports: list[tuple[object, ...]] = []
        self.verdict: asyncio.Event | None = None
        self.contract_outcome = ContractOutcome(
            outcome=TokenOutcome.ACCEPTED, status=Status.ACCEPTED
        )
        self.last_refusal: TokenRefusal | None = None
        self._evses = {number: FakeEvse(number, self) for number in hardware.evses}

    def evse(self, number: int) -> FakeEvse:
        return self._evses[number]

    async def token_presented(
        self, token: IdToken, *, evses: Sequence[int] | None = None
    ) -> TokenOutcome:
        self.reports.append(("token", token.value, token.kind.value, evses))
        if self.verdict is not None:
            await self.verdict.wait()
        return TokenOutcome.ACCEPTED

    async def fault(self, fault: Fault) -> None:
        self.reports.append(("station fault", fault.kind))

    async def fault_cleared(self) -> None:
        self.reports.append(("station cleared",))

    async def security_event(self, occurred: SecurityEvent) -> None:
        self.reports.append(("security", occurred.type, occurred.tech_info))

    async def ev_certificate(
        self, request: Get15118EVCertificateRequest
    ) -> Get15118EVCertificateResponse:
        self.reports.append(("certificate", request.action.value, request.exi_request))
        raise ConnectionLost("nobody there")


class Bench:
    """A world on virtual time, and the station that it reports to."""

    def __init__(self, description: StationDescription = TWO, *, stop_menu: bool = False) -> None:
        self.hardware = SimulatedHardware(
            description, environment=virtual_environment(), stop_menu=stop_menu
        )
        self.station = FakeStation(self.hardware)
        self.hardware.attach(self.station)
        self.world = SimulatedWorld(self.hardware)

    @property
    def reports(self) -> list[tuple[object, ...]]:
        return self.station.reports

    async def offer(self, offer: Offer | None = None, evse: int = 1) -> None:
        await self.hardware.allow_charging(evse, offer or Offer())

    async def power(self, evse: int = 1) -> float:
        reading = await self.hardware.meter(evse)
        assert reading.power_w is not None
        return reading.power_w

    async def energy(self, evse: int = 1) -> float:
        return (await self.hardware.meter(evse)).energy_wh


@pytest.fixture
async def it() -> Any:
    bench = Bench()
    yield bench
    bench.hardware.close()


async def test_every_command_is_a_method_with_named_arguments_and_words() -> None:
    for name in COMMANDS:
        method = getattr(SimulatedWorld, name)
        parameters = list(inspect.signature(method).parameters.values())[1:]

        assert inspect.iscoroutinefunction(method)
        assert all(each.kind is each.KEYWORD_ONLY for each in parameters)
        assert method.__doc__


async def test_a_car_draws_after_its_delay(it: Any) -> None:
    await it.world.plug_in(ev={"start_delay_s": 3, "current_a": 16, "phases": 3})
    await it.offer()
    await advance(2.9)
    before = await it.power()
    await advance(0.2)

    assert before == 0
    assert await it.power() == pytest.approx(16 * 3 * 230)
    assert it.reports == [(1, "plugged in", 1), (1, "resumed")]


async def test_a_car_is_single_phase_32_a_with_a_second_of_delay_unless_told(it: Any) -> None:
    await it.world.plug_in(ev={"kind": "basic"})
    await it.offer()
    await advance(1)

    assert await it.power() == pytest.approx(32 * 230)
    assert (await it.hardware.meter(1)).current_a == (32, 0, 0)


async def test_the_meter_starts_at_0_and_stands_still_without_a_car(it: Any) -> None:
    await it.offer()
    await advance(1000)

    assert await it.energy() == 0


async def test_a_car_that_is_unplugged_is_gone_at_once_even_if_locked(it: Any) -> None:
    await it.world.plug_in(evse=1, connector=2)
    await it.offer()
    await advance(2)
    await it.hardware.lock(1, 2)
    await it.world.plug_out(evse=1, connector=2)
    counted = await it.energy()
    await advance(100)

    assert await it.power() == 0
    assert await it.energy() == counted > 0
    assert it.reports[-1] == (1, "unplugged", 2)


async def test_where_there_is_no_car_none_goes(it: Any) -> None:
    await it.world.plug_in(evse=1, connector=2)
    await it.world.plug_out(evse=1, connector=1)
    await it.world.plug_out(evse=2)

    assert it.reports == [(1, "plugged in", 2)]


async def test_a_car_leaves_by_itself_after_the_end_of_the_offer(it: Any) -> None:
    await it.world.plug_in(ev={"auto_unplug_s": 5})
    await it.offer()
    await advance(20)
    await it.hardware.stop_charging(1)
    await advance(4.9)
    before = len(it.reports)
    await advance(0.2)

    assert before == 2
    assert it.reports[-1] == (1, "unplugged", 1)


async def test_tokens_are_shown_at_once_and_never_wait_for_the_verdict(it: Any) -> None:
    it.station.verdict = asyncio.Event()
    heard: list[Happening] = []
    it.world.listen(heard.append)
    tag = "A"
    await asyncio.wait_for(it.world.present_token(token=tag), 1)
    more = {"token": tag, "type": "iso15693", "evses": [1, 2]}
    await asyncio.wait_for(it.world.present_token(**more), 1)
    await settle()
    early = list(heard)
    it.station.verdict.set()
    await settle()

    assert it.reports == [("token", "A", "ISO14443", (1,)), ("token", "A", "ISO15693", (1, 2))]
    assert early == []
    assert [each.details["outcome"] for each in heard] == ["accepted", "accepted"]


@pytest.mark.parametrize("fault", [*FAULTS, *(kind.value for kind in FaultKind)])
async def test_faults_of_every_kind_come_and_go(it: Any, fault: str) -> None:
    await it.world.set_fault(evse=1, connector=2, fault=fault)
    status = it.world.status()["evses"][0]["connectors"]
    await it.world.clear_fault(evse=1, connector=2)

    assert status[0]["fault"] is None
    assert status[1]["fault"] == FAULTS.get(fault, fault)
    assert [each[1] for each in it.reports] == ["fault", "cleared"]
    assert it.world.status()["evses"][0]["connectors"][1]["fault"] is None


async def test_a_fault_of_the_whole_station_comes_and_goes(it: Any) -> None:
    await it.world.set_fault(evse=0, connector=1, fault="under_voltage")
    await it.world.clear_fault(evse=0, connector=1)

    assert it.reports == [("station fault", FaultKind.UNDER_VOLTAGE), ("station cleared",)]


async def test_every_kind_of_fault_has_a_short_name() -> None:
    assert set(FAULTS.values()) == set(FaultKind)


async def test_the_meter_shows_what_it_is_told(it: Any) -> None:
    await it.world.set_meter(energy_wh=1234.5, power_w=50, timestamp="2026-05-01T12:00:00+02:00")
    first = await it.hardware.meter(2)
    second = await it.hardware.meter(2)
    await advance(3600)

    assert (first.energy_wh, first.power_w) == (1234.5, 50)
    assert first.at is not None
    assert first.at.isoformat() == "2026-05-01T10:00:00+00:00"
    assert second.at is None
    assert await it.energy(1) == 1234.5


async def test_a_car_goes_on_from_what_the_meter_was_told(it: Any) -> None:
    await it.world.plug_in(ev={"current_a": 10})
    await it.world.set_meter(evse=1, energy_wh=500, power_w=50)
    await it.offer()
    await advance(1)
    await advance(3600)

    assert await it.power() == 2300
    assert await it.energy() == pytest.approx(2800)


async def test_the_station_side_pauses_and_resumes(it: Any) -> None:
    await it.world.plug_in()
    await it.offer()
    await advance(1)
    await it.world.pause_charging()
    await it.world.pause_charging()
    paused = await it.power()
    await it.world.resume_charging()
    await it.world.resume_charging()
    await advance(1)

    assert paused == 0
    assert await it.power() > 0
    assert [each[1] for each in it.reports] == [
        "plugged in",
        "resumed",
        "held",
        "released",
        "resumed",
    ]


async def test_what_the_car_wants_is_chosen_and_nothing_suspends_it(it: Any) -> None:
    await it.world.plug_in()
    await it.offer()
    await advance(1)
    await it.world.ev_power(power_w=2000)
    some = await it.power()
    await it.world.ev_power(power_w=0)
    none = await it.power()
    await it.world.ev_power(power_w=3000)

    assert (some, none, await it.power()) == (2000, 0, 3000)
    assert [each[1] for each in it.reports][1:] == ["resumed", "suspended", "resumed"]


async def test_a_lock_obeys_or_does_not(it: Any) -> None:
    await it.world.lock_behaviour(works=False)
    refused = await it.hardware.lock(1, 1), await it.hardware.unlock(1, 1)
    await it.world.lock_behaviour(works=True)
    locked = await it.hardware.lock(1, 1)
    await it.world.lock_behaviour(works=False)

    assert refused == (False, True)
    assert locked
    assert await it.hardware.unlock(1, 1) is False
    assert it.hardware.locked(1)


async def test_a_bay_is_occupied_and_free_again(it: Any) -> None:
    await it.world.bay()
    occupied = await it.hardware.bay_occupied(1)
    await it.world.bay(occupied=False)

    assert occupied
    assert not await it.hardware.bay_occupied(1)
    assert it.reports == [(1, "bay occupied"), (1, "bay free")]


async def test_an_ev_ends_its_session(it: Any) -> None:
    await it.world.plug_in()
    await it.world.stop_from_ev()

    assert it.reports[-1] == (1, "stopped", LocalStop.STOPPED_BY_EV)


async def test_security_events_are_reported(it: Any) -> None:
    await it.world.security_event(type="InvalidLogin", tech_info="x")

    assert it.reports == [("security", "InvalidLogin", "x")]


async def test_the_status_is_one_object_for_json(it: Any) -> None:
    await it.world.plug_in(evse=2, ev={"kind": "iso15118", "emaid": "DE1"})
    await it.world.set_meter(energy_wh=7, timestamp="2026-05-01T12:00:00Z")
    status = json.loads(json.dumps(it.world.status()))
    reading = await it.hardware.meter(1)

    assert [each["evse"] for each in status["evses"]] == [1, 2]
    assert status["evses"][0]["ev"] is None
    assert status["evses"][1]["ev"]["emaid"] == "DE1"
    assert status["evses"][1]["connectors"][0]["plugged"] is True
    assert status["evses"][0]["meter"] == {"energy_wh": 7, "power_w": 0}
    assert reading.at is not None


@pytest.mark.parametrize(
    ("command", "args", "text"),
    [
        ("plug_in", {"evse": 3}, "evse: one of 1, 2, not 3"),
        ("plug_in", {"evse": True}, "evse: one of 1, 2, not True"),
        ("plug_in", {"connector": 3}, "connector: one of 1, 2 at EVSE 1, not 3"),
        ("plug_in", {"connector": "1"}, "connector: one of 1, 2 at EVSE 1, not '1'"),
        ("plug_in", {"ev": {"colour": "red"}}, "ev: no colour; there are "),
        ("plug_in", {"ev": {"phases": 4}}, "ev: 'phases' must be in"),
        ("plug_in", {"ev": {"kind": "steam"}}, "ev: 'steam' is not a valid EvKind"),
        ("plug_in", {"ev": {"current_a": "32"}}, "ev: max_current_a cannot be '32'"),
        ("plug_in", {"ev": {"battery_wh": None}}, "ev: battery_wh cannot be None"),
        ("plug_in", {"ev": 1}, "ev: an object, not 1"),
        ("plug_out", {"evse": 0}, "evse: one of 1, 2, not 0"),
        ("present_token", {"token": ""}, "token: a text"),
        ("present_token", {"token": 12}, "token: a text"),
        ("present_token", {"token": "A", "type": "Barcode"}, "type: one of Central, "),
        ("present_token", {"token": "A", "evses": []}, "evses: a list"),
        ("present_token", {"token": "A", "evses": [9]}, "evse: one of 1, 2, not 9"),
        ("set_fault", {"fault": "gremlin"}, "fault: one of ev_communication, ground"),
        ("set_meter", {}, "give energy_wh, power_w or timestamp"),
        ("set_meter", {"evse": 5, "energy_wh": 1}, "evse: one of 1, 2, not 5"),
        ("set_meter", {"energy_wh": -1}, "energy_wh: a number from 0, not -1"),
        ("set_meter", {"power_w": float("nan")}, "power_w: a number from 0, not nan"),
        ("set_meter", {"timestamp": "yesterday"}, "timestamp: a time with an offset"),
        ("set_meter", {"timestamp": "2026-05-01T12:00:00"}, "timestamp: a time with an offset"),
        ("ev_power", {"power_w": 1}, "EVSE 1 has no car"),
        ("ev_power", {"power_w": "1"}, "power_w: a number from 0, not '1'"),
        ("stop_from_ev", {}, "EVSE 1 has no car"),
        ("bay", {"evse": 9}, "evse: one of"),
        ("bay", {"occupied": "no"}, "occupied: true or false, not 'no'"),
        ("lock_behaviour", {"works": "no"}, "works: true or false, not 'no'"),
        ("security_event", {"type": ""}, "type: a text of 1 to 50 characters"),
    ],
)
async def test_bad_arguments_are_told(it: Any, command: str, args: Any, text: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # its text follows
        await getattr(it.world, command)(**args)

    assert text in str(caught.value)
    assert it.reports == []


async def test_an_evse_takes_one_car(it: Any) -> None:
    await it.world.plug_in()

    with pytest.raises(ValueError, match="EVSE 1 has a car already"):
        await it.world.plug_in(connector=2)


async def test_a_listener_that_raises_harms_nobody(it: Any) -> None:
    heard: list[Happening] = []

    def throw(_: Happening) -> None:
        raise RuntimeError("no")

    it.world.listen(throw)
    end = it.world.listen(heard.append)
    await it.world.plug_in()
    end()
    await it.world.plug_out()

    assert [each.kind for each in heard] == ["plug"]


async def test_a_simulation_repeats_itself(it: Any) -> None:
    other = Bench()
    for bench in (it, other):
        await bench.hardware.arrive(SimulatedEv.arriving(7))
        await bench.offer()
    await advance(5000)
    seen = [(await bench.energy(), bench.reports) for bench in (it, other)]
    other.hardware.close()

    assert seen[0] == seen[1]


async def test_each_change_of_the_power_is_told_once(it: Any) -> None:
    heard: list[Happening] = []
    it.world.listen(heard.append)

    await it.world.plug_in(ev={"start_delay_s": 1})
    await it.offer()
    await advance(5)
    for power_w in (3000, 3000, 2000, 0):
        await it.world.ev_power(power_w=power_w)
    await it.world.plug_out()

    told = [each.details["power_w"] for each in heard if each.kind == "drawing"]
    assert told[1:] == [3000.0, 2000.0, 0.0]


async def test_an_ev_that_speaks_iso_15118_asks_for_a_certificate_and_shows_its_contract(
    it: Bench,
) -> None:
    heard: list[Happening] = []
    it.world.listen(heard.append)
    ev = {"kind": "iso15118", "emaid": "DE1", "contract_chain_pem": "PEM", "evcc_id": "0"}
    await it.world.plug_in(evse=2, ev={**ev, "exi_certificate_request": "AA=="})
    await settle()

    assert it.reports == [
        (2, "plugged in", 1),
        ("certificate", "Update", "AA=="),
        (2, "contract", "DE1", "PEM"),
    ]
    assert [(each.kind, each.evse) for each in heard] == [
        ("plug", 2),
        ("ev_certificate_response", 2),
        ("token", None),
    ]


async def test_an_ev_whose_contract_is_refused_is_known_by_its_controller_unless_it_insists(
    it: Bench,
) -> None:
    refused = ContractOutcome(
        outcome=TokenOutcome.REFUSED, status=Status.INVALID, reason="nobody knows it"
    )
    it.station.contract_outcome = refused
    ev = {"kind": "iso15118", "emaid": "DE1", "evcc_id": "001A2B3C4D5E"}
    await it.world.plug_in(evse=1, ev={**ev, "payment": "contract"})
    await it.world.plug_in(evse=2, ev=ev)
    await settle()

    identified = [report for report in it.reports if report[1] == "identified"]
    assert identified == [(2, "identified", "001A2B3C4D5E", False)]
