"""The contract's types in other languages: Node.js and Go read what `make outputs` prints, and Node.js searches."""

import json
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest

from milvus_contract import parse
from milvus_contract.text import as_json
from tests.engine import ROOT
from tests.milvus_contract.contracts import AWS, EMBEDDED
from tests.milvus_lite import running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning"),
]
CLIENTS = ROOT / "milvus_contract" / "clients"
UNREACHABLE = ("ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT")
"""What npm says without a network, or behind a proxy that is none."""
PACKAGES = ("@zilliz/milvus2-sdk-node@3.0.6", "typescript@5.9.3")
GO_PROGRAM = """package main

import ("encoding/json"; "os")

func main() {
	var read Contract
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&read); err != nil { panic(err) }
	if err := json.NewEncoder(os.Stdout).Encode(read); err != nil { panic(err) }
}
"""


def run(*command: str, cwd: Path, given: str = "") -> str:
    done = subprocess.run(command, cwd=cwd, input=given, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the Node SDK, the example, and the contract's types."""
    if not shutil.which("npm"):
        pytest.skip("no Node.js: install it (nodejs.org, version 20 or later) to try the example and its types")
    folder = tmp_path_factory.mktemp("node")
    command = ["npm", "install", "--no-audit", "--no-fund", "--fetch-retries=1", *PACKAGES]
    installed = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if any(code in installed.stderr for code in UNREACHABLE):
        pytest.skip("no package index can be reached")
    assert installed.returncode == 0, installed.stderr
    shutil.copy(ROOT / "examples" / "consumer_node" / "search.mjs", folder)
    shutil.copy(CLIENTS / "typescript" / "contract.ts", folder)
    return folder


def test_a_node_program_reads_the_outputs_and_searches(node: Path, tmp_path: Path) -> None:
    with running(tmp_path) as server:
        contract = parse({**EMBEDDED, "milvus_uri": f"http://127.0.0.1:{server.port}"}, "test")
        assert run("node", "search.mjs", cwd=node, given=as_json(contract)) == "nightly copies\n"


def test_typescript_takes_the_contract_and_refuses_what_is_none(node: Path) -> None:
    check = ("node_modules/.bin/tsc", "--strict", "--noEmit", "check.ts")
    typed = 'import type { Contract } from "./contract";\nconst read: Contract = '
    (node / "check.ts").write_text(typed + as_json(parse(AWS, "test")))
    run(*check, cwd=node)
    (node / "check.ts").write_text(typed + json.dumps({**asdict(parse(AWS, "test")), "milvus_port": "19530"}))
    wrong = subprocess.run(check, cwd=node, capture_output=True, text=True)
    assert "Type 'string' is not assignable to type 'number'" in wrong.stdout


@pytest.mark.parametrize("values", [AWS, EMBEDDED])
def test_go_reads_every_key_and_writes_it_again(tmp_path: Path, values: dict[str, object]) -> None:
    if not shutil.which("go"):
        pytest.skip("no Go: install it (go.dev/dl) to try the contract's type")
    contract = parse(values, "test")
    types = (CLIENTS / "go" / "contract.go").read_text().replace("\npackage contract", "\npackage main")
    (tmp_path / "contract.go").write_text(types)
    (tmp_path / "main.go").write_text(GO_PROGRAM)
    (tmp_path / "go.mod").write_text((CLIENTS / "go" / "go.mod").read_text())
    assert json.loads(run("go", "run", ".", cwd=tmp_path, given=as_json(contract))) == asdict(contract)
