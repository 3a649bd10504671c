"""``ocppkit config``: checks a station's configuration file, and converts one of libocpp."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from ocppkit.errors import ConfigurationError
from ocppkit.station.cautions import cautions
from ocppkit.station.settings.components import disagreements
from ocppkit.station.settings.libocpp import convert as convert_libocpp
from ocppkit.station.settings.lines import line_of, lines_of
from ocppkit.station.settings.mistakes import dotted
from ocppkit.station.settings.reading import load

__all__ = ["command"]

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(name="config")
def command() -> None:
    """Check and convert the configuration of a station."""


@command.command()
@click.argument("file", type=_FILE)
def check(file: Path) -> None:
    """Print every mistake in FILE, a station.toml; exit with 2 if there is any.

    Environment variables (OCPPKIT_CSMS__URL for csms.url) count as they do for a station. What is
    right but asked for in vain, as an extra is not installed or a folder is empty, is a warning; so
    is what the files of [device_model] say and cannot be.
    """
    try:
        settings = load(file, os.environ)
    except ConfigurationError as error:
        for line in error.lines():
            click.echo(line)
        raise click.exceptions.Exit(2) from None
    lines = lines_of(file.read_text(encoding="utf-8"))
    warned = cautions(settings.config())
    for caution in warned:
        number = line_of(caution.path, lines)
        place = f"{file}{'' if number is None else f':{number}'}"
        click.echo(f"{place}: warning: {dotted(caution.path)}: {caution.message}")
    disagreeing = disagreements(settings)
    for each in disagreeing:
        click.echo(f"warning: {each}")
    count = len(warned) + len(disagreeing)
    verdict = f", {count} warning{'' if count == 1 else 's'}" if count else ""
    click.echo(f"{file}: no mistakes{verdict}")


@command.command()
@click.argument("file", type=_FILE)
@click.option("--user-config", type=_FILE, help="The user's changes, merged over FILE.")
@click.option("-o", "--output", type=_FILE, help="Where to write; standard output unless told.")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def convert(file: Path, user_config: Path | None, output: Path | None, *, force: bool) -> None:
    """Make a station.toml of FILE, libocpp's config.json for OCPP 1.6.

    What cannot be carried over is named on standard error, key by key with the reason; and so is
    what is still wrong in the result.
    """
    done = convert_libocpp(_read(file), _read(user_config) if user_config else None)
    if output is None:
        click.echo(done.text, nl=False)
    else:
        try:
            with output.open("w" if force else "x", encoding="utf-8") as stream:
                stream.write(done.text)
        except FileExistsError:
            text = f"{output} is there already; --force overwrites it"
            raise click.ClickException(text) from None
        except OSError as error:
            raise click.ClickException(f"{output}: cannot be written: {error.strerror}") from error
    for left in done.left:
        click.echo(str(left), err=True)
    for problem in done.problems:
        click.echo(f"still to do: {problem}", err=True)


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise click.ClickException(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise click.ClickException(f"{file}: is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise click.ClickException(f"{file}: expected an object of sections")
    return content
