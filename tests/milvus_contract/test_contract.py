import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from milvus_contract import ContractError, parse
from tests.engine import ROOT
from tests.milvus_contract.contracts import AWS, EMBEDDED


@pytest.mark.parametrize("values", [AWS, EMBEDDED], ids=["aws", "embedded"])
def test_what_a_stack_exports_is_read_as_it_is(values: dict[str, Any]) -> None:
    contract = parse(values, "stack dev")
    assert {key: value for key, value in vars(contract).items() if value is not None} == values


def test_a_stack_without_outputs_says_what_it_may_be_and_how_to_go_on() -> None:
    with pytest.raises(ContractError, match="stack dev exports no contract: it was never deployed, or was destroyed"):
        parse({}, "stack dev")


def test_a_newer_major_version_names_both_and_asks_for_a_newer_reader() -> None:
    expected = "stack dev has contract version 2.0, this reads 1.2: get the milvus_contract of version 2"
    with pytest.raises(ContractError, match=expected):
        parse({**AWS, "contract_version": "2.0"}, "stack dev")


@pytest.mark.parametrize("version", ["0.9", "", "one"])
def test_an_older_or_strange_major_version_asks_for_a_newer_stack(version: str) -> None:
    with pytest.raises(ContractError, match=f"has contract version {version}, .*deploy the stack with a current"):
        parse({**AWS, "contract_version": version}, "stack dev")


def test_a_newer_minor_version_is_read_without_what_is_new() -> None:
    contract = parse({**AWS, "contract_version": "1.9", "nlb_arn": None, "new": 1}, "stack dev")
    assert (contract.contract_version, contract.nlb_arn, hasattr(contract, "new")) == ("1.9", None, False)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("target", "azure"),
        ("milvus_port", "19530"),
        ("milvus_port", 1.5),
        ("milvus_port", True),
        ("milvus_tls", 1),
        ("milvus_uri", ["http://x"]),
        ("private_subnet_ids", "subnet-0a"),
        ("private_subnet_ids", [1]),
        ("estimate", []),
    ],
)
def test_a_value_of_another_type_is_named_with_its_key(key: str, value: object) -> None:
    with pytest.raises(ContractError, match=rf"stack dev breaks contract version 1\.0 in {key}: "):
        parse({**AWS, key: value}, "stack dev")


def test_pulumis_floating_numbers_are_whole_again() -> None:
    port = parse({**AWS, "milvus_port": 19530.0}, "stack dev").milvus_port
    assert (port, type(port)) == (19530, int)


def test_a_copy_of_the_folder_reads_a_contract_with_nothing_installed(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "milvus_contract", tmp_path / "milvus_contract")
    (tmp_path / "contract.json").write_text('{"contract_version": "1.0", "target": "aws", "milvus_port": 7}')
    program = "import milvus_contract; print(milvus_contract.read('file:contract.json').milvus_port)"
    # -S: without site-packages
    command = [sys.executable, "-S", "-c", program]
    answer = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True, check=True)
    assert answer.stdout == "7\n"
