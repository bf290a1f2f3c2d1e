"""Documented limits by kind, as deployers meet them: what is at one is taken, what is past it refused.

CloudFormation's schemas are left out: they demand whole resources, which these values are not (test_cloudformation.py).
"""

import re
from typing import Any

import pytest

from rehearsal.published import documented, limits
from tests.rehearsal.published.documented_values import (
    ADDON,
    BUCKET,
    CLUSTER,
    CONFIGURATION,
    GROUP,
    KAFKA,
    LIFECYCLE,
    LISTENER,
    LOAD_BALANCER,
    NODES,
    OIDC,
    PARAMETER,
    ROLE,
    SECRET,
    TARGETS,
    TEMPLATE,
    VALUES,
)
from tests.rehearsal.published.test_documented import inputs_at

BY_THE_API = [
    (ROLE, "description", "d" * 1000, "d" * 1001),
    (ROLE, "description", "Milvus' pods: read and write", "it\u2019s"),
    (ROLE, "name", "r" * 64, "r" * 65),
    (ROLE, "maxSessionDuration", 3600, 3599),
    ("aws:kms/key:Key", "deletionWindowInDays", 30, 31),
    (TARGETS, "port", 65535, 65536),
]
"""Limits that botocore's models have, which nothing else needs to know."""
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
KINDS: dict[str, list[tuple[str, str]]] = {
    "balancers": [(LOAD_BALANCER, key) for key in ("name", "idleTimeout", "clientKeepAlive")],
    "target groups": [(TARGETS, key) for key in ("name", "deregistrationDelay", "slowStart", "port")],
    "listeners": [(LISTENER, key) for key in ("sslPolicy", "alpnPolicy", "tcpIdleTimeoutSeconds")],
    "MSK's names and sizes": [
        (KAFKA, "clusterName"),
        (KAFKA, "numberOfBrokerNodes"),
        (KAFKA, "brokerNodeGroupInfo.clientSubnets"),
        (CONFIGURATION, "name"),
    ],
    "node groups": [
        (NODES, key)
        for key in (
            *("nodeGroupName", "instanceTypes", "labels", "taints", "scalingConfig.maxSize"),
            "updateConfig.maxUnavailable",
        )
    ],
    "clusters and add-ons": [
        (NODES, "clusterName"),
        (CLUSTER, "vpcConfig.publicAccessCidrs"),
        (CLUSTER, "kubernetesNetworkConfig.serviceIpv4Cidr"),
        (ADDON, "addonVersion"),
    ],
    "launch templates": [(TEMPLATE, key) for key in ("name", "userData", "metadataOptions.httpPutResponseHopLimit")],
    "buckets": [(BUCKET, "bucket"), ("aws:s3/bucketPolicy:BucketPolicy", "policy")],
    "lifecycle rules": [(LIFECYCLE, key) for key in ("rules", "rules[].id", "rules[].filter.prefix")],
    "parameters": [(PARAMETER, "name"), (PARAMETER, "value")],
    "security groups": [(GROUP, key) for key in ("name", "description", "egress[].description")],
    "rules of a group": [(GROUP, "ingress"), (RULE, "description"), (RULE, "fromPort")],
    "roles and policies": [
        *((ROLE, key) for key in ("name", "description", "assumeRolePolicy", "maxSessionDuration")),
        ("aws:iam/policy:Policy", "policy"),
        ("aws:iam/rolePolicy:RolePolicy", "policy"),
    ],
    "tags by service": [(type_, "tags") for type_ in (BUCKET, KAFKA, GROUP, ROLE, OIDC)],
    "subnets and endpoints": [
        ("aws:ec2/subnet:Subnet", "cidrBlock"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", "securityGroupIds"),
    ],
    "secrets and keys": [(SECRET, "name"), (SECRET, "recoveryWindowInDays"), ("aws:kms/key:Key", "policy")],
    "log groups": [("aws:cloudwatch/logGroup:LogGroup", "namePrefix")],
    "certificates": [("aws:acm/certificate:Certificate", "domainName")],
}
TRIED = [*VALUES, *BY_THE_API]


def refused(type_: str, path: str, value: Any) -> bool:
    """Whether one of the limits refuses the value."""
    inputs = inputs_at(path, value)
    found = [*documented.problems(type_, inputs), *limits.problems(type_, inputs)]
    return any(re.sub(r"\[\d+\]", "[]", each).startswith(path) for each, _ in found)


@pytest.mark.parametrize("kind", KINDS)
def test_the_cloud_knows_the_limits_of(kind: str) -> None:
    for limit in KINDS[kind]:
        pairs = [(taken, past) for *of, taken, past in TRIED if tuple(of) == limit]
        assert pairs, limit
        for taken, past in pairs:
            assert not refused(*limit, taken), (limit, taken)
            assert refused(*limit, past), (limit, past)


def test_at_least_44_are_known() -> None:
    assert len({limit for each in KINDS.values() for limit in each}) == 58
    assert len({(type_, path) for type_, path, *_ in TRIED}) >= 120
