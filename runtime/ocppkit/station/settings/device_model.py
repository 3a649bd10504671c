"""The table ``[device_model]``: what is in the device model beside the station's own."""

from __future__ import annotations

from pathlib import Path

from attrs import field, frozen

from ocppkit.station.settings.about import about, folder, items
from ocppkit.value import Value

__all__ = ["DeviceModelSettings"]


@frozen(kw_only=True, eq=False, repr=False)
class DeviceModelSettings(Value):
    """Where components and variables of the integrator's own come from."""

    files: tuple[Path, ...] = field(
        default=(),
        metadata=about(
            "Components in TOML or JSON, also libocpp's; of a folder all files by name.",
            items(folder("file or a folder")),
            example=["components/fan.toml"],
        ),
    )
