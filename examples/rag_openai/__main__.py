"""The command line of this example, with the commands index, ask and serve. README.md explains them."""

import argparse
import logging
import os
import sys
from pathlib import Path

from rich.console import Console

from examples.rag_openai import RagError
from examples.rag_openai.answering import Answer, Answerer
from examples.rag_openai.embedding import embedder
from examples.rag_openai.indexing import Indexed, index
from examples.rag_openai.settings import from_environment
from examples.rag_openai.store import Store
from examples.rag_openai.web import HOST, application
from milvus_contract import ContractError, connect


def main(words: list[str] | None = None) -> int:
    options = parser().parse_args(words)
    console = Console(stderr=True, highlight=False)
    try:
        run(options, console)
    except KeyboardInterrupt:
        console.print("interrupted: what is stored stays, and the same command continues", soft_wrap=True)
        return 130
    except Exception as error:
        of_milvus = type(error).__module__.startswith("pymilvus")  # connect() must be the one that imports it
        if not (of_milvus or isinstance(error, RagError | ContractError)):
            raise
        console.print(f"error: {error}", style="red", markup=False, soft_wrap=True)
        return 1
    return 0


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
    command.add_argument("--port", type=int, default=8765, help="on this machine's loopback address (8765)")
    return top


def run(options: argparse.Namespace, console: Console) -> None:
    settings = from_environment(os.environ)
    model = embedder(settings)
    store = Store(connect(settings.stack), settings.collection, settings.index)
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs a traceback of every error that it raises
    if options.command == "index":
        result = index(options.path, store, model, settings, console)
        console.print(summary(result, settings.collection), soft_wrap=True)
        return
    answerer = Answerer(store, model, settings)
    if options.command == "ask":
        print(text(answerer.answer(options.question)))
        return
    import uvicorn

    console.print(f"Ask on http://{HOST}:{options.port} (Ctrl-C ends it)", soft_wrap=True)
    uvicorn.run(application(answerer.answer), host=HOST, port=options.port, log_level="warning")


def summary(result: Indexed, collection: str) -> str:
    skipped = f"; {len(result.skipped)} files of other kinds were skipped" if result.skipped else ""
    speed = ""
    if result.written:
        share = result.embedding_seconds / result.seconds
        speed = f"\n{result.written / result.seconds:.1f} passages a second, {share:.2f} of what embedding alone does"
    return (
        f"{collection}: {result.documents} documents, {result.written} passages written, {result.kept} kept, "
        f"{result.removed} removed{skipped}{speed}"
    )


def text(answer: Answer) -> str:
    origin = f"written by {answer.written_by}" if answer.written_by else "extractive: no chat model is set"
    sources = "\n".join(
        f"[{number}] {hit.score:.3f}  {hit.source}  {hit.heading}" for number, hit in enumerate(answer.hits, 1)
    )
    shown = f"{answer.text}\n({origin})\n\n{sources}"
    return "".join(each for each in shown if each.isprintable() or each == "\n")  # a document can't steer the terminal


if __name__ == "__main__":
    sys.exit(main())
