"""Rules of Kubernetes: what objects need before they can be created, and what may not change. Pods are in pods.py."""

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.resource import Resource, dig, parts
from rehearsal.rules.eks import ACCESS_ENTRY, ACCESS_POLICY, CLUSTER, NODE_GROUP, deployer
from rehearsal.rules.eks_addons import enforces_network_policies

NAMESPACE = "kubernetes:core/v1:Namespace"
NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
RELEASE = "kubernetes:helm.sh/v3:Release"
SERVICE = "kubernetes:core/v1:Service"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
JOB = "kubernetes:batch/v1:Job"
CRON_JOB = "kubernetes:batch/v1:CronJob"
SECRET = "kubernetes:core/v1:Secret"  # noqa: S105 - a type
BUILT_IN = {"default", "kube-node-lease", "kube-public", "kube-system"}
# API groups that every cluster has (kubernetes.io/docs/reference/generated/kubernetes-api/), and Pulumi's own for Helm.
OWN_GROUPS = {
    "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "apps", "autoscaling", "batch",
    "certificates.k8s.io", "coordination.k8s.io", "core", "discovery.k8s.io", "events.k8s.io", "helm.sh",
    "networking.k8s.io", "node.k8s.io", "policy", "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io",
    "storage.k8s.io",
}  # fmt: skip

# API groups of custom resources, with the chart that installs their definitions.
DEFINITIONS = {
    "elbv2.k8s.aws": "aws-load-balancer-controller",
    "monitoring.coreos.com": "kube-prometheus-stack",  # the user's
}


@rule("kubernetes:*", "before_create", source="kubernetes.io/docs/concepts/overview/kubernetes-api/")
def an_object_needs_its_cluster(cloud: Cloud, resource: Resource) -> None:
    if resource.foreign:  # somebody else's, in whatever cluster
        return
    clusters = cloud.all(CLUSTER, endpoint=resource.server)
    if not clusters:
        raise Refused(
            f"configured Kubernetes cluster is unreachable: {resource.server or 'no server in the kubeconfig'}"
        )
    cloud.relies(resource, clusters[0], "an object needs its cluster")


@rule("kubernetes:*", "before_create", source="docs.aws.amazon.com/eks/latest/userguide/access-entries.html")
def who_deploys_has_access(cloud: Cloud, resource: Resource) -> None:
    """Access to the API belongs to the creator of the cluster, and to access entries with a policy."""
    for cluster in cloud.all(CLUSTER, endpoint=resource.server):
        if cluster["accessConfig.bootstrapClusterCreatorAdminPermissions"] is not False:
            continue
        mine = {"clusterName": cluster.id, "principalArn": deployer(cluster)}
        entries = [*cloud.all(ACCESS_ENTRY, **mine), *cloud.all(ACCESS_POLICY, **mine)]
        if len(entries) < 2:
            raise Refused("Unauthorized: the server has asked for the client to provide credentials")
        for entry in entries:
            cloud.relies(resource, entry, "before, the API server knows nobody")


@rule("kubernetes:*", "before_create", source="kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/")
def an_object_needs_its_namespace(cloud: Cloud, resource: Resource) -> None:
    namespace = dig(resource.inputs, "metadata.namespace") or resource.inputs.get("namespace")
    if isinstance(namespace, str) and namespace not in BUILT_IN:
        cloud.need(resource, NAMESPACE, namespace, f'namespaces "{namespace}" not found')


@rule(
    "kubernetes:*",
    "before_create",
    source="kubernetes.io/docs/concepts/extend-kubernetes/api-extension/custom-resources/",
)
def a_custom_resource_needs_its_definition(cloud: Cloud, resource: Resource) -> None:
    api, _, kind = resource.type.split(":", 1)[1].rpartition(":")
    group, _, version = api.rpartition("/")
    if group in OWN_GROUPS:
        return
    releases = cloud.all(RELEASE, chart=DEFINITIONS.get(group, ""))
    if not releases:
        raise Refused(
            f'no matches for kind "{kind}" in version "{group}/{version}": the CustomResourceDefinition does not exist'
        )
    cloud.relies(resource, releases[0], f"{kind} is unknown before its definition")


@rule("kubernetes:*", "before_delete", source="kubernetes.io/docs/concepts/overview/kubernetes-api/")
def deleting_needs_the_cluster_too(cloud: Cloud, resource: Resource) -> None:
    if not cloud.all(CLUSTER, endpoint=resource.server):
        raise Refused(f"configured Kubernetes cluster is unreachable: {resource.server}")


@rule(
    STORAGE_CLASS, "before_update", source="kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/"
)
def a_storage_class_never_changes(cloud: Cloud, storage_class: Resource) -> None:
    """Kubernetes' source: apiserver, pkg/apis/storage/validation: ValidateStorageClassUpdate"""
    for key, default in (("reclaimPolicy", "Delete"), ("volumeBindingMode", "Immediate")):
        old, new = (each[key] or default for each in (cloud.current(storage_class), storage_class))
        if old != new:
            raise Refused(
                f'StorageClass.storage.k8s.io "{storage_class.id}" is invalid: {key}: Forbidden: updates to {key} are'
                f" forbidden ({old} to {new})"
            )


@rule(NETWORK_POLICY, "ready", source="docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html")
def somebody_enforces_network_policies(cloud: Cloud, policy: Resource) -> None:
    """Without enforcement Kubernetes accepts policies all the same, but they have no effect."""
    if cloud.all(NODE_GROUP) and not enforces_network_policies(cloud):
        raise Refused(
            f"{policy.id} is accepted and ignored: the add-on vpc-cni runs without enableNetworkPolicy, every pod"
            " reaches every other"
        )


@rule(JOB, "ready", source="github.com/pulumi/pulumi-kubernetes, provider/pkg/await: jobs")
def pulumi_knows_why_a_job_failed(cloud: Cloud, job: Resource) -> None:
    for each in dig(job.inputs, "spec.podFailurePolicy.rules") or ():
        if each.get("action") == "FailJob":
            raise Refused(
                f"{job.id}: podFailurePolicy FailJob ends a Job by the reason PodFailurePolicy, which Pulumi does not"
                " know: it would wait until its timeout"
            )


@rule(SERVICE, "ready", source="github.com/pulumi/pulumi-kubernetes, provider/pkg/await: awaitService")
def pulumi_waits_for_a_services_pods(cloud: Cloud, service: Resource) -> None:
    annotations = parts(dig(service.inputs, "metadata.annotations"))
    if annotations.get("pulumi.com/skipAwait") == "true" or dig(service.inputs, "spec.clusterIP") == "None":
        return
    selector: dict[str, str] = dig(service.inputs, "spec.selector") or {}
    for deployment in cloud.all(DEPLOYMENT):
        labels: dict[str, str] = deployment["spec.template.metadata.labels"] or {}
        if selector and selector.items() <= labels.items():
            return
    raise Refused(
        "Service initialization: [MODIFIED] Service does not target any Pods. Selected Pods may not be ready, or field"
        " '.spec.selector' may not match labels on any Pods"
    )
