"""What the balancers for Milvus and for Attu have in common: checked names, the TLS policy, and security groups.

Balancers and listeners differ too much to share code; they are in endpoints.py and attu_balancer.py.
"""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""Policy for TLS 1.3 and 1.2
(docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html)."""
LONGEST_NAME = 32 - len("-1234567")
"""AWS' limit for names of balancers and target groups, less the characters that Pulumi appends."""


def short(name: str) -> str:
    """The name itself. Raises ValueError for one that AWS would refuse, before anything is created."""
    if len(name) > LONGEST_NAME or name.startswith("internal-"):
        raise ValueError(
            f"{name!r} ({len(name)} characters): names of load balancers and target groups may have {LONGEST_NAME}"
            " and not begin with 'internal-' (docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
            "API_CreateLoadBalancer.html); give the component a shorter name"
        )
    return name


def to_pods(cidrs: Mapping[str, pulumi.Input[str]], *ports: int) -> list[tuple[int, pulumi.Input[str], str]]:
    """What a balancer's `security_group` has to reach: ports at the pods' CIDR of each zone."""
    return [(port, cidr, f"pods-{zone}") for port in ports for zone, cidr in cidrs.items()]


def security_group(
    name: str,
    description: str,
    vpc_id: pulumi.Input[str],
    *,
    admits: Sequence[tuple[int, Sequence[str]]],
    reaches: Sequence[tuple[int, pulumi.Input[str], str]],
    opts: pulumi.ResourceOptions,
) -> tuple[aws.ec2.SecurityGroup, list[pulumi.Resource]]:
    """A balancer's security group and its rules. The balancer must wait for them, because it
    checks its targets at once.

    `admits` are ports with the CIDRs and managed prefix lists (`pl-...`) that may connect. `reaches` are ports, each
    with the CIDR to connect to and a word for the rule's name. The rules are separate resources, so that other
    components can add theirs.
    """
    group = aws.ec2.SecurityGroup(name, description=description, vpc_id=vpc_id, tags={"Name": name}, opts=opts)
    rules: list[pulumi.Resource] = [
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-{port}-{client}",
            security_group_id=group.id,
            cidr_ipv4=None if client.startswith("pl-") else client,
            prefix_list_id=client if client.startswith("pl-") else None,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=opts,
        )
        for port, clients in admits
        for client in clients
    ]
    rules += [
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-{port}-{where}",
            security_group_id=group.id,
            cidr_ipv4=cidr,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=opts,
        )
        for port, cidr, where in reaches
    ]
    return group, rules
