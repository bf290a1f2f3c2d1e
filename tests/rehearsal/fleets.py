"""Turns an estimate into Kubernetes objects for rehearsal.scheduler: nodes with daemons, and pods."""

from planning.deployment import PodGroup
from planning.estimate import Estimate
from planning.fleet.capacity import LABEL
from planning.fleet.instances import DAEMON_MIB, DAEMON_MILLICPU, catalogue
from rehearsal.cloud.scheduler import HOST, ZONE, Cluster, Node, Pod, Spread, Taint

DAEMONS = (
    Pod("aws-node", 50, 0, everywhere=True),
    Pod("kube-proxy", 100, 0, everywhere=True),
    Pod("ebs-csi-node", 30, 120, everywhere=True),
)


def cluster(estimate: Estimate) -> Cluster:
    nodes: list[Node] = []
    for group in estimate.fleet.groups:
        item = catalogue()[group.instance]
        for zone in group.zones:
            for _ in range(group.nodes_a_zone):
                name = f"node-{len(nodes)}"
                nodes.append(
                    Node(
                        name,
                        {ZONE: zone, HOST: name, **group.labels},
                        item.millicpu + DAEMON_MILLICPU,
                        item.mib + DAEMON_MIB,
                        item.pods + len(DAEMONS),
                        item.nvme_gib,
                        tuple(Taint(key, value) for key, value in group.taints.items()),
                    )
                )
    made = Cluster(nodes)
    assert made.run_daemons(DAEMONS) == []
    return made


def pods(estimate: Estimate, group: PodGroup, first: int, count: int) -> list[Pod]:
    pool = next((item.pool for item in estimate.fleet.groups if item.pool == group.name), "shared")
    selector = {"component": group.name}
    return [
        Pod(
            f"{group.name}-{index}",
            group.millicpu,
            group.mib,
            selector,
            ephemeral_gib=group.disk_gib,
            node_selector={LABEL: pool},
            tolerations=() if pool == "shared" else (Taint(LABEL, pool),),
            spread=(Spread(selector, honors_taints=not group.bound),) if group.spread else (),
            claim=f"data-{group.name}-{index}" if group.bound else None,
        )
        for index in range(first, first + count)
    ]
