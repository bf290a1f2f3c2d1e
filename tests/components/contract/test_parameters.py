"""The contract in SSM: its parameters, of which readers find either all or none."""

from functools import cache
from typing import Any

import pulumi

from components.contract.parameters import Parameters, ParametersArgs
from milvus_contract.text import from_text
from tests.components.recording import Recording, record
from tests.milvus_contract.contracts import AWS

PARAMETER = "aws:ssm/parameter:Parameter"


@cache
def parameters() -> Recording:
    def program() -> None:
        values: dict[str, Any] = {**AWS, "milvus_port": pulumi.Output.from_input(19530), "attu_url": None}
        Parameters("parameters", ParametersArgs(stack="dev", values=values))

    return record(program)


def test_every_value_has_a_parameter_below_its_stack_but_the_estimate() -> None:
    names = {each.inputs["name"] for each in parameters().all(PARAMETER)}
    assert names == {f"/milvus/dev/{key}" for key in AWS if key != "estimate"}


def test_what_is_written_is_what_readers_read() -> None:
    written = {
        each.inputs["name"].rpartition("/")[2]: each.inputs["insecureValue"] for each in parameters().all(PARAMETER)
    }
    contract = from_text(written, "SSM")
    assert (contract.milvus_port, contract.milvus_tls, contract.attu_url) == (19530, True, None)
    assert contract.private_subnet_ids == ["subnet-0a", "subnet-0b"]


def test_the_version_comes_last_and_goes_first() -> None:
    version = parameters().one(PARAMETER, "parameters-contract_version")
    others = [each for each in parameters().all(PARAMETER) if each is not version]
    assert len(others) == 16
    assert all(parameters().depends(version, each) for each in others)


def test_a_list_is_a_string_list_and_nothing_is_a_secure_string() -> None:
    types = {each.name: each.inputs["type"] for each in parameters().all(PARAMETER)}
    assert types.pop("parameters-private_subnet_ids") == "StringList"
    assert set(types.values()) == {"String"}
