"""A05: the security profile is raised by the order of the network profiles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ocppkit.security import RootUse
from ocppkit.security.profile import PROFILES
from ocppkit.testing import START

from ..v16.plug_and_charge import trust
from ..v16.security_pki import DAY, prepare, root
from .security import NEW, station, told, value

World = Callable[..., Any]
DOWNGRADE = (told("AllowSecurityProfileDowngrade", "true"),)


async def fill(it: Any, slot: int, profile: int) -> str:
    scheme = "ws" if profile == 1 else "wss"
    answer = await it.call(
        "SetNetworkProfile",
        configurationSlot=slot,
        connectionData={
            "ocppVersion": "OCPP20",
            "ocppTransport": "JSON",
            "ocppCsmsUrl": f"{scheme}://elsewhere",
            "messageTimeout": 30,
            "securityProfile": profile,
            "ocppInterface": "Wired0",
        },
    )
    status: str = answer["status"]
    return status


async def prefer(it: Any, *slots: int) -> str:
    order = ",".join(map(str, slots))
    status: str = await it.set_variable("OCPPCommCtrlr", "NetworkConfigurationPriority", order)
    return status


async def profile(it: Any) -> str:
    text: str = (await value(it, "SecurityProfile"))["attributeValue"]
    return text


@pytest.mark.requirement("A05.FR.02", "A05.FR.04")
async def test_a05_a_profile_with_tls_needs_a_valid_root(world: World, tmp_path: Path) -> None:
    async with station(world, tmp_path, 1).running() as it:
        assert await fill(it, 2, 2) == "Accepted"
        without = await prefer(it, 2, 1)
        expired = root("Short", days=1)
        await it.call(
            "InstallCertificate", certificateType="CSMSRootCertificate", certificate=expired.pem
        )
        await it.advance(2 * 86_400)
        too_late = await prefer(it, 2, 1)
        await it.call(
            "InstallCertificate", certificateType="CSMSRootCertificate", certificate=root().pem
        )

        assert (without, too_late) == ("Rejected", "Rejected")
        assert (it.dials, await profile(it)) == (1, "1")
        assert await prefer(it, 2, 1) in {"Accepted", "RebootRequired"}


@pytest.mark.requirement("A05.FR.03", "A05.FR.04")
@pytest.mark.parametrize(("days", "taken"), [(100, True), (-1, False)])
async def test_a05_profile_3_needs_a_valid_certificate_of_the_station(
    world: World, tmp_path: Path, days: int, taken: bool
) -> None:
    prepare(tmp_path, root(), until=START + days * DAY)
    async with station(world, tmp_path, 2).running() as it:
        assert await fill(it, 2, 3) == "Accepted"

        assert (await prefer(it, 2, 1) != "Rejected") is taken
        assert (it.dials, await profile(it)) == (1, "2")


@pytest.mark.requirement("A05.FR.03")
async def test_a05_without_any_certificate_of_the_station_profile_3_is_rejected(
    world: World, tmp_path: Path
) -> None:
    trust(tmp_path, root(), RootUse.CSMS)
    async with station(world, tmp_path, 2).running() as it:
        await fill(it, 2, 3)

        assert await prefer(it, 2, 1) == "Rejected"


@pytest.mark.requirement("A05.FR.04", "A05.FR.05", "A05.FR.06")
async def test_a05_after_a_reset_the_higher_profile_is_used_and_the_lower_one_goes(
    world: World, tmp_path: Path
) -> None:
    trust(tmp_path, root(), RootUse.CSMS)
    async with station(world, tmp_path, 1).running() as it:
        await fill(it, 2, 2)
        await prefer(it, 2, 1)
        before = await profile(it)
        await it.call("Reset", type="OnIdle")
        await it.advance(60)
        order = await value(it, "NetworkConfigurationPriority", "OCPPCommCtrlr")

        assert (before, await profile(it)) == ("1", "2")
        assert order["attributeValue"] == "2"
        assert it.station.network_profile.url == "wss://elsewhere"
        assert await fill(it, 1, 1) == "Rejected"
        assert await prefer(it, 2, 1) == "Rejected"


@pytest.mark.requirement("A05.FR.10", "A00.FR.005")
@pytest.mark.parametrize("lower", [1, 2])
async def test_a05_a_lower_profile_is_not_even_kept(
    world: World, tmp_path: Path, lower: int
) -> None:
    prepare(tmp_path, root())
    async with station(world, tmp_path, 3).running() as it:
        assert await fill(it, 2, lower) == "Rejected"
        assert await prefer(it, 2, 1) == "Rejected"
        assert await profile(it) == "3"


@pytest.mark.requirement("A05.FR.08", "A05.FR.09", "A00.FR.005")
async def test_a05_where_the_operator_allows_it_profile_3_may_give_way_to_2_but_not_to_1(
    world: World, tmp_path: Path
) -> None:
    prepare(tmp_path, root())
    async with station(world, tmp_path, 3, variables=DOWNGRADE).running() as it:
        await it.set_variable("SecurityCtrlr", "BasicAuthPassword", NEW)
        allowed = await value(it, "AllowSecurityProfileDowngrade")
        filled = [await fill(it, 2, 2), await fill(it, 3, 1)]
        taken = await prefer(it, 2, 1)
        await it.call("Reset", type="OnIdle")
        await it.advance(60)

        assert allowed["attributeValue"] == "true"
        assert filled == ["Accepted", "Rejected"]
        assert taken in {"Accepted", "RebootRequired"}
        assert await profile(it) == "2"


@pytest.mark.requirement("A00.FR.430")
async def test_a00_a_station_whose_certificate_has_expired_still_shows_it(
    world: World, tmp_path: Path
) -> None:
    own = prepare(tmp_path, root(), until=START - DAY)
    async with station(world, tmp_path, 3).running() as it:
        [way] = await it.station.core.security.certificates.ways(PROFILES[3])

        assert it.station.online
        assert way.entry.certificate == own.certificate
