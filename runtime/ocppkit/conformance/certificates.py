"""Lays out the certificates with which a station can be tested under security profiles 2 and 3.

Needs the extra ``security``.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from attrs import frozen

from ocppkit.conformance.certificate_parts import host_name
from ocppkit.conformance.pki import ORGANIZATION, Pki

__all__ = ["LaidOut", "lay_out"]

_ROOTS: Final = ("csms", "v2g", "mo", "manufacturer")


@frozen(kw_only=True)
class LaidOut:
    """Where everything is.

    Attributes:
        authority: the folder of the kit's certificate authority.
        roots: what the station has to trust, by kind: ``csms``, ``v2g``, ``mo``, ``manufacturer``.
        chain: the station's own certificate.
        key: its key.
        settings: files for ``--settings``, by security profile.
        station: the table of a ``station.toml`` that names all that the station needs.
    """

    authority: Path
    roots: dict[str, Path]
    chain: Path
    key: Path
    settings: dict[int, Path]
    station: Path


def lay_out(
    folder: Path,
    *,
    identity: str,
    host: str,
    now: datetime,
    serial_number: str | None = None,
    organization: str = ORGANIZATION,
) -> LaidOut:
    """Make everything anew, and write it.

    Args:
        folder: where; made where it is not there.
        identity: the station's.
        host: the name or address at which the station finds the kit.
        now: the present time, aware.
        serial_number: what the station's certificate is to say; the identity unless told otherwise.
        organization: in all certificates.

    Raises:
        OSError: it cannot be written.
        ValueError: the host, or another name, cannot stand in a certificate.
    """
    _ = host_name(host)
    folder = folder.absolute()
    pki = Pki.make(now, organization=organization)
    authority, station = folder / "kit", folder / "station"
    own = pki.csms.client(serial_number or identity, organization=organization, now=now)
    pki.write(authority)
    roots = {name: _text(station / "ca" / name / "root.pem", _root(pki, name)) for name in _ROOTS}
    chain = _text(station / "own" / "station.pem", own.chain_pem)
    key = station / "own" / "station.key"
    key.touch(mode=0o600)
    _ = key.write_text(own.key_pem, encoding="ascii")
    settings = {
        profile: _text(
            folder / f"profile-{profile}.toml",
            _settings(profile, identity=identity, authority=authority, host=host),
        )
        for profile in (1, 2, 3)
    }
    table = _text(folder / "station.toml", _station(station, organization))
    return LaidOut(
        authority=authority, roots=roots, chain=chain, key=key, settings=settings, station=table
    )


def _root(pki: Pki, name: str) -> str:
    return {
        "csms": pki.csms.pem,
        "v2g": pki.v2g.pem,
        "mo": pki.mo.pem,
        "manufacturer": pki.manufacturer.pem,
    }[name]


def _settings(profile: int, *, identity: str, authority: Path, host: str) -> str:
    lines = [
        "[case_settings]",
        f"identity = {_quoted(identity)}",
        f"security_profile = {profile}",
        f"authority = {_quoted(str(authority))}",
        f"server_host = {_quoted(host)}",
    ]
    if profile < 3:
        lines.append('# basic_auth_password = "the station\'s"')
    return "\n".join(lines) + "\n"


def _station(folder: Path, organization: str) -> str:
    """What a station of this library is told."""
    return "\n".join(
        [
            "[certificates]",
            f"csms_ca = {_quoted(str(folder / 'ca' / 'csms'))}",
            f"v2g_ca = {_quoted(str(folder / 'ca' / 'v2g'))}",
            f"mo_ca = {_quoted(str(folder / 'ca' / 'mo'))}",
            f"manufacturer_ca = {_quoted(str(folder / 'ca' / 'manufacturer'))}",
            f"own = {_quoted(str(folder / 'own'))}  # only for security profile 3",
            f"organization = {_quoted(organization)}",
            "",
        ]
    )


def _quoted(text: str) -> str:
    """A string as TOML writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    if not text.isprintable():
        msg = f"{text!r} cannot be told in a line"
        raise ValueError(msg)
    return f'"{escaped}"'


def _text(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    _ = path.write_text(text, encoding="utf-8")
    return path
