"""The distribution is built, looked into, and installed without any extra."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from attrs import frozen

pytestmark = pytest.mark.packaging

_ROOT = Path(__file__).parents[2]

_CONSUMER = """
from typing import assert_type

from ocppkit.errors import CallError, ErrorCode, ValidationError
from ocppkit.message import Answer, Response, Side, Then

async def restart() -> None: ...

def answer(side: Side) -> Answer[Response]:
    assert_type(side.peer, Side)
    return Then(response=Response(), follow_up=restart)

error = CallError(ErrorCode.GENERIC_ERROR)
assert_type(error.code, ErrorCode)
"""


def _run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that sees nothing of this checkout through its environment."""
    hidden = {"MYPYPATH", "PYTHONPATH", "VIRTUAL_ENV"}
    return subprocess.run(  # noqa: S603  # our own commands
        [str(part) for part in command],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if name not in hidden},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def _files(folder: str) -> set[str]:
    """The files below a folder of the checkout."""
    base = _ROOT / folder
    return {
        path.relative_to(base).as_posix()
        for path in base.rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }


@frozen(kw_only=True)
class Built:
    """What was built, and the names in it; those of the sdist without its top folder."""

    wheel: Path
    wheel_names: frozenset[str]
    sdist_names: frozenset[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The sdist, and the wheel made from it."""
    folder = tmp_path_factory.mktemp("dist")
    done = _run(
        sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, _ROOT, cwd=folder
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as zipped:
        wheel_names = frozenset(zipped.namelist())
    with tarfile.open(sdist) as tarred:
        sdist_names = frozenset(name.partition("/")[2] for name in tarred.getnames())
    return Built(wheel=wheel, wheel_names=wheel_names, sdist_names=sdist_names)


@frozen(kw_only=True)
class Environment:
    """A virtual environment, and a folder to work in."""

    bin: Path
    folder: Path

    def run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run one of its programs."""
        return _run(self.bin / program, *arguments, cwd=self.folder)


@pytest.fixture(scope="module")
def bare(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel installed without any extra, its requirements from the package index."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder / "venv", with_pip=True)
    environment = Environment(bin=folder / "venv" / "bin", folder=folder)
    done = environment.run("python", "-m", "pip", "install", "--quiet", built.wheel)
    assert done.returncode == 0, done.stdout + done.stderr
    return environment


def test_the_wheel_holds_the_three_roots_as_one_namespace_package(built: Built) -> None:
    modules = {
        name
        for root in ("runtime", "generated", "codegen")
        for name in _files(root)
        if name.endswith(".py")
    }

    assert modules <= built.wheel_names
    assert "ocppkit/__init__.py" not in built.wheel_names


def test_the_wheel_says_of_each_package_that_it_is_typed(built: Built) -> None:
    marks = {name for name in built.wheel_names if name.endswith("py.typed")}
    packages = {
        name.removesuffix("__init__.py")
        for name in built.wheel_names
        if name.count("/") == 2 and name.endswith("/__init__.py")
    }

    assert marks == {"ocppkit/py.typed", *(f"{package}py.typed" for package in packages)}


@pytest.mark.parametrize("folder", ["schemas", "templates"])
def test_the_wheel_holds_what_the_generator_reads(built: Built, folder: str) -> None:
    inside = {f"ocppkit/codegen/{folder}/{name}" for name in _files(folder)}

    assert inside
    assert inside <= built.wheel_names


def test_the_wheel_holds_nothing_else(built: Built) -> None:
    tops = {name.partition("/")[0] for name in built.wheel_names}

    assert {top.rpartition(".")[2] for top in tops} == {"ocppkit", "dist-info"}


def test_the_sdist_holds_the_sources_and_no_tests(built: Built) -> None:
    tops = {name.partition("/")[0] for name in built.sdist_names}

    assert {f"runtime/{name}" for name in _files("runtime")} <= built.sdist_names
    assert {"README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml"} <= tops
    assert "tests" not in tops


def test_a_bare_install_imports_the_library(bare: Environment) -> None:
    done = bare.run("python", "-W", "error", "-c", "import ocppkit.errors, ocppkit.message")

    assert (done.returncode, done.stderr) == (0, "")


def test_a_bare_install_tells_how_to_get_the_command(bare: Environment) -> None:
    done = bare.run("ocppkit", "--help")

    assert done.returncode == 2
    assert done.stdout == ""
    assert "pip install 'ocppkit[cli]'" in done.stderr


def test_mypy_reads_the_types_of_a_bare_install(bare: Environment) -> None:
    consumer = bare.folder / "consumer.py"
    consumer.write_text(_CONSUMER)
    python = bare.bin / "python"

    done = _run(
        sys.executable, "-m", "mypy", "--strict", "--python-executable", python, consumer,
        cwd=bare.folder,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy_finds_a_mistake_against_a_bare_install(bare: Environment) -> None:
    consumer = bare.folder / "mistaken.py"
    consumer.write_text(_CONSUMER.replace("ErrorCode.GENERIC_ERROR", "'GenericError'"))
    python = bare.bin / "python"

    done = _run(
        sys.executable, "-m", "mypy", "--strict", "--python-executable", python, consumer,
        cwd=bare.folder,
    )  # fmt: skip

    assert done.returncode == 1
    assert "[arg-type]" in done.stdout
