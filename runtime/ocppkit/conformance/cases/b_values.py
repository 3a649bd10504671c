"""Block B, provisioning: values that do not have the form of their variable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from attrs import frozen

from ocppkit.conformance.case import Case, case
from ocppkit.conformance.cases._b_helpers import with_reason
from ocppkit.conformance.checks import Matcher, fields, one_of, optional
from ocppkit.conformance.inventory import Key, key_of
from ocppkit.v201 import (
    AttributeEnumType,
    AuthCtrlr,
    ClockCtrlr,
    OCPPCommCtrlr,
    SetVariableDataType,
    SetVariablesRequest,
    SetVariableStatusEnumType,
    SmartChargingCtrlr,
)

__all__ = ["tc_b_11_cs"]

_Status = SetVariableStatusEnumType
_ACCEPTED: Final = one_of(_Status.ACCEPTED)
_EITHER: Final = one_of(_Status.ACCEPTED, _Status.REJECTED)
_REJECTED: Final = one_of(_Status.REJECTED)


@frozen(kw_only=True)
class _Asked:
    """A variable that is set to everything.

    Attributes:
        step: of the answer.
        key: the variable.
        fits: whether a text has its form.
        taken: what the answer to such a text says.
    """

    step: int
    key: Key
    fits: Callable[[str], bool]
    taken: Matcher = _EITHER


def _reads_as(kind: Callable[[str], object]) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        try:
            _ = kind(text)
        except ValueError:
            return False
        return True

    return fits


_ASKED: Final = (
    _Asked(
        step=2,
        key=key_of(OCPPCommCtrlr.OFFLINE_THRESHOLD),
        fits=_reads_as(int),
        taken=_ACCEPTED,
    ),
    _Asked(
        step=4,
        key=key_of(SmartChargingCtrlr.LIMIT_CHANGE_SIGNIFICANCE),
        fits=_reads_as(float),
    ),
    _Asked(
        step=6,
        key=key_of(AuthCtrlr.AUTHORIZE_REMOTE_START),
        fits=lambda text: text == "true",
        taken=_ACCEPTED,
    ),
    _Asked(
        step=8,
        key=key_of(ClockCtrlr.NEXT_TIME_OFFSET_TRANSITION_DATE_TIME),
        fits=_reads_as(datetime.fromisoformat),
    ),
)


@case
async def tc_b_11_cs(t: Case) -> None:
    """A value that does not have the form of its variable is rejected."""
    asked = [each for each in _ASKED if _settable(t, each.key)]
    t.variables.keep(*(each.key for each in asked))

    threshold = t.settings.offline_threshold
    now = t.kit.clock.utc_now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for value in (f"{threshold}", f"{threshold + 0.1:g}", "true", now, "abc"):
        for each in asked:
            await _set(t, each, value)


def _settable(t: Case, key: Key) -> bool:
    item = t.inventory.get(key)
    return item is not None and item.writable


async def _set(t: Case, asked: _Asked, value: str) -> None:
    key = asked.key
    wanted = SetVariableDataType(
        component=key.component_type, variable=key.variable_type, attribute_value=value
    )
    answer = await t.call(SetVariablesRequest(set_variable_data=[wanted]), asked.step)
    result = answer.set_variable_result[0]
    status = asked.taken if asked.fits(value) else _REJECTED
    for found in fields(attribute_status=status)(result):
        t.deviate(asked.step, f"{key}={value}: {found.path}", found.expected, found.came)
    t.check(
        asked.step,
        result,
        attribute_type=optional(AttributeEnumType.ACTUAL),
        component__name=key.component,
        variable__name=key.name,
        attribute_status_info=with_reason("InvalidValue"),
    )
