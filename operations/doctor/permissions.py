"""Whether the caller may do what a deployment does, asked without doing it.

EC2's `DryRun` goes through the whole chain: identity, boundary, the organization's policies on regions and tags. IAM's
simulation covers the other services, and of the organization's policies what IAM shows. Refused is not unanswered: a
service that can't be asked proves nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from components.identity.policy import Statement
from examples.ci_identity import permissions
from operations.doctor.check import Finding, SkipError, is_denied
from operations.doctor.subject import Subject

LINKED_ROLES = {
    "AWSServiceRoleForAutoScaling": "autoscaling.amazonaws.com",
    "AWSServiceRoleForAmazonEKS": "eks.amazonaws.com",
    "AWSServiceRoleForAmazonEKSNodegroup": "eks-nodegroup.amazonaws.com",
    "AWSServiceRoleForElasticLoadBalancing": "elasticloadbalancing.amazonaws.com",
    "AWSServiceRoleForKafka": "kafka.amazonaws.com",
}
"""Roles that AWS makes at the first use of a service in an account, if the caller may have them made."""
TO_LINK = "LetServicesMakeTheirRoles"
FIX = "let whoever rules the account allow them: docs/deployer-permissions.md prints the policies"


def dry_runs(subject: Subject) -> Iterable[Finding]:
    """Asks EC2 for parts of a network with the stack's own tags."""
    from botocore.exceptions import ClientError

    ec2, existing = subject.client("ec2"), subject.settings.network.existing
    tags = [{"Key": key, "Value": value} for key, value in subject.tags.items()]

    def tagged(kind: str) -> list[dict[str, Any]]:
        return [{"ResourceType": kind, "Tags": tags}]

    machine = subject.plan.fleet.groups[0].instance
    asked: dict[str, dict[str, Any]] = {
        "create_launch_template": {
            "LaunchTemplateName": f"{subject.name}-doctor",
            "LaunchTemplateData": {"InstanceType": machine},
            "TagSpecifications": tagged("launch-template"),
        },
    }
    if not existing:
        asked |= {
            "create_vpc": {"CidrBlock": subject.settings.network.cidr, "TagSpecifications": tagged("vpc")},
            "create_internet_gateway": {"TagSpecifications": tagged("internet-gateway")},
            "allocate_address": {"Domain": "vpc", "TagSpecifications": tagged("elastic-ip")},
        }
    for operation, parameters in asked.items():
        try:
            getattr(ec2, operation)(DryRun=True, **parameters)
        except ClientError as error:
            if is_denied(error):
                said = str(error).rpartition("operation: ")[2].split(" Encoded authorization")[0]
                yield Finding(f"EC2 refuses {error.operation_name} with this stack's tags: {said}", FIX)
            elif error.response["Error"]["Code"] != "DryRunOperation":
                raise


def simulation(subject: Subject) -> Iterable[Finding]:
    """Asks IAM about every action of the deployer's policies but those of EC2."""
    denied = [
        action
        for statement in _statements(subject)
        if statement["Sid"] != TO_LINK
        if (actions := [each for each in statement["Action"] if not each.startswith("ec2:")])
        for action in _denied(subject, statement, actions)
    ]
    if denied:
        yield Finding(f"you may not {', '.join(sorted(set(denied)))}", FIX)


def linked_roles(subject: Subject) -> Iterable[Finding]:
    """Service-linked roles that are missing, and that the caller could not have made."""
    from botocore.exceptions import ClientError

    iam = subject.client("iam")
    missing: dict[str, str] = {}
    for role, service in LINKED_ROLES.items():
        try:
            iam.get_role(RoleName=role)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchEntity":
                raise
            missing[role] = service
    if not missing:
        return
    [statement] = [each for each in _statements(subject) if each["Sid"] == TO_LINK]
    for role, service in missing.items():
        condition = {"StringEquals": {"iam:AWSServiceName": [service]}}
        if _denied(subject, {**statement, "Condition": condition}, statement["Action"]):
            yield Finding(
                f"{role} is not in this account yet, and you may not have it made (iam:CreateServiceLinkedRole)",
                f"aws iam create-service-linked-role --aws-service-name {service}, by somebody who may",
            )


def _statements(subject: Subject) -> list[Statement]:
    domain = subject.settings.access.domain
    place = permissions.Place(
        account=subject.caller["Account"],
        region=subject.region,
        state_bucket="none",
        secrets_key_arn="none",
        hosted_zone_id=domain.zone_id if domain else None,
    )
    return [
        *permissions.changing_network(place),
        *permissions.changing_services(place),
        *permissions.changing_identities(place),
    ]


def _denied(subject: Subject, statement: Statement, actions: Sequence[str]) -> list[str]:
    """Those actions that the caller may not do on a resource of the statement."""
    resources: list[str] = [statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"]
    context = [
        {"ContextKeyName": key, "ContextKeyValues": [values] if isinstance(values, str) else values,
         "ContextKeyType": "stringList" if len(values) > 1 else "string"}
        for condition in statement.get("Condition", {}).values()
        for key, values in condition.items()
    ]  # fmt: skip
    answer = subject.client("iam").simulate_principal_policy(
        PolicySourceArn=_identity(subject.caller["Arn"]),
        ActionNames=list(actions),
        ResourceArns=[each if each == "*" else each.replace("*", "doctor") for each in resources],
        ContextEntries=context,
    )
    by_action: dict[str, bool] = dict.fromkeys(actions, False)
    for each in answer["EvaluationResults"]:  # allowed on one of the statement's kinds of resources is allowed
        by_action[each["EvalActionName"]] |= _allowed(each)
    return [action for action, allowed in by_action.items() if not allowed]


def _allowed(result: dict[str, Any]) -> bool:
    specific = result.get("ResourceSpecificResults") or [{"EvalResourceDecision": result["EvalDecision"]}]
    return any(each["EvalResourceDecision"] == "allowed" for each in specific)


def _identity(arn: str) -> str:
    """The user or role behind a caller's ARN, which for a role names the session. Raises SkipError for root."""
    prefix, _, name = arn.partition(":assumed-role/")
    if name:
        return f"{prefix.replace(':sts:', ':iam:')}:role/{name.split('/')[0]}"
    if arn.endswith(":root"):
        raise SkipError("the account's root may do everything, and is not simulated")
    return arn
