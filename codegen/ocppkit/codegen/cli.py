"""``ocppkit codegen``: import, generate, check."""

from __future__ import annotations

from pathlib import Path

import click

from ocppkit.codegen import generate as generation
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.importer import import_bundles
from ocppkit.codegen.render import schemas_folder, templates_folder
from ocppkit.codegen.write import Difference

__all__ = ["command"]

_FOLDER = click.Path(path_type=Path, file_okay=False)
_OUT = "generated/ocppkit"


class _Failure(click.ClickException):
    """Problems with the input, each on a line of its own; exit code 1."""

    def __init__(self, error: CodegenError) -> None:
        super().__init__("\n".join(error.problems))

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click's signature
        click.echo(self.message, err=True)


@click.group(name="codegen")
def command() -> None:
    """Turn JSON schemas and tables into typed classes, codecs and handler stubs."""


@command.command(name="import")
@click.argument("version")
@click.argument("bundles", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--schemas", type=_FOLDER, default="schemas", show_default=True)
def import_command(version: str, bundles: tuple[Path, ...], schemas: Path) -> None:
    """Read the official JSON schemas of VERSION from BUNDLES (folders or zips).

    Writes one normalised file a request and response to SCHEMAS/VERSION.
    """
    try:
        difference = import_bundles(list(bundles), schemas / version)
    except CodegenError as error:
        raise _Failure(error) from error
    _report(schemas / version, difference)


def _generating(run: click.decorators.FC) -> click.decorators.FC:
    for option in (
        click.option("--package", default="ocppkit", show_default=True, help="The parent package."),
        click.option("--out", type=_FOLDER, default=_OUT, show_default=True),
        click.option("--schemas", type=_FOLDER, help="Default: ./schemas, else ocppkit's own."),
    ):
        run = option(run)
    return run


def _schemas(given: Path | None) -> Path:
    if given is not None:
        return given
    here = Path("schemas")
    return here if here.is_dir() else schemas_folder()


@command.command()
@_generating
def generate(schemas: Path | None, out: Path, package: str) -> None:
    """Write the Python packages of all versions in a schemas folder."""
    try:
        difference = generation.generate(
            _schemas(schemas), out, templates_folder(), package=package
        )
    except CodegenError as error:
        raise _Failure(error) from error
    _report(out, difference)


@command.command()
@_generating
@click.pass_context
def check(context: click.Context, schemas: Path | None, out: Path, package: str) -> None:
    """Say whether the written packages are what would be generated now; exit code 1 if not."""
    try:
        difference = generation.check(_schemas(schemas), out, templates_folder(), package=package)
    except CodegenError as error:
        raise _Failure(error) from error
    for verb, paths in _named(difference):
        for path in paths:
            click.echo(f"{verb}: {out / path}")
    if difference:
        click.echo("run `ocppkit codegen generate`", err=True)
        context.exit(1)
    click.echo("generated code is up to date")


def _named(difference: Difference) -> list[tuple[str, list[str]]]:
    return [
        ("missing", difference.missing),
        ("changed", difference.changed),
        ("stale", difference.stale),
    ]


def _report(root: Path, difference: Difference) -> None:
    written = len(difference.missing) + len(difference.changed)
    click.echo(f"{root}: {written} written, {len(difference.stale)} removed")
