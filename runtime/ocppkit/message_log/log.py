"""The message log: writes every message that passes, and never gets in the way of it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from attrs import evolve

from ocppkit.clock import SystemClock
from ocppkit.connection.masking import masked_payload, masked_text
from ocppkit.connection.observer import Passed
from ocppkit.connection.session import Handlers, Session
from ocppkit.message import Handler, Side
from ocppkit.message_log.entry import Entry, EntryKind, from_passed, to_line
from ocppkit.message_log.files import RotatingFile, Rotation
from ocppkit.message_log.inbox import Inbox, joined_gap

__all__ = ["MessageLog"]

_logger = logging.getLogger(__name__)
_clock = SystemClock()

_RETRY = 5.0  # seconds until a disk that failed is tried again
_LAST_WORDS = 0.1  # seconds for sessions that have just ended


class MessageLog:
    """A rotating file of JSON lines, one a message, written by a thread of its own.

    It is an observer of messages (`SessionSettings.observer`), from any number of sessions; with
    `of_sessions` it also writes when they begin and end. It runs inside ``async with``. What the
    disk cannot take is dropped and counted, and the gap is written when the disk is back.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        side: Side,
        rotation: Rotation | None = None,
        keep_tokens: bool = False,
        sync_interval: float = 0.0,
        max_waiting: int = 1000,
        max_waiting_size: int = 4_000_000,
        now: Callable[[], datetime] = _clock.utc_now,
    ) -> None:
        """Say where to write what; only this object of this process may write there.

        Args:
            path: of the file that is written to, ``messages.jsonl``; its folder is made.
            side: which end of the connections this is.
            rotation: when files are set aside.
            keep_tokens: whether id tokens are written in full; shortened unless told otherwise.
            sync_interval: for how many seconds lines may be with the system only, where a power
                cut takes them; 0 to have the disk hold each batch before the next is written.
            max_waiting: how many lines may wait for the disk.
            max_waiting_size: how many characters of messages may wait for the disk.
            now: the clock.
        """
        self._file = RotatingFile(Path(path), rotation or Rotation())
        self._path = Path(path)
        self._side = side
        self._keep_tokens = keep_tokens
        self._sync_interval = sync_interval
        self._now = now
        self._inbox = Inbox.of(max_entries=max_waiting, max_size=max_waiting_size)
        self._sessions: dict[str, Session] = {}
        self._watchers: set[asyncio.Task[None]] = set()
        self._gap: Entry | None = None
        self._unsynced_since: float | None = None
        self._thread = threading.Thread(target=self._run, name="message log", daemon=True)

    def __call__(self, passed: Passed) -> None:
        """Write a message; returns at once."""
        session = self._sessions.get(passed.identity)
        version = None if session is None else session.version
        if session is not None and session.secrets:
            payload = masked_payload(passed.payload, keep_tokens=True, secrets=session.secrets)
            passed = evolve(passed, payload=payload)
        entry = from_passed(passed, time=self._now(), side=self._side, version=version)
        self._inbox.put(entry)

    def of_sessions(self, handlers: Handlers) -> Handlers:
        """These handlers; of each session that they are made for, begin and end are written."""

        def made(session: Session) -> Iterable[Handler]:
            found = handlers(session)
            self._connected(session)
            return found

        return made

    def start(self) -> None:
        """Start to write; what came before is written, too."""
        self._thread.start()

    def close(self, timeout: float = 5.0) -> None:
        """Write what waits, and stop; waits for the disk, so not for the event loop's thread.

        Args:
            timeout: how long to wait for the disk, in seconds.
        """
        self._inbox.close()
        self._thread.join(timeout)
        if self._thread.is_alive():
            _logger.error("%s: the disk does not answer, lines are lost", self._path)

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._watchers:
            await asyncio.wait(set(self._watchers), timeout=_LAST_WORDS)
        for watcher in set(self._watchers):
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        await asyncio.to_thread(self.close)

    def _connected(self, session: Session) -> None:
        self._sessions[session.identity] = session
        self._tell(session, EntryKind.CONNECTED, session.remote)
        watcher = asyncio.get_running_loop().create_task(self._watch(session))
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)

    async def _watch(self, session: Session) -> None:
        lost = await session.closed()
        if self._sessions.get(session.identity) is session:
            del self._sessions[session.identity]
        self._tell(session, EntryKind.DISCONNECTED, str(lost))

    def _tell(self, session: Session, kind: EntryKind, description: str) -> None:
        self._inbox.put(
            Entry(
                time=self._now(),
                kind=kind,
                identity=session.identity,
                side=self._side,
                version=session.version,
                description=description,
            )
        )

    def _run(self) -> None:
        """What the thread does: write until the inbox is closed and drained."""
        self._begin()
        while True:
            entries = self._inbox.take(self._until_sync())
            failed = False
            for entry in entries:
                failed = not self._write(entry) or failed
            failed = not self._sync() or failed
            if self._inbox.closed and not len(self._inbox):
                break
            if failed:
                self._inbox.wait_closed(_RETRY)
        self._write_gap()
        self._sync(at_once=True)
        self._file.close()

    def _begin(self) -> None:
        try:
            cut = self._file.repair()
            self._file.tidy()
        except OSError as error:
            _logger.warning("%s: %s", self._path, error)
            return
        if cut:
            reason = f"the last line was cut short: {cut} bytes of it are lost"
            self._gap = joined_gap(None, time=self._now(), reason=reason)

    def _write(self, entry: Entry) -> bool:
        """Write an entry, and before it the gap if there is one; whether it worked."""
        if self._write_gap() and self._append(entry):
            return True
        self._gap = joined_gap(
            self._gap, time=entry.time, reason="the disk took no more", dropped=entry.dropped or 1
        )
        return False

    def _write_gap(self) -> bool:
        if self._gap is None:
            return True
        if not self._append(self._gap):
            return False
        _logger.info("%s: %s lines are lost", self._path, self._gap.dropped)
        self._gap = None
        return True

    def _append(self, entry: Entry) -> bool:
        line = self._line(entry).encode() + b"\n"
        try:
            self._file.write(line, entry.time.date())
        except OSError as error:
            if self._gap is None:
                _logger.warning("%s: messages are not written: %s", self._path, error)
            return False
        if self._unsynced_since is None:
            self._unsynced_since = _clock.monotonic()
        return True

    def _line(self, entry: Entry) -> str:
        description = masked_text(entry.description)
        try:
            payload = masked_payload(entry.payload, keep_tokens=self._keep_tokens)
            return to_line(evolve(entry, payload=payload, description=description))
        except Exception:
            # The thread outlives whatever a peer may send.
            _logger.exception("%s: a message cannot be written", self._path)
            reason = "the message cannot be written"
            return to_line(
                Entry(time=entry.time, kind=EntryKind.GAP, description=reason, dropped=1)
            )

    def _until_sync(self) -> float | None:
        if self._unsynced_since is None:
            return None
        return max(0.0, self._unsynced_since + self._sync_interval - _clock.monotonic())

    def _sync(self, *, at_once: bool = False) -> bool:
        due = self._until_sync()
        if due is None or (due > 0 and not at_once):
            return True
        self._unsynced_since = None
        try:
            self._file.sync()
        except OSError as error:
            _logger.warning("%s: the disk may have lost lines: %s", self._path, error)
            return False
        return True
