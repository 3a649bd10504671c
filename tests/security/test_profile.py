from __future__ import annotations

import pytest

from ocppkit.message import Version
from ocppkit.security import PROFILES, security_profile


@pytest.mark.parametrize(
    ("number", "scheme", "password", "client_certificate"),
    [(1, "ws", True, False), (2, "wss", True, False), (3, "wss", False, True)],
)
def test_each_profile_asks_for_its_means(
    number: int, scheme: str, password: bool, client_certificate: bool
) -> None:
    profile = security_profile(number, Version.V201)

    assert (profile.scheme, profile.password, profile.client_certificate) == (
        scheme,
        password,
        client_certificate,
    )


def test_no_security_is_for_1_6_only_and_must_be_allowed() -> None:
    assert security_profile(0, Version.V16, allow_unsecured=True) is PROFILES[0]
    with pytest.raises(ValueError, match="explicitly"):
        security_profile(0, Version.V16)
    with pytest.raises(ValueError, match=r"1\.6 only"):
        security_profile(0, Version.V201, allow_unsecured=True)


@pytest.mark.parametrize("number", [-1, 4])
def test_there_are_no_other_profiles(number: int) -> None:
    with pytest.raises(ValueError, match="no security profile"):
        security_profile(number, Version.V16)


@pytest.mark.requirement("A00.FR.001", "1.6-SEC A00.FR.001")
@pytest.mark.parametrize(
    ("number", "url", "password", "certificate", "missing"),
    [
        (2, "ws://csms", True, False, "wss URL"),
        (1, "wss://csms", True, False, "ws URL"),
        (1, "ws://csms", False, False, "password"),
        (2, "wss://csms", False, True, "password"),
        (3, "wss://csms", True, False, "certificate"),
        (3, "wss://csms", False, True, None),
        (2, "wss://csms", True, False, None),
    ],
)
def test_a_connection_that_is_not_of_the_profile_is_told(
    number: int, url: str, password: bool, certificate: bool, missing: str | None
) -> None:
    mismatch = PROFILES[number].mismatch(url, password=password, client_certificate=certificate)

    assert missing in mismatch if missing and mismatch else mismatch is missing
