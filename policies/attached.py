"""Rules about AWS' own managed policies: each role has those that its purpose asks for, and no others."""

from collections.abc import Iterator, Sequence

from policies.documents import allows, conditions, document, principals, texts
from policies.identity import ATTACHMENT, NODE_POLICIES, ROLE
from policies.rule import Resource, at, items, stack_rule

GUIDE = "docs.aws.amazon.com/eks/latest/userguide/"
BY_SERVICE = {
    "ec2": NODE_POLICIES,
    "eks": frozenset({"AmazonEKSClusterPolicy", "AmazonEKSVPCResourceController"}),
}
"""By the service that takes a role, the policies that it may have; no other service needs any."""
BY_ACCOUNT = {
    "system:serviceaccount:kube-system:aws-node": frozenset({"AmazonEKS_CNI_Policy"}),
    "system:serviceaccount:kube-system:ebs-csi-controller-sa": frozenset({"AmazonEBSCSIDriverPolicyV2"}),
}
"""By the Kubernetes service account that takes a role. AmazonEBSCSIDriverPolicy, without V2, may also touch volumes
that other clusters have tagged (github.com/kubernetes-sigs/aws-ebs-csi-driver, its page on installation)."""


@stack_rule(
    "attached-policies-fit",
    ATTACHMENT,
    ROLE,
    why="A managed policy of another purpose lets too much, and the one that is missing is a timeout.",
    source=f"{GUIDE}security-iam-awsmanpol.html",
    fix="the policy of the role's purpose (policies/attached.py); what a pod of ours needs, as a policy of its own.",
)
def attached_policies_fit(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    fitting = {each.urn: fit for each in resources if each.type == ROLE and (fit := purpose(each)) is not None}
    for each in resources:
        if each.type == ATTACHMENT:
            arns, roles = [at(each.inputs, "policyArn")], each.depends_on & fitting.keys()
        else:
            arns, roles = items(at(each.inputs, "managedPolicyArns")), {each.urn} & fitting.keys()
        # A policy of the account itself is judged by what it says (identity.py).
        for name in (str(arn).rpartition("/")[2] for arn in arns if ":iam::aws:policy/" in str(arn)):
            for role in roles:
                if name not in fitting[role]:
                    yield each, f"{role.rpartition('::')[2]} does not need {name}"


def purpose(role: Resource) -> frozenset[str] | None:
    """The managed policies that fit whoever takes the role; None if that is not known yet."""
    trusted = document(at(role.inputs, "assumeRolePolicy"))
    if trusted is None:
        return None
    fit: set[str] = set()
    for statement in allows(trusted):
        for each in principals(statement):
            fit |= BY_SERVICE.get(each.partition(".")[0], frozenset())
        for key, value in conditions(statement).get("StringEquals", {}).items():
            if key.endswith(":sub"):
                fit |= frozenset[str]().union(*(BY_ACCOUNT.get(account, frozenset()) for account in texts(value)))
    return frozenset(fit)


RULES = (attached_policies_fit,)
