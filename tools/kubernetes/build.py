"""Builds a Kubernetes control plane and etcd from their Go modules into `.tools/kubernetes`, once for each go.mod.

Kubernetes publishes no control plane as a package that runs without containers, but its Go module holds the same code
that EKS runs. Left out are starting it (testbed/kubernetes) and installing Go. Standard library only.
"""

import hashlib
import re
import shutil
import sys
from collections.abc import Collection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tools.bootstrap import TOOLS, MissingToolError, go_environment, run, step

MODULE = Path(__file__).resolve().parent
PROGRAMS = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
}
"""Package of each program."""
SERVER = ("etcd", "kube-apiserver")
"""The programs of an API server without controllers."""
FLAGS = ("-trimpath", "-gcflags=all=-dwarf=false")
"""Nobody debugs these programs: what a debugger needs is a fifth of the compiler's work."""
GARBAGE = {"GOGC": "400"}
"""The compiler collects its garbage less often, which costs it a seventh of its time otherwise."""


def version() -> str:
    """Version of Kubernetes that go.mod pins, such as 1.35.4."""
    pinned = re.search(
        r"^\s*k8s\.io/kubernetes v([\d.]+)", (MODULE / "go.mod").read_text(encoding="utf-8"), re.MULTILINE
    )
    if not pinned:
        raise MissingToolError(
            "tools/kubernetes/go.mod requires no k8s.io/kubernetes: take it from the repository again"
        )
    return pinned[1]


def folder() -> Path:
    """Where the programs are, or will be; another go.mod means another folder, so that what is there is never stale."""
    pinned = hashlib.sha256((MODULE / "go.mod").read_bytes() + (MODULE / "go.sum").read_bytes()).hexdigest()
    return TOOLS / "kubernetes" / f"{version()}-{pinned[:12]}"


def left_out(programs: Collection[str] = tuple(PROGRAMS)) -> str:
    """One line that says why there are no such programs; empty if they are there, or can be built."""
    built = all((folder() / program).exists() for program in programs)
    if built or shutil.which("go"):
        return ""
    return (
        f"the real Kubernetes {version()} is left out: it is built from its Go module, and there is no Go"
        " (go.dev/doc/install)"
    )


def build(programs: Collection[str] = tuple(PROGRAMS)) -> Path:
    """Builds which of these are missing, with progress on standard output, and returns their folder."""
    major, minor, _ = version().split(".")
    names = {"gitVersion": f"v{version()}", "gitMajor": major, "gitMinor": minor}
    flags = " ".join(("-s -w", *(f"-X k8s.io/component-base/version.{name}={text}" for name, text in names.items())))
    missing = [program for program in programs if not (folder() / program).exists()]
    for number, program in enumerate(missing, 1):
        target = folder() / program
        with step(f"{number} of {len(missing)}: {program} from its Go module (Kubernetes {version()}; minutes, once)"):
            # Go writes its output at once in the end, under another name, so that a build that was stopped leaves none.
            unfinished = target.with_suffix(".unfinished")
            command = ("go", "build", *FLAGS, "-ldflags", flags, "-o", unfinished, PROGRAMS[program])
            run(*command, cwd=MODULE, env={**GARBAGE, **go_environment()})
            unfinished.rename(target)
    return folder()


def main() -> None:
    """Builds, or says why not."""
    if reason := left_out():
        sys.exit(f"error: {reason}")
    build()


if __name__ == "__main__":
    main()
