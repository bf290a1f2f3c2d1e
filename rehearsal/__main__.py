"""`python -m rehearsal STACK [--json]`: what a deployment of this stack will do, before anyone pays for it."""

import argparse
import os
import sys
from pathlib import Path

from rehearsal.run import Report, rehearse
from rehearsal.sweep import ALL


def main() -> int:
    parser = argparse.ArgumentParser(prog="rehearsal", description=__doc__)
    parser.add_argument("stack", help="name of Pulumi.<stack>.yaml")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    parser.add_argument(
        "--faults",
        metavar="N|all",
        nargs="?",
        type=_number_of_faults,
        const=ALL,
        default=0,
        help="then let about N calls go wrong, or all of them, each once, which takes minutes",
    )
    arguments = parser.parse_args()
    dump = os.environ.get("DUMP")
    report = rehearse(arguments.stack, dump=Path(dump) if dump else None, faults=arguments.faults)
    print(report.as_json() if arguments.json else summary(report))
    return 0 if report.succeeded else 1


def _number_of_faults(text: str) -> int:
    return ALL if text == "all" else int(text)


def summary(report: Report) -> str:
    lines = [
        f"{report.stack}: {report.resources} resources, preview {report.preview_seconds} s, all {report.seconds} s",
        f"  ready after {report.minutes_to_ready} minutes"
        f" (at least {report.lower_bound_minutes}, by hand {report.guide_minutes})",
        f"  waits for: {' > '.join(report.critical_path)}",
        f"  destroyed after {report.minutes_to_destroy} minutes, {report.left_after_destroy} things left",
        f"  waits for: {' > '.join(report.destroy_waits_for)}",
        f"  costs about {report.estimate['usd_per_month']:,.0f} USD a month" if report.estimate else "  costs nothing",
        f"  second up: {report.second_up_changes} changes; secrets in plain text: {report.secrets_in_plaintext}",
    ]
    if report.faults.injected:
        lines.append(f"  {report.faults.converged} of {report.faults.injected} faults repaired")
    return "\n".join([*lines, *(f"  PROBLEM {each}" for each in report.violations)])


if __name__ == "__main__":
    sys.exit(main())
