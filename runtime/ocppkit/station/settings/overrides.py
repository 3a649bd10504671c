"""Environment variables that override the file: ``OCPPKIT_CSMS__URL`` is ``csms.url``.

The name is ``OCPPKIT_`` and the path, its keys separated by two underscores, in any case; an item
of an array is named by its number from 0. The value is a text as it is, or else what TOML reads:
``30``, ``true``, ``["1.6"]``. A setting whose name ends in ``_FILE`` behind that of a secret names
the file that holds it, as in the configuration file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from ocppkit.station.settings.about import About, parts
from ocppkit.station.settings.mistakes import KeyPath, Mistake, unknown
from ocppkit.value import Value

__all__ = ["FILE_SUFFIX", "PREFIX", "Overridden", "override"]

PREFIX = "OCPPKIT_"
FILE_SUFFIX = "_file"
"""Behind the name of a secret: the file that holds it."""


@frozen(kw_only=True, eq=False, repr=False)
class Overridden(Value):
    """A file's content with what the environment says put over it.

    Attributes:
        raw: the content.
        variables: path → the environment variable that gave its value.
        mistakes: in the names of the variables.
    """

    raw: dict[str, Any]
    variables: dict[KeyPath, str]
    mistakes: list[Mistake]


def override(raw: Mapping[str, Any], environ: Mapping[str, str], root: type) -> Overridden:
    """Put the environment over a file's content, which stays as it is.

    Args:
        raw: the content.
        environ: the environment; a variable without two underscores behind ``OCPPKIT_`` is none
            of the file's.
        root: the class of the file.
    """
    now = _copied(raw)
    variables: dict[KeyPath, str] = {}
    mistakes: list[Mistake] = []
    for name in sorted(environ):
        tail = name.removeprefix(PREFIX)
        if name.startswith(PREFIX) and "__" in tail:
            tried = _copied(now)
            try:
                path = _put(tried, tail.split("__"), environ[name], root)
            except LookupError as error:
                mistakes.append(Mistake((), f"{name}: {error.args[0]}"))
            else:
                now = tried
                variables[path] = name
    return Overridden(raw=now, variables=variables, mistakes=mistakes)


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def _put(raw: dict[str, Any], words: list[str], text: str, root: type) -> KeyPath:
    """Put a text where the words say.

    Raises:
        LookupError: there is no such setting.
    """
    inner: Any = raw
    cls: type | None = root
    path: KeyPath = ()
    for position, word in enumerate(words):
        said: About | None = None
        key: str | int
        if isinstance(inner, list):
            key = _index(word, inner)
        elif cls is not None:
            key, said = _setting(word, cls, inner)
            cls = said.kind.table
            if cls is None and position < len(words) - 1 and words[0].lower() not in _NAMES:
                raise LookupError(f"{key} has no settings in it")
        else:
            key = _entry_key(word, inner, path)
        path = (*path, key)
        if position < len(words) - 1:
            inner = _entered(inner, key, many=said is not None and said.kind.many)
        elif said is not None:
            _set(inner, key, text if said.kind.is_text else _toml(text))
        else:
            _set(inner, key, _entry(inner, key, text))
    return path


def _set(inner: Any, key: str | int, value: Any) -> None:
    inner[key] = value


def _setting(word: str, cls: type, inner: dict[str, Any]) -> tuple[str, About]:
    """The setting of this name; what the file says of the same secret another way is dropped."""
    known = parts(cls)
    key = word.lower()
    if key in known:
        if known[key].kind.secret:
            inner.pop(f"{key}{FILE_SUFFIX}", None)
        return key, known[key]
    secret = known.get(key.removesuffix(FILE_SUFFIX))
    if secret is None or not secret.kind.secret:
        raise LookupError(unknown(key, known))
    inner.pop(key.removesuffix(FILE_SUFFIX), None)
    return key, secret


def _index(word: str, items: list[Any]) -> int:
    if not (word.isascii() and word.isdigit()) or int(word) > len(items):
        msg = f"expected the number of an item, 0 to {len(items)}, got {word!r}"
        raise LookupError(msg)
    return int(word)


_ENTRY_FIELDS = frozenset({"value", "mutability", "custom", "evse", "connector"})
_NAMES = {"v16": 3, "v201": 4}
"""How many words there are up to the name of a key or variable."""


def _entry_key(word: str, inner: dict[str, Any], path: KeyPath) -> str:
    """A name below `configuration` or `variables`, or behind it a field of what it names."""
    if word.lower() in _ENTRY_FIELDS and len(path) >= _NAMES.get(str(path[0]), 0):
        return word.lower()
    return next((each for each in inner if each.lower() == word.lower()), word)


def _entered(inner: Any, key: Any, *, many: bool) -> Any:
    """What is at a key, made into something that has keys of its own."""
    if isinstance(inner, list) and key == len(inner):
        inner.append({})
    found = inner.get(key) if isinstance(inner, dict) else inner[key]
    if not isinstance(found, dict | list):
        found = [] if many else {} if found is None else {"value": found}
        inner[key] = found
    return found


def _entry(inner: Any, key: Any, text: str) -> Any:
    """The new value of a configuration key or variable, whose mutability stays as it is."""
    if isinstance(inner, list):
        raise LookupError("expected the name of a setting behind the number")  # noqa: TRY004  # a name
    if key in {"custom", "evse", "connector"}:
        return _toml(text)
    old = inner.get(key)
    return {**old, "value": text} if isinstance(old, dict) else text


def _toml(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
