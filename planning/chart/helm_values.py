"""The values for the Milvus chart: plain data in, a dict out, for a cluster or a standalone on MSK and S3.

No secret ever enters here: SASL credentials given as values land in plain text in a ConfigMap (milvus-helm#128, #140),
so every role reads them from Kubernetes Secrets by its environment. Attu is not the chart's: see
components/endpoints/attu.py.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from planning import versions
from planning.chart.names import RoleName, etcd_labels, role_labels

LogLevel = Literal["debug", "info", "warn", "error"]

READINESS_DELAY_SECONDS = 10
"""The chart waits 90 s before it first asks a pod whether it is ready; Milvus is after 2 to 5."""

PREFIX_PATTERN = r"[a-z][a-z0-9-]{1,39}"
"""For Release.prefix: valid in Kafka topics and S3 keys, and never a number or a truth value for YAML.
Milvus also panics when a topic's name contains `-partition-` (milvus#28675)."""

OWNED = ("common.security", "common.storageType", "etcd", "kafka", "messageQueue", "minio", "mq", "msgChannel", "tls")
"""Parts of Milvus' configuration that this program writes: `milvus.config` in the settings must leave them alone."""


@dataclass(frozen=True, kw_only=True)
class Role:
    """How many pods of a Milvus role, and how big each is."""

    replicas: int
    cpu: float
    """Cores at most: Milvus sizes its thread pools by this limit."""
    memory_gib: float
    """Requested and limited: memory cannot be shared."""
    cpu_requested: float | None = None
    """Cores that the scheduler sets aside; None: all of them."""
    disk_gib: int = 0
    """Local disk for DISKANN and mmap; 0 asks for none."""
    pool: tuple[str, str] | None = None
    """Label, also a taint, of the nodes that only this role runs on (fleet/capacity.py); None: the shared ones."""


@dataclass(frozen=True, kw_only=True)
class Etcd:
    """Milvus' metadata."""

    pods: Role
    volume_gib: int
    """Fixed at creation: a StatefulSet's volumes cannot grow by Helm."""
    keep_volumes: bool
    """Whether volumes outlive the release. Data of a dead stack breaks the next one of that name (milvus-helm#212)."""


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """One entry of a Kubernetes Secret."""

    secret: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Release:
    """Everything that decides the values."""

    name: str
    """Of the Helm release."""
    roles: Mapping[RoleName, Role]
    """`standalone` alone, or all the others."""
    etcd: Etcd
    storage_class: str
    """Of etcd's volumes."""
    region: str
    bucket_name: str
    kafka_bootstrap_servers: str
    """SASL/SCRAM listeners, `host:9096,host:9096`."""
    role_arn: str
    service_account: str
    prefix: str
    """Of Kafka topics, S3 objects and etcd keys; never changed after the first start (milvus#45267)."""
    environment: Mapping[str, SecretKey]
    """Secrets by the name of the environment variable that carries them into every role."""
    credentials_hash: str
    """Changes with the credentials: pods do not notice a changed Secret by themselves."""
    strict_zones: bool = False
    """No zone holds two pods of a role more than another, even if one has to wait for a node. Otherwise as far as it
    goes; etcd is always strict, for its majority must survive a zone."""
    milvus_version: str = versions.MILVUS
    registry: str = ""
    """A mirror of Docker Hub, for example an ECR pull-through cache; empty pulls from Docker Hub."""
    log_level: LogLevel = "info"
    mmap_scalars: bool = False
    """Scalar fields on local disk, as planning/ assumed when it sized the query nodes."""
    service_monitor: bool = False
    """Needs the Prometheus operator's CRDs in the cluster."""
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """More of Milvus' configuration, for example `quotaAndLimits`; nothing of OWNED."""


def owned_keys(config: Mapping[str, Any]) -> list[str]:
    """Keys in a user's configuration that would undo what this program sets."""
    found: list[str] = []
    for path in OWNED:
        below: Any = config
        for part in path.split("."):
            below = below.get(part) if isinstance(below, Mapping) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - YAML
        if below is not None:
            found.append(path)
    return found


def helm_values(release: Release) -> dict[str, Any]:
    """Values for chart `versions.CHART`; the same input gives the same values, in the same order."""
    cluster = "standalone" not in release.roles
    mirror = f"{release.registry}/" if release.registry else ""
    return {
        "cluster": {"enabled": cluster},
        "image": {"all": {"repository": f"{mirror}{versions.MILVUS_IMAGE}", "tag": f"v{release.milvus_version}"}},
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
        **_message_queue(release),
        "etcd": _etcd(release, mirror),
    }


def _user_yaml(release: Release) -> str:
    """Milvus' own configuration, written as JSON, which is YAML."""
    ours: dict[str, Any] = {
        "common": {"storageType": "remote", "security": {"authorizationEnabled": True}},
        "etcd": {"rootPath": release.prefix},
        "msgChannel": {"chanNamePrefix": {"cluster": release.prefix}},
    }
    if release.mmap_scalars:
        ours["queryNode"] = {"mmap": {"scalarField": True}}
    return json.dumps(_merged(release.config, ours), indent=2, sort_keys=True)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both trees as one; `above` wins."""
    return {
        key: _merged(below[key], above[key])
        if isinstance(below.get(key), Mapping) and isinstance(above.get(key), Mapping)
        else above.get(key, below.get(key))
        for key in {**below, **above}
    }


def _roles(release: Release, *, cluster: bool) -> dict[str, Any]:
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
                # Of one revision: old pods that a rollout is about to remove do not count.
                match_label_keys=["pod-template-hash"],
            ),
            **_pool(role),
        }
        for name, role in release.roles.items()
    }
    for name in ("queryNode", "standalone"):
        if name in values and release.roles[name].disk_gib:
            values[name]["disk"] = {"size": {"enabled": True}}  # tells Milvus the limit by LOCAL_STORAGE_SIZE
    if cluster:
        # A new proxy serves before an old one leaves: with 25 % of one replica the chart's default does so, too, by
        # rounding; said here so that more replicas do not change it.
        values["proxy"]["strategy"] = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
        # Without active standby the chart replaces coordinators by Recreate and a second one must not exist.
        values["mixCoordinator"]["activeStandby"] = {"enabled": release.roles["mixCoordinator"].replicas > 1}
    else:
        # Nothing worth keeping is on its disk with S3 and Kafka outside, and the chart's volume outlives the release.
        values["standalone"] |= {"messageQueue": "kafka", "persistence": {"enabled": False}}
    return values


def _pool(role: Role) -> dict[str, Any]:
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


def _spread(
    labels: Mapping[str, str], replicas: int, *, strict: bool, match_label_keys: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Over zones, and within a zone over nodes, as far as there is more than one pod."""
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
            **({"matchLabelKeys": list(match_label_keys)} if match_label_keys else {}),
        }
        for key, unsatisfiable in over.items()
    ]


def _storage(release: Release) -> dict[str, Any]:
    return {
        "minio": {"enabled": False},
        "externalS3": {
            "enabled": True,
            "host": f"s3.{release.region}.amazonaws.com",
            "port": "443",
            "useSSL": True,
            "useIAM": True,
            "cloudProvider": "aws",
            "region": release.region,
            "bucketName": release.bucket_name,
            "rootPath": release.prefix,  # "/" makes object keys begin with an empty part (milvus#18523)
        },
    }


def _message_queue(release: Release) -> dict[str, Any]:
    return {
        # Each is a broker of its own; pulsarv3 and woodpecker are what the chart brings when nothing is said.
        **{broker: {"enabled": False} for broker in ("pulsar", "pulsarv3", "kafka", "woodpecker")},
        "streaming": {"enabled": True},
        "externalKafka": {
            "enabled": True,
            "brokerList": release.kafka_bootstrap_servers,
            "securityProtocol": "SASL_SSL",
            "sasl": {"mechanisms": "SCRAM-SHA-512"},  # the only one MSK has; the chart's default is PLAIN
        },
    }


def _etcd(release: Release, mirror: str) -> dict[str, Any]:
    etcd = release.etcd
    image: dict[str, str] = {"repository": versions.ETCD_IMAGE, "tag": versions.ETCD_TAG}
    if mirror:
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
        # A majority must survive a zone: better no pod than two in one zone.
        "topologySpreadConstraints": _spread(etcd_labels(release.name), etcd.pods.replicas, strict=True),
    }
