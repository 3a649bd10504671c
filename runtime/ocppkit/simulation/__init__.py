"""A simulated world around a station: an EV, a meter, and the equipment between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocppkit.lazy import attach

if TYPE_CHECKING:
    from ocppkit.simulation.ev import SimulatedEv as SimulatedEv
    from ocppkit.simulation.happening import Happening as Happening
    from ocppkit.simulation.hardware import SimulatedHardware as SimulatedHardware
    from ocppkit.simulation.meter import SimulatedMeter as SimulatedMeter
    from ocppkit.simulation.signing import MeterSigner as MeterSigner
    from ocppkit.simulation.world import SimulatedWorld as SimulatedWorld

__all__ = [
    "Happening",
    "MeterSigner",
    "SimulatedEv",
    "SimulatedHardware",
    "SimulatedMeter",
    "SimulatedWorld",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "Happening": "ocppkit.simulation.happening",
        "MeterSigner": "ocppkit.simulation.signing",
        "SimulatedEv": "ocppkit.simulation.ev",
        "SimulatedHardware": "ocppkit.simulation.hardware",
        "SimulatedMeter": "ocppkit.simulation.meter",
        "SimulatedWorld": "ocppkit.simulation.world",
    },
)
