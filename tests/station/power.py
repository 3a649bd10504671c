"""A station whose power can be cut at every step: before and after each statement of its store,
and around each message."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from ocppkit.connection import Transport
from ocppkit.connection.transport import Pulled
from ocppkit.errors import ConnectionLost
from ocppkit.message import Version
from ocppkit.simulation import SimulatedHardware
from ocppkit.station import (
    ChargingStation,
    Environment,
    Offer,
    RebootReason,
    SecurityEvent,
    StationConfig,
)
from ocppkit.store import Store
from ocppkit.testing import MemoryNetwork, VirtualClock, run_virtual, settle

Message = tuple[str, dict[str, Any]]


class Mains:
    """Cuts the power at a step, counted from when it is armed, and keeps what is on the disk.

    Attributes:
        steps: how many there were.
        off: whether the power is gone: from then on nothing counts.
        full: whether the disk is.
    """

    def __init__(self, path: Path, snapshot: Path, *, cut_at: int | None) -> None:
        self.path = path
        self.snapshot = snapshot
        self.cut_at = cut_at
        self.steps = 0
        self.off = False
        self.gone = asyncio.Event()
        self.full = False
        self._synced = 0
        self._loop = asyncio.get_running_loop()
        self._lock = threading.RLock()

    def step(self) -> None:
        with self._lock:
            if self.steps == self.cut_at and not self.off:
                self.cut()
            self.steps += 1

    def cut(self) -> None:
        """Cut it now; what no commit has brought to the disk is lost."""
        with self._lock:
            self.off = True
            self.snapshot.mkdir(parents=True)
            if self.path.exists():
                shutil.copyfile(self.path, self.snapshot / self.path.name)
            if self._wal.exists():
                octets = self._wal.read_bytes()[: self._synced]
                (self.snapshot / self._wal.name).write_bytes(octets)
        self._loop.call_soon_threadsafe(self.gone.set)

    def connect(self, database: Any, **options: Any) -> sqlite3.Connection:
        mains = self

        class Connection(sqlite3.Connection):
            def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
                if sql == "PRAGMA synchronous = FULL":
                    sql = "PRAGMA synchronous = OFF"  # the files are looked at, not the platters
                mains.step()
                if mains.full and sql.startswith(("INSERT", "COMMIT")):
                    raise _disk_full()
                with mains._lock:
                    cursor = super().execute(sql, *values)
                    if not self.in_transaction:
                        mains._note_commit()
                mains.step()
                return cursor

        return sqlite3.connect(database, factory=Connection, **options)

    @property
    def _wal(self) -> Path:
        return self.path.with_name(f"{self.path.name}-wal")

    def _note_commit(self) -> None:
        self._synced = self._wal.stat().st_size if self._wal.exists() else 0


def _disk_full() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


class Ledger:
    """A CSMS that writes down every message; takes nothing from a station without power.

    Attributes:
        messages: of transactions, in order, with the number that a start was given (1.6).
        refuse: the actions that it fails to process.
        refused: what it failed to process, in order.
        connections_cut: how often a connection was broken, and with it perhaps an answer.
    """

    def __init__(self, version: Version, clock: VirtualClock) -> None:
        self.version = version
        self.clock = clock
        self.messages: list[Message] = []
        self.others: list[Message] = []
        self.numbers: list[tuple[dict[str, Any], int]] = []
        self.connections_cut = 0
        self.refuse: set[str] = set()
        self.refused: list[str] = []
        self.mains: Mains | None = None
        self.transport: Transport | None = None
        self._last = count(1)
        self._answers: dict[str, asyncio.Future[Any]] = {}

    async def refusal(self, identity: str, password: bytes | None) -> HTTPStatus | None:  # noqa: ARG002  # everybody may come
        return None

    def pick(self, offered: Sequence[str]) -> str | None:
        return self.version.value if self.version.value in offered else None

    async def welcome(self, transport: Transport, identity: str) -> None:  # noqa: ARG002  # there is one
        self.transport = transport
        inbox = Pulled(transport)
        with suppress(ConnectionLost):
            while True:
                frame = json.loads(await inbox.receive())
                if frame[0] == 2:
                    await self._take(transport, *frame[1:])
                elif (future := self._answers.pop(frame[1], None)) and not future.done():
                    future.set_result(frame[2])

    async def call(self, action: str, **payload: Any) -> Any:
        assert self.transport is not None
        message_id = f"csms-{next(self._last)}"
        future = self._answers[message_id] = asyncio.get_running_loop().create_future()
        self.transport.write(json.dumps([2, message_id, action, payload]))
        answer = await future
        await settle()
        return answer

    async def _take(
        self, transport: Transport, message_id: str, action: str, payload: dict[str, Any]
    ) -> None:
        mains = self.mains
        assert mains is not None
        mains.step()
        if mains.off:
            return
        refused = action in self.refuse
        before = len(self.messages)
        answer = self._answer(action, payload)
        if refused:
            del self.messages[before:]
            self.refused.append(action)
        mains.step()
        if mains.off:
            return
        frame = [4, message_id, "InternalError", "", {}] if refused else [3, message_id, answer]
        transport.write(json.dumps(frame))
        mains.step()

    def _answer(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        now = self.clock.utc_now().isoformat()
        accepted = {"status": "Accepted"}
        match action:
            case "BootNotification":
                self.others.append((action, payload))
                return {"status": "Accepted", "interval": 0, "currentTime": now}
            case "Heartbeat":
                return {"currentTime": now}
            case "Authorize":
                key = "idTagInfo" if self.version is Version.V16 else "idTokenInfo"
                return {key: accepted}
            case "TransactionEvent" | "StopTransaction" | "MeterValues":
                self.messages.append((action, payload))
                return {"idTokenInfo": accepted} if "idToken" in payload else {}
            case "StartTransaction":
                self.messages.append((action, payload))
                number = 100 + len(self.numbers)
                self.numbers.append((payload, number))
                return {"idTagInfo": accepted, "transactionId": number}
        self.others.append((action, payload))
        return accepted if action == "DataTransfer" else {}


class Plant:
    """A place with equipment, a way to a CSMS, and one station after another.

    Attributes:
        charged: the transactions for which energy was offered.
        sinks: are told of security events.
        station: of this life.
    """

    def __init__(self, folder: Path, version: Version, **config: Any) -> None:
        self.clock = VirtualClock()
        self.network = MemoryNetwork()
        self.ledger = Ledger(version, self.clock)
        self.folder = folder
        self.lives = 0
        self.charged: set[str] = set()
        self.sinks: list[Callable[[SecurityEvent], Awaitable[None]]] = []
        numbers = count(1)
        self.environment = Environment(
            utc_now=self.clock.utc_now,
            monotonic=self.clock.monotonic,
            sleep=self.clock.sleep,
            new_id=lambda: f"tx-{next(numbers)}",
            random=lambda: 0.0,
        )
        self.hardware = SimulatedHardware(environment=self.environment, meter_start_wh=0)
        allow = self.hardware.allow_charging

        async def allow_charging(evse: int, offer: Offer) -> None:
            transaction = self.station.evse(evse).transaction
            assert transaction is not None
            if not self.mains.off:
                self.charged.add(transaction.id)
            await allow(evse, offer)

        self.hardware.allow_charging = allow_charging  # type: ignore[method-assign]  # a probe
        told: dict[str, Any] = {
            "sample_interval": 60,
            "heartbeat_interval": 3600,
            "ping_interval": 0,
            **config,
        }
        self.config = StationConfig(
            identity="CS001", csms_url="ws://nowhere", versions=(version,), **told
        )

    @property
    def path(self) -> Path:
        return self.folder / str(self.lives) / "station.db"

    @asynccontextmanager
    async def live(self, cut_at: int | None = None) -> AsyncIterator[ChargingStation]:
        """Run a station until the block is left; its disk is there for the next one.

        What the block does after the power is gone counts for nothing.
        """
        path = self.path
        self.lives += 1
        self.mains = self.ledger.mains = mains = Mains(path, self.path.parent, cut_at=cut_at)
        self.station = station = ChargingStation(
            self.config,
            hardware=self.hardware,
            environment=self.environment,
            dial=self.network.dial(self.config),
            store=Store(path, connect=mains.connect),
        )
        self.hardware.attach(station)
        for sink in self.sinks:
            station._core.equipment.on_security_event(sink)
        async with self.network.listen(self.ledger):
            async with station:
                yield station
                if not mains.off:
                    mains.cut()
                self.network.cut("CS001")
            await self.hardware.reboot(RebootReason.HARD_RESET)  # nothing flows without power
            for place in self.hardware._places.values():
                place.reports = None

    async def until_cut(self, work: Callable[[], Any]) -> None:
        """Do something, and stop as soon as the power is gone."""
        working = asyncio.ensure_future(work())
        dying = asyncio.ensure_future(self.mains.gone.wait())
        await asyncio.wait({working, dying}, return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        if not working.done():
            working.cancel()
        with suppress(asyncio.CancelledError):
            await working

    async def drain(self) -> None:
        """A last life, in which everything ends and reaches the CSMS."""
        async with self.live() as station:
            await station.wait_online()
            await self.hardware.depart(force=True)
            await station.evse(1).unplugged()
            await asyncio.sleep(self.config.connection_timeout + 1)  # who did not plug in gives up
            await station.wait_delivered()
            assert station.evse(1).transaction is None
            store = station._core.store
            assert await store.open_transactions.all() == []


class Learned(Protocol):
    """What a CSMS has learned of transactions, in order; numbers go with their starts (1.6)."""

    messages: list[Message]
    numbers: list[tuple[dict[str, Any], int]]


def check_201(ledger: Learned, charged: set[str], cuts: int) -> int:
    """Each transaction is complete and in order, and doubled only by lost answers."""
    seen: dict[str, list[dict[str, Any]]] = {}
    doubles = 0
    for _, payload in ledger.messages:
        events = seen.setdefault(payload["transactionInfo"]["transactionId"], [])
        stripped = {key: value for key, value in payload.items() if key != "offline"}
        if payload["seqNo"] < len(events):
            assert events[payload["seqNo"]] == stripped
            doubles += 1
        else:
            assert payload["seqNo"] == len(events)
            events.append(stripped)
    for events in seen.values():
        kinds = [event["eventType"] for event in events]
        assert kinds == ["Started", *["Updated"] * (len(kinds) - 2), "Ended"]
        times = [datetime.fromisoformat(event["timestamp"]) for event in events]
        assert times == sorted(times)
    assert charged <= seen.keys()
    assert doubles <= cuts
    return len(seen)


def check_16(ledger: Learned, charged: set[str], cuts: int) -> int:
    """Each start has one stop, meter values between, and doubles only by lost answers."""
    starts: list[dict[str, Any]] = []
    for payload, _ in ledger.numbers:
        if payload not in starts:
            starts.append(payload)
    of_number = {number: starts.index(payload) for payload, number in ledger.numbers}
    rest: list[list[Message]] = [[] for _ in starts]
    doubles = len(ledger.numbers) - len(starts)
    open_one = -1
    for action, payload in ledger.messages:
        if action == "StartTransaction":
            index = starts.index(payload)
            assert index in {open_one, open_one + 1}
            open_one = index
            continue
        index = of_number[payload["transactionId"]]
        assert index == open_one
        if rest[index] and rest[index][-1] == (action, payload):
            doubles += 1
        else:
            rest[index].append((action, payload))
    for start, following in zip(starts, rest, strict=True):
        assert [action for action, _ in following] == [
            *["MeterValues"] * (len(following) - 1),
            "StopTransaction",
        ]
        stop = following[-1][1]
        assert stop["meterStop"] >= start["meterStart"]
        begun, ended = (datetime.fromisoformat(each["timestamp"]) for each in (start, stop))
        assert ended >= begun, (start, stop)
    assert len(starts) >= len(charged)
    assert doubles <= cuts
    return len(starts)


def virtual(
    test: Callable[..., Coroutine[Any, Any, None]],
) -> Callable[..., None]:
    """Run a test in virtual time."""

    @wraps(test)
    def run(**fixtures: Any) -> None:
        run_virtual(test(**fixtures))

    return run
