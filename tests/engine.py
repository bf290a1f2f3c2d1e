"""Runs the real Pulumi CLI on a project with its own state, home and data, so that no test sees another's stack."""

import json
import os
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.warm import starter

ROOT = Path(__file__).parent.parent
SALT = (ROOT / "Pulumi.local.yaml").read_text().split("encryptionsalt: ")[1].split()[0]
SHARED = (".venv", "__main__.py", "outputs.py", "settings", "arguments", "components", "planning", "milvus_contract")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Engine:
    """A project folder with a backend in files. `configure` creates its stacks."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> "Engine":
        engine = cls(folder)
        (folder / "state").mkdir(parents=True)
        (folder / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
        for name in SHARED:
            (folder / name).symlink_to(ROOT / name)
        return engine

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PATH": f"{ROOT / '.tools' / 'bin'}:{os.environ['PATH']}",
            "PULUMI_HOME": str(self.folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            **starter.environment(changed=False),
        }

    def configure(self, stack: str, /, **settings: object) -> None:
        """Writes Pulumi.<stack>.yaml as JSON, which is also YAML, and creates the stack if it is new."""
        config = {f"milvus-on-aws:{key}": value for key, value in settings.items()}
        file = self.folder / f"Pulumi.{stack}.yaml"
        new = not file.exists()
        file.write_text(json.dumps({"encryptionsalt": SALT, "config": config}))
        if new:
            self.pulumi("stack", "init", stack)

    def pulumi(self, *arguments: str, check: bool = True) -> str:
        """Runs a command and returns its standard output and error. It must succeed with `check`, and fail without."""
        command = [str(ROOT / ".tools" / "bin" / "pulumi"), *arguments, "--non-interactive"]
        answer = subprocess.run(
            command, cwd=self.folder, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert (answer.returncode == 0) == check, answer.stdout
        return answer.stdout

    def up(self, stack: str, *options: str, check: bool = True) -> str:
        return self.pulumi("up", "--stack", stack, "--yes", "--skip-preview", *options, check=check)

    def destroy(self, stack: str) -> str:
        return self.pulumi("destroy", "--stack", stack, "--yes", "--skip-preview")

    def outputs(self, stack: str) -> dict[str, Any]:
        return json.loads(self.pulumi("stack", "output", "--json", "--stack", stack))

    def state(self, stack: str) -> list[dict[str, Any]]:
        return json.loads(self.pulumi("stack", "export", "--stack", stack))["deployment"].get("resources", [])
