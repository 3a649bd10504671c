"""Says which reusable state a case plays, so that a deviation can tell whose step it means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from ocppkit.conformance.case import Case

__all__ = ["state"]

P = ParamSpec("P")
R = TypeVar("R")
_Played: TypeAlias = Callable[Concatenate[Case, P], Awaitable[R]]
_Named: TypeAlias = Callable[Concatenate[Case, P], Coroutine[Any, Any, R]]


def state(name: str) -> Callable[[_Played[P, R]], _Named[P, R]]:
    """What deviates inside the function is told as a step of the reusable state of this name."""

    def named(function: _Played[P, R]) -> _Named[P, R]:
        @wraps(function)
        async def played(t: Case, /, *args: P.args, **kwargs: P.kwargs) -> R:
            outer, t.state = t.state, name
            try:
                return await function(t, *args, **kwargs)
            finally:
                t.state = outer

        return played

    return named
