"""The program creates what the estimate has priced: nodes, brokers, disks, gateways, balancers, keys and secrets."""

import re
from collections import Counter
from collections.abc import Mapping

import pytest

from planning.quantities import quantity
from tests.components.recording import Recording
from tests.deployments import LARGE, LOGIN, NO_NAT, PUBLIC, TAKEN, Sections, deployed, merged, workload

RICHEST = merged(
    PUBLIC,
    {
        "attu": {"oidc": LOGIN},
        "bucket": {"customerKey": True},
        "alarms": {"enabled": True, "canary": True},
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
    "alarms in development": {"alarms": {"emails": ["ops@corp.internal"]}},
    "production without alarms": {"stack": "prod", "alarms": {"enabled": False}},
    "copies of backups, by private endpoints": merged(
        NO_NAT, {"network": {"nat": "none"}, "backup": {"enabled": True, "replicateTo": "us-west-2"}}
    ),
    "Attu by Milvus' balancer": {"attu": {"behind": "nlb"}},
}


@pytest.mark.parametrize("name", PRICED)
def test_what_is_made_is_what_was_priced(name: str) -> None:
    """Compares nodes by type and zone, brokers with their disks, gateways, balancers, endpoints, keys and secrets."""
    recording = deployed(PRICED[name])
    plan = recording.stack_outputs["estimate"]
    bought = [item["what"] for item in plan["cost"]]

    def priced(what: str) -> int:
        """Number of priced resources of a kind; 0 for a kind that costs nothing, because it has no item."""
        found = [re.match(rf"(\d+) {what}", item) for item in bought]
        return sum(int(each[1]) for each in found if each)

    nodes: Counter[tuple[object, ...]] = Counter()
    zones = subnet_zones(recording, PRICED[name])
    templates = {f"{each.name}-id": each.inputs for each in recording.all("aws:ec2/launchTemplate:LaunchTemplate")}
    for group in recording.all("aws:eks/nodeGroup:NodeGroup"):
        (zone,) = {zones[subnet] for subnet in group.inputs["subnetIds"]}
        (disk,) = templates[group.inputs["launchTemplate"]["id"]]["blockDeviceMappings"]
        labels = frozenset(group.inputs["labels"].items())
        taints = frozenset((each["key"], each["value"], each["effect"]) for each in group.inputs["taints"])
        kind = group.inputs["instanceTypes"][0], zone, disk["ebs"]["volumeSize"], disk["ebs"]["volumeType"]
        nodes[(*kind, labels, taints)] += group.inputs["scalingConfig"]["desiredSize"]
        # A larger workload gets its nodes, for the price is that of the new plan.
        assert [path for path in group.ignore_changes if path.startswith("scalingConfig")] == []
    planned: Counter[tuple[object, ...]] = Counter()
    for group in plan["nodes"]:
        labels = frozenset(group["labels"].items())
        taints = frozenset((key, value, "NO_SCHEDULE") for key, value in group["taints"].items())
        for zone in group["zones"]:
            kind = group["instance"], zone, group["root_volume_gib"], "gp3"
            planned[(*kind, labels, taints)] += group["count"] // len(group["zones"])
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
    read = [
        kafka["numberOfBrokerNodes"] if '"Broker ID"' in str(each.inputs.get("metricQueries")) else 1
        for each in recording.all("aws:cloudwatch/metricAlarm:MetricAlarm")
    ]
    assert sum(read) == priced("metrics in alarms")
    jobs = {each.name for each in recording.all("kubernetes:batch/v1:CronJob")}
    assert ("backup" in jobs) == any("backups in S3" in item for item in bought)
    canaried = "canary-runs" in jobs
    assert len(recording.all("aws:cloudwatch/compositeAlarm:CompositeAlarm")) == priced("composite alarm")
    assert canaried == (priced("metric of the canary") == 1)
    balancers = Counter(each.inputs["loadBalancerType"] for each in recording.all("aws:lb/loadBalancer:LoadBalancer"))
    assert balancers["network"] == bought.count("NLB for Milvus")
    assert balancers["application"] == bought.count("load balancer for Attu")
    endpoints = [len(each.inputs.get("subnetIds", [])) for each in recording.all("aws:ec2/vpcEndpoint:VpcEndpoint")]
    assert sum(endpoints) == priced("interface endpoints")
    release = recording.one("kubernetes:helm.sh/v3:Release", "milvus-release").inputs["values"]
    for role in plan["roles"]:
        asked = release[role["name"]]["resources"]
        assert quantity(asked["requests"]["memory"]) == quantity(asked["limits"]["memory"]) == role["gib"] * 2**30
        assert quantity(asked["requests"]["cpu"]) == role["cpu_request"]
        assert quantity(asked["limits"]["cpu"]) == role["cpu"]
        assert release[role["name"]].get("replicas", 1) == role["count"]
    etcd = plan["etcd"]
    assert release["etcd"]["persistence"]["size"] == f"{etcd['disk_gib']}Gi"
    assert f"etcd disks, {etcd['count'] * etcd['disk_gib']} GiB" in bought


def subnet_zones(recording: Recording, sections: Sections) -> dict[str, str]:
    """Zones by subnet id, of the program's own subnets and of existing ones."""
    made = {f"{each.name}-id": each.inputs["availabilityZone"] for each in recording.all("aws:ec2/subnet:Subnet")}
    existing = sections.get("network", {}).get("existing", {}).get("privateSubnetIds", {})
    return {**made, **{subnet: zone for zone, subnet in existing.items()}}
