"""Scripts as a pod finds them: what its ConfigMap mounts, and nothing else of this project."""

from pathlib import Path
from typing import Any


def mount(config_map: dict[str, str], volume: dict[str, Any], folder: Path) -> None:
    """Writes the files of a ConfigMap to where a pod's volume has them."""
    for item in volume["items"]:
        target = folder / item["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(config_map[item["key"]], encoding="utf-8")
