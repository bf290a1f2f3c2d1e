"""The web page, with a question, its answer, and the passages on which the answer rests, with their scores.

There are no users and no TLS, so it is served on this machine's loopback address only.
"""

import re
from collections.abc import Callable
from pathlib import Path

from markupsafe import Markup, escape
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from examples.rag_openai import foreseen
from examples.rag_openai.answering import QUESTION_CHARACTERS, Answer, QuestionError

HOST = "127.0.0.1"
HEADERS = {
    # Passages are quotations of documents, so the page runs no script and loads nothing, whatever they contain.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def linked(answer: Answer) -> Markup:
    """The answer as HTML, whose [1] leads to the first passage."""
    numbers = {str(number) for number in range(1, len(answer.hits) + 1)}

    def link(found: re.Match[str]) -> str:
        return f'<a href="#passage-{found[1]}">{found[0]}</a>' if found[1] in numbers else found[0]

    return Markup(re.sub(r"\[(\d+)\]", link, str(escape(answer.text))))  # noqa: S704 - escaped


def application(answer: Callable[[str], Answer]) -> Starlette:
    """The web application. `answer` answers a question."""
    templates = Jinja2Templates(Path(__file__).parent / "templates")  # escapes values in .html files

    def page(request: Request) -> Response:
        question = request.query_params.get("question", "")
        context: dict[str, object] = {"question": question, "longest": QUESTION_CHARACTERS}
        status = 200
        if "question" in request.query_params and request.headers.get("sec-fetch-site") not in (
            "cross-site",
            "same-site",
        ):  # ignores questions from other pages
            try:
                context["answer"] = found = answer(question)
                context["linked"] = linked(found)
                context["error"], status = found.problem, 502 if found.problem and not found.text else 200
            except QuestionError as error:
                context["error"], status = str(error), 400
            except Exception as error:
                if not foreseen(error):
                    raise
                context["error"], status = str(error), 502
        return templates.TemplateResponse(request, "page.html", context, status, HEADERS)

    # Pages of other names that resolve to this machine must not be able to read the documents (DNS rebinding).
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])
    return Starlette(routes=[Route("/", page)], middleware=[hosts])
