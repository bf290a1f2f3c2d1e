"""The embeddings as a client of OpenAI's API sees them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import openai
import pytest

from examples.rag_llama_stack import RagError
from examples.rag_llama_stack.embeddings import serving
from examples.rag_openai.minilm import MiniLM
from tests.examples.rag_llama_stack.conftest import free_ports


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    port = free_ports()
    with serving(port):
        yield f"http://127.0.0.1:{port}/v1"


@pytest.mark.parametrize("encoding", ["float", openai.omit])
def test_vectors_are_minilms_in_the_order_of_the_texts(url: str, encoding: Any) -> None:
    texts = ["High water is at noon.", "Gulls steal sandwiches."]
    client = openai.OpenAI(base_url=url, api_key="none")
    answer = client.embeddings.create(model="all-MiniLM-L6-v2", input=texts, encoding_format=encoding)
    np.testing.assert_allclose([each.embedding for each in answer.data], MiniLM().embed(texts), atol=1e-6)
    assert [model.id for model in client.models.list()] == ["all-MiniLM-L6-v2"]


def test_what_it_can_not_do_is_refused(url: str) -> None:
    client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
    with pytest.raises(openai.BadRequestError, match="gives vectors of 384 numbers"):
        client.embeddings.create(model="all-MiniLM-L6-v2", input="a", dimensions=512)
    with pytest.raises(openai.NotFoundError, match="there are /v1/models and /v1/embeddings"):
        client.chat.completions.create(model="all-MiniLM-L6-v2", messages=[])


def test_a_port_that_is_taken_is_said(url: str) -> None:
    with pytest.raises(RagError, match="for the embeddings, can't be used"), serving(int(url.split(":")[2][:-3])):
        pass
