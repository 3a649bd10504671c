"""The configuration file ``station.toml``: its tables, how it is read, written and converted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocppkit.lazy import attach

if TYPE_CHECKING:
    from ocppkit.station.settings.document import StationSettings as StationSettings
    from ocppkit.station.settings.precedence import Sourced as Sourced
    from ocppkit.station.settings.precedence import configuration_values as configuration_values
    from ocppkit.station.settings.precedence import effective as effective
    from ocppkit.station.settings.precedence import variable_values as variable_values
    from ocppkit.station.settings.reading import load as load
    from ocppkit.station.settings.reading import parse as parse
    from ocppkit.station.settings.values import KeyValue as KeyValue
    from ocppkit.station.settings.values import Origin as Origin
    from ocppkit.station.settings.values import VariableValue as VariableValue
    from ocppkit.station.settings.writing import initial_configuration as initial_configuration

__all__ = [
    "KeyValue",
    "Origin",
    "Sourced",
    "StationSettings",
    "VariableValue",
    "configuration_values",
    "effective",
    "initial_configuration",
    "load",
    "parse",
    "variable_values",
]

__getattr__, __dir__ = attach(
    __name__,
    {
        "KeyValue": "ocppkit.station.settings.values",
        "Origin": "ocppkit.station.settings.values",
        "Sourced": "ocppkit.station.settings.precedence",
        "StationSettings": "ocppkit.station.settings.document",
        "VariableValue": "ocppkit.station.settings.values",
        "configuration_values": "ocppkit.station.settings.precedence",
        "effective": "ocppkit.station.settings.precedence",
        "initial_configuration": "ocppkit.station.settings.writing",
        "load": "ocppkit.station.settings.reading",
        "parse": "ocppkit.station.settings.reading",
        "variable_values": "ocppkit.station.settings.precedence",
    },
)
