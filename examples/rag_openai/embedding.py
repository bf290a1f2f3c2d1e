"""Turns texts into vectors, with the installed MiniLM or any OpenAI-compatible endpoint."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from openai import omit

from examples.rag_openai.endpoint import client, explained
from examples.rag_openai.minilm import Array, MiniLM
from examples.rag_openai.settings import Settings


class Embedder(Protocol):
    """An embedding model."""

    @property
    def name(self) -> str:
        """Name of the model; vectors of two models never share a collection."""
        ...

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Array:
        """One vector, as a row, for each text."""
        ...


class EndpointEmbedder:
    """The embedding model of an OpenAI-compatible endpoint."""

    def __init__(self, settings: Settings) -> None:
        self.name = str(settings.embedding_model)
        self._settings = settings
        self._client = client(settings, "embedding")
        self._dimension: int | None = None

    @property
    def dimension(self) -> int:
        """Length of the vectors, measured with one word.

        This also shows whether address, key and model are right. Raises EndpointError.
        """
        if self._dimension is None:
            self._dimension = int(self.embed(["dimension"]).shape[1])
        return self._dimension

    def embed(self, texts: Sequence[str]) -> Array:
        """One vector, as a row, for each text. Raises EndpointError."""
        dimension = self._settings.embedding_dimension
        with explained(self._settings, "embedding"):
            answer = self._client.embeddings.create(
                input=list(texts),
                model=self.name,
                dimensions=dimension or omit,
                encoding_format="float",  # the library's default, base64, is not known to every server
            )
            try:
                rows = [each.embedding for each in sorted(answer.data, key=lambda each: each.index)]
                vectors = np.array(rows, np.float32)
            except (AttributeError, TypeError) as error:
                raise ValueError("no list of vectors came back") from error
            if vectors.ndim != 2 or len(vectors) != len(texts):
                raise ValueError(f"{len(rows)} vectors came back for {len(texts)} texts, or of different lengths")
            if dimension and vectors.shape[1] != dimension:
                raise ValueError(f"RAG_EMBEDDING_DIMENSION={dimension}, but {self.name} gives {vectors.shape[1]}")
        return vectors


def embedder(settings: Settings) -> Embedder:
    """The embedding model that the settings choose."""
    return EndpointEmbedder(settings) if settings.embedding_base_url else MiniLM()
