"""The variables of authorization, its cache, and Plug & Charge (2.0.1 Part 2 §2.3, §2.4, §2.14)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from ocppkit.authorization import Cached, Replacement
from ocppkit.message import Version
from ocppkit.station.contract import ContractPolicy
from ocppkit.station.core import StationCore
from ocppkit.station.id_token import IdTokenKind
from ocppkit.station.settings.plug_and_charge import PlugAndChargeSettings
from ocppkit.station.token_book import LARGEST_ROW, MOST_CACHED, TokenBook, row_size
from ocppkit.station.transaction import Policy
from ocppkit.station.v201.tokens import MOST_ADDITIONAL
from ocppkit.station.v201.variable_rows import fixed, flag
from ocppkit.station.v201.variables import Variable
from ocppkit.variable_terms import DataType

__all__ = [
    "LIFETIME",
    "authorization_variables",
    "contract_variables",
]

_AUTH: Final = "AuthCtrlr"
_CACHE: Final = "AuthCacheCtrlr"
_ISO15118: Final = "ISO15118Ctrlr"
LIFETIME: Final = timedelta(days=30)
"""How long an answer is cached, until the CSMS says otherwise."""
_FLAGS: Final = {True: "true", False: "false"}


def authorization_variables(core: StationCore, policy: Policy) -> list[Variable]:
    """Those of authorization and its cache.

    Args:
        core: the station.
        policy: what they change.
    """
    book = core.authorizing.books.of(Version.V201)
    return [
        fixed(_AUTH, "AdditionalInfoItemsPerMessage", str(MOST_ADDITIONAL)),
        flag(_AUTH, "AuthorizeRemoteStart", policy, "authorize_remote"),
        # Ours: the specification knows the ids of EVs, but not what switches their use on.
        flag(_AUTH, "AutochargeEnabled", policy, "autocharge", data_type=DataType.BOOLEAN),
        _inverse(_AUTH, "DisableRemoteAuthorization", policy, "asks"),
        flag(_AUTH, "Enabled", policy, "authorizes"),
        flag(_AUTH, "LocalAuthorizeOffline", policy, "authorize_offline"),
        flag(_AUTH, "LocalPreAuthorize", policy, "pre_authorize"),
        Variable(
            component=_AUTH,
            name="MasterPassGroupId",
            get=lambda: policy.master_pass_group,
            set=lambda text: setattr(policy, "master_pass_group", text),
            max_length=36,
        ),
        flag(_AUTH, "OfflineTxForUnknownIdEnabled", policy, "allow_offline_unknown"),
        fixed(_AUTH, "SupportedIdTokenTypes", ",".join(sorted(IdTokenKind, key=str.lower))),
        fixed(_CACHE, "Available", "true"),
        _inverse(_CACHE, "DisablePostAuthorize", policy, "asks_again_of_cached"),
        flag(_CACHE, "Enabled", policy, "cache_enabled"),
        _lifetime(book),
        Variable(
            component=_CACHE,
            name="Policy",
            get=lambda: book.cache.replacement,
            set=lambda text: setattr(book.cache, "replacement", Replacement(text)),
            values=tuple(Replacement),
        ),
        Variable(
            component=_CACHE,
            name="Storage",
            get=lambda: str(sum(map(_size, book.cache))),
            maximum=MOST_CACHED * LARGEST_ROW,
        ),
    ]


def contract_variables(
    policy: ContractPolicy, *, told: PlugAndChargeSettings, changed: Callable[[], None]
) -> list[Variable]:
    """Those of Plug & Charge, for a station that can do it.

    Args:
        policy: what they change.
        told: what the certificate names that EVs are shown, unless the CSMS says otherwise.
        changed: called when something is another.
    """

    def name(variable: str, attribute: str, own: str | None, most: int) -> Variable:
        def take(text: str) -> None:
            setattr(policy, attribute, text or None)
            changed()

        return Variable(
            component=_ISO15118,
            name=variable,
            get=lambda: getattr(policy, attribute) or own or "",
            set=take,
            max_length=most,
        )

    return [
        flag(_ISO15118, "CentralContractValidationAllowed", policy, "central"),
        flag(_ISO15118, "ContractCertificateInstallationEnabled", policy, "installs_contracts"),
        flag(_ISO15118, "ContractValidationOffline", policy, "offline"),
        name("CountryName", "country", told.secc_country, 2),
        name("OrganizationName", "organization", told.secc_organization, 64),
        flag(_ISO15118, "PnCEnabled", policy, "enabled", then=changed),
        name("SeccId", "secc_id", told.secc_common_name, 64),
        flag(_ISO15118, "V2GCertificateInstallationEnabled", policy, "installs_own", then=changed),
    ]


def _size(cached: Cached) -> int:
    return row_size(cached.token, cached.entry.group_id)


def _lifetime(book: TokenBook) -> Variable:
    def value() -> str:
        return str(int((book.cache.lifetime or LIFETIME).total_seconds()))

    def take(text: str) -> None:
        book.cache.lifetime = timedelta(seconds=int(text))

    return Variable(component=_CACHE, name="LifeTime", get=value, set=take, minimum=1)


def _inverse(component: str, name: str, policy: Policy, attribute: str) -> Variable:
    """One that is true where an attribute is not."""
    return Variable(
        component=component,
        name=name,
        get=lambda: _FLAGS[not getattr(policy, attribute)],
        set=lambda text: setattr(policy, attribute, text == "false"),
    )
