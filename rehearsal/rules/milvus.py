"""Rules of Milvus' release: what its pods need to answer, and the Job that proves it. Kafka is in
milvus_kafka.py, what the chart makes of its values in milvus_values.py."""

import json
from collections.abc import Iterator
from typing import Any

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.permissions import denied
from rehearsal.cloud.resource import Resource, dig, parts
from rehearsal.published.regions import dns_suffix
from rehearsal.rules import s3
from rehearsal.rules.controller import wait_for_targets
from rehearsal.rules.eks import ADDON, issuer_of
from rehearsal.rules.iam import cannot_take, may, role_of
from rehearsal.rules.kms import KEY
from rehearsal.rules.kubernetes import DEPLOYMENT, RELEASE, STORAGE_CLASS
from rehearsal.rules.network_policies import Labels, kept_out, pod, selecting, strangers
from rehearsal.rules.pods import JOB, MILVUS_ROLES, secret_value

PORT, MANAGEMENT_PORT = 19530, 9091
ETCD_PORTS = (2379, 2380)
# Milvus' calls to its bucket: internal/storage/, minio_object_storage.go; DeleteObject: milvus#48902.
ON_BUCKET = ("s3:ListBucket",)
ON_OBJECTS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
PATCH = "kubernetes:apps/v1:DeploymentPatch"


def is_milvus(release: Resource) -> bool:
    """Whether a Helm release is Milvus: rules for releases see all of them."""
    return release["chart"] == "milvus"


def never(release: Resource, reason: str) -> Refused:
    """The error with which Helm gives up waiting for a release that never becomes ready."""
    return Refused(f"release {release.id}: timed out waiting for the condition: {reason}")


def values(release: Resource, path: str) -> Any:
    """One of the release's Helm values; None if it is not set."""
    return dig(release.inputs, f"values.{path}")


def configuration(release: Resource) -> dict[str, Any]:
    """Milvus' own configuration, as far as the release changes it."""
    return json.loads(parts(values(release, "extraConfigFiles")).get("user.yaml") or "{}")


def roles(release: Resource) -> list[str]:
    """Milvus roles that the release runs."""
    return [role for role in MILVUS_ROLES if values(release, role)]


def labels(release: Resource, name: str = "milvus") -> Labels:
    """Labels of the pods of Milvus, or of etcd."""
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/instance": str(release["name"])}


def front(release: Resource) -> Labels:
    """Labels of the pods that answer clients."""
    return {**labels(release), "component": "proxy" if values(release, "cluster.enabled") else "standalone"}


def service(release: Resource) -> str:
    """Name of the Service that clients use: `milvus.fullname` in the chart's _helpers.tpl."""
    name = str(release["name"])
    return name if "milvus" in name else f"{name}-milvus"


def environment(cloud: Cloud, release: Resource, role: str) -> dict[str, str]:
    """Values that a role reads from Secrets, by environment variable."""
    namespace = release.id.split("/")[0]
    return {
        entry["name"]: secret_value(cloud, release, namespace, entry["valueFrom"]["secretKeyRef"])
        for entry in values(release, f"{role}.extraEnv") or ()
        if dig(entry, "valueFrom.secretKeyRef")
    }


@rule(RELEASE, "ready", source="docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html")
def etcd_gets_its_volumes(cloud: Cloud, release: Resource) -> None:
    if not is_milvus(release) or values(release, "etcd.persistence.enabled") is False:
        return
    name = values(release, "etcd.persistence.storageClass")
    storage_class = cloud.get(STORAGE_CLASS, name)
    if storage_class is None:
        raise never(release, f'pod has unbound immediate PersistentVolumeClaims: storageclass "{name}" not found')
    cloud.relies(release, storage_class, "etcd's claims name this class")
    drivers = cloud.all(ADDON, addonName="aws-ebs-csi-driver")
    if storage_class["provisioner"] != "ebs.csi.aws.com" or not drivers:
        raise never(
            release,
            f"waiting for a volume to be created, either by external provisioner '{storage_class['provisioner']}' or"
            " manually created by system administrator",
        )
    cloud.relies(release, drivers[0], "etcd's volumes are made by the driver")
    if storage_class["volumeBindingMode"] != "WaitForFirstConsumer":
        raise never(
            release, f"node(s) had volume node affinity conflict: storage class {name} binds volumes before their pods"
        )


@rule(RELEASE, "ready", source="docs.aws.amazon.com/eks/latest/userguide/managing-coredns.html")
def pods_find_names(cloud: Cloud, release: Resource) -> None:
    if not is_milvus(release):
        return
    for addon in cloud.all(ADDON, addonName="coredns"):
        cloud.relies(release, addon, "no pod finds Kafka or S3 without DNS")
        return
    raise never(release, "lookup failed: Temporary failure in name resolution: the cluster has no coredns")


@rule(RELEASE, "ready", source="milvus.io/docs/deploy_s3.md")
def milvus_reaches_its_bucket(cloud: Cloud, release: Resource) -> None:
    name = values(release, "externalS3.bucketName")
    if not is_milvus(release) or not name:
        return
    bucket = cloud.need(release, s3.BUCKET, name, f"release {release.id}: the bucket {name} does not exist")
    host, region = values(release, "externalS3.host"), values(release, "externalS3.region")
    if region != bucket.region or host != f"s3.{bucket.region}.{dns_suffix(bucket.region)}":
        raise never(release, f"AuthorizationHeaderMalformed: the bucket is in {bucket.region}, not {region} ({host})")
    if values(release, "externalS3.rootPath") in ("/", ""):
        raise never(release, "object keys begin with an empty part: externalS3.rootPath is '/' (milvus#18523)")
    for each in cloud.all(s3.OBJECT, bucket=bucket.id):
        cloud.relies(release, each, "the next deployment must find whose folder it is before anything else is in it")
    s3.write_objects(cloud, bucket, str(values(release, "externalS3.rootPath")))


@rule(RELEASE, "ready", source="docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html")
def milvus_role_allows_its_bucket(cloud: Cloud, release: Resource) -> None:
    bucket = cloud.get(s3.BUCKET, values(release, "externalS3.bucketName"))
    if not is_milvus(release) or bucket is None:
        return
    account = parts(values(release, "serviceAccount"))
    arn = parts(account.get("annotations")).get("eks.amazonaws.com/role-arn")
    name = account.get("name", "default") if account.get("create") else "default"
    if reason := cannot_take(cloud, release, arn, issuer_of(cloud, release), release.id.split("/")[0], name):
        raise never(release, reason)
    role = role_of(cloud, arn)
    own, objects = str(bucket["arn"]), f"{bucket['arn']}/{values(release, 'externalS3.rootPath')}/files/1"
    secure = {"aws:SecureTransport": "true" if values(release, "externalS3.useSSL") else "false"}
    calls = [*((action, own) for action in ON_BUCKET), *((action, objects) for action in ON_OBJECTS)]
    for action, resource in calls:
        forbidden = any(
            denied(str(policy["policy"]), action, resource, secure) for policy in cloud.all(s3.POLICY, bucket=bucket.id)
        )
        if forbidden:
            raise never(release, f"AccessDenied: {action}: explicit deny in a resource-based policy of {bucket.id}")
        if role and not may(cloud, release, role, action, resource):
            raise never(release, f"AccessDenied: {role.name} is not authorized to perform: {action} on {bucket.id}")


@rule(RELEASE, "ready", source="docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html")
def milvus_role_may_use_its_buckets_key(cloud: Cloud, release: Resource) -> None:
    role = role_of(cloud, parts(values(release, "serviceAccount.annotations")).get("eks.amazonaws.com/role-arn"))
    if not is_milvus(release) or role is None:
        return
    region = release.region or role.region
    through = {"kms:ViaService": f"s3.{region}.{dns_suffix(region)}"}
    for encryption in cloud.all(s3.ENCRYPTION, bucket=values(release, "externalS3.bucketName")):
        cloud.relies(release, encryption, "what Milvus writes before is not encrypted by the key")
        for each in encryption["rules"] or ():
            arn = parts(each.get("applyServerSideEncryptionByDefault")).get("kmsMasterKeyId")
            keys = [key for key in cloud.all(KEY) if key["arn"] == arn]
            for action in ("kms:GenerateDataKey", "kms:Decrypt"):
                if keys and not may(cloud, release, role, action, str(arn), through):
                    raise never(release, f"AccessDenied: {role.name} is not authorized to perform: {action} on {arn}")


@rule(RELEASE, "ready", source="kubernetes.io/docs/concepts/services-networking/network-policies/")
def milvus_pods_reach_each_other_and_etcd(cloud: Cloud, release: Resource) -> None:
    if not is_milvus(release):
        return
    namespace = release.id.split("/")[0]
    milvus, etcd = front(release), labels(release, "etcd")
    for pods, target, port in ((milvus, etcd, ETCD_PORTS[0]), (etcd, etcd, ETCD_PORTS[1]), (milvus, milvus, 53100)):
        if kept_out(cloud, release, namespace, target, port, pods=[pod(cloud, namespace, pods)]):
            who, whom = pods["app.kubernetes.io/name"], target["app.kubernetes.io/name"]
            raise never(
                release, f"dial tcp: i/o timeout: no NetworkPolicy admits {who}'s pods to port {port} of {whom}"
            )


@rule(RELEASE, "ready", source="github.com/milvus-io/milvus/issues/49588, 50763, 53415")
def nobody_else_reaches_the_management_port(cloud: Cloud, release: Resource) -> None:
    """The port asks for no login, so it must be closed before the first pod runs.

    Policies only add to each other, so that those that admit somebody may follow one that admits nobody.
    """
    if not is_milvus(release):
        return
    namespace = release.id.split("/")[0]
    deciding = selecting(cloud, namespace, front(release))
    for policy in [each for each in deciding if not each["spec.ingress"]] or deciding:
        cloud.relies(release, policy, f"port {MANAGEMENT_PORT} must be closed before there is a pod")
    for stranger in strangers(cloud, namespace):
        if not kept_out(cloud, Resource("", ""), namespace, front(release), MANAGEMENT_PORT, pods=[stranger]):
            raise never(
                release,
                f"port {MANAGEMENT_PORT}, which takes orders without a login, is open to every pod of namespace"
                f" {stranger.namespace}",
            )


@rule(RELEASE, "ready", source="milvus.io/docs/authenticate.md")
def milvus_takes_its_root_password(cloud: Cloud, release: Resource) -> None:
    if not is_milvus(release):
        return
    if dig(configuration(release), "common.security.authorizationEnabled") is not True:
        raise never(release, "Milvus asks nobody for a password: common.security.authorizationEnabled is not true")
    for role in roles(release):
        password = environment(cloud, release, role).get("COMMON_SECURITY_DEFAULTROOTPASSWORD")
        if not password:
            raise never(release, f"{role}: root has the password that everybody knows (Milvus)")
        if not 6 <= len(password) <= 72:
            raise never(release, f"{role}: the root password has {len(password)} characters, Milvus takes 6 to 72")


@rule(
    RELEASE,
    "ready",
    source="github.com/kubernetes-sigs/aws-load-balancer-controller, docs/deploy/pod_readiness_gate.md",
)
def milvus_targets_become_healthy(cloud: Cloud, release: Resource) -> None:
    if is_milvus(release):
        wait_for_targets(cloud, release, service(release), front(release), PORT)


def milvus_of(cloud: Cloud, client: Resource) -> Iterator[tuple[str, Resource | None]]:
    """Each Milvus address in a client's environment, with the release that answers there; None if none does."""
    for container in dig(client.inputs, "spec.template.spec.containers") or ():
        for entry in container.get("env") or ():
            if entry["name"] == "MILVUS_URL":
                at = {f"http://{service(each)}:{PORT}": each for each in cloud.all(RELEASE, chart="milvus")}
                yield str(entry.get("value")), at.get(str(entry.get("value")))


def pod_labels(client: Resource) -> Labels:
    """Labels of a client's pods."""
    return dig(client.inputs, "spec.template.metadata.labels") or {}


@rule(JOB, "ready", source="components/milvus/probe_script.py: its own messages")
def the_probe_reaches_milvus(cloud: Cloud, probe: Resource) -> None:
    for url, release in milvus_of(cloud, probe):
        if release is None:
            raise Refused(f"{probe.id}: probe failed at 'login' (layer: network): no Milvus answers at {url}")
        cloud.relies(probe, release, "it talks to Milvus")
        namespace = probe.id.split("/")[0]
        itself = pod(cloud, namespace, pod_labels(probe))
        if kept_out(cloud, probe, namespace, front(release), PORT, pods=[itself]):
            raise Refused(
                f"{probe.id}: probe failed at 'login' (layer: network): no NetworkPolicy admits this pod on {PORT}"
            )
        containers = dig(probe.inputs, "spec.template.spec.containers")
        _knows_the_password(cloud, probe, release, [entry for each in containers for entry in each["env"]])


@rule(RELEASE, "ready", source="github.com/zilliztech/attu/issues/970")
@rule(DEPLOYMENT, "ready", source="github.com/zilliztech/attu/issues/970")
def attu_reaches_milvus(cloud: Cloud, resource: Resource) -> None:
    """Attu may start before Milvus and tries again and again. If a policy keeps it out,
    it shows `connecting` for ever."""
    for client in [resource] if resource.type == DEPLOYMENT else cloud.all(DEPLOYMENT):
        for _, release in milvus_of(cloud, client):
            namespace, nobody = client.id.split("/")[0], Resource("", "")
            itself = pod(cloud, namespace, pod_labels(client))
            if release and kept_out(cloud, nobody, namespace, front(release), PORT, pods=[itself]):
                raise Refused(f"{client.id}: connecting for ever: no NetworkPolicy admits this pod on {PORT}")


def _knows_the_password(cloud: Cloud, client: Resource, release: Resource, environments: list[dict[str, Any]]) -> None:
    """Raises Refused if the client's root password is not the one with which Milvus started."""
    for entry in environments:
        if entry["name"] == "MILVUS_ROOT_PASSWORD":
            password = secret_value(cloud, client, client.id.split("/")[0], entry["valueFrom"]["secretKeyRef"])
            expected = environment(cloud, release, roles(release)[0]).get("COMMON_SECURITY_DEFAULTROOTPASSWORD")
            if password != expected:
                raise Refused(
                    f"{client.id}: probe failed at 'login' (layer: credentials): auth check failure, please check"
                    " username and password are correct"
                )


@rule(PATCH, "before_create", source="kubernetes.io/docs/reference/using-api/server-side-apply/")
def a_patch_needs_what_it_patches(cloud: Cloud, patch: Resource) -> None:
    name = str(dig(patch.inputs, "metadata.name"))
    for release in cloud.all(RELEASE, chart="milvus"):
        if name.startswith(f"{service(release)}-"):
            cloud.relies(patch, release, "the chart makes the Deployment that is patched")
            patch.owner = release.key  # a patch is no object of its own, and is deleted with the Deployment
            return
    raise Refused(f'Deployment.apps "{name}" is invalid: spec.selector: Required value')
