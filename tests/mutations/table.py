"""The table of mistakes (table/*.yaml), which was written before anything was run on it: no row is tuned to a check.

Each row is one edit of one file that contains the old text exactly once.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from rehearsal.workspace import Edit

FOLDER = Path(__file__).with_name("table")
SUBJECTS = (
    "network",
    "cluster",
    "kafka",
    "storage",
    "milvus",
    "release",
    "endpoints",
    "planning",
    "settings",
    "backup",
    "alarms",
)


@dataclass(frozen=True)
class Mistake:
    """One edit that a tired colleague makes."""

    number: int
    kind: str
    edit: Edit
    harm: str
    """What it does in AWS, Kubernetes or Milvus."""

    def __str__(self) -> str:
        old, new = (" ".join(text.split()) for text in (self.edit.old, self.edit.new))
        return f"{self.edit.path}: {old} -> {new or '(nothing)'}"


@cache
def mistakes() -> tuple[Mistake, ...]:
    """All mistakes, numbered from 1 in the order of the files and their rows."""
    rows = [
        (path, row)
        for subject in SUBJECTS
        for path, rows in yaml.safe_load((FOLDER / f"{subject}.yaml").read_text(encoding="utf-8")).items()
        for row in rows
    ]
    return tuple(
        Mistake(number, row["kind"], Edit(path, row["old"], row["new"]), row["harm"])
        for number, (path, row) in enumerate(rows, 1)
    )
