import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from milvus_contract import ContractError, from_ssm, parse, read
from milvus_contract.text import as_json, environment, to_text
from tests.milvus_contract.contracts import AWS

CONTRACT = parse(AWS, "aws")
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield cast(Any, boto3).client("ssm")


def test_a_file_that_make_outputs_wrote_is_read(tmp_path: Path) -> None:
    (tmp_path / "contract.json").write_text(as_json(CONTRACT))
    assert read(f"file:{tmp_path}/contract.json") == CONTRACT


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(CONTRACT).items():
        monkeypatch.setenv(name, value)
    assert to_text(read("env")) == to_text(CONTRACT)


def test_an_environment_without_a_contract_says_where_it_comes_from() -> None:
    with pytest.raises(ContractError, match=r"has no MILVUS_STACK_CONTRACT_VERSION: run `make -s outputs FORMAT=dot"):
        read("env")


def test_ssm_parameters_are_read_page_by_page(aws: Any) -> None:
    texts = to_text(CONTRACT)
    assert len(texts) > 10  # parameters on a page
    for key, value in texts.items():
        aws.put_parameter(Name=f"/milvus/dev/{key}", Value=value, Type="String")
    aws.put_parameter(Name="/milvus/other/milvus_port", Value="1", Type="String")
    assert to_text(read("ssm:dev")) == texts


def test_a_stack_without_parameters_has_no_contract(aws: Any) -> None:
    with pytest.raises(ContractError, match="SSM /milvus/dev exports no contract"):
        from_ssm("dev", region="us-east-1")


def test_ssm_that_cannot_be_asked_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(ContractError, match="below /milvus/dev can't be read: You must specify a region"):
        read("ssm:dev")


@pytest.mark.parametrize(
    ("content", "expected"), [(None, "can't be read: No such file"), ("A=1", "is no JSON"), ("[]", "no JSON object")]
)
def test_a_file_that_holds_no_contract_says_what_writes_one(tmp_path: Path, content: str | None, expected: str) -> None:
    file = tmp_path / "contract.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ContractError, match=f"contract.json .*{expected}.*`make -s outputs > "):
        read(f"file:{file}")


def test_without_the_pulumi_cli_another_way_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ContractError, match="there is no pulumi on PATH"):
        read("stack:dev")


def test_what_the_pulumi_cli_says_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli = tmp_path / "pulumi"
    cli.write_text(
        f"#!/bin/sh\n[ \"$*\" = 'stack output --json --non-interactive --stack dev' ] && echo '{json.dumps(AWS)}'"
    )
    cli.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert read("stack:dev") == CONTRACT


@pytest.mark.parametrize("source", ["", "dev", "env:x", "file:", "stack:", "ssm:", "http://x"])
def test_a_source_that_is_none_lists_those_there_are(source: str) -> None:
    with pytest.raises(ContractError, match=r"names no contract: expected env, file:PATH, stack:NAME .* or ssm:STACK"):
        read(source)
