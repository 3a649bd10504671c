"""What must fit together in a configuration although each part by itself is right."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ocppkit.message import Version
from ocppkit.security.profile import PROFILES
from ocppkit.station.settings.equipment import Current, EvseSettings, StationTable
from ocppkit.station.settings.mistakes import KeyPath, Mistake
from ocppkit.station.settings.network import FIRST_SLOT, Csms
from ocppkit.station.settings.values import VariableValue

__all__ = ["check_csms", "check_evses", "check_identity", "check_places"]


def check_csms(csms: Csms) -> Iterator[Mistake]:
    """Whether the ways to the CSMS can be gone."""
    if csms.url is None and not csms.profiles:
        yield Mistake(("csms", "url"), "missing: expected the ws:// or wss:// URL of the CSMS")
    if csms.url is not None and csms.profiles:
        yield Mistake(("csms", "url"), "expected nothing beside csms.profiles")
    slots: list[int] = []
    for index, profile in enumerate(csms.profiles):
        path: KeyPath = ("csms", "profiles", index)
        if profile.slot in slots:
            yield Mistake((*path, "slot"), f"expected another slot: {profile.slot} is taken")
        slots.append(profile.slot)
        number = profile.security_profile
        own = csms.security_profile if number is None else number
        yield from _check_security(csms, profile.url, own, path)
        yield from _check_unsecured(csms, own, profile.versions or csms.versions, path)
        if profile.versions and (missing := set(profile.versions) - set(csms.versions)):
            names = ", ".join(sorted(version.removeprefix("ocpp") for version in missing))
            yield Mistake((*path, "versions"), f"expected some of csms.versions, not {names}")
    if csms.url is not None and not csms.profiles:
        slots = [FIRST_SLOT]
        yield from _check_security(csms, csms.url, csms.security_profile, ("csms",))
        yield from _check_unsecured(csms, csms.security_profile, csms.versions, ("csms",))
    if csms.priority and slots and set(csms.priority) != set(slots):
        listed = ", ".join(map(str, slots))
        yield Mistake(("csms", "priority"), f"expected each of the slots {listed} once")


def _check_security(csms: Csms, url: str, number: int | None, path: KeyPath) -> Iterator[Mistake]:
    if number is None:
        return
    profile = PROFILES[number]
    if urlsplit(url).scheme != profile.scheme:
        expected = f"expected a {profile.scheme}:// URL for security profile {number}"
        yield Mistake((*path, "url"), expected)
    elif profile.password and csms.password is None:
        needed = f"missing: security profile {number} needs it"
        yield Mistake(("csms", "password"), needed)


def _check_unsecured(
    csms: Csms, number: int | None, versions: tuple[Version, ...], path: KeyPath
) -> Iterator[Mistake]:
    if number != 0:
        return
    if set(versions) != {Version.V16}:
        yield Mistake((*path, "security_profile"), "expected 1 to 3: 0 exists in 1.6 only")
    elif not csms.allow_unsecured:
        expected = "expected 1 to 3, or csms.allow_unsecured: 0 authenticates nobody"
        yield Mistake((*path, "security_profile"), expected)


def check_identity(station: StationTable, csms: Csms) -> Iterator[Mistake]:
    """Whether the identity can be a user name (RFC 7617 §2)."""
    if csms.password is not None and ":" in station.identity:
        yield Mistake(("station", "identity"), "expected no colon where there is a password")


def check_evses(evses: tuple[EvseSettings, ...]) -> Iterator[Mistake]:
    """Whether the EVSEs can be built."""
    for index, evse in enumerate(evses):
        if evse.current is Current.AC and evse.phases == 0:
            yield Mistake(("evse", index, "phases"), "expected 1 to 3 for AC, got 0")


def check_places(
    variables: tuple[VariableValue, ...], evses: tuple[EvseSettings, ...]
) -> Iterator[Mistake]:
    """Whether the EVSEs and connectors that variables name are there."""
    for one in variables:
        path: KeyPath = ("v201", "variables", one.id.component, one.id.variable)
        if one.id.evse is not None and one.id.evse > len(evses):
            yield Mistake(path, f"expected an EVSE of 1 to {len(evses)}, got {one.id.evse}")
        elif one.id.evse is not None and one.id.connector is not None:
            most = len(evses[one.id.evse - 1].connector)
            if one.id.connector > most:
                got = one.id.connector
                yield Mistake(path, f"expected a connector of 1 to {most}, got {got}")
