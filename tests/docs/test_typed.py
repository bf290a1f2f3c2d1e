"""Documented commands that no other test runs, exactly as they are typed."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.engine import ROOT

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:milvus-on-aws-dev/milvus/app-Ab3dEf"
"""What `make grant` prints: random at its end, which Pulumi takes for a secret."""


def commands(page: str, word: str) -> list[str]:
    """The lines of the fenced block that has this word."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    [found] = [block for block in blocks if word in block]
    return found.splitlines()


def shell(command: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    path = f"{ROOT / '.tools' / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        ["sh", "-ec", command],
        cwd=folder,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def test_a_consumers_settings_take_the_arn_that_grant_prints(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text((ROOT / "examples" / "consumer_stack" / "Pulumi.yaml").read_text())
    (tmp_path / "state").mkdir()
    engine = {
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    first, *typed = commands("docs/consumers.md", "stack init app")
    assert first.startswith("arn=$(make -s grant STACK=dev ")
    assert [line.split()[1] for line in typed] == ["stack", "config", "config", "config", "up"]
    for line in typed[:-1]:
        answer = shell(line, tmp_path, arn=SECRET, **engine)
        assert answer.returncode == 0, answer.stderr
    assert f"authSecretArn: {SECRET}" in (tmp_path / "Pulumi.app.yaml").read_text()


def test_a_copy_of_the_consumer_stack_stands_alone(tmp_path: Path) -> None:
    copy, install, settings = commands("docs/consumers.md", "app-stack")
    assert "pip install pulumi pulumi-aws pulumi-kubernetes" in install
    project = tmp_path / "project"
    (project / "examples").mkdir(parents=True)
    for name in ("examples/consumer_stack", "milvus_contract"):
        subprocess.run(["cp", "-R", ROOT / name, project / name], check=True)
    answer = shell(f"{copy} && {settings}", project)
    assert answer.returncode == 0, answer.stderr
    stack = tmp_path / "app-stack"
    assert "virtualenv: venv" in (stack / "Pulumi.yaml").read_text()
    assert not [path for path in stack.rglob("*") if path.is_symlink()]
    read = subprocess.run(
        [sys.executable, "-c", "import milvus_contract; print(milvus_contract.__file__)"],
        cwd=stack,
        capture_output=True,
        text=True,
    )
    assert read.stdout.strip() == str(stack / "milvus_contract" / "__init__.py")
