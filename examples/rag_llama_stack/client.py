"""Documents into an OGX server, and answers out of it, by nothing but the `openai` client.

A vector store gets its name when all of its documents are in, and only then takes the place of the one before: no
question ever sees half of a folder. Left out: the older API of llama-stack, for which see README.md.
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
"""Of cl100k_base. MiniLM reads 256 tokens of its own, which are shorter, and finds sentences better than pages."""
SOURCE = "source"
"""Attribute of a file, so of its passages: OGX changes slashes and more in a file's name."""
WRITING = " (being written)"
ENDS = (ResponseCompletedEvent, ResponseFailedEvent, ResponseIncompleteEvent)
INSTRUCTIONS = (
    "Look the question up with file_search and answer from the passages found, in a few sentences. "
    "If they do not answer it, say so."
)


@dataclass(frozen=True)
class Passage:
    """What was found, best first; the higher the score, the nearer (cosine)."""

    source: str
    score: float
    text: str


@dataclass(frozen=True)
class Answer:
    """`text` is None where the server has no chat model: then the passages are the answer."""

    text: str | None
    model: str | None
    passages: list[Passage]


class Client:
    """One OGX server and one vector store of it. Every method raises RagError."""

    def __init__(self, url: str, store: str) -> None:
        self.url, self.store = url, store
        self._openai = openai.OpenAI(base_url=f"{url}/v1", api_key="none")  # else it would send OPENAI_API_KEY there

    def ingest(self, documents: Sequence[Document], progress: Callable[[int], None] = lambda done: None) -> VectorStore:
        """Makes the vector store hold these documents and no others. `progress` gets the number of those done."""
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
        """The passages nearest to the question."""
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
                stream=True,  # else ogx 1.5 makes of a refused key a 500 without a reason
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
        """Lets the server cut, embed and store it, which it says is done when it is."""
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
        self._openai.vector_stores.delete(store.id)
        for file in files:
            self._openai.files.delete(file)

    def _stored(self) -> VectorStore:
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
        """Its name and its dimension."""
        for model in self._openai.models.list():
            if _about(model)["model_type"] == "embedding":
                return model.id, int(_about(model)["embedding_dimension"])
        raise RagError(f"the server at {self.url} has no embedding model: start one that `configure` has configured")

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except openai.APIConnectionError as error:
            how = "start it by `python -m examples.rag_llama_stack serve`, or name another by --url"
            raise RagError(f"no OGX server answers at {self.url}: {how}") from error
        except openai.APIStatusError as error:
            raise RagError(f"the OGX server at {self.url} answers {error.status_code}: {error.message}") from error


def _about(model: Any) -> dict[str, Any]:
    """What OGX says of a model beside what OpenAI's API has."""
    return model.custom_metadata


def _file(document: Document) -> tuple[str, bytes]:
    """A name by which OGX knows that it is text, and the text with its headings, each as it stands there.

    OGX cuts anywhere: the whole path to a heading, in the middle of a passage, finds fewer answers (tried).
    """
    text = "\n\n".join(f"{section.heading.rpartition(' > ')[2]}\n{section.text}" for section in document.sections)
    return "document.txt", text.encode()


def _source(attributes: Mapping[str, object] | None) -> str:
    return str((attributes or {})[SOURCE])
