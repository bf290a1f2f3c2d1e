"""What the engine forgets of a collection: whether it is released, and what clients said of it."""

import json
from pathlib import Path
from typing import Any

RELEASED = "released"
"""File in a collection's folder: it was never loaded or a client has released it, and so it stays after a restart."""
SAID = "said.json"
"""File in a collection's folder: its description, consistency, and names and types of its indexes as asked for."""


def said(collection: Any) -> dict[str, Any]:
    """What clients said of a collection; nothing of one that an older launcher made."""
    try:
        return json.loads(Path(collection.data_dir, SAID).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def say(collection: Any, **more: Any) -> None:
    """Keeps something of a collection."""
    Path(collection.data_dir, SAID).write_text(json.dumps({**said(collection), **more}), encoding="utf-8")


def released(collection: Any) -> bool:
    return Path(collection.data_dir, RELEASED).exists()


def set_released(collection: Any, value: bool) -> None:
    file = Path(collection.data_dir, RELEASED)
    file.touch() if value else file.unlink(missing_ok=True)
