"""The site: `make docs` builds it into docs/_build/html, and takes every warning for an error."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from sphinx.ext.autodoc.mock import mock

import kerasgrid

project = "kerasgrid"
author = "the authors of kerasgrid"
copyright = author  # noqa: A001
version = release = kerasgrid.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "kerasgrid_docs",
]
exclude_patterns = ["_build", "kerasgrid_docs"]

# Notebooks are kept with their outputs, and a test runs each from beginning to end; most take minutes and real data
# sets, so that they are shown as they are.
nb_execution_mode = "off"
_TUTORIALS = HERE / "tutorials" / "notebooks"
shutil.rmtree(_TUTORIALS, ignore_errors=True)
shutil.copytree(
    HERE.parent / "notebooks", _TUTORIALS, ignore=lambda _, names: [n for n in names if not n.endswith(".ipynb")]
)

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 4
# A link to another page, and to a heading in it, is a link to its file.
myst_links_external_new_tab = False

# Keras and TensorFlow take seconds to import, and no signature needs them: what imports them is imported here, with
# something that stands in their place.
with mock(["tensorflow", "keras"]):
    for _name in kerasgrid.__all__:
        getattr(kerasgrid, _name)
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_custom_sections = [("Class attributes", "params_style")]

# Known to who uses NumPy, pandas or scikit-learn, kept up by a team, and all of its fonts and scripts are its own.
html_theme = "pydata_sphinx_theme"
html_title = "kerasgrid"
html_theme_options = {
    "show_prev_next": True,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 7,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
# Pages beside the sections have no others to list.
html_sidebars = {"*": []}
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False


def setup(app: Any) -> None:
    """Leave out what scikit-learn adds to every estimator, with links into its own documentation."""
    app.connect("autodoc-skip-member", lambda app, what, name, *rest: True if name.endswith("_request") else None)
    app.connect("build-finished", lambda *rest: _without_tensorflow())


def _without_tensorflow() -> None:
    assert "tensorflow" not in sys.modules, "the site is to be built without importing TensorFlow"
