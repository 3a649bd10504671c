"""Which cases are written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from ocppkit.conformance.case import Case

    CaseFunction: TypeAlias = Callable[[Case], Awaitable[None]]
else:
    CaseFunction: TypeAlias = Callable[[Any], Awaitable[None]]

__all__ = ["ALL", "CASES", "CaseFunction", "case"]

CASES: dict[str, CaseFunction] = {}
"""All cases that are written, by id; `ocppkit.conformance.cases.load` fills it."""

ALL: tuple[str, ...] = ("*",)
"""For `Case.configure`: a station need have none of these variables."""


def case(function: CaseFunction) -> CaseFunction:
    """Register a case; the function is named after its id: ``tc_e_03_cs``."""
    CASES[getattr(function, "__name__", "").upper()] = function
    return function
