"""Estimates the minutes until a new stack answers, as the longest chain of steps that wait for each other.

The durations come from documentation and users' reports and were not measured here. planning/timing/clock.py computes
the same for the real program's graph, from durations.json.
"""

from dataclasses import dataclass
from graphlib import TopologicalSorter

from planning.log import Log

# Low, typical and high minutes of each step, and the steps that must be finished before it. Source: AWS documentation
# and reports of users, November 2026.
STEPS: dict[str, tuple[tuple[float, float, float], tuple[str, ...]]] = {
    "VPC": ((0.5, 0.5, 0.5), ()),
    "subnets": ((0.2, 0.2, 0.2), ("VPC",)),
    "NAT": ((1.5, 2.25, 3), ("subnets",)),
    "MSK": ((15, 30, 40), ("subnets",)),
    "SCRAM": ((1, 10, 10), ("MSK",)),
    "EKS": ((9, 12, 14), ("subnets",)),
    "nodes": ((2, 3, 4), ("EKS", "NAT")),
    "add-ons": ((1, 1.5, 2), ("nodes",)),
    "load balancer controller": ((1, 1.5, 2), ("nodes",)),
    "load balancers": ((2, 3, 4), ("subnets",)),
    "Milvus": ((3, 6, 8), ("SCRAM", "add-ons", "load balancer controller", "load balancers")),
}
OF_KAFKA = ("MSK", "SCRAM")
"""Steps of a deployment that makes its Kafka."""


@dataclass(frozen=True)
class Duration:
    """Minutes until a new stack answers: typical, low and high."""

    minutes: float
    low: float
    high: float
    path: tuple[str, ...]
    """The chain of steps that takes longest, in the typical case."""


def minutes_to_ready(log: Log = "kafka") -> Duration:
    """The duration of a first deployment."""
    low, _ = _longest(0, log)
    typical, path = _longest(1, log)
    high, _ = _longest(2, log)
    return Duration(typical, low, high, path)


def _longest(which: int, log: Log) -> tuple[float, tuple[str, ...]]:
    """Minutes and steps of the longest chain; `which` is 0 for low, 1 for typical and 2 for high durations."""
    left_out = () if log == "kafka" else OF_KAFKA
    needs = {name: [each for each in before if each not in left_out] for name, (_, before) in STEPS.items()}
    done: dict[str, tuple[float, tuple[str, ...]]] = {}
    for step in TopologicalSorter(needs).static_order():
        if step in left_out:
            continue
        minutes, _ = STEPS[step]
        start, path = max((done[name] for name in needs[step]), default=(0.0, ()))
        done[step] = (start + minutes[which], (*path, step))
    return max(done.values())
