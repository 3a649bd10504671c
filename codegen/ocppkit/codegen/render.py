"""Print the model of a version through the templates."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ocppkit.codegen.errors import CodegenError
from ocppkit.codegen.model import Protocol
from ocppkit.codegen.table_views import (
    code_enums,
    component_classes,
    profile_classes,
    table_modules,
)
from ocppkit.codegen.views import handlers, modules, stem
from ocppkit.codegen.wording import docstring, opening, tight, wrap

__all__ = ["render", "templates_folder"]


def templates_folder() -> Path:
    """Where the templates are: beside this module when installed, in the checkout otherwise.

    Raises:
        CodegenError: neither place has them.
    """
    return _data_folder("templates")


def schemas_folder() -> Path:
    """Where the schemas are that come with ocppkit.

    Raises:
        CodegenError: neither place has them.
    """
    return _data_folder("schemas")


def _data_folder(name: str) -> Path:
    installed: Traversable = files("ocppkit.codegen") / name
    with as_file(installed) as path:
        if path.is_dir():
            return path
    checkout = Path(__file__).resolve().parents[3] / name
    if checkout.is_dir():
        return checkout
    raise CodegenError.at(str(path), "this folder is missing: is the installation whole?")


def render(protocol: Protocol, templates: Path) -> dict[str, str]:
    """Print all modules of a version.

    Returns:
        Path relative to the folder of the package (``v201/messages/reset.py``) → formatted text.

    Raises:
        CodegenError: the formatter refuses a text: a template is wrong.
    """
    environment = Environment(
        loader=FileSystemLoader(templates),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "docstring": docstring,
        "literal": _literal,
        "opening": opening,
        "stem": stem,
        "tight": tight,
        "wrap": wrap,
    }
    module = f"{protocol.package}.{protocol.folder}" if protocol.package else protocol.folder
    made = modules(protocol)
    tables = table_modules(protocol.tables)
    homes = {name: f"{module}.{view.name}" for view in made for name in view.exported}
    homes |= {name: f"{module}.{table}" for table in tables for name in tables[table]}
    common: dict[str, Any] = {
        "protocol": protocol,
        "module": module,
        "homes": dict(sorted(homes.items(), key=lambda item: item[0].lower())),
        "enums": sorted(protocol.enums, key=str.lower),
        "datatypes": sorted(protocol.structs, key=str.lower),
        "messages": sorted(
            (name for a in protocol.actions for name in (a.request.name, a.response.name)),
            key=str.lower,
        ),
        "handlers": handlers(protocol),
        "modules": made,
        "components": component_classes(protocol.tables),
        "profiles": profile_classes(protocol.tables),
        "code_enums": code_enums(protocol.tables),
    }
    texts = {
        f"{protocol.folder}/{name}.py": environment.get_template(f"{template}.py.j2").render(
            common, face=face
        )
        for name, template, face in (
            ("__init__", "package", ""),
            ("enums", "face", "enums"),
            ("datatypes", "face", "datatypes"),
            ("messages/__init__", "face", "messages"),
            ("actions", "actions", ""),
            ("handlers", "handlers", ""),
            ("shapes", "shapes", ""),
            *((name, name, "") for name in tables),
        )
    }
    template = environment.get_template("module.py.j2")
    for view in made:
        path = f"{protocol.folder}/{view.name.replace('.', '/')}.py"
        texts[path] = template.render(common, view=view)
    # In a namespace package each part says for itself that it is typed (PEP 561).
    return {f"{protocol.folder}/py.typed": "", **_formatted(texts)}


def _literal(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


_CONFIGURATION = """
line-length = 100
target-version = "py311"
[lint.isort]
known-first-party = ["ocppkit"]
[format]
skip-magic-trailing-comma = true
"""


def _formatted(texts: dict[str, str]) -> dict[str, str]:
    """The texts as ruff formats them, all in one run."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "ruff.toml").write_text(_CONFIGURATION, encoding="utf-8")
        for path, text in texts.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        for verb in (["check", "--select", "I,F401", "--fix-only"], ["format"]):
            done = subprocess.run(  # noqa: S603 - our own words
                [sys.executable, "-m", "ruff", *verb, "--no-cache", "."],
                cwd=root,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise CodegenError.at(f"ruff {verb[0]}", done.stderr.strip() or "failed")
        return {path: (root / path).read_text(encoding="utf-8") for path in texts}
