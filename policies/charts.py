"""Rules about charts and pods that no schema checks: the controller's values, requests with limits, users."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, cast

from planning import versions
from planning.quantities import quantity
from policies.releases import RELEASE, is_milvus
from policies.rule import PRODUCTION_ONLY, UNKNOWN, Resource, at, items, pod, rule

WORKLOADS = ("kubernetes:apps/v1:Deployment", "kubernetes:batch/v1:Job", "kubernetes:batch/v1:CronJob")
CONTROLLER = "aws-load-balancer-controller"
CHART = "github.com/kubernetes-sigs/aws-load-balancer-controller, helm/aws-load-balancer-controller"


def amount(text: Any) -> Decimal | None:
    """The number that a quantity such as 250m or 8Gi means; None for one that is not known, or none at all."""
    try:
        return quantity(text)
    except ValueError:
        return None


@rule(
    "requests-within-limits",
    RELEASE,
    *WORKLOADS,
    why="The API server refuses such a pod, and a release or Job waits for it until its timeout.",
    source="kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
    fix="limits of at least what is requested.",
)
def requests_within_limits(resource: Resource) -> Iterator[str]:
    root = "values" if resource.type == RELEASE else "spec"
    for path, requests, limits in _resources(at(resource.inputs, root), root):
        for what, text in requests.items():
            asked, most = amount(text), amount(limits.get(what))
            if asked is not None and most is not None and asked > most:
                yield f"{path} requests {text} of {what}, and may have {limits[what]}"


def _resources(value: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Each pair of requests and limits below a value."""
    if isinstance(value, Mapping):
        tree = cast(Mapping[str, Any], value)
        requests, limits = tree.get("requests"), tree.get("limits")
        if isinstance(requests, Mapping) and isinstance(limits, Mapping):
            yield path, cast(Mapping[str, Any], requests), cast(Mapping[str, Any], limits)
        for key, below in tree.items():
            yield from _resources(below, f"{path}.{key}")
    for number, below in enumerate(items(value)):
        yield from _resources(below, f"{path}.{number}")


@rule(
    "controller-standby",
    RELEASE,
    why="While the only controller moves to another node, no new pod of Milvus becomes ready.",
    source=f"{CHART} (replicaCount)",
    fix="replicaCount: 2, the chart's own default (production's plan has both).",
    levels=PRODUCTION_ONLY,
)
def controller_standby(resource: Resource) -> Iterator[str]:
    copies = at(resource.inputs, "values.replicaCount")
    alone = isinstance(copies, int | float) and copies < 2
    if at(resource.inputs, "chart") == CONTROLLER and alone:
        yield f"runs {copies:g} time"


@rule(
    "controller-budget",
    RELEASE,
    why="A budget that allows no eviction keeps the controller's nodes from being drained, and upgrades from ending.",
    source="kubernetes.io/docs/tasks/run-application/configure-pdb/",
    fix="podDisruptionBudget: maxUnavailable 1, or none for a single copy.",
)
def controller_budget(resource: Resource) -> Iterator[str]:
    if at(resource.inputs, "chart") != CONTROLLER:
        return
    copies, budget = at(resource.inputs, "values.replicaCount"), at(resource.inputs, "values.podDisruptionBudget")
    least = at(budget, "minAvailable")
    if at(budget, "maxUnavailable") in (0, "0", "0%") or least == "100%":
        yield "its budget allows no eviction"
    elif isinstance(least, int | float) and isinstance(copies, int | float) and least >= copies:
        yield f"its budget wants {least:g} of {copies:g} copies"


@rule(
    "controller-bounded",
    RELEASE,
    why="It acts on bindings of one namespace, and can't ask the metadata service, which answers over one hop only.",
    source=f"{CHART} (watchNamespace, region, vpcId); "
    "kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation",
    fix="values watchNamespace, clusterName, region and vpcId.",
)
def controller_bounded(resource: Resource) -> Iterator[str]:
    values = at(resource.inputs, "values")
    if at(resource.inputs, "chart") == CONTROLLER and values != UNKNOWN:
        for key in ("watchNamespace", "clusterName", "region", "vpcId"):
            if not at(values, key):
                yield f"has no {key}"


@rule(
    "known-chart",
    RELEASE,
    why="Helm ignores a value that a chart does not know: passwords, spread and disks would go back to its defaults.",
    source="planning/versions.py, CHARTS; github.com/zilliztech/milvus-helm/releases",
    fix=f"milvus.chartVersion {versions.CHART}, or another one whose values were read.",
)
def known_chart(resource: Resource) -> Iterator[str]:
    version = at(resource.inputs, "version")
    known = {".".join(map(str, numbers)) for numbers in versions.CHARTS}
    if is_milvus(resource) and version not in (*known, UNKNOWN):
        yield f"nobody has read the values of chart {version}"


@rule(
    "nobody-is-root",
    *WORKLOADS,
    why="With runAsNonRoot the kubelet refuses such a pod; without it, it is root.",
    source="kubernetes.io/docs/concepts/security/pod-security-standards/ (restricted: running as non-root user)",
    fix="runAsUser of another user than 0.",
)
def nobody_is_root(resource: Resource) -> Iterator[str]:
    spec = pod(resource)
    for each in (spec, *items(at(spec, "containers")), *items(at(spec, "initContainers"))):
        if at(each, "securityContext.runAsUser") == 0:
            yield f"{at(each, 'name') or 'its pods'}: runAsUser is 0"


RULES = (
    requests_within_limits,
    controller_standby,
    controller_budget,
    controller_bounded,
    known_chart,
    nobody_is_root,
)
