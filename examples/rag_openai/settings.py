"""All settings, from variables that begin with RAG_. How to connect to Milvus is left to milvus_contract."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, ValidationError, model_validator

from examples.rag_openai import RagError

PREFIX = "RAG_"


class SettingsError(RagError):
    """A setting is wrong."""


class Settings(BaseModel):
    """All settings. A field's variable is RAG_ and its name in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True)

    stack: str = "env"
    """where the contract of the Milvus is read: `env`, `file:PATH`, `stack:NAME` or `ssm:STACK`"""
    collection: str = Field(default="rag_openai", pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,254}$")
    """Milvus collection that holds the passages, all embedded by one model"""
    index: Literal["FLAT", "HNSW", "AUTOINDEX"] = "HNSW"
    """vector index of a new collection; FLAT compares with every passage, HNSW follows a graph to the nearest ones"""
    passage_tokens: int = Field(default=220, ge=32, le=1600)
    """longest passage, in tokens of MiniLM, which reads 256"""
    overlap_tokens: int = Field(default=40, ge=0)
    """tokens at the end of a passage that the next one repeats, in whole sentences"""
    max_file_mib: int = Field(default=10, ge=1)
    """largest file that is read"""
    batch: int = Field(default=64, ge=1, le=2048)
    """number of passages that are embedded by one call, and written by one"""
    top_k: int = Field(default=3, ge=1, le=20)
    """number of passages that are found for a question"""
    embedding_base_url: HttpUrl | None = None
    """OpenAI-compatible endpoint for embeddings, ending in /v1; without one, MiniLM runs on this machine"""
    embedding_model: str | None = None
    """name of the embedding model at that endpoint"""
    embedding_api_key: SecretStr | None = None
    """API key of that endpoint, if it requires one"""
    embedding_dimension: int | None = Field(default=None, ge=2, le=32768)
    """length of the vectors to ask the model for; without it, the model decides"""
    embedding_passage_prefix: str = ""
    """text that the model wants in front of each passage, such as `passage: `"""
    embedding_question_prefix: str = ""
    """text that the model wants in front of a question, such as `query: `"""
    embedding_passage_type: str = ""
    """`input_type` that the endpoint wants with passages, such as `search_document`"""
    embedding_question_type: str = ""
    """`input_type` that the endpoint wants with a question, such as `search_query`"""
    chat_base_url: HttpUrl | None = None
    """OpenAI-compatible endpoint that writes the answers; without one, answers are sentences of the passages"""
    chat_model: str | None = None
    """name of the chat model at that endpoint"""
    chat_api_key: SecretStr | None = None
    """API key of that endpoint, if it requires one"""
    chat_instructions: Literal["system", "developer", "user"] = "system"
    """role of the message with the instructions; with `user`, for models that know no other, they join the question"""
    min_score: float | None = Field(default=None, ge=-1, le=1)
    """score below which a passage answers nothing, so that the answer is that the documents don't say it; \
without one, it is 0.2 with MiniLM (measured), and with other models any passage will do"""
    retries: int = Field(default=4, ge=0, le=10)
    """how often a failed call to an endpoint is repeated: after 0.5 s, then after twice as long each time, up to 8 s"""
    timeout_seconds: float = Field(default=60, gt=0)
    """seconds to wait at most for one answer of an endpoint, repetitions included"""

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        for what in ("embedding", "chat"):
            named = [f"{what}_{each}" for each in ("base_url", "model", "api_key") if getattr(self, f"{what}_{each}")]
            if named and not {f"{what}_base_url", f"{what}_model"} <= set(named):
                needed = f"{variable(f'{what}_base_url')} and {variable(f'{what}_model')}"
                raise ValueError(f"{variable(named[0])} is set: set {needed}, or neither")
        if self.embedding_dimension and not self.embedding_base_url:
            raise ValueError(f"{variable('embedding_dimension')} is for endpoints: MiniLM's vectors have 384")
        for name in ("passage_prefix", "question_prefix", "passage_type", "question_type"):
            if getattr(self, f"embedding_{name}") and not self.embedding_base_url:
                raise ValueError(f"{variable(f'embedding_{name}')} is for endpoints: MiniLM takes texts as they are")
        if self.overlap_tokens > self.passage_tokens // 2:
            most = f"half of {variable('passage_tokens')}={self.passage_tokens}"
            raise ValueError(f"{variable('overlap_tokens')}={self.overlap_tokens}: at most {most}")
        return self


def variable(field: str) -> str:
    """Name of a field's variable."""
    return PREFIX + field.upper()


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables; empty ones are ignored. Raises SettingsError,
    which names every wrong one."""
    variables = {name: value for name, value in environment.items() if name.startswith(PREFIX) and value}
    try:
        return Settings.model_validate({name.removeprefix(PREFIX).lower(): value for name, value in variables.items()})
    except ValidationError as error:
        raise SettingsError("\n".join(_line(mistake, variables) for mistake in error.errors())) from None


def _line(mistake: Any, variables: Mapping[str, str]) -> str:
    """One mistake as a line of the message; values of keys are left out."""
    message = mistake["msg"].removeprefix("Value error, ")
    if not mistake["loc"]:
        return message
    name = variable(str(mistake["loc"][0]))
    if mistake["type"] == "extra_forbidden":
        known = ", ".join(variable(field) for field in Settings.model_fields)
        return f"{name} is no setting; there are {known}"
    return f"{name}: {message}" if name.endswith("KEY") else f"{name}={variables[name]}: {message}"
