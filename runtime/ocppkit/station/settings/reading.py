"""Reads ``station.toml`` and what the environment overrides; reports every mistake at once."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import NOTHING, evolve, fields

from ocppkit.errors import ConfigurationError, ConfigurationProblem
from ocppkit.station.settings.about import UNFIT, Kind, parts, rows
from ocppkit.station.settings.checks import (
    check_csms,
    check_evses,
    check_identity,
    check_places,
)
from ocppkit.station.settings.device_model import DeviceModelSettings
from ocppkit.station.settings.document import StationSettings, V16Table, V201Table
from ocppkit.station.settings.lines import line_of, lines_of
from ocppkit.station.settings.mistakes import (
    KeyPath,
    Mistake,
    Mistakes,
    dotted,
    mismatch,
    unknown,
)
from ocppkit.station.settings.overrides import FILE_SUFFIX
from ocppkit.station.settings.overrides import override as put_over
from ocppkit.station.settings.values import Origin

__all__ = ["load", "parse"]

_EMPTY: Final[Mapping[str, str]] = {}


def load(path: Path | str, environ: Mapping[str, str] = _EMPTY) -> StationSettings:
    """Read a configuration file.

    Args:
        path: of the file; relative paths in it count from its folder.
        environ: the environment, ``os.environ``; what it says wins over the file.

    Raises:
        ConfigurationError: with every mistake; also where the file cannot be read.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "is no text in UTF-8"
        problem = ConfigurationProblem(path="", message=f"cannot be read: {reason}")
        raise ConfigurationError(str(path), [problem]) from error
    return parse(text, environ, folder=path.parent, source=str(path))


def parse(
    text: str,
    environ: Mapping[str, str] = _EMPTY,
    *,
    folder: Path | None = None,
    source: str = "station.toml",
) -> StationSettings:
    """Read the text of a configuration file.

    Args:
        text: TOML.
        environ: the environment; what it says wins over the file.
        folder: where relative paths count from; they stay as they are unless told.
        source: the file's name, for the report.

    Raises:
        ConfigurationError: with every mistake.
    """
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        problem = ConfigurationProblem(path="", message=f"is no TOML: {error}")
        raise ConfigurationError(source, [problem]) from error
    told = put_over(raw, environ, StationSettings)
    mistakes = list(told.mistakes)
    _fetch_secrets(told.raw, StationSettings, folder or Path(), (), mistakes)
    tables = _tables(told.raw, mistakes)
    mistakes += _misfits(tables, mistakes)
    if mistakes:
        lines = lines_of(text)
        raise ConfigurationError(source, [_problem(one, told.variables, lines) for one in mistakes])
    settings = StationSettings(**tables, origins=dict(_origins(told.raw, (), told.variables)))
    return _placed(_attributed(settings, told.variables), folder)


def _fetch_secrets(
    raw: Any, cls: type, folder: Path, path: KeyPath, mistakes: list[Mistake]
) -> None:
    """Put secrets in the place of the files that hold them."""
    if not isinstance(raw, dict):
        return
    for name, said in parts(cls).items():
        inner = said.kind.table
        if inner is not None and name in raw:
            each = raw[name]
            if isinstance(each, list):
                for index, one in enumerate(each):
                    _fetch_secrets(one, inner, folder, (*path, name, index), mistakes)
            else:
                _fetch_secrets(each, inner, folder, (*path, name), mistakes)
        key = name + FILE_SUFFIX
        if not said.kind.secret or key not in raw:
            continue
        file = raw.pop(key)
        if name in raw:
            mistakes.append(Mistake((*path, key), f"expected nothing beside {name}"))
        elif not isinstance(file, str) or not file:
            wrong = mismatch("the path of a file", file)
            mistakes += [one.under(*path, key) for one in wrong.found]
        else:
            try:
                secret = (folder / file).read_bytes().rstrip(b"\r\n")
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or "no path"
                mistakes.append(Mistake((*path, key), f"cannot be read: {reason}: {file!r}"))
            else:
                raw[name] = f"hex:{secret.hex()}"


def _tables(raw: dict[str, Any], mistakes: list[Mistake]) -> dict[str, Any]:
    """Each table that is right, by name; what is not in the file is left out."""
    known = parts(StationSettings)
    mistakes += [Mistake((name,), unknown(name, known)) for name in raw if name not in known]
    tables: dict[str, Any] = {}
    for attribute, said in rows(StationSettings):
        name = attribute.name
        if name not in raw and attribute.default is not NOTHING:
            tables[name] = attribute.default
            continue
        try:
            tables[name] = _structure(said.kind, raw.get(name, {}))
        except Mistakes as error:
            mistakes += [one.under(name) for one in error.found]
    return tables


def _misfits(tables: Mapping[str, Any], mistakes: list[Mistake]) -> list[Mistake]:
    """What does not fit together, of the tables that are right by themselves."""
    found: list[Mistake] = []
    checks: list[tuple[Callable[..., Iterator[Mistake]], tuple[str, ...]]] = [
        (check_csms, ("csms",)),
        (check_identity, ("station", "csms")),
        (check_evses, ("evse",)),
    ]
    for check, names in checks:
        if all(name in tables for name in names):
            found += check(*(tables[name] for name in names))
    if "v201" in tables and "evse" in tables:
        found += check_places(tables["v201"].variables, tables["evse"])
    reported = {one.path for one in mistakes}  # a password that cannot be read is not also missing
    again = {(*path[:-1], str(path[-1]).removesuffix(FILE_SUFFIX)) for path in reported if path}
    return [one for one in dict.fromkeys(found) if one.path not in again]


def _structure(kind: Kind, value: Any) -> Any:
    if kind.table is None:
        try:
            return kind.read(value)
        except UNFIT:
            raise mismatch(kind.expected, value, secret=kind.secret) from None
    if kind.many:
        if not isinstance(value, list) or not value:
            raise mismatch(kind.expected, value)
        found: list[Any] = []
        mistakes: list[Mistake] = []
        for index, each in enumerate(value):
            try:
                found.append(_one(kind.table, each))
            except Mistakes as error:
                mistakes += [one.under(index) for one in error.found]
        if mistakes:
            raise Mistakes(mistakes)
        return tuple(found)
    return _one(kind.table, value)


def _one(cls: type, value: Any) -> Any:
    """A table; every mistake in it is told, those of keys that it does not have last."""
    if not isinstance(value, dict):
        raise mismatch("a table", value)
    found: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    for attribute, said in rows(cls):
        name = attribute.name
        if name in value:
            try:
                found[name] = _structure(said.kind, value[name])
            except Mistakes as error:
                mistakes += [one.under(name) for one in error.found]
        elif attribute.default is NOTHING:
            mistakes.append(Mistake((name,), f"missing: expected {said.kind.expected}"))
    known = parts(cls)
    names = [*known, *(name + FILE_SUFFIX for name in known if known[name].kind.secret)]
    mistakes += [Mistake((name,), unknown(name, names)) for name in sorted({*value} - {*known})]
    if mistakes:
        raise Mistakes(mistakes)
    return cls(**found)


def _problem(
    mistake: Mistake, variables: Mapping[KeyPath, str], lines: dict[KeyPath, int]
) -> ConfigurationProblem:
    path = mistake.path
    variable = next(
        (variables[path[:n]] for n in range(len(path), 0, -1) if path[:n] in variables), None
    )
    return ConfigurationProblem(
        path=dotted(path),
        message=mistake.message,
        line=line_of(path, lines) if variable is None else None,
        variable=variable,
    )


def _origins(
    raw: Any, path: KeyPath, variables: Mapping[KeyPath, str]
) -> Iterator[tuple[str, Origin]]:
    """Where the plain settings come from; a table that one variable gives is all of one origin."""
    if isinstance(raw, dict) and path not in variables:
        for key, value in raw.items():
            yield from _origins(value, (*path, key), variables)
    elif path in variables:
        inner = raw if isinstance(raw, dict) else {}
        yield dotted(path), Origin.ENVIRONMENT
        yield from ((dotted((*path, key)), Origin.ENVIRONMENT) for key in inner)
    else:
        yield dotted(path), Origin.FILE


def _attributed(settings: StationSettings, variables: Mapping[KeyPath, str]) -> StationSettings:
    """The same with the keys and variables marked that the environment gave."""
    named = {tuple(str(key).lower() for key in path[:4]) for path in variables}

    def of(*path: str) -> Origin:
        lower = tuple(each.lower() for each in path)
        return Origin.ENVIRONMENT if lower in named else Origin.FILE

    return evolve(
        settings,
        v16=V16Table(
            configuration=tuple(
                evolve(one, origin=of("v16", "configuration", one.name))
                for one in settings.v16.configuration
            )
        ),
        v201=V201Table(
            variables=tuple(
                evolve(one, origin=of("v201", "variables", *one.id.words()))
                for one in settings.v201.variables
            )
        ),
    )


def _placed(settings: StationSettings, folder: Path | None) -> StationSettings:
    """The same with relative paths counted from a folder."""
    if folder is None:
        return settings

    def placed(part: Any) -> Any:
        paths = {
            attribute.name: folder / value
            for attribute in fields(type(part))
            if isinstance(value := getattr(part, attribute.name), Path)
        }
        return evolve(part, **paths)

    return evolve(
        settings,
        certificates=placed(settings.certificates),
        storage=placed(settings.storage),
        logging=placed(settings.logging),
        transfer=placed(settings.transfer),
        device_model=DeviceModelSettings(
            files=tuple(folder / each for each in settings.device_model.files)
        ),
    )
