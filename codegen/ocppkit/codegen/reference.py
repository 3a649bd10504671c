"""The reference pages of the documentation: the messages and the tables of each version."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ocppkit.codegen.built import Built
from ocppkit.codegen.model import Protocol
from ocppkit.codegen.table_views import (
    component_classes,
    component_sections,
    example,
    profile_classes,
    profile_sections,
    release,
)
from ocppkit.codegen.views import handlers, modules
from ocppkit.codegen.write import Difference, compare, write

__all__ = ["check_reference", "reference_pages", "write_reference"]


def reference_pages(versions: Sequence[Built], templates: Path) -> dict[str, str]:
    """Print the pages of versions: file name → Markdown."""
    environment = Environment(
        loader=FileSystemLoader(templates),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    pages: dict[str, str] = {}
    for built in versions:
        folder, protocol, tables = built.folder, built.protocol, built.sources.tables
        module = f"{built.package}.{folder}" if built.package else folder
        shared, *views = modules(protocol)
        pages[f"messages-{release(folder)}.md"] = environment.get_template("messages.md.j2").render(
            protocol=protocol,
            module=module,
            release=release(folder),
            shared=shared,
            actions=list(zip(protocol.actions, views, strict=True)),
            classes=_handler_classes(protocol),
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
    return pages


def _handler_classes(protocol: Protocol) -> dict[str, str]:
    """The handler classes that an action has a method in, by its name."""
    found: dict[str, list[str]] = {}
    for side in handlers(protocol).values():
        for view in side:
            for action in view.actions:
                found.setdefault(action.name, []).append(f"`{view.name}`")
    return {name: " and ".join(classes) for name, classes in found.items()}


def write_reference(versions: Sequence[Built], out: Path, templates: Path) -> Difference:
    """Write the pages; other files there stay."""
    return write(out, reference_pages(versions, templates), {})


def check_reference(versions: Sequence[Built], out: Path, templates: Path) -> Difference:
    """How the written pages differ from what would be written now."""
    return compare(out, reference_pages(versions, templates), {})
