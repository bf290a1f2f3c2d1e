"""Run configurations for `ogx run` contain no secret, and one that cannot work is refused before it is written."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from examples.rag_llama_stack import RagError
from examples.rag_llama_stack.configuration import Choices, Model, run_configuration
from milvus_contract import Contract
from tests.examples.rag_llama_stack.conftest import Run, contract

EMBEDDED = Contract(contract_version="1.0", target="embedded", milvus_uri="http://127.0.0.1:19530")
AWS = Contract(
    contract_version="1.0",
    target="aws",
    milvus_uri="https://milvus.example.com:19530",
    milvus_auth_secret_arn="arn:aws:secretsmanager:eu-central-1:123456789012:secret:milvus",
)
FOLDER = Path("/srv/ogx")
PARROT = Model(base_url="https://models.example.com/v1", name="parrot-70b")


def providers(contract: Contract, **choices: Any) -> dict[str, Any]:
    configuration = run_configuration(contract, Choices(folder=FOLDER, **choices))
    named = configuration["providers"].items()
    return {kind: [(each["provider_type"], each["config"]) for each in given] for kind, given in named}


def test_a_stack_on_aws_is_reached_by_its_address_and_a_token_from_the_environment() -> None:
    assert providers(AWS)["vector_io"] == [
        (
            "remote::milvus",
            {
                "uri": "https://milvus.example.com:19530",
                "token": "${env.MILVUS_STACK_TOKEN:=}",
                "grpc_options": {
                    "grpc.keepalive_time_ms": 30_000,
                    "grpc.keepalive_timeout_ms": 10_000,
                    "grpc.keepalive_permit_without_calls": 1,
                    "grpc.http2.max_pings_without_data": 0,
                },
                "persistence": {"namespace": "vector_io::milvus", "backend": "kv_default"},
            },
        )
    ]


@pytest.mark.parametrize("contract", [EMBEDDED, AWS])
def test_inline_keeps_the_vectors_in_a_file_of_the_servers_folder(contract: Contract) -> None:
    [(kind, config)] = providers(contract, milvus="inline")["vector_io"]
    assert (kind, config["db_path"]) == ("inline::milvus", "/srv/ogx/milvus.db")
    assert "uri" not in config


def test_the_server_listens_on_this_machine_alone_at_the_tutorials_port() -> None:
    assert run_configuration(AWS, Choices(folder=FOLDER))["server"] == {"host": "127.0.0.1", "port": 8321}


def test_without_a_chat_model_there_are_minilms_vectors_and_nothing_else() -> None:
    configuration = run_configuration(AWS, Choices(folder=FOLDER, port=9000))
    assert configuration["providers"]["inference"] == [
        {
            "provider_id": "minilm",
            "provider_type": "remote::openai",
            "config": {
                "base_url": "http://127.0.0.1:9001/v1",
                "api_key": "none",
                "allowed_models": ["all-MiniLM-L6-v2"],
            },
        }
    ]
    assert configuration["registered_resources"]["models"] == [
        {
            "model_id": "all-MiniLM-L6-v2",
            "provider_id": "minilm",
            "provider_model_id": "all-MiniLM-L6-v2",
            "model_type": "embedding",
            "metadata": {"embedding_dimension": 384},
        }
    ]


def test_keys_of_models_come_from_the_environment() -> None:
    [embedding, chat] = providers(AWS, chat=PARROT, embedding=PARROT, dimension=1024)["inference"]
    assert embedding[1]["api_key"] == "${env.RAG_EMBEDDING_API_KEY:=none}"
    assert chat == (
        "remote::openai",
        {
            "base_url": "https://models.example.com/v1",
            "api_key": "${env.RAG_CHAT_API_KEY:=none}",
            "allowed_models": ["parrot-70b"],
        },
    )


def test_ollama_needs_no_key() -> None:
    [_, chat] = providers(AWS, chat=PARROT, ollama=True)["inference"]
    assert chat == ("remote::ollama", {"base_url": "https://models.example.com/v1", "allowed_models": ["parrot-70b"]})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--embedding-dimension", "512"], "--embedding-dimension 512: all-MiniLM-L6-v2 has 384"),
        (["--chat-model", "parrot"], "--chat-url and --chat-model belong together"),
        (["--ollama"], "--chat-url and --chat-model belong together"),
        (["--embedding-url", "http://localhost/v1"], "--embedding-url and --embedding-model belong together"),
    ],
)
def test_what_can_not_work_is_refused_and_nothing_is_written(
    run: Run, tmp_path: Path, options: list[str], message: str
) -> None:
    stack = contract(tmp_path, milvus_uri="http://127.0.0.1:19530")
    code, printed = run("configure", "--stack", stack, "--folder", tmp_path / "ogx", *options)
    assert code == 1
    assert message in printed
    assert not (tmp_path / "ogx").exists()


def test_a_stack_that_is_not_up_yet_has_no_address() -> None:
    with pytest.raises(RagError, match="has no milvus_uri"):
        run_configuration(Contract(contract_version="1.0", target="aws"), Choices(folder=FOLDER))


def test_what_is_written_is_what_was_configured(run: Run, tmp_path: Path) -> None:
    stack = contract(tmp_path, milvus_uri="http://127.0.0.1:19530")
    code, _ = run("configure", "--stack", stack, "--folder", tmp_path)
    assert not code
    assert yaml.safe_load((tmp_path / "run.yaml").read_text()) == run_configuration(EMBEDDED, Choices(folder=tmp_path))
