"""Every Python block of the README and the documentation runs.

The blocks of a page run in order and share their names. A block that cannot run alone is marked
``python no-run``. One after ``<!-- NAME example -->`` shows ``examples/NAME.py``, which is tested
elsewhere; here it is compared with that file.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from attrs import frozen
from markdown_it import MarkdownIt

_ROOT = Path(__file__).parents[2]
_PAGES = [_ROOT / "README.md", *sorted((_ROOT / "docs").rglob("*.md"))]
_SHOWS = re.compile(r"<!-- (\w+) example -->")


@frozen(kw_only=True)
class _Block:
    """A Python block; ``shows`` names the example that it repeats."""

    line: int
    text: str
    runs: bool
    shows: str | None = None


def _blocks(markdown: str) -> list[_Block]:
    found: list[_Block] = []
    shows: str | None = None
    for token in MarkdownIt().parse(markdown):
        info = token.info.split()
        if token.type == "html_block":
            match = _SHOWS.search(token.content)
            shows = match[1] if match else None
            continue
        if token.type == "fence" and info[:1] == ["python"] and token.map:
            found.append(
                _Block(
                    line=token.map[0] + 1,
                    text=token.content,
                    runs="no-run" not in info,
                    shows=shows,
                )
            )
        shows = None
    return found


def _run(blocks: list[_Block], page: str) -> None:
    names: dict[str, object] = {"__name__": "__main__"}
    for block in blocks:
        if block.runs and block.shows is None:
            source = "\n" * block.line + block.text  # so that a traceback names the page's line
            exec(compile(source, page, "exec"), names)  # noqa: S102  # that is the test


def _name(page: Path) -> str:
    return page.relative_to(_ROOT).as_posix()


@pytest.mark.parametrize("page", _PAGES, ids=_name)
def test_the_python_blocks_of_a_page_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(_ROOT)

    _run(_blocks(page.read_text(encoding="utf-8")), str(page))


@pytest.mark.parametrize("page", _PAGES, ids=_name)
def test_an_example_on_a_page_is_the_example_in_the_repository(page: Path) -> None:
    shown = [block for block in _blocks(page.read_text(encoding="utf-8")) if block.shows]

    for block in shown:
        assert block.text == (_ROOT / "examples" / f"{block.shows}.py").read_text(encoding="utf-8")


def test_most_blocks_run() -> None:
    blocks = [block for page in _PAGES for block in _blocks(page.read_text(encoding="utf-8"))]

    assert sum(block.runs for block in blocks) > len(blocks) / 2


def test_a_failing_block_names_its_line() -> None:
    markdown = "# Title\n\n```python\nlength = 2\n```\n\n```python\nassert length == 3\n```\n"

    with pytest.raises(AssertionError) as raised:
        _run(_blocks(markdown), "page.md")

    last = raised.traceback[-1]
    assert (Path(last.path).name, last.lineno + 1) == ("page.md", 8)


def test_blocks_are_told_apart() -> None:
    markdown = (
        "```python\nrun\n```\n\n```python no-run\nlook\n```\n\n```sh\nls\n```\n\n"
        "<!-- station example -->\n\n```python\nshow\n```\n"
    )

    found = [(block.text, block.runs, block.shows) for block in _blocks(markdown)]

    assert found == [
        ("run\n", True, None),
        ("look\n", False, None),
        ("show\n", True, "station"),
    ]
