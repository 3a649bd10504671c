"""The station's message log, as the configuration has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ocppkit.message import Side
from ocppkit.station.config import StationConfig

if TYPE_CHECKING:
    from ocppkit.message_log import MessageLog

__all__ = ["message_log", "message_log_file"]

_PLACE = Path("log", "messages.jsonl")


def message_log_file(config: StationConfig) -> Path | None:
    """The file: the one named for it, or one in the folder for what the station keeps."""
    settings, state_dir = config.logging, config.storage.state_dir
    file = settings.messages or (None if state_dir is None else state_dir / _PLACE)
    return file if settings.enabled else None


def message_log(config: StationConfig) -> MessageLog | None:
    """The log, where there is a file for it."""
    file, settings = message_log_file(config), config.logging
    if file is None:
        return None
    from ocppkit.message_log import MessageLog, Rotation  # noqa: PLC0415  # where one is written

    return MessageLog(
        file,
        side=Side.STATION,
        rotation=Rotation(max_size=settings.max_size, keep=settings.keep, daily=settings.daily),
        keep_tokens=settings.keep_tokens,
    )
