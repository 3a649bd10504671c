"""The variables of meter values (2.0.1 Part 2 §2.7)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from ocppkit.station.capabilities import Capability
from ocppkit.station.core import StationCore
from ocppkit.station.transaction import Policy
from ocppkit.station.v201.j_meter_values import Measurands
from ocppkit.station.v201.j_public_key import PublicKeys, WithPublicKey
from ocppkit.station.v201.variable_rows import fixed, flag, number
from ocppkit.station.v201.variables import Variable, members
from ocppkit.v201 import MeasurandEnumType

__all__ = ["meter_variables"]

_ALIGNED: Final = "AlignedDataCtrlr"
_SAMPLED: Final = "SampledDataCtrlr"
_MEASURANDS: Final = tuple(measurand.value for measurand in MeasurandEnumType)
_DAY: Final = 86_400  # seconds


def meter_variables(
    core: StationCore, policy: Policy, measurands: Measurands, public_keys: PublicKeys
) -> list[Variable]:
    """Those of what is measured and when, and how that is told."""

    def sample_anew() -> None:
        for evse in core.evses.values():
            evse.sample_anew()

    align_anew = core.clock_aligned.align_anew
    measured = partial(_measured, policy, measurands)
    return [
        fixed(_ALIGNED, "Available", "true"),
        flag(_ALIGNED, "Enabled", policy, "aligned_enabled", then=align_anew),
        number(_ALIGNED, "Interval", policy, "aligned_interval", then=align_anew, maximum=_DAY),
        measured(_ALIGNED, "Measurands", "aligned"),
        *(_in_idle(policy, evse) for evse in (0, *core.evses)),
        number(
            _ALIGNED,
            "TxEndedInterval",
            policy,
            "ended_aligned_interval",
            then=align_anew,
            maximum=_DAY,
        ),
        measured(_ALIGNED, "TxEndedMeasurands", "aligned_ended"),
        fixed(_SAMPLED, "Available", "true"),
        flag(_SAMPLED, "Enabled", policy, "sampled_enabled", then=sample_anew),
        flag(_SAMPLED, "RegisterValuesWithoutPhases", measurands, "register_without_phases"),
        number(_SAMPLED, "TxEndedInterval", policy, "ended_sample_interval", then=sample_anew),
        measured(_SAMPLED, "TxEndedMeasurands", "ended"),
        measured(_SAMPLED, "TxStartedMeasurands", "started"),
        number(_SAMPLED, "TxUpdatedInterval", policy, "sample_interval", then=sample_anew),
        measured(_SAMPLED, "TxUpdatedMeasurands", "updated", then=sample_anew),
        *_signing(core, policy, public_keys),
        *_rotations(core),
    ]


def _measured(
    policy: Policy,
    measurands: Measurands,
    component: str,
    name: str,
    attribute: str,
    *,
    then: Callable[[], None] | None = None,
) -> Variable:
    def take(text: str) -> None:
        wanted = [MeasurandEnumType(part) for part in members(text)]
        setattr(measurands, attribute, tuple(dict.fromkeys(wanted)))  # each once
        policy.tells_aligned = bool(measurands.aligned)
        policy.tells_sampled = bool(measurands.updated)
        if then is not None:
            then()

    return Variable(
        component=component,
        name=name,
        get=lambda: ",".join(getattr(measurands, attribute)),
        set=take,
        values=_MEASURANDS,
    )


def _in_idle(policy: Policy, evse: int) -> Variable:
    """Of the whole station, for 0 (J01.FR.19, J01.FR.20)."""
    places = policy.aligned_in_idle
    return Variable(
        component=_ALIGNED,
        name="SendDuringIdle",
        evse=evse or None,
        get=lambda: str(evse in places).lower(),
        set=lambda text: (places.add if text == "true" else places.discard)(evse),
    )


def _signing(core: StationCore, policy: Policy, public_keys: PublicKeys) -> list[Variable]:
    """None without a meter that signs: they are not to be reported then (2.0.1 §2.7.14)."""
    if not core.hardware.can(Capability.SIGNED_METER):
        return []
    return [
        flag(_ALIGNED, "SignReadings", policy, "sign_aligned"),
        flag(_SAMPLED, "SignReadings", policy, "sign_sampled"),
        Variable(
            component="OCPPCommCtrlr",
            name="PublicKeyWithSignedMeterValue",
            get=lambda: public_keys.when.value,
            set=lambda text: setattr(public_keys, "when", WithPublicKey(text)),
            values=tuple(WithPublicKey),
        ),
    ]


def _rotations(core: StationCore) -> list[Variable]:
    """How the phases of EVSEs and connectors are wired (J01.FR.13, J02.FR.09).

    The station tells it and has no use for it: meters report as they are connected (J01.FR.11).
    """
    return [
        _rotation("EVSE", evse.id, None, phases)
        for evse in core.evses.values()
        if (phases := core.hardware.description.evses[evse.id - 1].phases)
    ] + [
        _rotation("Connector", evse.id, number, phases)
        for evse in core.evses.values()
        for number in evse.connectors
        if (phases := core.hardware.description.evses[evse.id - 1].phases)
    ]


def _rotation(component: str, evse: int, connector: int | None, phases: int) -> Variable:
    # Unknown at first; a phase that is not connected is an x.
    told = [""]
    letters = {1: ("Rxx", "Sxx", "Txx"), 2: ("RSx", "SRx", "RTx", "TRx", "STx", "TSx")}
    return Variable(
        component=component,
        name="PhaseRotation",
        evse=evse,
        connector=connector,
        get=lambda: told[0],
        set=lambda text: told.__setitem__(0, text),
        values=letters.get(phases, ("RST", "RTS", "SRT", "STR", "TRS", "TSR")),
    )
