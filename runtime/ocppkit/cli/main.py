"""The entry of the ``ocppkit`` command: on a bare install it says what is missing."""

from __future__ import annotations

import sys

__all__ = ["main"]

_HINT = "the ocppkit command needs more packages: pip install 'ocppkit[cli]'\n"


def main() -> None:
    """Run the command line and end the process."""
    try:
        from ocppkit.cli.group import command  # noqa: PLC0415  # needs click, an extra
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        sys.stderr.write(_HINT)
        sys.exit(2)
    command(prog_name="ocppkit")
