"""The program creates what the estimate has priced: nodes, brokers, disks, gateways, balancers, keys and secrets."""

import re
from collections import Counter
from collections.abc import Mapping

import pytest

from tests.components.recording import Recording
from tests.deployments import LARGE, LOGIN, NO_NAT, PUBLIC, TAKEN, Sections, deployed, merged, workload

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
    """Compares nodes by type and zone, brokers with their disks, gateways, balancers, endpoints, keys and secrets."""
    recording = deployed(PRICED[name])
    plan = recording.stack_outputs["estimate"]
    bought = [item["what"] for item in plan["cost"]]

    def priced(what: str) -> int:
        """Number of priced resources of a kind; 0 for a kind that costs nothing, because it has no item."""
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
    """Zones by subnet id, of the program's own subnets and of existing ones."""
    made = {f"{each.name}-id": each.inputs["availabilityZone"] for each in recording.all("aws:ec2/subnet:Subnet")}
    existing = sections.get("network", {}).get("existing", {}).get("privateSubnetIds", {})
    return {**made, **{subnet: zone for zone, subnet in existing.items()}}
