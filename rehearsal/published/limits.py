"""Judges inputs by the limits in botocore's service models: patterns, lengths, ranges and enumerations.

Only resources that correspond to one API call are judged. A property is found in the call's shape by its name in any
case; RENAMED lists those that have another name in Terraform. Left out: properties without a counterpart, and limits
that no model contains.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

import botocore.session  # pyright: ignore[reportMissingTypeStubs] - has none
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape  # pyright: ignore[reportMissingTypeStubs] - has none

from rehearsal.protocol.wire import UNKNOWNS, Properties, Value
from rehearsal.published.dialect import compiled, shorten

CALLS = {
    "aws:acm/certificate:Certificate": ("acm", "RequestCertificate"),
    "aws:appautoscaling/policy:Policy": ("application-autoscaling", "PutScalingPolicy"),
    "aws:appautoscaling/target:Target": ("application-autoscaling", "RegisterScalableTarget"),
    "aws:cloudwatch/logGroup:LogGroup": ("logs", "CreateLogGroup"),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": ("cloudwatch", "PutCompositeAlarm"),
    "aws:cloudwatch/dashboard:Dashboard": ("cloudwatch", "PutDashboard"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("cloudwatch", "PutMetricAlarm"),
    "aws:ec2/flowLog:FlowLog": ("ec2", "CreateFlowLogs"),
    "aws:ec2/natGateway:NatGateway": ("ec2", "CreateNatGateway"),
    "aws:ec2/securityGroup:SecurityGroup": ("ec2", "CreateSecurityGroup"),
    "aws:ec2/subnet:Subnet": ("ec2", "CreateSubnet"),
    "aws:ec2/vpc:Vpc": ("ec2", "CreateVpc"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("ec2", "CreateVpcEndpoint"),
    "aws:eks/accessEntry:AccessEntry": ("eks", "CreateAccessEntry"),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": ("eks", "AssociateAccessPolicy"),
    "aws:eks/addon:Addon": ("eks", "CreateAddon"),
    "aws:eks/cluster:Cluster": ("eks", "CreateCluster"),
    "aws:eks/nodeGroup:NodeGroup": ("eks", "CreateNodegroup"),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ("iam", "CreateOpenIDConnectProvider"),
    "aws:iam/role:Role": ("iam", "CreateRole"),
    "aws:iam/rolePolicy:RolePolicy": ("iam", "PutRolePolicy"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("iam", "AttachRolePolicy"),
    "aws:kms/key:Key": ("kms", "CreateKey"),
    "aws:lb/listener:Listener": ("elbv2", "CreateListener"),
    "aws:lb/loadBalancer:LoadBalancer": ("elbv2", "CreateLoadBalancer"),
    "aws:lb/targetGroup:TargetGroup": ("elbv2", "CreateTargetGroup"),
    "aws:msk/cluster:Cluster": ("kafka", "CreateCluster"),
    "aws:msk/configuration:Configuration": ("kafka", "CreateConfiguration"),
    "aws:msk/scramSecretAssociation:ScramSecretAssociation": ("kafka", "BatchAssociateScramSecret"),
    "aws:s3/bucket:Bucket": ("s3", "CreateBucket"),
    "aws:secretsmanager/secret:Secret": ("secretsmanager", "CreateSecret"),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("secretsmanager", "PutResourcePolicy"),
    "aws:secretsmanager/secretVersion:SecretVersion": ("secretsmanager", "PutSecretValue"),
    "aws:sns/topic:Topic": ("sns", "CreateTopic"),
    "aws:sns/topicSubscription:TopicSubscription": ("sns", "Subscribe"),
    "aws:ssm/parameter:Parameter": ("ssm", "PutParameter"),
}

# The API's names of properties whose name in Pulumi differs in more than the case.
RENAMED = {
    "aws:cloudwatch/logGroup:LogGroup": {"name": "logGroupName"},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {"name": "alarmName", "metricQueries": "metrics"},
    "aws:eks/cluster:Cluster": {"vpcConfig": "resourcesVpcConfig"},
    "aws:eks/nodeGroup:NodeGroup": {"subnetIds": "subnets", "nodeRoleArn": "nodeRole"},
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
        "clientIdLists": "ClientIDList",
        "thumbprintLists": "ThumbprintList",
    },
    "aws:iam/role:Role": {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
    "aws:iam/rolePolicy:RolePolicy": {"name": "PolicyName", "policy": "PolicyDocument", "role": "RoleName"},
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": {"role": "RoleName"},
    "aws:lb/listener:Listener": {"alpnPolicy": ""},
    "aws:lb/loadBalancer:LoadBalancer": {"loadBalancerType": "Type"},
    "aws:msk/scramSecretAssociation:ScramSecretAssociation": {"secretArnLists": "SecretArnList"},
    "aws:s3/bucket:Bucket": {"tags": ""},
    "aws:secretsmanager/secretPolicy:SecretPolicy": {"secretArn": "SecretId", "policy": "ResourcePolicy"},
    "aws:ssm/parameter:Parameter": {"insecureValue": "Value"},
}

# Properties whose limits belong to another call, or only to the documentation: service, operation and member.
ELSEWHERE = {
    "aws:cloudwatch/logGroup:LogGroup": {"retentionInDays": ("logs", "PutRetentionPolicy", "retentionInDays")},
    "aws:eks/addon:Addon": {
        "resolveConflictsOnCreate": ("eks", "CreateAddon", "resolveConflicts"),
        "resolveConflictsOnUpdate": ("eks", "UpdateAddon", "resolveConflicts"),
    },
    "aws:kms/key:Key": {"deletionWindowInDays": ("kms", "ScheduleKeyDeletion", "PendingWindowInDays")},
    "aws:secretsmanager/secret:Secret": {"kmsKeyId": ("secretsmanager", "CreateSecret", "KmsKeyId")},
}


OUTDATED = {"aws:msk/cluster:Cluster": ("numberOfBrokerNodes",)}
"""Properties whose limit in botocore's models is older than the documentation: MSK's says 15 brokers, its quotas 60."""


def problems(type_: str, inputs: Properties) -> list[tuple[str, str]]:
    """Property and reason of every value that the API would refuse."""
    call = CALLS.get(type_)
    if call is None:
        return []
    shape = _input(*call)
    renamed = RENAMED.get(type_, {})
    found: list[tuple[str, str]] = []
    for key, value in inputs.items():
        if key in OUTDATED.get(type_, ()):
            continue
        member = _member(shape, renamed.get(key, key))
        if member is not None:
            found += _check(key, value, member)
        elif elsewhere := ELSEWHERE.get(type_, {}).get(key):
            service, operation, name = elsewhere
            other = _member(_input(service, operation), name)
            found += _check(key, value, other) if other else []
    return found


@cache
def _session() -> Any:
    return cast(Any, botocore.session).get_session()


@cache
def _input(service: str, operation: str) -> StructureShape:
    return _session().get_service_model(service).operation_model(operation).input_shape


def _members(shape: StructureShape) -> Mapping[str, Shape]:
    return cast(Any, shape).members


def _member(shape: StructureShape, name: str) -> Shape | None:
    """Finds a member by its name in any case, and in singular or plural, which Terraform mixes for blocks and lists."""
    members = {key.lower(): member for key, member in _members(shape).items()}
    lower = name.lower()
    for candidate in (lower, f"{lower}s", lower.removesuffix("s")):
        if candidate in members:
            return members[candidate]
    return None


def _check(path: str, value: Value, shape: Shape) -> Iterator[tuple[str, str]]:
    if value is None or (isinstance(value, str) and value in UNKNOWNS):
        return
    limits: dict[str, Any] = cast(Any, shape).metadata
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for key, each in cast(Properties, value).items():
            if member := _member(shape, key):
                yield from _check(f"{path}.{key}", each, member)
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for key, each in cast(Properties, value).items():
            yield from _check(f"{path}.{key}", key, cast(Any, shape).key)
            yield from _check(f"{path}.{key}", each, cast(Any, shape).value)
    elif isinstance(shape, ListShape) and isinstance(value, list):
        items = cast(list[Value], value)
        yield from _between(path, len(items), limits, "items")
        for index, each in enumerate(items):
            yield from _check(f"{path}[{index}]", each, cast(Any, shape).member)
    elif isinstance(shape, StringShape) and isinstance(value, str):
        yield from _text(path, value, limits)
    elif cast(Any, shape).type_name in ("integer", "long", "float", "double") and isinstance(value, int | float):
        yield from _between(path, value, limits, "")


def _text(path: str, value: str, limits: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if (allowed := limits.get("enum")) and value not in allowed:
        yield path, f"{path}: {shorten(repr(value))} is none of {', '.join(allowed)}"
    yield from _between(path, len(value), limits, "characters")
    pattern = compiled(limits.get("pattern") or "")
    if pattern and pattern.pattern and not pattern.fullmatch(value):
        yield path, f"{path}: {shorten(repr(value))} does not match {limits['pattern']}"


def _between(path: str, number: float, limits: dict[str, Any], unit: str) -> Iterator[tuple[str, str]]:
    low, high = limits.get("min"), limits.get("max")
    if (low is not None and number < low) or (high is not None and number > high):
        is_there = f"{number} {unit}".strip()
        takes = " to ".join("any" if limit is None else str(limit) for limit in (low, high))
        yield path, f"{path}: {is_there}; AWS takes {takes}"
