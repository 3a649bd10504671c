"""Whatever a 1.6 CSMS asks, and whenever, is answered as the specification says.

A walk goes through calls of the CSMS, right and wrong ones, things that happen to the equipment and
to the connection, and time. Each call is answered once and in time, no handler of ours fails,
transactions are told whole and in order, and in the end the station still charges a car.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, assert_never

import pytest
from attrs import define, field
from hypothesis import strategies as st

from ocppkit import v16
from ocppkit.connection import Backoff, NetworkProfile
from ocppkit.errors import CallError, CallRefused, CallTimeout, ConnectionLost, ErrorCode
from ocppkit.message import Version
from ocppkit.rpc import spell
from ocppkit.simulation import SimulatedEv, SimulatedHardware
from ocppkit.station import (
    ChargingStation,
    EvseDescription,
    Fault,
    FaultKind,
    IdToken,
    SecurityEvent,
    StationConfig,
    StationDescription,
    TokenOutcome,
)
from ocppkit.station.settings.behaviour import Storage
from ocppkit.testing import (
    SILENCE,
    MemoryNetwork,
    ScriptedCsms,
    VirtualClock,
    advance,
    run_virtual,
    settle,
    virtual_environment,
)
from ocppkit.transfer import TransferFailed

from ..codec.schemas import MESSAGES
from .conftest import Look
from .station_v16 import ACTIONS, SCENES, Call, Happens, Mood, Pass, Step, Walk, walks

IDENTITY = "CS001"
_RESPONSES = {each.name: each for each in MESSAGES if each.version is Version.V16}
_CODES = {spell(Version.V16, code) for code in ErrorCode} - {"InternalError"}
TWO = StationDescription(
    vendor="ocppkit", model="Fuzz", serial_number=IDENTITY, evses=(EvseDescription(),) * 2
)
_PATIENCE = 60.0  # virtual seconds for an answer
_LAST_CARD = "the last driver"


class Files:
    """Transfers that take their time; every third fails."""

    def __init__(self) -> None:
        self._count = 0

    async def download(self, url: str, target: Path, **_: Any) -> None:  # noqa: ARG002  # not looked at
        await self._pass()
        await asyncio.to_thread(target.write_bytes, b"firmware")

    async def upload(self, source: Path, url: str, **_: Any) -> None:  # noqa: ARG002  # not looked at
        await self._pass()

    async def _pass(self) -> None:
        self._count += 1
        await asyncio.sleep(10)
        if self._count % 3 == 0:
            raise TransferFailed("as it happens")


class Errors(logging.Handler):
    """Remembers what our own code calls an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))


@contextmanager
def no_errors() -> Iterator[None]:
    errors, ours = Errors(), logging.getLogger("ocppkit")
    errors.setFormatter(logging.Formatter())  # with the traceback
    ours.addHandler(errors)
    try:
        yield
    finally:
        ours.removeHandler(errors)
    assert not errors.said, "\n".join(errors.said)


@define
class Walker:
    """Takes a station through a walk."""

    csms: ScriptedCsms
    network: MemoryNetwork
    station: ChargingStation
    hardware: SimulatedHardware
    numbers: Iterator[int] = field(factory=lambda: count(1))
    pending: asyncio.Task[None] | None = None
    cards: set[asyncio.Task[Any]] = field(factory=set)

    async def step(self, step: Step) -> None:
        match step:
            case Call():
                await self.answered()
                if self.network.connections(IDENTITY):
                    self.pending = asyncio.create_task(self.ask(step))
                    await asyncio.sleep(0)  # so that it is under way
                    if not step.meanwhile:
                        await self.answered()
                        await settle()
            case Happens():
                await self.happen(step)
            case Mood():
                self.feel(step)
            case Pass():
                await advance(step.seconds)
            case _:
                assert_never(step)

    async def answered(self) -> None:
        """Wait for the call under way: a CSMS asks one after the other."""
        if self.pending is not None:
            pending, self.pending = self.pending, None
            await pending

    async def ask(self, call: Call) -> None:
        """See that a call is answered well, or that there is a reason that it is not."""
        link = self.station.core.link
        heard = link.may_answer()
        try:
            answer = await self.csms.call_json(call.action, call.payload, timeout=_PATIENCE)
        except ConnectionLost:
            return
        except CallTimeout:
            assert not (heard and link.may_answer()), f"{call} is not answered"
            return
        except CallRefused as refused:
            code = refused.code
        else:
            response = _RESPONSES[f"{call.action}Response"]
            assert response.accepted(answer), f"{call} is answered with {answer}"
            return
        assert code in _CODES, f"{call} is refused with {code}"

    async def happen(self, step: Happens) -> None:
        it, evse = self.hardware, step.evse
        match step.what:
            case "plug" if it.ev(evse) is None:
                await it.arrive(SimulatedEv(start_delay=1), evse=evse)
            case "unplug":
                await it.depart(evse=evse, force=True)
            case "card" | "other card":
                self.card("ABC" if step.what == "card" else "XYZ", evse)
            case "fault":
                await it.set_fault(Fault(kind=FaultKind.GROUND_FAILURE), evse=evse)
            case "clear":
                await it.clear_fault(evse=evse)
            case "pause":
                await it.pause(evse)
            case "resume":
                await it.resume(evse)
            case "full" | "hungry":
                await it.ev_power(evse, 0 if step.what == "full" else 7000)
            case _:
                await self.happen_around(step)

    async def happen_around(self, step: Happens) -> None:
        match step.what:
            case "lock" | "stubborn lock":
                self.hardware.lock_behaviour(evse=step.evse, works=step.what == "lock")
            case "security event":
                noticed = SecurityEvent(type="TamperDetectionActivated")
                await self.hardware.security_event(noticed)
            case "offline" | "cut":
                self.network.down = step.what == "offline"
                self.network.cut(IDENTITY)
                await settle()
            case "online":
                self.network.down = False
            case what:
                assert what == "plug", what  # there is a car already

    def card(self, tag: str, evse: int) -> None:
        """Show a card; its verdict may take a while, and nobody waits for it."""
        shown = self.station.evse(evse).token_presented(IdToken(tag))
        self.cards.add(asyncio.create_task(shown))

    def feel(self, mood: Mood) -> None:
        """Let the CSMS answer so from now on."""
        request: Any = getattr(v16, f"{mood.action}Request")
        match mood.action, mood.status:
            case _, "Silence":
                self.csms.answer(request, SILENCE)
            case _, "Refused":
                self.csms.answer(request, CallError(ErrorCode.GENERIC_ERROR, "as it happens"))
            case "BootNotification", status:
                self.csms.answer(request, lambda _: _boot(status))
            case "Authorize", status:
                self.csms.answer(request, v16.AuthorizeResponse(id_tag_info=_info(status)))
            case "StartTransaction", status:
                self.csms.answer(
                    request,
                    lambda _: v16.StartTransactionResponse(
                        transaction_id=next(self.numbers), id_tag_info=_info(status)
                    ),
                )
            case "StatusNotification", _:
                self.csms.answer(request, v16.StatusNotificationResponse())
            case "SignCertificate", status:
                signing = v16.GenericStatusEnumType(status)
                self.csms.answer(request, v16.SignCertificateResponse(status=signing))
            case _:
                raise AssertionError(mood)

    async def calm(self) -> None:
        """Put everything right again, as far as people and the CSMS can."""
        for action in ("BootNotification", "Authorize", "StartTransaction", "StatusNotification"):
            self.feel(Mood(action, "Accepted"))
        for evse in (1, 2):
            for what in ("clear", "resume", "lock", "online", "unplug"):
                await self.happen(Happens(what, evse))
        await advance(1000)
        await self.answered()
        await self.station.wait_online()
        tidy = [
            Call("ClearChargingProfile", {}),
            *(Call("CancelReservation", {"reservationId": number}) for number in range(1, 5)),
            *(
                Call("ChangeAvailability", {"connectorId": number, "type": "Operative"})
                for number in range(3)
            ),
        ]
        for call in tidy:
            await self.step(call)
        await advance(200)

    async def charge(self) -> None:
        """See a car charge, and that all of it is told."""
        await self.happen(Happens("plug"))
        outcome = await self.station.evse(1).token_presented(IdToken(_LAST_CARD))
        assert outcome is TokenOutcome.ACCEPTED, f"the last driver is {outcome}"
        await advance(30)
        assert self.hardware.status()["evses"][0]["ev"]["power_w"] > 0, "nothing flows"
        await self.happen(Happens("unplug"))
        await advance(30)
        asked = [each.request for each in self.csms.received]
        starts = [each for each in asked if isinstance(each, v16.StartTransactionRequest)]
        assert starts[-1].id_tag == _LAST_CARD

    def audit(self) -> None:
        """See that transactions were told whole and in order."""
        told = [each.request for each in self.csms.received]
        begun, open_ = 0, set[int]()
        for request in told:
            match request:
                case v16.StartTransactionRequest():
                    begun += 1
                    open_.add(begun)
                case v16.MeterValuesRequest(transaction_id=int() as number):
                    assert number in open_, f"{request} is of no transaction that is open"
                case v16.StopTransactionRequest():
                    assert request.transaction_id in open_, f"{request} stops what is not open"
                    open_.remove(request.transaction_id)
                case _:
                    pass
        assert not open_, f"transactions {open_} never stopped"


def _info(status: str) -> v16.IdTagInfo:
    return v16.IdTagInfo(status=v16.AuthorizationStatus(status))


def _boot(status: str) -> v16.BootNotificationResponse:
    return v16.BootNotificationResponse(
        status=v16.RegistrationStatus(status),
        interval=300 if status == "Accepted" else 60,
        current_time=VirtualClock().utc_now(),
    )


async def go(walk: Walk, folder: Path | None) -> None:
    """Take a station through a walk, and see that it is well afterwards."""
    network, environment = MemoryNetwork(), virtual_environment()
    way = NetworkProfile(
        slot=1, url="ws://csms.example", security_profile=1, versions=(Version.V16,)
    )
    config = StationConfig(
        identity=IDENTITY,
        profiles=(way,),
        versions=(Version.V16,),
        password=bytes(16),
        storage=Storage(state_dir=folder),
        backoff=Backoff(wait_minimum_s=5, random_range_s=0, repeat_times=1),
        message_retry_interval=1,
    )
    hardware = SimulatedHardware(TWO, environment=environment)
    async with ScriptedCsms(Version.V16).on(network) as csms:
        station = ChargingStation(
            config, hardware=hardware, environment=environment, dial=network.dial(config)
        )
        hardware.attach(station)
        station.core.files.use(Files())
        async with station:
            walker = Walker(csms, network, station, hardware)
            walker.feel(Mood("StartTransaction", "Accepted"))
            await settle()
            for step in walk:
                await walker.step(step)
            await walker.calm()
            await walker.charge()
            await station.wait_delivered()
            walker.audit()
            for shown in walker.cards:
                shown.cancel()


def check(walk: Walk, on_disk: bool) -> None:
    with no_errors(), TemporaryDirectory() as folder:
        run_virtual(go(walk, Path(folder) if on_disk else None))


@pytest.mark.requirement("1.6 §4", "1.6 §5")
def test_whatever_is_asked_and_whenever_is_answered_and_the_station_goes_on(look: Look) -> None:
    look(check, walks(), st.booleans(), count=30)


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_a_walk_ends_well_from_each_scene(scene: Walk) -> None:
    check(scene, on_disk=False)


def test_all_calls_of_a_csms_are_walked_through() -> None:
    assert {"Reset", "GetLog", "SignedUpdateFirmware", "SetChargingProfile"} <= set(ACTIONS)
    assert len(ACTIONS) == 26
