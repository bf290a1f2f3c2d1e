"""Compares indexing with embedding alone, and what an index finds with what brute force finds, on 2,000 passages.

Each passage consists of five random sentences of the example's documents. For each of four parts, MiniLM alone and
`index` into a Milvus Lite of its own run in turn, so that the machine's noise affects both. Recall is measured on the
ten passages nearest to each question in the repository. The last line ends with the ratio of the speeds, which should
be at least 0.8.
"""

import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from examples.rag_openai.documents import load
from examples.rag_openai.indexing import index, passages_by_id
from examples.rag_openai.minilm import Array, MiniLM
from examples.rag_openai.passages import Passage
from examples.rag_openai.settings import Settings
from examples.rag_openai.store import Store
from milvus_contract import Contract, connect

ROOT = Path(__file__).resolve().parent.parent
PARTS, PASSAGES_A_PART = 4, 500
SENTENCES = 5
NEAREST = 10


@contextmanager
def milvus(folder: Path) -> Generator[Any]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(folder), "--host", "127.0.0.1"]
    quiet = subprocess.DEVNULL
    contract = Contract(contract_version="1.0", target="embedded", milvus_uri=f"http://127.0.0.1:{port}")
    with subprocess.Popen([*command, "--port", str(port)], stdout=quiet, stderr=quiet) as server:
        try:
            yield connect(contract, timeout_seconds=60, progress=lambda line: None)
        finally:
            server.kill()


def write_documents(folder: Path) -> list[Path]:
    """Writes a folder of PASSAGES_A_PART passages for each part.

    Each is a section that is short enough not to be cut.
    """
    documents = sorted((ROOT / "examples" / "documents").iterdir())
    lines = [line for file in documents for line in file.read_text().splitlines() if line.endswith(".")]
    chance = random.Random(1)  # noqa: S311 - the same passages in every run
    parts = [folder / f"part_{number}" for number in range(PARTS)]
    for part in parts:
        part.mkdir()
        sections = [
            f"## Page {number}\n\n" + "\n".join(chance.sample(lines, SENTENCES)) for number in range(PASSAGES_A_PART)
        ]
        (part / "book.md").write_text("\n\n".join(["# Book", *sections]))
    return parts


def passages(part: Path, settings: Settings) -> list[Passage]:
    return list(passages_by_id(load(part, settings.max_file_mib), settings).values())


def embed(model: MiniLM, found: list[Passage], batch: int) -> Array:
    texts = [passage.embedded for passage in found]
    return np.vstack([model.embed(texts[start : start + batch]) for start in range(0, len(texts), batch)])


def recall(client: Any, model: MiniLM, kind: str, found: list[Passage], vectors: Array, queries: Array) -> float:
    store = Store(client, f"recall_{kind}", kind)
    store.create(model)
    for start in range(0, len(found), 500):
        store.write(found[start : start + 500], vectors[start : start + 500])
    client.flush(f"recall_{kind}")  # Milvus Lite does not use the index for rows that are still in memory
    hits = 0
    for query in queries:
        scores: list[float] = (vectors @ query).tolist()
        nearest = {found[each].text for each in sorted(range(len(found)), key=scores.__getitem__)[-NEAREST:]}
        hits += len(nearest & {hit.text for hit in store.search(query, NEAREST)})
    return hits / (len(queries) * NEAREST)


def main() -> None:
    settings = Settings()
    model = MiniLM()
    questions = json.loads((ROOT / "examples" / "questions.json").read_text())
    queries = model.embed([question["question"] for question in questions])
    alone: list[float] = []
    indexing: list[float] = []
    everything: list[Passage] = []
    rows: list[Array] = []
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, milvus(Path(folder, "milvus")) as client:
        store = Store(client, settings.collection, settings.index)
        for part in write_documents(Path(folder)):
            found = passages(part, settings)
            begin = time.monotonic()
            rows.append(embed(model, found, settings.batch))
            alone.append(time.monotonic() - begin)
            begin = time.monotonic()
            done = index(part, store, model, settings, Console(stderr=True))
            indexing.append(time.monotonic() - begin)
            if done.written != len(found):
                raise RuntimeError(f"{done.written} passages were written, {len(found)} embedded")
            everything += found
        vectors = np.vstack(rows)
        recalls = {kind: recall(client, model, kind, everything, vectors, queries) for kind in ("FLAT", "HNSW")}
    print(f"{len(everything)} passages, {os.cpu_count()} processors")
    print("embedding alone: " + ", ".join(f"{seconds:.1f}" for seconds in alone) + " s")
    print("index:           " + ", ".join(f"{seconds:.1f}" for seconds in indexing) + " s")
    print(", ".join(f"recall of {kind}: {share:.3f}" for kind, share in recalls.items()))
    ratios = [before / after for before, after in zip(alone, indexing, strict=True)]
    print(f"speed of index / of embedding alone, median of {PARTS} parts: {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
