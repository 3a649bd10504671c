"""What the generator says when an input is wrong: always the place and the reason."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["CodegenError", "Place"]


class Place:
    """Where in an input something stands: a file, and a JSON pointer, key or line in it."""

    def __init__(self, file: str, inner: str = "") -> None:
        self.file = file
        self.inner = inner

    def __truediv__(self, step: str | int) -> Place:
        escaped = str(step).replace("~", "~0").replace("/", "~1")
        return Place(self.file, f"{self.inner or '#'}/{escaped}")

    def __str__(self) -> str:
        return f"{self.file}: {self.inner}" if self.inner else self.file


class CodegenError(Exception):
    """One or more inputs that cannot be used; nothing was written.

    Attributes:
        problems: each a line ``file: place: reason``.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))

    @classmethod
    def at(cls, place: Place | str, reason: str) -> CodegenError:
        """One problem at one place."""
        return cls([f"{place}: {reason}"])
