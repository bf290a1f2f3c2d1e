"""A metamorphic test of the whole program: no setting is forgotten on its way to the resources.

Each leaf of the settings is varied alone and must change a recorded resource. A new leaf without a row here fails. The
tests of the components say which resource changes, and how.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import get_args

import pytest
from pydantic import BaseModel

from planning.workload import Workload, camel
from settings.model import Settings
from tests.certificates import AUTHORITY
from tests.components.recording import Recording
from tests.deployments import (
    CERTIFICATE,
    ENTRY,
    LARGE,
    LOGIN,
    PUBLIC,
    TAKEN,
    THEIR_BUCKET,
    THEIR_KAFKA,
    Sections,
    deployed,
    merged,
    workload,
)

KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
ACCOUNT = "arn:aws:iam::210987654321"
LINKED: Sections = {"access": {"privateLink": {"principals": [f"{ACCOUNT}:root"]}}}
BACKED_UP: Sections = {"backup": {"enabled": True}}
WATCHED: Sections = {"milvus": {"monitoringNamespace": "monitoring"}, "monitoring": {"prometheus": "existing"}}

# Settings by leaf: those of the deployment it is compared with, and the variation. The stack is `dev` unless the former
# name another.
VARIED: Mapping[str, tuple[Sections, Sections]] = {
    "tier": ({}, {"tier": "production", "network": {"zones": ["us-east-1a", "us-east-1b", "us-east-1c"]}}),
    "protect": ({}, {"protect": True}),
    "region": ({}, {"region": "eu-west-1"}),
    "tags": ({}, {"tags": {"team": "search"}}),
    "workload.vectors": ({}, {"workload": {"vectors": 20_000_000}}),
    "workload.dimension": ({}, {"workload": {"dimension": 4096}}),
    "workload.index": (LARGE, workload("IVF_SQ8")),
    "workload.scalarBytes": (LARGE, workload("HNSW", scalarBytes=2000)),
    "workload.replicas": (LARGE, workload("HNSW", replicas=2)),
    "workload.growth": (LARGE, workload("HNSW", growth=3)),
    "workload.mmap": (workload("HNSW", scalarBytes=2000), {"workload": {"mmap": True}}),
    "workload.rawData": (workload("SCANN"), {"workload": {"rawData": False}}),
    "workload.hnswM": (LARGE, workload("HNSW", hnswM=500)),
    "workload.maxDegree": (workload("DISKANN"), {"workload": {"maxDegree": 512}}),
    "workload.refineBits": (workload("IVF_RABITQ"), {"workload": {"refineBits": 32}}),
    "workload.segmentMib": (LARGE, workload("HNSW", segmentMib=8192)),
    "network.cidr": ({}, {"network": {"cidr": "10.50.0.0/16"}}),
    "network.zones": ({}, {"network": {"zones": ["us-east-1b", "us-east-1c"]}}),
    "network.nat": ({}, {"network": {"nat": "perZone"}}),
    "network.interfaceEndpoints": ({}, {"network": {"interfaceEndpoints": True}}),
    "network.flowLogs": ({}, {"network": {"flowLogs": "all"}}),
    "network.flowLogDays": ({}, {"network": {"flowLogDays": 14}}),
    "network.existing.vpcId": (TAKEN, {"network": {"existing": {"vpcId": "vpc-00000001"}}}),
    "network.existing.privateSubnetIds": (
        TAKEN,
        {"network": {"existing": {"privateSubnetIds": {"us-east-1a": "subnet-0000000000000000e"}}}},
    ),
    "network.existing.publicSubnetIds": (
        {**TAKEN, **PUBLIC},
        {"network": {"existing": {"publicSubnetIds": {"us-east-1a": "subnet-0000000000000000f"}}}},
    ),
    "cluster.version": ({}, {"cluster": {"version": "1.34"}}),
    "cluster.serviceCidr": ({}, {"cluster": {"serviceCidr": "172.30.0.0/16"}}),
    "cluster.publicAccessCidrs": ({}, {"cluster": {"publicAccessCidrs": ["192.0.2.0/24"]}}),
    "cluster.accessEntries.principalArn": (
        {"cluster": {"accessEntries": {"team": ENTRY}}},
        {"cluster": {"accessEntries": {"team": {"principalArn": "arn:aws:iam::123456789012:role/others"}}}},
    ),
    "cluster.accessEntries.policy": (
        {"cluster": {"accessEntries": {"team": ENTRY}}},
        {"cluster": {"accessEntries": {"team": {"policy": "edit"}}}},
    ),
    "cluster.accessEntries.namespaces": (
        {"cluster": {"accessEntries": {"team": ENTRY}}},
        {"cluster": {"accessEntries": {"team": {"namespaces": []}}}},
    ),
    "cluster.architectures": ({}, {"cluster": {"architectures": ["x86_64"]}}),
    "cluster.addonVersions": ({}, {"cluster": {"addonVersions": {"coredns": "v1.13.1-eksbuild.1"}}}),
    "cluster.permissionsBoundary": (
        {},
        {"cluster": {"permissionsBoundary": "arn:aws:iam::123456789012:policy/boundary"}},
    ),
    "cluster.keepVolumes": ({}, {"cluster": {"keepVolumes": True}}),
    "cluster.logDays": ({}, {"cluster": {"logDays": 14}}),
    "log.kind": ({}, {"log": {"kind": "woodpecker"}}),
    "kafka.existing.bootstrap": (THEIR_KAFKA, {"kafka": {"existing": {"bootstrap": ["b-2.corp.internal:9096"]}}}),
    "kafka.existing.caCertificate": (THEIR_KAFKA, {"kafka": {"existing": {"caCertificate": AUTHORITY}}}),
    "kafka.existing.secretArn": (
        THEIR_KAFKA,
        {"kafka": {"existing": {"secretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:b"}}},
    ),
    "kafka.version": ({"kafka": {"instanceType": "kafka.m7g.large"}}, {"kafka": {"version": "3.8.x.kraft"}}),
    "kafka.instanceType": ({}, {"kafka": {"instanceType": "kafka.m7g.large"}}),
    "kafka.brokersPerZone": ({}, {"kafka": {"brokersPerZone": 2}}),
    "kafka.storageGib": ({}, {"kafka": {"storageGib": 500}}),
    "kafka.maxStorageGib": (
        {"kafka": {"instanceType": "kafka.m7g.large"}},
        {"kafka": {"maxStorageGib": 1000}},
    ),
    "kafka.retentionHours": ({}, {"kafka": {"retentionHours": 200}}),
    "kafka.users": ({}, {"kafka": {"users": ["a", "b"]}}),
    "kafka.activeUser": ({"kafka": {"users": ["a", "b"]}}, {"kafka": {"activeUser": "b"}}),
    "kafka.openMonitoring": ({}, {"kafka": {"openMonitoring": True}}),
    "kafka.logDays": ({}, {"kafka": {"logDays": 14}}),
    "bucket.customerKey": ({}, {"bucket": {"customerKey": True}}),
    "bucket.keepDeletedDays": ({}, {"bucket": {"keepDeletedDays": 14}}),
    "bucket.forceDestroy": ({}, {"bucket": {"forceDestroy": False}}),
    "bucket.existing.name": (THEIR_BUCKET, {"bucket": {"existing": {"name": "other-vectors"}}}),
    "bucket.existing.keyArn": (
        THEIR_BUCKET,
        {"bucket": {"existing": {"keyArn": KEY}}},
    ),
    "bucket.existing.prefix": (THEIR_BUCKET, {"bucket": {"existing": {"prefix": "search/milvus"}}}),
    "backup.enabled": ({}, {"backup": {"enabled": True}}),
    "backup.schedule": (BACKED_UP, {"backup": {"schedule": "0 */12 * * *"}}),
    "backup.keepDays": (BACKED_UP, {"backup": {"keepDays": 30}}),
    "backup.keepDeletedDays": (BACKED_UP, {"backup": {"keepDeletedDays": 30}}),
    "backup.verifyDays": (merged(BACKED_UP, {"alarms": {"enabled": True}}), {"backup": {"verifyDays": 30}}),
    "backup.objectLockDays": (
        merged(BACKED_UP, {"backup": {"keepOnDestroy": True}}),
        {"backup": {"objectLockDays": 3}},
    ),
    "backup.replicateTo": (BACKED_UP, {"backup": {"replicateTo": "us-west-2"}}),
    "backup.keepOnDestroy": (BACKED_UP, {"backup": {"keepOnDestroy": True}}),
    "milvus.version": ({}, {"milvus": {"version": "2.6.19"}}),
    "milvus.chartVersion": ({}, {"milvus": {"chartVersion": "5.0.20"}}),
    "milvus.namespace": ({}, {"milvus": {"namespace": "vectors"}}),
    "milvus.prefix": ({}, {"milvus": {"prefix": "search"}}),
    "milvus.roles": ({}, {"milvus": {"roles": {"standalone": {"cpu": 4}}}}),
    "milvus.logLevel": ({}, {"milvus": {"logLevel": "debug"}}),
    "milvus.config": ({}, {"milvus": {"config": {"quotaAndLimits": {"enabled": True}}}}),
    "milvus.registry": ({}, {"milvus": {"registry": "registry.corp.internal/hub"}}),
    "milvus.stopInOrder": ({"stack": "prod"}, {"milvus": {"stopInOrder": True}}),
    "milvus.defragmentEtcd": ({}, {"milvus": {"defragmentEtcd": True}}),
    "milvus.monitoringNamespace": ({}, {"milvus": {"monitoringNamespace": "monitoring"}}),
    "milvus.serviceMonitor": ({}, {"milvus": {"serviceMonitor": True}}),
    "attu.exposure": ({}, {"attu": {"exposure": "none"}}),
    "attu.behind": ({}, {"attu": {"behind": "nlb"}}),
    **{
        f"attu.oidc.{key}": ({**PUBLIC, "attu": {"oidc": LOGIN}}, {"attu": {"oidc": {key: f"{value}2"}}})
        for key, value in LOGIN.items()
    },
    "access.accountIds": ({}, {"access": {"accountIds": ["123456789012"]}}),
    "access.public": ({"access": {"clientCidrs": ["192.0.2.0/24"]}}, {"access": {"public": True}}),
    "access.clientCidrs": ({}, {"access": {"clientCidrs": ["192.0.2.0/24"]}}),
    "access.clientPrefixLists": ({}, {"access": {"clientPrefixLists": ["pl-0123456789abcdef0"]}}),
    "access.certificateArn": (PUBLIC, {"access": {"certificateArn": CERTIFICATE}}),
    "access.domain.zoneId": (PUBLIC, {"access": {"domain": {"zoneId": "Z0123456789XYZ"}}}),
    "access.domain.milvus": (PUBLIC, {"access": {"domain": {"milvus": "vectors.corp.internal"}}}),
    "access.domain.attu": (PUBLIC, {"access": {"domain": {"attu": "console.corp.internal"}}}),
    "access.privateLink.principals": (LINKED, {"access": {"privateLink": {"principals": [f"{ACCOUNT}:role/app"]}}}),
    "access.privateLink.acceptanceRequired": (LINKED, {"access": {"privateLink": {"acceptanceRequired": True}}}),
    "access.privateLink.privateDns": (merged(PUBLIC, LINKED), {"access": {"privateLink": {"privateDns": True}}}),
    "alarms.enabled": ({}, {"alarms": {"enabled": True}}),
    "alarms.emails": ({"alarms": {"enabled": True}}, {"alarms": {"emails": ["ops@corp.internal"]}}),
    "alarms.canary": ({"alarms": {"enabled": True}}, {"alarms": {"canary": True}}),
    "alarms.topicArns": (
        {"alarms": {"enabled": True}},
        {"alarms": {"topicArns": ["arn:aws:sns:us-east-1:123456789012:pager"]}},
    ),
    "monitoring.prometheus": (
        {"milvus": {"monitoringNamespace": "monitoring"}},
        {"monitoring": {"prometheus": "existing"}},
    ),
    "monitoring.labels": (WATCHED, {"monitoring": {"labels": {"release": "kps"}}}),
    "monitoring.excludeRules": (WATCHED, {"monitoring": {"excludeRules": ["EtcdDiskSlow"]}}),
    "access.idleTimeoutSeconds": ({}, {"access": {"idleTimeoutSeconds": 600}}),
}
NO_RESOURCE = {
    "target": "decides which of two programs runs: tests/test_outputs.py has both",
    "extends": "names a file with settings of other keys: tests/settings/test_base_file.py",
    "workload.nlist": "moves the planned memory by a thousandth at most, which no size shows",
    "kafka.existing.securityGroupId": "changes nothing: its rules are looked at (tests/test_existing_kafka.py)",
    "review.maxMonthlyUsdChange": "changes nothing in the cloud: it stops a review",
    "access.openToTheWorld": "changes nothing: it lets access.clientCidrs name everybody",
}
"""Leaves that change no resource, with the reason."""


def leaves(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Paths of all settings, as they are written, that have no keys below them."""
    for name, field in model.model_fields.items():
        path = f"{above}{field.alias or name}"
        inner = [each for each in (field.annotation, *get_args(field.annotation)) if isinstance(each, type)]
        sections = [each for each in inner if issubclass(each, BaseModel)]
        if Workload in inner:
            yield from (f"{path}.{camel(each.name)}" for each in fields(Workload))
        elif sections:
            yield from leaves(sections[0], f"{path}.")
        else:
            yield path


def test_every_setting_is_varied_here() -> None:
    known = {path for path in leaves(Settings) if not path.startswith("embedded.")}
    assert known == VARIED.keys() | NO_RESOURCE.keys()


def fingerprint(recording: Recording) -> dict[str, str]:
    """Everything that the engine receives about each resource, as text by URN."""
    return {
        each.urn: json.dumps([each.inputs, each.protect, each.retain_on_delete], sort_keys=True, default=str)
        for each in recording.resources
        if not each.type.startswith("milvus-on-aws:")
    }


@pytest.mark.slow
@pytest.mark.parametrize("path", VARIED)
def test_a_varied_setting_changes_a_resource(path: str) -> None:
    base, varied = VARIED[path]
    assert fingerprint(deployed(base)) != fingerprint(deployed(base, varied))
