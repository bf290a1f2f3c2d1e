"""Time and commit of a rehearsal. A folder that is not in git has no commit."""

import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Origin:
    when: str
    """Local time to the minute, with its offset from UTC."""
    commit: str = ""
    """Short hash and subject of the commit; empty without git."""
    dirty: bool = False
    """True if files differ from the commit."""

    def __str__(self) -> str:
        if not self.commit:
            return "no commit: this folder is not in git, or git is not installed"
        return f"{self.commit}{' (with uncommitted changes)' if self.dirty else ''}"


def origin(folder: Path) -> Origin:
    when = datetime.now().astimezone().isoformat(sep=" ", timespec="minutes")
    commit = _git(folder, "log", "-1", "--format=%h %s")
    if not commit:
        return Origin(when)
    return Origin(when, commit, bool(_git(folder, "status", "--porcelain")))


def _git(folder: Path, *command: str) -> str:
    """Output of a git command; empty if git is not installed or the folder is not in git."""
    if not (git := shutil.which("git")):
        return ""
    answer = subprocess.run([git, *command], cwd=folder, capture_output=True, text=True)
    return answer.stdout.strip() if answer.returncode == 0 else ""
