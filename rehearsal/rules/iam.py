"""Rules of IAM: who may assume a role, what the role allows, and in which order policies come and go."""

from collections.abc import Mapping

from rehearsal.cloud.cloud import Cloud, Refused, rule
from rehearsal.cloud.permissions import allowed, statements
from rehearsal.cloud.resource import Resource

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
INLINE = "aws:iam/rolePolicy:RolePolicy"
IDENTITY_PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
API = "docs.aws.amazon.com/IAM/latest/APIReference/"
GRAMMAR = "docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"

# AWS managed policies that EKS' guide asks for, as the end of their ARNs after `policy/`.
# docs.aws.amazon.com/aws-managed-policy/latest/reference/
MANAGED = {
    "AmazonEBSCSIDriverPolicyV2",
    "AmazonEC2ContainerRegistryPullOnly",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonEKSClusterPolicy",
    "AmazonEKSVPCResourceController",
    "AmazonEKSWorkerNodeMinimalPolicy",
    "AmazonEKSWorkerNodePolicy",
    "AmazonEKS_CNI_Policy",
    "AmazonSSMManagedInstanceCore",
    "CloudWatchAgentServerPolicy",
    "service-role/AmazonEBSCSIDriverPolicy",
}


def role_of(cloud: Cloud, arn: object) -> Resource | None:
    """The role with an ARN; None if it does not exist."""
    return next((role for role in cloud.all(ROLE) if role["arn"] == arn), None)


def has_policy(cloud: Cloud, resource: Resource, role: Resource, policy: str) -> bool:
    """Whether a managed policy is attached to the role. If so, `resource` relies on the attachment."""
    for attachment in cloud.all(ATTACHMENT, role=role.id):
        if str(attachment["policyArn"]).rsplit("/", 1)[-1] == policy:
            cloud.relies(resource, attachment, f"{role.name} may do nothing before {policy} is attached")
            return True
    return False


def may(
    cloud: Cloud, resource: Resource, role: Resource, action: str, arn: str, context: Mapping[str, str] | None = None
) -> bool:
    """Whether a policy of the role allows an action. If so, `resource` relies on that policy.

    AWS managed policies are not evaluated, because their content is not known here.
    """
    documents: list[tuple[Resource, str]] = [(each, str(each["policy"])) for each in cloud.all(INLINE, role=role.id)]
    for attachment in cloud.all(ATTACHMENT, role=role.id):
        if policy := cloud.get(POLICY, attachment["policyArn"]):
            documents.append((attachment, str(policy["policy"])))
    if not allowed([text for _, text in documents], action, arn, context or {}):
        return False
    for policy, text in documents:
        if allowed([text], action, arn, context or {}):
            cloud.relies(resource, policy, f"{role.name} may do nothing before its policy {policy.name}")
    return True


def service_may_take(cloud: Cloud, role: Resource, service: str) -> bool:
    """Whether the role's trust policy lets an AWS service assume it."""
    return allowed([str(role["assumeRolePolicy"])], "sts:AssumeRole", "", {}, ("Service", service))


def cannot_take(
    cloud: Cloud, resource: Resource, role_arn: object, issuer: str, namespace: str, account: str
) -> str | None:
    """The reason, in STS' words, why pods of a Kubernetes service account cannot assume a role; None if they can.

    docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
    """
    role = role_of(cloud, role_arn)
    if role is None:
        return f"AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity: no role {role_arn}"
    providers = [each for each in cloud.all(IDENTITY_PROVIDER) if each["url"] == issuer]
    if not providers:
        return f"InvalidIdentityToken: No OpenIDConnect provider found in your account for {issuer}"
    cloud.relies(resource, providers[0], "pods take roles by the cluster's identity provider")
    if "sts.amazonaws.com" not in (providers[0]["clientIdLists"] or ()):
        return f"InvalidIdentityToken: Incorrect token audience: {providers[0].name} does not list sts.amazonaws.com"
    host, subject = issuer.removeprefix("https://"), f"system:serviceaccount:{namespace}:{account}"
    token = {f"{host}:aud": "sts.amazonaws.com", f"{host}:sub": subject}
    trust, federated = str(role["assumeRolePolicy"]), ("Federated", str(providers[0]["arn"]))
    if not allowed([trust], "sts:AssumeRoleWithWebIdentity", "", token, federated):
        return (
            "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity:"
            f" {role.name} does not trust {subject}"
        )
    cloud.relies(resource, role, f"{subject} takes {role.name}")
    return None


@rule(ATTACHMENT, "before_create", source=f"{API}API_AttachRolePolicy.html")
@rule(INLINE, "before_create", source=f"{API}API_PutRolePolicy.html")
def a_policy_needs_its_role(cloud: Cloud, policy: Resource) -> None:
    role = policy["role"]
    cloud.need(policy, ROLE, role, f"NoSuchEntity: The role with name {role} cannot be found.")


@rule(ATTACHMENT, "before_create", source="docs.aws.amazon.com/aws-managed-policy/latest/reference/")
def an_attached_policy_exists(cloud: Cloud, attachment: Resource) -> None:
    arn = str(attachment["policyArn"])
    if arn.split(":")[4:5] == ["aws"] and arn.split(":policy/", 1)[-1] not in MANAGED:
        raise Refused(f"NoSuchEntity: Policy {arn} does not exist or is not attachable.")


@rule(ROLE, "before_create", source=GRAMMAR)
def a_trust_policy_says_who(cloud: Cloud, role: Resource) -> None:
    for statement in _parsed(role, "assumeRolePolicy"):
        if "Principal" not in statement:
            raise Refused("MalformedPolicyDocument: Missing required field Principal")
        if "Resource" in statement:
            raise Refused("MalformedPolicyDocument: Has prohibited field Resource")


@rule(INLINE, "before_create", source=GRAMMAR)
def a_roles_policy_says_what_on_what(cloud: Cloud, policy: Resource) -> None:
    for statement in _parsed(policy, "policy"):
        if "Principal" in statement:
            raise Refused("MalformedPolicyDocument: Policy document should not specify a principal.")
        if not {"Resource", "NotResource"} & set(statement):
            raise Refused("MalformedPolicyDocument: Policy statement must contain resources.")
        if not {"Action", "NotAction"} & set(statement):
            raise Refused("MalformedPolicyDocument: Policy statement must contain actions.")


@rule(ROLE, "before_delete", source=f"{API}API_DeleteRole.html")
def a_role_with_policies_stays(cloud: Cloud, role: Resource) -> None:
    if cloud.all(ATTACHMENT, role=role.id):
        raise Refused(f"DeleteConflict: Cannot delete entity, must detach all policies first: {role.name}")
    if cloud.all(INLINE, role=role.id):
        raise Refused(f"DeleteConflict: Cannot delete entity, must delete policies first: {role.name}")


def _parsed(resource: Resource, key: str) -> list[dict[str, object]]:
    """Statements of a policy document. Raises Refused if it is malformed."""
    try:
        return statements(str(resource[key]))
    except ValueError:
        raise Refused(f"MalformedPolicyDocument: Syntax errors in policy: {resource.name}") from None
