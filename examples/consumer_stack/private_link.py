"""Connects a VPC without any route to Milvus' own, perhaps of another account, by AWS PrivateLink.

For clients that are no pods of the producer's cluster: members of the security group that is made here may connect. The
producer's `access.privateLink.principals` must name the account, role or user that deploys this. The other files of
this folder are for an application beside Milvus, and do without.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from milvus_contract import Contract


@dataclass(frozen=True, kw_only=True)
class PrivateLinkArgs:
    milvus: pulumi.Output[Contract]
    vpc_id: pulumi.Input[str]
    """A VPC with DNS support and DNS host names on, in the region of the contract."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """One subnet for each zone, in zones that the service has (aws.ec2.get_vpc_endpoint_service)."""


class PrivateLink(pulumi.ComponentResource):
    milvus_uri: pulumi.Output[str]
    """Address of Milvus from inside the VPC."""
    client_security_group_id: pulumi.Output[str]
    """Security group whose members may connect."""

    def __init__(self, name: str, args: PrivateLinkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("consumer:privatelink:PrivateLink", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        milvus = args.milvus.apply(_offered)
        port = milvus.apply(lambda contract: contract.milvus_port or 0)
        vpc = args.vpc_id
        clients = aws.ec2.SecurityGroup(f"{name}-clients", description="May connect to Milvus", vpc_id=vpc, opts=child)
        group = aws.ec2.SecurityGroup(f"{name}-milvus", description="Endpoint of Milvus", vpc_id=vpc, opts=child)
        let_in = aws.vpc.SecurityGroupIngressRule(
            f"{name}-milvus-clients",
            security_group_id=group.id,
            referenced_security_group_id=clients.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=child,
        )
        let_out = aws.vpc.SecurityGroupEgressRule(
            f"{name}-clients-milvus",
            security_group_id=clients.id,
            referenced_security_group_id=group.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=child,
        )
        endpoint = aws.ec2.VpcEndpoint(
            f"{name}-milvus",
            vpc_id=args.vpc_id,
            service_name=milvus.apply(lambda contract: str(contract.private_link_service_name)),
            vpc_endpoint_type="Interface",
            subnet_ids=list(args.subnet_ids),
            security_group_ids=[group.id],
            # The VPC's own DNS then answers with the endpoint for the name that the certificate has.
            private_dns_enabled=milvus.apply(lambda contract: contract.private_link_dns_name is not None),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[let_in, let_out]),
        )
        self.client_security_group_id = clients.id
        self.milvus_uri = pulumi.Output.all(milvus, endpoint.dns_entries).apply(
            lambda known: address(known[0], str(known[1][0]["dns_name"]))
        )
        self.register_outputs({"milvus_uri": self.milvus_uri, "client_security_group_id": clients.id})


def _offered(contract: Contract) -> Contract:
    """The contract. Raises RunError if Milvus can't be reached by PrivateLink."""
    if contract.private_link_service_name is None:
        raise pulumi.RunError("the producer offers no PrivateLink: set access.privateLink there and deploy it")
    if contract.milvus_tls and contract.private_link_dns_name is None:
        raise pulumi.RunError(
            f"the producer's certificate names {contract.milvus_host}, which is not this endpoint's: set"
            " access.privateLink.privateDns there and deploy it"
        )
    return contract


def address(contract: Contract, endpoint: str) -> str:
    """Address of Milvus: by the name that AWS has verified, or else by the endpoint's own."""
    scheme = "https" if contract.milvus_tls else "http"
    return f"{scheme}://{contract.private_link_dns_name or endpoint}:{contract.milvus_port}"
