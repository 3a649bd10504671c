"""Rows of the tables in ``schemas/``: cells by column name, and problems that name their place."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import define

__all__ = ["Row", "read_rows"]

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?").fullmatch
_WHOLE = re.compile(r"[0-9]+").fullmatch


@define
class Row:
    """A row; what is wrong with a cell goes to the list of problems.

    Attributes:
        place: file and line, for people.
        cells: column → text without spaces around it, in the order of the columns.
        problems: where what is wrong is noted.
    """

    place: str
    cells: dict[str, str]
    problems: list[str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def wrong(self, column: str, reason: str) -> None:
        """Note what is wrong with a cell."""
        position = list(self.cells).index(column) + 1
        self.problems.append(f"{self.place}, column {position} ({column}): {reason}")

    def needed(self, column: str) -> str:
        """A text that must be there."""
        if not self.cells[column]:
            self.wrong(column, "empty")
        return self.cells[column]

    def doc(self) -> str:
        """The words on it, which become a docstring."""
        text = self.needed("doc")
        if "\\" in text or '"""' in text or text.endswith('"'):
            self.wrong("doc", "a docstring holds no backslash and does not end in a quote")
        return text

    def choice(self, column: str, options: Iterable[str]) -> str:
        """One of some texts; the empty text where it is none of them."""
        text = self.cells[column]
        if text in options:
            return text
        expected = " or ".join(option or "nothing" for option in options)
        self.wrong(column, f"expected {expected}, got {text!r}")
        return ""

    def flag(self, column: str, *, yes: str = "true", no: str = "false") -> bool:
        """One of two texts."""
        return self.choice(column, (yes, no)) == yes

    def number(self, column: str) -> float | None:
        """A number; None where the cell is empty or holds none."""
        text = self.cells[column]
        if text and not _NUMBER(text):
            self.wrong(column, f"expected a number, got {text!r}")
        return float(text) if _NUMBER(text) else None

    def whole(self, column: str) -> int | None:
        """A whole number from 0; None where the cell is empty or holds none."""
        text = self.cells[column]
        if text and not _WHOLE(text):
            self.wrong(column, f"expected a whole number, got {text!r}")
        return int(text) if _WHOLE(text) else None

    def several(self, column: str) -> tuple[str, ...]:
        """Texts with bars between them."""
        text = self.cells[column]
        parts = tuple(part.strip() for part in text.split("|")) if text else ()
        if not all(parts) or len(set(parts)) < len(parts):
            self.wrong(column, f"an empty or repeated part in {text!r}")
        return parts


def read_rows(path: Path, shown: str, columns: Sequence[str], problems: list[str]) -> list[Row]:
    """The rows of a table that have the right number of cells; none where there is no table.

    Args:
        path: the file.
        shown: what people call it.
        columns: what its first line must say.
        problems: where what is wrong is noted.
    """
    if not path.exists():
        return []
    rows = []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            if next(reader, []) != list(columns):
                problems.append(f"{shown}: line 1: expected the columns {','.join(columns)}")
                return []
            for cells in reader:
                place = f"{shown}: line {reader.line_num}"
                if len(cells) != len(columns):
                    problems.append(f"{place}: expected {len(columns)} columns, got {len(cells)}")
                    continue
                stripped = [cell.strip() for cell in cells]
                rows.append(Row(place, dict(zip(columns, stripped, strict=True)), problems))
        except (csv.Error, UnicodeDecodeError) as error:
            problems.append(f"{shown}: line {reader.line_num + 1}: {error}")
    return rows
