"""The tables of ``station.toml`` about what the station is."""

from __future__ import annotations

from enum import StrEnum

from attrs import field, frozen

from ocppkit.station.settings.about import (
    FLAG,
    about,
    choice,
    integer,
    number,
    repeated,
    text,
)
from ocppkit.value import Value

__all__ = ["ConnectorSettings", "Current", "EvseSettings", "Limits", "StationTable"]


class Current(StrEnum):
    """What a connector gives."""

    AC = "AC"
    DC = "DC"


@frozen(kw_only=True, eq=False, repr=False)
class StationTable(Value):
    """Who the station is."""

    identity: str = field(
        metadata=about("The station's identity, as the CSMS knows it.", text(48), example="CS001")
    )
    vendor: str = field(default="ocppkit", metadata=about("Who made the station.", text(20)))
    model: str = field(default="Station", metadata=about("The model of the station.", text(20)))
    serial_number: str | None = field(
        default=None,
        metadata=about(
            "The station's serial number; beside --hardware it counts where the class says none.",
            text(25),
            example="SN-0001",
        ),
    )
    charge_box_serial_number: str | None = field(
        default=None,
        metadata=about("1.6 only: an older serial number.", text(25), example="CB-0001"),
    )
    firmware_version: str | None = field(
        default=None, metadata=about("The version of the firmware.", text(50), example="1.0.0")
    )
    meter_type: str | None = field(
        default=None, metadata=about("1.6 only: the main meter's type.", text(25), example="M1")
    )
    meter_serial_number: str | None = field(
        default=None,
        metadata=about("1.6 only: the main meter's serial number.", text(25), example="M-0001"),
    )
    iccid: str | None = field(
        default=None,
        metadata=about("The ICCID of the modem's SIM.", text(20), example="8931080000000000000"),
    )
    imsi: str | None = field(
        default=None,
        metadata=about("The IMSI of the modem's SIM.", text(20), example="204080000000000"),
    )
    hardware_timeout: float = field(
        default=5.0,
        metadata=about("How long the equipment may take to obey.", number(above=0), unit="s"),
    )


@frozen(kw_only=True, eq=False, repr=False)
class ConnectorSettings(Value):
    """A connector of an EVSE."""

    type: str = field(
        default="sType2",
        metadata=about('As 2.0.1 names it: "cType2", "sType2", "cCCS2", ...', text(20)),
    )
    tethered: bool = field(
        default=False, metadata=about("Whether the cable is fixed to the station.", FLAG)
    )
    cable_lock: bool = field(
        default=True,
        metadata=about("Whether the cable can be locked; of no account if tethered.", FLAG),
    )


@frozen(kw_only=True, eq=False, repr=False)
class EvseSettings(Value):
    """An EVSE; numbered from 1 in the order of the file."""

    current: Current = field(default=Current.AC, metadata=about("What it gives.", choice(Current)))
    phases: int = field(
        default=3,
        metadata=about("How many phases it is fed with; 1 to 3, 0 only for DC.", integer(0, 3)),
    )
    voltage_v: float = field(
        default=230.0,
        metadata=about(
            "Of a phase against neutral; of the output for DC.", number(above=0), unit="V"
        ),
    )
    max_power_w: float = field(
        default=22_000.0, metadata=about("What it can give.", number(above=0), unit="W")
    )
    max_current_a: float | None = field(
        default=None,
        metadata=about(
            "What it can give on a phase; unless set, as much as the power allows.",
            number(above=0),
            unit="A",
            example=32.0,
        ),
    )
    connector: tuple[ConnectorSettings, ...] = field(
        default=(ConnectorSettings(),),
        metadata=about(
            "Its connectors, of which one is used at a time; numbered from 1.",
            repeated(ConnectorSettings),
        ),
    )

    def power_w(self) -> float:
        """What it can give by its power and its current, in W."""
        if self.max_current_a is None:
            return self.max_power_w
        return min(self.max_power_w, self.max_current_a * self.voltage_v * max(self.phases, 1))


@frozen(kw_only=True, eq=False, repr=False)
class Limits(Value):
    """What the grid gives the station as a whole."""

    max_power_w: float | None = field(
        default=None,
        metadata=about(
            "Together; no limit unless set.", number(above=0), unit="W", example=44000.0
        ),
    )
    max_current_a: float | None = field(
        default=None,
        metadata=about("On a phase; no limit unless set.", number(above=0), unit="A", example=63.0),
    )
    own_power_w: float = field(
        default=0.0,
        metadata=about("What the station itself uses of it.", number(minimum=0), unit="W"),
    )
    phases: int = field(default=3, metadata=about("How many there are.", integer(1, 3)))
    voltage_v: float = field(
        default=230.0, metadata=about("Of a phase against neutral.", number(above=0), unit="V")
    )
