"""A role for one service account: who may assume it, and when it can be used."""

import json

import pulumi
import pulumi_aws as aws

from components.identity.workload_identity import WorkloadIdentity, WorkloadIdentityArgs
from tests.components.recording import Recording, record

ISSUER = "oidc.eks.us-east-1.amazonaws.com/id/ABC"


def identity(permissions_boundary: str | None = None) -> Recording:
    def program() -> None:
        made = WorkloadIdentity(
            "milvus",
            WorkloadIdentityArgs(
                oidc_provider_arn=f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}",
                oidc_issuer=pulumi.Output.from_input(ISSUER),
                namespace="milvus",
                service_account="milvus-sa",
                policies={"s3": '{"Statement": []}'},
                managed_policy_arns=("arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy",),
                permissions_boundary=permissions_boundary,
            ),
        )
        aws.ssm.Parameter("pod", type="String", value=made.role_arn)

    return record(program)


def test_one_service_account_with_a_token_for_sts_may_take_the_role() -> None:
    trust = json.loads(identity().one("aws:iam/role:Role").inputs["assumeRolePolicy"])
    assert trust["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    f"{ISSUER}:aud": "sts.amazonaws.com",
                    f"{ISSUER}:sub": "system:serviceaccount:milvus:milvus-sa",
                }
            },
        }
    ]


def test_a_pod_gets_the_role_when_it_may_do_its_work() -> None:
    recording = identity()
    pod = recording.one("aws:ssm/parameter:Parameter")
    assert pod.inputs["value"] == "arn:milvus-role"
    assert recording.depends(pod, recording.one("aws:iam/rolePolicy:RolePolicy"))
    assert recording.depends(pod, recording.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment"))


def test_an_organisation_can_bound_the_role() -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    assert identity(boundary).one("aws:iam/role:Role").inputs["permissionsBoundary"] == boundary
    assert "permissionsBoundary" not in identity().one("aws:iam/role:Role").inputs
