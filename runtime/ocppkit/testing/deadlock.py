"""What is told when nothing will ever happen again: which task waits where."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import PurePath
from types import FrameType
from typing import Any

__all__ = ["Deadlock", "describe_waiting"]


class Deadlock(RuntimeError):
    """Every task waits and no timer runs: nothing will ever happen again.

    Attributes:
        waiting: task → where it waits, from its outermost function inwards.
    """

    def __init__(self, now: float, waiting: dict[str, str]) -> None:
        self.now = now
        self.waiting = waiting
        super().__init__(now, waiting)

    def __str__(self) -> str:
        tasks = "".join(f"\n  {name}: {place}" for name, place in sorted(self.waiting.items()))
        return f"at {self.now:g} s all tasks wait and no timer runs{tasks}"


def describe_waiting(loop: asyncio.AbstractEventLoop) -> dict[str, str]:
    """Task → where it waits, of all tasks of a loop."""
    return {task.get_name(): _place(task) for task in asyncio.all_tasks(loop)}


def _place(task: asyncio.Task[Any]) -> str:
    frames = [
        f"{frame.f_code.co_qualname} ({PurePath(frame.f_code.co_filename).name}:{frame.f_lineno})"
        for frame in _frames(task.get_coro())
    ]
    return " > ".join(frames) or repr(task.get_coro())


def _frames(awaited: Any) -> Iterator[FrameType]:
    """The frames of what awaits what, outermost first, as far as Python tells."""
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is None:
            return
        yield frame
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
