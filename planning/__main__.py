"""Shows what a workload needs and costs, before anything is deployed. It needs no account and no network."""

import argparse
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

from planning.deployment import Tier, zone_names
from planning.errors import PlanningError
from planning.estimate import Estimate, estimate
from planning.pricing.cost import guides
from planning.pricing.prices import prices
from planning.workload import Index, Workload, faults

if TYPE_CHECKING:
    from rich.console import Console


def show(answer: Estimate, console: "Console | None" = None) -> None:
    """Prints an estimate as tables; `make estimate STACK=...` ends here too."""
    from rich.console import Console  # 60 ms that --json does not need

    from planning import report

    report.show(answer, console or Console())


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    workload, problems = _workload(options)
    if options.tier not in get_args(Tier):
        problems.append(f"--tier is {options.tier}; use one of {', '.join(get_args(Tier))}")
    if problems:
        return _refuse(problems)
    try:
        zones = zone_names(options.region, options.tier, options.zones)
        answers = [
            estimate(replace(workload, index=index), options.tier, region=options.region, zones=zones)
            for index in (get_args(Index) if options.compare else (workload.index,))
        ]
        reference = guides(prices(options.region)) if options.compare else None
    except PlanningError as error:
        return _refuse([str(error)])
    chosen = next(answer for answer in answers if answer.workload.index == workload.index)
    if options.json:
        text = chosen.to_json()
        if reference:
            text["compare"] = {answer.workload.index: answer.to_json() for answer in answers}
            text["guides_usd_per_month"] = round(reference.usd, 2)
        print(json.dumps(text, indent=2))
        return 0
    from rich.console import Console

    from planning import report

    console = Console()
    if reference:
        report.show_comparison(answers, reference, console)
    else:
        report.show(chosen, console)
    report.show_sources(options.region, console)
    return 0


def _workload(options: argparse.Namespace) -> tuple[Workload, list[str]]:
    """The workload that the command line describes, and a list of everything that is wrong with it (empty: nothing)."""
    values: dict[str, object] = {}
    problems: list[str] = []
    for name, (flag, kind) in _FLAGS.items():
        text = getattr(options, name)
        if text is None:
            continue
        try:
            values[name] = kind(text)
        except (ValueError, OverflowError):
            problems.append(f"{flag} is {text!r}; it must be a {'number' if kind is float else 'whole number'}")
    values["mmap"] = options.mmap
    values["raw_data"] = not options.no_raw_data
    values["index"] = options.index.upper()
    problems += [f"{_FLAGS[name][0] if name in _FLAGS else '--' + name} {text}" for name, text in faults(values)]
    return (Workload(vectors=1, dimension=2) if problems else Workload(**values)), problems  # type: ignore[arg-type]


def _whole(text: str) -> int:
    """A whole number, also when it is written as `1e6` or `1_000_000`. Raises ValueError for a fraction."""
    number = float(text)
    if number != int(number):
        raise ValueError
    return int(number)


_FLAGS = {
    "vectors": ("--vectors", _whole),
    "dimension": ("--dim", _whole),
    "scalar_bytes": ("--scalar-bytes", _whole),
    "replicas": ("--replicas", _whole),
    "growth": ("--growth", float),
    "hnsw_m": ("--hnsw-m", _whole),
    "nlist": ("--nlist", _whole),
    "max_degree": ("--max-degree", _whole),
    "refine_bits": ("--refine-bits", _whole),
    "segment_mib": ("--segment-mib", _whole),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=".venv/bin/python -m planning", description=__doc__, allow_abbrev=False)
    parser.add_argument("--vectors", required=True, help="rows to hold, e.g. 1e6")
    parser.add_argument("--dim", dest="dimension", required=True, help="numbers a vector")
    parser.add_argument("--index", default="HNSW", help=", ".join(get_args(Index)) + " (default HNSW)")
    for name, (flag, _) in _FLAGS.items():
        if name not in ("vectors", "dimension"):
            parser.add_argument(flag, dest=name, help="as `workload` in the settings, see docs/sizing.md")
    parser.add_argument("--mmap", action="store_true", help="keep scalar fields on local disk")
    parser.add_argument("--no-raw-data", action="store_true", help="SCANN without the raw vectors")
    parser.add_argument("--tier", default="development", help=" or ".join(get_args(Tier)))
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--zones", type=int, help="2 or 3; default by tier")
    parser.add_argument("--compare", action="store_true", help="all indexes side by side, and the guides' topology")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser


def _refuse(problems: list[str]) -> int:
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
