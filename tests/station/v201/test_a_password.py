"""A01: the password is changed; SecurityCtrlr's other variables."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ocppkit.message import Version
from ocppkit.station.on_site import UnfitValue
from ocppkit.station.settings.network import Certificates

from ..v16.security_pki import CSO, prepare, root
from .security import NEW, PASSWORD, logged, station, told, told_events, value


def password(it: Any) -> str | None:
    secret = it.station.core.security.password
    return None if secret is None else secret.reveal().decode()


async def change(it: Any, text: str, name: str = "BasicAuthPassword") -> str:
    status: str = await it.set_variable("SecurityCtrlr", name, text)
    return status


@pytest.mark.requirement("A01.FR.01", "A01.FR.10", "A00.FR.205", "A00.FR.304")
@pytest.mark.parametrize("profile", [1, 2])
async def test_a01_another_password_counts_from_the_next_connection_which_follows_at_once(
    world: Callable[..., Any], tmp_path: Path, profile: int
) -> None:
    async with station(world, tmp_path, profile).running() as it:
        answer = await change(it, NEW)

        assert (answer, it.dials, password(it)) == ("Accepted", 2, NEW)
    async with station(world, tmp_path, profile).running() as it:
        assert password(it) == NEW


async def test_a01_the_answer_goes_out_before_the_connection_ends(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    async with station(world, tmp_path, 1).running() as it:
        one = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
        other = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "OrganizationName"}}
        answer = await it.call(
            "SetVariables",
            setVariableData=[{**one, "attributeValue": NEW}, {**other, "attributeValue": "New"}],
        )

        statuses = [each["attributeStatus"] for each in answer["setVariableResult"]]
        assert statuses == ["Accepted", "Accepted"]
        assert it.dials == 2


@pytest.mark.requirement("A00.FR.205", "A00.FR.304")
@pytest.mark.parametrize("text", ["short", "x" * 15, "x" * 65, "tab\tin-the-middle-of"])
async def test_a01_a_password_that_breaks_the_rules_is_rejected_and_the_old_one_stays(
    world: Callable[..., Any], tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with station(world, tmp_path, 2).running() as it:
        answer = await change(it, text)

        assert (answer, it.dials, password(it)) == ("Rejected", 1, PASSWORD)
        assert text not in caplog.text


@pytest.mark.parametrize("text", ["x" * 16, "x" * 64, "Ünïcödé sümböls €"])
async def test_a01_what_keeps_the_rules_is_taken(
    world: Callable[..., Any], tmp_path: Path, text: str
) -> None:
    async with station(world, tmp_path, 1).running() as it:
        assert await change(it, text) == "Accepted"
        assert password(it) == text


async def test_a01_a_password_that_is_not_in_use_ends_no_connection(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    prepare(tmp_path, root())
    async with station(world, tmp_path, 3).running() as it:
        assert await change(it, NEW) == "Accepted"
        assert it.dials == 1


@pytest.mark.requirement("A01.FR.11", "A01.FR.12")
async def test_a01_a_change_is_logged_without_the_password_and_nothing_reports_it(
    world: Callable[..., Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    async with station(world, tmp_path, 1).running() as it:
        await change(it, NEW)
        got = await value(it, "BasicAuthPassword")
        await it.call("GetBaseReport", requestId=1, reportBase="FullInventory")
        one = {"component": {"name": "SecurityCtrlr"}}
        await it.call("GetReport", requestId=2, componentVariable=[one])
        await it.settle()
        log = it.station.core.security.log.text(Version.V201)
        entry = next(
            each
            for payload in it.sent("NotifyReport")
            for each in payload["reportData"]
            if each["variable"]["name"] == "BasicAuthPassword"
        )
        sent = json.dumps(it.calls)
        control = it.station.core.dialect.setting("SecurityCtrlr.BasicAuthPassword").current()

    [attribute] = entry["variableAttribute"]
    assert (attribute["mutability"], "value" in attribute) == ("WriteOnly", False)
    assert entry["variableCharacteristics"]["maxLimit"] == 64
    assert got["attributeStatus"] == "Rejected"
    assert "attributeValue" not in got
    assert "ReconfigurationOfSecurityParameters another password" in log
    assert control == ""
    for text in (sent, log, caplog.text):
        assert NEW not in text
        assert PASSWORD not in text


async def test_a01_a_technician_on_site_sets_it_by_the_same_rules(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    async with station(world, tmp_path, 1).running() as it:
        setting = it.station.core.dialect.setting("SecurityCtrlr.BasicAuthPassword")
        with pytest.raises(UnfitValue) as refused:
            await setting.change("secret-sho")
        await setting.change(NEW)
        await it.settle()

        assert "secret-sho" not in str(refused.value)
        assert (password(it), it.dials) == (NEW, 2)


async def test_security_variables_say_what_holds(world: Callable[..., Any], tmp_path: Path) -> None:
    prepare(tmp_path, root())
    extra = (told("MaxCertificateChainSize", "6000"),)
    async with station(world, tmp_path, 3, variables=extra).running() as it:
        names = {
            "AdditionalRootCertificateCheck": "false",
            "AllowCSMSTLSWildcards": "false",
            "AllowSecurityProfileDowngrade": "false",
            "CertificateEntries": "2",
            "Identity": "CS001",
            "MaxCertificateChainSize": "6000",
            "OrganizationName": CSO,
            "SecurityProfile": "3",
        }
        got = {name: (await value(it, name))["attributeValue"] for name in names}

    assert got == names


@pytest.mark.parametrize(
    "name", ["Identity", "SecurityProfile", "CertificateEntries", "AllowSecurityProfileDowngrade"]
)
async def test_what_is_not_the_csms_s_to_say_is_rejected(
    world: Callable[..., Any], tmp_path: Path, name: str
) -> None:
    async with station(world, tmp_path, 1).running() as it:
        assert await change(it, "1", name) == "Rejected"


@pytest.mark.parametrize(
    ("name", "text"),
    [("OrganizationName", ""), ("OrganizationName", "ä" * 33), ("CertSigningRepeatTimes", "-1")],
)
async def test_values_that_certificates_cannot_bear_are_rejected(
    world: Callable[..., Any], tmp_path: Path, name: str, text: str
) -> None:
    async with station(world, tmp_path, 1).running() as it:
        assert await change(it, text, name) == "Rejected"


async def test_wildcards_can_be_allowed_and_that_lasts(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    async with station(world, tmp_path, 1).running() as it:
        assert await change(it, "true", "AllowCSMSTLSWildcards") == "Accepted"
        assert it.station.core.security.certificates.allow_wildcards
    async with station(world, tmp_path, 1).running() as it:
        assert it.station.core.security.certificates.allow_wildcards


async def test_certificate_entries_count_the_roots_that_were_laid_out_too(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "ca"
    folder.mkdir()
    (folder / "one.pem").write_text(root("One").pem)
    (folder / "two.pem").write_text(root("Two").pem)
    laid_out = Certificates(csms_ca=folder)
    made = station(world, tmp_path / "state", 1, certificates=laid_out)
    async with made.running() as it:
        before = (await value(it, "CertificateEntries"))["attributeValue"]
        await it.call(
            "InstallCertificate",
            certificateType="CSMSRootCertificate",
            certificate=root("Three").pem,
        )
        after = (await value(it, "CertificateEntries"))["attributeValue"]

    assert (before, after) == ("2", "3")


@pytest.mark.requirement("A04.FR.01", "A04.FR.04")
async def test_a_password_change_is_no_critical_event(
    world: Callable[..., Any], tmp_path: Path
) -> None:
    async with station(world, tmp_path, 1).running() as it:
        await change(it, NEW)
        await it.advance(5)

        assert "ReconfigurationOfSecurityParameters" in logged(it)
        assert told_events(it) == ["StartupOfTheDevice"]
