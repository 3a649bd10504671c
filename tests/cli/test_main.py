from __future__ import annotations

import sys
from importlib.metadata import version

import pytest

from ocppkit.cli.main import main


def test_without_click_it_says_in_one_line_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "ocppkit.cli.group", raising=False)
    monkeypatch.setitem(sys.modules, "click", None)

    with pytest.raises(SystemExit) as ended:
        main()

    printed = capsys.readouterr()
    assert ended.value.code == 2
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert "pip install 'ocppkit[cli]'" in printed.err


def test_another_missing_module_is_a_bug_and_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ocppkit.cli.group", None)

    with pytest.raises(ModuleNotFoundError, match=r"ocppkit\.cli\.group"):
        main()


def test_version_is_that_of_the_installed_distribution(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["ocppkit", "--version"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"ocppkit {version('ocppkit')}\n"
