import json
import subprocess
import sys
from pathlib import Path

from milvus_contract import parse
from tests.engine import ROOT, Engine


def test_an_unknown_stack_is_one_line_and_exit_code_1() -> None:
    command = [sys.executable, "-m", "operations", "smoke", "--stack", "no-such-stack"]
    environment = {"PULUMI_BACKEND_URL": "file:///nowhere", "PATH": "", "PULUMI_CONFIG_PASSPHRASE": ""}
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert answer.returncode == 1
    assert answer.stderr.startswith("error: the outputs of stack no-such-stack can't be read: ")
    assert "Traceback" not in answer.stderr


def test_the_contract_of_a_real_stack_comes_in_every_format_and_from_any_folder(tmp_path: Path) -> None:
    engine = Engine.create(tmp_path / "project")
    (engine.folder / "__main__.py").unlink()
    (engine.folder / "__main__.py").write_text(
        "import outputs; outputs.export(target='embedded', milvus_uri='http://127.0.0.1:1', milvus_tls=False)"
    )
    engine.configure("test")
    engine.up("test")
    name = "organization/milvus-on-aws/test"

    def said(format_: str) -> str:
        command = [sys.executable, "-m", "operations", "outputs", "--stack", name, "--format", format_]
        return subprocess.run(
            command, cwd=ROOT, env=engine.environment, capture_output=True, text=True, check=True
        ).stdout

    expected = parse(engine.outputs("test"), "test")
    assert parse(json.loads(said("json")), "test") == expected
    assert "MILVUS_STACK_URI=http://127.0.0.1:1\n" in said("dotenv")
    assert "export MILVUS_STACK_TLS=false\n" in said("env")
    program = f"import milvus_contract; print(milvus_contract.read('stack:{name}').milvus_uri)"
    environment = {**engine.environment, "PYTHONPATH": str(ROOT), "PULUMI_CONFIG_PASSPHRASE": "another"}
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (answer.returncode, answer.stdout) == (0, "http://127.0.0.1:1\n"), answer.stderr
