"""Kubernetes: what every object needs before it can be, and what a namespace takes along."""

from rehearsal.cloud import Cloud, Refused, Thing, dig, rule
from rehearsal.rules.eks import CLUSTER

NAMESPACE = "kubernetes:core/v1:Namespace"
BUILT_IN = {"default", "kube-node-lease", "kube-public", "kube-system"}


@rule("kubernetes:*", "before_create", source="kubernetes.io/docs/concepts/overview/kubernetes-api/")
def an_object_needs_its_cluster(cloud: Cloud, thing: Thing) -> None:
    clusters = cloud.all(CLUSTER, endpoint=thing.server)
    if not clusters:
        raise Refused(f"configured Kubernetes cluster is unreachable: {thing.server or 'no server in the kubeconfig'}")
    cloud.relies(thing, clusters[0], "an object needs its cluster")


@rule("kubernetes:*", "before_create", source="kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/")
def an_object_needs_its_namespace(cloud: Cloud, thing: Thing) -> None:
    namespace = dig(thing.inputs, "metadata.namespace") or thing.inputs.get("namespace")
    if isinstance(namespace, str) and namespace not in BUILT_IN:
        cloud.need(thing, NAMESPACE, namespace, f'namespaces "{namespace}" not found')


@rule("kubernetes:*", "before_delete", source="kubernetes.io/docs/concepts/overview/kubernetes-api/")
def deleting_needs_the_cluster_too(cloud: Cloud, thing: Thing) -> None:
    if not cloud.all(CLUSTER, endpoint=thing.server):
        raise Refused(f"configured Kubernetes cluster is unreachable: {thing.server}")
