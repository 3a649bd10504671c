"""The folder for files that are fetched or sent."""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from pathlib import Path

from ocppkit.security.files import private_folder

__all__ = ["FilePlace"]

_RESERVE = 16 << 20  # bytes of the disk that no download fills


class FilePlace:
    """A folder of the station's; one that goes with the process where nothing is kept."""

    def __init__(self, state_dir: Path | None) -> None:
        """Make nothing yet.

        Args:
            state_dir: where the station keeps what outlasts the process; None for nowhere.
        """
        self._folder = None if state_dir is None else state_dir / "transfer"
        self._making = threading.Lock()

    def folder(self) -> Path:
        """The folder, which is there; not for the thread of an event loop.

        Raises:
            OSError: it cannot be made.
        """
        with self._making:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="ocppkit-"))
                _ = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        private_folder(self._folder)  # diagnostics say much
        return self._folder

    def room(self) -> int:
        """How large a file may become there, in bytes; not for the thread of an event loop.

        What is there of one that is being fetched counts as free: it is a part of it, or goes.
        """
        folder = self.folder()
        begun = sum(part.stat().st_size for part in folder.glob("*.part"))
        return max(0, shutil.disk_usage(folder).free + begun - _RESERVE)
