"""Calls of an integrator's methods that end in time, whatever the method does."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, cast

from attrs import define, frozen

from ocppkit.value import Value

__all__ = [
    "Deferring",
    "Done",
    "Failed",
    "HardwareCalls",
    "TokenFromInside",
    "event",
    "inside_call",
    "refuse_inside",
    "unbroken",
]

_logger = logging.getLogger(__name__)
T = TypeVar("T")
P = ParamSpec("P")
D = TypeVar("D", bound="Deferring")
F = TypeVar("F", bound=Callable[..., Coroutine[Any, Any, Any]])


@frozen(eq=False, repr=False)
class Done(Value, Generic[T]):
    """A method did what it should; holds what it returned."""

    value: T


@frozen(eq=False, repr=False)
class Failed(Value):
    """A method raised, or did not return in time; holds what it raised, if it did."""

    error: BaseException | None = None


class TokenFromInside(RuntimeError):
    """A token was reported from inside a method of the hardware, which would never end."""


@define
class _Call:
    """A call under way.

    Attributes:
        what: which method.
        task: in which it runs.
        active: whether it has not been given up, nor ended.
    """

    what: str
    task: asyncio.Task[Any] | None = None
    active: bool = True


_current: ContextVar[_Call | None] = ContextVar("hardware_call", default=None)


def inside_call() -> bool:
    """Whether the caller runs inside a method of the hardware, or in a task of that method."""
    call = _current.get()
    return call is not None and call.active


def refuse_inside() -> None:
    """Raise `TokenFromInside` where a method of the hardware would wait for itself."""
    call = _current.get()
    if call is not None and call.active and call.task is asyncio.current_task():
        msg = (
            f"a token was presented from inside the hardware's {call.what}: its verdict would wait "
            "for that method; present it from a task of your own"
        )
        raise TokenFromInside(msg)


class HardwareCalls:
    """Calls methods, each in a task of its own, which is cancelled and left behind when late."""

    def __init__(self) -> None:
        self._left: set[asyncio.Task[Any]] = set()

    async def call(
        self,
        what: str,
        method: Callable[..., Any],
        /,
        *args: Any,
        timeout: float,  # noqa: ASYNC109  # the method may ignore that it is cancelled
        clock: Callable[[], float] | None = None,
        **named: Any,
    ) -> Done[Any] | Failed:
        """Call a method; what it raises is logged and returned.

        Args:
            what: its name, for the log.
            method: the integrator's.
            args: for it.
            timeout: how long it may take, in seconds.
            clock: tells since when it is silent, on the event loop's clock; the call's start
                unless given.
            named: for it.
        """
        call = _Call(what)
        reset = _current.set(call)
        try:
            task = call.task = asyncio.create_task(_caught(method, args, named))
        finally:
            _current.reset(reset)
        try:
            in_time = await _in_time(task, timeout, clock)
        except asyncio.CancelledError:
            self._leave(task)
            raise
        finally:
            call.active = False
        if not in_time:
            self._leave(task)
            _logger.error("the hardware's %s did not return within %g s", what, timeout)
            return Failed()
        outcome: Done[Any] | Failed = task.result()
        if isinstance(outcome, Failed):
            _logger.error("the hardware's %s failed", what, exc_info=outcome.error)
        return outcome

    def _leave(self, task: asyncio.Task[Any]) -> None:
        self._left.add(task)
        task.add_done_callback(self._left.discard)
        task.cancel()


async def _in_time(
    task: asyncio.Task[Any], patience: float, clock: Callable[[], float] | None
) -> bool:
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not task.done():
        since = began if clock is None else max(began, clock())
        left = since + patience - loop.time()
        if left <= 0:
            return False
        await asyncio.wait({task}, timeout=left)
    return True


async def _caught(
    method: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]
) -> Done[Any] | Failed:
    """Await a method; only the keyboard's interrupt passes."""
    try:
        result = method(*args, **named)
        if not inspect.isawaitable(result):
            return Failed(TypeError(f"it is no async method: it returned {result!r}"))
        return Done(await result)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit would end the event loop
        return Failed(error)


class Deferring(Protocol):
    """What takes reports, and can take one later."""

    def defer(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Do something as soon as the method of the hardware that is running has returned."""
        ...


def unbroken(method: F) -> F:
    """What goes on to its end even where whoever waits for it is cancelled.

    As the equipment's own task may be by the hardware's `stop_charging`, or a handler by the end of
    its connection: charging would have ended, and its transaction not.
    """
    under_way: set[asyncio.Task[Any]] = set()  # or the event loop may forget them

    @wraps(method)
    async def whole(*args: Any, **named: Any) -> Any:
        task = asyncio.create_task(method(*args, **named))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        return await asyncio.shield(task)

    return cast("F", whole)


def event(
    method: Callable[Concatenate[D, P], Coroutine[Any, Any, None]],
) -> Callable[Concatenate[D, P], Coroutine[Any, Any, None]]:
    """A report that may also be made from inside a method of the hardware, where it is deferred.

    Otherwise the report would wait for the EVSE, and the EVSE for the hardware's method. One that
    is not deferred is `unbroken`.
    """
    carried_out = unbroken(method)

    @wraps(method)
    async def report(receiver: D, /, *args: P.args, **named: P.kwargs) -> None:
        if not inside_call():
            await carried_out(receiver, *args, **named)
            return
        doing = method(receiver, *args, **named)
        receiver.defer(doing, name=f"{method.__name__} from inside the hardware")

    return report
