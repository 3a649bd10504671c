"""Any text is a configuration, or is refused with all that is wrong with it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from ocppkit.errors import ConfigurationError
from ocppkit.station.settings import StationSettings, load, parse
from ocppkit.station.settings.about import rows
from ocppkit.station.settings.libocpp import convert
from ocppkit.station.settings.libocpp_keys import LIBOCPP_KEYS

from .attempt import attempted
from .conftest import Look
from .garbage import json_values, mutated, mutated_text, octets, texts

_LEAST = '[station]\nidentity = "CS001"\n[csms]\nurl = "ws://localhost:9000"\n'


def names_of(cls: type) -> dict[str, Any]:
    """The keys of a table with the tables below them; None for what is no table."""
    return {
        attribute.name: None if said.kind.table is None else names_of(said.kind.table)
        for attribute, said in rows(cls)
    }


def tables(names: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Tables whose keys are known and whose values are of any kind."""
    value = st.one_of(
        st.booleans(),
        st.integers(-1, 5) | st.integers(),
        st.floats(),
        st.sampled_from(["ws://a/b", "wss://[::1", "1.6", "hex:00", "CS001", "a/b", "Wired0", "x"]),
        texts(),
        json_values(),
    )
    inner = {
        name: value
        if below is None
        else tables(below) | st.lists(tables(below), max_size=2) | value
        for name, below in names.items()
    }
    return st.fixed_dictionaries({}, optional=inner)


_SETTINGS = tables(names_of(StationSettings))


def toml(value: Any) -> str:
    """The value as TOML, with a null as a text: TOML has none."""
    match value:
        case None:
            return '"null"'
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str():
            return json.dumps(value.encode(errors="replace").decode()).replace("\x7f", "\\u007f")
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case _:
            return f"{{{', '.join(f'{toml(key)} = {toml(of)}' for key, of in value.items())}}}"


def document(settings: dict[str, Any]) -> str:
    return "\n".join(f"{toml(key)} = {toml(value)}" for key, value in settings.items())


def judge(text: str, environ: dict[str, str]) -> None:
    """Read a text; what is taken must be of use, what is refused must be named."""
    settings = attempted(ConfigurationError, lambda: parse(text, environ))
    if isinstance(settings, ConfigurationError):
        assert settings.problems
        assert all(problem.message for problem in settings.problems)
        assert not any("\n" in line for line in settings.lines())
        return
    settings.config()
    settings.description()


def test_any_text_is_a_configuration_or_is_refused(look: Look) -> None:
    text = st.one_of(
        texts(),
        _SETTINGS.map(document),
        mutated_text(st.just(_LEAST)),
        mutated_text(_SETTINGS.map(document)),
    )
    name = st.sampled_from(["CSMS__URL", "EVSE__1__PHASES", "CSMS", "__", "V201__VARIABLES", "X"])
    environ = st.dictionaries(name.map("OCPPKIT_{}".format), texts(), max_size=2)

    look(judge, text, environ, count=50)


def test_any_table_beside_a_right_one_is_taken_or_refused(look: Look) -> None:
    def is_judged(settings: dict[str, Any]) -> None:
        least = {"station": {"identity": "CS001"}, "csms": {"url": "ws://localhost:9000"}}
        for name, table in least.items():
            if isinstance(settings.get(name, {}), dict):
                settings = {**settings, name: {**settings.get(name, {}), **table}}
        judge(document(settings), {})

    look(is_judged, _SETTINGS, count=40)


def test_any_file_is_a_configuration_or_is_refused(tmp_path: Path, look: Look) -> None:
    path = tmp_path / "station.toml"

    def is_judged(data: bytes) -> None:
        path.write_bytes(data)
        settings = attempted(ConfigurationError, lambda: load(path))

        assert isinstance(settings, StationSettings) or str(path) in str(settings)

    look(is_judged, octets() | mutated_text(st.just(_LEAST)).map(encoded), count=60)


def encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def test_any_configuration_of_libocpp_is_converted_or_named(look: Look) -> None:
    right: dict[str, Any] = {}
    for row in LIBOCPP_KEYS:
        right.setdefault(row.section, {})[row.name] = row.type()

    def is_converted(config: dict[str, Any]) -> None:
        done = convert(config)

        tomllib.loads(done.text)
        assert all(left.reason for left in done.left)

    any_config = st.dictionaries(texts(), json_values(), max_size=3)
    objects = mutated(st.just(right)).filter(lambda value: isinstance(value, dict))
    look(is_converted, objects | any_config, count=40)


def test_a_text_that_is_nested_too_deep_is_refused() -> None:
    deep = "[" * 5000

    with pytest.raises(ConfigurationError, match="is no TOML"):
        parse(f"{_LEAST}x = {deep}")
