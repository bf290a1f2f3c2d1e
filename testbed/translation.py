"""Derives from a release's values what a Milvus container of the chart sees: configuration, environment, identity.

It does so as chart 5.0.19 (templates/config.tpl); tests/testbed compares the result with tests/chart/facts.json. Values
that concern Kubernetes only, such as replicas, resources and probes, are left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from planning.chart.names import COMPONENTS, fullname

Tree = dict[str, Any]

ENVIRONMENT_KEYS = {
    "KAFKA_SASLUSERNAME": "kafka.saslUsername",
    "KAFKA_SASLPASSWORD": "kafka.saslPassword",
    "COMMON_SECURITY_DEFAULTROOTPASSWORD": "common.security.defaultRootPassword",
}
"""Configuration keys for which environment variables stand (milvus, pkg/config/env_source.go),
as the program sets them."""
ROOT_PASSWORD = "COMMON_SECURITY_DEFAULTROOTPASSWORD"  # noqa: S105 - its name


@dataclass(frozen=True)
class SecretEntry:
    """Names one entry of a Kubernetes Secret."""

    secret: str
    key: str


@dataclass(frozen=True)
class Pod:
    """One role's container, as Milvus sees it."""

    configuration: Tree
    """The chart's default.yaml, overridden by user.yaml."""
    environment: dict[str, SecretEntry]
    service_account: str
    role_arn: str


def pod(values: Mapping[str, Any], release: str, namespace: str) -> Pod:
    """The container that stands for all roles.

    Raises ValueError if roles differ in their environment, or if the log is not on Kafka: the testbed's Milvus is
    2.3.5, which has no Woodpecker.
    """
    if not values["externalKafka"]["enabled"]:
        raise ValueError("log.kind woodpecker has no real part here: the testbed's Milvus knows Kafka only")
    user = yaml.safe_load(values.get("extraConfigFiles", {}).get("user.yaml") or "{}")
    environments = [_environment(values[role]) for role in COMPONENTS if role in values]
    if any(other != environments[0] for other in environments):
        raise ValueError("the roles' environments differ: one process cannot stand for them all")
    account = values["serviceAccount"]
    return Pod(
        merged(default_yaml(values, release, namespace), user),
        environments[0],
        account["name"],
        account.get("annotations", {}).get("eks.amazonaws.com/role-arn", ""),
    )


def _environment(role: Mapping[str, Any]) -> dict[str, SecretEntry]:
    references = {each["name"]: each["valueFrom"]["secretKeyRef"] for each in role.get("extraEnv", [])}
    return {name: SecretEntry(reference["name"], reference["key"]) for name, reference in references.items()}


def default_yaml(values: Mapping[str, Any], release: str, namespace: str) -> Tree:
    """The chart's own configuration file, for external Kafka and S3."""
    cluster, s3, kafka = values["cluster"]["enabled"], values["externalS3"], values["externalKafka"]
    standby = cluster and values["mixCoordinator"].get("activeStandby", {}).get("enabled", False)
    etcd = f"{release}-etcd"

    def coordinator(name: str, port: int) -> Tree:
        address = f"{fullname(release)}-{name}" if cluster else "localhost"
        return {"address": address, "port": port, "enableActiveStandby": standby}

    return {
        "etcd": {
            "endpoints": [
                f"{etcd}-{number}.{etcd}-headless.{namespace}.svc.cluster.local:2379"
                for number in range(values["etcd"]["replicaCount"])
            ]
        },
        "metastore": {"type": "etcd"},
        "minio": {
            "address": s3["host"],
            "port": int(s3["port"]),
            "accessKeyID": s3.get("accessKey"),
            "secretAccessKey": s3.get("secretKey"),
            "useSSL": s3["useSSL"],
            "bucketName": s3["bucketName"],
            "rootPath": s3["rootPath"],
            "useIAM": s3["useIAM"],
            "cloudProvider": s3["cloudProvider"],
            "iamEndpoint": s3.get("iamEndpoint"),
            "region": s3["region"],
            "useVirtualHost": s3.get("useVirtualHost", False),
        },
        "mq": {"type": "kafka"},
        "messageQueue": "kafka",
        "kafka": {
            "brokerList": kafka["brokerList"],
            "securityProtocol": kafka["securityProtocol"],
            "saslMechanisms": kafka["sasl"]["mechanisms"],
            **{f"sasl{key.title()}": kafka["sasl"][key] for key in ("username", "password") if key in kafka["sasl"]},
        },
        "rootCoord": coordinator("rootcoord", 53100),
        "proxy": {"port": 19530, "internalPort": 19529},
        "queryCoord": coordinator("querycoord", 19531),
        "queryNode": {"port": 21123, "enableDisk": True},
        "indexCoord": coordinator("indexcoord", 31000),
        "indexNode": {"port": 21121, "enableDisk": True},
        "dataCoord": coordinator("datacoord", 13333),
        "dataNode": {"port": 21124},
        "log": {
            "level": values["log"]["level"],
            "file": {"rootPath": "", "maxSize": 300, "maxAge": 10, "maxBackups": 20},
            "format": "text",
        },
        "woodpecker": {
            "storage": {"type": "minio", "rootPath": "/woodpecker/data" if cluster else "/var/lib/milvus/wp"}
        },
    }


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Tree:
    """Both trees merged into one; where both set a key, `above` wins."""
    return {
        key: merged(below[key], above[key])
        if isinstance(below.get(key), Mapping) and isinstance(above.get(key), Mapping)
        else above.get(key, below.get(key))
        for key in {**below, **above}
    }


def leaves(tree: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Paths, such as `a.b.c`, of all leaves in a tree."""
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{path}{key}.")  # pyright: ignore[reportUnknownArgumentType] - YAML
        else:
            yield f"{path}{key}"
