"""The charging profile that a RequestStartTransactionRequest brings (F01.FR.08 - FR.11, K05)."""

from __future__ import annotations

from attrs import evolve

from ocppkit.smart_charging.change import Change
from ocppkit.smart_charging.collection import install_v201
from ocppkit.smart_charging.messages import from_v201
from ocppkit.smart_charging.model import Installed, Profile
from ocppkit.smart_charging.validation import Violation
from ocppkit.smart_charging.validation_v201 import check_request_start_v201
from ocppkit.station.core import StationCore
from ocppkit.station.evse import Evse
from ocppkit.station.transaction import Authorization
from ocppkit.v201 import ChargingProfileType

__all__ = ["brought", "hold"]


def brought(core: StationCore, evse: Evse, profile: ChargingProfileType) -> Profile | Violation:
    """The profile for the transaction at an EVSE, or why it cannot be (F01.FR.26)."""
    own = from_v201(profile)
    view = core.limits.situation.view(core.limits.profiles.all)
    return check_request_start_v201(evse.id, own, view) or own


def hold(core: StationCore, evse: Evse, authorization: Authorization, profile: Profile) -> None:
    """Install a profile once the transaction bears what an authorization permits (F01.FR.10)."""

    def changing(installed: tuple[Installed, ...]) -> Change:
        transaction = evse.transaction
        bound = evolve(profile, transaction_id=transaction.id if transaction else None)
        return install_v201(installed, Installed(evse=evse.id, profile=bound))

    core.limits.profiles.hold(evse.id, authorization, changing)
