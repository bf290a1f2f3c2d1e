"""Builds the OGX server's own Python environment, .tools/ogx, once, from requirements.txt beside this file.

It does not install a Python. The client's packages are in the project's environment.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from examples.rag_llama_stack import RagError

HERE = Path(__file__).parent
REQUIREMENTS = [HERE / "requirements.txt", HERE / "requirements-tokenizer.txt"]
ENVIRONMENT = HERE.parent.parent / ".tools" / "ogx"
MINIMUM_PYTHON = (3, 12)
TIMEOUT_SECONDS = 900
OVERRIDE = "OGX_PYTHON"
"""Environment variable that names a Python which is not on PATH."""


class EnvironmentMissingError(RagError):
    """There is no suitable Python, or the packages can't be installed."""


def ready(folder: Path = ENVIRONMENT) -> bool:
    """True if the environment is complete, and was built from the current requirements."""
    mark = folder / "complete"
    return mark.exists() and mark.read_text() == digest()


def provide(folder: Path = ENVIRONMENT) -> Path:
    """The environment's folder, built if it is missing or its requirements changed. Raises EnvironmentMissingError."""
    if ready(folder):
        return folder
    python = find_python()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever comes second waits for the first, and finds it built
        if not ready(folder):
            _build(folder, python)
    return folder


def _build(folder: Path, python: str) -> None:
    """Builds the environment anew. Raises EnvironmentMissingError."""
    print(f"Building the OGX server's environment in {folder} (once, about a minute) ...", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    files = [argument for file in REQUIREMENTS for argument in ("--requirement", str(file))]
    # requirements.txt lists all dependencies, so that --no-deps is safe; requirements-tokenizer.txt needs it.
    # Python compiles what is imported by itself: a small part of what is installed.
    install = [*pip, "--require-hashes", "--no-deps", "--no-compile", *files]
    for command in ([python, "-m", "venv", str(folder)], install):
        try:
            answer = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            raise EnvironmentMissingError(f"{' '.join(command[:4])} took more than {TIMEOUT_SECONDS} s") from None
        if answer.returncode:
            said = (answer.stderr.strip() or answer.stdout.strip()).splitlines() or ["no reason given"]
            raise EnvironmentMissingError(f"the OGX server's environment can't be built: {said[-1]}")
    (folder / "complete").write_text(digest())


def tokenizer_cache(folder: Path = ENVIRONMENT) -> Path:
    """Folder in which tiktoken finds cl100k_base without a download (TIKTOKEN_CACHE_DIR)."""
    return next(folder.glob("lib/python3*/site-packages/llama_index/core/_static/tiktoken_cache"))


def digest() -> str:
    """Hash of the requirements."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in REQUIREMENTS)).hexdigest()


def find_python() -> str:
    """A Python that is recent enough. Raises EnvironmentMissingError if there is none."""
    for candidate in candidates():
        check = f"import sys; sys.exit(sys.version_info < {MINIMUM_PYTHON})"
        try:  # a shim of pyenv may be on PATH although it cannot run
            if not subprocess.run([candidate, "-c", check], capture_output=True).returncode:
                return candidate
        except OSError:
            continue
    wanted = ".".join(map(str, MINIMUM_PYTHON))
    raise EnvironmentMissingError(
        f"the OGX server wants Python >= {wanted}, and none is on PATH: install one, or name it in {OVERRIDE}"
    )


def candidates() -> Iterator[str]:
    """Pythons to try, the preferred first."""
    if named := os.environ.get(OVERRIDE):
        yield named
        return
    yield from ("python3.12", "python3.13", "python3", sys.executable)
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    yield from sorted(str(python) for minor in (12, 13) for python in versions.glob(f"3.{minor}.*/bin/python"))
