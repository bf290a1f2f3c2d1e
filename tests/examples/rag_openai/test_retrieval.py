"""The retrieval finds answers to the questions in the repository, and the index finds what brute force finds."""

import json
import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from examples.rag_openai.answering import MINILM_SCORE, Answerer
from examples.rag_openai.documents import load
from examples.rag_openai.embedding import embedder
from examples.rag_openai.indexing import index, passages_by_id
from examples.rag_openai.minilm import Array, MiniLM
from examples.rag_openai.passages import Passage
from examples.rag_openai.settings import Settings
from examples.rag_openai.store import Store
from tests.engine import ROOT

DOCUMENTS = ROOT / "examples" / "documents"
QUESTIONS: list[dict[str, str]] = json.loads((ROOT / "examples" / "questions.json").read_text())


def collection() -> str:
    return f"c_{uuid.uuid4().hex[:12]}"


class Remembering:
    """MiniLM that computes each text once for all tests."""

    def __init__(self) -> None:
        made = embedder(Settings())
        assert isinstance(made, MiniLM), "the default needs no endpoint"
        self.name, self.dimension, self._model = made.name, made.dimension, made
        self._known: dict[str, Array] = {}

    def embed(self, texts: Sequence[str]) -> Array:
        if new := [text for text in texts if text not in self._known]:
            self._known |= zip(new, self._model.embed(new), strict=True)
        return np.vstack([self._known[text] for text in texts])

    embed_question = embed


@pytest.fixture(scope="module")
def minilm() -> Remembering:
    return Remembering()


def test_each_question_is_answered_in_exactly_one_place() -> None:
    files = {file.name: file.read_text() for file in DOCUMENTS.iterdir()}
    assert len(QUESTIONS) == 20
    for question in QUESTIONS:
        assert [name for name, text in files.items() if question["snippet"] in text] == [question["file"]]
        section = files[question["file"]].split(f"\n## {question['heading']}\n")[1].split("\n## ")[0]
        assert question["snippet"] in section


def test_at_least_18_of_20_questions_find_their_passage_among_three(milvus: Any, minilm: Remembering) -> None:
    settings = Settings(collection=collection())
    store = Store(milvus, settings.collection)
    index(DOCUMENTS, store, minilm, settings, Console(quiet=True))
    answerer = Answerer(store, minilm, settings)
    found = [
        any(question["snippet"] in hit.text for hit in answerer.retrieve(question["question"]))
        for question in QUESTIONS
    ]
    assert sum(found) >= 18, [question["question"] for question, hit in zip(QUESTIONS, found, strict=True) if not hit]


ELSEWHERE = [
    "What is the capital of Australia?",
    "How do I bake sourdough bread?",
    "Who won the football world cup in 1998?",
    "What is the boiling point of ethanol?",
    "How many moons does Jupiter have?",
    "Which tyres fit a 2015 Golf?",
    "How do I prune an apple tree?",
    "What is the plot of Hamlet?",
    "Is aspirin safe during pregnancy?",
    "How do I knit a scarf?",
    "What does the fox say?",
    "Who painted the Mona Lisa?",
    "What is the distance to the moon?",
    "How do I change a bicycle tube?",
    "Which wine goes with fish?",
    "What is a good name for a cat?",
    "How does photosynthesis work?",
    "When did the Roman Empire fall?",
    "What is the melting point of gold?",
    "How do I play chess?",
]


def test_the_least_score_keeps_every_question_and_refuses_most_that_other_books_answer(minilm: Remembering) -> None:
    found = passages_by_id(load(DOCUMENTS, 10), Settings()).values()
    vectors = minilm.embed([passage.embedded for passage in found])

    def refused(questions: list[str]) -> int:
        return int((np.max(minilm.embed(questions) @ vectors.T, axis=1) < MINILM_SCORE).sum())

    assert refused([question["question"] for question in QUESTIONS]) == 0
    assert refused(ELSEWHERE) >= 14  # 14 of 20, measured


class Given:
    """Vectors made beforehand."""

    name = "given"

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension

    def embed(self, texts: Sequence[str]) -> Array:
        raise NotImplementedError

    embed_question = embed


def recall(milvus: Any, kind: str, vectors: Array, queries: Array, wanted: int) -> float:
    """Share of the nearest by brute force that a search finds."""
    store = Store(milvus, name := collection(), kind)
    store.create(Given(vectors.shape[1]))
    for start in range(0, len(vectors), 500):
        chosen = range(start, min(start + 500, len(vectors)))
        store.write([Passage("d/x.md", "", str(each)) for each in chosen], vectors[chosen])
    milvus.flush(name)  # Milvus Lite searches what is still in memory without the index
    milvus.load_collection(name)
    assert milvus.describe_index(name, "vector")["index_type"] == kind
    hits = 0
    for query in queries:
        nearest = {str(each) for each in np.argsort(-(vectors @ query))[:wanted]}
        hits += len(nearest & {hit.text for hit in store.search(query, wanted)})
    milvus.drop_collection(name)
    return hits / (len(queries) * wanted)


@pytest.mark.parametrize(("kind", "at_least"), [("FLAT", 1.0), ("HNSW", 0.95)])
def test_the_index_finds_what_brute_force_finds_of_the_documents(
    milvus: Any, minilm: Remembering, kind: str, at_least: float
) -> None:
    found = passages_by_id(load(DOCUMENTS, 10), Settings()).values()
    vectors = minilm.embed([passage.embedded for passage in found])
    queries = minilm.embed([question["question"] for question in QUESTIONS])
    assert recall(milvus, kind, vectors, queries, 3) >= at_least


@pytest.mark.parametrize(("kind", "at_least"), [("FLAT", 1.0), ("HNSW", 0.95)])
def test_the_index_finds_what_brute_force_finds_of_many(milvus: Any, kind: str, at_least: float) -> None:
    numbers = np.random.default_rng(1)
    topics = numbers.standard_normal((50, 64))
    raw = topics[numbers.integers(50, size=3040)] + numbers.standard_normal((3040, 64))
    normed = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)
    assert recall(milvus, kind, normed[:3000], normed[3000:], 10) >= at_least
