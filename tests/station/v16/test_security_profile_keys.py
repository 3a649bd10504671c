"""Password and security profile are changed by configuration keys (whitepaper A01, A05, §7)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from ocppkit.connection import NetworkProfile
from ocppkit.message import Version
from ocppkit.security import Secret
from ocppkit.station.on_site import UnfitValue
from ocppkit.station.settings.network import Certificates
from ocppkit.station.settings.values import KeyValue
from ocppkit.testing import START
from ocppkit.variable import Mutability

from .security_pki import ACCEPTED, CSO, DAY, PASSWORD, REJECTED, plain, prepare, root, secured

NEW = bytes(range(100, 120))


async def change(it: Any, key: str, value: str) -> Any:
    answer = await it.call("ChangeConfiguration", key=key, value=value)
    await it.settle()
    return answer


async def told(it: Any, key: str) -> dict[str, Any]:
    answer = await it.call("GetConfiguration", key=[key])
    [found] = answer["configurationKey"]
    return dict(found)


def password(it: Any) -> bytes | None:
    secret = it.station.core.security.password
    return None if secret is None else secret.reveal()


@pytest.mark.requirement("1.6-SEC A01.FR.01")
@pytest.mark.requirement("1.6-SEC A01.FR.02")
@pytest.mark.requirement("1.6 key AuthorizationKey")
@pytest.mark.requirement("1.6-J §6.2.2")
async def test_a01_another_password_counts_from_the_next_connection_which_follows_at_once(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    async with secured(world, tmp_path, 1).running() as it:
        answer = await change(it, "authorizationkey", NEW.hex().upper())

        assert answer == ACCEPTED
        assert it.dials == 2
        assert password(it) == NEW
    async with secured(world, tmp_path, 1).running() as it:
        assert password(it) == NEW


@pytest.mark.parametrize(
    "value", ["", "00" * 15, "00" * 21, "0" * 33, "g" * 32, "planted-0a1b2c3d4e5f"]
)
async def test_a01_a_password_of_another_length_is_rejected(
    world: Callable[..., Any], tmp_path: Path, value: str
) -> None:
    async with secured(world, tmp_path, 2).running() as it:
        assert await change(it, "AuthorizationKey", value) == REJECTED
        assert (it.dials, password(it)) == (1, PASSWORD)


@pytest.mark.requirement("1.6-SEC A01.FR.11")
@pytest.mark.requirement("1.6-SEC A01.FR.12")
async def test_a01_a_password_is_never_told_and_its_change_is_logged(
    world: Callable[..., Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    async with secured(world, tmp_path, 1).running() as it:
        await change(it, "AuthorizationKey", NEW.hex())
        everything = json.dumps(await it.call("GetConfiguration"))
        log = it.station.core.security.log.text(Version.V16)

        assert await told(it, "AuthorizationKey") == {"key": "AuthorizationKey", "readonly": False}
    assert "ReconfigurationOfSecurityParameters another password" in log
    for text in (everything, log, caplog.text):
        assert NEW.hex() not in text


async def test_a01_a_password_that_is_not_in_use_ends_no_connection(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    async with plain(world, tmp_path).running() as it:
        assert await change(it, "AuthorizationKey", NEW.hex()) == ACCEPTED
        assert it.dials == 1
        await it.drop()
        await it.advance(60)
        assert await told(it, "SecurityProfile") == {
            "key": "SecurityProfile",
            "readonly": False,
            "value": "0",
        }


@pytest.mark.requirement("1.6-SEC A05.FR.01")
@pytest.mark.parametrize("value", ["0", "1", "2", "4", "-1", "", "x", "03", "²"])
@pytest.mark.requirement("1.6 key SecurityProfile", "1.6-SEC A00.FR.005")
async def test_a05_a_profile_that_is_not_higher_is_rejected(
    world: Callable[..., Any], tmp_path: Path, value: str
) -> None:
    prepare(tmp_path, root())
    async with secured(world, tmp_path, 2).running() as it:
        assert await change(it, "SecurityProfile", value) == REJECTED
        assert (await told(it, "SecurityProfile"))["value"] == "2"
        assert it.dials == 1


@pytest.mark.requirement("1.6-SEC A05.FR.02")
@pytest.mark.requirement("1.6-SEC A05.FR.05")
@pytest.mark.requirement("1.6-SEC A05.FR.07")
@pytest.mark.requirement("1.6-SEC A05.FR.06")
async def test_a05_profile_1_needs_a_password(world: Callable[..., Any], tmp_path: Path) -> None:
    async with plain(world, tmp_path).running() as it:
        before = await change(it, "SecurityProfile", "1")
        await change(it, "AuthorizationKey", NEW.hex())
        after = await change(it, "SecurityProfile", "1")

        assert (before, after) == (REJECTED, ACCEPTED)
        assert it.dials == 2
        assert (await told(it, "SecurityProfile"))["value"] == "1"
        assert it.station.network_profile.url == "ws://nowhere"
    async with plain(world, tmp_path).running() as it:
        assert it.station.security_profile == 1
        assert await change(it, "SecurityProfile", "1") == REJECTED


@pytest.mark.requirement("1.6-SEC A05.FR.03")
@pytest.mark.parametrize("valid", [True, False])
async def test_a05_profile_2_needs_a_valid_root(
    world: Callable[..., Any], tmp_path: Path, valid: bool
) -> None:
    async with secured(world, tmp_path, 1).running() as it:
        none = await change(it, "SecurityProfile", "2")
        made = root(days=3650 if valid else 1)
        await it.call(
            "InstallCertificate",
            certificateType="CentralSystemRootCertificate",
            certificate=made.pem,
        )
        await it.advance(2 * 86_400)
        after = await change(it, "SecurityProfile", "2")

        assert none == REJECTED
        assert after == (ACCEPTED if valid else REJECTED)
        assert it.station.security_profile == (2 if valid else 1)


@pytest.mark.requirement("1.6-SEC A05.FR.04")
@pytest.mark.parametrize(("days", "answer"), [(100, ACCEPTED), (-1, REJECTED)])
async def test_a05_profile_3_needs_a_valid_certificate_of_the_station(
    world: Callable[..., Any], tmp_path: Path, days: int, answer: dict[str, str]
) -> None:
    prepare(tmp_path, root(), until=START + days * DAY)
    async with secured(world, tmp_path, 2).running() as it:
        assert await change(it, "SecurityProfile", "3") == answer
        assert it.station.security_profile == (3 if answer is ACCEPTED else 2)


@pytest.mark.requirement("1.6-SEC A05.FR.08")
async def test_a05_a_profile_that_does_not_connect_gives_way_to_the_one_before(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    async with secured(world, tmp_path, 1).running() as it:
        prepare(tmp_path, root())
        dial = it.station._dial

        async def only_plain(profile: NetworkProfile, handlers: Any) -> Any:
            it.down = profile.url.startswith("wss:")
            return await dial(profile, handlers)

        it.station._dial = only_plain
        assert await change(it, "SecurityProfile", "2") == ACCEPTED
        await it.advance(600)

        assert it.station.online
        assert it.station.security_profile == 1
        assert (await told(it, "SecurityProfile"))["value"] == "1"
        assert await change(it, "SecurityProfile", "2") == ACCEPTED  # it may be tried again


async def test_7_keys_are_told_and_outlast_a_restart(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    told_so = Certificates(organization=CSO)
    made = plain(world, tmp_path)
    made.config = evolve(made.config, certificates=told_so)
    async with made.running() as it:
        assert (await told(it, "CpoName"))["value"] == CSO
        for key, value in (
            ("CpoName", "Another"),
            ("CertSigningWaitMinimum", "30"),
            ("CertSigningRepeatTimes", "4"),
        ):
            assert await change(it, key, value) == ACCEPTED
        for key, value in (
            ("CpoName", ""),
            ("CpoName", "x" * 65),
            ("CertSigningWaitMinimum", "-1"),
            ("CertSigningRepeatTimes", "x"),
            ("CertificateStoreMaxLength", "5"),
            ("CertificateSignedMaxChainSize", "5"),
            ("AdditionalRootCertificateCheck", "true"),
        ):
            assert await change(it, key, value) == REJECTED, key
    async with plain(world, tmp_path).running() as it:
        values = {
            each["key"]: each.get("value")
            for each in (await it.call("GetConfiguration"))["configurationKey"]
        }

    assert values["CpoName"] == "Another"
    assert values["CertSigningWaitMinimum"] == "30"
    assert values["CertSigningRepeatTimes"] == "4"
    assert values["AdditionalRootCertificateCheck"] == "false"
    assert values["CertificateSignedMaxChainSize"] == "10000"
    assert values["CertificateStoreMaxLength"] == "100"


async def test_on_site_the_same_rules_hold(world: Callable[..., Any], tmp_path: Path) -> None:
    async with secured(world, tmp_path, 1).running() as it:
        with pytest.raises(UnfitValue):
            await it.station.setting("SecurityProfile").set("0")
        with pytest.raises(UnfitValue) as raised:
            await it.station.setting("AuthorizationKey").set("planted")
        await it.station.setting("AuthorizationKey").set(NEW.hex())

        assert "planted" not in str(raised.value)
        assert it.station.core.security.password == Secret(NEW)


async def test_a_key_that_is_told_to_be_read_only_is_not_changed(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    made = secured(world, tmp_path, 1)
    locked = KeyValue(name="AuthorizationKey", mutability=Mutability.READ_ONLY)
    made.config = evolve(made.config, configuration=(locked,))
    async with made.running() as it:
        assert await change(it, "AuthorizationKey", NEW.hex()) == REJECTED
        assert password(it) == PASSWORD


async def test_a_kept_password_that_cannot_be_read_does_not_stop_the_station(
    world: Callable[..., Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with secured(world, tmp_path, 1).running() as it:
        await it.station.core.store.key_values.put("security", {"password": "planted"})
    async with secured(world, tmp_path, 1).running() as it:
        assert (it.dials, password(it)) == (1, PASSWORD)
        assert "cannot be read" in caplog.text
        assert "planted" not in caplog.text
