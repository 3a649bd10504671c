"""The group of ``ocppkit``'s subcommands, found by entry point and loaded when asked for.

An entry point of the group ``ocppkit.commands`` names a click command and, in brackets, the extras
that it needs: ``demo = "ocppkit.cli.demo:command [cli]"``. A subcommand whose extras are not
installed is still listed, and says how to install them.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from typing import NoReturn

import click

__all__ = ["EntryPointGroup", "command"]


class EntryPointGroup(click.Group):
    """A group whose subcommands are entry points."""

    def __init__(self, found: Iterable[EntryPoint], *, help: str) -> None:
        super().__init__(help=help)
        self._found = {entry_point.name: entry_point for entry_point in found}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """All names, also of what cannot be loaded for want of an extra."""
        return sorted(self._found)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # as above
        """The command of this name, or a stand-in that says which extra it wants.

        Raises:
            ModuleNotFoundError: a module is missing that no extra brings: ours, or the command's.
            TypeError: the entry point names something else than a click command.
        """
        entry_point = self._found.get(cmd_name)
        if entry_point is None:
            return None
        try:
            loaded = entry_point.load()
        except ModuleNotFoundError as error:
            if not entry_point.extras or _is_own(error.name, entry_point):
                raise
            return _stand_in(entry_point)
        if not isinstance(loaded, click.Command):
            msg = f"{entry_point.value} is no click command"
            raise TypeError(msg)
        return loaded


def _is_own(missing: str | None, entry_point: EntryPoint) -> bool:
    """Whether the missing module is one that no extra brings."""
    top = (missing or "ocppkit").partition(".")[0]
    return top in {"ocppkit", entry_point.module.partition(".")[0]}


def _stand_in(entry_point: EntryPoint) -> click.Command:
    """A command that takes anything and only says what to install."""
    distribution = entry_point.dist.name if entry_point.dist else "ocppkit"
    install = f"pip install '{distribution}[{','.join(entry_point.extras)}]'"
    return click.Command(
        entry_point.name,
        callback=partial(_refuse, entry_point.name, install),
        params=[
            click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED, expose_value=False)
        ],
        context_settings={"ignore_unknown_options": True},
        add_help_option=False,
        short_help=f"(not installed: {install})",
    )


def _refuse(name: str, install: str) -> NoReturn:
    click.echo(f"ocppkit {name} needs more packages: {install}", err=True)
    raise click.exceptions.Exit(2)


command = click.version_option(package_name="ocppkit", message="%(prog)s %(version)s")(
    EntryPointGroup(
        entry_points(group="ocppkit.commands"),
        help="OCPP 1.6 and 2.0.1 for charging stations and their management systems.",
    )
)
