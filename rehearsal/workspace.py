"""Creates a copy of a project in which every file is a link to the original, except for edited files.

So the program runs unchanged, or with a mistake made on purpose, and nothing is ever written into the original.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from settings import stack_file
from settings.stack_file import without_secrets

OWN = (".git", ".local", "Pulumi.*.yaml")
"""Parts of a project that are not linked, because a run would write to them or they configure one stack only."""
PLANTED = "rehearsal-planted-secret"
"""Text that stands for every encrypted value of a configuration, which only the owner of its key can read."""


@dataclass(frozen=True)
class Edit:
    """One change of one file, which must contain `old` exactly once."""

    path: str
    old: str
    new: str


def link(project: Path, into: Path, edits: Sequence[Edit] = ()) -> None:
    """Links the project's files into a new folder. Raises ValueError for an edit that does not fit its file."""
    into.mkdir(parents=True)
    edited = {edit.path.split("/")[0] for edit in edits}
    for entry in project.iterdir():
        if any(entry.match(pattern) for pattern in OWN):
            continue
        if entry.name not in edited:
            (into / entry.name).symlink_to(entry)
        elif entry.is_dir():
            inside = [edit for edit in edits if edit.path.startswith(f"{entry.name}/")]
            below = [replace(edit, path=edit.path.removeprefix(f"{entry.name}/")) for edit in inside]
            link(entry, into / entry.name, below)
        else:
            (into / entry.name).write_text(_edited(entry, [edit for edit in edits if edit.path == entry.name]))
    if missing := [edit.path for edit in edits if not (into / edit.path).exists()]:
        raise ValueError(f"no file {', '.join(missing)} in {project} to edit")


def _edited(file: Path, edits: Sequence[Edit]) -> str:
    text = file.read_text(encoding="utf-8")
    for edit in edits:
        if text.count(edit.old) != 1:
            raise ValueError(f"{file.name} has {edit.old!r} {text.count(edit.old)} times, not once: mend the edit")
        text = text.replace(edit.old, edit.new)
    return text


def configuration(file: Path) -> dict[str, Any]:
    """Configuration in a stack's file by full key; empty without a file.

    Encrypted values, whose key is not known, are replaced by PLANTED.
    """
    return without_secrets(stack_file.configuration(file), PLANTED)
