"""What the page answers to a request, without a browser and without Milvus."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from rich.console import Console
from starlette.applications import Starlette

from examples.rag_openai import RagError
from examples.rag_openai.__main__ import main, serve
from examples.rag_openai.answering import Answer, checked
from examples.rag_openai.endpoint import EndpointError
from examples.rag_openai.store import Hit
from examples.rag_openai.web import HOST, application, linked
from tests.engine import free_port

HIT = Hit(score=0.9, source="notes/a.md", heading="A", text="text")


def asked(answer: Callable[[str], Answer], question: str) -> tuple[int, str]:
    """Status and page of a question."""
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": f"question={quote(question)}".encode(),
        "headers": [(b"host", b"127.0.0.1")],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(application(answer)(scope, receive, send))
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent).decode()


def refusing(question: str) -> Answer:
    return Answer(checked(question), None, [])


@pytest.mark.parametrize("question", ["", " ", "\t\n", "\u00a0", "\u2003", "x" * 1001])
def test_a_question_that_is_none_is_the_askers_fault(question: str) -> None:
    status, page = asked(refusing, question)
    assert status == 400
    assert "it may have 1 to 1000" in page


def test_an_endpoint_that_fails_is_not_the_askers_fault() -> None:
    def failing(_: str) -> Answer:
        raise EndpointError("the embedding endpoint answers 500")

    assert asked(failing, "copies?")[0] == 502
    status, page = asked(lambda _: Answer("", None, [HIT], "there is no answer, but the passages: timeout"), "copies?")
    assert status == 502
    assert "there is no answer, but the passages: timeout" in page
    assert "notes/a.md" in page


def test_an_answer_that_is_cut_is_still_one() -> None:
    assert asked(lambda _: Answer("Half of", "model", [HIT], "the answer is cut"), "copies?")[0] == 200


def test_a_number_in_an_answer_leads_to_its_passage_and_others_stay_text() -> None:
    text = linked(Answer("<b>So</b> [1], not [2] or [01].", None, [HIT]))
    assert str(text) == '&lt;b&gt;So&lt;/b&gt; <a href="#passage-1">[1]</a>, not [2] or [01].'


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server((HOST, free_port())) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(RagError, match=f"port {number} can't be used .*--port"):
            serve(Starlette(), number, Console(), in_browser=False)


def test_a_port_that_is_none_is_refused_before_anything_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--port", "70000"])
    assert "--port" in capsys.readouterr().err
