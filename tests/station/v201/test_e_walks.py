"""E: whatever happens in whatever order, energy, transactions and cables fit together."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.simulation import SimulatedEv
from ocppkit.station import Fault, FaultKind, IdToken, LocalStop, RebootReason
from ocppkit.station.settings.behaviour import Storage

from .drivers import says, variable

POINTS = ["ParkingBayOccupancy", "EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer"]
SWITCHES = (
    "TxCtrlr.StopTxOnEVSideDisconnect",
    "TxCtrlr.StopTxOnInvalidId",
    "OCPPCommCtrlr.UnlockOnEVSideDisconnect",
    "AuthCtrlr.OfflineTxForUnknownIdEnabled",
    "AuthCtrlr.LocalPreAuthorize",
)
GROUPS = {"A": "G", "B": "G", "M": "MASTERS"}
Step = Callable[[], Awaitable[object]]


class Walk:
    """One EVSE, and what happens to it by chance."""

    def __init__(self, it: Any, seed: int) -> None:
        self.it = it
        self.chance = random.Random(seed)  # noqa: S311  # a test
        self.start = self.chance.sample(POINTS, self.chance.randint(1, 3))
        self.stop = self.chance.sample(POINTS, self.chance.randint(1, 2))
        self.done: list[str] = []
        self._refused: set[str] = set()
        self._numbers = count(1)
        it.script["Authorize"] = lambda said: {"idTokenInfo": self._thinks(said)}
        it.script["TransactionEvent"] = lambda said: (
            {"idTokenInfo": self._thinks(said)} if "idToken" in said else {}
        )

    @property
    def evse(self) -> Any:
        return self.it.station.evse(1)

    async def configure(self) -> None:
        await variable(self.it, "TxCtrlr.TxStartPoint", ",".join(self.start))
        await variable(self.it, "TxCtrlr.TxStopPoint", ",".join(self.stop))
        await variable(self.it, "TxCtrlr.MaxEnergyOnInvalidId", self.chance.choice(["0", "100"]))
        await variable(self.it, "AuthCtrlr.MasterPassGroupId", "MASTERS")
        for name in SWITCHES:
            await variable(self.it, name, self.chance.choice(["true", "false"]))

    async def step(self) -> None:
        name, action = self.chance.choice(self._actions())
        self.done.append(name)
        await action()
        await self.it.settle()
        self.check()

    def check(self) -> None:
        evse, done = self.evse, self.done[-5:]
        transaction, place = evse.transaction, evse.connectors[1]
        if evse.energized:
            assert evse.authorization is not None, done
            assert evse.plugged is not None, done
            assert place.fault is None, done
            assert self.it.hardware.locked(1), done
            begun = {"EVConnected", "Authorized", "PowerPathClosed"} & {*self.start}
            assert transaction is not None or not (begun or evse.state == "Charging"), done
        if self.it.hardware.locked(1):
            assert evse.authorization is not None or place.held_for is not None, done
        assert (evse.state == "Idle") is (evse.plugged is None), done
        if transaction is not None:
            self._check_points(transaction)

    def _check_points(self, transaction: Any) -> None:
        evse, done = self.evse, self.done[-5:]
        power = {"PowerPathClosed", "EnergyTransfer"}
        if transaction.token is not None and evse.authorization is None:
            assert not {*self.stop} & (power | {"Authorized"}), done
        if transaction.connector is not None and evse.plugged is None:
            assert not {*self.stop} & (power | {"EVConnected"}), done

    async def leave(self) -> None:
        """Have everything over: nothing may be left of it."""
        self._refused.clear()
        self.it.down = False
        await self.it.advance(400)
        await self._availability("Operative")
        await self.evse.stopped_locally(LocalStop.EMERGENCY_STOP)
        await self.it.call("UnlockConnector", evseId=1, connectorId=1)
        if self.it.hardware.ev(1) is not None:
            await self.it.hardware.depart(force=True)
        await self.it.hardware.bay(1, occupied=False)
        await self.it.advance(100)

        assert self.evse.transaction is None
        assert self.evse.authorization is None

    def check_events(self) -> None:
        told: dict[str, dict[int, dict[str, Any]]] = {}
        for event in self.it.sent("TransactionEvent"):
            events = told.setdefault(event["transactionInfo"]["transactionId"], {})
            events[event["seqNo"]] = event
        for events in told.values():
            assert sorted(events) == list(range(len(events)))
            ordered = [events[number] for number in sorted(events)]
            kinds = [each["eventType"] for each in ordered]
            assert kinds == ["Started", *["Updated"] * (len(kinds) - 2), "Ended"]
            assert "stoppedReason" in ordered[-1]["transactionInfo"]
            for event in ordered:
                if event["triggerReason"] in {"Authorized", "RemoteStart"}:
                    assert "idToken" in event
                if event["triggerReason"] in {"StopAuthorized", "RemoteStop", "Deauthorized"}:
                    assert event["transactionInfo"]["chargingState"] in {"EVConnected", "Idle"}

    def _thinks(self, said: dict[str, Any]) -> dict[str, Any]:
        token = said["idToken"]["idToken"]
        return says("Invalid" if token in self._refused else "Accepted", GROUPS.get(token))

    def _actions(self) -> list[tuple[str, Step]]:
        it, evse, hardware = self.it, self.evse, self.it.hardware
        token = self.chance.choice("AABCM")
        actions: list[tuple[str, Step]] = [
            ("bay", lambda: hardware.bay(1, occupied=True)),
            ("no bay", lambda: hardware.bay(1, occupied=False)),
            ("fault", lambda: evse.fault(Fault(kind=FaultKind.GROUND_FAILURE))),
            ("station suspends", evse.station_suspended),
            ("station resumes", evse.station_resumed),
            ("button", lambda: evse.stopped_locally(LocalStop.LOCAL)),
            ("offline", self._offline),
            *[("cleared", evse.fault_cleared)] * 2,
            *[("online", self._online)] * 2,
            *[(f"token {token}", lambda: evse.token_presented(IdToken(token)))] * 4,
            *[("time", lambda: it.advance(self.chance.choice([1, 5, 30])))] * 3,
            *[("cable", self._cable)] * 4,
            (f"changes its mind of {token}", lambda: self._change_mind(token)),
        ]
        if hardware.ev(1) is not None:
            actions += [
                ("EV suspends", lambda: hardware.ev_power(1, 0)),
                ("EV resumes", lambda: hardware.ev_power(1, 5000)),
            ]
        if it.station.online:
            actions += [
                ("inoperative", lambda: self._availability("Inoperative")),
                ("operative", lambda: self._availability("Operative")),
                ("unlock", lambda: it.call("UnlockConnector", evseId=1, connectorId=1)),
                (f"remote start {token}", lambda: self._start_remotely(token)),
                ("remote stop", self._stop_remotely),
            ]
        return actions

    async def _cable(self) -> None:
        hardware = self.it.hardware
        if hardware.ev(1) is None:
            await hardware.arrive(SimulatedEv(start_delay=self.chance.choice([0, 3])))
        elif not hardware.locked(1):
            await hardware.depart()
        else:
            await self.evse.unplugged()
            await self.evse.plugged_in()

    async def _availability(self, status: str) -> None:
        await self.it.call("ChangeAvailability", operationalStatus=status, evse={"id": 1})
        if status == "Operative":
            await self.evse.fault_cleared()
            await self.evse.station_resumed()

    async def _offline(self) -> None:
        self.it.down = True
        await self.it.drop()

    async def _online(self) -> None:
        self.it.down = False
        await self.it.advance(40)

    async def _change_mind(self, token: str) -> None:
        self._refused ^= {token}

    async def _start_remotely(self, token: str) -> None:
        who = {"idToken": token, "type": "ISO14443"}
        number = next(self._numbers)
        await self.it.call("RequestStartTransaction", remoteStartId=number, evseId=1, idToken=who)

    async def _stop_remotely(self) -> None:
        transaction = self.evse.transaction
        if transaction is not None:
            await self.it.call("RequestStopTransaction", transactionId=transaction.id)


@pytest.mark.requirement("E01.FR.07", "E01.FR.10", "E06.FR.08", "E06.FR.10", "C01.FR.01")
@pytest.mark.parametrize("seed", range(40))
async def test_it_does_on_a_walk_with_a_power_cut_in_the_middle(
    world: Any, tmp_path: Path, seed: int
) -> None:
    it = world(Version.V201, connection_timeout=20, storage=Storage(state_dir=tmp_path))
    walk = Walk(it, seed)
    async with it.running():
        await walk.configure()
        for _ in range(40):
            await walk.step()
    await it.hardware.reboot(RebootReason.HARD_RESET)
    it.down = False
    async with it.running():
        await it.advance(60)
        for _ in range(40):
            await walk.step()
        await walk.leave()

    walk.check_events()
