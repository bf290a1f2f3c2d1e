"""Rules about IAM: what roles may do, who may assume them, and what nodes must not be allowed to do."""

import re
from collections.abc import Iterator, Sequence

from policies.documents import Statement, allows, conditions, document, principals, texts
from policies.rule import UNKNOWN, Resource, at, items, rule, stack_rule

ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
POLICY = "aws:iam/policy:Policy"
RESOURCE_POLICIES = {
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:kms/key:Key": "policy",
    "aws:iam/role:Role": "assumeRolePolicy",
}
"""Types with a policy that says who may use them, and the input that holds the policy."""

ON_ANY_RESOURCE = {
    "acm:RequestCertificate": "there is no certificate yet",
    "cloudwatch:PutMetricData": "metrics are no resources; a condition names the namespace",
    "eks:CreateCluster": "there is no cluster yet",
    "kafka:DescribeClusterOperation": "knows no resources; tells how an update goes",
    "kafka:GetBootstrapBrokers": "knows no resources; addresses, and no way in",
    "kms:CreateKey": "there is no key yet",
    "logs:DescribeLogGroups": "lists; CloudWatch Logs cannot limit it to one group by name",
    **dict.fromkeys(
        ("servicequotas:GetAWSDefaultServiceQuota", "servicequotas:GetServiceQuota"),
        "knows no resources; tells how many of something an account may have",
    ),
    **dict.fromkeys(
        ("sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes", "sns:Unsubscribe"),
        "subscriptions are no resources to IAM",
    ),
    "ssm:DescribeParameters": "lists; knows no resources; tells no values",
    **dict.fromkeys(
        (
            f"logs:{name}"
            for name in (
                "CreateLogDelivery",
                "DeleteLogDelivery",
                "DescribeResourcePolicies",
                "GetLogDelivery",
                "ListLogDeliveries",
                "PutResourcePolicy",
                "UpdateLogDelivery",
            )
        ),
        "deliveries of other services' logs know no resources",
    ),
}
"""Actions that may be allowed on `*`, with the reason (docs.aws.amazon.com/service-authorization/latest/reference)."""
LOOKING_UP = ("ec2:Describe", "elasticloadbalancing:Describe", "application-autoscaling:Describe")
"""Prefixes of actions that list resources, and cannot be limited to some."""
RESOURCE_LEVEL = ("ec2:DescribeVpcAttribute",)
"""Exceptions to LOOKING_UP, which can be limited."""

NODE_POLICIES = frozenset(
    {
        "AmazonEKSWorkerNodePolicy",
        "AmazonEKSWorkerNodeMinimalPolicy",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonSSMManagedInstanceCore",
    }
)
"""Policies that nodes may have: to join the cluster, to pull images, to be managed by Systems Manager. None of them
gives access to data."""

NARROWING = frozenset(
    {
        "aws:PrincipalAccount",
        "aws:PrincipalArn",
        "aws:PrincipalOrgID",
        "aws:SourceAccount",
        "aws:SourceArn",
        "kms:CallerAccount",
    }
)
"""Condition keys that limit a statement about everybody to certain principals."""


def broad(statement: Statement, *, of_one_role: bool) -> Iterator[str]:
    """Reasons why one statement is too broad.

    A role's own policy names what the role is for. A managed one may be a deployer's (examples/ci_identity), who makes
    what AWS gives an id only then, so that its pattern may take in everything of a kind.
    """
    actions, resources = texts(statement.get("Action")), texts(statement.get("Resource"))
    if "NotAction" in statement or "NotResource" in statement:
        yield "allows all but what it names (NotAction, NotResource)"
    for action in actions:
        if "*" in action:
            yield f"allows {action}"
        elif not _needs_any_resource(action):
            named = [_everything(each) for each in resources if of_one_role or each == "*"]
            yield from (f"allows {action} on {each}" for each in named if each)


def _everything(resource: str) -> str:
    """What a resource's pattern takes in, if that is everything of its kind; empty if it names one, or some by name.

    `arn:*:s3:::*`, `arn:*:kms:us-east-1:123456789012:key/*` and `arn:*:iam::*:role/milvus` name nothing.
    """
    if resource == "*":
        return "every resource"
    parts = resource.split(":", 5)
    if len(parts) < 6:
        return ""
    _, _, service, _, account, named = parts
    of_its_kind = "" if service == "s3" else re.split("[/:]", named, maxsplit=1)[-1]
    return f"all of {resource}" if "*" in (account, named[:1], of_its_kind[:1]) else ""


def _needs_any_resource(action: str) -> bool:
    return action in ON_ANY_RESOURCE or (action.startswith(LOOKING_UP) and action not in RESOURCE_LEVEL)


@rule(
    "least-privilege",
    ROLE,
    ROLE_POLICY,
    POLICY,
    ATTACHMENT,
    why="A role that may do more than its pod needs is what a break-in of the pod is worth.",
    source="docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    fix="name actions and resources; what AWS cannot limit goes into ON_ANY_RESOURCE (policies/identity.py), with why.",
)
def least_privilege(resource: Resource) -> Iterator[str]:
    written = [at(resource.inputs, "policy")] if resource.type in (ROLE_POLICY, POLICY) else []
    written += [at(inline, "policy") for inline in items(at(resource.inputs, "inlinePolicies"))]
    for policy in map(document, written):
        for statement in allows(policy or []):
            yield from broad(statement, of_one_role=resource.type != POLICY)
    arns = [at(resource.inputs, "policyArn"), *items(at(resource.inputs, "managedPolicyArns"))]
    for arn in (str(arn) for arn in arns):
        if arn.endswith(("/AdministratorAccess", "/PowerUserAccess", "/IAMFullAccess", "FullAccess")):
            yield f"has {arn.rpartition('/')[2]}"


@rule(
    "no-wildcard-trust",
    *RESOURCE_POLICIES,
    why="`*` is every AWS account there is, and a token of the cluster belongs to any of its pods.",
    source="docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html; "
    "terraform-aws-modules/terraform-aws-iam#486",
    fix="name the principal; for service accounts both :aud and :sub, by StringEquals.",
)
def no_wildcard_trust(resource: Resource) -> Iterator[str]:
    policy = document(at(resource.inputs, RESOURCE_POLICIES[resource.type])) or []
    for statement in allows(policy):
        narrowed = {key for keys in conditions(statement).values() for key in keys} & NARROWING
        if "*" in principals(statement) and not narrowed:
            yield "trusts everybody (Principal *)"
        if "sts:AssumeRoleWithWebIdentity" in texts(statement.get("Action")):
            equal = conditions(statement).get("StringEquals", {})
            for claim in ("aud", "sub"):
                values = [
                    value for key, wanted in equal.items() if key.endswith(f":{claim}") for value in texts(wanted)
                ]
                if not values or any("*" in value for value in values):
                    yield f"takes tokens of any {claim}"


@stack_rule(
    "nodes-without-data",
    ATTACHMENT,
    ROLE_POLICY,
    ROLE,
    why="Every pod could use them, and a broken role of Milvus' service account would go unseen.",
    source="docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html",
    fix=f"only {', '.join(sorted(NODE_POLICIES))}; everything else by a service account's own role.",
)
def nodes_without_data(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    nodes = {each.urn for each in resources if each.type == ROLE and is_node_role(each)}
    for each in resources:
        if each.type == ROLE_POLICY and each.depends_on & nodes:
            yield each, "nodes have a policy of their own"
        if each.urn in nodes and items(at(each.inputs, "inlinePolicies")):
            yield each, "nodes have a policy inside their role"
        attached = each.type == ATTACHMENT and each.depends_on & nodes
        arns = [at(each.inputs, "policyArn")] if attached else []
        arns += items(at(each.inputs, "managedPolicyArns")) if each.urn in nodes else []
        for name in (str(arn).rpartition("/")[2] for arn in arns if arn != UNKNOWN):
            if name not in NODE_POLICIES:
                yield each, f"nodes have {name}"


def is_node_role(role: Resource) -> bool:
    """True if EC2 instances may assume a role."""
    policy = document(at(role.inputs, "assumeRolePolicy")) or []
    return any(each.startswith("ec2.") for statement in allows(policy) for each in principals(statement))


RULES = (least_privilege, no_wildcard_trust, nodes_without_data)
