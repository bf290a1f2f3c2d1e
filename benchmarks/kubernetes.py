"""Measures what a real API server costs a rehearsal: `.venv/bin/python benchmarks/kubernetes.py [STACK]`.

The server's start until it is ready should take at most 10 s. Then the stack is rehearsed by the commands of
`make rehearse` without and with KUBERNETES=1 in turn, with that server, so that the machine's noise affects both; the
best times count. The extra time should be at most 15 s.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from rehearsal.stage import ROOT
from testbed.kubernetes import behind
from testbed.kubernetes.control_plane import ADDRESS, ControlPlane, provide

STACK = "dev"
ROUNDS = 3


def rehearse(module: str, stack: str, **environment: str) -> float:
    """Seconds of a rehearsal, which must find nothing."""
    begin = time.monotonic()
    command = [sys.executable, "-m", module, stack, "--json"]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin


def main() -> None:
    stack = sys.argv[1] if len(sys.argv) > 1 else STACK
    programs = provide()
    without: list[float] = []
    judged: list[float] = []
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        begin = time.monotonic()
        with ControlPlane(Path(folder) / "server", programs):
            ready = time.monotonic() - begin
            address = str(Path(folder) / "server" / ADDRESS)
            for _ in range(ROUNDS):
                without.append(rehearse("rehearsal", stack))
                judged.append(rehearse("testbed.kubernetes", stack, **{behind.ADDRESS: address}))
    print(f"a rehearsal of {stack}: {', '.join(f'{each:.1f}' for each in without)} s")
    print(f"with KUBERNETES=1: {', '.join(f'{each:.1f}' for each in judged)} s")
    ratio = min(judged) / min(without)
    extra = min(judged) - min(without)
    print(f"API server ready after {ready:.1f} s, extra time of a rehearsal {extra:.1f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
