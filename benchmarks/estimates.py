"""Measures an estimate, typically and at worst, and the whole command beside a Python that only imports rich.

Each number is the best of several, because machines are noisy. Estimates are measured in CPU time, so that other work
on the machine does not count.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter, process_time
from typing import get_args

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from planning.deployment import Tier
from planning.errors import PlanningError
from planning.estimate import estimate
from planning.workload import Index, Workload

ROOT = Path(__file__).parent.parent
ROUNDS = 7
RANDOM = 100
COMMAND = ["-m", "planning", "--vectors", "1e6", "--dim", "1024", "--index", "HNSW"]
BARE = ["-c", "import rich.console, rich.table"]


def best_seconds(run: Callable[[], object], clock: Callable[[], float] = perf_counter) -> float:
    seconds: list[float] = []
    for _ in range(ROUNDS):
        start = clock()
        run()
        seconds.append(clock() - start)
    return min(seconds)


def python(*arguments: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def random_workload(random: Random) -> Workload:
    return Workload(
        vectors=int(10 ** random.uniform(4, 10)),
        dimension=random.choice((64, 128, 384, 768, 1024, 1536, 3072)),
        index=random.choice(get_args(Index)),
        scalar_bytes=random.choice((0, 0, 100, 1000)),
        replicas=random.choice((1, 1, 2, 3)),
        growth=random.choice((1, 1, 1.5, 3)),
        mmap=random.random() < 0.3,
    )


def at_random(tier: Tier) -> None:
    random = Random(100)  # noqa: S311 - repeatable, not secret
    found: dict[bool, list[tuple[float, str]]] = {True: [], False: []}
    for _ in range(RANDOM):
        workload = random_workload(random)
        seconds = best_seconds(lambda workload=workload: answers(workload, tier), process_time)
        found[answers(workload, tier)].append((seconds, str(workload)))
    for answered, runs in found.items():
        what = "estimates" if answered else "refusals, with the nearest that works"
        if runs:
            typical, (worst, which) = median(seconds for seconds, _ in runs), max(runs)
            print(
                f"{len(runs)} random {what}, {tier}: typically {typical * 1000:.1f} ms, at worst {worst * 1000:.1f} ms:"
            )
            print(f"  {which}")


def answers(workload: Workload, tier: Tier) -> bool:
    try:
        estimate(workload, tier)
    except PlanningError:
        return False
    return True


def main() -> None:
    cases: list[tuple[int, Tier]] = [
        (10**6, "development"),
        (10**6, "production"),
        (10**8, "production"),
        (10**9, "production"),
    ]
    for vectors, tier in cases:
        workload = Workload(vectors=vectors, dimension=768)
        seconds = best_seconds(lambda workload=workload, tier=tier: estimate(workload, tier), process_time)
        print(f"estimate of {vectors:>13,} x 768, {tier:<11}: {seconds * 1000:6.1f} ms")
    for tier in get_args(Tier):
        at_random(tier)
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
