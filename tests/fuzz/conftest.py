from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import pytest
from attrs import frozen
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from ..codec.profiles import examples

_SECONDS = float(os.environ.get("OCPPKIT_FUZZ_SECONDS", "540"))  # for all long looks together
_ROUND = 200  # examples


@frozen(kw_only=True)
class Look:
    """Looks for a counterexample of a property, once or for as long as there is time.

    Attributes:
        seconds: how long; None for one round of always the same examples.
    """

    seconds: float | None

    def __call__(
        self, check: Callable[..., None], *strategies: st.SearchStrategy[Any], count: int
    ) -> None:
        """Check so many examples of what strategies give, or round after round of them."""
        self._repeat(lambda chosen: chosen(given(*strategies)(check))(), examples(count))

    def at_machine(self, machine: type[RuleBasedStateMachine], *, count: int, steps: int) -> None:
        """Run a state machine so often, each time for so many steps, or round after round."""
        chosen = settings(examples(count), stateful_step_count=steps)
        self._repeat(lambda chosen: run_state_machine_as_test(machine, settings=chosen), chosen)

    def _repeat(self, look: Callable[[settings], None], short: settings) -> None:
        if self.seconds is None:
            look(short)
            return
        long = settings(
            short,
            max_examples=_ROUND,
            derandomize=False,
            print_blob=True,
            phases=(Phase.generate, Phase.shrink),
        )
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            look(long)


@pytest.fixture(params=["short", pytest.param("long", marks=pytest.mark.long)])
def look(request: pytest.FixtureRequest) -> Look:
    """Looks briefly at always the same examples, and under ``-m long`` for a share of the time."""
    if request.param == "short":
        return Look(seconds=None)
    sharing = sum(item.get_closest_marker("long") is not None for item in request.session.items)
    return Look(seconds=_SECONDS / sharing)
