"""Read an official bundle of JSON schemas: a folder or a zip, one file a request or response."""

from __future__ import annotations

import json
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from ocppkit.codegen.errors import CodegenError

__all__ = ["files", "message_name", "parsed", "read_bundles"]

# What zipfile lets through of a zip that is broken, encrypted or compressed in an unusual way.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)


def message_name(file: str) -> str:
    """The message that a file of an official bundle defines.

    1.6 calls a request by its bare action (``Heartbeat.json``), 2.0.1 ``HeartbeatRequest.json``.
    """
    stem = PurePosixPath(file).name.removesuffix(".json")
    for old, new in ((".req", "Request"), (".conf", "Response")):
        if stem.endswith(old):
            return stem.removesuffix(old) + new
    return stem if stem.endswith(("Request", "Response")) else f"{stem}Request"


def read_bundles(bundles: list[Path]) -> dict[str, tuple[str, Any]]:
    """All messages of some bundles.

    Returns:
        Message name → (where it was read, its parsed JSON).

    Raises:
        CodegenError: a bundle cannot be read, holds no schema, holds something that is not JSON,
            or two files define one message.
    """
    found: dict[str, tuple[str, Any]] = {}
    problems: list[str] = []
    for bundle in bundles:
        seen = False
        for origin, data in files(bundle, ".json"):
            seen = True
            name = message_name(origin)
            try:
                schema = parsed(data)
            except ValueError as error:
                problems.append(f"{origin}: not JSON: {error}")
                continue
            if name in found:
                problems.append(f"{origin}: {name} is defined by {found[name][0]} too")
                continue
            found[name] = (origin, schema)
        if not seen:
            problems.append(f"{bundle}: no *.json file in it")
    if problems:
        raise CodegenError(problems)
    return found


def parsed(data: bytes) -> Any:
    """The value of a JSON file.

    Raises:
        ValueError: it is no JSON, is nested too deep, or holds half a character, which no file of
            ours could.
    """
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except RecursionError as error:
        msg = "it is nested too deep"
        raise ValueError(msg) from error
    if b"\\u" in data:
        _ = json.dumps(value, ensure_ascii=False).encode()
    return value


def files(bundle: Path, ending: str) -> Iterator[tuple[str, bytes]]:
    """The files of a bundle whose names end like this: where each stands, and its bytes.

    Raises:
        CodegenError: the bundle cannot be read.
    """
    if bundle.is_dir():
        for path in sorted(bundle.rglob(f"*{ending}")):
            yield str(path), path.read_bytes()
        return
    try:
        with zipfile.ZipFile(bundle) as archive:
            for name in sorted(archive.namelist()):
                inner = PurePosixPath(name)
                if inner.suffix == ending and "__MACOSX" not in inner.parts:
                    yield f"{bundle}!{name}", archive.read(name)
    except FileNotFoundError as error:
        raise CodegenError.at(str(bundle), "no such file or folder") from error
    except _UNREADABLE as error:
        raise CodegenError.at(str(bundle), f"neither a folder nor a zip: {error}") from error
