"""Small programs for the real CLI, each for one behaviour: configuration `test:program` names the one that runs.

Each program imports only what it needs, because each SDK costs each run a quarter of a second.
"""

import json

import pulumi
import pulumi_aws as aws

CONFIG = pulumi.Config("test")
TRUST = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
)


def network() -> None:
    """A VPC, whose addresses, tags and subnets the configuration decides."""
    vpc = aws.ec2.Vpc(
        "vpc",
        cidr_block=CONFIG.get("cidr") or "10.0.0.0/16",
        tags={"colour": CONFIG.get("colour") or "red"},
        opts=pulumi.ResourceOptions(ignore_changes=(CONFIG.get("ignored") or "").split()),
    )
    aws.ec2.Subnet(
        "subnet", vpc_id=vpc.id, cidr_block=CONFIG.get("subnet") or "10.0.1.0/24", availability_zone="us-east-1a"
    )
    aws.iam.Role("role", assume_role_policy=TRUST)
    pulumi.export("arn", vpc.arn)
    pulumi.export("id", vpc.id)

    def only_when_known(values: list[str]) -> str:
        if pulumi.runtime.is_dry_run():
            raise pulumi.RunError(f"a preview knew {values}")
        return values[0]

    pulumi.Output.all(vpc.id, vpc.arn, vpc.default_security_group_id).apply(only_when_known)
    vpc.cidr_block.apply(lambda cidr: pulumi.log.info(f"known early: {cidr}"))


def passwords() -> None:
    """A generated secret and where it goes."""
    import pulumi_random as random

    password = random.RandomPassword("password", length=32, special=False)
    secret = aws.secretsmanager.Secret("secret", recovery_window_in_days=0)
    aws.secretsmanager.SecretVersion("version", secret_id=secret.id, secret_string=password.result)
    if CONFIG.get_bool("leak"):
        aws.cloudwatch.LogGroup("leak", tags={"password": pulumi.Output.unsecret(password.result)})


def misspelt() -> None:
    pulumi.CustomResource("aws:ec2/vpc:Vpc", "misspelt", {"cidrBlok": "10.0.0.0/16"})


def half_made() -> None:
    """A NAT gateway that never works, until there is an internet gateway."""
    vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16")
    subnet = aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.1.0/24", availability_zone="us-east-1a")
    needs: list[pulumi.Resource] = []
    if CONFIG.get_bool("repaired"):
        needs.append(aws.ec2.InternetGateway("internet", vpc_id=vpc.id))
    address = aws.ec2.Eip("address", domain="vpc")
    aws.ec2.NatGateway(
        "nat",
        allocation_id=address.id,
        subnet_id=subnet.id,
        opts=pulumi.ResourceOptions(depends_on=[] if CONFIG.get_bool("lucky") else needs),
    )


def two_regions() -> None:
    """Two explicit providers of one package, used side by side."""
    for region, account in (("us-east-1", "111111111111"), ("eu-west-1", "222222222222")):
        provider = aws.Provider(region, region=region, allowed_account_ids=[account])
        opts = pulumi.ResourceOptions(provider=provider)
        pulumi.export(region, [aws.ec2.Vpc(f"{region}-{i}", cidr_block="10.0.0.0/16", opts=opts).arn for i in range(4)])


def unknown_function() -> None:
    aws.ec2.get_internet_gateway(internet_gateway_id="igw-1")


def node_roles_with_access_entries() -> None:
    import pulumi_eks as eks

    role = aws.iam.Role("role", assume_role_policy=TRUST)
    eks.Cluster(
        "cluster",
        authentication_mode=eks.AuthenticationMode.API,
        instance_roles=[role],
        subnet_ids=["subnet-1"],
        skip_default_node_group=True,
        create_instance_role=False,
    )


def clusters() -> None:
    """pulumi-eks with all that it makes by itself, and its own managed nodes."""
    import pulumi_eks as eks

    vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", enable_dns_hostnames=True)
    subnets = [
        aws.ec2.Subnet(f"s-{zone}", vpc_id=vpc.id, cidr_block=f"10.0.{i}.0/24", availability_zone=f"us-east-1{zone}").id
        for i, zone in enumerate("ab")
    ]
    cluster = eks.Cluster(
        "c",
        authentication_mode=eks.AuthenticationMode.API,
        vpc_id=vpc.id,
        private_subnet_ids=subnets,
        skip_default_node_group=True,
        create_instance_role=False,
        create_oidc_provider=True,
        access_entries={
            "team": eks.AccessEntryArgs(
                principal_arn="arn:aws:iam::123456789012:role/team",
                access_policies={
                    "view": eks.AccessPolicyAssociationArgs(
                        policy_arn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
                        access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
                    )
                },
            )
        },
    )
    pulumi.export("issuer", cluster.oidc_issuer)
    if CONFIG.get_bool("nodes"):
        role = aws.iam.Role("nodes", assume_role_policy=TRUST)
        eks.ManagedNodeGroup("nodes", cluster=cluster, node_role=role, subnet_ids=subnets)


def unreachable_cluster() -> None:
    """An object in a cluster that does not exist."""
    import pulumi_kubernetes as k8s

    kubeconfig = {"clusters": [{"cluster": {"server": "https://nowhere"}}]}
    provider = k8s.Provider("nowhere", kubeconfig=json.dumps(kubeconfig))
    k8s.core.v1.ConfigMap("map", data={"a": "b"}, opts=pulumi.ResourceOptions(provider=provider))
