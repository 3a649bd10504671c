"""How messages that wait reach the CSMS: in order, each until it is answered."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, assert_never

from attrs import evolve

from ocppkit.codec import codec_for
from ocppkit.codec.jsontext import dumps
from ocppkit.errors import (
    CallRefused,
    CallTimeout,
    ConnectionLost,
    InvalidAnswer,
    OcppError,
    ValidationError,
)
from ocppkit.message import Request, Response, Version
from ocppkit.rpc import MAX_SIZE
from ocppkit.rpc.outbox import (
    Attempt,
    Keep,
    Lane,
    Limits,
    Nothing,
    OtherMessages,
    Outbox,
    Retry,
    WaitUntil,
)
from ocppkit.station.connection_events import ConnectionEvent, WentOffline, WentOnline
from ocppkit.station.environment import Environment
from ocppkit.station.fitting import Fitting
from ocppkit.station.introducing import number_of, together
from ocppkit.station.link import Link
from ocppkit.station.pausing import pause
from ocppkit.station.record_writer import RecordWriter
from ocppkit.station.records import UNREADABLE, read_record, record_text, saved_text
from ocppkit.station.transaction import (
    Cause,
    Policy,
    RecordKind,
    SavedTransaction,
    TransactionRecord,
)
from ocppkit.station.translator import Translator
from ocppkit.store import Draft, Entry, Journal, OpenTransaction, ProfileChange

__all__ = ["Delivery"]

_logger = logging.getLogger(__name__)

_LIMITS: Final = Limits(entries=50_000, size=64 << 20)
_FRAME: Final = 100  # octets around the payload of a message
_AFTER_FAILURE: Final = 10.0  # seconds
_NOT_LATER: Final = frozenset({"Authorize", "BootNotification", "Heartbeat"})
"""Messages that make no sense any more once they could not go."""
_RULES: Final[Mapping[str, Keep]] = {
    "SecurityEventNotification": Keep.ALL,  # (A04.FR.02)
    "NotifyEvent": Keep.LATEST,  # (G05.FR.02)
    "StatusNotification": Keep.LATEST,  # (G01, B04)
}


class _Missed(Enum):
    """What becomes of a message that the CSMS has not answered."""

    GIVEN_UP = "it is given up"
    WAITS = "it goes again"


class Delivery:
    """Takes messages to the CSMS while it is there (E04, E11-E13; 1.6 §3.7).

    Attributes:
        numbers: the CSMS's number of each transaction that it gave one, by the station's id.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        link: Link,
        environment: Environment,
        policy: Callable[[], Policy],
        translator: Callable[[], Translator],
        largest: int = MAX_SIZE,
    ) -> None:
        """Deliver what is in a journal.

        Args:
            journal: what waits.
            link: the way to the CSMS.
            environment: for the waits between attempts.
            policy: how often to try, and what waits at all.
            translator: of the version that is spoken now.
            largest: how many octets a message may have.
        """
        self._journal = journal
        self._link = link
        self._environment = environment
        self._policy = policy
        self._translator = translator
        self._outbox: Outbox[Draft, Entry] = Outbox(
            journal=journal, retry=self._retry, others=self._others, limits=_LIMITS
        )
        self._writer = RecordWriter(write=self._append, sleep=environment.sleep)
        self._fitting = Fitting(largest)
        self._numbers: dict[str, int] = {}
        self.numbers: Mapping[str, int] = MappingProxyType(self._numbers)
        self._more = {lane: asyncio.Event() for lane in Lane}
        self._gone = asyncio.Event()
        self._back = True
        self._coming_back = asyncio.Lock()

    async def load(self) -> None:
        """Take up what is known from before the restart."""
        for reference, number in (await self._journal.numbers()).items():
            self._note(reference, number)

    def reconsider(self) -> None:
        """Look at what waits anew: how often and when it is tried has changed."""
        for more in self._more.values():
            more.set()

    def connection(self, event: ConnectionEvent) -> None:
        """Take note of what happens to the connection."""
        match event:
            case WentOnline():
                self._back = True
                self.reconsider()
            case WentOffline():
                self._outbox.offline()

    async def append(
        self,
        record: TransactionRecord,
        saved: SavedTransaction | None,
        *,
        profiles: ProfileChange | None = None,
    ) -> None:
        """Keep a record, and how its transaction stands; deliver it when its turn comes.

        Once this returns, neither is lost, nor is a change of charging profiles that goes with it;
        where the journal takes nothing at all, they are in memory until it does.
        """
        ended = record.kind is RecordKind.ENDED
        state = None
        if saved is not None:
            state = OpenTransaction(
                reference=record.transaction_id, evse=record.evse, state=saved_text(saved)
            )
        await self._writer.write(
            Draft(
                lane=Lane.TRANSACTION,
                name=record.kind.value,
                payload=record_text(record),
                created_at=record.at,
                reference=record.transaction_id,
                sequence=record.seq_no,
                essential=record.kind is not RecordKind.UPDATED,
                thinnable=record.cause in {Cause.METER_CLOCK, Cause.METER_PERIODIC},
                final=ended,
                state=state,
                profiles=profiles,
            )
        )

    async def post(self, request: Request[Any], *, version: Version, topic: str = "") -> bool:
        """Send a message of no transaction, now or when the CSMS is there again.

        Args:
            request: what.
            version: of which it is; under another it is dropped.
            topic: what it is about, where only the latest message about that counts.

        Returns:
            Whether it is kept until it is answered, or has been answered: what is not kept goes
            now or never (QueueAllMessages).

        Raises:
            ValidationError: it breaks the schema.
        """
        action, payload = codec_for(version).encode_request(request)
        kept = await self._append(
            Draft(
                lane=Lane.OTHER,
                name=action.name,
                payload=dumps({"version": version.value, "payload": payload}),
                created_at=self._link.now(),
                topic=topic,
                essential=action.name == "SecurityEventNotification",
            )
        )
        if kept is not None:
            return True
        try:
            await self._link.call(request)
        except OcppError as error:
            _logger.warning("%s does not reach the CSMS: %s", action.name, error)
            return False
        return True

    async def _append(self, draft: Draft) -> int | None:
        try:
            return await self._outbox.append(draft)
        finally:  # it may be in the journal also where the wait for that was cancelled
            self._more[Lane(draft.lane)].set()

    async def holds(self, transaction_id: str | None) -> bool:
        """Whether a record of this transaction waits; of any, for None."""
        if self._writer.holds(transaction_id):
            return True
        return await self._journal.holds(transaction_id)

    async def wait_empty(self) -> None:
        """Wait until nothing waits."""
        while True:
            self._gone.clear()
            if not (await self.holds(None) or await self._journal.head(Lane.OTHER)):
                return
            await self._gone.wait()

    async def run(self) -> None:
        """Deliver for ever."""
        async with asyncio.TaskGroup() as lanes:
            lanes.create_task(self._writer.run(), name="records that wait in memory")
            for lane in Lane:
                lanes.create_task(self._keep_serving(lane), name=f"delivery of {lane}")

    def _retry(self, lane: Lane) -> Retry:  # noqa: ARG002  # the specification has one rule
        policy = self._policy()
        return Retry(attempts=policy.message_attempts, interval=policy.message_retry_interval)

    def _others(self) -> OtherMessages:
        queue_all = self._policy().queue_all_messages
        return OtherMessages(rules=_RULES, queue_all=queue_all, discard=_NOT_LATER)

    async def _keep_serving(self, lane: Lane) -> None:
        while True:
            try:
                await self._serve(lane)
            except Exception:
                _logger.exception("the delivery of %s failed and begins again", lane)
                await self._environment.sleep(_AFTER_FAILURE)

    async def _serve(self, lane: Lane) -> None:
        more = self._more[lane]
        while True:
            await self._link.wait_online()
            await self._come_back()
            now = self._environment.utc_now()
            match await self._outbox.next(lane, now):
                case Attempt(entry=entry, offline=offline):
                    if lane is Lane.TRANSACTION:
                        await self._deliver(entry, offline=offline)
                    else:
                        await self._deliver_other(entry)
                    self._gone.set()
                case WaitUntil(at=at):
                    wait = (at - now).total_seconds()
                    await pause(wait, more, sleep=self._environment.sleep)
                case Nothing():
                    await more.wait()
                    more.clear()
                case step:
                    assert_never(step)

    async def _come_back(self) -> None:
        """Once for each time that the CSMS is there again."""
        async with self._coming_back:
            while self._back:  # it may be gone and back again meanwhile
                self._back = False
                try:
                    await self._outbox.online()
                except BaseException:
                    self._back = True
                    raise

    async def _deliver(self, entry: Entry, *, offline: bool) -> None:
        try:
            record = read_record(entry.payload)
        except UNREADABLE:
            _logger.exception("a record of transaction %s cannot be read", entry.reference)
            await self._outbox.answered(entry.id)
            return
        if offline:  # (E11.FR.07)
            record = evolve(record, offline=True)
        translator = self._translator()
        known, start = entry.number, translator.introduction(record, entry.number)
        if start is not None and (known := await self._introduce(entry, start)) is None:
            return
        request = self._fitting.fit(record, lambda it: translator.translate(it, known), self._size)
        if request is None:
            await self._outbox.answered(entry.id)
            self._forget(record)
            return
        response = await self._try(Lane.TRANSACTION, entry, request)
        if response is _Missed.GIVEN_UP:
            self._forget(record)
            translator.abandoned(record)
        elif response is not _Missed.WAITS:
            number = together(known, translator.number(response))
            refused = translator.refuses(record, response)
            if number is not None:  # at once: the next the CSMS says may be about it
                self._note(record.transaction_id, number)
            # The verdict is written as the message goes: a restart would not ask for it again.
            await self._outbox.answered(entry.id, number=number, refused=refused)
            self._forget(record)
            await translator.delivered(record, response)
            if refused:
                await self._journal.refusal_heeded(record.transaction_id)

    async def _introduce(self, entry: Entry, start: TransactionRecord) -> int | None:
        """Tell of a transaction that began under another version; its number, None for not yet."""
        translator = self._translator()
        request = translator.translate(start, None)
        if request is None:
            return entry.number
        response = await self._try(Lane.TRANSACTION, entry, request)
        if isinstance(response, _Missed):
            return None
        number = together(entry.number, translator.number(response))
        if number is not None:
            self._note(start.transaction_id, number)
            await self._journal.learn_number(start.transaction_id, number)
        await translator.delivered(start, response)
        return number

    def _note(self, reference: str, kept: int) -> None:
        number = number_of(kept)
        if number is None:
            self._numbers.pop(reference, None)
        else:
            self._numbers[reference] = number

    def _forget(self, record: TransactionRecord) -> None:
        if record.kind is RecordKind.ENDED:
            self._numbers.pop(record.transaction_id, None)

    async def _deliver_other(self, entry: Entry) -> None:
        session = self._link.session
        if session is None:
            return
        version = session.version
        try:
            told = json.loads(entry.payload)
            if told["version"] != version.value:
                _logger.warning("%s is dropped: it is of another version", entry.name)
                await self._outbox.answered(entry.id)
                return
            codec = codec_for(version)
            request = codec.decode_request(codec.actions[entry.name], told["payload"])
        except (*UNREADABLE, ValidationError):
            _logger.exception("%s cannot be read and is dropped", entry.name)
            await self._outbox.answered(entry.id)
            return
        if not isinstance(await self._try(Lane.OTHER, entry, request), _Missed):
            await self._outbox.answered(entry.id)

    def _size(self, request: Request[Any]) -> int:
        """How many octets a message has; 0 for one that cannot be written."""
        try:
            _, payload = codec_for(self._translator().version).encode_request(request)
        except ValidationError:
            return 0
        return len(dumps(payload).encode()) + _FRAME

    async def _try(self, lane: Lane, entry: Entry, request: Request[Any]) -> Response | _Missed:
        """One attempt; the answer, or what becomes of the message without one."""
        session = self._link.session
        try:
            response: Response = await self._link.call(request)
        except ValidationError:
            _logger.exception("%s cannot be sent and is dropped", request.ACTION)
            await self._outbox.answered(entry.id)
            return _Missed.GIVEN_UP
        except (CallRefused, CallTimeout, InvalidAnswer) as error:
            now = self._environment.utc_now()
            gone = await self._outbox.failed(lane, entry, now, reason=str(error))
            return _Missed.GIVEN_UP if gone else _Missed.WAITS
        except ConnectionLost as error:
            gone = False
            if self._fitting.too_large(error, self._size(request)):
                now = self._environment.utc_now()
                gone = await self._outbox.failed(lane, entry, now, reason=str(error))
            _logger.info("%s waits for the CSMS", request.ACTION)
            self._outbox.offline()
            self._back = True
            await self._link.wait_gone(session)
            return _Missed.GIVEN_UP if gone else _Missed.WAITS
        return response
