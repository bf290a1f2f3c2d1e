import io
import subprocess
from dataclasses import replace
from pathlib import Path

import dotenv
import pymilvus.settings
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from milvus_contract import ContractError, parse
from milvus_contract.text import HINTS, KEYS, as_dotenv, as_shell, environment, from_text, to_text, variable
from tests.milvus_contract.contracts import AWS, EMBEDDED

CONTRACT = parse(AWS, "aws")
VARIABLES = {
    "contract_version": "MILVUS_STACK_CONTRACT_VERSION",
    "target": "MILVUS_STACK_TARGET",
    "milvus_uri": "MILVUS_STACK_URI",
    "milvus_host": "MILVUS_STACK_HOST",
    "milvus_port": "MILVUS_STACK_PORT",
    "milvus_tls": "MILVUS_STACK_TLS",
    "milvus_auth_secret_arn": "MILVUS_STACK_AUTH_SECRET_ARN",
    "attu_url": "MILVUS_STACK_ATTU_URL",
    "dashboard_url": "MILVUS_STACK_DASHBOARD_URL",
    "bucket_name": "MILVUS_STACK_BUCKET_NAME",
    "backup_bucket_name": "MILVUS_STACK_BACKUP_BUCKET_NAME",
    "backup_copy_bucket_name": "MILVUS_STACK_BACKUP_COPY_BUCKET_NAME",
    "backup_role_arn": "MILVUS_STACK_BACKUP_ROLE_ARN",
    "restore_role_arn": "MILVUS_STACK_RESTORE_ROLE_ARN",
    "kafka_bootstrap_servers": "MILVUS_STACK_KAFKA_BOOTSTRAP_SERVERS",
    "kafka_secret_arn": "MILVUS_STACK_KAFKA_SECRET_ARN",
    "vpc_id": "MILVUS_STACK_VPC_ID",
    "private_subnet_ids": "MILVUS_STACK_PRIVATE_SUBNET_IDS",
    "private_link_service_name": "MILVUS_STACK_PRIVATE_LINK_SERVICE_NAME",
    "private_link_dns_name": "MILVUS_STACK_PRIVATE_LINK_DNS_NAME",
    "client_security_group_id": "MILVUS_STACK_CLIENT_SECURITY_GROUP_ID",
    "nlb_arn": "MILVUS_STACK_NLB_ARN",
    "cluster_name": "MILVUS_STACK_CLUSTER_NAME",
    "namespace": "MILVUS_STACK_NAMESPACE",
    "aws_region": "MILVUS_STACK_AWS_REGION",
}
"""Published names, which consumers' programs use."""
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).filter(
    lambda word: word == word.strip() and len(word.splitlines()) == 1
)


def test_the_variables_names_are_those_that_were_published() -> None:
    assert {key: variable(key) for key in VARIABLES} == VARIABLES


def test_every_key_but_the_estimate_has_a_variable_of_its_own() -> None:
    assert {*HINTS} - {*KEYS} == {"estimate"}
    assert len({variable(key) for key in KEYS}) == len(KEYS)


def test_no_variable_is_one_of_pymilvus_own() -> None:
    source = Path(str(pymilvus.settings.__file__)).read_text(encoding="utf-8")
    assert "MILVUS_URI" in source
    assert not [name for name in map(variable, KEYS) if name in source]


@pytest.mark.parametrize("values", [AWS, EMBEDDED], ids=["aws", "embedded"])
def test_text_is_read_back_as_what_it_was(values: dict[str, object]) -> None:
    contract = parse(values, "x")
    assert from_text(to_text(contract), "x") == replace(contract, estimate=None)


def test_text_is_what_shells_and_ssm_make_of_lists_and_truth() -> None:
    assert environment(CONTRACT)["MILVUS_STACK_PRIVATE_SUBNET_IDS"] == "subnet-0a,subnet-0b"
    assert environment(CONTRACT)["MILVUS_STACK_TLS"] == "true"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [("milvus_port", "tcp://10.0.0.1:19530", "a number"), ("milvus_tls", "yes", "true or false")],
)
def test_text_that_is_no_value_is_named_with_its_key(key: str, value: str, expected: str) -> None:
    with pytest.raises(ContractError, match=f"the environment: {key} is '{value}': expected {expected}"):
        from_text({**to_text(CONTRACT), key: value}, "the environment")


@settings(max_examples=15, derandomize=True, deadline=None)
@given(words)
def test_a_shell_gets_exactly_the_values(word: str) -> None:
    script = as_shell(replace(CONTRACT, namespace=word)) + 'printf %s "$MILVUS_STACK_NAMESPACE"'
    assert subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout.decode() == word


@settings(max_examples=100, derandomize=True, deadline=None)
@given(words)
def test_dotenv_readers_get_exactly_the_values(word: str) -> None:
    contract = replace(CONTRACT, namespace=word)
    try:
        written = as_dotenv(contract)
    except ContractError:
        assert set(word) & set("'\\")
        assert set(word) & set("$`")
        return
    assert dotenv.dotenv_values(stream=io.StringIO(written), interpolate=False) == environment(contract)


@settings(max_examples=15, derandomize=True, deadline=None)
@given(words.filter(lambda word: not set(word) & set("$`")))
@example("it's")
@example('it\'s \\ "quoted"\\')
def test_a_shell_that_sources_dotenv_gets_exactly_the_values(word: str) -> None:
    script = as_dotenv(replace(CONTRACT, namespace=word)) + 'printf %s "$MILVUS_STACK_NAMESPACE"'
    assert subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout.decode() == word


def test_a_value_that_shells_and_dotenv_readers_unquote_differently_is_named() -> None:
    with pytest.raises(ContractError, match=r"MILVUS_STACK_NAMESPACE is .* use FORMAT=json"):
        as_dotenv(replace(CONTRACT, namespace="it's $HOME"))


def test_what_stacks_export_needs_no_quotes_for_docker_would_keep_them() -> None:
    assert as_dotenv(CONTRACT).splitlines() == [f"{name}={value}" for name, value in environment(CONTRACT).items()]
