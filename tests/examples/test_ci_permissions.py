"""The deployer may do what AWS' own handlers of the program's types need, except for calls that it never makes."""

import json
import re
from typing import Any

import pytest

from examples.ci_identity.print_policies import policies
from rehearsal.published import mapping, schemas
from tests.iam.untyped import parliament
from tools.docs import PLACE

UNUSED = {
    r"(acm-pca|cognito-idp|firehose|lambda|s3tables|vpc-lattice|vpce):.*": "services that the program does not use",
    r"Kafka:DescribeConfiguration|s3:REST.PUT.OBJECT": "no actions: mistakes of the schemas",
    r"acm:UpdateCertificateOptions": "the transparency log stays on",
    r"application-autoscaling:.*ScheduledAction(s)?": "no schedules: Kafka's disks grow by use",
    r"autoscaling:DescribeTags|ec2:DescribeInstances|ec2:DescribeKeyPairs": "the provider does not look at machines",
    r"ec2:ModifyVpcEndpointServicePayerResponsibility|cloudwatch:.*InsightRules": "consumers pay their endpoints",
    r"cloudwatch:GetMetricData": "for predictions, which the program asks none of",
    r"ec2:(AcceptAddressTransfer|AssociateAddress|.*NatGatewayAddress|.*SubnetCidrBlock)": "addresses never move",
    r"ec2:(.*VpcEncryptionControls?|ModifyVpcTenancy|DescribeIpamPools)": "features of VPCs that are not used",
    r"ec2:UpdateSecurityGroupRuleDescriptions.*": "the provider calls ModifySecurityGroupRules",
    r"eks:(.*PodIdentityAssociation|ActivateCertificateAuthority)": "roles by OIDC; the certificate authority stays",
    r"eks:ListUpdates": "the provider asks for the update it began",
    r"elasticloadbalancing:(.*CapacityReservation|ModifyIpPools)": "no reserved capacity, no address pools",
    r"elasticloadbalancing:(De)?[rR]egisterTargets": "the load balancer controller's, by a role of its own",
    r"iam:.*InstanceProfile": "EKS makes the profiles of its node groups itself",
    r"iam:.*OpenIDConnectProviderTags|iam:(Add|Remove)ClientID.*": "read with the provider; one client for ever",
    r"iam:(Put|Delete)RolePermissionsBoundary": "a boundary comes with its role: who may take it off is not bounded",
    r"kafka:Update(Connectivity|Rebalancing|Storage)": "settings that the program does not have",
    r"kms:(DisableKey|DisableKeyRotation|EnableKey)": "keys stay enabled, and rotate",
    r"logs:.*(DataProtection|Index)Polic.*|logs:PutLogGroupDeletionProtection|logs:PutBearer.*": "features not used",
    r"logs:(Dis)?[aA]ssociateKmsKey|logs:DeleteResourcePolicy": "log groups have CloudWatch's own key",
    r"route53:ListHostedZones": "the zone is given by its id",
    r"s3:.*(Metadata|Analytics|Cors|CORS|Inventory|Metrics|Notification|Tiering).*": "never set",
    r"s3:(Put|Delete).*(Website|Accelerate|Acl|Logging)(Configuration)?": "never set",
    r"s3:(GetBucketAbac|PutBucketAbac|ListTagsForResource|TagResource|UntagResource)": "tags by PutBucketTagging",
    r"s3:(DeleteBucketEncryption|DeleteBucketLifecycle|DeleteBucket)": "no workflow destroys, by design",
    r"s3:(PutBucketReplication|DeleteBucketReplication)": "no actions: IAM calls both PutReplicationConfiguration",
    r"s3:PutObjectLockConfiguration": "no action: IAM calls it PutBucketObjectLockConfiguration",
    r"secretsmanager:(GetRandomPassword|.*Replicat.*)": "Pulumi makes the passwords; no replicas",
    r"sns:.*DataProtectionPolicy|sns:ListSubscriptionsByTopic": "messages are not searched; subscriptions have ARNs",
    r"ssm:GetParameters": "the provider reads one at a time",
}


MOST_CHARACTERS = 6144
"""Longest managed policy (docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""
Policies = dict[str, Any]


def deployer() -> Policies:
    return policies(PLACE, reader=False)


def preview() -> Policies:
    return policies(PLACE, reader=True)


def actions(documents: Policies) -> set[str]:
    return {action for policy in documents.values() for each in policy["Statement"] for action in each["Action"]}


def handlers() -> set[str]:
    """Listing is for those who look for resources that they do not know."""
    return {
        action
        for each in mapping.data()["types"].values()
        for handler, content in schemas.schema(each["type"])["handlers"].items()
        if handler != "list"
        for action in content["permissions"]
    }


def test_each_permission_that_a_handler_needs_is_given_or_has_a_reason() -> None:
    missing = handlers() - actions(deployer())
    assert {action for action in missing if not any(re.fullmatch(pattern, action) for pattern in UNUSED)} == set()


@pytest.mark.parametrize("pattern", UNUSED)
def test_no_reason_excuses_what_is_given_or_nobody_needs(pattern: str) -> None:
    excused = {action for action in handlers() if re.fullmatch(pattern, action)}
    assert excused
    assert excused - actions(deployer())


def test_the_deployer_finds_the_roles_that_services_make_for_themselves() -> None:
    found = [
        statement
        for policy in deployer().values()
        for statement in policy["Statement"]
        if statement["Resource"] == ["arn:aws:iam::123456789012:role/aws-service-role/*"]
    ]
    assert sorted(action for statement in found for action in statement["Action"]) == [
        "iam:CreateServiceLinkedRole",
        "iam:GetRole",
    ]


def test_each_policy_is_as_short_as_iam_takes_it() -> None:
    for policy in (*deployer().values(), *preview().values()):
        assert len("".join(json.dumps(policy).split())) <= MOST_CHARACTERS


def test_the_reader_changes_nothing() -> None:
    verbs = {re.split(r"(?<=[a-z])(?=[A-Z])", action.partition(":")[2])[0] for action in actions(preview())}
    assert verbs == {"Decrypt", "Describe", "Get", "List"}


def test_parliament_finds_only_what_is_meant() -> None:
    # Who writes a bucket's policy can let himself in, and who deploys must write it.
    start = "RESOURCE_POLICY_PRIVILEGE_ESCALATION - Possible resource policy privilege escalation on arn:aws:s3:::"
    meant = (f"{start}bucket-*", f"{start}backup-*")
    findings = [
        f"{name}: {finding}"
        for documents in (deployer(), preview())
        for name, policy in documents.items()
        for finding in map(str, parliament.analyze_policy_string(json.dumps(policy)).findings)
        if not finding.startswith(meant)
    ]
    assert findings == []
