"""``ocppkit codegen import``: official bundles become the normalised files of ``schemas/``."""

from __future__ import annotations

import json
from pathlib import Path

from ocppkit.codegen.appendices import device_model_text, has_device_model
from ocppkit.codegen.bundle import files, read_bundles
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.normalise import normalise
from ocppkit.codegen.tables import DEVICE_MODEL
from ocppkit.codegen.write import Difference, write

__all__ = ["import_bundles", "normalised_texts"]


def normalised_texts(bundles: list[Path]) -> dict[str, str]:
    """The normalised files of some bundles: file name → text.

    Raises:
        CodegenError: a bundle cannot be read, a schema cannot be used, or a message has a request
            and no response, or the reverse.
    """
    problems: list[str] = []
    texts = {}
    found = read_bundles(bundles)
    for name, (origin, schema) in sorted(found.items()):
        other = (
            name.removesuffix("Request") + "Response"
            if name.endswith("Request")
            else name.removesuffix("Response") + "Request"
        )
        if other not in found:
            problems.append(f"{origin}: {name} has no {other} beside it")
        try:
            normalised = normalise(schema, origin)
        except CodegenError as error:
            problems += error.problems
            continue
        texts[f"{name}.json"] = json.dumps(normalised, indent=2, ensure_ascii=False) + "\n"
    if problems:
        raise CodegenError(problems)
    return texts


def import_bundles(bundles: list[Path], target: Path) -> Difference:
    """Write the normalised files of some bundles to a version's folder; other JSON there goes.

    Where no bundle holds the table of the device model, the folder keeps its own; where they hold
    nothing else, it keeps its JSON.

    Raises:
        CodegenError: as :func:`normalised_texts` and :func:`device_model_text`; nothing was
            written.
    """
    schemas = [bundle for bundle in bundles if not _has_only_device_model(bundle)]
    texts: dict[str, str] = {}
    problems: list[str] = []
    try:
        texts |= normalised_texts(schemas) if schemas else {}
    except CodegenError as error:
        problems += error.problems
    try:
        table = device_model_text(bundles)
    except CodegenError as error:
        problems += error.problems
    else:
        texts |= {DEVICE_MODEL: table} if table is not None else {}
    if problems:
        raise CodegenError(list(dict.fromkeys(problems)))
    return write(target, texts, {"": ".json"} if schemas else {})


def _has_only_device_model(bundle: Path) -> bool:
    return has_device_model(bundle) and not any(True for _ in files(bundle, ".json"))
