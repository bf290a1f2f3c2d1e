"""Runs the table of mistakes: `python -m tests.mutations`; stops and goes on as often as you like.

--sample N takes N of them by a fixed seed, --only numbers, --minutes stops early, --again forgets what is known, and
--table prints what is known as Markdown.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.mutations import run
from tests.mutations.run import Result, known
from tests.mutations.table import Mistake, mistakes

SEED = 14


def sample(count: int) -> list[Mistake]:
    """Always the same ones, as long as the table stays as it is."""
    return sorted(random.Random(SEED).sample(mistakes(), count), key=lambda each: each.number)  # noqa: S311


def until(end: float, todo: Sequence[Mistake]) -> Iterator[Mistake]:
    """The mistakes, as long as there is time."""
    for each in todo:
        if time.monotonic() > end:
            return
        yield each


def by(result: Result) -> str:
    """Who noticed, in short."""
    if result.meant:
        return ", ".join(dict.fromkeys(each.split(": ")[0].split("[")[0] for each in result.meant[:6]))
    return "only by a frozen literal" if result.frozen else "nobody"


def table(results: dict[str, Result], among: Sequence[Mistake]) -> str:
    """Totals by kind, and each mistake with who noticed it, as Markdown."""
    found = [(each, results[str(each)]) for each in among if str(each) in results]
    kinds = Counter(each.kind for each, _ in found)
    meant = Counter(each.kind for each, result in found if result.meant)
    literal = Counter(each.kind for each, result in found if not result.meant and result.frozen)
    lines = ["| kind | mistakes | noticed | only by a frozen literal | by nobody |", "|---|---|---|---|---|"]
    for kind, count in [*sorted(kinds.items()), ("**all**", len(found))]:
        noticed, frozen = (
            (meant[kind], literal[kind]) if kind in kinds else (sum(meant.values()), sum(literal.values()))
        )
        lines.append(f"| {kind} | {count} | {noticed} | {frozen} | {count - noticed - frozen} |")
    lines += ["", "| # | kind | mistake | harm | noticed by |", "|---|---|---|---|---|"]
    for each, result in found:
        text = str(each).replace("|", "\\|")
        lines.append(f"| {each.number} | {each.kind} | `{text}` | {each.harm} | {by(result)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("--only", metavar="N,N", help="these numbers, whatever is known of them")
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--ask", choices=("cloud", "tests"), help="only the cloud, or only tests of what is left by it")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--table", action="store_true")
    arguments = parser.parse_args()
    among = sample(arguments.sample) if arguments.sample else list(mistakes())
    if arguments.only:
        among = [each for each in among if str(each.number) in arguments.only.split(",")]
    if arguments.table:
        print(table(known(), among))
        return 0
    if arguments.again:
        run.RESULTS.unlink(missing_ok=True)
    done = {} if arguments.sample else known()
    todo = [each for each in among if arguments.only or str(each) not in done]
    if arguments.ask == "tests" and not arguments.only:
        todo = [each for each in among if str(each) in done and not (done[str(each)].meant or done[str(each)].tested)]
    asked = [arguments.ask] if arguments.ask else ["cloud", "tests"]
    random.Random(SEED).shuffle(todo)  # noqa: S311 - what is known of some of them says something of all
    end = time.monotonic() + 60 * arguments.minutes
    found: dict[str, Result] = {}
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        for mistake, result in run.work(Path(folder), until(end, todo), asked, arguments.processes):
            if not arguments.sample:
                run.note(result)
            found[str(mistake)] = result
            print(f"{mistake.number:4} {result.seconds:5.1f} s  {mistake}: {by(result)}", flush=True)
    everything = {**done, **found}
    missed = [each for each in among if str(each) in everything and not everything[str(each)].meant]
    print(f"{len(everything)} of {len(among)}; not noticed: {', '.join(str(each.number) for each in missed) or 'none'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
