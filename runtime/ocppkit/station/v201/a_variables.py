"""The variables of security (2.0.1 Part 2 §2.2; errata 2025-09 §2.1, §2.5, §2.62)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from attrs import define

from ocppkit.device_model.values import Unfit
from ocppkit.security.passwords import password_from_text
from ocppkit.station.config import StationConfig
from ocppkit.station.core import StationCore
from ocppkit.station.signing_policy import LARGEST_CHAIN, SigningPolicy
from ocppkit.station.v201.variable_change import FollowUp
from ocppkit.station.v201.variable_rows import fixed, flag, number
from ocppkit.station.v201.variables import Variable

__all__ = ["ClockPolicy", "most_of_chain", "security_variables"]

_SECURITY: Final = "SecurityCtrlr"
_CHAIN: Final = "MaxCertificateChainSize"
_LONGEST_PASSWORD: Final = 64  # characters; as many as the errata allow
_LONGEST_ORGANIZATION: Final = 64  # octets, as ours encode it (RFC 5280, ub-organization-name)
_YEAR: Final = 366 * 86_400  # seconds
_MOST_REPEATS: Final = 1000
_FLAGS: Final = {True: "true", False: "false"}


@define(kw_only=True)
class ClockPolicy:
    """What the variables say of the clock.

    Attributes:
        threshold: by how many seconds the time of day has to be put right for a security event
            (TimeAdjustmentReportingThreshold).
    """

    threshold: int = 20


def most_of_chain(config: StationConfig) -> int:
    """How many characters of a certificate chain the station takes (MaxCertificateChainSize)."""
    told = next(
        (
            each.value or ""
            for each in config.variables
            if (each.id.component, each.id.variable) == (_SECURITY, _CHAIN)
        ),
        "",
    )
    most = int(told) if told.isascii() and told.isdigit() else 0
    return min(most, LARGEST_CHAIN) if most > 0 else LARGEST_CHAIN


def security_variables(
    core: StationCore,
    policy: SigningPolicy,
    clock: ClockPolicy,
    *,
    wake: Callable[[], None],
) -> list[Variable]:
    """Those of a station.

    Args:
        core: the station.
        policy: of renewals; changed in place.
        clock: changed in place.
        wake: called when the policy of renewals is another.
    """
    security = core.security

    def take_organization(text: str) -> None:
        if not 0 < len(text.encode()) <= _LONGEST_ORGANIZATION or not text.isprintable():
            raise Unfit(f"expected 1 to {_LONGEST_ORGANIZATION} octets that print")
        policy.organization = text
        wake()

    return [
        fixed(
            _SECURITY,
            "AdditionalRootCertificateCheck",
            _FLAGS[security.replaces_csms_root],
            constant=True,
        ),
        flag(_SECURITY, "AllowCSMSTLSWildcards", security.certificates, "allow_wildcards"),
        # The operator's to say, as a lower profile is: not the CSMS's.
        fixed(
            _SECURITY,
            "AllowSecurityProfileDowngrade",
            _FLAGS[security.change.allow_downgrade],
            constant=True,
        ),
        Variable(
            component=_SECURITY,
            name="BasicAuthPassword",
            get=str,
            order=_password(core),
            max_length=_LONGEST_PASSWORD,
            readable=False,
        ),
        Variable(
            component=_SECURITY,
            name="CertificateEntries",
            get=lambda: str(security.certificates.entries),
            maximum=security.max_roots,
        ),
        number(
            _SECURITY,
            "CertSigningRepeatTimes",
            policy,
            "repeat_times",
            maximum=_MOST_REPEATS,
            then=wake,
        ),
        number(
            _SECURITY, "CertSigningWaitMinimum", policy, "wait_minimum", maximum=_YEAR, then=wake
        ),
        fixed(_SECURITY, "Identity", core.config.identity, constant=True),
        fixed(_SECURITY, _CHAIN, str(policy.max_chain_size), constant=True),
        Variable(
            component=_SECURITY,
            name="OrganizationName",
            get=lambda: policy.organization,
            set=take_organization,
        ),
        Variable(component=_SECURITY, name="SecurityProfile", get=lambda: str(security.current)),
        number("ClockCtrlr", "TimeAdjustmentReportingThreshold", clock, "threshold"),
    ]


def _password(core: StationCore) -> Callable[[str], Awaitable[FollowUp | None]]:
    """Takes the password for HTTP basic authentication (A01)."""

    async def reconnect() -> None:
        core.keeper.reconnect("the password is another")

    async def order(text: str) -> FollowUp | None:
        try:
            password = password_from_text(text, max_length=_LONGEST_PASSWORD)
        except ValueError as error:
            raise Unfit(str(error)) from None  # says its length at most
        return reconnect if await core.security.set_password(password) else None

    return order
