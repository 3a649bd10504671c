"""Write the pages of the ledgers: ``make ledger``."""

from __future__ import annotations

import sys

from .book import books
from .page import render


def main() -> None:
    """Write each page anew, and say what is open or wrong."""
    for book in books():
        book.edition.page.parent.mkdir(exist_ok=True)
        book.edition.page.write_text(render(book), encoding="utf-8")
        for problem in book.problems():
            sys.stderr.write(f"{problem}\n")


main()
