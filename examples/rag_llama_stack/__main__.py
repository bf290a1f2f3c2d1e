"""The command line of this example, with the commands configure, serve, ingest and ask. README.md explains them."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

import yaml
from rich.console import Console
from rich.progress import Progress

from examples.rag_llama_stack import RagError
from examples.rag_llama_stack.client import Answer, Client
from examples.rag_llama_stack.configuration import HOST, OLLAMA_URL, PORT, Choices, Model, run_configuration
from examples.rag_llama_stack.server import CONFIGURATION, LOG, load, provider, running
from examples.rag_openai import RagError as DocumentsError
from examples.rag_openai.documents import load as load_documents
from examples.rag_openai.documents import named
from examples.rag_openai.minilm import DIMENSION
from milvus_contract import ContractError, connect, fetch_token, read

FOLDER = Path(__file__).parent.parent.parent / ".local" / "rag_llama_stack"
MAX_FILE_MIB = 10


def main(words: list[str] | None = None) -> int:
    options = parser().parse_args(words)
    console = Console(stderr=True, highlight=False)
    try:
        options.run(options, console)
    except KeyboardInterrupt:
        return 130
    except (RagError, DocumentsError, ContractError) as error:
        console.print(f"error: {error}", style="red", markup=False, soft_wrap=True)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog=".venv/bin/python -m examples.rag_llama_stack",
        description="Answers questions about a folder of documents.",
    )
    commands = top.add_subparsers(dest="command", required=True)

    stack = argparse.ArgumentParser(add_help=False)
    stack.add_argument(
        "--stack",
        default=os.environ.get("RAG_STACK", "env"),
        help="whose Milvus: env, file:PATH, stack:NAME or ssm:STACK (RAG_STACK, else env)",
    )
    stack.add_argument(
        "--folder", type=Path, default=FOLDER, help="where the server keeps its files (.local/rag_llama_stack)"
    )
    server = argparse.ArgumentParser(add_help=False)
    server.add_argument("--url", default=f"http://{HOST}:{PORT}", help="the OGX server (%(default)s)")
    server.add_argument("--store", default="documents", help="name of the vector store (%(default)s)")

    command = commands.add_parser("configure", parents=[stack], help="write the server's run configuration")
    command.set_defaults(run=configure)
    command.add_argument(
        "--milvus", choices=["inline", "remote"], help="remote: the stack's; inline: a file", default="remote"
    )
    command.add_argument("--port", type=int, default=PORT, help="of the OGX server (%(default)s)")
    command.add_argument(
        "--chat-model", metavar="NAME", help="model that writes answers; without one, passages are the answer"
    )
    command.add_argument("--chat-url", metavar="URL", help="its OpenAI-compatible address, with its /v1")
    command.add_argument("--ollama", action="store_true", help=f"the chat model is Ollama's ({OLLAMA_URL})")
    command.add_argument("--embedding-model", metavar="NAME", help="instead of all-MiniLM-L6-v2")
    command.add_argument("--embedding-url", metavar="URL", help="its OpenAI-compatible address, with its /v1")
    command.add_argument(
        "--embedding-dimension", type=int, default=DIMENSION, metavar="N", help="length of its vectors (%(default)s)"
    )

    command = commands.add_parser("serve", parents=[stack], help="run the server until Ctrl-C")
    command.set_defaults(run=serve)

    command = commands.add_parser("ingest", parents=[server], help="make the vector store hold what a folder holds")
    command.set_defaults(run=ingest)
    command.add_argument("path", type=Path, metavar="FOLDER", help="a folder of .md, .html and .txt files, or one file")

    command = commands.add_parser("ask", parents=[server], help="answer one question, with sources")
    command.set_defaults(run=ask)
    command.add_argument("question")
    return top


def configure(options: argparse.Namespace, console: Console) -> None:
    folder = options.folder.absolute()
    choices = Choices(
        folder=folder,
        port=options.port,
        milvus=options.milvus,
        chat=_model("chat", options.chat_url or (OLLAMA_URL if options.ollama else None), options.chat_model),
        ollama=options.ollama,
        embedding=_model("embedding", options.embedding_url, options.embedding_model),
        dimension=options.embedding_dimension,
    )
    configuration = run_configuration(read(options.stack), choices)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIGURATION).write_text(yaml.safe_dump(configuration, sort_keys=False))
    milvus = provider(configuration, "vector_io")
    where = milvus["config"].get("uri") or milvus["config"]["db_path"]
    console.print(f"{folder / CONFIGURATION}: {milvus['provider_type']} at {where}", soft_wrap=True)


def serve(options: argparse.Namespace, console: Console) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # otherwise the server would outlive this process
    folder = options.folder.absolute()
    token = ""
    if provider(load(folder), "vector_io")["provider_type"] == "remote::milvus":
        contract = read(options.stack)
        connect(contract).close()  # for a wrong token or address OGX would only show a page of traceback
        token = fetch_token(contract)
    with running(folder, token) as url:
        console.print(f"OGX answers at {url}, its log is {folder / LOG} (Ctrl-C ends it)", soft_wrap=True)
        threading.Event().wait()


def ingest(options: argparse.Namespace, console: Console) -> None:
    loaded = load_documents(options.path, MAX_FILE_MIB)
    for line in named(loaded.left_out):
        console.print(f"left out: {line}", style="yellow", markup=False, soft_wrap=True)
    with Progress(console=console) as bar:
        task = bar.add_task("documents", total=len(loaded.documents))
        Client(options.url, options.store).ingest(loaded.documents, lambda done: bar.update(task, completed=done))
    skipped = f"; {len(loaded.skipped)} files of other kinds were skipped" if loaded.skipped else ""
    console.print(f"{options.store}: {len(loaded.documents)} documents{skipped}", soft_wrap=True)


def ask(options: argparse.Namespace, console: Console) -> None:
    print(_text(Client(options.url, options.store).ask(options.question)))


def _text(answer: Answer) -> str:
    sources = "\n".join(f"[{at}] {each.score:.3f}  {each.source}" for at, each in enumerate(answer.passages, 1))
    if answer.text is None:
        passages = "\n\n".join(f"[{at}] {each.text.strip()}" for at, each in enumerate(answer.passages, 1))
        return f"{passages}\n(no chat model is configured: these are the passages found)\n\n{sources}"
    return f"{answer.text}\n(written by {answer.model})\n\n{sources}"


def _model(what: str, url: str | None, name: str | None) -> Model | None:
    if bool(url) != bool(name):
        raise RagError(f"--{what}-url and --{what}-model belong together: give both, or neither")
    return Model(base_url=url, name=name) if url and name else None


if __name__ == "__main__":
    sys.exit(main())
