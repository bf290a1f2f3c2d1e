"""Scripts of this project that pods run in a plain Python image: standard library only, and one another."""

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from pulumi_kubernetes.core import v1 as core

FOLDER = "/scripts"
"""Where a container finds them, in folders like those of their packages, so that they import one another as here."""


class Scripts:
    """A script to run, and those that it imports."""

    def __init__(self, main: ModuleType, *imported: ModuleType) -> None:
        self.main = main.__name__
        files = {each.__name__: Path(str(each.__file__)) for each in (main, *imported)}
        self.texts: Mapping[str, str] = {path.name: path.read_text(encoding="utf-8") for path in files.values()}
        """Data of the ConfigMap."""
        self.items: list[core.KeyToPathArgsDict] = [
            {"key": path.name, "path": f"{module.replace('.', '/')}.py"} for module, path in files.items()
        ]
        """Where each file of the ConfigMap is mounted below FOLDER."""

    def command(self, *arguments: str) -> list[str]:
        """Command of a container whose working directory is FOLDER, which it cannot write to."""
        return ["python", "-B", "-m", self.main, *arguments]
