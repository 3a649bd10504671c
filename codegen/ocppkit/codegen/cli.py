"""``ocppkit codegen``: import, generate, check, diff."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from ocppkit.codegen.built import build_all
from ocppkit.codegen.diff import diff as changes_between
from ocppkit.codegen.diff_text import as_json as json_of
from ocppkit.codegen.diff_text import as_text as text_of
from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.generate import check_built, generate_built
from ocppkit.codegen.importer import import_bundles
from ocppkit.codegen.reference import check_reference, write_reference
from ocppkit.codegen.render import schemas_folder, templates_folder
from ocppkit.codegen.write import Difference

__all__ = ["command"]

_FOLDER = click.Path(path_type=Path, file_okay=False)
_OUT = "generated/ocppkit"
_REFERENCE = Path("docs/reference")


class _Failure(click.ClickException):
    """Problems with the input, each on a line of its own; exit code 1."""

    def __init__(self, error: CodegenError) -> None:
        super().__init__("\n".join(error.problems))

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click's signature
        click.echo(self.message, err=True)


class _NothingToCompare(_Failure):
    """The same where 1 says that something differs."""

    exit_code = 2


@click.group(name="codegen")
def command() -> None:
    """Turn JSON schemas and tables into typed classes, codecs and handler stubs."""


@command.command(name="import")
@click.argument("version")
@click.argument("bundles", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--schemas", type=_FOLDER, default="schemas", show_default=True)
def import_command(version: str, bundles: tuple[Path, ...], schemas: Path) -> None:
    """Read the official JSON schemas of VERSION from BUNDLES (folders or zips).

    Writes one normalised file a request and response to SCHEMAS/VERSION, and the table of the
    device model where the bundles hold it.
    """
    try:
        difference = import_bundles(list(bundles), schemas / version)
    except CodegenError as error:
        raise _Failure(error) from error
    except OSError as error:
        raise _Failure(CodegenError.at(str(schemas / version), str(error.strerror))) from error
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


def _in_project(schemas: Path | None, out: Path) -> bool:
    """Whether the pages of the reference belong to what is generated."""
    default = schemas is None and out == Path(_OUT)
    return default and Path("schemas").is_dir() and _REFERENCE.is_dir()


@command.command()
@_generating
def generate(schemas: Path | None, out: Path, package: str) -> None:
    """Write the Python packages of all versions in a schemas folder."""
    try:
        versions = build_all(_schemas(schemas), package=package)
    except CodegenError as error:
        raise _Failure(error) from error
    _write(out, lambda: generate_built(versions, out, templates_folder()))
    if _in_project(schemas, out):
        _write(_REFERENCE, lambda: write_reference(versions, _REFERENCE, templates_folder()))


def _write(root: Path, write: Callable[[], Difference]) -> None:
    try:
        difference = write()
    except OSError as error:
        raise _Failure(CodegenError.at(str(root), str(error.strerror))) from error
    _report(root, difference)


@command.command()
@_generating
@click.pass_context
def check(context: click.Context, schemas: Path | None, out: Path, package: str) -> None:
    """Say whether the written packages are what would be generated now; exit code 1 if not."""
    try:
        versions = build_all(_schemas(schemas), package=package)
        found = {out: check_built(versions, out, templates_folder())}
        if _in_project(schemas, out):
            found[_REFERENCE] = check_reference(versions, _REFERENCE, templates_folder())
    except CodegenError as error:
        raise _Failure(error) from error
    for root, difference in found.items():
        for verb, paths in _named(difference):
            for path in paths:
                click.echo(f"{verb}: {root / path}")
    if any(found.values()):
        click.echo("run `ocppkit codegen generate`", err=True)
        context.exit(1)
    click.echo("generated code is up to date")


@command.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def diff(context: click.Context, old: Path, new: Path, *, as_json: bool) -> None:
    """Say what changed between the schemas OLD and NEW, and what it breaks.

    OLD and NEW are folders or zips with the JSON schemas of one version: as published, or
    normalised (schemas/v201). Each change is judged for old senders with new receivers and for new
    senders with old receivers.

    Exit code: 0 no difference, 1 differences that break nothing, 2 OLD or NEW cannot be used,
    3 something breaks in at least one direction.
    """
    try:
        changes = changes_between(old, new)
    except CodegenError as error:
        raise _NothingToCompare(error) from error
    click.echo(json_of(changes) if as_json else text_of(changes))
    context.exit(3 if any(change.breaking for change in changes) else 1 if changes else 0)


def _named(difference: Difference) -> list[tuple[str, list[str]]]:
    return [
        ("missing", difference.missing),
        ("changed", difference.changed),
        ("stale", difference.stale),
    ]


def _report(root: Path, difference: Difference) -> None:
    written = len(difference.missing) + len(difference.changed)
    click.echo(f"{root}: {written} written, {len(difference.stale)} removed")
