"""Creates, fills, compares and searches the collection of passages. The caller connects, and computes vectors."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from examples.rag_openai import RagError
from examples.rag_openai.embedding import Embedder
from examples.rag_openai.minilm import Array
from examples.rag_openai.passages import Passage

MODEL = "rag_openai.embedding_model"
"""Property of a collection that names its embedding model. Milvus Lite would lose a collection's description."""
METRIC = "COSINE"
EF = 64
"""Least number of candidates that an HNSW search follows, which must be at least the number of results."""
MOST_HITS = 16_384
"""Milvus' longest list of results (quotaAndLimits.limits.topK)."""
SOURCE_BYTES, TEXT_BYTES = 4096, 65535  # Linux' longest path; Milvus' longest VARCHAR, 1600 tokens of 10 characters
DELETE_ROWS = 1000
TIMEOUT_SECONDS = 60


class StoreError(RagError):
    """The collection does not exist, or was not created by this tool with this model."""


@dataclass(frozen=True)
class Hit:
    """A passage that was found."""

    source: str
    heading: str
    text: str
    score: float
    """Cosine of the angle between passage and question; 1 means the same direction."""
    copies: tuple[str, ...] = ()
    """Other sources with the same heading and text."""

    @property
    def places(self) -> str:
        """All sources."""
        return ", ".join((self.source, *self.copies))


class Store:
    """One collection on a connected MilvusClient."""

    def __init__(self, client: Any, collection: str, index: str = "HNSW") -> None:
        self._client = client
        self._collection = collection
        self._index = index

    def reopen(self, embedder: Embedder) -> bool:
        """Prepares an existing collection; False if there is none. Raises StoreError if it does
        not fit tool and model."""
        dimension = embedder.dimension  # calls the endpoint, so that its errors come before anything is done
        if not self._client.has_collection(self._collection, timeout=TIMEOUT_SECONDS):
            return False
        found = self._client.describe_collection(self._collection, timeout=TIMEOUT_SECONDS)
        model = dict(found.get("properties") or {}).get(MODEL)
        way_out = "choose another RAG_COLLECTION, or drop this one"
        if model is None:
            raise StoreError(f"collection {self._collection} was not made by this tool: {way_out}")
        dimensions = [int(field["params"]["dim"]) for field in found["fields"] if field["name"] == "vector"]
        if dimensions != [dimension]:
            has = ", ".join(map(str, dimensions))
            raise StoreError(
                f"collection {self._collection} has vectors of {has} dimensions, {embedder.name} gives {dimension}: "
                f"{way_out}"
            )
        if model != embedder.name:
            raise StoreError(
                f"collection {self._collection} holds vectors of {model}, the model now is {embedder.name}, and "
                f"distances between two models mean nothing: {way_out}"
            )
        self._prepare()  # its creation may have been interrupted, and Milvus Lite loads nothing by itself
        return True

    def create(self, embedder: Embedder) -> None:
        """Creates the collection, for vectors of this model."""
        from pymilvus import DataType

        schema = self._client.create_schema(auto_id=False)
        schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=32)
        schema.add_field("source", DataType.VARCHAR, max_length=SOURCE_BYTES)
        schema.add_field("heading", DataType.VARCHAR, max_length=TEXT_BYTES)
        schema.add_field("text", DataType.VARCHAR, max_length=TEXT_BYTES)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=embedder.dimension)
        self._client.create_collection(
            self._collection,
            schema=schema,
            properties={MODEL: embedder.name},
            consistency_level="Strong",  # so that questions after indexing find everything
            timeout=TIMEOUT_SECONDS,
        )
        self._prepare()

    def _prepare(self) -> None:
        """Creates the index if it is missing, and loads the collection."""
        if not self._client.list_indexes(self._collection, timeout=TIMEOUT_SECONDS):
            parameters = self._client.prepare_index_params()
            graph = {"M": 16, "efConstruction": 200} if self._index == "HNSW" else {}
            parameters.add_index("vector", index_type=self._index, metric_type=METRIC, params=graph)
            self._client.create_index(self._collection, parameters, timeout=TIMEOUT_SECONDS)
        self._client.load_collection(self._collection, timeout=TIMEOUT_SECONDS)

    def ids(self, covers: Callable[[str], bool]) -> set[str]:
        """Keys of the passages whose source is covered. Sources are compared here, whole: % and _ are wildcards in
        filters, and the beginning of a name is not the name."""
        rows = self._client.query_iterator(
            self._collection, batch_size=1000, filter="", output_fields=["id", "source"], timeout=TIMEOUT_SECONDS
        )
        found: set[str] = set()
        try:
            while batch := rows.next():
                found |= {row["id"] for row in batch if covers(row["source"])}
        finally:
            rows.close()
        return found

    def write(self, passages: Sequence[Passage], vectors: Array) -> None:
        rows = [
            {"id": passage.id, "source": passage.source, "heading": passage.heading, "text": passage.text,
             "vector": vector.tolist()}
            for passage, vector in zip(passages, vectors, strict=True)
        ]  # fmt: skip
        self._client.upsert(self._collection, rows, timeout=TIMEOUT_SECONDS)

    def delete(self, ids: Iterable[str]) -> None:
        keys = sorted(ids)
        for start in range(0, len(keys), DELETE_ROWS):
            self._client.delete(self._collection, ids=keys[start : start + DELETE_ROWS], timeout=TIMEOUT_SECONDS)

    def search(self, vector: Array, limit: int) -> list[Hit]:
        """The passages nearest to a vector, the nearest first. Copies of a passage are one, with all their sources."""
        asked = limit
        while True:
            found = self._search(vector, asked)
            distinct: dict[tuple[str, str], Hit] = {}
            for hit in found:
                first = distinct.setdefault((hit.heading, hit.text), hit)
                if first is not hit:
                    distinct[hit.heading, hit.text] = replace(first, copies=(*first.copies, hit.source))
            if len(distinct) >= limit or len(found) < asked or asked == MOST_HITS:
                return list(distinct.values())[:limit]
            asked = min(asked * 8, MOST_HITS)

    def _search(self, vector: Array, limit: int) -> list[Hit]:
        found = self._client.search(
            self._collection,
            data=[vector.tolist()],
            anns_field="vector",
            limit=limit,
            output_fields=["source", "heading", "text"],
            search_params={"metric_type": METRIC, "params": {"ef": max(EF, limit)}},
            timeout=TIMEOUT_SECONDS,
        )[0]
        return [Hit(**{name: hit["entity"][name] for name in ("source", "heading", "text")}, score=hit["distance"])
                for hit in found]  # fmt: skip
