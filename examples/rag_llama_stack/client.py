"""Puts documents into an OGX server and gets answers from it, with the `openai` client only.

A new vector store gets its name when it has all documents, and only then replaces the one before, so that no question
is ever answered from half of a folder. The older API of llama-stack is left out; see README.md for it.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import openai
from openai.types import VectorStore
from openai.types.responses import ResponseCompletedEvent, ResponseFailedEvent, ResponseIncompleteEvent

from examples.rag_llama_stack import RagError
from examples.rag_llama_stack.configuration import MILVUS
from examples.rag_openai.documents import Document

TOP_K = 3
CHUNK_TOKENS, OVERLAP_TOKENS = 150, 50
"""Lengths in tokens of cl100k_base. MiniLM reads 256 of its own tokens, which are shorter, and finds sentences better
than pages."""
SOURCE = "source"
"""Attribute of files, and so of their passages, with the document's path: OGX changes slashes
and more in file names."""
WRITING = " (being written)"
ENDS = (ResponseCompletedEvent, ResponseFailedEvent, ResponseIncompleteEvent)
INSTRUCTIONS = (
    "Look the question up with file_search and answer from the passages found, in a few sentences. "
    "If they do not answer it, say so."
)


@dataclass(frozen=True)
class Passage:
    """A passage that was found; the higher the score (cosine), the nearer it is to the question."""

    source: str
    score: float
    text: str


@dataclass(frozen=True)
class Answer:
    """An answer. `text` is None if the server has no chat model; then the passages are the answer."""

    text: str | None
    model: str | None
    passages: list[Passage]


class Client:
    """One OGX server and one of its vector stores. Every public method may raise RagError."""

    def __init__(self, url: str, store: str) -> None:
        self.url, self.store = url, store
        self._openai = openai.OpenAI(
            base_url=f"{url}/v1", api_key="none"
        )  # otherwise the client would send OPENAI_API_KEY there

    def ingest(self, documents: Sequence[Document], progress: Callable[[int], None] = lambda done: None) -> VectorStore:
        """Makes the vector store hold exactly these documents. `progress` gets the number
        of documents that are done."""
        with self._explained():
            before = [
                store for store in self._openai.vector_stores.list() if store.name in (self.store, self.store + WRITING)
            ]
            name, dimension = self._embedding_model()
            store = self._openai.vector_stores.create(
                name=self.store + WRITING,
                extra_body={"provider_id": MILVUS, "embedding_model": name, "embedding_dimension": dimension},
            )
            files: list[str] = []
            try:
                for done, document in enumerate(documents, 1):
                    file = self._openai.files.create(file=_file(document), purpose="assistants")
                    files.append(file.id)
                    self._attach(store, file.id, document)
                    progress(done)
                store = self._openai.vector_stores.update(store.id, name=self.store)
            except BaseException:
                self._remove(store, files)
                raise
            for old in before:
                self._remove(old, [file.id for file in self._openai.vector_stores.files.list(old.id)])
        return store

    def retrieve(self, question: str) -> list[Passage]:
        """The passages nearest to the question, the nearest first."""
        with self._explained():
            store = self._stored()
            found = self._openai.vector_stores.search(store.id, query=question, max_num_results=TOP_K)
            return [
                Passage(_source(hit.attributes), hit.score, "\n".join(part.text for part in hit.content))
                for hit in found.data
            ]

    def ask(self, question: str) -> Answer:
        """An answer written from the passages, which the model looks up by OGX's file_search."""
        with self._explained():
            models = [model.id for model in self._openai.models.list() if _about(model)["model_type"] == "llm"]
            if not models:
                return Answer(None, None, self.retrieve(question))
            events = self._openai.responses.create(
                model=models[0],
                instructions=INSTRUCTIONS,
                input=question,
                tools=[{"type": "file_search", "vector_store_ids": [self._stored().id], "max_num_results": TOP_K}],
                tool_choice={"type": "file_search"},
                include=["file_search_call.results"],
                stream=True,  # without it, ogx 1.5 answers a refused key with a 500 without a reason
            )
            response = next((event.response for event in events if isinstance(event, ENDS)), None)
            if response is None or response.error:
                reason = response.error.message if response and response.error else "the server broke off"
                raise RagError(f"{models[0]} gave no answer: {reason}")
        calls = [output for output in response.output if output.type == "file_search_call"]
        passages = [
            Passage(_source(hit.attributes), hit.score or 0.0, hit.text or "")
            for call in calls
            for hit in call.results or []
        ]
        return Answer(response.output_text, models[0], passages)

    def _attach(self, store: VectorStore, file: str, document: Document) -> None:
        """Has the server cut, embed and store a document, and waits for it. Raises RagError
        if the document is refused."""
        attached = self._openai.vector_stores.files.create(
            store.id,
            file_id=file,
            attributes={SOURCE: document.source},
            chunking_strategy={
                "type": "static",
                "static": {"max_chunk_size_tokens": CHUNK_TOKENS, "chunk_overlap_tokens": OVERLAP_TOKENS},
            },
        )
        if attached.status != "completed":
            reason = attached.last_error.message if attached.last_error else attached.status
            raise RagError(f"{document.source} was refused, so nothing is stored: {reason}")

    def _remove(self, store: VectorStore, files: list[str]) -> None:
        """Deletes a vector store and its files."""
        self._openai.vector_stores.delete(store.id)
        for file in files:
            self._openai.files.delete(file)

    def _stored(self) -> VectorStore:
        """The vector store. Raises RagError if there is none, or if it was written with another embedding model."""
        named = [store for store in self._openai.vector_stores.list() if store.name == self.store]
        if not named:
            raise RagError(f"the server has no documents under the name {self.store}: ingest them first")
        store = max(named, key=lambda each: each.created_at)
        model, written = self._embedding_model(), store.metadata or {}
        if (written.get("embedding_model"), written.get("embedding_dimension")) != (model[0], str(model[1])):
            raise RagError(
                f"{self.store} was written with {written.get('embedding_model')} ({written.get('embedding_dimension')} "
                f"dimensions), the server has {model[0]} ({model[1]}) now: ingest again"
            )
        return store

    def _embedding_model(self) -> tuple[str, int]:
        """Name and dimension of the server's embedding model. Raises RagError if it has none."""
        for model in self._openai.models.list():
            if _about(model)["model_type"] == "embedding":
                return model.id, int(_about(model)["embedding_dimension"])
        raise RagError(f"the server at {self.url} has no embedding model: start one that `configure` has configured")

    @contextmanager
    def _explained(self) -> Generator[None]:
        """Turns the client's errors into RagError."""
        try:
            yield
        except openai.APIConnectionError as error:
            how = "start it by `.venv/bin/python -m examples.rag_llama_stack serve`, or name another by --url"
            raise RagError(f"no OGX server answers at {self.url}: {how}") from error
        except openai.APIStatusError as error:
            raise RagError(f"the OGX server at {self.url} answers {error.status_code}: {error.message}") from error


def _about(model: Any) -> dict[str, Any]:
    """OGX' own facts about a model, which OpenAI's API does not have."""
    return model.custom_metadata


def _file(document: Document) -> tuple[str, bytes]:
    """A file name by which OGX knows that the document is text, and the text with each section's own heading.

    OGX cuts the text anywhere. The whole path of headings in the middle of a passage finds fewer answers (tried).
    """
    text = "\n\n".join(f"{section.heading.rpartition(' > ')[2]}\n{section.text}" for section in document.sections)
    return "document.txt", text.encode()


def _source(attributes: Mapping[str, object] | None) -> str:
    return str((attributes or {})[SOURCE])
