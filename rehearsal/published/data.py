"""Reads the data of this folder, which is written by hand."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, where PyYAML has it, because it is quicker."""


@cache
def read(name: str) -> Any:
    """Content of a YAML file, by its name without the ending."""
    return yaml.load(Path(__file__).with_name(f"{name}.yaml").read_text(), Loader=LOADER)  # noqa: S506 - safe
