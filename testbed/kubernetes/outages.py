"""What becomes of planned fleets under the real scheduler when nodes and zones are lost, drained, replaced or rolled.

`python -m testbed.kubernetes.outages [WORKLOAD...]` lets it happen, half a minute and more each, and writes the results
into outcomes.json, from which `make docs` makes the table in docs/rehearsal.md.
"""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from planning.deployment import TIERS, PodGroup, Tier
from planning.estimate import Estimate, estimate
from planning.workload import Workload
from testbed.kubernetes.agreement import disagreements
from testbed.kubernetes.api import Api
from testbed.kubernetes.cluster import Cluster
from testbed.kubernetes.control_plane import ControlPlane, provide
from testbed.kubernetes.machines import component, node_of

MILLION = 1_000_000
MEDIUM = Workload(vectors=50 * MILLION, dimension=768)
WORKLOADS: dict[str, tuple[Tier, Workload]] = {
    "dev": ("development", Workload(vectors=MILLION, dimension=1024)),
    "10 million, development": ("development", Workload(vectors=10 * MILLION, dimension=768)),
    "50 million, development": ("development", MEDIUM),
    "10 million": ("production", Workload(vectors=10 * MILLION, dimension=768)),
    "prod": ("production", MEDIUM),
    "100 million": ("production", Workload(vectors=100 * MILLION, dimension=768)),
    "300 million": ("production", Workload(vectors=300 * MILLION, dimension=768)),
    "50 million, DISKANN": ("production", replace(MEDIUM, index="DISKANN")),
    "50 million, SCANN, 3 replicas": ("production", replace(MEDIUM, index="SCANN", replicas=3)),
    "50 million, IVF_RABITQ": ("production", replace(MEDIUM, index="IVF_RABITQ")),
}
"""Tier and workload by name."""
OUTCOMES = Path(__file__).with_name("outcomes.json")
SURGE = 2
"""Nodes that EKS adds to a group of one zone before it takes old ones away: twice its number of zones
(docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html)."""


@dataclass
class Outcome:
    """What the real scheduler made of one workload. Numbers of pods are running of wanted."""

    nodes: int
    planned: int
    bound: int
    needed: int
    """Query nodes that are planned to run at least after a loss."""
    after_node: str = ""
    after_zone: str = ""
    cut_off: str = ""
    drained: int = 0
    """Nodes whose pods all left, one node after the other."""
    nodes_rolled: bool = False
    """Whether all node groups came to new nodes at once."""
    pods_rolled: bool = False
    """Whether all Deployments came to a new revision at once."""
    problems: list[str] = field(default_factory=list[str])
    """Sentences about what must not be; empty if everything is as planned."""


def play(api: Api, plan: Estimate) -> Outcome:
    """Lets everything happen to a plan's fleet. After each loss all pods are scheduled anew."""
    cluster = Cluster(api, plan)
    try:
        return _played(cluster, plan)
    finally:
        cluster.clear()


def _played(cluster: Cluster, plan: Estimate) -> Outcome:
    planned = sum(group.count for group in plan.deployment.pods)
    outcome = Outcome(len(cluster.nodes), planned, cluster.running().total(), holding(plan).needed)
    if outcome.bound != planned:
        outcome.problems.append(f"at rest: {_names(cluster)} wait")
    outcome.problems += _disagreements(cluster, "at rest")
    _lose_node(cluster, plan, outcome)
    if TIERS[plan.tier].survives == "zone":
        _lose_zone(cluster, plan, outcome)
    _drain(cluster, outcome)
    _roll_nodes(cluster, outcome)
    outcome.pods_rolled = cluster.roll()
    outcome.problems += [] if outcome.pods_rolled else [f"rolled: {_names(cluster)} wait"]
    return outcome


def _lose_node(cluster: Cluster, plan: Estimate, outcome: Outcome) -> None:
    """The node with most pods, after which all that are needed run again without it."""
    (name, _), *_ = Counter(map(node_of, cluster.pods())).most_common(1)
    before = _there(cluster)
    cluster.lose([name])
    outcome.after_node = _judge(cluster, plan, f"without node {name}", outcome, before)


def _lose_zone(cluster: Cluster, plan: Estimate, outcome: Outcome) -> None:
    """The zone with most query nodes, whose nodes are first gone, then only unreachable."""
    cluster.reset()
    zones = Counter(cluster.nodes[node_of(pod)][1] for pod in cluster.pods() if component(pod) == "queryNode")
    (zone, _), *_ = zones.most_common(1)
    within = [name for name, (_, of) in cluster.nodes.items() if of == zone]
    before = _there(cluster)
    cluster.lose(within)
    outcome.after_zone = _judge(cluster, plan, f"without zone {zone}", outcome, before)
    cluster.reset()
    before = _there(cluster)
    cluster.cut_off(within)
    outcome.cut_off = _judge(cluster, plan, f"zone {zone} unreachable", outcome, before)


def _drain(cluster: Cluster, outcome: Outcome) -> None:
    """Every node in turn, each closed until its pods have left, with the others open."""
    cluster.reset()
    for name in list(cluster.nodes):
        before = _there(cluster)
        cluster.cordon([name])
        if _drained(cluster, [name], outcome):
            outcome.drained += 1
        outcome.problems += _disagreements(cluster, f"{name} drained", before)
        cluster.uncordon([name])


def _roll_nodes(cluster: Cluster, outcome: Outcome) -> None:
    """All groups at once, as Pulumi updates them: new nodes come first, then one old node of each group goes at a
    time, and a new one takes its place."""
    old: dict[tuple[str, str, str], list[str]] = {}
    for name, (group, zone) in cluster.nodes.items():
        old.setdefault((group.pool, group.instance, zone), []).append(name)
    surplus: list[str] = []
    for names in old.values():
        group, zone = cluster.nodes[names[0]]
        for number in range(SURGE):
            surplus.append(f"surge-{number}-{names[0]}")
            cluster.add_node(surplus[-1], group, zone)
    cluster.cordon([name for names in old.values() for name in names])
    outcome.nodes_rolled = True
    while any(old.values()):
        leaving = [names.pop() for names in old.values() if names]
        places = {name: cluster.nodes[name] for name in leaving}
        outcome.nodes_rolled &= _drained(cluster, leaving, outcome)
        cluster.lose(leaving)
        for name, (group, zone) in places.items():
            cluster.add_node(f"new-{name}", group, zone)
    cluster.cordon(surplus)
    outcome.nodes_rolled &= _drained(cluster, surplus, outcome)


def _drained(cluster: Cluster, names: Sequence[str], outcome: Outcome) -> bool:
    """Whether all pods have left these nodes, with never more than one member of etcd away."""
    members = cluster.running()["etcd"]
    fewest = [members]
    empty = cluster.drain(names, lambda: fewest.append(cluster.running()["etcd"]))
    if not empty:
        outcome.problems.append(f"draining {', '.join(names)}: {_names(cluster)} wait, and no eviction is granted")
    if min(fewest) < members - 1:
        outcome.problems.append(f"draining {', '.join(names)}: {min(fewest)} of {members} members of etcd were left")
    return empty


def _judge(cluster: Cluster, plan: Estimate, when: str, outcome: Outcome, before: frozenset[str] = frozenset()) -> str:
    """Notes groups of which too few pods run. Returns how many query nodes run of those wanted."""
    running = cluster.running()
    for group in plan.deployment.pods:
        if running[group.name] < group.needed:
            outcome.problems.append(f"{when}: {running[group.name]} of {group.needed} {group.name} run that are needed")
    outcome.problems += _disagreements(cluster, when, before)
    return f"{running[holding(plan).name]} of {holding(plan).count}"


def holding(plan: Estimate) -> PodGroup:
    """The pods that hold the data."""
    return next(group for group in plan.deployment.pods if group.name in ("queryNode", "standalone"))


def _disagreements(cluster: Cluster, when: str, before: frozenset[str] = frozenset()) -> list[str]:
    found = disagreements(cluster.live_nodes(), cluster.pods(), cluster.claims(), before)
    return [f"{when}: rehearsal/cloud/scheduler.py decides otherwise: {each}" for each in found]


def _there(cluster: Cluster) -> frozenset[str]:
    return frozenset(pod["metadata"]["name"] for pod in cluster.pods())


def _names(cluster: Cluster) -> str:
    return ", ".join(sorted({component(pod) for pod in cluster.waiting()})) or "no pods"


def plan_of(name: str) -> Estimate:
    tier, workload = WORKLOADS[name]
    return estimate(workload, tier)


def main() -> int:
    """Plays the workloads that are named, or all. Returns exit code 1 if anything is not as planned."""
    names = sys.argv[1:] or list(WORKLOADS)
    problems: list[str] = []
    programs = provide(controllers=True)
    with tempfile.TemporaryDirectory() as folder, ControlPlane(Path(folder) / "k", programs, controllers=True) as api:
        for name in names:
            outcome = play(api, plan_of(name))
            known: dict[str, Any] = json.loads(OUTCOMES.read_text(encoding="utf-8")) if OUTCOMES.exists() else {}
            known[name] = {key: value for key, value in asdict(outcome).items() if key != "problems"}
            ordered = {each: known[each] for each in WORKLOADS if each in known}
            OUTCOMES.write_text(json.dumps(ordered, indent=2) + "\n")
            print(f"{name}: {outcome}", flush=True)
            problems += outcome.problems
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
