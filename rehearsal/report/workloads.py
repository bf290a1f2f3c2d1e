"""Finds the pods of a recorded cloud for its picture, with their load balancers and the connections that
NetworkPolicies admit.

Left out: pods of add-ons, and the nodes on which pods run.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from rehearsal.cloud.cloud import Cloud
from rehearsal.cloud.network_policies import Labels
from rehearsal.cloud.resource import Resource, dig
from rehearsal.rules import milvus
from rehearsal.rules.controller import BINDING
from rehearsal.rules.elb import BALANCER, LISTENER
from rehearsal.rules.kubernetes import DEPLOYMENT, RELEASE, SERVICE
from rehearsal.rules.network_policies import kept_out, pod, selecting
from rehearsal.rules.pods import pods


@dataclass(frozen=True)
class Service:
    """A Kubernetes service, to which a target group may be bound."""

    name: str
    ports: tuple[int, ...]
    balancers: tuple[str, ...] = ()
    """Names of the load balancers whose listeners forward to the service."""


@dataclass(frozen=True)
class Workload:
    """Pods of one kind, under the name that people use for them."""

    name: str
    detail: str
    namespace: str
    labels: Labels
    services: list[Service] = field(default_factory=list[Service])

    def admits(self, cloud: Cloud, client: "Workload") -> Iterator[tuple[str, str]]:
        """Each port that the client's pods may connect to, with the names of the policies that select the pods of this
        workload.
        """
        policies = ", ".join(each.name for each in selecting(cloud, self.namespace, self.labels)) or "no NetworkPolicy"
        asking = pod(cloud, client.namespace, client.labels)
        for port in dict.fromkeys(port for service in self.services for port in service.ports):
            if not kept_out(cloud, Resource("", ""), self.namespace, self.labels, port, pods=[asking]):
                yield str(port), policies


def workloads(cloud: Cloud) -> list[Workload]:
    found: list[Workload] = []
    for resource in (*cloud.all(DEPLOYMENT), *cloud.all(RELEASE, chart="milvus")):
        namespace = resource.id.split("/")[0]
        counts = Counter(pod.name.rsplit("-", 1)[0] for pod in pods(resource))
        etcd = counts.pop("etcd", 0)
        detail = ", ".join(f"{count} x {name}" for name, count in counts.items())
        if resource.type == DEPLOYMENT:
            found.append(_deployment(cloud, resource, namespace, detail))
            continue
        service = milvus.service(resource)
        behind = Service(service, (milvus.PORT,), _balancers(cloud, namespace, service))
        found.append(Workload("Milvus", detail, namespace, milvus.front(resource), [behind]))
        if etcd:
            service = Service(f"{resource['name']}-etcd", milvus.ETCD_PORTS[:1])
            labels = milvus.labels(resource, "etcd")
            found.append(Workload("etcd", f"{etcd} x etcd", namespace, labels, [service]))
    return found


def _deployment(cloud: Cloud, deployment: Resource, namespace: str, detail: str) -> Workload:
    labels = milvus.pod_labels(deployment)
    services: list[Service] = []
    for one in cloud.all(SERVICE):
        selector: dict[str, str] = dig(one.inputs, "spec.selector") or {}
        within, name = one.id.split("/")
        if within == namespace and selector and selector.items() <= labels.items():
            ports = tuple(int(each["port"]) for each in dig(one.inputs, "spec.ports") or ())
            services.append(Service(name, ports, _balancers(cloud, namespace, name)))
    name = labels.get("app.kubernetes.io/name") or deployment.name
    return Workload(name.capitalize(), detail.replace(deployment.name, name), namespace, labels, services)


def _balancers(cloud: Cloud, namespace: str, service: str) -> tuple[str, ...]:
    groups = {
        dig(binding.inputs, "spec.targetGroupARN")
        for binding in cloud.all(BINDING)
        if binding.id.split("/")[0] == namespace and dig(binding.inputs, "spec.serviceRef.name") == service
    }
    forwarding = {
        listener["loadBalancerArn"]
        for listener in cloud.all(LISTENER)
        if any(action.get("targetGroupArn") in groups for action in listener["defaultActions"] or ())
    }
    return tuple(balancer.name for balancer in cloud.all(BALANCER) if balancer["arn"] in forwarding)
