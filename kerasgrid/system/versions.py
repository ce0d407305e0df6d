"""The versions that bear on a run's numbers."""

from __future__ import annotations

import platform
from importlib import metadata

PACKAGES = ("kerasgrid", "tensorflow", "keras", "scikit-learn", "numpy")
"""The packages whose versions bear on a run's numbers."""


def installed_versions() -> dict[str, str]:
    """Return the versions of Python and :data:`PACKAGES`, without importing any; absent ones are left out."""
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions
