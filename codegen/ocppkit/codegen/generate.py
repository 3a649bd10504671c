"""``generate`` and ``check``: all versions of a schemas folder, written or compared."""

from __future__ import annotations

from pathlib import Path

from ocppkit.codegen.build import build
from ocppkit.codegen.docs import uncovered
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.render import render
from ocppkit.codegen.sources import read_sources, versions
from ocppkit.codegen.tables import undocumented
from ocppkit.codegen.write import Difference, compare, write

__all__ = ["check", "generate"]


def _texts(
    schemas: Path, templates: Path, package: str, *, documented: bool
) -> tuple[dict[str, str], dict[str, str]]:
    texts: dict[str, str] = {}
    owned: dict[str, str] = {}
    problems: list[str] = []
    for folder in versions(schemas):
        try:
            sources = read_sources(schemas, folder)
            protocol = build(sources, package=package)
        except CodegenError as error:
            problems += error.problems
            continue
        if documented:
            problems += uncovered(protocol, sources.docs, sources.docs_file)
            problems += undocumented(sources.tables)
        texts |= render(protocol, templates)
        owned[folder] = ".py"
    if problems:
        raise CodegenError(problems)
    return texts, owned


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
    texts, owned = _texts(schemas, templates, package, documented=False)
    return write(out, texts, owned)


def check(schemas: Path, out: Path, templates: Path, *, package: str) -> Difference:
    """How the written packages differ from what would be generated now.

    Raises:
        CodegenError: an input is wrong, or a version that has documentation lacks some.
    """
    texts, owned = _texts(schemas, templates, package, documented=True)
    return compare(out, texts, owned)
