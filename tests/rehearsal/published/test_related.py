"""Demands of one property on another: each has a right value, which is taken, beside a wrong one, which is refused."""

from typing import Any

import pytest

from rehearsal.protocol.schema import of
from rehearsal.protocol.wire import UNKNOWN
from rehearsal.published import related
from tests.rehearsal.published.test_documented import stands

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
EBS = {"volumeSize": 20, "volumeType": "gp3"}
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
FLOW = "aws:ec2/flowLog:FlowLog"
KEY = "aws:kms/key:Key"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
LISTENER = "aws:lb/listener:Listener"
LOGS, ROLE = "arn:aws:logs:us-east-1:123456789012:log-group:a", "arn:aws:iam::123456789012:role/r"
NAT = "aws:ec2/natGateway:NatGateway"
NODES = "aws:eks/nodeGroup:NodeGroup"
RECORD = "aws:route53/record:Record"
ROUTE = "aws:ec2/route:Route"
RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
TARGETS = "aws:lb/targetGroup:TargetGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
THIRTY = {"storageClass": "STANDARD_IA", "days": 30}


def rule(**actions: Any) -> dict[str, Any]:
    return {"rules": [{"id": "a", "filter": {"prefix": ""}, **actions}]}


def disk(**ebs: Any) -> dict[str, Any]:
    return {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": EBS | ebs}]}


def forward(**listener: Any) -> dict[str, Any]:
    return {"protocol": "TCP", "defaultActions": [{"type": "forward", "targetGroupArn": "arn:aws:a"}], **listener}


def query(name: str, returned: bool) -> dict[str, Any]:
    return {"id": name, "returnData": returned}


PAIRS: list[tuple[str, int, dict[str, Any], dict[str, Any]]] = [
    ("aws:appautoscaling/target:Target", 0, {"minCapacity": 1, "maxCapacity": 1}, {"minCapacity": 2, "maxCapacity": 1}),
    ("aws:autoscaling/group:Group", 0, {"minSize": 1, "maxSize": 2}, {"minSize": 3, "maxSize": 2}),
    (
        ALARM,
        0,
        {"datapointsToAlarm": 5, "evaluationPeriods": 5},
        {"datapointsToAlarm": 9, "evaluationPeriods": 5},
    ),
    (ALARM, 1, {"period": 86400, "evaluationPeriods": 7}, {"period": 86400, "evaluationPeriods": 8}),
    (ALARM, 2, {"period": 60, "evaluationPeriods": 1440}, {"period": 60, "evaluationPeriods": 1441}),
    (ALARM, 3, {"metricName": "a", "extendedStatistic": "p99"}, {"metricName": "a"}),
    (
        ALARM,
        4,
        {"metricQueries": [query("a", True), query("b", False)]},
        {"metricQueries": [query("a", True), {"id": "b"}]},
    ),
    (
        FLOW,
        0,
        {"logDestinationType": "s3", "logDestination": "arn:aws:s3:::b"},
        {"logDestinationType": "s3", "logDestination": LOGS},
    ),
    (FLOW, 1, {"logDestination": LOGS, "iamRoleArn": ROLE}, {"logDestination": LOGS}),
    (
        TEMPLATE,
        0,
        {"blockDeviceMappings": [{"deviceName": "/dev/xvda"}, {"deviceName": "/dev/xvdb"}]},
        {"blockDeviceMappings": [{"deviceName": "/dev/xvda"}] * 2},
    ),
    (TEMPLATE, 1, disk(throughput=125), disk(throughput=125, volumeType="gp2")),
    (TEMPLATE, 2, disk(kmsKeyId="k", encrypted="true"), disk(kmsKeyId="k", encrypted="false")),
    (NAT, 0, {"connectivityType": "private"}, {"connectivityType": "private", "allocationId": "eipalloc-1"}),
    (NAT, 1, {"allocationId": "eipalloc-1"}, {"subnetId": "subnet-1"}),
    (
        ROUTE,
        0,
        {"gatewayId": "igw-1", "destinationCidrBlock": "0.0.0.0/0"},
        {"gatewayId": "igw-1", "natGatewayId": "nat-1", "destinationCidrBlock": "0.0.0.0/0"},
    ),
    (ROUTE, 1, {"gatewayId": "igw-1", "destinationCidrBlock": "0.0.0.0/0"}, {"gatewayId": "igw-1"}),
    (ENDPOINT, 0, {"routeTableIds": ["rtb-1"]}, {"routeTableIds": ["rtb-1"], "vpcEndpointType": "Interface"}),
    (ENDPOINT, 1, {"subnetIds": ["subnet-1"], "vpcEndpointType": "Interface"}, {"subnetIds": ["subnet-1"]}),
    (
        "aws:eks/cluster:Cluster",
        0,
        {"kubernetesNetworkConfig": {"ipFamily": "ipv6"}},
        {"kubernetesNetworkConfig": {"ipFamily": "ipv6", "serviceIpv4Cidr": "172.20.0.0/16"}},
    ),
    (
        NODES,
        0,
        {"scalingConfig": {"minSize": 1, "desiredSize": 2, "maxSize": 2}},
        {"scalingConfig": {"minSize": 1, "desiredSize": 3, "maxSize": 2}},
    ),
    (
        NODES,
        1,
        {"updateConfig": {"maxUnavailable": 1}},
        {"updateConfig": {"maxUnavailable": 1, "maxUnavailablePercentage": 50}},
    ),
    (
        NODES,
        2,
        {"taints": [{"key": "a", "effect": "NO_SCHEDULE"}, {"key": "a", "effect": "NO_EXECUTE"}]},
        {"taints": [{"key": "a", "effect": "NO_SCHEDULE", "value": "b"}, {"key": "a", "effect": "NO_SCHEDULE"}]},
    ),
    (NODES, 3, {"remoteAccess": {}}, {"remoteAccess": {}, "launchTemplate": {"id": "lt-1"}}),
    (NODES, 4, {"diskSize": 50}, {"diskSize": 50, "launchTemplate": {"id": "lt-1"}}),
    (NODES, 5, {"launchTemplate": {"id": "lt-1"}}, {"launchTemplate": {"id": "lt-1", "name": "a"}}),
    (NODES, 6, {"version": "1.32", "amiType": "AL2_ARM_64"}, {"version": "1.33", "amiType": "AL2_ARM_64"}),
    (
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        0,
        {"accessScope": {"type": "namespace", "namespaces": ["a"]}},
        {"accessScope": {"type": "namespace"}},
    ),
    (
        KEY,
        0,
        {"customerMasterKeySpec": "SYMMETRIC_DEFAULT", "enableKeyRotation": True},
        {"customerMasterKeySpec": "RSA_2048", "enableKeyRotation": True},
    ),
    (
        KEY,
        1,
        {"customerMasterKeySpec": "RSA_2048", "keyUsage": "SIGN_VERIFY"},
        {"customerMasterKeySpec": "SYMMETRIC_DEFAULT", "keyUsage": "SIGN_VERIFY"},
    ),
    (LISTENER, 0, {"protocol": "TLS", "alpnPolicy": "HTTP2Only"}, {"protocol": "TCP", "alpnPolicy": "HTTP2Only"}),
    (LISTENER, 1, forward(), forward(defaultActions=[{"type": "redirect", "redirect": {}}])),
    (LISTENER, 2, forward(), forward(defaultActions=[{"type": "forward"}])),
    (
        BALANCER,
        0,
        {"loadBalancerType": "network", "ipAddressType": "dualstack"},
        {"loadBalancerType": "network", "ipAddressType": "dualstack-without-public-ipv4"},
    ),
    (BALANCER, 1, {"idleTimeout": 60}, {"idleTimeout": 60, "loadBalancerType": "network"}),
    (
        BALANCER,
        2,
        {"enableCrossZoneLoadBalancing": False, "loadBalancerType": "network"},
        {"enableCrossZoneLoadBalancing": False},
    ),
    (
        TARGETS,
        0,
        {"healthCheck": {"timeout": 10, "interval": 10}},
        {"healthCheck": {"timeout": 11, "interval": 10}},
    ),
    (TARGETS, 1, {"targetType": "alb", "protocol": "TCP"}, {"targetType": "alb", "protocol": "TLS"}),
    (TARGETS, 2, {"protocol": "HTTP", "slowStart": 30}, {"protocol": "TCP", "slowStart": 30}),
    (
        TARGETS,
        3,
        {"protocol": "TCP", "stickiness": {"type": "source_ip"}},
        {"protocol": "TCP", "stickiness": {"type": "lb_cookie"}},
    ),
    (TARGETS, 4, {"protocol": "TCP", "preserveClientIp": "false"}, {"protocol": "UDP", "preserveClientIp": "false"}),
    (RECORD, 0, {"records": ["10.0.0.1"], "ttl": 60}, {"name": "a"}),
    (RECORD, 1, {"records": ["10.0.0.1"], "ttl": 60}, {"records": ["10.0.0.1"]}),
    (
        RECORD,
        2,
        {"aliases": [{}], "weightedRoutingPolicies": [{"weight": 1}], "setIdentifier": "a"},
        {"aliases": [{}], "weightedRoutingPolicies": [{"weight": 1}]},
    ),
    (
        LIFECYCLE,
        0,
        {"rules": [{"id": "a", "expiration": {"days": 1}}, {"id": "b", "expiration": {"days": 1}}]},
        {"rules": [{"id": "a", "expiration": {"days": 1}}] * 2},
    ),
    (LIFECYCLE, 1, rule(expiration={"days": 1}), rule()),
    (
        LIFECYCLE,
        2,
        rule(expiration={"expiredObjectDeleteMarker": True}),
        rule(expiration={"expiredObjectDeleteMarker": True, "days": 3}),
    ),
    (LIFECYCLE, 3, rule(expiration={"days": 3}), rule(expiration={"days": 3, "date": "2027-01-01T00:00:00Z"})),
    (
        LIFECYCLE,
        4,
        rule(expiration={"days": 3}, filter={"and": {"prefix": "a", "objectSizeGreaterThan": 5}}),
        rule(expiration={"days": 3}, filter={"prefix": "a", "objectSizeGreaterThan": 5}),
    ),
    (
        LIFECYCLE,
        5,
        rule(abortIncompleteMultipartUpload={}, filter={"prefix": "a"}),
        rule(abortIncompleteMultipartUpload={}, filter={"tag": {"key": "a"}}),
    ),
    (LIFECYCLE, 6, rule(transitions=[THIRTY]), rule(transitions=[THIRTY | {"days": 29}])),
    (
        LIFECYCLE,
        7,
        rule(transitions=[THIRTY], expiration={"days": 31}),
        rule(transitions=[THIRTY], expiration={"days": 30}),
    ),
    (
        LIFECYCLE,
        7,
        rule(transitions=[THIRTY, {"storageClass": "GLACIER", "days": 60}]),
        rule(transitions=[THIRTY, {"storageClass": "GLACIER", "days": 59}]),
    ),
    (
        LIFECYCLE,
        7,
        rule(transitions=[THIRTY, {"storageClass": "GLACIER", "days": 60}]),
        rule(transitions=[{"storageClass": "GLACIER", "days": 1}, THIRTY]),
    ),
    (
        LIFECYCLE,
        8,
        rule(
            noncurrentVersionTransitions=[{"storageClass": "GLACIER", "noncurrentDays": 6}],
            noncurrentVersionExpiration={"noncurrentDays": 7},
        ),
        rule(
            noncurrentVersionTransitions=[{"storageClass": "GLACIER", "noncurrentDays": 7}],
            noncurrentVersionExpiration={"noncurrentDays": 7},
        ),
    ),
    ("aws:sns/topic:Topic", 0, {"name": "a.fifo", "fifoTopic": True}, {"name": "a", "fifoTopic": True}),
    ("aws:sqs/queue:Queue", 0, {"name": "a"}, {"name": "a.fifo"}),
    (RULE, 0, {"ipProtocol": "tcp", "fromPort": 1, "toPort": 1}, {"ipProtocol": "tcp", "fromPort": 2, "toPort": 1}),
    (RULE, 1, {"ipProtocol": "icmp", "fromPort": -1}, {"ipProtocol": "icmp", "fromPort": 19530}),
]


@pytest.mark.parametrize(("type_", "index", "taken", "refused"), PAIRS)
def test_what_meets_a_demand_is_taken_and_what_does_not_refused(
    type_: str, index: int, taken: dict[str, Any], refused: dict[str, Any]
) -> None:
    assert related.problems(type_, taken) == []
    says = related.demands()[type_][index]["says"]
    assert [says for _, reason in related.problems(type_, refused) if f"AWS says: {says} (" in reason] == [says]


def test_every_demand_is_tried() -> None:
    every = {id(each): (type_, index) for type_, of in related.demands().items() for index, each in enumerate(of)}
    assert {every[id(related.demands()[type_][index])] for type_, index, *_ in PAIRS} == set(every.values())


def test_what_is_quoted_stands_there() -> None:
    for type_, demands in related.demands().items():
        assert of(type_), type_
        for demand in demands:
            assert stands(demand["says"], demand["source"]), (type_, demand["says"])


def test_the_reason_names_the_property_the_values_and_the_source() -> None:
    (found,) = related.problems(NODES, {"scalingConfig": {"minSize": 3, "desiredSize": 2}})
    assert found == (
        "scalingConfig.minSize",
        "scalingConfig.minSize: minSize 3 is greater than desiredSize 2; AWS says: the desired size lies between the"
        " minimum and the maximum (docs.aws.amazon.com/eks/latest/APIReference/API_NodegroupScalingConfig.html)",
    )


def test_what_is_not_known_yet_is_not_judged() -> None:
    assert related.problems(NODES, {"scalingConfig": {"minSize": 3, "desiredSize": UNKNOWN}}) == []
    assert related.problems(ALARM, {"period": UNKNOWN, "evaluationPeriods": 9999}) == []
