from __future__ import annotations

from ocppkit.v16.codes import SecurityEvent as SecurityEvent16
from ocppkit.v201.codes import ReasonCode, SecurityEvent, Unit
from ocppkit.v201.device_model import VARIABLES


def test_a_code_is_its_text_on_the_wire() -> None:
    assert str(ReasonCode.CS_NOT_ACCEPTED) == "CSNotAccepted"
    assert str(Unit.KWH) == "kWh"
    assert (len(ReasonCode), len(Unit)) == (46, 33)


def test_every_unit_of_a_variable_is_a_unit() -> None:
    assert {unit for variable in VARIABLES.values() for unit in variable.units} <= set(Unit)


def test_an_event_says_whether_it_is_critical() -> None:
    assert SecurityEvent.TAMPER_DETECTION_ACTIVATED.critical
    assert not SecurityEvent.INVALID_MESSAGES.critical
    assert sum(event.critical for event in SecurityEvent) == 15


def test_the_versions_differ_in_what_is_critical() -> None:
    assert SecurityEvent.INVALID_FIRMWARE_SIGNATURE.critical
    assert not SecurityEvent16.INVALID_FIRMWARE_SIGNATURE.critical
    assert (len(SecurityEvent), len(SecurityEvent16)) == (20, 18)
