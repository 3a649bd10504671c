"""What a configuration asks for in vain: no mistake, but the station cannot do it as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ocppkit.station.config import StationConfig
from ocppkit.station.file_clients import usable
from ocppkit.station.settings.behaviour import Protocol, Transfer
from ocppkit.station.settings.mistakes import Mistake

__all__ = ["cautions"]

_ROOTS: Final = ("csms_ca", "manufacturer_ca", "v2g_ca", "mo_ca")
_PLUG_AND_CHARGE: Final = "ISO15118PnCEnabled"
_SECURITY: Final = "needs ocppkit[security], which is not installed"


def cautions(config: StationConfig) -> tuple[Mistake, ...]:
    """What is asked for in vain, by its key; reads folders: not for the thread of an event loop."""
    return (*_of_certificates(config), *_of_transfers(config), *_of_plug_and_charge(config))


def _of_certificates(config: StationConfig) -> Iterator[Mistake]:
    told = config.certificates
    folders = {name: getattr(told, name) for name in (*_ROOTS, "own")}
    if not any(folders.values()):
        return
    from ocppkit.security.folders import read_own, read_roots  # noqa: PLC0415  # for folders only

    for name, folder in folders.items():
        if folder is None:
            continue
        read: Callable[[Path], Sequence[object]] = read_own if name == "own" else read_roots
        lacking = _lacking(folder, read)
        if lacking is not None:
            yield Mistake(("certificates", name), lacking)
    if told.manufacturer_ca is not None and not _secure():
        yield Mistake(("certificates", "manufacturer_ca"), _SECURITY)


def _lacking(folder: Path, read: Callable[[Path], Sequence[object]]) -> str | None:
    try:
        found = read(folder)
    except FileNotFoundError:
        return f"there is no folder {folder}"
    except OSError as error:
        return f"{folder} cannot be read: {error.strerror}"
    return None if found else f"there is no certificate to use in {folder}"


def _of_transfers(config: StationConfig) -> Iterator[Mistake]:
    told = config.transfer
    asked = () if told.protocols == Transfer().protocols else told.protocols
    there = usable(asked)
    missing = [each.value for each in asked if each not in there]
    if missing:
        need = "needs" if len(missing) == 1 else "need"
        text = f"{', '.join(missing)} {need} ocppkit[transfer], which is not installed"
        yield Mistake(("transfer", "protocols"), text)
    hosts = told.known_hosts
    if hosts is not None and Protocol.SFTP in told.protocols and not hosts.is_file():
        yield Mistake(("transfer", "known_hosts"), f"there is no file {hosts}")


def _of_plug_and_charge(config: StationConfig) -> Iterator[Mistake]:
    wanted = any(
        each.name.lower() == _PLUG_AND_CHARGE.lower() and each.value == "true"
        for each in config.configuration
    )
    path = ("v16", "configuration", _PLUG_AND_CHARGE)
    if wanted and not _secure():
        yield Mistake(path, f"{_SECURITY}: there is no Plug & Charge")
    elif wanted and config.storage.state_dir is None:
        text = "without storage.state_dir nothing can be installed: no V2G certificate, no roots"
        yield Mistake(path, text)


def _secure() -> bool:
    return find_spec("cryptography") is not None
