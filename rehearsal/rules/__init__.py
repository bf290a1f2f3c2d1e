"""The rules of AWS and Kubernetes, one file for each service. rehearsal/cloud/cloud.py says how a rule is written."""

from importlib import import_module
from pkgutil import iter_modules


def register() -> None:
    """Imports every file of this folder, in the order of their names. The rules register themselves when imported."""
    for module in sorted(iter_modules(__path__), key=lambda module: module.name):
        import_module(f"{__name__}.{module.name}")
