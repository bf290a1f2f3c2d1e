"""Settings of the VPC: wrong values, and keys that contradict each other."""

from typing import Any

import pytest

from tests.settings.written import AWS, EXISTING, Wrong, accepted, problems, settings

WRONG: list[Wrong] = [
    ({**AWS, "network": {"cidr": "10.0.0.1/16"}}, "network.cidr", "10.0.0.1/16 has host bits set"),
    ({**AWS, "network": {"cidr": "10.0.0.0/24"}}, "network.cidr", "its size must be between /16 and /19"),
    ({**AWS, "network": {"cidr": "11.0.0.0/16"}}, "network.cidr", "not in 10.0.0.0/8, 172.16.0.0/12"),
    ({**AWS, "network": {"flowLogs": "none", "flowLogDays": 7}}, "network.flowLogDays", "has no effect with network."),
    ({**AWS, "network": {"zones": ["a", "b"]}}, "network.zones[1]", '"b" is not allowed: the name of a zone, such as'),
    ({**AWS, "network": {"zones": ["us-east-1a"]}}, "network.zones", "1 zones: give 2 or 3"),
    ({**AWS, "network": {"zones": ["us-east-1a"] * 2}}, "network.zones", "us-east-1a is named twice; remove one"),
    ({**AWS, "network": {"zones": ["us-east-1a", "eu-west-1b"]}}, "network.zones", "not in region us-east-1"),
    ({**AWS, "network": {"cidr": "172.20.0.0/16"}}, "network.cidr", "service CIDR 172.20.0.0/16 overlap"),
    (
        {**AWS, "tier": "production", "network": {"nat": "single"}},
        "network.nat",
        "production survives the loss of a zone",
    ),
    (
        {**AWS, "tier": "production", "network": {"zones": ["us-east-1a", "us-east-1b"]}},
        "network.zones",
        "2 zones: production survives the loss of one; name three",
    ),
    ({**AWS, "network": {"nat": 1}}, "network.nat", "1 is not allowed: one of none, single, perZone."),
    ({**AWS, "network": {"nat": "none"}}, "network.nat", "none needs "),
    (
        {**AWS, "network": {"nat": "none", "interfaceEndpoints": True}},
        "network.nat",
        "none needs milvus.registry: nodes can't pull images from Docker Hub",
    ),
    *(
        (
            {**AWS, "network": {"nat": "none", "interfaceEndpoints": True}, "milvus": {"registry": registry}},
            "milvus.registry",
            f"{registry}: with network.nat none, nodes reach a private ECR registry in the stack's region only; mirror",
        )
        for registry in ("public.ecr.aws/hub", "123456789012.dkr.ecr.us-west-2.amazonaws.com/hub", "hub.corp.internal")
    ),
    ({**AWS, "network": {"existing": {"vpcId": "vpc-1"}}}, "network.existing.privateSubnetIds", "is missing."),
    (
        {**AWS, "network": {"existing": {**EXISTING, "vpcId": "10.0.0.0/16"}}},
        "network.existing.vpcId",
        "a VPC's id, such as vpc-",
    ),
    (
        {**AWS, "network": {"existing": EXISTING, "nat": "single", "cidr": "10.0.0.0/16"}},
        "network.existing",
        "is there, so cidr, nat of a new VPC have no effect; remove them",
    ),
    (
        {**AWS, "network": {"existing": {**EXISTING, "privateSubnetIds": {"us-east-1a": "subnet-12345678"}}}},
        "network.existing.privateSubnetIds",
        "has 1 zones: EKS and MSK need 2 or 3",
    ),
    (
        {**AWS, "network": {"existing": EXISTING}, "access": {"public": True, "clientCidrs": ["198.51.100.0/24"]}},
        "network.existing.publicSubnetIds",
        "is missing: the public endpoint needs public subnets",
    ),
    (
        {**AWS, "cluster": {"serviceCidr": "198.51.100.0/24"}},
        "network.cidr",
        "service CIDR 198.51.100.0/24: EKS takes it",
    ),
]


@pytest.mark.parametrize(("written", "key", "text"), WRONG, ids=[key for _, key, _ in WRONG])
def test_a_wrong_setting_is_refused_with_its_key_its_value_and_what_is_allowed(
    written: dict[str, Any], key: str, text: str
) -> None:
    assert text in problems(written)[key]


BIG = {"vectors": 100_000_000, "dimension": 1536}


@pytest.mark.parametrize(
    ("written", "key", "text"),
    [
        (
            {"workload": {**BIG, "vectors": 200_000_000}, "network": {"cidr": "10.0.0.0/19"}},
            "network.cidr",
            "10.0.0.0/19 leaves 507 addresses for the private subnet of us-east-1a, but the workload needs",
        ),
        (
            {"workload": {**BIG, "vectors": 1_000_000_000}, "network": {"cidr": "10.0.0.0/18"}},
            "network.cidr",
            "10.0.0.0/18 leaves 1019 addresses for the private subnet of us-east-1a",
        ),
        ({"network": {"zones": ["us-east-1a", "us-east-1g"]}}, "network.zones", "has zones a, b, c, d, e, f only"),
        (
            {"region": "us-west-1", "tier": "production"},
            "region",
            "3 zones: an account has two in us-west-1; choose another region",
        ),
        (
            {"region": "us-west-1", "network": {"zones": ["us-west-1a", "us-west-1b", "us-west-1c"]}},
            "network.zones",
            "3 zones: an account has two in us-west-1",
        ),
        (
            {"region": "ca-central-1", "network": {"zones": ["ca-central-1a", "ca-central-1c"]}},
            "network.zones",
            "ca-central-1c: region ca-central-1 has zones a, b, d only",
        ),
        (
            {"region": "cn-north-1"},
            "region",
            '"cn-north-1" is not allowed: it is in a partition of AWS',
        ),
        ({"region": "us-iso-east-1"}, "region", "it is in a partition of AWS with other host names and ARNs"),
        (
            {
                "network": {"existing": {**EXISTING, "publicSubnetIds": {"us-east-1a": "subnet-0123456789abcdef2"}}},
                "attu": {"exposure": "public"},
            },
            "network.existing.publicSubnetIds",
            "has 1 zone: Attu's load balancer needs two",
        ),
        (
            {"network": {"existing": {**EXISTING, "vpcId": "vpc-0123456789"}}},
            "network.existing.vpcId",
            "a VPC's id, such as vpc-",
        ),
    ],
)
def test_a_network_that_cannot_hold_the_stack_is_refused(written: dict[str, Any], key: str, text: str) -> None:
    assert text in problems({**AWS, **written})[key]


def test_a_large_network_holds_a_large_workload() -> None:
    assert accepted({**AWS, "workload": {**BIG, "vectors": 200_000_000}})


def test_a_new_account_in_tokyo_has_no_zone_b() -> None:
    assert settings({**AWS, "region": "ap-northeast-1"}).zones == ("ap-northeast-1a", "ap-northeast-1c")


@pytest.mark.parametrize("zones", [["us-east-1b", "us-east-1a"], ["us-east-1a", "us-east-1b"]])
def test_the_order_in_which_zones_are_written_moves_nothing(zones: list[str]) -> None:
    assert settings({**AWS, "network": {"zones": zones}}).zones == ("us-east-1a", "us-east-1b")
    private = {zone: f"subnet-0123456{zone[-1]}" for zone in zones}
    existing = {"network": {"existing": {**EXISTING, "privateSubnetIds": private}}}
    assert settings({**AWS, **existing, "attu": {"exposure": "none"}}).zones == ("us-east-1a", "us-east-1b")
