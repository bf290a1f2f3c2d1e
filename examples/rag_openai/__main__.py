"""The command line of this example, with the commands index, ask and serve. README.md explains them."""

import argparse
import logging
import os
import socket
import sys
import webbrowser
from pathlib import Path

from rich.console import Console
from starlette.applications import Starlette

from examples.rag_openai import RagError, foreseen
from examples.rag_openai.answering import Answer, Answerer
from examples.rag_openai.embedding import embedder
from examples.rag_openai.indexing import Indexed, index
from examples.rag_openai.settings import from_environment
from examples.rag_openai.store import Store
from examples.rag_openai.web import HOST, application
from milvus_contract import connect


def main(words: list[str] | None = None) -> int:
    options = parser().parse_args(words)
    console = Console(stderr=True, highlight=False)
    try:
        return run(options, console)
    except KeyboardInterrupt:
        console.print("interrupted: what is stored stays, and the same command continues", soft_wrap=True)
        return 130
    except Exception as error:
        if not foreseen(error):
            raise
        console.print(f"error: {printable(str(error))}", style="red", markup=False, soft_wrap=True)
        return 1


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog=".venv/bin/python -m examples.rag_openai", description="Answers questions about documents."
    )
    commands = top.add_subparsers(dest="command", required=True)
    command = commands.add_parser("index", help="make the collection hold exactly what a folder holds")
    command.add_argument("path", type=Path, metavar="FOLDER", help="a folder of .md, .html and .txt files, or one file")
    command = commands.add_parser("ask", help="answer one question, with sources")
    command.add_argument("question")
    command = commands.add_parser("serve", help="a web page to ask on")
    command.add_argument(
        "--port",
        type=int,
        choices=range(1, 65_536),
        metavar="PORT",
        default=8765,
        help="on this machine's loopback address (8765)",
    )
    command.add_argument("--index", type=Path, metavar="FOLDER", help="first do what the command index does")
    command.add_argument("--open", action="store_true", help="show the page in this machine's browser, if it has one")
    return top


def run(options: argparse.Namespace, console: Console) -> int:
    """Runs the command, and returns its exit code: 1 if there are passages, but no answer."""
    settings = from_environment(os.environ)
    model = embedder(settings)
    store = Store(connect(settings.stack), settings.collection, settings.index)
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs a traceback of every error that it raises
    folder = options.path if options.command == "index" else getattr(options, "index", None)
    if folder:
        result = index(folder, store, model, settings, console)
        for line in result.left_out:
            console.print(f"left out: {printable(line)}", style="yellow", markup=False, soft_wrap=True)
        console.print(summary(result, settings.collection), soft_wrap=True)
    if options.command == "index":
        return 0
    answerer = Answerer(store, model, settings)
    if options.command == "ask":
        answer = answerer.answer(options.question)
        print(text(answer))
        if answer.problem:
            console.print(f"error: {printable(answer.problem)}", style="red", markup=False, soft_wrap=True)
        return 0 if answer.text else 1
    serve(application(answerer.answer), options.port, console, in_browser=options.open)
    return 0


def serve(page: Starlette, port: int, console: Console, *, in_browser: bool) -> None:
    """Serves the page until it is interrupted. Raises RagError if the port is taken."""
    import uvicorn

    try:
        bound = socket.create_server((HOST, port))
    except OSError as error:
        raise RagError(f"port {port} can't be used ({error}): give another one by --port") from None
    address = f"http://{HOST}:{port}"
    console.print(f"Ask on {address} (Ctrl-C ends it)", soft_wrap=True)
    if in_browser and (sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        webbrowser.open(address)  # it waits for the answer, since the port is bound
    uvicorn.Server(uvicorn.Config(page, log_level="warning")).run(sockets=[bound])


def summary(result: Indexed, collection: str) -> str:
    skipped = f"; {len(result.skipped)} files of other kinds were skipped" if result.skipped else ""
    left_out = f"; {len(result.left_out)} left out" if result.left_out else ""
    speed = ""
    if result.written:
        share = result.embedding_seconds / result.seconds
        speed = f"\n{result.written / result.seconds:.1f} passages a second, {share:.2f} of what embedding alone does"
    return (
        f"{collection}: {result.documents} documents, {result.written} passages written, {result.kept} kept, "
        f"{result.removed} removed{skipped}{left_out}{speed}"
    )


def text(answer: Answer) -> str:
    """An answer as it is printed: without one, its passages whole."""
    origin = f"written by {answer.written_by}" if answer.written_by else "extractive: no chat model is set"
    quoted = "\n\n".join(f"[{number}] {hit.text}" for number, hit in enumerate(answer.hits, 1))
    sources = "\n".join(
        f"[{number}] {hit.score:.3f}  {hit.places}  {hit.heading}" for number, hit in enumerate(answer.hits, 1)
    )
    return printable(f"{answer.text}\n({origin})\n\n{sources}" if answer.text else f"{quoted}\n\n{sources}")


def printable(shown: str) -> str:
    """What can be shown of a text: no document can steer the terminal, or end the program by bytes that are no text."""
    readable = shown.encode(errors="backslashreplace").decode()
    return "".join(each for each in readable if each.isprintable() or each == "\n")


if __name__ == "__main__":
    sys.exit(main())
