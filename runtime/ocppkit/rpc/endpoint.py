"""One end of a connection, without the connection: CALLs and answers in both directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, assert_never

from attrs import Attribute, define, field, setters

from ocppkit.errors import ErrorCode, NotConnected
from ocppkit.message import Version
from ocppkit.rpc.events import (
    Answered,
    Deviation,
    DeviationKind,
    Dropped,
    Event,
    Malformed,
    Refused,
    TimedOut,
    Unmatched,
    UnmatchedReason,
)
from ocppkit.rpc.frames import (
    MAX_SIZE,
    BadFrame,
    Call,
    CallErrorFrame,
    CallResult,
    is_message_id,
    parse,
    render,
    render_call,
    render_result,
)
from ocppkit.rpc.spelling import spell

__all__ = ["Endpoint"]

_REMEMBERED: Final = 128  # settled ids
_SHOWN: Final = 100  # characters of a malformed frame


def _positive(_: object, attribute: Attribute[float], value: float) -> None:
    if not value > 0:
        msg = f"{attribute.name} must be more than 0 s, got {value}"
        raise ValueError(msg)


@define(eq=False)
class _Waiting:
    """A CALL of ours: queued, or sent and not answered."""

    message_id: str
    action: str
    text: str
    timeout: float


def _shorten(data: str | bytes) -> str:
    start = data[: _SHOWN + 1]
    text = start.decode(errors="backslashreplace") if isinstance(start, bytes) else start
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


@define(kw_only=True, eq=False, on_setattr=setters.NO_OP)  # what is set later needs no validator
class Endpoint:
    """The RPC framework of one connection, as a machine that does no IO.

    Feed it with what arrives (``receive``) and with time (``expire`` at ``deadline``), and write
    what ``texts_to_send`` gives after every step. ``now`` is seconds of any clock that never goes
    back. Of our CALLs one is out at a time, the others wait in order (1.6-J §4.1.1, 2.0.1 Part 4
    §4.1.1).

    Attributes:
        version: the version spoken.
        new_id: makes the ids of our CALLs; never the same twice.
        call_timeout: how long a CALL waits for its answer from when it is sent, in seconds.
        max_size: how large a frame of the peer may be, in octets.
    """

    version: Version
    new_id: Callable[[], str]
    call_timeout: float = field(validator=_positive)
    max_size: int = MAX_SIZE
    _queue: list[_Waiting] = field(factory=list, init=False)
    _sent: _Waiting | None = field(default=None, init=False)
    _deadline: float = field(default=0.0, init=False)
    _settled: dict[str, UnmatchedReason] = field(factory=dict, init=False)
    _being_answered: set[str] = field(factory=set, init=False)
    _answers: list[str] = field(factory=list, init=False)
    _deviations: set[DeviationKind] = field(factory=set, init=False)
    _closed: str | None = field(default=None, init=False)

    def call(
        self,
        action: str,
        payload: dict[str, Any],
        *,
        timeout: float | None = None,
        message_id: str | None = None,
    ) -> str:
        """Queue a CALL and return its id; unless it is cancelled, one event tells its outcome.

        Args:
            action: as on the wire.
            payload: as on the wire.
            timeout: how long to wait for the answer from when the CALL is sent, in seconds.
            message_id: that of an earlier attempt which is repeated.

        Raises:
            NotConnected: the endpoint is closed.
            ValueError: the id is no message id or waits already, the timeout is not positive, or
                the payload holds something that JSON cannot carry.
        """
        if self._closed is not None:
            raise NotConnected(self._closed, action=action)
        if timeout is None:
            timeout = self.call_timeout
        elif not timeout > 0:
            msg = f"timeout must be more than 0 s, got {timeout}"
            raise ValueError(msg)
        if message_id is None:
            message_id = self.new_id()
        elif not is_message_id(message_id):
            msg = f"not a message id: {message_id!r}"
            raise ValueError(msg)
        elif any(waiting.message_id == message_id for waiting in self._waiting()):
            msg = f"a CALL with the id {message_id!r} is waiting already"
            raise ValueError(msg)
        text = render_call(message_id, action, payload)
        self._queue.append(_Waiting(message_id, action, text, timeout))
        return message_id

    def cancel(self, message_id: str) -> bool:
        """Take a queued CALL back; no event will tell of it.

        Returns:
            Whether it was taken back. One that is sent cannot be: nothing else goes out until it is
            answered or times out, and the event comes as ever.
        """
        for waiting in self._queue:
            if waiting.message_id == message_id:
                self._queue.remove(waiting)
                return True
        return False

    def answer(self, message_id: str, payload: dict[str, Any]) -> None:
        """Answer a CALL of the peer.

        Raises:
            ValueError: no such CALL waits for an answer (also because the endpoint was closed), or
                the payload holds something that JSON cannot carry: then the CALL still waits.
        """
        self._check_waits(message_id)
        self._settle(message_id, render_result(message_id, payload))

    def refuse(
        self,
        message_id: str,
        code: ErrorCode,
        description: str = "",
        details: dict[str, Any] | None = None,
    ) -> None:
        """Answer a CALL of the peer with a CALLERROR, in the spelling of the version.

        Raises:
            ValueError: as ``answer``.
        """
        self._check_waits(message_id)
        error = CallErrorFrame(
            message_id=message_id,
            code=spell(self.version, code),
            description=description,
            details=details or {},
        )
        self._settle(message_id, render(error))

    def receive(self, data: str | bytes, now: float) -> list[Event]:
        """Take a frame of the peer: text, or octets where it came as a binary frame.

        Whatever the peer sends, nothing is raised. An answer that arrives at the deadline or after
        it is late.
        """
        if self._closed is not None:
            return []
        events: list[Event] = [] if self._sent is None else self.expire(now)
        try:
            frame = parse(data, version=self.version, max_size=self.max_size)
        except BadFrame as bad:
            # a CALL that is being answered already gets that one answer only
            if bad.answer is not None and bad.answer.message_id not in self._being_answered:
                self._answers.append(render(bad.answer))
            return [*events, Malformed(reason=bad.reason, text=_shorten(data))]
        match frame:
            case Call():
                self._called(frame, events)
            case CallResult() | CallErrorFrame():
                events.append(self._answered(frame))
            case _:
                assert_never(frame)
        return events

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed is not None

    @property
    def has_texts(self) -> bool:
        """Whether something has to be written now."""
        return bool(self._answers) or (self._sent is None and bool(self._queue))

    @property
    def unsent_answers(self) -> int:
        """How many answers wait to be written."""
        return len(self._answers)

    def texts_to_send(self, now: float) -> list[str]:
        """What has to be written now, in this order: answers, then the next CALL if none is out.

        The caller writes all of it: the CALL counts as sent at ``now``.
        """
        texts, self._answers = self._answers, []
        if self._queue and self._sent is None:
            self._sent = self._queue.pop(0)
            self._deadline = now + self._sent.timeout
            texts.append(self._sent.text)
        return texts

    def deadline(self) -> float | None:
        """When ``expire`` has to be called at the latest; None while no CALL is out."""
        return None if self._sent is None else self._deadline

    def expire(self, now: float) -> list[Event]:
        """Give up the CALL whose deadline has come."""
        sent = self._sent
        if sent is None or now < self._deadline:
            return []
        self._sent = None
        self._remember(sent.message_id, UnmatchedReason.LATE)
        return [TimedOut(message_id=sent.message_id, action=sent.action, timeout=sent.timeout)]

    def close(self, reason: str) -> list[Event]:
        """End it: the connection is gone. Every CALL of ours is dropped, sent or not.

        Answers that were not written are gone too, and no CALL of the peer waits any longer.
        """
        if self._closed is not None:
            return []
        self._closed = reason
        events: list[Event] = [
            Dropped(
                message_id=waiting.message_id,
                action=waiting.action,
                reason=reason,
                sent=waiting is self._sent,
            )
            for waiting in self._waiting()
        ]
        self._sent = None
        self._queue.clear()
        self._answers.clear()
        self._being_answered.clear()
        return events

    def _waiting(self) -> list[_Waiting]:
        return list(self._queue) if self._sent is None else [self._sent, *self._queue]

    def _check_waits(self, message_id: str) -> None:
        if message_id not in self._being_answered:
            msg = f"no CALL with the id {message_id!r} waits for an answer"
            raise ValueError(msg)

    def _settle(self, message_id: str, text: str) -> None:
        self._being_answered.remove(message_id)
        self._answers.append(text)

    def _called(self, call: Call, events: list[Event]) -> None:
        if self._being_answered:
            if call.message_id in self._being_answered:
                # a CALLERROR would pass for the answer to the CALL that is being handled
                self._deviated(DeviationKind.REPEATED_CALL, call, events)
                return
            self._deviated(DeviationKind.CONCURRENT_CALLS, call, events)
        self._being_answered.add(call.message_id)
        events.append(call)

    def _deviated(self, kind: DeviationKind, call: Call, events: list[Event]) -> None:
        if kind not in self._deviations:
            self._deviations.add(kind)
            events.append(Deviation(kind=kind, message_id=call.message_id, action=call.action))

    def _answered(self, frame: CallResult | CallErrorFrame) -> Event:
        sent = self._sent
        message_id = frame.message_id
        if sent is None or sent.message_id != message_id:
            reason = self._settled.get(message_id, UnmatchedReason.UNKNOWN)
            if reason is UnmatchedReason.LATE:
                self._remember(message_id, UnmatchedReason.DUPLICATE)
            return Unmatched(message_id=message_id, reason=reason)
        self._sent = None
        self._remember(message_id, UnmatchedReason.DUPLICATE)
        match frame:
            case CallResult():
                return Answered(message_id=message_id, action=sent.action, payload=frame.payload)
            case CallErrorFrame():
                return Refused(
                    message_id=message_id,
                    action=sent.action,
                    code=frame.code,
                    description=frame.description,
                    details=frame.details,
                )
            case _:
                assert_never(frame)

    def _remember(self, message_id: str, reason: UnmatchedReason) -> None:
        self._settled.pop(message_id, None)
        self._settled[message_id] = reason
        if len(self._settled) > _REMEMBERED:
            del self._settled[next(iter(self._settled))]
