"""The reference pages of the documentation: the messages and the tables of each version."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ocppkit.codegen.build import build
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.sources import read_sources, versions
from ocppkit.codegen.table_views import (
    component_classes,
    component_sections,
    example,
    profile_classes,
    profile_sections,
    release,
)
from ocppkit.codegen.views import modules
from ocppkit.codegen.write import Difference, compare, write

__all__ = ["check_reference", "reference_pages", "write_reference"]


def reference_pages(schemas: Path, templates: Path, *, package: str) -> dict[str, str]:
    """Print the pages of all versions: file name → Markdown.

    Raises:
        CodegenError: an input is wrong.
    """
    environment = Environment(
        loader=FileSystemLoader(templates),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    pages: dict[str, str] = {}
    problems: list[str] = []
    for folder in versions(schemas):
        try:
            sources = read_sources(schemas, folder)
            protocol = build(sources, package=package)
        except CodegenError as error:
            problems += error.problems
            continue
        tables, module = sources.tables, f"{package}.{folder}" if package else folder
        shared, *views = modules(protocol)
        pages[f"messages-{release(folder)}.md"] = environment.get_template("messages.md.j2").render(
            protocol=protocol,
            module=module,
            release=release(folder),
            shared=shared,
            actions=list(zip(protocol.actions, views, strict=True)),
        )
        for template, name, sections, classes in (
            ("device_model", "device-model", component_sections, component_classes),
            ("configuration", "configuration-keys", profile_sections, profile_classes),
        ):
            if found := sections(tables):
                pages[f"{name}-{release(folder)}.md"] = environment.get_template(
                    f"{template}.md.j2"
                ).render(
                    folder=folder,
                    module=module,
                    release=release(folder),
                    sections=found,
                    example=example(classes(tables)),
                    components=tables.components,
                )
    if problems:
        raise CodegenError(problems)
    return pages


def write_reference(schemas: Path, out: Path, templates: Path, *, package: str) -> Difference:
    """Write the pages; other files there stay.

    Raises:
        CodegenError: an input is wrong; nothing was written.
    """
    return write(out, reference_pages(schemas, templates, package=package), {})


def check_reference(schemas: Path, out: Path, templates: Path, *, package: str) -> Difference:
    """How the written pages differ from what would be written now.

    Raises:
        CodegenError: an input is wrong.
    """
    return compare(out, reference_pages(schemas, templates, package=package), {})
