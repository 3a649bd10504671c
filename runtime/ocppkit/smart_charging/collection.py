"""The charging profiles of a station as a tuple that never changes: each change makes another."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import evolve, frozen

from ocppkit import v16, v201
from ocppkit.smart_charging.change import Change
from ocppkit.smart_charging.messages import purpose_from_v16
from ocppkit.smart_charging.model import Installed, Purpose, Transaction, same_transaction

__all__ = [
    "Change",
    "bind",
    "clear_v16",
    "clear_v201",
    "install_v16",
    "install_v201",
    "select",
    "without_transaction",
]


def install_v16(installed: Iterable[Installed], new: Installed) -> Change:
    """Install what a SetChargingProfile or RemoteStartTransaction of 1.6 brought.

    It replaces the profile of the same id, and the one of the same purpose and stack level on the
    same connector (§3.13.2, §5.16.3); also one that came with the start of the transaction, whether
    it has the transaction's id by now or not (errata 3.42).
    """

    def replaced(each: Installed) -> bool:
        old, profile = each.profile, new.profile
        same_place = each.evse == new.evse and old.purpose is profile.purpose
        return old.id == profile.id or (same_place and old.stack_level == profile.stack_level)

    return _install(installed, new, replaced)


def install_v201(installed: Iterable[Installed], new: Installed) -> Change:
    """Install what 2.0.1 checked: it replaces the profile of the same id (K01.FR.05)."""
    return _install(installed, new, lambda each: each.profile.id == new.profile.id)


def clear_v16(installed: Iterable[Installed], request: v16.ClearChargingProfileRequest) -> Change:
    """Clear what a request of 1.6 says: an id alone, else all that fits the rest (errata 3.26).

    Nothing removed is answered with ``Unknown``.
    """
    purpose = request.charging_profile_purpose
    selection = _Selection(
        evse=request.connector_id,
        purpose=None if purpose is None else purpose_from_v16(purpose),
        stack_level=request.stack_level,
    )
    return _clear(installed, request.id, selection)


def clear_v201(installed: Iterable[Installed], request: v201.ClearChargingProfileRequest) -> Change:
    """Clear what a request of 2.0.1 says: an id alone, else all that fits the criteria (K10).

    A request that says nothing fits all, as in 1.6. Nothing removed is answered with ``Unknown``
    (K10.FR.01, .08, .09).
    """
    criteria = request.charging_profile_criteria or v201.ClearChargingProfileType()
    purpose = criteria.charging_profile_purpose
    selection = _Selection(
        evse=criteria.evse_id,
        purpose=None if purpose is None else Purpose(purpose),
        stack_level=criteria.stack_level,
    )
    return _clear(installed, request.charging_profile_id, selection)


def select(
    installed: Iterable[Installed], request: v201.GetChargingProfilesRequest
) -> tuple[Installed, ...]:
    """The profiles that a GetChargingProfilesRequest asks for: those that fit all that it says.

    Those of EVSE 0 belong to the station, also where they have effect elsewhere (K09.FR.04-06).
    """
    criteria = request.charging_profile
    ids, sources = criteria.charging_profile_id, criteria.charging_limit_source
    purpose = criteria.charging_profile_purpose
    selection = _Selection(
        evse=request.evse_id,
        purpose=None if purpose is None else Purpose(purpose),
        stack_level=criteria.stack_level,
    )
    return tuple(
        each
        for each in installed
        if selection.fits(each)
        and (ids is None or each.profile.id in ids)
        and (sources is None or each.source.value in sources)
    )


def without_transaction(installed: Iterable[Installed], transaction: Transaction) -> Change:
    """Remove the profiles of a transaction that ended (K02.FR.05, 1.6 §3.13.1)."""
    return _split(installed, lambda each: _belongs(each, transaction))


def bind(installed: Iterable[Installed], transaction: Transaction) -> tuple[Installed, ...]:
    """Give the TxProfiles that wait for a transaction its id (1.6 §5.16.2, K05.FR.03).

    They came with the request to start it, or in 1.6 while it had no id yet.
    """
    return tuple(
        evolve(each, profile=evolve(each.profile, transaction_id=transaction.id))
        if each.profile.transaction_id is None and _belongs(each, transaction)
        else each
        for each in installed
    )


def _install(
    installed: Iterable[Installed], new: Installed, replaced: Callable[[Installed], bool]
) -> Change:
    kept, removed = _split(installed, replaced)
    return Change((*kept, new), removed)


@frozen(kw_only=True)
class _Selection:
    """What profiles are chosen by; None chooses any."""

    evse: int | None
    purpose: Purpose | None
    stack_level: int | None

    def fits(self, each: Installed) -> bool:
        return (
            self.evse in {None, each.evse}
            and self.purpose in {None, each.profile.purpose}
            and self.stack_level in {None, each.profile.stack_level}
        )


def _clear(installed: Iterable[Installed], profile_id: int | None, selection: _Selection) -> Change:
    def cleared(each: Installed) -> bool:
        if each.profile.purpose is Purpose.EXTERNAL_CONSTRAINTS:  # not the CSMS's (K10.FR.08, .09)
            return False
        return selection.fits(each) if profile_id is None else each.profile.id == profile_id

    return _split(installed, cleared)


def _split(installed: Iterable[Installed], goes: Callable[[Installed], bool]) -> Change:
    kept: list[Installed] = []
    removed: list[Installed] = []
    for each in installed:
        (removed if goes(each) else kept).append(each)
    return Change(tuple(kept), tuple(removed))


def _belongs(each: Installed, transaction: Transaction) -> bool:
    profile = each.profile
    if profile.purpose is not Purpose.TX or each.evse != transaction.evse:
        return False
    own = profile.transaction_id
    return own is None or same_transaction(own, transaction.id)
