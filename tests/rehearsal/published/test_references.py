"""ARNs are of the resource's partition and region, and endpoints of services that exist."""

from typing import Any

import pytest

from rehearsal.protocol.wire import UNKNOWN
from rehearsal.published import references

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
LISTENER = "aws:lb/listener:Listener"


def certificate(region: str, partition: str = "aws") -> dict[str, Any]:
    return {"certificateArn": f"arn:{partition}:acm:{region}:123456789012:certificate/1-2"}


@pytest.mark.parametrize(
    ("type_", "inputs", "region", "path"),
    [
        (LISTENER, certificate("us-east-1"), "us-east-1", None),
        (LISTENER, certificate("eu-west-1"), "us-east-1", "certificateArn"),
        (LISTENER, certificate("us-gov-west-1", "aws-us-gov"), "us-gov-west-1", None),
        (LISTENER, certificate("us-gov-west-1"), "us-gov-west-1", "certificateArn"),
        (ALARM, {"alarmActions": ["arn:aws:sns:us-east-1:123456789012:a"]}, "us-east-1", None),
        (ALARM, {"alarmActions": ["arn:aws:sns:eu-west-1:123456789012:a"]}, "us-east-1", "alarmActions[0]"),
        (ALARM, {"alarmActions": [UNKNOWN]}, "us-east-1", None),
        (
            "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
            {"rules": [{"destination": {"account": "arn:aws:kms:us-west-2:123456789012:key/1"}}]},
            "us-east-1",
            None,
        ),
    ],
)
def test_an_arn_is_of_the_region_of_what_uses_it(
    type_: str, inputs: dict[str, Any], region: str, path: str | None
) -> None:
    assert [found for found, _ in references.problems(type_, inputs, region)] == ([path] if path else [])


@pytest.mark.parametrize(
    ("service", "kind", "refused"),
    [
        ("com.amazonaws.us-east-1.ecr.api", "Interface", ""),
        ("com.amazonaws.us-east-1.s3", "Gateway", ""),
        (UNKNOWN, "Interface", ""),
        ("com.amazonaws.us-east-1.s4", "Gateway", "does not exist"),
        ("com.amazonaws.eu-west-1.s3", "Gateway", "is of eu-west-1"),
        ("com.amazonaws.us-east-1.ecr.api", "Gateway", "has no gateway endpoint, only s3 and dynamodb"),
    ],
)
def test_an_endpoint_is_of_a_service_of_its_region(service: str, kind: str, refused: str) -> None:
    found = references.problems(ENDPOINT, {"serviceName": service, "vpcEndpointType": kind}, "us-east-1")
    assert len(found) == bool(refused)
    assert all(refused in reason for _, reason in found)
