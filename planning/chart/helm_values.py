"""Builds the Milvus chart's values, for a cluster or a standalone on S3, with its log on Kafka or there, too.

Values never contain secrets: the chart writes SASL credentials from its values into a ConfigMap in plain text
(milvus-helm#128, #140), so every role reads them from Kubernetes Secrets through environment variables. Attu is not
installed by the chart: see components/endpoints/attu.py.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from planning import images, versions
from planning.chart.message_queue import ca_settings, ca_volume, message_queue, of_standalone
from planning.chart.names import ETCD_METRICS, RoleName, etcd_labels, role_labels
from planning.regions import DNS_SUFFIX

LogLevel = Literal["debug", "info", "warn", "error"]

READINESS_DELAY_SECONDS = 10
"""Seconds before the first readiness probe. The chart's default is 90, but Milvus is ready after 2 to 5."""

PREFIX_PATTERN = r"[a-z][a-z0-9-]{1,39}"
"""Pattern for Release.prefix: valid in Kafka topics and S3 keys, and never a number or a truth value in YAML.
Milvus also panics when a topic's name contains `-partition-` (milvus#28675)."""

OWNED = ("common.security", "common.storageType", "etcd", "kafka", "messageQueue", "minio", "mq", "msgChannel", "tls")
"""Parts of Milvus' configuration that this program writes: `milvus.config` in the settings must leave them alone."""


@dataclass(frozen=True, kw_only=True)
class Role:
    """Number and size of the pods of one Milvus role."""

    replicas: int
    cpu: float
    """CPU limit in cores; Milvus sizes its thread pools by it."""
    memory_gib: float
    """Memory request and limit in GiB; they are equal because pods cannot share memory as they share CPU."""
    cpu_requested: float | None = None
    """CPU request in cores; None requests the whole limit."""
    disk_gib: int = 0
    """Local disk in GiB for DISKANN and mmap; 0 requests none."""
    max_unavailable: int = 1
    """How many pods may be away at a time, those included that find no place while a node is drained."""
    pool: tuple[str, str] | None = None
    """Label and taint of the nodes reserved for this role (fleet/capacity.py); None: it runs on the shared nodes."""


@dataclass(frozen=True, kw_only=True)
class Etcd:
    """The etcd cluster that holds Milvus' metadata."""

    pods: Role
    volume_gib: int
    """Size of each member's volume. Fixed at creation: Helm cannot change the volumes of a StatefulSet."""
    keep_volumes: bool
    """Whether volumes outlive the release. They break the next stack of that name (milvus-helm#212)."""


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """Names one entry of a Kubernetes Secret."""

    secret: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Release:
    """Everything that the chart's values depend on."""

    name: str
    """Name of the Helm release."""
    roles: Mapping[RoleName, Role]
    """Pods of each role: either `standalone` alone, or all the other roles."""
    etcd: Etcd
    storage_class: str
    """Storage class of etcd's volumes."""
    region: str
    bucket_name: str
    kafka_bootstrap_servers: str | None
    """Addresses of the brokers' SASL/SCRAM listeners, `host:9096,host:9096`; None: Woodpecker keeps the log in the
    bucket."""
    kafka_ca_secret: str | None = None
    """Secret with the authorities of the brokers' certificates; None: they are public."""
    role_arn: str
    service_account: str
    prefix: str
    """Prefix of Kafka topics and etcd keys. It must not change after the first start (milvus#45267)."""
    root_path: str
    """Folder of the objects in the bucket, which must not change, either."""
    environment: Mapping[str, SecretKey]
    """Entries of Secrets, by the name of the environment variable through which every role reads them."""
    credentials_hash: str
    """Hash of the credentials, set as an annotation: pods restart for a changed one, but not for a changed Secret."""
    strict_zones: bool = False
    """Whether a pod stays pending rather than giving one zone two pods of its role more than another. etcd's always
    do, because its majority must survive the loss of a zone."""
    milvus_version: str = versions.MILVUS
    registry: str = ""
    """Mirror from which all images are pulled (planning/images.py); empty: from their publishers."""
    log_level: LogLevel = "info"
    mmap_scalars: bool = False
    """Whether scalar fields are memory-mapped from local disk, as the workload that was planned says."""
    service_monitor: bool = False
    """Whether to create a ServiceMonitor. It needs the Prometheus operator's CRDs in the cluster."""
    etcd_metrics: bool = False
    """Whether etcd opens its port for metrics."""
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Further Milvus configuration, for example `quotaAndLimits`; it must not contain keys in OWNED."""


def owned_keys(config: Mapping[str, Any]) -> list[str]:
    """The paths of OWNED that a user's configuration contains, and that would undo what this program sets."""
    found: list[str] = []
    for path in OWNED:
        below: Any = config
        for part in path.split("."):
            below = below.get(part) if isinstance(below, Mapping) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - YAML
        if below is not None:
            found.append(path)
    return found


def helm_values(release: Release) -> dict[str, Any]:
    """Values for the chart of version `versions.CHART`; equal releases give equal values in the same order."""
    cluster = "standalone" not in release.roles
    milvus = images.milvus(release.milvus_version)
    return {
        "cluster": {"enabled": cluster},
        "image": {"all": {"repository": milvus.name(release.registry), "tag": milvus.tag}},
        "annotations": {"milvus-on-aws/credentials": release.credentials_hash},
        "serviceAccount": {
            "create": True,
            "name": release.service_account,
            "annotations": {"eks.amazonaws.com/role-arn": release.role_arn},
        },
        "service": {"type": "ClusterIP"},  # the chart's LoadBalancer would expose port 9091 as well
        "ingress": {"enabled": False},
        "attu": {"enabled": False},
        # The Service of the coordinators, which backups need, exists only with metrics on.
        "metrics": {"enabled": True, "serviceMonitor": {"enabled": release.service_monitor}},
        "log": {"level": release.log_level},
        "readinessProbe": {"initialDelaySeconds": READINESS_DELAY_SECONDS},
        "extraConfigFiles": {"user.yaml": _user_yaml(release)},
        **_roles(release, cluster=cluster),
        **_storage(release),
        **message_queue(release.kafka_bootstrap_servers, cluster=cluster),
        **ca_volume(release.kafka_ca_secret),
        "etcd": _etcd(release),
    }


def _user_yaml(release: Release) -> str:
    """Milvus' own configuration file, written as JSON, which is also valid YAML."""
    ours: dict[str, Any] = {
        "common": {"storageType": "remote", "security": {"authorizationEnabled": True}},
        "etcd": {"rootPath": release.prefix},
        "msgChannel": {"chanNamePrefix": {"cluster": release.prefix}},
        **ca_settings(release.kafka_ca_secret),
    }
    if release.mmap_scalars:
        ours["queryNode"] = {"mmap": {"scalarField": True}}
    return json.dumps(_merged(release.config, ours), indent=2, sort_keys=True)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both trees merged into one; where both set a key, `above` wins."""
    return {
        key: _merged(below[key], above[key])
        if isinstance(below.get(key), Mapping) and isinstance(above.get(key), Mapping)
        else above.get(key, below.get(key))
        for key in {**below, **above}
    }


def _roles(release: Release, *, cluster: bool) -> dict[str, Any]:
    """One section of values for each role."""
    values: dict[str, Any] = {
        name: {
            "replicas": role.replicas,
            "resources": _resources(role),
            "extraEnv": [
                {"name": name, "valueFrom": {"secretKeyRef": {"name": entry.secret, "key": entry.key}}}
                for name, entry in sorted(release.environment.items())
            ],
            "topologySpreadConstraints": _spread(
                role_labels(release.name, name),
                role.replicas,
                strict=release.strict_zones,
                # Counts pods of one revision only, not the old pods that a rollout is about to remove.
                matchLabelKeys=["pod-template-hash"],
                # A zone whose nodes are all drained or unreachable does not count as an empty one. By default it does,
                # and then the pods that have to leave it find no place anywhere.
                nodeTaintsPolicy="Honor",
            ),
            **_pool(role),
        }
        for name, role in release.roles.items()
    }
    for name in ("queryNode", "standalone"):
        if name in values and release.roles[name].disk_gib:
            values[name]["disk"] = {"size": {"enabled": True}}  # tells Milvus the limit by LOCAL_STORAGE_SIZE
    if cluster:
        # A new proxy must serve before an old one leaves. The chart's default of 25 % does that for one replica, but
        # only by rounding, and not for more.
        values["proxy"]["strategy"] = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
        # Without active standby the chart uses the strategy Recreate, and a second coordinator must not exist.
        values["mixCoordinator"]["activeStandby"] = {"enabled": release.roles["mixCoordinator"].replicas > 1}
    else:
        # With S3 and Kafka outside, its disk holds nothing worth keeping, and the chart's volume outlives the release.
        values["standalone"] |= {
            "messageQueue": of_standalone(release.kafka_bootstrap_servers),
            "persistence": {"enabled": False},
        }
    return values


def _pool(role: Role) -> dict[str, Any]:
    """Node selector and toleration that put a role on the nodes reserved for it."""
    if role.pool is None:
        return {}
    label, value = role.pool
    return {
        "nodeSelector": {label: value},
        "tolerations": [{"key": label, "operator": "Equal", "value": value, "effect": "NoSchedule"}],
    }


def _resources(role: Role) -> dict[str, Any]:
    limits = {"cpu": f"{role.cpu:g}", "memory": f"{role.memory_gib:g}Gi"}
    if role.disk_gib:
        limits["ephemeral-storage"] = f"{role.disk_gib}Gi"
    requested = role.cpu if role.cpu_requested is None else role.cpu_requested
    return {"requests": {**limits, "cpu": f"{requested:g}"}, "limits": limits}


def _spread(labels: Mapping[str, str], replicas: int, *, strict: bool, **more: Any) -> list[dict[str, Any]]:
    """Constraints that spread pods over zones, and within a zone over nodes; none for a single pod. `more` are further
    fields of each."""
    if replicas < 2:
        return []
    over = {
        "topology.kubernetes.io/zone": "DoNotSchedule" if strict else "ScheduleAnyway",
        "kubernetes.io/hostname": "ScheduleAnyway",
    }
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": unsatisfiable,
            "labelSelector": {"matchLabels": dict(labels)},
            **more,
        }
        for key, unsatisfiable in over.items()
    ]


def _storage(release: Release) -> dict[str, Any]:
    return {
        "minio": {"enabled": False},
        "externalS3": {
            "enabled": True,
            "host": f"s3.{release.region}.{DNS_SUFFIX}",
            "port": "443",
            "useSSL": True,
            "useIAM": True,
            "cloudProvider": "aws",
            "region": release.region,
            "bucketName": release.bucket_name,
            "rootPath": release.root_path,  # "/" makes object keys begin with an empty part (milvus#18523)
        },
    }


def _etcd(release: Release) -> dict[str, Any]:
    etcd = release.etcd
    image: dict[str, str] = {"repository": images.ETCD.path, "tag": images.ETCD.tag}
    if release.registry:  # a value of its own, "docker.io" by default
        image["registry"] = release.registry
    return {
        "enabled": True,
        "replicaCount": etcd.pods.replicas,
        "image": image,
        "resources": _resources(etcd.pods),
        "persistence": {"enabled": True, "storageClass": release.storage_class, "size": f"{etcd.volume_gib}Gi"},
        "persistentVolumeClaimRetentionPolicy": {
            "enabled": True,
            "whenDeleted": "Retain" if etcd.keep_volumes else "Delete",
            "whenScaled": "Retain",
        },
        # A majority must survive the loss of a zone: a pending pod is better than two members in one zone. Therefore a
        # zone without usable nodes counts here: two members that start meanwhile would stay with their disks for good.
        "topologySpreadConstraints": _spread(etcd_labels(release.name), etcd.pods.replicas, strict=True),
        **({"extraEnvVars": [ETCD_METRICS]} if release.etcd_metrics else {}),
    }
