"""``generate`` and ``check``: all versions of a schemas folder, written or compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ocppkit.codegen.built import Built, build_all
from ocppkit.codegen.docs import uncovered
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.render import render
from ocppkit.codegen.tables import undocumented
from ocppkit.codegen.write import Difference, compare, write

__all__ = ["check", "check_built", "generate", "generate_built"]


def _texts(versions: Sequence[Built], templates: Path) -> tuple[dict[str, str], dict[str, str]]:
    texts: dict[str, str] = {}
    for built in versions:
        texts |= render(built.protocol, templates)
    return texts, {built.folder: ".py" for built in versions}


def generate(schemas: Path, out: Path, templates: Path, *, package: str) -> Difference:
    """Write the packages of all versions; what is right already is not touched.

    Args:
        schemas: a folder with a sub-folder a version.
        out: the folder of the package that the versions become part of.
        templates: the templates.
        package: the name of that package.

    Raises:
        CodegenError: an input is wrong; nothing was written.
    """
    return generate_built(build_all(schemas, package=package), out, templates)


def generate_built(versions: Sequence[Built], out: Path, templates: Path) -> Difference:
    """Write the packages of versions that are built, as `generate` does."""
    texts, owned = _texts(versions, templates)
    return write(out, texts, owned)


def check(schemas: Path, out: Path, templates: Path, *, package: str) -> Difference:
    """How the written packages differ from what would be generated now.

    Raises:
        CodegenError: an input is wrong, or a version that has documentation lacks some.
    """
    return check_built(build_all(schemas, package=package), out, templates)


def check_built(versions: Sequence[Built], out: Path, templates: Path) -> Difference:
    """How the written packages differ from those of versions that are built.

    Raises:
        CodegenError: a version that has documentation lacks some.
    """
    problems: list[str] = []
    for built in versions:
        problems += uncovered(built.protocol, built.sources.docs, built.sources.docs_file)
        problems += undocumented(built.sources.tables)
    if problems:
        raise CodegenError(problems)
    texts, owned = _texts(versions, templates)
    return compare(out, texts, owned)
