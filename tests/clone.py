"""Copies the project into another folder, as if somebody had cloned it and `make` had installed the toolchain."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.engine import ROOT

SCRIPTS = ("pulumi-language-python", "language_host.py")


def clone(into: Path) -> Path:
    """Copies tracked and new files, links `.venv` and the CLI, and copies the language host from this work tree."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    for name in subprocess.check_output(command, cwd=ROOT, text=True).split("\0"):
        if name and (ROOT / name).exists():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, into / name, follow_symlinks=False)
    (into / ".venv").symlink_to((ROOT / ".venv").resolve())
    tools, made = (ROOT / ".tools" / "bin").resolve(), into / ".tools" / "bin"
    made.mkdir(parents=True)
    for tool in tools.iterdir():
        # The CLI follows links, and looks for its language host beside the file that it really is.
        (made / tool.name).symlink_to(tool) if (tool.is_symlink() or tool.is_dir()) else link(tool, made / tool.name)
    if (tools / "language_host.py").exists():
        for name in SCRIPTS:
            (made / name).unlink()
            shutil.copyfile(ROOT / "tools" / "pulumi" / name, made / name)
            (made / name).chmod(0o755)
    (into / ".tools" / "complete").touch()
    return into


def link(file: Path, to: Path) -> None:
    try:
        os.link(file, to)
    except OSError:  # it is on another disk
        shutil.copy2(file, to)


def bare_environment(home: Path) -> dict[str, str]:
    """Environment variables of a machine without Pulumi, account or proxy, and without any that the user has set."""
    (home / "home").mkdir(parents=True, exist_ok=True)
    folders = [folder for folder in os.environ["PATH"].split(":") if not (Path(folder) / "pulumi").exists()]
    return {
        "PATH": ":".join(folders),
        "HOME": str(home / "home"),
        "PULUMI_HOME": str(home / "home" / ".pulumi"),  # a Go-built CLI would use the home in /etc/passwd
        "AWS_EC2_METADATA_DISABLED": "true",
    }
