"""Metamorphic rules of the whole program: no setting is forgotten on its way, and what is paid for is what is made.

Each leaf of the settings, varied alone, must change a recorded resource; a new one without a row here fails. Which
resource, and how, is said by the tests of the components.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from planning.workload import Workload, camel
from settings.model import Settings
from tests.components.recording import Recording
from tests.program import run

Sections = dict[str, Any]

LARGE: Sections = {"workload": {"vectors": 50_000_000, "dimension": 768}}
VPC = {
    "vpcId": "vpc-0123456789abcdef0",
    "privateSubnetIds": {"us-east-1a": "subnet-0000000000000000a", "us-east-1b": "subnet-0000000000000000b"},
    "publicSubnetIds": {"us-east-1a": "subnet-0000000000000000c", "us-east-1b": "subnet-0000000000000000d"},
}
PUBLIC: Sections = {
    "access": {
        "public": True,
        "clientCidrs": ["192.0.2.0/24"],
        "domain": {"zoneId": "Z0123456789ABC", "milvus": "milvus.corp.internal", "attu": "attu.corp.internal"},
    }
}
LOGIN = {
    "issuer": "https://login.corp.internal",
    "authorizationEndpoint": "https://login.corp.internal/authorize",
    "tokenEndpoint": "https://login.corp.internal/token",
    "userInfoEndpoint": "https://login.corp.internal/user",
    "clientId": "attu",
    "clientSecret": "planted-secret",
}
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
ENTRY = {"principalArn": "arn:aws:iam::123456789012:role/team", "policy": "view", "namespaces": ["milvus"]}
TAKEN: Sections = {"network": {"existing": VPC}, "access": {"clientCidrs": ["10.0.0.0/16"]}}
NO_NAT: Sections = {
    "network": {"interfaceEndpoints": True},
    "milvus": {"registry": "123456789012.dkr.ecr.us-east-1.amazonaws.com/hub"},
}


def workload(index: str, **more: Any) -> Sections:
    return {"workload": {**LARGE["workload"], "index": index, **more}}


# Leaf -> what holds anyway, and what is varied. `dev` is deployed unless the first one names another stack.
VARIED: Mapping[str, tuple[Sections, Sections]] = {
    "tier": ({}, {"tier": "production", "network": {"zones": ["us-east-1a", "us-east-1b", "us-east-1c"]}}),
    "protect": ({}, {"protect": True}),
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
    "milvus.version": ({}, {"milvus": {"version": "2.6.19"}}),
    "milvus.chartVersion": ({}, {"milvus": {"chartVersion": "5.0.20"}}),
    "milvus.namespace": ({}, {"milvus": {"namespace": "vectors"}}),
    "milvus.prefix": ({}, {"milvus": {"prefix": "search"}}),
    "milvus.roles": ({}, {"milvus": {"roles": {"standalone": {"cpu": 4}}}}),
    "milvus.logLevel": ({}, {"milvus": {"logLevel": "debug"}}),
    "milvus.config": ({}, {"milvus": {"config": {"quotaAndLimits": {"enabled": True}}}}),
    "milvus.registry": ({}, {"milvus": {"registry": "registry.corp.internal/hub"}}),
    "milvus.stopInOrder": ({"stack": "prod"}, {"milvus": {"stopInOrder": True}}),
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
    "access.certificateArn": (PUBLIC, {"access": {"certificateArn": CERTIFICATE}}),
    "access.domain.zoneId": (PUBLIC, {"access": {"domain": {"zoneId": "Z0123456789XYZ"}}}),
    "access.domain.milvus": (PUBLIC, {"access": {"domain": {"milvus": "vectors.corp.internal"}}}),
    "access.domain.attu": (PUBLIC, {"access": {"domain": {"attu": "console.corp.internal"}}}),
    "access.idleTimeoutSeconds": ({}, {"access": {"idleTimeoutSeconds": 600}}),
}
NO_RESOURCE = {
    "target": "decides which of two programs runs: tests/test_outputs.py has both",
    "region": "only one region has prices: planning/pricing/prices.json",
    "workload.nlist": "moves the planned memory by a thousandth at most, which no size shows",
    "access.openToTheWorld": "changes nothing: it lets access.clientCidrs name everybody",
}
"""Leaves that no resource shows, and why."""


def leaves(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Paths of the settings as they are written, down to what has no keys of its own."""
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


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> Sections:
    both = {**one, **other}
    for key in one.keys() & other.keys():
        if isinstance(one[key], dict) and isinstance(other[key], dict):
            both[key] = merged(one[key], other[key])
    return both


@cache
def recorded(sections: str) -> Recording:
    content = json.loads(sections)
    vpc = {
        "id": content["network"].get("existing", {}).get("vpcId"),
        "cidrBlock": "10.0.0.0/16",
        "enableDnsHostnames": True,
        "enableDnsSupport": True,
        "cidrBlockAssociations": [{"associationId": "a", "cidrBlock": "10.0.0.0/16", "state": "associated"}],
    }

    def subnet(arguments: dict[str, Any]) -> dict[str, Any]:
        zone = "us-east-1b" if arguments["id"][-1] in "bd" else "us-east-1a"
        free = {"availableIpAddressCount": 4000, "cidrBlock": f"10.0.{16 * int(arguments['id'][-1], 16)}.0/20"}
        return {"id": arguments["id"], "vpcId": vpc["id"], "availabilityZone": zone, **free}

    clusters: dict[str, Any] = {"names": []}
    looked_up = {
        "aws:ec2/getVpc:getVpc": vpc,
        "aws:ec2/getSubnet:getSubnet": subnet,
        "aws:eks/getClusters:getClusters": clusters,
    }
    return run(content.pop("stack", "dev"), answers=looked_up, **content)


def deployed(*sections: Sections) -> Recording:
    whole: Sections = {"network": {}, "workload": {"vectors": 1_000_000, "dimension": 1024}}
    for each in sections:
        whole = merged(whole, each)
    return recorded(json.dumps(whole, sort_keys=True))


def fingerprint(recording: Recording) -> dict[str, str]:
    """What the engine is told of each resource."""
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


RICHEST = merged(
    PUBLIC,
    {
        "attu": {"oidc": LOGIN},
        "bucket": {"customerKey": True},
        "kafka": {"users": ["a", "b"], "instanceType": "kafka.m7g.large", "maxStorageGib": 1000},
        "network": {"interfaceEndpoints": True, "nat": "perZone"},
    },
)
PRICED: Mapping[str, Sections] = {
    "dev": {},
    "prod": {"stack": "prod"},
    "large": merged(LARGE, {"stack": "prod", "kafka": {"brokersPerZone": 2}}),
    "diskann": merged(workload("DISKANN"), {"stack": "prod"}),
    "richest": RICHEST,
    "no NAT": merged(NO_NAT, {"network": {"nat": "none"}}),
    "somebody's VPC": TAKEN,
    "Attu by Milvus' balancer": {"attu": {"behind": "nlb"}},
}


@pytest.mark.parametrize("name", PRICED)
def test_what_is_made_is_what_was_priced(name: str) -> None:
    """Nodes by type and zone, brokers with their disks, gateways, balancers, endpoints, keys and secrets."""
    recording = deployed(PRICED[name])
    plan = recording.stack_outputs["estimate"]
    bought = [item["what"] for item in plan["cost"]]

    def priced(what: str) -> int:
        """How many of something are in the price; what costs nothing has no item."""
        found = [re.match(rf"(\d+) {what}", item) for item in bought]
        return sum(int(each[1]) for each in found if each)

    nodes: Counter[tuple[str, str]] = Counter()
    zones = subnet_zones(recording, PRICED[name])
    for group in recording.all("aws:eks/nodeGroup:NodeGroup"):
        (zone,) = {zones[subnet] for subnet in group.inputs["subnetIds"]}
        nodes[group.inputs["instanceTypes"][0], zone] += group.inputs["scalingConfig"]["desiredSize"]
    planned: Counter[tuple[str, str]] = Counter()
    for group in plan["nodes"]:
        for zone in group["zones"]:
            planned[group["instance"], zone] += group["count"] // len(group["zones"])
    assert nodes == planned

    kafka = recording.one("aws:msk/cluster:Cluster").inputs
    brokers = kafka["brokerNodeGroupInfo"]
    made = {"count": kafka["numberOfBrokerNodes"], "instance": brokers["instanceType"]}
    assert made == {key: plan["brokers"][key] for key in made}
    gib = brokers["storageInfo"]["ebsStorageInfo"]["volumeSize"]
    assert f"{kafka['numberOfBrokerNodes']} disks of {gib} GiB" in bought

    assert len(recording.all("aws:ec2/natGateway:NatGateway")) == priced("NAT gateways")
    assert len(recording.all("aws:kms/key:Key")) == priced("KMS keys")
    assert len(recording.all("aws:secretsmanager/secret:Secret")) == priced("secrets")
    balancers = Counter(each.inputs["loadBalancerType"] for each in recording.all("aws:lb/loadBalancer:LoadBalancer"))
    assert balancers["network"] == bought.count("NLB for Milvus")
    assert balancers["application"] == bought.count("load balancer for Attu")
    endpoints = Counter(each.inputs.get("vpcEndpointType") for each in recording.all("aws:ec2/vpcEndpoint:VpcEndpoint"))
    assert endpoints["Interface"] * len(plan["zones"]) == priced("interface endpoints")


def subnet_zones(recording: Recording, sections: Sections) -> dict[str, str]:
    """Zone by the id of a subnet, whoever made it."""
    made = {f"{each.name}-id": each.inputs["availabilityZone"] for each in recording.all("aws:ec2/subnet:Subnet")}
    existing = sections.get("network", {}).get("existing", {}).get("privateSubnetIds", {})
    return {**made, **{subnet: zone for zone, subnet in existing.items()}}
