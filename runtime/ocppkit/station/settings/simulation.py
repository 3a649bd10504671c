"""The table of ``station.toml`` about equipment that is simulated."""

from __future__ import annotations

from attrs import field, frozen

from ocppkit.station.settings.about import FLAG, about
from ocppkit.value import Value

__all__ = ["Simulation"]


@frozen(kw_only=True, eq=False, repr=False)
class Simulation(Value):
    """What simulated equipment has; of no account for any other."""

    signed_meter: bool = field(
        default=False,
        metadata=about("Whether its meters sign what they show; needs the extra security.", FLAG),
    )
    stop_menu: bool = field(
        default=False,
        metadata=about(
            "2.0.1 only: whether a master pass opens a screen to select on what it stops.", FLAG
        ),
    )
