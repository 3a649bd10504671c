"""How long hypothesis looks: `OCPPKIT_HYPOTHESIS=long` looks further than the default run."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

__all__ = ["examples"]

_BASE = settings(
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile(
    "ocppkit-default", _BASE, derandomize=True, phases=[Phase.explicit, Phase.generate]
)
settings.register_profile("ocppkit-long", _BASE, derandomize=False, print_blob=True)
_CHOSEN = os.environ.get("OCPPKIT_HYPOTHESIS", "default")
_TIMES = {"default": 1, "long": 50}[_CHOSEN]


def examples(count: int) -> settings:
    """The settings of a property: so many examples by default, 50 times as many in a long run.

    Only the long run makes a failing example small: that takes minutes.
    """
    profile = settings.get_profile(f"ocppkit-{_CHOSEN}")
    return settings(profile, max_examples=count * _TIMES)
