"""Looks at `kafka.existing` at every preview, before the first resource is registered, and reads Milvus' user.

Left out: whether the brokers know that user and take its messages, which the probe in the cluster finds out.
"""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from arguments.deployment import Deployment
from arguments.refusal import refuse
from components.kafka.existing import ExistingKafka, login_of
from planning import addressing


def existing_kafka(deployment: Deployment, provider: aws.Provider) -> ExistingKafka | None:
    """The Kafka that the settings name; None if they name none. Raises pulumi.RunError if Milvus can't use it."""
    existing = deployment.settings.kafka.existing
    if existing is None:
        return None
    look = pulumi.InvokeOptions(provider=provider)
    arn = existing.secret_arn
    try:
        secret = aws.secretsmanager.get_secret_version(secret_id=arn, opts=look).secret_string
        user, password = login_of(secret)
    except ValueError as error:
        refuse("kafka.existing.secretArn", f"{arn}: {error}; store it as" + ' {"username": "...", "password": "..."}')
    except Exception as error:  # the SDK raises nothing narrower for what a provider refuses
        refuse(
            "kafka.existing.secretArn",
            f"{arn}: AWS does not show it ({error}); name a secret that the deployer may read",
        )
    if existing.security_group_id:
        ports = sorted({int(broker.rpartition(":")[2]) for broker in existing.bootstrap})
        _check_group(existing.security_group_id, ports, _networks(deployment, look), look)
    return ExistingKafka(
        bootstrap_servers=",".join(existing.bootstrap),
        secret_arn=arn,
        ca_certificate=existing.ca_certificate,
        username=pulumi.Output.secret(user),
        password=pulumi.Output.secret(password),
    )


def _networks(deployment: Deployment, look: pulumi.InvokeOptions) -> list[str]:
    """Networks of the nodes: of the subnets that will be made, or of those that are there."""
    network = deployment.settings.network
    if network.existing:
        subnets = (aws.ec2.get_subnet(id=id_, opts=look) for id_ in network.existing.private_subnet_ids.values())
        return [subnet.cidr_block for subnet in subnets]
    planned = addressing.subnets(network.cidr, deployment.plan.zones)
    return [cidrs.private for cidrs in planned.values()]


def _check_group(group_id: str, ports: list[int], networks: list[str], look: pulumi.InvokeOptions) -> None:
    rules = aws.vpc.get_security_group_rules(filters=[{"name": "group-id", "values": [group_id]}], opts=look)
    admitting = [aws.vpc.get_security_group_rule(security_group_rule_id=id_, opts=look) for id_ in rules.ids]
    for port in ports:
        if missing := list(_not_admitted(admitting, port, networks)):
            refuse(
                "kafka.existing.securityGroupId",
                f"{group_id} does not admit {', '.join(missing)} to port {port}: Milvus would wait for Kafka in vain;"
                " add a rule for these networks (this program changes nothing of yours)",
            )


def _not_admitted(rules: Sequence[aws.vpc.GetSecurityGroupRuleResult], port: int, networks: list[str]) -> Iterator[str]:
    """Networks whose hosts no rule for CIDRs or prefix lists lets in. What a prefix list holds is not looked at."""
    fitting = [
        rule
        for rule in rules
        if not rule.is_egress
        and (rule.ip_protocol == "-1" or (rule.ip_protocol == "tcp" and rule.from_port <= port <= rule.to_port))
    ]
    if any(rule.prefix_list_id for rule in fitting):
        return
    open_ = [IPv4Network(rule.cidr_ipv4) for rule in fitting if rule.cidr_ipv4]
    yield from (each for each in networks if not any(IPv4Network(each).subnet_of(network) for network in open_))
