"""The controller binds pods to our target groups and keeps its hands off everything else."""

import json

import pulumi
import pulumi_aws as aws

from components.cluster.load_balancer_controller import (
    LoadBalancerController,
    LoadBalancerControllerArgs,
    binding_policy,
)
from tests.components.recording import Recording, record

RELEASE = "kubernetes:helm.sh/v3:Release"
GROUPS = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/milvus-*/*"


def controller(replicas: int = 2) -> Recording:
    def program() -> None:
        group = aws.lb.TargetGroup("milvus")
        cluster = aws.eks.Cluster("eks", role_arn="arn:eks", vpc_config={"subnet_ids": ["subnet-1", "subnet-2"]})
        LoadBalancerController(
            "lbc",
            LoadBalancerControllerArgs(
                chart_version="3.5.0",
                region="us-east-1",
                cluster_name="milvus-dev",
                vpc_id="vpc-1",
                oidc_provider_arn="arn:oidc",
                oidc_issuer="issuer",
                watch_namespace="milvus",
                target_group_arns=[group.arn, pulumi.Output.from_input(GROUPS)],
                replicas=replicas,
                cluster=cluster,
            ),
        )

    return record(program)


def test_it_starts_with_a_role_that_may_bind() -> None:
    recording = controller()
    release = recording.one(RELEASE)
    account = release.inputs["values"]["serviceAccount"]
    assert account["annotations"] == {"eks.amazonaws.com/role-arn": "arn:lbc-identity-role"}
    assert recording.depends(release, recording.one("aws:iam/rolePolicy:RolePolicy"))
    trust = json.loads(recording.one("aws:iam/role:Role").inputs["assumeRolePolicy"])["Statement"][0]
    subject = f"system:serviceaccount:{release.inputs['namespace']}:{account['name']}"
    assert trust["Condition"]["StringEquals"]["issuer:sub"] == subject


def test_it_stands_in_nobodys_way() -> None:
    values = controller().one(RELEASE).inputs["values"]
    assert values["enableServiceMutatorWebhook"] is False
    assert values["webhookConfig"] == {"disableIngressValidation": True}
    assert values["createIngressClassResource"] is False
    assert set(values["controllerConfig"]["featureGates"].values()) == {False}
    assert values["watchNamespace"] == "milvus"


def test_it_needs_no_instance_metadata() -> None:
    values = controller().one(RELEASE).inputs["values"]
    assert (values["clusterName"], values["region"], values["vpcId"]) == ("milvus-dev", "us-east-1", "vpc-1")


def test_its_version_is_pinned_and_it_has_time_to_start() -> None:
    release = controller().one(RELEASE)
    assert release.inputs["version"] == "3.5.0"
    assert release.inputs["timeout"] == 1200


def test_two_of_it_are_not_taken_away_together() -> None:
    assert controller(2).one(RELEASE).inputs["values"]["podDisruptionBudget"] == {"maxUnavailable": 1}
    assert controller(1).one(RELEASE).inputs["values"]["podDisruptionBudget"] == {}


# Frozen: what v3.5.0's source calls for a binding with ip targets and no `networking`. Read the source again before a
# new version of the chart, and before adding an action.
def test_it_may_bind_to_our_target_groups_and_look_and_nothing_else() -> None:
    statements = json.loads(binding_policy([GROUPS]))["Statement"]
    assert [(statement["Action"], statement["Resource"]) for statement in statements] == [
        (["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"], [GROUPS]),
        (["elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth"], "*"),
        (["ec2:DescribeVpcs", "ec2:DescribeSecurityGroups"], "*"),
    ]
