"""Brings the toolchain into the repository: `.venv` from requirements.txt, and a Pulumi CLI as `.tools/bin/pulumi`.

It uses the standard library only, because it runs before anything is installed. The Makefile calls it once. Outside of
this folder it leaves nothing but the caches of pip and Go. Left out: installing Python, Go and make; if one of them is
missing, a line says so.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
BIN = TOOLS / "bin"
PYTHON = ROOT / ".venv" / "bin" / "python"
GO_MODULE = ROOT / "tools" / "pulumi"
MINIMUM_PYTHON = (3, 11)
INSTALLER_SECONDS = 600
"""Limit for the official installer, which downloads about 200 MB. A network that drops packets must not stop the
bootstrap for ever."""


class MissingToolError(Exception):
    """Something that the user must install first; the message says in one line what."""


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--skip-installer", action="store_true", help="build the CLI even if it could be downloaded")
    options = arguments.parse_args()
    try:
        make_environment()
        provide_cli(use_installer=not options.skip_installer)
    except MissingToolError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as problem:
        print(f"error: {problem}; its output is above. Run the same command again to continue.", file=sys.stderr)
        return 1
    return 0


@contextmanager
def step(title: str) -> Generator[None]:
    """Prints the title of a step, and at its end how long it took."""
    print(f"  {title} ...", end="", flush=True)
    start = time.monotonic()
    try:
        yield
    except BaseException:
        print(" failed", flush=True)
        raise
    print(f" {time.monotonic() - start:.0f} s", flush=True)


def make_environment() -> None:
    """Creates `.venv`, with compiled bytecode: without it every preview would compile 120 MB of SDKs again."""
    if sys.version_info < MINIMUM_PYTHON:
        raise MissingToolError(f"Python {sys.version.split()[0]} is too old: install Python >= 3.11 and run again")
    with step("Python packages (requirements.txt) into .venv"):
        if not PYTHON.exists():  # the environment does not exist yet, or its Python was removed
            run(sys.executable, "-m", "venv", "--clear", str(ROOT / ".venv"))
        # The lock file is complete. Without --no-deps pip would add packages that pyproject.toml excludes.
        run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--compile", "--no-deps",
            "--requirement", str(ROOT / "requirements.txt"))  # fmt: skip


def sdk_version() -> str:
    """Version of the pinned SDK, which is also the oldest CLI that is accepted, and the one
    that is installed or built."""
    pinned = re.search(r"^pulumi==([\d.]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    if not pinned:
        raise MissingToolError("requirements.txt pins no pulumi: take it from the repository again")
    return pinned[1]


def provide_cli(*, use_installer: bool) -> None:
    """Provides `.tools/bin/pulumi`: the CLI on PATH if it is recent enough, else a downloaded
    one, else one built here."""
    version = sdk_version()
    if find_cli(version, str(BIN)):
        if (BIN / "language_host.py").exists():
            copy_scripts()
        return
    shutil.rmtree(TOOLS, ignore_errors=True)
    BIN.mkdir(parents=True)
    if found := find_cli(version, os.environ.get("PATH", "")):
        print(f"  Pulumi CLI: {found[0]} from PATH ({found[1]})")
        (BIN / "pulumi").symlink_to(found[0])
        return
    reason = "skipped as asked"
    if use_installer:
        with step(f"Pulumi CLI {version} by its official installer"):
            reason = install_cli(version)
        if not reason:
            return
    print(f"  The installer did not help: {reason}")
    build_cli(version)


def find_cli(minimum: str, folders: str) -> tuple[str, str] | None:
    """Path and version of a CLI in these folders (as in PATH) that is recent enough and can run Python programs."""
    path = shutil.which("pulumi", path=folders)
    host = "pulumi-language-python"
    if not path or not (shutil.which(host, path=folders) or Path(path).resolve().with_name(host).exists()):
        return None
    answer = subprocess.run(
        [path, "version"], env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}, capture_output=True, text=True
    )
    version = answer.stdout.strip().removeprefix("v")
    recent = re.match(r"\d+\.\d+\.\d+", version) and numbers(version) >= numbers(minimum)
    return (path, version) if recent else None


def numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version, for comparing."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def install_cli(version: str) -> str:
    """Installs the CLI into `.tools` with the SDK's installer. Returns the reason if it failed, else an empty text."""
    code = (
        "import sys, semver; from pulumi.automation import PulumiCommand;"
        "PulumiCommand.install(root=sys.argv[1], version=semver.VersionInfo.parse(sys.argv[2]))"
    )
    try:
        answer = subprocess.run(
            [PYTHON, "-c", code, str(TOOLS), version], capture_output=True, text=True, timeout=INSTALLER_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"no end after {INSTALLER_SECONDS} s"
    return answer.stderr.strip().splitlines()[-1] if answer.returncode else ""


def build_cli(version: str) -> None:
    """Builds the CLI from its Go modules, and puts our Python language host beside it (see tools/pulumi)."""
    if not shutil.which("go"):
        raise MissingToolError(
            f"no Pulumi CLI >= {version} on PATH, its installer cannot be reached, and there is no Go to build it: "
            "install the Pulumi CLI (pulumi.com/docs/install) or Go >= 1.26 (go.dev/doc/install)"
        )
    flags = f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={version}"
    with step(f"Pulumi CLI {version} from its Go modules (about 3 minutes on 2 cores, once)"):
        command = ("go", "build", "-trimpath", "-ldflags", flags, "-o", f"{BIN}/")
        run(*command, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", cwd=GO_MODULE, env=go_environment())
    copy_scripts()


def copy_scripts() -> None:
    """Copies the scripts that a Go-built CLI lacks to run Python: two of ours, and two from its own SDK's module."""
    # `go list` of a package is used, because `go list -m` and `go mod download` also ask for files that proxies may not
    # serve for an untagged version.
    listing = ("go", "list", "-f", "{{.Module.Dir}}", "github.com/pulumi/pulumi/sdk/v3/go/common/version")
    answer = subprocess.run(listing, cwd=GO_MODULE, env=go_environment(), check=True, capture_output=True, text=True)
    sdk = Path(answer.stdout.strip())
    for script in (
        GO_MODULE / "pulumi-language-python",
        GO_MODULE / "language_host.py",
        sdk / "python/cmd/pulumi-language-python-exec",  # the executor of programs
        sdk / "python/dist/pulumi-resource-pulumi-python",  # the executor of dynamic providers
    ):
        shutil.copyfile(script, BIN / script.name)  # the module cache is read-only, its files not executable
        (BIN / script.name).chmod(0o755)


def go_environment() -> dict[str, str]:
    """Environment in which Go reads its settings as usual, but writes its usage counters into `.tools`."""
    go = {**os.environ, "CGO_ENABLED": "0"}
    if sys.platform == "linux":
        configuration = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        go = {"GOENV": str(configuration / "go" / "env"), **go, "XDG_CONFIG_HOME": str(TOOLS / "config")}
    return go


def run(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    subprocess.run([str(word) for word in command], cwd=cwd, env=env, check=True)


if __name__ == "__main__":
    sys.exit(main())
