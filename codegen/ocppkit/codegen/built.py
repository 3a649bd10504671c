"""All versions of a schemas folder, read and built: once for the code and its reference."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from ocppkit.codegen.build import build
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.model import Protocol
from ocppkit.codegen.sources import Sources, read_sources, versions

__all__ = ["Built", "build_all"]


@frozen
class Built:
    """A version, ready to be written.

    Attributes:
        folder: its name.
        sources: what it was built from.
        protocol: its messages and types.
        package: the name of the package that it becomes part of.
    """

    folder: str
    sources: Sources
    protocol: Protocol
    package: str


def build_all(schemas: Path, *, package: str) -> list[Built]:
    """Build every version.

    Args:
        schemas: a folder with a sub-folder a version.
        package: the name of the package that the versions become part of.

    Raises:
        CodegenError: an input is wrong.
    """
    done: list[Built] = []
    problems: list[str] = []
    for folder in versions(schemas):
        try:
            sources = read_sources(schemas, folder)
            done.append(Built(folder, sources, build(sources, package=package), package))
        except CodegenError as error:
            problems += error.problems
    if problems:
        raise CodegenError(problems)
    return done
