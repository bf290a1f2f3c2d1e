"""Rules about how much is open inside: single ports, no way out that nobody needs, no address that nobody asked for."""

from collections.abc import Collection, Iterator, Sequence

from policies.documents import allows, document, principals, texts
from policies.encryption import LISTENER
from policies.exposure import GROUP, INGRESS, is_open
from policies.releases import is_milvus
from policies.rule import UNKNOWN, Resource, at, items, off, on, rule, stack_rule

EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
SECRET_POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"  # noqa: S105, a type
VPC_GUIDE = "docs.aws.amazon.com/vpc/latest/userguide/"


@rule(
    "one-port-a-rule",
    INGRESS,
    EGRESS,
    why="A range lets in what is started there later, such as Milvus' management port.",
    source=f"{VPC_GUIDE}security-group-rules.html",
    fix="one TCP port a rule, from a named group or network.",
)
def one_port_a_rule(resource: Resource) -> Iterator[str]:
    protocol, first, last = (at(resource.inputs, key) for key in ("ipProtocol", "fromPort", "toPort"))
    if protocol not in ("tcp", "6", UNKNOWN):
        yield f"takes protocol {'any' if protocol == '-1' else protocol}"
    elif first != last and UNKNOWN not in (first, last):
        yield f"takes ports {first:g} to {last:g}"
    peers = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
    if not any(at(resource.inputs, key) for key in peers):
        yield "names nobody"


@stack_rule(
    "no-open-egress",
    EGRESS,
    GROUP,
    why="Load balancers and brokers begin no connections to the internet: an open way out is one for stolen data.",
    source="docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html; "
    f"{VPC_GUIDE}security-group-rules.html#security-group-default-rules",
    fix="egress to the pods' networks and ports only; a login (attu.oidc) asks its provider on port 443.",
)
def no_open_egress(resources: Sequence[Resource]) -> Iterator[tuple[Resource, str]]:
    login = any(
        at(action, "type") == "authenticate-oidc"
        for each in resources
        if each.type == LISTENER
        for action in items(at(each.inputs, "defaultActions"))
    )
    for resource in resources:
        if resource.type in (EGRESS, GROUP):
            yield from ((resource, f"may connect out to {cidr}") for cidr in _way_out(resource, {443} if login else {}))


def _way_out(resource: Resource, meant: Collection[int]) -> Iterator[str]:
    """Open networks to which a security group or a rule lets connect, but for single ports that are meant."""
    written = [resource.inputs] if resource.type == EGRESS else items(at(resource.inputs, "egress"))
    for each in written:
        if at(each, "fromPort") == at(each, "toPort") and at(each, "toPort") in meant:
            continue
        for key in ("cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks"):
            value = at(each, key)
            for cidr in [value] if isinstance(value, str) else items(value):
                if is_open(cidr):
                    yield str(cidr)


@rule(
    "default-group-empty",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    why="Whatever names no group gets this one, and its members reach each other on every port.",
    source="docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-2",
    fix="no ingress, no egress.",
)
def default_group_empty(resource: Resource) -> Iterator[str]:
    yield from (f"has {key} rules" for key in ("ingress", "egress") if items(at(resource.inputs, key)))


@rule(
    "no-address-by-itself",
    "aws:ec2/subnet:Subnet",
    why="A machine that lands in the wrong subnet would be on the internet.",
    source="docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-15",
    fix="no mapPublicIpOnLaunch; what needs a public address asks for one.",
)
def no_address_by_itself(resource: Resource) -> Iterator[str]:
    if not off(at(resource.inputs, "mapPublicIpOnLaunch")):
        yield "gives every machine a public address"


@rule(
    "secret-readers",
    SECRET_POLICY,
    why="A secret's policy goes past the roles' own: whoever it names reads the password.",
    source="docs.aws.amazon.com/msk/latest/developerguide/msk-password-tutorial.html",
    fix="kafka.amazonaws.com may secretsmanager:GetSecretValue, and nobody else anything.",
)
def secret_readers(resource: Resource) -> Iterator[str]:
    for statement in allows(document(at(resource.inputs, "policy")) or []):
        yield from (f"lets {each} in" for each in principals(statement) if each != "kafka.amazonaws.com")
        for action in texts(statement.get("Action")):
            if action.lower() != "secretsmanager:getsecretvalue":
                yield f"allows {action}"


@rule(
    "identity-provider-audience",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    why="A token that was made for another service would be taken for a role.",
    source="docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html",
    fix="clientIdLists: [sts.amazonaws.com].",
)
def identity_provider_audience(resource: Resource) -> Iterator[str]:
    audiences = at(resource.inputs, "clientIdLists")
    if audiences != UNKNOWN and list(items(audiences)) not in (["sts.amazonaws.com"], ["sts.amazonaws.com.cn"]):
        yield f"takes tokens for {', '.join(map(str, items(audiences))) or 'nobody'}"


@rule(
    "passwords-strong",
    "random:index/randomPassword:RandomPassword",
    why="Milvus and Kafka let anybody try as often as they like.",
    source="milvus.io/docs/authenticate.md (6 to 72 characters); NIST SP 800-63B, 5.1.1",
    fix="length of 20 to 72, of letters and digits.",
)
def passwords_strong(resource: Resource) -> Iterator[str]:
    length = at(resource.inputs, "length")
    if length != UNKNOWN and not 20 <= (length or 0) <= 72:
        yield f"has {length} characters"
    if sum(at(resource.inputs, kind) is False for kind in ("upper", "lower", "numeric")) > 0:
        yield "is made of fewer characters than letters and digits"


@rule(
    "account-looked-at",
    "pulumi:providers:aws",
    why="Without asking STS the provider can't know which account it is in: access.accountIds would stop nobody.",
    source="www.pulumi.com/registry/packages/aws/installation-configuration",
    fix="no skipCredentialsValidation, no skipRequestingAccountId.",
)
def account_looked_at(resource: Resource) -> Iterator[str]:
    for key in ("skipCredentialsValidation", "skipRequestingAccountId"):
        if at(resource.inputs, key) not in (None, False, "false", UNKNOWN):
            yield f"{key} is on"


@rule(
    "bucket-owner",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    why="With ACLs an object's writer, not the bucket's policy, says who reads it.",
    source="docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
    fix="objectOwnership: BucketOwnerEnforced.",
)
def bucket_owner(resource: Resource) -> Iterator[str]:
    if (owner := at(resource.inputs, "rule.objectOwnership")) not in ("BucketOwnerEnforced", UNKNOWN):
        yield f"ACLs count ({owner})"


@rule(
    "milvus-encrypted-storage",
    "kubernetes:helm.sh/v3:Release",
    why="Milvus' own default is plain HTTP and a key in its configuration.",
    source="github.com/zilliztech/milvus-helm, charts/milvus/values.yaml: externalS3",
    fix="externalS3.useSSL and useIAM: true, with no accessKey.",
)
def milvus_encrypted_storage(resource: Resource) -> Iterator[str]:
    storage = at(resource.inputs, "values.externalS3")
    if not is_milvus(resource) or storage in (None, UNKNOWN):
        return
    yield from (f"externalS3.{key} is off" for key in ("useSSL", "useIAM") if not on(at(storage, key)))


RULES = (
    one_port_a_rule,
    no_open_egress,
    default_group_empty,
    no_address_by_itself,
    secret_readers,
    identity_provider_audience,
    passwords_strong,
    account_looked_at,
    bucket_owner,
    milvus_encrypted_storage,
)
