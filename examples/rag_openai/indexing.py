"""Makes the collection hold exactly the passages of a folder: writes new ones, and then deletes old ones.

Everything that can be wrong is checked before the first row is written. The next run continues one that was killed,
because a passage's key is derived from its content. Several runs on one collection at the same time are not supported.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from examples.rag_openai.documents import Loaded, load, named
from examples.rag_openai.embedding import Embedder, is_vector
from examples.rag_openai.minilm import tokenizer
from examples.rag_openai.passages import Passage, passages
from examples.rag_openai.settings import Settings
from examples.rag_openai.store import Store


@dataclass(frozen=True)
class Indexed:
    """The result of a run: numbers of documents and passages, and times."""

    documents: int
    written: int
    kept: int
    """Number of passages that were in the collection already."""
    removed: int
    """Number of passages that no document has any longer."""
    skipped: list[str]
    """Paths of files of other kinds."""
    left_out: list[str]
    """A line for each document, folder or passage that was left out, with the reason."""
    seconds: float
    """Time spent on embedding and writing."""
    embedding_seconds: float


def index(path: Path, store: Store, embedder: Embedder, settings: Settings, console: Console) -> Indexed:
    """Indexes a folder or a file. Raises DocumentError, EndpointError or StoreError."""
    loaded = load(path, settings.max_file_mib)
    left_out = named(loaded.left_out)
    exists = store.reopen(embedder)
    with _progress(console) as progress:
        counted = progress.add_task("documents", total=len(loaded.documents))
        wanted = passages_by_id(loaded, settings, lambda: progress.advance(counted))
        present = store.ids(loaded.covers) if exists else set[str]()
        new = [passage for key, passage in wanted.items() if key not in present]
        begin, embedding_seconds, written = time.monotonic(), 0.0, 0
        task = progress.add_task("passages", total=len(wanted), completed=len(wanted) - len(new))
        for batch in _batches(new, settings.batch):
            start = time.monotonic()
            vectors = embedder.embed([passage.embedded for passage in batch])
            embedding_seconds += time.monotonic() - start
            usable = [place for place, row in enumerate(vectors) if is_vector(row)]
            for place in sorted({*range(len(batch))} - {*usable}):
                passage = batch[place]
                beginning = " ".join(passage.text.split())[:40]
                left_out.append(f"{passage.source}: the model gives no vector for the passage {beginning!r}")
            if usable and not exists:  # created only now, when there is something to write
                store.create(embedder)
                exists = True
            if usable:
                store.write([batch[place] for place in usable], vectors[usable])
            written += len(usable)
            progress.advance(task, len(batch))
    seconds = time.monotonic() - begin
    gone = present - wanted.keys()
    store.delete(gone)
    kept = len(wanted) - len(new)
    return Indexed(
        len(loaded.documents), written, kept, len(gone), loaded.skipped, left_out, seconds, embedding_seconds
    )


def passages_by_id(
    loaded: Loaded, settings: Settings, advance: Callable[[], None] = lambda: None
) -> dict[str, Passage]:
    """All passages of the documents, by their key. `advance` is called behind each document."""
    counter = tokenizer()

    def count(text: str) -> int:
        return len(counter.encode(text, add_special_tokens=False).ids)

    limits = settings.passage_tokens, settings.overlap_tokens
    found: dict[str, Passage] = {}
    for document in loaded.documents:
        found |= {passage.id: passage for passage in passages(document, count, *limits)}
        advance()
    return found


def _batches(all_of_them: list[Passage], size: int) -> Iterator[list[Passage]]:
    return (all_of_them[start : start + size] for start in range(0, len(all_of_them), size))


def _progress(console: Console) -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    return Progress(*columns, console=console)
