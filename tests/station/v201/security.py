"""A 2.0.1 station with certificates; those are as for 1.6."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import evolve
from cryptography import x509

from ocppkit.connection import NetworkProfile
from ocppkit.device_model.names import VariableId
from ocppkit.message import Version
from ocppkit.security import CertificateStore, OwnUse
from ocppkit.station.settings.behaviour import Storage
from ocppkit.station.settings.network import Certificates
from ocppkit.station.settings.values import VariableValue

from ..v16.security_pki import CSO

ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}
PASSWORD = "0123456789abcdef"  # noqa: S105  # of nobody
NEW = "another-Passw0rd.that:is*long"


def told(variable: str, value: str, component: str = "SecurityCtrlr") -> VariableValue:
    """What the operator says of a variable."""
    return VariableValue(id=VariableId(component=component, variable=variable), value=value)


def station(
    world: Callable[..., Any],
    folder: Path | None,
    profile: int = 3,
    *,
    password: str | None = None,
    variables: tuple[VariableValue, ...] = (),
    certificates: Certificates | None = None,
    **more: Any,
) -> Any:
    """A station under a security profile, as far as it can know: there is no wire."""
    made = world(Version.V201, storage=Storage(state_dir=folder), variables=variables, **more)
    made.boot["interval"] = 86_400
    scheme = "ws" if profile < 2 else "wss"
    way = NetworkProfile(
        slot=1, url=f"{scheme}://nowhere", security_profile=profile, versions=(Version.V201,)
    )
    own = password or (PASSWORD if profile in {1, 2} else None)
    made.config = evolve(
        made.config,
        csms_url="",
        profiles=(way,),
        password=own.encode() if own else None,
        certificates=certificates or Certificates(organization=CSO),
    )
    return made


async def value(it: Any, variable: str, component: str = "SecurityCtrlr") -> dict[str, Any]:
    """What GetVariables says of a variable."""
    data = {"component": {"name": component}, "variable": {"name": variable}}
    answer = await it.call("GetVariables", getVariableData=[data])
    [result] = answer["getVariableResult"]
    return dict(result)


async def trigger(it: Any, message: str = "SignChargingStationCertificate") -> Any:
    return await it.call("TriggerMessage", requestedMessage=message)


async def signed(it: Any, pem: str, kind: str | None = "ChargingStationCertificate") -> Any:
    more = {} if kind is None else {"certificateType": kind}
    return await it.call("CertificateSigned", certificateChain=pem, **more)


def requests(it: Any) -> list[str]:
    return [payload["csr"] for payload in it.sent("SignCertificate")]


def logged(it: Any) -> list[str]:
    """The security log, without times and details."""
    lines = it.station.core.security.log.text(Version.V201).splitlines()
    return [line.split()[1] for line in lines]


def told_events(it: Any) -> list[str]:
    """The security events that the CSMS was told of."""
    return [each["type"] for each in it.sent("SecurityEventNotification")]


def installed(folder: Path, use: OwnUse = OwnUse.CHARGING_STATION) -> list[x509.Certificate]:
    """The certificates of the station, the one to try first, first."""
    contents = CertificateStore(folder / "certificates").read()
    return [entry.certificate for entry in contents.own_for(use)]
