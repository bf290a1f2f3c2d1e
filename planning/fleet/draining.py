"""Says how many pods of a role wait for a place while one node is drained, which disruption budgets have to allow.

A pod that finds no place counts as unavailable. With a budget of one, the first such pod would keep all others on the
node, and its drain would never end.
"""

from collections import Counter
from collections.abc import Sequence

from planning.deployment import PodGroup
from planning.fleet.capacity import Fleet
from planning.fleet.instances import catalogue
from planning.fleet.placement import without_a_node


def max_unavailable(fleet: Fleet, pods: Sequence[PodGroup]) -> dict[str, int]:
    """How many pods of each group may be away at a time: one that moves, and those that wait meanwhile.

    Never so many that fewer would be left than are needed.
    """
    waiting: Counter[str] = Counter()
    for nodes in {fleet.nodes_of(group) for group in pods}:
        here = [group for group in pods if fleet.nodes_of(group) == nodes]
        a_zone = [(catalogue()[each.instance], each.nodes_a_zone) for each in nodes]
        waiting |= without_a_node(here, a_zone, len(nodes[0].zones))
    return {group.name: max(1, min(1 + waiting[group.name], group.count - group.needed)) for group in pods}
