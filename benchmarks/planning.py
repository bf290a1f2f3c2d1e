"""How fast an estimate is, and the whole command, beside a Python that only imports rich. Best of several, as machines
are noisy."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from planning.deployment import Tier
from planning.estimate import estimate
from planning.workload import Workload

ROOT = Path(__file__).parent.parent
ROUNDS = 7
COMMAND = ["-m", "planning", "--vectors", "1e6", "--dim", "1024", "--index", "HNSW"]
BARE = ["-c", "import rich.console, rich.table"]


def best_seconds(run: Callable[[], object]) -> float:
    seconds: list[float] = []
    for _ in range(ROUNDS):
        start = perf_counter()
        run()
        seconds.append(perf_counter() - start)
    return min(seconds)


def python(*arguments: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    cases: list[tuple[int, Tier]] = [
        (10**6, "development"),
        (10**6, "production"),
        (10**8, "production"),
        (10**9, "production"),
    ]
    for vectors, tier in cases:
        workload = Workload(vectors=vectors, dimension=768)
        seconds = best_seconds(lambda workload=workload, tier=tier: estimate(workload, tier))
        print(f"estimate of {vectors:>13,} x 768, {tier:<11}: {seconds * 1000:6.1f} ms")
    command, tables, bare = (
        best_seconds(python(*COMMAND, "--json")),
        best_seconds(python(*COMMAND)),
        best_seconds(python(*BARE)),
    )
    print(
        f"python -m planning --json: {command:.2f} s; with tables: {tables:.2f} s; import of rich alone: {bare:.2f} s"
    )
    print(f"ratio: {tables / bare:.2f}")


if __name__ == "__main__":
    main()
