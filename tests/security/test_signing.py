from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.security import (
    ChainReason,
    Rejection,
    RejectionReason,
    Usage,
    ValidChain,
    check_signed,
    expiry_watch,
    invalid_own_certificate_event,
    retry_delay,
)

from .pki import CSO, DAY, NOW, SERIAL, Holder, new_key, new_root

ROOT = new_root()
SUB = ROOT.issue("Sub CA", ca=True)
KEY = new_key()


def signed(issuer: Holder = SUB, name: str = SERIAL, **changed: Any) -> str:
    return issuer.issue(name, key=KEY, **changed).chain_pem


def judge(pem: str, **changed: Any) -> ValidChain | Rejection:
    settings: dict[str, Any] = {
        "requested": KEY.public_key(),
        "roots": [ROOT.certificate],
        "now": NOW,
        "usage": Usage.TLS_CLIENT,
        "common_name": SERIAL,
        "organization": CSO,
        **changed,
    }
    return check_signed(pem, **settings)


def rejection(pem: str, **changed: Any) -> Rejection:
    judged = judge(pem, **changed)
    assert isinstance(judged, Rejection)
    return judged


@pytest.mark.requirement("A02.FR.06", "1.6-SEC A02.FR.06")
@pytest.mark.requirement("1.6-SEC A03.FR.06")
def test_the_certificate_that_was_asked_for_is_accepted_with_its_chain() -> None:
    judged = judge(signed())

    assert isinstance(judged, ValidChain)
    assert judged.chain[1:] == (SUB.certificate,)
    assert judged.root == ROOT.certificate


def test_the_root_may_come_along() -> None:
    judged = judge(signed() + ROOT.pem)

    assert isinstance(judged, ValidChain)
    assert ROOT.certificate not in judged.chain


@pytest.mark.requirement("A02.FR.07", "1.6-SEC A02.FR.07")
@pytest.mark.parametrize(
    ("pem", "reason"),
    [
        ("nonsense", RejectionReason.UNREADABLE),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            RejectionReason.UNREADABLE,
        ),
        (SUB.issue(SERIAL).chain_pem, RejectionReason.OTHER_KEY),
        (signed(name="CS-0002"), RejectionReason.OTHER_NAME),
        (signed(organization="Other"), RejectionReason.OTHER_ORGANIZATION),
        (signed(organization=None), RejectionReason.OTHER_ORGANIZATION),
    ],
)
@pytest.mark.requirement("1.6-SEC A03.FR.07")
def test_a_certificate_that_does_not_fit_is_rejected_and_reported(
    pem: str, reason: RejectionReason
) -> None:
    judged = rejection(pem)

    assert judged.reason is reason
    assert judged.is_security_event
    assert invalid_own_certificate_event(Version.V201) == "InvalidChargingStationCertificate"
    assert invalid_own_certificate_event(Version.V16) == "InvalidChargePointCertificate"


@pytest.mark.parametrize(
    ("pem", "reason"),
    [
        (signed(not_after=NOW - DAY / 2), ChainReason.EXPIRED),
        (signed(not_before=NOW + timedelta(seconds=1)), ChainReason.NOT_YET_VALID),
        (signed(new_root("Other Root")), ChainReason.UNKNOWN_ROOT),
        (signed(new_root()), ChainReason.BROKEN_SIGNATURE),
        (signed(usage=["key_encipherment"]), ChainReason.WRONG_USAGE),
    ],
)
def test_a_chain_that_is_not_valid_is_rejected_with_its_reason(
    pem: str, reason: ChainReason
) -> None:
    judged = rejection(pem)

    assert judged.reason is RejectionReason.INVALID_CHAIN
    assert judged.problem is not None
    assert judged.problem.reason is reason
    assert str(judged).endswith(reason.value)


@pytest.mark.requirement("A02.FR.16")
def test_a_chain_that_is_too_large_is_rejected_unread() -> None:
    pem = signed()

    judged = rejection(pem, max_size=len(pem) - 1)
    assert judged.reason is RejectionReason.TOO_LARGE
    assert not judged.is_security_event
    assert isinstance(judge(pem, max_size=len(pem)), ValidChain)


def test_a_certificate_that_nobody_asked_for_is_rejected() -> None:
    assert rejection(signed(), requested=None).reason is RejectionReason.NOT_REQUESTED


@pytest.mark.requirement("A02.FR.17")
@pytest.mark.requirement("A02.FR.18")
@pytest.mark.requirement("A02.FR.19")
def test_the_wait_for_a_signature_doubles_as_often_as_configured_and_then_ends() -> None:
    delays = [retry_delay(n, wait_minimum_s=30, repeat_times=2) for n in range(5)]

    assert delays == [30, 60, 120, None, None]


def test_without_repeats_the_request_is_sent_again_once() -> None:
    assert [retry_delay(n, wait_minimum_s=30, repeat_times=0) for n in range(2)] == [30, None]


def test_what_cannot_be_configured_is_refused() -> None:
    for resent, wait, repeats in ((-1, 1, 1), (0, -1, 1), (0, 1, -1)):
        with pytest.raises(ValueError, match="not negative"):
            retry_delay(resent, wait_minimum_s=wait, repeat_times=repeats)


@pytest.mark.requirement("A03.FR.02", "1.6-SEC A03.FR.02")
def test_a_certificate_is_due_a_month_before_its_end_and_until_then_looked_at_no_more() -> None:
    soon = ROOT.issue("soon", not_before=NOW - 300 * DAY, not_after=NOW + 29 * DAY).certificate
    gone = ROOT.issue("gone", not_before=NOW - 300 * DAY, not_after=NOW - DAY).certificate
    later = ROOT.issue("later", not_after=NOW + 100 * DAY).certificate
    latest = ROOT.issue("latest", not_after=NOW + 200 * DAY).certificate

    watch = expiry_watch([latest, soon, later, gone], now=NOW)

    assert watch.due == (gone, soon)
    assert watch.next_look == NOW + 70 * DAY


def test_a_short_lived_certificate_is_renewed_in_its_last_third() -> None:
    daily = ROOT.issue("daily", not_before=NOW, not_after=NOW + 3 * DAY).certificate

    assert expiry_watch([daily], now=NOW).next_look == NOW + 2 * DAY
    assert expiry_watch([daily], now=NOW + 2 * DAY).due == (daily,)
    assert expiry_watch([], now=NOW).next_look is None
