"""The stack of examples/ci_identity, and its policies, on the real engine with an emulated AWS."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.cloud.cloud import Cloud
from rehearsal.stage import ROOT, Stage, configuration
from tests.iam.untyped import parliament
from tests.operations.review.record_previews import recorded

PROJECT = ROOT / "examples" / "ci_identity"
POLICY, ROLE, ISSUER = (
    "aws:iam/policy:Policy",
    "aws:iam/role:Role",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
)
ATTACHED = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PACK = ("--policy-pack", str(ROOT / "policies"))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Stage(tmp_path_factory.mktemp("ci") / "stage", "example", project=PROJECT) as stage:
        up = stage.up(*PACK)
        assert up.succeeded, up.text
        yield stage


@pytest.fixture(scope="module")
def cloud(stage: Stage) -> Cloud:
    return stage.cloud


def documents(cloud: Cloud) -> dict[str, str]:
    return {policy.name: str(policy["policy"]) for policy in cloud.all(POLICY)}


def statements(cloud: Cloud, *names: str) -> list[dict[str, Any]]:
    return [each for name in names for each in json.loads(documents(cloud)[name])["Statement"]]


def actions(found: list[dict[str, Any]]) -> set[str]:
    return {action for statement in found for action in statement["Action"]}


def test_a_reader_and_a_deployer_for_each_stack(stage: Stage, cloud: Cloud) -> None:
    assert sorted(role.id for role in cloud.all(ROLE)) == [
        "ci-deploy-dev",
        "ci-deploy-prod",
        "ci-preview-dev",
        "ci-preview-prod",
    ]
    assert stage.outputs()["prod"] == {
        "deploy": "arn:aws:iam::123456789012:role/ci-deploy-prod",
        "preview": "arn:aws:iam::123456789012:role/ci-preview-prod",
    }


SUBJECTS = {
    "ci-deploy-dev": "repo:example/milvus-on-aws:environment:dev",
    "ci-deploy-prod": "repo:example/milvus-on-aws:environment:prod",
    "ci-preview-dev": "repo:example/milvus-on-aws:environment:preview-dev",
    "ci-preview-prod": "repo:example/milvus-on-aws:environment:preview-prod",
}


def test_a_role_trusts_one_environment_of_one_repository(cloud: Cloud) -> None:
    for role in cloud.all(ROLE):
        [statement] = json.loads(str(role["assumeRolePolicy"]))["Statement"]
        assert statement["Principal"]["Federated"].endswith(":oidc-provider/token.actions.githubusercontent.com")
        assert statement["Condition"] == {
            "StringEquals": {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": SUBJECTS[role.id],
            }
        }


def test_a_reader_changes_nothing_and_reads_no_object_but_the_state(cloud: Cloud) -> None:
    found = statements(cloud, "ci-preview-prod-state", "ci-preview-prod-read")
    verbs = re.compile(r"^[\w-]+:(Describe|Get|List)|^kms:Decrypt$")
    assert [action for action in actions(found) if not verbs.match(action)] == []
    objects = [each["Resource"] for each in found if "s3:GetObject" in each["Action"]]
    assert objects == [["arn:aws:s3:::example-pulumi-state/.pulumi/*"]]
    attached = {str(each["policyArn"]).rpartition("/")[2] for each in cloud.all(ATTACHED, role="ci-preview-prod")}
    assert {name.rpartition("-")[0] for name in attached} == {"ci-preview-prod-state", "ci-preview-prod-read"}


def test_a_deployer_has_no_hand_on_the_workflows_own_roles_and_no_object_of_milvus(cloud: Cloud) -> None:
    names = [name for name in documents(cloud) if name.startswith("ci-deploy-prod")]
    found = statements(cloud, *names)
    for each in found:
        if any(action.startswith("iam:") for action in each["Action"]):
            assert "*" not in each["Resource"]
            for arn in each["Resource"]:
                assert not re.match(arn.replace("*", ".*") + "$", "arn:aws:iam::123456789012:role/ci-deploy-prod")
    assert all(
        arn.startswith("arn:aws:s3:::example-pulumi-state/")
        for each in found
        if {"s3:GetObject", "s3:PutObject"} & set(each["Action"])
        for arn in each["Resource"]
    )


IN_PROD = "eu-central-1:123456789012"
MADE = {
    "aws:iam/role:Role": ("arn:aws:iam::123456789012:role/", "iam:CreateRole"),
    "aws:secretsmanager/secret:Secret": (f"arn:aws:secretsmanager:{IN_PROD}:secret:", "secretsmanager:CreateSecret"),
    "aws:s3/bucket:Bucket": ("arn:aws:s3:::", "s3:CreateBucket"),
    "aws:cloudwatch/logGroup:LogGroup": (f"arn:aws:logs:{IN_PROD}:log-group:", "logs:CreateLogGroup"),
}


@pytest.mark.parametrize("preview", ["no-change", "no-change-dev"])
def test_whatever_the_program_names_is_within_the_deployers_reach(cloud: Cloud, preview: str) -> None:
    found = statements(cloud, "ci-deploy-prod-services", "ci-deploy-prod-identities")
    checked = 0
    for step in recorded(preview)["steps"]:
        if step["newState"]["type"] in MADE:
            prefix, action = MADE[step["newState"]["type"]]
            inputs = step["newState"]["inputs"]
            arn = prefix + str(inputs.get("name") or inputs.get("bucket") or inputs.get("namePrefix"))
            patterns = [each for one in found if action in one["Action"] for each in one["Resource"]]
            assert any(re.match(each.replace("*", ".*") + "$", arn) for each in patterns), arn
            checked += 1
    assert checked >= 10


def test_the_program_uses_no_service_that_the_deployer_may_not_change(cloud: Cloud) -> None:
    names = [name for name in documents(cloud) if name.startswith("ci-deploy-prod")]
    services = {action.partition(":")[0] for action in actions(statements(cloud, *names))}
    called = {"cloudwatch": "logs", "lb": "elasticloadbalancing", "msk": "kafka", "vpc": "ec2"}
    used = {
        re.split(r"[:/]", step["newState"]["type"])[1]
        for preview in ("no-change", "public-attu")
        for step in recorded(preview)["steps"]
        if step.get("newState", {}).get("type", "").startswith("aws:")
    }
    assert {called.get(each, each) for each in used} <= services


def test_parliament_finds_only_what_is_meant(cloud: Cloud) -> None:
    found = {
        name: [str(each) for each in parliament.analyze_policy_string(text).findings]
        for name, text in documents(cloud).items()
    }
    # Who writes a bucket's policy can let himself in, and who writes its lifecycle can let it delete; who deploys must.
    of = "RESOURCE_POLICY_PRIVILEGE_ESCALATION - Possible resource policy privilege escalation on arn:aws:s3:::"
    meant = (f"{of}bucket-*", f"{of}backup-*")
    assert {name: [each for each in texts if not each.startswith(meant)] for name, texts in found.items() if texts} == {
        "ci-deploy-dev-services": [],
        "ci-deploy-prod-services": [],
    }


def test_a_policy_fits_and_says_what_each_statement_is_for(cloud: Cloud) -> None:
    for name, text in documents(cloud).items():
        assert len(re.sub(r"\s", "", text)) <= 6144, name  # IAM's limit of a managed policy
        assert all(each["Sid"] for each in json.loads(text)["Statement"])


def test_a_second_up_changes_nothing_an_issuer_may_be_given_and_all_of_it_goes(stage: Stage) -> None:
    again = stage.up(*PACK)
    assert (again.succeeded, again.changes) == (True, [])
    known = configuration(PROJECT / "Pulumi.example.yaml")
    stage.configure({**known, "milvus-on-aws-ci:existingIssuer": True})
    given = stage.preview()
    assert [(step.operation, step.urn.rpartition("::")[2]) for step in given.changes] == [("delete", "github")]
    stage.configure({**known, "milvus-on-aws-ci:repository": "example/*"})
    refused = stage.preview()
    assert not refused.succeeded
    assert "repository: 'example/*' is not OWNER/NAME" in refused.text
    stage.configure(known)
    assert stage.destroy().succeeded
    assert stage.cloud.left() == []
