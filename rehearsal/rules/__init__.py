"""What AWS and Kubernetes insist on, one file a service; rehearsal/cloud/cloud.py says how a rule is written."""

from importlib import import_module
from pkgutil import iter_modules


def register() -> None:
    """Loads every file of this folder, whose rules register themselves; files in the order of their names."""
    for module in sorted(iter_modules(__path__), key=lambda module: module.name):
        import_module(f"{__name__}.{module.name}")
