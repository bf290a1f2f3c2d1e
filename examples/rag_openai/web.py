"""The web page: a question, its answer, the passages it rests on with their scores.

Left out: users and TLS, so it is served on this machine's loopback address alone.
"""

from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from examples.rag_openai import RagError
from examples.rag_openai.answering import QUESTION_CHARACTERS, Answer

HOST = "127.0.0.1"
HEADERS = {
    # Passages are quotations of documents: the page runs no script and loads nothing, whatever stands in them.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def application(answer: Callable[[str], Answer]) -> Starlette:
    templates = Jinja2Templates(Path(__file__).parent / "templates")  # escapes what it fills into .html

    def page(request: Request) -> Response:
        question = request.query_params.get("question", "")
        context: dict[str, object] = {"question": question, "longest": QUESTION_CHARACTERS}
        status = 200
        if question and request.headers.get("sec-fetch-site") not in ("cross-site", "same-site"):  # no other page asks
            try:
                context["answer"] = answer(question)
            except RagError as error:
                context["error"], status = str(error), 502
        return templates.TemplateResponse(request, "page.html", context, status, HEADERS)

    # A name of somebody else that resolves to this machine must not read the documents (DNS rebinding).
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])
    return Starlette(routes=[Route("/", page)], middleware=[hosts])
