"""Rules about load balancers: what they send to, how they find out what is healthy, and whether they stay."""

from collections.abc import Iterator, Sequence

from policies.encryption import BALANCER
from policies.rule import UNKNOWN, Resource, at, off, on, rule, stack_rule

GROUP = "aws:lb/targetGroup:TargetGroup"
BINDING = "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"
GUIDE = "docs.aws.amazon.com/elasticloadbalancing/latest/"
SLOWEST_SECONDS = 60
"""Longest time after which a target must be known to have failed."""


@rule(
    "targets-are-pods",
    GROUP,
    BINDING,
    why="Pods have no node ports here: a group of instances has no target that answers.",
    source="github.com/kubernetes-sigs/aws-load-balancer-controller, docs/guide/targetgroupbinding/spec.md",
    fix="targetType ip, on the group and on the binding.",
)
def targets_are_pods(resource: Resource) -> Iterator[str]:
    kind = at(resource.inputs, "spec.targetType" if resource.type == BINDING else "targetType")
    default = "instance" if resource.type == GROUP else "ip"
    if (kind or default) not in ("ip", UNKNOWN):
        yield f"targets are of type {kind or default}"


@rule(
    "client-addresses-replaced",
    GROUP,
    why="Pods admit the balancer's addresses, not its clients'; and what is client and target of one balancer hangs.",
    source=f"{GUIDE}network/load-balancer-troubleshooting.html (hairpinning); "
    f"{GUIDE}network/edit-target-group-attributes.html#client-ip-preservation",
    fix="preserveClientIp: false on groups of network load balancers.",
)
def client_addresses_replaced(resource: Resource) -> Iterator[str]:
    if at(resource.inputs, "preserveClientIp") in (True, "true"):
        yield "pods see clients' addresses in place of the balancer's"
    if not off(at(resource.inputs, "proxyProtocolV2")):
        yield "every connection begins with a proxy protocol header, which Milvus does not read"


@rule(
    "targets-checked",
    GROUP,
    why="Until a dead target is found out, its share of the requests fails.",
    source=f"{GUIDE}network/target-group-health-checks.html",
    fix=f"a health check whose interval times unhealthyThreshold is at most {SLOWEST_SECONDS} seconds.",
)
def targets_checked(resource: Resource) -> Iterator[str]:
    check = at(resource.inputs, "healthCheck")
    if at(check, "enabled") is False or check is None:
        yield "has no health check of its own"
    interval, times = at(check, "interval"), at(check, "unhealthyThreshold")
    if UNKNOWN not in (check, interval, times):
        # AWS' defaults: every 30 seconds; two failures for application load balancers, three for others at most.
        seconds = (interval or 30) * (times or 3)
        if seconds > SLOWEST_SECONDS:
            yield f"a dead target is found out after {seconds:g} seconds"


@rule(
    "balancer-reaches-every-zone",
    BALANCER,
    why="A node of the balancer sends to its own zone alone, and refuses clients where no pod is.",
    source=f"{GUIDE}network/edit-load-balancer-attributes.html (cross-zone load balancing, off by default)",
    fix="enableCrossZoneLoadBalancing: true on network load balancers.",
)
def balancer_reaches_every_zone(resource: Resource) -> Iterator[str]:
    if at(resource.inputs, "loadBalancerType") == "network" and not on(
        at(resource.inputs, "enableCrossZoneLoadBalancing")
    ):
        yield "serves each zone by the pods of that zone alone"


@rule(
    "balancer-has-a-group",
    BALANCER,
    why="A network load balancer that was made without a security group takes everybody, and never gets one.",
    source=f"{GUIDE}network/load-balancer-security-groups.html",
    fix="securityGroups on every load balancer.",
)
def balancer_has_a_group(resource: Resource) -> Iterator[str]:
    if not at(resource.inputs, "securityGroups"):
        yield "has no security group"
    if at(resource.inputs, "loadBalancerType") == "application" and not on(
        at(resource.inputs, "dropInvalidHeaderFields")
    ):
        yield "passes on headers that no standard allows (dropInvalidHeaderFields)"


@stack_rule(
    "balancers-stay-with-state",
    BALANCER,
    why="Its address is what clients know; a stack that keeps its data keeps the way to it.",
    source=f"{GUIDE}network/network-load-balancers.html#deletion-protection",
    fix="enableDeletionProtection where `protect` is on.",
)
def balancers_stay_with_state(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    if any(each.protect for each in resources):
        for each in resources:
            if each.type == BALANCER and not on(at(each.inputs, "enableDeletionProtection")):
                yield each, "may be deleted, while what is behind it is protected"


RULES = (
    targets_are_pods,
    client_addresses_replaced,
    targets_checked,
    balancer_reaches_every_zone,
    balancer_has_a_group,
    balancers_stay_with_state,
)
