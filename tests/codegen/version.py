"""Versions made up for the tests of the generator."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ocppkit.codegen.build import build
from ocppkit.codegen.model import Protocol
from ocppkit.codegen.sources import Sources, read_sources

__all__ = [
    "DRAFT_4",
    "DRAFT_6",
    "INVENTED",
    "ROOT",
    "SCHEMAS",
    "TEMPLATES",
    "an_object",
    "protocol_of",
    "sources_of",
    "texts_in",
    "write_messages",
    "write_version",
]

JsonObject = dict[str, Any]

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "schemas"
TEMPLATES = ROOT / "templates"
INVENTED = Path(__file__).parent / "invented"
DRAFT_4 = "http://json-schema.org/draft-04/schema#"
DRAFT_6 = "http://json-schema.org/draft-06/schema#"


def an_object(
    properties: Mapping[str, Any] | None = None,
    required: Iterable[str] = (),
    *,
    closed: bool = True,
    **more: Any,
) -> JsonObject:
    """The schema of an object; ``more`` are further keywords."""
    schema: JsonObject = {"type": "object", "properties": dict(properties or {})}
    if required:
        schema["required"] = list(required)
    if closed:
        schema["additionalProperties"] = False
    return schema | more


def write_messages(folder: Path, messages: Mapping[str, Any]) -> Path:
    """Write schemas to a folder, of draft 6 where they name none."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in messages.items():
        text = json.dumps({"$schema": DRAFT_6, **schema})
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return folder


def write_version(
    root: Path,
    request: JsonObject | None = None,
    *,
    folder: str = "v1",
    messages: Mapping[str, Any] | None = None,
    actions: str = "Reset,station,core\n",
    names: str = "",
    docs: str | None = None,
) -> Path:
    """Write a schemas folder with one version of one action, and what is added to it."""
    given = {"ResetRequest": request or an_object(), "ResetResponse": an_object()}
    version = write_messages(root / "schemas" / folder, given | dict(messages or {}))
    (version / "actions.csv").write_text(f"action,receiver,block\n{actions}", encoding="utf-8")
    (version / "names.toml").write_text(names, encoding="utf-8")
    if docs is not None:
        (version / "docs.toml").write_text(docs, encoding="utf-8")
    return root / "schemas"


def sources_of(root: Path, request: JsonObject | None = None, **more: Any) -> Sources:
    """The inputs of such a version."""
    return read_sources(write_version(root, request, **more), more.get("folder", "v1"))


def protocol_of(root: Path, request: JsonObject | None = None, **more: Any) -> Protocol:
    """The model of such a version, as a part of ``acme``."""
    return build(sources_of(root, request, **more), package="acme")


def texts_in(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
