"""Builds the run configuration of an OGX server that keeps its vectors in a stack's Milvus, or in a file of its own.

It contains no secrets: OGX replaces ${env.NAME} by the variable's value when it starts. TLS and users of the OGX server
are left out, because it listens on this machine only.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from examples.rag_llama_stack import RagError
from examples.rag_openai import minilm
from milvus_contract import Contract
from milvus_contract.connecting import KEEP_ALIVE, ON_THIS_MACHINE

HOST = "127.0.0.1"
PORT = 8321
"""OGX's default port, as in the tutorial."""
MILVUS_TOKEN = "MILVUS_STACK_TOKEN"  # noqa: S105 - a variable's name
CHAT_KEY = "RAG_CHAT_API_KEY"
EMBEDDING_KEY = "RAG_EMBEDDING_API_KEY"
OLLAMA_URL = "http://localhost:11434/v1"

CHAT, EMBEDDINGS, MINILM, MILVUS = "chat", "embeddings", "minilm", "milvus"
"""Ids of providers. A model's name in OGX is its provider's id, a slash, and its own name."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model behind an OpenAI-compatible address, which ends in /v1."""

    base_url: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Everything that the user may choose."""

    folder: Path
    """Absolute path of the folder for the server's files."""
    port: int = PORT
    milvus: Literal["inline", "remote"] = "remote"
    """`remote`: the stack's Milvus; `inline`: a Milvus that OGX keeps in a file of its own."""
    chat: Model | None = None
    """Model that writes answers; None: questions are answered with the passages found."""
    ollama: bool = False
    """True if Ollama serves the chat model."""
    embedding: Model | None = None
    """Embedding model; None: all-MiniLM-L6-v2, which the command `serve` serves itself."""
    dimension: int = minilm.DIMENSION
    """Length of the embedding model's vectors."""


def run_configuration(contract: Contract, choices: Choices) -> dict[str, Any]:
    """The configuration for `ogx run`. Raises RagError for choices or a contract with which it cannot work."""
    embeddings, embedding = _embedding(choices)
    chat = _chat(choices)
    models = [
        {
            "model_id": embedding.name,
            "provider_id": embeddings["provider_id"],
            "provider_model_id": embedding.name,
            "model_type": "embedding",
            "metadata": {"embedding_dimension": choices.dimension},
        }
    ]
    if choices.chat:
        name = choices.chat.name
        models.append({"model_id": name, "provider_id": CHAT, "provider_model_id": name, "model_type": "llm"})
    return {
        "version": 2,
        "distro_name": "milvus-on-aws",
        "apis": ["file_processors", "files", "inference", "responses", "tool_runtime", "vector_io"],
        "providers": {
            "inference": [embeddings, *chat],
            "vector_io": [_milvus(contract, choices)],
            "files": [
                _provider(
                    "files",
                    "inline::localfs",
                    storage_dir=str(choices.folder / "files"),
                    metadata_store=_table("files_metadata"),
                )
            ],
            "file_processors": [_provider("pypdf", "inline::pypdf")],  # it also reads plain text, in spite of its name
            "responses": [_provider("builtin", "inline::builtin", persistence={"responses": _table("responses")})],
            "tool_runtime": [_provider("file-search", "inline::file-search")],
        },
        "storage": {
            "backends": {
                "kv_default": {"type": "kv_sqlite", "db_path": str(choices.folder / "keys.db")},
                "sql_default": {"type": "sql_sqlite", "db_path": str(choices.folder / "tables.db")},
            },
            "stores": {
                "metadata": _namespace("registry"),
                "inference": _table("inference_store"),
                "conversations": _table("openai_conversations"),
                "prompts": _table("prompts"),
            },
        },
        "registered_resources": {"models": models},
        "server": {"host": HOST, "port": choices.port},
    }


def minilm_url(port: int) -> str:
    """Address at which the command `serve` serves all-MiniLM-L6-v2, one port above OGX."""
    return f"http://{HOST}:{port + 1}/v1"


def _milvus(contract: Contract, choices: Choices) -> dict[str, Any]:
    persistence = _namespace("vector_io::milvus")
    if choices.milvus == "inline":
        return _provider(MILVUS, "inline::milvus", db_path=str(choices.folder / "milvus.db"), persistence=persistence)
    if contract.milvus_uri is None:
        raise RagError("the contract has no milvus_uri: the stack is not deployed to its end; `make up` goes on")
    return _provider(
        MILVUS,
        "remote::milvus",
        uri=contract.milvus_uri,
        token=_variable(MILVUS_TOKEN, ""),
        # OGX passes options that it does not know on to pymilvus
        grpc_options=dict(KEEP_ALIVE if contract.target == "aws" else ON_THIS_MACHINE),
        persistence=persistence,
    )


def _embedding(choices: Choices) -> tuple[dict[str, Any], Model]:
    if choices.embedding:
        return _endpoint(EMBEDDINGS, choices.embedding, EMBEDDING_KEY), choices.embedding
    if choices.dimension != minilm.DIMENSION:
        limit = f"{minilm.NAME} has {minilm.DIMENSION}"
        raise RagError(f"--embedding-dimension {choices.dimension}: {limit}; name another model by --embedding-url")
    model = Model(base_url=minilm_url(choices.port), name=minilm.NAME)
    return _endpoint(MINILM, model, None), model


def _chat(choices: Choices) -> list[dict[str, Any]]:
    if choices.chat is None:
        return []
    if choices.ollama:
        return [_provider(CHAT, "remote::ollama", base_url=choices.chat.base_url, allowed_models=[choices.chat.name])]
    return [_endpoint(CHAT, choices.chat, CHAT_KEY)]


def _endpoint(provider: str, model: Model, key: str | None) -> dict[str, Any]:
    return _provider(
        provider,
        "remote::openai",  # any server with OpenAI's API, at base_url
        base_url=model.base_url,
        api_key=_variable(key, "none") if key else "none",  # without a key OGX would not list the models
        allowed_models=[model.name],
    )


def _provider(identity: str, kind: str, **config: Any) -> dict[str, Any]:
    return {"provider_id": identity, "provider_type": kind, "config": config}


def _variable(name: str, default: str) -> str:
    return "${env." + name + ":=" + default + "}"


def _table(name: str) -> dict[str, str]:
    return {"table_name": name, "backend": "sql_default"}


def _namespace(name: str) -> dict[str, str]:
    return {"namespace": name, "backend": "kv_default"}
