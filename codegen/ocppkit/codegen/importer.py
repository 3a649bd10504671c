"""``ocppkit codegen import``: official bundles become the normalised files of ``schemas/``."""

from __future__ import annotations

import json
from pathlib import Path

from ocppkit.codegen.bundle import read_bundles
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.normalise import normalise
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

    Raises:
        CodegenError: as :func:`normalised_texts`; nothing was written.
    """
    return write(target, normalised_texts(bundles), {"": ".json"})
