"""Runs in a fresh interpreter: what one import costs. Knows nothing but the standard library."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["main"]


def _resident() -> int:
    """The memory of this process that is in RAM, in bytes; 0 where the system does not tell."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return 0
    from resource import getpagesize  # noqa: PLC0415  # there is none on Windows

    return int(statm.read_text(encoding="ascii").split()[1]) * getpagesize()


def _use(messages: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Load request and response of each action as a program does, and decode a request."""
    package = import_module("ocppkit.v201")
    codec = import_module("ocppkit.codec").codec_for(import_module("ocppkit.message").Version.V201)
    for action, payload in messages:
        getattr(package, f"{action}Request")
        getattr(package, f"{action}Response")
        codec.decode_request(codec.actions[action], payload)


def main() -> None:
    """Import what standard input says; write seconds, bytes and the modules that came."""
    order = json.load(sys.stdin)
    for name in order["before"]:
        import_module(name)
    _resident()
    known = set(sys.modules)
    resident, begin = _resident(), time.perf_counter()
    for name in order["imports"]:
        import_module(name)
    if order["messages"]:
        _use(order["messages"])
    seconds = time.perf_counter() - begin
    json.dump(
        {
            "seconds": seconds,
            "bytes": _resident() - resident,
            "modules": [name for name in sys.modules if name not in known],
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
