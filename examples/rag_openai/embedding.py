"""Turns texts into vectors, with the installed MiniLM or any OpenAI-compatible endpoint."""

from collections.abc import Sequence
from typing import Any, Protocol, cast

import numpy as np
from openai import AsyncOpenAI, omit

from examples.rag_openai.endpoint import EndpointError, base_url, call, explained
from examples.rag_openai.minilm import Array, MiniLM
from examples.rag_openai.settings import Settings


class Embedder(Protocol):
    """An embedding model."""

    @property
    def name(self) -> str:
        """Name of the model, and of what is put before its texts; vectors of two of them never share a collection."""
        ...

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Array:
        """One vector, as a row, for each passage. A row may be none; is_vector() tells."""
        ...

    def embed_question(self, texts: Sequence[str]) -> Array:
        """The same for questions, and for what is compared with them."""
        ...


def is_vector(row: Array) -> bool:
    """Whether a row of numbers points anywhere. Milvus refuses NaN and infinity; zeros are as far from everything."""
    return bool(np.isfinite(row).all() and row.any())


class EndpointEmbedder:
    """The embedding model of an OpenAI-compatible endpoint."""

    def __init__(self, settings: Settings) -> None:
        put_before = [each for each in (settings.embedding_passage_prefix, settings.embedding_passage_type) if each]
        self.name = " ".join([str(settings.embedding_model), *map(repr, put_before)])
        self._settings = settings
        self._dimension: int | None = None

    @property
    def dimension(self) -> int:
        """Length of the vectors, measured with one word.

        This also shows whether address, key and model are right. Raises EndpointError.
        """
        if self._dimension is None:
            vectors = self.embed(["dimension"])
            if not is_vector(vectors[0]):
                where = base_url(self._settings, "embedding")
                raise EndpointError(f"the embedding endpoint {where} gives no vector for a word, but {vectors[0][:3]}")
            self._dimension = int(vectors.shape[1])
        return self._dimension

    def embed(self, texts: Sequence[str]) -> Array:
        """One vector, as a row, for each passage. Raises EndpointError."""
        return self._embed(texts, self._settings.embedding_passage_prefix, self._settings.embedding_passage_type)

    def embed_question(self, texts: Sequence[str]) -> Array:
        """One vector, as a row, for each question. Raises EndpointError."""
        return self._embed(texts, self._settings.embedding_question_prefix, self._settings.embedding_question_type)

    def _embed(self, texts: Sequence[str], prefix: str, kind: str) -> Array:
        size = self._settings.batch
        return np.vstack(
            [
                self._batch([prefix + text for text in texts[start : start + size]], kind)
                for start in range(0, len(texts), size)
            ]
        )

    def _batch(self, texts: list[str], kind: str) -> Array:
        dimension = self._settings.embedding_dimension

        async def request(client: AsyncOpenAI) -> Any:
            return await client.embeddings.create(
                input=texts,
                model=str(self._settings.embedding_model),
                dimensions=dimension or omit,
                encoding_format="float",  # the library's default, base64, is not known to every server
                extra_body={"input_type": kind} if kind else None,
            )

        answer = call(self._settings, "embedding", request)
        with explained(self._settings, "embedding"):
            vectors = _rows(answer, len(texts))
            if dimension and vectors.shape[1] != dimension:
                gives = f"{self._settings.embedding_model} gives {vectors.shape[1]}"
                raise ValueError(f"RAG_EMBEDDING_DIMENSION={dimension}, but {gives}")
        return vectors


def _rows(answer: Any, wanted: int) -> Array:
    """The vectors of an answer in the order of the texts. Raises ValueError."""
    data: Any = getattr(answer, "data", None)
    if not isinstance(data, list):
        raise ValueError(f"no list of vectors came back, but {str(answer)[:80]}")  # noqa: TRY004 - of the endpoint
    given = cast(list[Any], data)
    if len(given) != wanted:
        raise ValueError(f"{len(given)} vectors came back for {wanted} texts")
    places = [getattr(each, "index", None) for each in given]
    # Servers that leave out zeros leave out `index: 0`, others leave out all: what is missing counts by position.
    free = iter([place for place in range(wanted) if place not in places])
    rows: dict[int, Any] = {
        (next(free, -1) if place is None else place): getattr(each, "embedding", None)
        for place, each in zip(places, given, strict=True)
    }
    if sorted(rows) != list(range(wanted)):
        raise ValueError(f"the vectors have the indices {places}")
    numbers = [_numbers(rows[place]) for place in range(wanted)]
    lengths = {len(row) for row in numbers}
    if len(lengths) != 1 or lengths == {0}:
        raise ValueError(f"vectors of {sorted(lengths)} numbers came back")
    with np.errstate(over="ignore"):
        return np.array(numbers, np.float32)


def _numbers(row: Any) -> list[float]:
    return [_number(value) for value in cast(list[Any], row)] if isinstance(row, list) else []


def _number(value: Any) -> float:
    """NaN for what is no number, such as null, which some servers write for NaN."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


def embedder(settings: Settings) -> Embedder:
    """The embedding model that the settings choose."""
    return EndpointEmbedder(settings) if settings.embedding_base_url else MiniLM()
