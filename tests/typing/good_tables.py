"""The tables as a type checker sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, assert_type

from ocppkit.v16 import KEYS, Core, CostAndPrice
from ocppkit.v201 import (
    VARIABLES,
    AnyComponent,
    ClockCtrlr,
    OCPPCommCtrlr,
    ReasonCode,
    SecurityEvent,
    Unit,
)
from ocppkit.variable import ConfigurationKey, Mutability, Variable

assert_type(OCPPCommCtrlr.HEARTBEAT_INTERVAL, Variable[int])
assert_type(OCPPCommCtrlr.HEARTBEAT_INTERVAL.parse("5"), int)
assert_type(OCPPCommCtrlr.HEARTBEAT_INTERVAL.format(5), str)
assert_type(OCPPCommCtrlr.HEARTBEAT_INTERVAL.default, int | None)
assert_type(OCPPCommCtrlr.HEARTBEAT_INTERVAL.mutability, Mutability | None)
assert_type(OCPPCommCtrlr.QUEUE_ALL_MESSAGES.parse("true"), bool)
assert_type(OCPPCommCtrlr.NETWORK_CONFIGURATION_PRIORITY.parse("1,2"), tuple[str, ...])
assert_type(ClockCtrlr.DATE_TIME.parse("2024-01-01T00:00:00Z"), datetime)
assert_type(AnyComponent.POWER.parse("1.5"), float)
assert_type(VARIABLES, dict[tuple[str, str, str | None], Variable[Any]])
assert_type(Core.HEARTBEAT_INTERVAL.parse("5"), int)
assert_type(Core.METER_VALUES_SAMPLED_DATA.parse("Voltage"), tuple[str, ...])
assert_type(CostAndPrice.DEFAULT_PRICE, ConfigurationKey[Any])
assert_type(KEYS, dict[str, ConfigurationKey[Any]])
assert_type(SecurityEvent.MEMORY_EXHAUSTION.critical, bool)
assert_type(ReasonCode("NoError"), ReasonCode)
assert_type(Unit("A"), Unit)
