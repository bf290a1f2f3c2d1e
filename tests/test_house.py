"""Rules for the repository: short files, an entry point that only composes, and folders that say what they contain.

Left out: which folder may import which. import-linter checks that (pyproject.toml, `make check`).
"""

import ast
import subprocess
import tomllib
from pathlib import Path

from tests.engine import ROOT

LONGEST = 300
LONGEST_ENTRY = 60


def tracked(pattern: str) -> list[Path]:
    """Tracked and new files of the repository; all files if there is no repository, as in an unpacked archive."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", pattern]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True)
    names = listed.stdout.splitlines() if not listed.returncode else []
    found = [ROOT / name for name in names] or list(ROOT.rglob(pattern))
    return [file for file in found if file.is_file() and not file.relative_to(ROOT).parts[0].startswith(".")]


def lines(file: Path) -> int:
    return len(file.read_text(encoding="utf-8").splitlines())


def test_no_file_is_longer_than_can_be_read_at_once() -> None:
    files = tracked("*.py")
    assert len(files) > 300
    assert {str(file.relative_to(ROOT)): lines(file) for file in files if lines(file) > LONGEST} == {}


def test_the_entry_only_composes() -> None:
    assert lines(ROOT / "__main__.py") <= LONGEST_ENTRY


def test_every_room_says_in_one_place_what_it_is() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = settings["tool"]["importlinter"]["root_packages"]
    folders = {file.parent for file in tracked("*.py") if file.relative_to(ROOT).parts[0] in rooms}
    assert len(folders) > 20
    unsaid = [
        str(folder.relative_to(ROOT))
        for folder in folders
        if not (folder / "__init__.py").is_file()
        or not ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    ]
    assert unsaid == []
