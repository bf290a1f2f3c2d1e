"""IAM: what must be attached before, and detached before."""

from rehearsal.cloud import Cloud, Refused, Thing, rule

ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
INLINE = "aws:iam/rolePolicy:RolePolicy"


def has_policy(cloud: Cloud, thing: Thing, role: Thing, policy: str) -> bool:
    """Whether a managed policy is attached to the role, which `thing` then relies on."""
    for attachment in cloud.all(ATTACHMENT, role=role.id):
        if str(attachment["policyArn"]).rsplit("/", 1)[-1] == policy:
            cloud.relies(thing, attachment, f"{role.name} may do nothing before {policy} is attached")
            return True
    return False


@rule(ATTACHMENT, "before_create", source="docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html")
@rule(INLINE, "before_create", source="docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html")
def a_policy_needs_its_role(cloud: Cloud, policy: Thing) -> None:
    role = policy["role"]
    cloud.need(policy, ROLE, role, f"NoSuchEntity: The role with name {role} cannot be found.")


@rule(ROLE, "before_delete", source="docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html")
def a_role_with_policies_stays(cloud: Cloud, role: Thing) -> None:
    if cloud.all(ATTACHMENT, role=role.id):
        raise Refused(f"DeleteConflict: Cannot delete entity, must detach all policies first: {role.name}")
    if cloud.all(INLINE, role=role.id):
        raise Refused(f"DeleteConflict: Cannot delete entity, must delete policies first: {role.name}")
