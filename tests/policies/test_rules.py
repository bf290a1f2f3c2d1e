"""Each rule accepts the program's own resource, and refuses it when one input is changed."""

import dataclasses
import json
from typing import Any

import pytest

from policies.rule import UNKNOWN, Resource
from policies.rules import RULES, findings, table
from tests.engine import ROOT
from tests.policies.mistakes import MISTAKES, Bad
from tests.policies.samples import EKS_CLUSTER, changed, every, one, production, published, resources
from tests.program import stack

BY_NAME = {rule.name: rule for rule in RULES}


def allow(action: str, resource: str = "arn:aws:s3:::bucket/*", **more: Any) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": [action], "Resource": resource, **more}]})


TRUST_ALL = json.dumps({"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}})
TRUST_ANY_POD = json.dumps(
    {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": "arn:oidc"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {"oidc:aud": "sts.amazonaws.com"},
                    "StringLike": {"oidc:sub": "system:serviceaccount:*"},
                },
            }
        ]
    }
)
PUBLIC_READ = json.dumps(
    {
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"},
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": "*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ]
    }
)


MSK, TEMPLATE, RELEASE = "msk/cluster:Cluster", "launchTemplate:LaunchTemplate", "helm.sh/v3:Release"
EKS, LISTENER, INGRESS = "aws:eks/cluster:Cluster", "lb/listener:Listener", "SecurityGroupIngressRule"
MILVUS, IN_TRANSIT = "milvus-release", "encryptionInfo/encryptionInTransit"
CLIENTS = "endpoints-milvus-19530-198.51.100.0/24"
BAD = [
    Bad("kafka-encrypted", MSK, f"{IN_TRANSIT}/clientBroker", "TLS_PLAINTEXT", "clients may speak TLS_PLAINTEXT"),
    Bad("kafka-encrypted", MSK, f"{IN_TRANSIT}/inCluster", False, "brokers speak plain text"),
    Bad("kafka-encrypted", MSK, "encryptionInfo/encryptionAtRestKmsKeyArn", None, "not encrypted by a key"),
    Bad("disks-encrypted", TEMPLATE, "blockDeviceMappings/0/ebs/encrypted", "false", "/dev/xvda is not encrypted"),
    Bad("disks-encrypted", TEMPLATE, "blockDeviceMappings", [], "left to the AMI"),
    Bad("disks-encrypted", "StorageClass", "parameters", {"type": "gp3"}, "its volumes are not encrypted"),
    Bad("kubernetes-secrets-encrypted", EKS, "encryptionConfig", None, "are not encrypted"),
    Bad("topics-encrypted", "sns/topic:Topic", "kmsMasterKeyId", "alias/aws/sns", "SNS' own key does not admit"),
    Bad("topics-encrypted", "sns/topic:Topic", "kmsMasterKeyId", None, "not encrypted by a key of this stack"),
    Bad("keys-rotated", "kms/key:Key", "enableKeyRotation", False, "the key is not rotated"),
    Bad("bucket-transport", "BucketPolicy", "policy", allow("s3:GetObject"), "plain HTTP is not denied"),
    Bad("tls-policy", LISTENER, "sslPolicy", "ELBSecurityPolicy-2016-08", "older than TLS 1.2", "endpoints-milvus"),
    Bad("public-listeners-encrypted", LISTENER, "protocol", "TCP", "takes TCP on port 19530", "endpoints-milvus"),
    Bad("no-open-ingress", INGRESS, "cidrIpv4", "0.0.0.0/0", "reaches ports 9096 to 9096", "kafka-scram-from-nodes"),
    Bad("no-open-ingress", INGRESS, "cidrIpv6", "::/0", "::/0 reaches ports 9096", "kafka-scram-from-nodes"),
    Bad(
        "no-open-ingress",
        "ec2/securityGroup:SecurityGroup",
        "ingress",
        [{"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/1", "128.0.0.0/1"]}],
        "0.0.0.0/1 reaches all ports",
    ),
    Bad("load-balancer-open", INGRESS, "cidrIpv4", "0.0.0.0/0", "0.0.0.0/0 reaches port 19530", CLIENTS),
    Bad("management-port-closed", "lb/targetGroup:TargetGroup", "port", 9091, "port 9091 leaves the cluster"),
    Bad("services-inside", RELEASE, "values/service/type", "LoadBalancer", "of type LoadBalancer", MILVUS),
    Bad("services-inside", RELEASE, "values/ingress/enabled", True, "the chart's own ingress is on", MILVUS),
    Bad("services-inside", RELEASE, "values/attu/enabled", True, "the chart's own attu is on", MILVUS),
    Bad("services-inside", "core/v1:Service", "spec/type", "NodePort", "a Service of type NodePort"),
    Bad("api-server-closed", EKS, "vpcConfig/publicAccessCidrs", ["0.0.0.0/0"], "it is open to 0.0.0.0/0"),
    Bad("api-server-closed", EKS, "vpcConfig/publicAccessCidrs", [], "open to 0.0.0.0/0, AWS' default"),
    Bad("api-server-closed", EKS, "vpcConfig/endpointPrivateAccess", False, "nodes would reach it over the internet"),
    Bad(
        "kafka-private",
        MSK,
        "brokerNodeGroupInfo/connectivityInfo/publicAccess/type",
        "SERVICE_PROVIDED_EIPS",
        "brokers have public addresses",
    ),
    Bad("bucket-block", "PublicAccessBlock", "restrictPublicBuckets", False, "restrictPublicBuckets is off"),
    Bad("nodes-unreachable", "nodeGroup:NodeGroup", "remoteAccess", {"ec2SshKey": "me"}, "SSH is let in"),
    Bad("nodes-unreachable", TEMPLATE, "keyName", "me", "an SSH key is on it"),
    Bad("nodes-unreachable", TEMPLATE, "networkInterfaces/0", {"associatePublicIpAddress": "true"}, "public address"),
    Bad("imdsv2", TEMPLATE, "metadataOptions/httpTokens", "optional", "answers version 1"),
    Bad("imdsv2", TEMPLATE, "metadataOptions/httpPutResponseHopLimit", 2, "answers over 2 hops"),
    Bad("least-privilege", "iam/rolePolicy:RolePolicy", "policy", allow("s3:*"), "allows s3:*"),
    Bad("least-privilege", "iam/rolePolicy:RolePolicy", "policy", allow("*"), "allows *"),
    Bad("least-privilege", "RolePolicy", "policy", allow("s3:GetObject", "*"), "s3:GetObject on every resource"),
    Bad("least-privilege", "RolePolicy", "policy", allow("s3:GetObject", NotResource="x"), "allows all but"),
    Bad(
        "least-privilege",
        "RolePolicyAttachment",
        "policyArn",
        "arn:aws:iam::aws:policy/AmazonS3FullAccess",
        "has AmazonS3FullAccess",
    ),
    Bad("no-wildcard-trust", "iam/role:Role", "assumeRolePolicy", TRUST_ALL, "trusts everybody"),
    Bad("no-wildcard-trust", "iam/role:Role", "assumeRolePolicy", TRUST_ANY_POD, "takes tokens of any sub"),
    Bad("no-wildcard-trust", "BucketPolicy", "policy", PUBLIC_READ, "trusts everybody"),
    Bad(
        "nodes-without-data",
        "RolePolicyAttachment",
        "policyArn",
        "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        "nodes have AmazonS3ReadOnlyAccess",
        "cluster-node-AmazonEKSWorkerNodePolicy",
    ),
    Bad("kafka-authenticated", MSK, "clientAuthentication/unauthenticated", True, "without a login"),
    Bad("kafka-authenticated", MSK, "clientAuthentication/sasl/scram", False, "SASL/SCRAM is off"),
    Bad("kafka-version", MSK, "kafkaVersion", "4.0.x.kraft", "Kafka 4.0.x.kraft"),
    Bad("kafka-durable", "msk/configuration:Configuration", "serverProperties", "num.partitions=1\n", "become leader"),
    Bad("kafka-secrets", "Secret", "kmsKeyId", None, "which MSK refuses", "kafka-a"),
    Bad(
        "kafka-secrets",
        "ScramSecretAssociation",
        "secretArnLists",
        ["arn:aws:secretsmanager:us-east-1:123456789012:secret:kafka-1"],
        "secret kafka-1 is not named AmazonMSK_*",
    ),
    Bad("protected-state", "s3/bucket:Bucket", "forceDestroy", True, "would delete its objects"),
    Bad("protected-state", EKS, "deletionProtection", False, "EKS itself would let it be deleted"),
    Bad("protected-state", "secret:Secret", "recoveryWindowInDays", 0, "cannot be brought back", "milvus-root"),
    Bad("volumes-kept", "StorageClass", "reclaimPolicy", "Delete", "a deleted claim deletes its disk"),
    Bad("volumes-kept", RELEASE, "values/etcd/persistence/enabled", False, "forgets everything", MILVUS),
    Bad(
        "volumes-kept",
        RELEASE,
        "values/etcd/persistentVolumeClaimRetentionPolicy/whenDeleted",
        "Delete",
        "deleted with the release",
        MILVUS,
    ),
    Bad("bucket-keeps-data", "LifecycleConfiguration", "rules/0/expiration/days", 30, "deletes objects by age"),
    Bad("bucket-keeps-data", "LifecycleConfiguration", "rules/0/transitions", [{"days": 30}], "another storage class"),
    Bad("log-retention", "LogGroup", "retentionInDays", None, "kept for ever"),
    Bad("log-retention-in-production", "LogGroup", "retentionInDays", 7, "kept for 7 days only"),
    Bad("cluster-logs", EKS, "enabledClusterLogTypes", ["api"], "no audit, authenticator log"),
    Bad("tagged", "pulumi:providers:aws", "defaultTags", {}, "have no tag project, stack"),
    Bad("tagged", TEMPLATE, "tagSpecifications/1", {"resourceType": "x"}, "its volumes have no tags"),
    Bad("pinned-versions", RELEASE, "version", "^5.0.0", "chart version ^5.0.0"),
    Bad("pinned-versions", "eks/addon:Addon", "addonVersion", None, "without a version"),
    Bad("pinned-versions", EKS, "version", None, "Kubernetes without a version"),
    Bad("pinned-versions", "batch/v1:Job", "spec/template/spec/containers/0/image", "python:latest", "python:latest"),
    Bad(
        "pinned-versions",
        "batch/v1:Job",
        "spec/template/spec/containers/0/image",
        "registry:5000/python",
        "5000/python",
    ),
    Bad("image-floor", RELEASE, "values/image/all/tag", "v2.6.9", "CVE-2026-26190", MILVUS),
    Bad("image-floor", RELEASE, "values/image/all/tag", "latest", "not a release that was looked at here", MILVUS),
    Bad("image-known-problems", RELEASE, "values/image/all/tag", "v2.6.18", "Kafka has dropped", MILVUS),
    Bad("milvus-authorization", RELEASE, "values/extraConfigFiles/user.yaml", "{}", "anybody is root", MILVUS),
    Bad(
        "no-secrets-in-values",
        RELEASE,
        "values/externalKafka/sasl/password",
        "hunter2",
        "values.externalKafka.sasl.password holds a secret",
        MILVUS,
    ),
    *MISTAKES,
]
ONLY_PUBLISHED = (
    "VpcEndpointService",
    LISTENER,
    "core/v1:Service",
    "apps/v1:Deployment",
    "appautoscaling/policy:Policy",
    "ServerSideEncryptionConfiguration",
)
"""Types that production as checked in does not have: Attu's, TLS, growing disks, the bucket's own key."""
WITH_OTHERS = {
    "backups-encrypted",
    "backups-versioned",
    "bucket-closed",
    "endpoints-in-every-zone",
    "inside-is-private",
    "kafka-metrics-served",
    "one-scram-owner",
    "protected-passwords",
}
"""Rules that need a resource more or less, not another input: tests of their own below or beside this file."""


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad.rule}-{bad.path}-{bad.text[:30]}")
def test_a_rule_takes_what_the_program_makes_and_refuses_it_changed(bad: Bad) -> None:
    public = bad.type in ONLY_PUBLISHED or bad.name in (CLIENTS, "endpoints-attu")
    among = published() if public else production()
    rule = BY_NAME[bad.rule]
    for good in every(among, bad.type, bad.name):
        worse = dataclasses.replace(good, inputs=changed(good.inputs, bad.path, bad.value))
        assert good.type in rule.types
        assert [text for resource, text in rule.findings(among) if resource.urn == good.urn] == []
        instead = [worse if each is good else each for each in among]
        found = [text for resource, text in rule.findings(instead) if resource.urn == good.urn]
        assert any(bad.text in text for text in found), (good.name, found)
        assert "hunter2" not in str(found)


def test_every_rule_has_an_example() -> None:
    assert {bad.rule for bad in BAD} | WITH_OTHERS == set(BY_NAME)


@pytest.mark.parametrize("kind", ["BucketPublicAccessBlock", "BucketPolicy"])
def test_a_bucket_needs_a_block_and_a_policy_of_its_own(kind: str) -> None:
    rule = BY_NAME["bucket-closed"]
    without = [each for each in production() if not each.type.endswith(f":{kind}")]
    assert list(rule.findings(production())) == []
    assert [text for _, text in rule.findings(without)] == [f"no {kind} is about it"] * 2


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("ec2:DescribeVpcs", []),
        ("kms:CreateKey", []),
        ("ec2:DescribeVpcAttribute", ["allows ec2:DescribeVpcAttribute on every resource"]),
        ("ec2:RunInstances", ["allows ec2:RunInstances on every resource"]),
        ("ec2:Describe*", ["allows ec2:Describe*"]),
    ],
)
def test_only_what_aws_limits_to_no_resource_may_be_allowed_on_any(action: str, told: list[str]) -> None:
    policy = Resource(type="aws:iam/policy:Policy", name="policy", inputs={"policy": allow(action, "*")})
    assert [text for _, text in BY_NAME["least-privilege"].findings([policy])] == told


def test_a_second_owner_of_the_scram_users_is_found() -> None:
    rule = BY_NAME["one-scram-owner"]
    second = dataclasses.replace(one(production(), "ScramSecretAssociation"), urn="urn:second")
    assert list(rule.findings(production())) == []
    assert [text for _, text in rule.findings([*production(), second])] == [
        "another association of the same cluster exists"
    ]


@pytest.mark.parametrize("type_", sorted(BY_NAME["protected-state"].types))
def test_every_resource_with_state_must_be_protected(type_: str) -> None:
    stateless = ("controller-release", "observability-key", "kafka-a")  # kafka-a: see test_rotation.py
    holding = [each for each in every(production(), type_) if each.name not in stateless]
    assert holding
    for resource in holding:
        bare = dataclasses.replace(resource, protect=False)
        assert [text for _, text in BY_NAME["protected-state"].findings([bare])] == ["is not protected"]


@pytest.mark.parametrize(
    ("name", "tier"), [("dev", "development"), ("prod", "production")], ids=["development", "production"]
)
def test_the_stacks_as_checked_in_hear_nothing_not_even_advice(name: str, tier: Any) -> None:
    assert list(map(str, findings(resources(stack(name).resources), tier))) == []
    assert list(map(str, findings([EKS_CLUSTER], tier))) == []


def test_a_public_milvus_with_tls_for_named_networks_is_fine() -> None:
    assert list(map(str, findings(published(), "production"))) == []


def test_production_is_judged_by_more_than_development() -> None:
    bare = Resource(type="aws:kms/key:Key", name="key", inputs={"enableKeyRotation": True})
    assert [each.rule.name for each in findings([bare], "production")] == ["protected-state"]
    assert findings([bare], "development") == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_is_not_known_in_a_preview_is_nobodys_fault(rule: Any) -> None:
    looked_at = 0
    for among in (production(), published()):
        unknown = [
            dataclasses.replace(each, inputs=dict.fromkeys(each.inputs, UNKNOWN) | {"chart": each.inputs.get("chart")})
            if each.type in rule.types
            else each
            for each in among
        ]
        looked_at += sum(each.type in rule.types for each in among)
        assert [text for _, text in rule.findings(unknown)] == []
    assert looked_at


def test_the_page_lists_every_rule_as_it_is() -> None:
    assert table() in (ROOT / "docs" / "policies.md").read_text()
