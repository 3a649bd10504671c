"""The configuration of Sphinx."""

from __future__ import annotations

from importlib.metadata import version as installed

project = "ocppkit"
author = "the ocppkit authors"
release = installed("ocppkit")
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

autodoc_member_order = "bysource"
autodoc_typehints = "description"
napoleon_google_docstring = True
napoleon_numpy_docstring = False

myst_heading_anchors = 3

# Sphinx takes the builtin `type` of an annotation for the attributes of that name.
suppress_warnings = ["ref.python"]

html_theme = "furo"
html_title = f"ocppkit {release}"
